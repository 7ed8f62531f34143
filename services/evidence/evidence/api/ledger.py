"""The ledger over HTTP: services append; everybody reads records, entries, proofs and streams as JSON.

A proof is also given as c2sp.org/tlog-proof@v1. The same log as static files: tiles.py.
"""

from __future__ import annotations

import asyncio
import base64
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Annotated, Any, Final
from uuid import UUID

import orjson
from fastapi import APIRouter, Depends, Header, Query, Request, Response

from common.door.uow import view
from common.policy import Action, Mandate
from common.values.errors import Kind, Refusal
from common.values.profile import Suite
from common.web.auth import Allow, target_of
from common.web.openapi import refuses, sends, takes
from common.web.telemetry import language
from common.web.wire import Out, Page
from evidence.contract import Standing, WitnessView
from evidence.ledger import proofs
from evidence.ledger.batch import Outcome, Receipt, notes_in, record_id_in
from evidence.ledger.log import Log, Row, Twin, receipt_of
from evidence.ledger.witnessing import NOBODY, vouched
from evidence.runtime import Run
from ledger.clock import real_time
from ledger.entry import moment, parse_entry
from ledger.proofs import tlog_proof

MAX_ENTRIES: Final = 256
_MAX_WAIT_S: Final = 10.0
_WAIT = re.compile(r"(?:^|,)\s*wait=(\d{1,4})\s*(?:,|$)")
_LAST: Final = 2**53 - 1


router = APIRouter()
Appending = Annotated[Mandate, Depends(Allow(Action.LEDGER_APPEND, keyed=False))]
Reading = Annotated[Mandate, Depends(Allow(Action.LEDGER_READ))]
Index = Annotated[int, Query(ge=0, le=_LAST)]


class ReceiptView(Out):
    """Where a record lies. `leaf_hash` is hex; `checkpoint` the signed note, of `size` entries, that first names it."""

    record_id: UUID
    index: int
    leaf_hash: str
    header: str
    size: int
    checkpoint: str


class OutcomeView(Out):
    """The outcome for one record of a batch: its index and leaf hash (hex), or the code of the problem."""

    record_id: UUID | None = None
    index: int | None = None
    leaf_hash: str | None = None
    problem: str | None = None
    detail: str | None = None


class OutcomesView(Out):
    """One outcome per record, in the order sent."""

    results: list[OutcomeView]


class EntryView(Out):
    """One entry: `entry` is its exact bytes in base64, `record` the record in them, `time` the ledger's own."""

    index: int
    time: datetime
    record_id: UUID
    leaf_hash: str
    record: dict[str, Any]
    entry: str


class ProofView(Out):
    """Hashes in base64, leaf level first; `checkpoint` is the signed note of `size`, null if none was signed."""

    index: int
    size: int
    leaf_hash: str
    hashes: list[str]
    checkpoint: str | None


class ConsistencyView(Out):
    """Hashes in base64 that lead from the root of `old` entries to that of `new`."""

    old: int
    new: int
    hashes: list[str]


@router.post(
    "/v1/ledger/records",
    summary="追加一条记录 · Append one record",
    response_model=ReceiptView,
    openapi_extra=takes("text/plain"),
)
async def append_record(request: Request, runtime: Run, mandate: Appending) -> ReceiptView | Response:
    """Append one record note (the body). Answered when durable; the record's id is the key of a repeat."""
    sequencer = runtime.ledger
    if not sequencer.leads:
        return await _forward(runtime, request)
    return _receipt(await sequencer.append(await request.body()))


@router.post(
    "/v1/ledger/record-batches",
    summary="批量追加记录 · Append records",
    response_model=OutcomesView,
    response_model_exclude_none=True,
    responses=refuses(Kind.UNSUPPORTED),
    openapi_extra=takes("application/octet-stream"),
)
async def append_batch(
    request: Request, runtime: Run, mandate: Appending, content_type: Annotated[str, Header()] = ""
) -> OutcomesView | Response:
    """Append up to 1,024 record notes, each after its length as a big-endian uint16. Each has its own outcome."""
    if content_type.partition(";")[0].strip().lower() != "application/octet-stream":
        raise Refusal(Kind.UNSUPPORTED, "REQUEST_MEDIA_TYPE")
    sequencer = runtime.ledger
    if not sequencer.leads:
        return await _forward(runtime, request)
    notes = notes_in(await request.body())
    answers = await sequencer.append_all(notes)
    # Written at once: a model for each of 256 outcomes would take as long as appending them.
    results = [_outcome(note, answer) for note, answer in zip(notes, answers, strict=True)]
    return Response(orjson.dumps({"results": results}), media_type="application/json")


