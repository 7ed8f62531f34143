"""The ledger over HTTP: append for services, everything else for whoever wants to check us.

/v1/ledger/…     records, entries, proofs, streams as JSON (a proof also as c2sp.org/tlog-proof@v1)
/ledger/…        the same log as static files (c2sp.org/tlog-tiles), for verifiers that nobody here wrote
"""

from __future__ import annotations

import asyncio
import base64
import gzip
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Query, Request, Response

from common.auth import Allow, Run
from common.crypto import encode_batch
from common.errors import Kind, Refusal
from common.policy import Action, Mandate
from common.uow import view
from common.wire import Out, Page
from evidence.ledger import proofs
from evidence.ledger.batch import Receipt, notes_in, record_id_in
from evidence.ledger.entry import moment, parse_entry
from evidence.ledger.reader import Log, Row, receipt_of
from evidence.ledger.sequencer import Sequencer
from evidence.ledger.tiles import WIDTH, exists, no_tile, parse_path

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
    """What became of one record of a batch: its index and leaf hash (hex), or the code of the problem."""

    record_id: UUID | None = None
    index: int | None = None
    leaf_hash: str | None = None
    problem: str | None = None
    detail: str | None = None


class OutcomesView(Out):
    """One outcome per record, in the order sent."""

    results: list[OutcomeView]


class EntryView(Out):
    """One entry: `entry` is its exact bytes in base64, `record` what they say, `time` the ledger's own."""

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


@router.post("/v1/ledger/records")
async def append_record(request: Request, runtime: Run, mandate: Appending) -> ReceiptView:
    """Append one record note (the body). Answered when durable; the record's id is the key of a repeat."""
    sequencer: Sequencer = runtime.ledger
    return _receipt(await sequencer.append(await request.body()))


@router.post("/v1/ledger/record-batches", response_model_exclude_none=True)
async def append_batch(
    request: Request, runtime: Run, mandate: Appending, content_type: Annotated[str, Header()] = ""
) -> OutcomesView:
    """Append up to 1,024 record notes, each after its length as a big-endian uint16. Each has its own outcome."""
    if content_type.partition(";")[0].strip().lower() != "application/octet-stream":
        raise Refusal(
            Kind.UNSUPPORTED, "REQUEST_MEDIA_TYPE", "A batch of records is application/octet-stream."
        )
    sequencer: Sequencer = runtime.ledger
    notes = notes_in(await request.body())
    answers = await sequencer.append_all(notes)
    return OutcomesView(results=[_outcome(note, answer) for note, answer in zip(notes, answers, strict=True)])


@router.get("/v1/ledger/records/{record_id}")
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
        raise Refusal(Kind.NOT_FOUND, "NOT_FOUND", f"The ledger holds no record {record_id}, or not yet.")
    return _receipt(receipt)


@router.get("/v1/ledger/entries/{index}")
async def read_entry(index: int, runtime: Run, mandate: Reading) -> EntryView:
    """One entry."""
    async with view(runtime.db, mandate) as v:
        log = await Log.within(v.conn)
        rows = await log.entries(index, 1) if 0 <= index <= _LAST else []
    if not rows:
        raise Refusal(Kind.NOT_FOUND, "NOT_FOUND", f"The ledger has no entry {index}.")
    return _entry(rows[0])


@router.get("/v1/ledger/entries")
async def list_entries(
    runtime: Run,
    mandate: Reading,
    after: Annotated[int, Query(ge=-1, le=_LAST)] = -1,
    limit: Annotated[int, Query(ge=1, le=MAX_ENTRIES)] = 50,
) -> Page[EntryView]:
    """Entries after index `after`, in order: how a consumer follows the ledger. `next_cursor` is the next `after`."""
    async with view(runtime.db, mandate) as v:
        log = await Log.within(v.conn)
        rows = await log.entries(after + 1, limit + 1)
    more = len(rows) > limit
    return Page(
        items=[_entry(row) for row in rows[:limit]], next_cursor=str(rows[limit - 1].index) if more else None
    )


@router.get("/v1/ledger/streams/{kind}/{name}/records")
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


