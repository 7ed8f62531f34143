"""Deferrals: their lock, their search, their proposal and their changes, and the sealed reasons."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import orjson
import sqlalchemy as sa

from common.door.rows import changed, name_of
from common.door.secrets import Erased
from common.door.uow import Tx, View
from common.policy import Permit, Resource, not_found
from common.values.ids import AgencyId, CaseId, DeferralId
from data_exchange.domain.deferrals import Deferral, DeferralProposed, DeferralState, Ground, OfDeferral
from data_exchange.store.rows import Row
from data_exchange.store.tables_usages import deferrals as table
from data_exchange.store.tables_usages import held

_PERSONAL = 3


@dataclass(frozen=True)
class DeferralTexts:
    """Why the notice is deferred, or deferred for longer. `case_id` is the case that the records do not name."""

    case_id: CaseId
    reason: str


def resource(deferral: Deferral) -> Resource:
    """The deferral as the policy sees it."""
    return Resource(deferral.id, deferral.agency_id, level=_PERSONAL)


async def lock(tx: Tx, deferral_id: DeferralId) -> Deferral:
    """The deferral, held until commit. Refusal NOT_FOUND if there is none, or it is another agency's."""
    return _deferral(await _row(tx, deferral_id, for_update=True))


async def get(v: View | Tx, deferral_id: DeferralId) -> Deferral:
    """The deferral. Refusal NOT_FOUND as `lock`."""
    return _deferral(await _row(v, deferral_id, for_update=False))


async def take_turn(tx: Tx, case_id: CaseId) -> None:
    """Hold the right to propose a deferral for the case until commit: a case has one at a time."""
    query = sa.text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))")
    await tx.conn.execute(query, {"name": f"deferral of {case_id}"})


async def find_standing(tx: Tx, case_id: CaseId) -> Deferral | None:
    """The deferral of the case that is proposed or in force, held until commit."""
    states = (DeferralState.PROPOSED, DeferralState.IN_FORCE)
    query = sa.select(table).where(table.c.case_id == case_id, table.c.state.in_(states))
    row = (await tx.conn.execute(query.with_for_update())).mappings().one_or_none()
    return _deferral(row) if row is not None else None


async def list_page(
    v: View, *, after_id: str, case_id: CaseId | None, state: DeferralState | None, limit: int
) -> list[Deferral]:
    """Up to `limit` deferrals after `after_id` in the order of proposal."""
    query = sa.select(table).where(table.c.id > after_id).order_by(table.c.id).limit(limit)
    if case_id is not None:
        query = query.where(table.c.case_id == case_id)
    if state is not None:
        query = query.where(table.c.state == state)
    return [_deferral(row) for row in (await v.conn.execute(query)).mappings()]


async def list_over(v: View, today: date) -> list[DeferralId]:
    """The deferrals in force whose last day is over, and those at an end that still hold usages."""
    over = sa.and_(table.c.state == DeferralState.IN_FORCE, table.c.visible_after < today)
    holding = sa.select(held.c.deferral_id).where(held.c.released_at.is_(None))
    ended = sa.and_(table.c.state == DeferralState.ENDED, table.c.id.in_(holding))
    query = sa.select(table.c.id).where(sa.or_(over, ended)).order_by(table.c.id)
    return [DeferralId(id) for id in (await v.conn.execute(query)).scalars()]


async def list_reasons(v: View | Tx, deferral_id: DeferralId) -> list[str]:
    """The reasons in order, that of the proposal first; none once they were erased."""
    return _opened(v, await _row(v, deferral_id, for_update=False))


async def add(tx: Tx, permit: Permit, fact: DeferralProposed, *, texts: DeferralTexts) -> Deferral:
    """Record that a deferral was proposed, and write its row."""
    tx.record(permit, fact)
    deferral = fact.begun(texts.case_id, by=tx.mandate.actor.id, at=tx.now)
    row: dict[str, Any] = dict(vars(deferral))
    row["sealed"] = await _sealed(tx, row, [texts.reason])
    await tx.add(fact, table, row)
    return deferral


async def save(
    tx: Tx, permit: Permit, deferral: Deferral, *facts: OfDeferral, texts: DeferralTexts | None = None
) -> Deferral:
    """Record `facts`, and write the deferral as they leave it, and the reason of a renewal."""
    tx.record(permit, *facts)
    for fact in facts:
        before, deferral = deferral, fact.applied(deferral, by=tx.mandate.actor.id, at=tx.now)
        values = changed(vars(before), vars(deferral))
        if texts is not None:
            row = await _row(tx, deferral.id, for_update=True)
            values["sealed"] = await _sealed(tx, row, [*_opened(tx, row), texts.reason])
        await tx.set(fact, table, {"id": deferral.id}, values)
    return deferral


async def _sealed(tx: Tx, row: Any, reasons: list[str]) -> bytes:
    return await tx.secrets.sealed(DeferralId(row["id"]).stream, name_of(table, row), orjson.dumps(reasons))


def _opened(v: View | Tx, row: Row) -> list[str]:
    try:
        opened = v.secrets.open(DeferralId(row["id"]).stream, name_of(table, row), row["sealed"])
    except Erased:
        return []
    reasons: list[str] = orjson.loads(opened)
    return reasons


def _deferral(row: Row) -> Deferral:
    return Deferral(
        DeferralId(row["id"]),
        AgencyId(row["agency_id"]),
        CaseId(row["case_id"]),
        Ground(row["ground"]),
        row["visible_after"],
        DeferralState(row["state"]),
        row["proposed_by"],
        row["proposed_at"],
        row["reviewed_by"],
        row["reviewed_at"],
        row["renewal_by"],
        row["renewal_until"],
        row["ended_at"],
    )


async def _row(v: View | Tx, deferral_id: DeferralId, *, for_update: bool) -> Row:
    query = sa.select(table).where(table.c.id == deferral_id)
    row = (await v.conn.execute(query.with_for_update() if for_update else query)).mappings().one_or_none()
    if row is None:
        raise not_found(deferral_id)
    return row