@router.get("/v1/ledger/records/{record_id}", summary="记录的位置 · Where a record lies")
async def read_record(
    record_id: UUID, runtime: Run, mandate: Reading, prefer: Annotated[str, Header()] = ""
) -> ReceiptView:
    """Where a record lies, once the ledger has it. `Prefer: wait=5` waits for it, at most 10 s."""
    wait = _WAIT.search(prefer)
    async with _watching(runtime, record_id, float(wait[1]) if wait else 0) as watch:
        receipt = await _find(runtime, mandate, record_id)
        if receipt is None and watch is not None:
            await watch
            receipt = await _find(runtime, mandate, record_id)
    if receipt is None:
        raise Refusal(Kind.NOT_FOUND, "NOT_FOUND", {"record_id": record_id}, wording="record")
    return _receipt(receipt)


@router.get("/v1/ledger/entries/{index}", summary="账本条目 · Read one entry")
async def read_entry(index: int, runtime: Run, mandate: Reading) -> EntryView:
    """One entry."""
    async with view(runtime.db, mandate) as v:
        log = await Log.within(v.conn)
        rows = await log.entries(index, 1) if 0 <= index <= _LAST else []
    if not rows:
        raise Refusal(Kind.NOT_FOUND, "NOT_FOUND", {"index": index}, wording="entry")
    return _entry(rows[0])


@router.get("/v1/ledger/entries", summary="账本条目列表 · List entries", response_model=Page[EntryView])
async def list_entries(
    runtime: Run,
    mandate: Reading,
    after: Annotated[int, Query(ge=-1, le=_LAST)] = -1,
    limit: Annotated[int, Query(ge=1, le=MAX_ENTRIES)] = 50,
) -> Response:
    """Entries after index `after`, in order: how a consumer follows the ledger. `next_cursor` is the next `after`."""
    async with view(runtime.db, mandate) as v:
        log = await Log.within(v.conn)
        rows = await log.entries(after + 1, limit + 1)
    more = len(rows) > limit
    # Written at once: every service reads every entry here, and a model for each would take longer than the reading.
    page = {
        "items": [_written(row) for row in rows[:limit]],
        "next_cursor": str(rows[limit - 1].index) if more else None,
    }
    return Response(orjson.dumps(page), media_type="application/json")


@router.get(
    "/v1/ledger/streams/{kind}/{name}/records", summary="对象的全部记录 · List the records of one object"
)
async def list_stream(
    kind: str,
    name: str,
    runtime: Run,
    mandate: Reading,
    after: Annotated[int, Query(ge=-1, le=_LAST)] = -1,
    limit: Annotated[int, Query(ge=1, le=MAX_ENTRIES)] = 50,
) -> Page[EntryView]:
    """The records of one object in their own order, after seq `after`. `next_cursor` is the next `after`."""
    async with view(runtime.db, mandate) as v:
        log = await Log.within(v.conn)
        rows = await log.stream(f"{kind}/{name}", after, limit + 1)
    more = len(rows) > limit
    return Page(
        items=[_entry(row) for row in rows[:limit]], next_cursor=str(rows[limit - 1].seq) if more else None
    )


@router.get(
    "/v1/ledger/proofs/{index}",
    summary="包含证明 · Prove that the log holds an entry",
    response_model=ProofView,
    responses=sends("text/plain"),
)
async def prove_inclusion(
    index: int,
    runtime: Run,
    mandate: Reading,
    size: Index | None = None,
    suite: Suite = Suite.SHA256_ED25519,
    accept: Annotated[str, Header()] = "application/json",
) -> ProofView | Response:
    """That entry `index` lies in the log of `size` entries (default: all). `Accept: text/plain` gives a tlog-proof.

    `suite=sm3-sm2` proves it in the SM3 twin, under the twin's checkpoint.
    """
    async with view(runtime.db, mandate) as v:
        log = await _tree(suite).within(v.conn)
        published = await log.size()
        size = published if size is None else size
        if not 0 <= index < size <= published:
            raise Refusal(
                Kind.NOT_FOUND,
                "NOT_FOUND",
                {"index": index, "size": size, "published": published},
                wording="proof",
            )
        hashes = await proofs.inclusion(log, index, size)
        signed = await log.checkpoint(size)
        leaf = log.hash.leaf((await log.entries(index, 1))[0].entry)
    if "text/plain" in accept:
        if signed is None:
            raise Refusal(Kind.NOT_FOUND, "LEDGER_NO_CHECKPOINT", {"size": size})
        return Response(tlog_proof(index, hashes, signed[1]), media_type="text/plain")
    note = None if signed is None else signed[1].decode()
    return ProofView(
        index=index, size=size, leaf_hash=_b64(leaf), hashes=[_b64(h) for h in hashes], checkpoint=note
    )


