"""What was acknowledged, as the caller remembers it, and whether the ledger still knows."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import asyncpg
import orjson

from common.calls.http import Peers
from common.values.errors import Kind, Refusal
from ledger.notes import encode_batch


@dataclass
class Journal:
    """Every receipt that a caller was given: record id to (index, leaf hash, note)."""

    receipts: dict[str, tuple[int, bytes, bytes]] = field(default_factory=dict)

    async def append(self, peers: Peers, notes: Sequence[bytes]) -> list[int]:
        """Append `notes` as a relay does: again and again until each has its receipt. Returns their indexes.

        Raises Refusal, and AssertionError for a receipt that differs from an earlier one of the same record.
        """
        body = encode_batch(list(notes))
        while True:
            try:
                answer = await peers.post(
                    "evidence",
                    "/v1/ledger/record-batches",
                    content=body,
                    media_type="application/octet-stream",
                )
            except Refusal as refusal:
                if refusal.kind is not Kind.UNAVAILABLE:
                    raise
            else:
                results = answer["results"]
                if not any(result.get("problem") == "LEDGER_NO_LEADER" for result in results):
                    break
            await asyncio.sleep(0.1)
        return [self._keep(note, result) for note, result in zip(notes, results, strict=True)]

    def _keep(self, note: bytes, result: dict[str, Any]) -> int:
        assert "problem" not in result, result
        receipt = (result["index"], bytes.fromhex(result["leaf_hash"]), note)
        assert self.receipts.setdefault(result["record_id"], receipt) == receipt
        return receipt[0]

    async def losses(self, conn: asyncpg.Connection[Any]) -> list[str]:
        """Records that were acknowledged and are not where and what the receipt says."""
        lost = []
        for record_id, (index, leaf, note) in self.receipts.items():
            row = await conn.fetchrow(
                "SELECT record_id, leaf_hash, entry FROM ledger.entry WHERE idx = $1", index
            )
            if row is None or str(row["record_id"]) != record_id:
                lost.append(f"{record_id}: not at {index}")
            elif hashlib.sha256(b"\0" + row["entry"]).digest() != leaf or not row["entry"].endswith(note):
                lost.append(f"{record_id}: other bytes at {index}")
        return lost


async def disorder(conn: asyncpg.Connection[Any]) -> list[str]:
    """Gaps in the indexes, in a stream, and times that go back: nothing in a sound ledger."""
    found, seqs, time = [], dict[str, int](), ""
    rows = await conn.fetch("SELECT idx, entry FROM ledger.entry ORDER BY idx")
    for expected, row in enumerate(rows):
        header, _, rest = row["entry"].partition(b"\n")
        _, index, at, _ = header.decode().split(" ")
        record = orjson.loads(rest.partition(b"\n")[0])
        stream, seq = record["stream"], record["seq"]
        if row["idx"] != expected or int(index) != expected:
            found.append(f"index {row['idx']} at {expected}")
        if seq != seqs.get(stream, -1) + 1:
            found.append(f"{stream} has {seq} after {seqs.get(stream, -1)}")
        if at < time:
            found.append(f"{index} is of {at}, before {time}")
        seqs[stream], time = seq, at
    return found
