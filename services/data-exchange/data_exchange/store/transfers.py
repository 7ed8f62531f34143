"""Transfers: their lock, their drafting, their changes, and the signed notes about them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import sqlalchemy as sa

from common.door.rows import changed, name_of
from common.door.secrets import Erased
from common.door.uow import Tx, View
from common.policy import Actor, Permit, Resource, not_found
from common.values.ids import AgencyId, EvidenceId, ExchangeId, OfficerId
from data_exchange.domain.exchange import UNANSWERED, Clock, Exchange
from data_exchange.domain.facts import TransferChange
from data_exchange.domain.packages import FilesAdded
from data_exchange.domain.retention import erased
from data_exchange.domain.transferring import TransferPrepared
from data_exchange.domain.transfers import (
    TRANSFERS,
    Enclosure,
    FileEntry,
    Filing,
    Outcome,
    Transfer,
    transferred,
)
from data_exchange.store import clocks, exchanges, tables, tables_transfers
from data_exchange.store.papers import AnswerTexts, RequestTexts, add_paper
from data_exchange.store.rows import Row, columns

MANIFEST = "MANIFEST"
RECEIPT = "RECEIPT"


@dataclass(frozen=True)
class NoteTexts:
    """A signed statement about the transfer, with its digest."""

    kind: str
    sha256: str
    note: bytes


@dataclass(frozen=True)
class NamesTexts:
    """The names of the files that were added, in their order."""

    names: tuple[str, ...]


Texts: TypeAlias = AnswerTexts | NoteTexts | NamesTexts


def resource(transfer: Transfer, actor: Actor) -> Resource:
    """The transfer as the policy sees it: its exchange."""
    return exchanges.resource(transfer.exchange, actor)


async def lock(tx: Tx, exchange_id: ExchangeId) -> Transfer:
    """The transfer, held until commit. Refusal NOT_FOUND for another kind of exchange, and as for an exchange."""
    return await _of(tx, await exchanges.lock(tx, exchange_id))


async def get(v: View, exchange_id: ExchangeId) -> Transfer:
    """The transfer. Refusal NOT_FOUND as `lock`."""
    return await _of(v, await exchanges.get(v, exchange_id))


async def get_note(v: View, transfer: Transfer, kind: str) -> bytes:
    """The signed statement of `kind`. Refusal NOT_FOUND before it was made, DX_ERASED once the exchange was erased."""
    table = tables_transfers.notes
    sha256 = transfer.manifest_sha256 if kind == MANIFEST else transfer.receipt_sha256
    query = sa.select(table).where(table.c.exchange_id == transfer.id, table.c.kind == kind)
    row = (await v.conn.execute(query.where(table.c.sha256 == sha256))).mappings().one_or_none()
    if row is None:
        raise not_found(f"{kind} of {transfer.id}")
    try:
        return v.secrets.open(transfer.id.stream, name_of(table, row), row["sealed"])
    except Erased:
        raise erased(transfer.id) from None


async def list_names(v: View | Tx, exchange_id: ExchangeId) -> list[str | None]:
    """The names of the files in their order, None each once the exchange was erased."""
    table = tables_transfers.files
    query = sa.select(table).where(table.c.exchange_id == exchange_id).order_by(table.c.n)
    return [_name(v, exchange_id, row) for row in (await v.conn.execute(query)).mappings()]


async def list_to_pass_on(v: View) -> list[ExchangeId]:
    """The transfers that were forwarded and not passed on yet."""
    table = tables_transfers.transfers
    exchange = tables.exchanges
    query = sa.select(table.c.exchange_id).join(exchange, exchange.c.id == table.c.exchange_id)
    query = query.where(table.c.forward_to.is_not(None), exchange.c.state.in_(UNANSWERED))
    return [ExchangeId(id) for id in (await v.conn.execute(query.order_by(table.c.exchange_id))).scalars()]


async def add(tx: Tx, permit: Permit, fact: TransferPrepared, *, texts: RequestTexts) -> Transfer:
    """Record that a transfer was drafted, and write its rows."""
    tx.record(permit, fact)
    running = tuple(Clock(deadline) for deadline in fact.due)
    transfer = fact.begun(at=tx.now, running=running)
    exchange = transfer.exchange
    own = columns(exchange) | {"year": texts.year, "serial": texts.serial}
    await tx.add(fact, tables.exchanges, own)
    await tx.add(fact, tables_transfers.transfers, _columns(transfer))
    await clocks.write_clocks(tx, fact, tables.clocks, exchange.id, before=(), after=running)
    await add_paper(tx, fact, exchange.id, exchange.agency_id, texts)
    return transfer


async def save(
    tx: Tx, permit: Permit, transfer: Transfer, *facts: TransferChange, texts: Texts | None = None
) -> Transfer:
    """Record `facts`, and write the transfer as they leave it. `texts` go with the first fact."""
    paper = texts if isinstance(texts, AnswerTexts) else None
    for fact in facts:
        exchange = await exchanges.save(tx, permit, transfer.exchange, fact, texts=paper)
        before, transfer = transfer, transferred(transfer, fact, exchange, at=tx.now)
        values = changed(_columns(before), _columns(transfer))
        if values:
            await tx.set(fact, tables_transfers.transfers, {"exchange_id": transfer.id}, values)
        if isinstance(fact, FilesAdded) and isinstance(texts, NamesTexts):
            await _add_files(tx, fact, texts)
        paper = None
    if isinstance(texts, NoteTexts):
        await _add_note(tx, facts[0], transfer.id, texts)
    return transfer


async def _add_files(tx: Tx, fact: FilesAdded, texts: NamesTexts) -> None:
    table = tables_transfers.files
    stream = fact.owner.stream
    rows: list[tuple[FilesAdded, dict[str, Any]]] = []
    for file, name in zip(fact.files, texts.names, strict=True):
        row: dict[str, Any] = {"exchange_id": fact.owner} | vars(file)
        row["sealed"] = await tx.secrets.sealed(stream, name_of(table, row), name.encode())
        rows.append((fact, row))
    await tx.add_all(table, rows)


async def _add_note(tx: Tx, fact: TransferChange, exchange_id: ExchangeId, texts: NoteTexts) -> None:
    table = tables_transfers.notes
    row: dict[str, Any] = {"exchange_id": exchange_id, "kind": texts.kind, "sha256": texts.sha256}
    name = name_of(table, row)
    row["sealed"] = await tx.secrets.sealed(exchange_id.stream, name, texts.note)
    await tx.add(fact, table, row)


def _name(v: View | Tx, exchange_id: ExchangeId, row: Row) -> str | None:
    try:
        name = name_of(tables_transfers.files, row)
        return v.secrets.open(exchange_id.stream, name, row["sealed"]).decode()
    except Erased:
        return None


async def _of(v: View | Tx, exchange: Exchange) -> Transfer:
    if exchange.kind not in TRANSFERS:
        raise not_found(exchange.id)
    table = tables_transfers.transfers
    row = (await v.conn.execute(sa.select(table).where(table.c.exchange_id == exchange.id))).mappings().one()
    files = tables_transfers.files
    query = sa.select(files).where(files.c.exchange_id == exchange.id).order_by(files.c.n)
    return _transfer(exchange, row, (await v.conn.execute(query)).mappings().all())


def _transfer(exchange: Exchange, row: Row, files: Sequence[Row]) -> Transfer:
    return Transfer(
        exchange,
        OfficerId(row["prepared_by"]),
        row["recognised_at"],
        row["examined"],
        row["limitation_on"],
        ExchangeId(row["reverse_of"]) if row["reverse_of"] else None,
        evidence_ids=tuple(EvidenceId(id) for id in row["evidence_ids"]),
        files=tuple(_file(file) for file in files),
        submitted_by=OfficerId(row["submitted_by"]) if row["submitted_by"] else None,
        manifest_sha256=row["manifest_sha256"],
        approved_by=OfficerId(row["approved_by"]) if row["approved_by"] else None,
        approved_at=row["approved_at"],
        dispatched_at=row["dispatched_at"],
        is_late=row["is_late"],
        received_by=OfficerId(row["received_by"]) if row["received_by"] else None,
        receipt_sha256=row["receipt_sha256"],
        filing=Filing(row["filing"]) if row["filing"] else None,
        filed_at=row["filed_at"],
        competent_agency_id=AgencyId(row["competent_agency_id"]) if row["competent_agency_id"] else None,
        forward_to=AgencyId(row["forward_to"]) if row["forward_to"] else None,
        reconsidered_at=row["reconsidered_at"],
        goods_handed_at=row["goods_handed_at"],
        outcome=Outcome(row["outcome"]) if row["outcome"] else None,
        result_is_late=row["result_is_late"],
    )


def _file(row: Row) -> FileEntry:
    return FileEntry(
        row["n"],
        Enclosure(row["enclosure"]),
        row["sha256"],
        row["size"],
        row["media_type"],
        row["level"],
        EvidenceId(row["evidence_id"]) if row["evidence_id"] else None,
        row["picture"],
    )


def _columns(transfer: Transfer) -> dict[str, Any]:
    """The transfer's own row: its fields but for the exchange and the files."""
    own = {name: value for name, value in vars(transfer).items() if name not in ("exchange", "files")}
    return {"exchange_id": transfer.id} | own | {"evidence_ids": list(transfer.evidence_ids)}