@router.get("/v1/ledger/consistency-proofs", summary="一致性证明 · Prove that a log continues a smaller one")
async def prove_consistency(
    runtime: Run,
    mandate: Reading,
    old: Annotated[int, Query(alias="from", ge=0, le=_LAST)],
    to: Index | None = None,
    suite: Suite = Suite.SHA256_ED25519,
) -> ConsistencyView:
    """That the log of `from` entries is the beginning of the log of `to` (default: all); `suite` as for a proof."""
    async with view(runtime.db, mandate) as v:
        log = await _tree(suite).within(v.conn)
        published = await log.size()
        new = published if to is None else to
        if not old <= new <= published:
            raise Refusal(
                Kind.NOT_FOUND,
                "NOT_FOUND",
                {"old": old, "new": new, "published": published},
                wording="extension",
            )
        hashes = await proofs.consistency(log, old, new)
    return ConsistencyView(old=old, new=new, hashes=[_b64(h) for h in hashes])


@router.get("/v1/ledger/standing", summary="见证情况 · How far others vouch for the ledger")
async def read_standing(runtime: Run, mandate: Reading) -> Standing:
    """How far the witnesses of the ledger have cosigned it, and how long ago in real time."""
    witnesses = runtime.ledger.settings.witnesses
    policy, now = (witnesses.policy, witnesses.clock()) if witnesses else (NOBODY, real_time())
    async with view(runtime.db, mandate) as v:
        log = await Log.within(v.conn)
        head, state = await log.head(), await vouched(log, policy, at=now)
    seen = {name: WitnessView(name=name, size=None, at=None) for name in policy.witnesses}
    seen |= {name: WitnessView(name=name, size=size, at=at) for name, (size, at) in state.newest.items()}
    return Standing(
        size=head.size,
        published_at=moment(head.last_us) if head.size else None,
        witnessed_size=state.size,
        witnessed_at=state.at,
        age_s=None if state.at is None else max(0.0, (now - state.at).total_seconds()),
        witnesses=list(seen.values()),
        unwitnessed=state.is_unwitnessed(now),
    )


async def _forward(runtime: Run, request: Request) -> Response:
    answer = await runtime.follower.forward(target_of(request.scope), request.headers, await request.body())
    return Response(answer.body, answer.status, media_type=answer.media_type)


@asynccontextmanager
async def _watching(
    runtime: Run, record_id: UUID, seconds: float
) -> AsyncIterator[asyncio.Task[None] | None]:
    """A task that waits for the record, begun before the first look: a record in between would be missed."""
    if not seconds:
        yield None
        return
    watch = asyncio.create_task(runtime.ledger.sequenced(record_id, min(seconds, _MAX_WAIT_S)))
    await asyncio.sleep(0)  # lets the task begin to wait
    try:
        yield watch
    finally:
        watch.cancel()


async def _find(runtime: Run, mandate: Mandate, record_id: UUID) -> Receipt | None:
    async with view(runtime.db, mandate) as v:
        log = await Log.within(v.conn)
        row = (await log.by_record([record_id])).get(record_id)
        return None if row is None else await receipt_of(log, row)


def _tree(suite: Suite) -> type[Log]:
    return Twin if suite is Suite.SM3_SM2 else Log


def _receipt(receipt: Receipt) -> ReceiptView:
    return ReceiptView(
        record_id=receipt.record_id,
        index=receipt.index,
        leaf_hash=receipt.leaf_hash.hex(),
        header=receipt.header,
        size=receipt.size,
        checkpoint=receipt.checkpoint.decode(),
    )


def _outcome(note: bytes, answer: Outcome) -> dict[str, Any]:
    """An OutcomeView without its empty fields."""
    if isinstance(answer, Receipt):
        return {"record_id": answer.id_text, "index": answer.index, "leaf_hash": answer.leaf_hash.hex()}
    refused = {"problem": answer.code, "detail": answer.said(language())}
    record_id = record_id_in(note)
    return refused if record_id is None else {"record_id": record_id} | refused


def _entry(row: Row) -> EntryView:
    entry = parse_entry(row.entry)
    return EntryView(
        index=row.index,
        time=moment(entry.us),
        record_id=row.record_id,
        leaf_hash=row.leaf_hash.hex(),
        record=entry.record.body,
        entry=_b64(row.entry),
    )


def _written(row: Row) -> dict[str, Any]:
    """As `_entry`, the record as the very bytes that the entry holds."""
    header, _, rest = row.entry.partition(b"\n")
    return {
        "index": row.index,
        "time": header.split(b" ")[2].decode(),
        "record_id": str(row.record_id),
        "leaf_hash": row.leaf_hash.hex(),
        "record": orjson.Fragment(rest.partition(b"\n")[0]),
        "entry": _b64(row.entry),
    }


def _b64(data: bytes) -> str:
    return base64.b64encode(data).decode()