@router.get("/v1/ledger/proofs/{index}", response_model=ProofView)
async def prove_inclusion(
    index: int,
    runtime: Run,
    mandate: Reading,
    size: Index | None = None,
    accept: Annotated[str, Header()] = "application/json",
) -> ProofView | Response:
    """That entry `index` lies in the log of `size` entries (default: all). `Accept: text/plain` gives a tlog-proof."""
    async with view(runtime.db, mandate) as v:
        log = await Log.within(v.conn)
        published = (await log.head()).size
        size = published if size is None else size
        if not 0 <= index < size <= published:
            raise Refusal(
                Kind.NOT_FOUND,
                "NOT_FOUND",
                f"Entry {index} of {size} cannot be proved: the log has {published}.",
            )
        hashes = await proofs.inclusion(log, index, size)
        signed = await log.checkpoint(size)
        leaf = (await log.entries(index, 1))[0].leaf_hash
    if "text/plain" in accept:
        if signed is None:
            raise Refusal(Kind.NOT_FOUND, "LEDGER_NO_CHECKPOINT", f"No checkpoint was signed at size {size}.")
        return Response(proofs.tlog_proof(index, hashes, signed[1]), media_type="text/plain")
    note = None if signed is None else signed[1].decode()
    return ProofView(
        index=index, size=size, leaf_hash=_b64(leaf), hashes=[_b64(h) for h in hashes], checkpoint=note
    )


@router.get("/v1/ledger/consistency-proofs")
async def prove_consistency(
    runtime: Run,
    mandate: Reading,
    old: Annotated[int, Query(alias="from", ge=0, le=_LAST)],
    to: Index | None = None,
) -> ConsistencyView:
    """That the log of `from` entries is the beginning of the log of `to` (default: all)."""
    async with view(runtime.db, mandate) as v:
        log = await Log.within(v.conn)
        published = (await log.head()).size
        new = published if to is None else to
        if not old <= new <= published:
            message = f"No proof leads from {old} to {new} entries: the log has {published}."
            raise Refusal(Kind.NOT_FOUND, "NOT_FOUND", message)
        hashes = await proofs.consistency(log, old, new)
    return ConsistencyView(old=old, new=new, hashes=[_b64(h) for h in hashes])


@router.get("/ledger/checkpoint")
async def read_checkpoint(runtime: Run, mandate: Reading) -> Response:
    """The newest signed checkpoint."""
    async with view(runtime.db, mandate) as v:
        signed = await (await Log.within(v.conn)).checkpoint()
    if signed is None:
        raise Refusal(Kind.NOT_FOUND, "NOT_FOUND", "This ledger has no checkpoint yet.")
    return Response(signed[1], media_type="text/plain; charset=utf-8", headers={"cache-control": "no-cache"})


@router.get("/ledger/tile/{kind}/{rest:path}")
async def read_tile(
    kind: str, rest: str, runtime: Run, mandate: Reading, accept_encoding: Annotated[str, Header()] = ""
) -> Response:
    """One tile of hashes, or of entries. It never changes, so anyone may keep it."""
    tile = parse_path(kind, rest)
    async with view(runtime.db, mandate) as v:
        log = await Log.within(v.conn)
        if not exists(tile, (await log.head()).size):
            raise no_tile()
        if tile.level is None:
            rows = await log.entries(tile.n * WIDTH, tile.width)
            body = encode_batch([row.entry for row in rows])
        else:
            body = await log.tile(tile)
    headers = {"cache-control": "max-age=31536000, immutable"}
    if tile.level is None:
        headers["vary"] = "Accept-Encoding"
        if re.search(r"\bgzip\b", accept_encoding):
            headers["content-encoding"] = "gzip"
            body = gzip.compress(body, mtime=0)
    return Response(body, media_type="application/octet-stream", headers=headers)


@asynccontextmanager
async def _watching(
    runtime: Run, record_id: UUID, seconds: float
) -> AsyncIterator[asyncio.Task[None] | None]:
    """Somebody who watches for the record from before the first look: else it could arrive in between, unseen."""
    if not seconds or runtime.ledger is None:
        yield None
        return
    watch = asyncio.create_task(runtime.ledger.sequenced(record_id, min(seconds, _MAX_WAIT_S)))
    await asyncio.sleep(0)  # the task takes its post
    try:
        yield watch
    finally:
        watch.cancel()


async def _find(runtime: Run, mandate: Mandate, record_id: UUID) -> Receipt | None:
    async with view(runtime.db, mandate) as v:
        log = await Log.within(v.conn)
        row = (await log.by_record([record_id])).get(record_id)
        return None if row is None else await receipt_of(log, row)


def _receipt(receipt: Receipt) -> ReceiptView:
    return ReceiptView(
        record_id=receipt.record_id,
        index=receipt.index,
        leaf_hash=receipt.leaf_hash.hex(),
        header=receipt.header,
        size=receipt.size,
        checkpoint=receipt.checkpoint.decode(),
    )


def _outcome(note: bytes, answer: Receipt | Refusal) -> OutcomeView:
    if isinstance(answer, Receipt):
        return OutcomeView(record_id=answer.record_id, index=answer.index, leaf_hash=answer.leaf_hash.hex())
    return OutcomeView(record_id=record_id_in(note), problem=answer.code, detail=answer.message)


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


def _b64(data: bytes) -> str:
    return base64.b64encode(data).decode()
