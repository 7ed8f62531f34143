"""Disputes: their lock, their search, their raising and their changes, and the sealed words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from common.door.rows import changed, name_of
from common.door.secrets import Erased
from common.door.uow import Tx, View
from common.policy import Actor, Permit, Resource, not_found
from common.values.ids import AgencyId, DisputeId, ExchangeId
from data_exchange.domain.disputes import (
    Changing,
    Dispute,
    DisputeRaised,
    DisputeState,
    Level,
    OfDispute,
    Outcome,
    Rung,
    after,
)
from data_exchange.domain.exchange import Clock
from data_exchange.store import clocks
from data_exchange.store import tables_disputes as tables
from data_exchange.store.numbers import next_n
from data_exchange.store.rows import Row

_PERSONAL = 3


@dataclass(frozen=True)
class DisputeTexts:
    """The words of one act."""

    kind: str
    text: str


@dataclass(frozen=True)
class DisputePaper:
    """One paper; `text` is None once the dispute was erased."""

    n: int
    kind: str
    agency_id: AgencyId
    made_at: datetime
    text: str | None


def resource(dispute: Dispute, actor: Actor) -> Resource:
    """The dispute as the policy sees it: an object of each side and each organ. Row-level security says who sees it."""
    concerned = (*dispute.sides, *(rung.organ_id for rung in dispute.ladder))
    own = actor.agency_id if actor.agency_id in concerned else None
    seen = next((agency for agency in dispute.sides if agency in actor.visible), dispute.agency_id)
    return Resource(dispute.id, own or seen, level=_PERSONAL)


async def lock(tx: Tx, dispute_id: DisputeId) -> Dispute:
    """The dispute, held until commit. Refusal NOT_FOUND if there is none, or none that the caller may see."""
    return await _one(tx, dispute_id, for_update=True)


async def get(v: View, dispute_id: DisputeId) -> Dispute:
    """The dispute. Refusal NOT_FOUND as `lock`."""
    return await _one(v, dispute_id, for_update=False)


async def find(v: View | Tx, dispute_id: DisputeId) -> Dispute | None:
    """The dispute, None if there is none, or none that the caller may see."""
    listed = await _disputes(v, sa.select(tables.disputes).where(tables.disputes.c.id == dispute_id))
    return listed[0] if listed else None


async def find_open(tx: Tx, exchange_id: ExchangeId) -> Dispute | None:
    """The open dispute about an exchange. There is at most one."""
    table = tables.disputes
    query = sa.select(table).where(
        table.c.exchange_id == exchange_id, table.c.state == DisputeState.OPEN.value
    )
    listed = await _disputes(tx, query)
    return listed[0] if listed else None


async def list_page(
    v: View, *, after_id: str, state: DisputeState | None = None, limit: int
) -> list[Dispute]:
    """Up to `limit` disputes after `after_id` that the caller may see, in the order of raising."""
    table = tables.disputes
    query = sa.select(table).where(table.c.id > after_id).order_by(table.c.id).limit(limit)
    return await _disputes(v, query if state is None else query.where(table.c.state == state))


async def list_passed(v: View, today: date) -> list[DisputeId]:
    """Disputes with a running clock whose last day is over on `today`."""
    return [DisputeId(id) for id in await clocks.list_passed(v, tables.dispute_clocks, today)]


async def list_provisional(v: View) -> list[DisputeId]:
    """Disputes with a running clock that waits for the notice of a year."""
    return [DisputeId(id) for id in await clocks.list_provisional(v, tables.dispute_clocks)]


async def list_papers(v: View | Tx, dispute_id: DisputeId) -> list[DisputePaper]:
    """What was said, in the order of telling."""
    table = tables.dispute_papers
    query = sa.select(table).where(table.c.dispute_id == dispute_id).order_by(table.c.n)
    return [
        DisputePaper(row["n"], row["kind"], AgencyId(row["agency_id"]), row["made_at"], _text(v, row))
        for row in (await v.conn.execute(query)).mappings()
    ]


async def add(tx: Tx, permit: Permit, fact: DisputeRaised, *, texts: DisputeTexts) -> Dispute:
    """Record that a dispute was raised, and write its rows."""
    tx.record(permit, fact)
    dispute = fact.begun(at=tx.now)
    await tx.add(fact, tables.disputes, _columns(dispute))
    await clocks.write_clocks(tx, fact, tables.dispute_clocks, dispute.id, before=(), after=dispute.clocks)
    await _add_paper(tx, fact, dispute, texts)
    return dispute


async def save(
    tx: Tx, permit: Permit, dispute: Dispute, *facts: Changing, texts: DisputeTexts | None = None
) -> Dispute:
    """Record `facts`, and write the dispute as they leave it. `texts` go with the first fact."""
    tx.record(permit, *facts)
    for fact in facts:
        before, dispute = dispute, after(dispute, fact, at=tx.now)
        await tx.set(fact, tables.disputes, {"id": dispute.id}, changed(_columns(before), _columns(dispute)))
        await clocks.write_clocks(
            tx, fact, tables.dispute_clocks, dispute.id, before=before.clocks, after=dispute.clocks
        )
    if texts is not None:
        await _add_paper(tx, facts[0], dispute, texts)
    return dispute


async def _add_paper(tx: Tx, fact: OfDispute, dispute: Dispute, texts: DisputeTexts) -> None:
    table = tables.dispute_papers
    row: dict[str, Any] = {
        "dispute_id": dispute.id,
        "n": await next_n(tx, table.c.dispute_id, dispute.id),
        "kind": texts.kind,
        "agency_id": tx.mandate.actor.agency_id,
        "made_at": tx.now,
    }
    row["sealed"] = await tx.secrets.sealed(dispute.id.stream, _name(row), texts.text.encode())
    await tx.add(fact, table, row)


def _text(v: View | Tx, row: Row) -> str | None:
    try:
        plain: bytes = v.secrets.open(DisputeId(row["dispute_id"]).stream, _name(row), row["sealed"])
    except Erased:
        return None
    return plain.decode()


def _name(row: Row) -> str:
    return name_of(tables.dispute_papers, row)


async def _one(v: View | Tx, dispute_id: DisputeId, *, for_update: bool) -> Dispute:
    query: Any = sa.select(tables.disputes).where(tables.disputes.c.id == dispute_id)
    listed = await _disputes(v, query.with_for_update() if for_update else query)
    if not listed:
        raise not_found(dispute_id)
    return listed[0]


async def _disputes(v: View | Tx, query: Any) -> list[Dispute]:
    rows = (await v.conn.execute(query)).mappings().all()
    own = await clocks.list_clocks(v, tables.dispute_clocks, [row["id"] for row in rows])
    return [_dispute(row, own[row["id"]]) for row in rows]


def _dispute(row: Row, own: tuple[Clock, ...]) -> Dispute:
    return Dispute(
        DisputeId(row["id"]),
        AgencyId(row["agency_id"]),
        AgencyId(row["other_id"]),
        ExchangeId(row["exchange_id"]),
        tuple(map(_rung, row["ladder"])),
        row["raised_at"],
        own,
        row["step"],
        DisputeState(row["state"]),
        AgencyId(row["proposed_by"]) if row["proposed_by"] else None,
        Outcome(row["outcome"]) if row["outcome"] else None,
        row["ended_at"],
        row["revision"],
    )


def _rung(text: str) -> Rung:
    level, organ = text.split("/")
    return Rung(Level(level), AgencyId(organ) if organ else None)


def _columns(dispute: Dispute) -> dict[str, Any]:
    own = {name: value for name, value in vars(dispute).items() if name != "clocks"}
    ladder = [f"{rung.level}/{rung.organ_id or ''}" for rung in dispute.ladder]
    return own | {"ladder": ladder, "organs": list(dispute.organs)}
