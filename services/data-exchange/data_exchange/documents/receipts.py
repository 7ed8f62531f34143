"""A receipt in the three forms that leave: the ledger's text, JSON around it, and a JWS for partners' libraries.

    text   c2sp.org/tlog-proof@v1, which every verifier of the ledger reads
    JWS    typ receipt+jwt: {iss, iat, jti, txn, sub_id, events: {urn:mingzheng:receipt:<type>: {…}}, ledger: {…}}

The JWS is an export: it repeats the record and the proof, and its signature adds nothing that the record lacks.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from typing import Any, Final

from common.calls.answerkeys import AnswerKey
from common.calls.tokens import SERVICE
from common.values.errors import Kind, Refusal
from data_exchange.domain.receipts import Written, meaning_of
from evidence.contract import EntryProofView, Evidence
from ledger.canonical import parse_instant
from ledger.checkpoint import parse as parse_checkpoint
from ledger.entry import body_of
from ledger.proofs import tlog_proof

JWT: Final = "application/receipt+jwt"
TEXT: Final = "text/plain"


@dataclass(frozen=True)
class Receipt:
    """A record with its exact entry in the ledger, its proof, and the checkpoint that the proof leads to."""

    record: Written
    entry: bytes
    proof: EntryProofView

    @property
    def checkpoint(self) -> bytes:
        return (self.proof.checkpoint or "").encode()

    @property
    def text(self) -> bytes:
        """The receipt as c2sp.org/tlog-proof@v1."""
        path = [base64.b64decode(part) for part in self.proof.hashes]
        return tlog_proof(self.proof.index, path, self.checkpoint)


async def receipt_of(record: Written, evidence: Evidence) -> Receipt:
    """The receipt of `record`. Refusal DX_LEDGER_BEHIND while the ledger does not have the record."""
    if record.index is None:
        raise Refusal(Kind.UNAVAILABLE, "DX_LEDGER_BEHIND")
    return Receipt(record, await evidence.entry(record.index), await evidence.proof(record.index))


def as_jws(receipt: Receipt, key: AnswerKey) -> str:
    """The receipt as a compact JWS of type receipt+jwt."""
    body = body_of(receipt.record.note)
    noun, _, name = receipt.record.stream.partition("/")
    checkpoint, _ = parse_checkpoint(receipt.checkpoint)
    event: dict[str, Any] = {
        f"{noun}_id": name,
        "record_id": str(receipt.record.record_id),
        "record_type": receipt.record.type,
        "record_sha256": hashlib.sha256(receipt.record.note).hexdigest(),
    }
    claims = {
        "iss": SERVICE + "data-exchange",
        "iat": int(parse_instant(body["at"]).timestamp()),
        "jti": str(receipt.record.record_id),
        "txn": name,
        "sub_id": {"format": "opaque", "id": name},
        "events": {f"urn:mingzheng:receipt:{meaning_of(receipt.record.type).receipt}": event},
        "ledger": {
            "log_id": checkpoint.origin,
            "leaf_index": receipt.proof.index,
            "tree_size": receipt.proof.size,
            "root_hash": base64.b64encode(checkpoint.root).decode(),
            "path": receipt.proof.hashes,
            "entry": base64.b64encode(receipt.entry).decode(),
            "checkpoint": receipt.proof.checkpoint,
        },
    }
    return key.signed_token("receipt+jwt", claims)
