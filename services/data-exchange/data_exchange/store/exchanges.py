"""Requests between agencies: their lock, their search, their sending and their changes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa

from common.door.rows import changed
from common.door.uow import Tx, View
from common.policy import Actor, Permit, Resource, not_found
from common.values.ids import AgencyId, CaseId, ExchangeId
from data_exchange.domain.answering import ExchangeAccepted, ExchangeFulfilled, ExchangeRefused
from data_exchange.domain.clocks import SECOND_URGE_REPLY, URGE_REPLY
from data_exchange.domain.disclosing import ExchangeDisclosed
from data_exchange.domain.exchange import Clock, Exchange, Kind, Pressure, Side, State, after
from data_exchange.domain.facts import ExchangeFact
from data_exchange.domain.requesting import ExchangeRequested, ExchangeWithdrawn
from data_exchange.domain.urging import ExchangeUrged
from data_exchange.store import clocks, tables
from data_exchange.store.letters import add_letter, void_letters
from data_exchange.store.papers import AnswerTexts, RequestTexts, add_paper
from data_exchange.store.rows import Row, columns, exchange_of

_PERSONAL = 3


def resource(exchange: Exchange, actor: Actor) -> Resource:
    """The exchange as the policy sees it: for each side it is an object of that side's own agency."""
    own = exchange.to_agency_id if exchange.to_agency_id in actor.visible else exchange.agency_id
    if exchange.side_of(actor.agency_id) is not None and actor.agency_id is not None:
        own = actor.agency_id
    return Resource(exchange.id, own, level=_PERSONAL)


async def lock(tx: Tx, exchange_id: ExchangeId) -> Exchange:
    """The exchange, held until commit. Refusal NOT_FOUND if there is none, or none of the caller's agencies."""
    return await _one(tx, exchange_id, for_update=True)


async def get(v: View | Tx, exchange_id: ExchangeId) -> Exchange:
    """The exchange. Refusal NOT_FOUND as `lock`."""
    return await _one(v, exchange_id, for_update=False)


async def find(v: View | Tx, exchange_id: ExchangeId) -> Exchange | None:
    """The exchange, None if there is none, or none of the caller's agencies."""
    row = (await v.conn.execute(_select(exchange_id))).mappings().one_or_none()
    return None if row is None else (await _with_clocks(v, [row]))[0]


async def list_page(
    v: View,
    *,
    after_id: str,
    kinds: Sequence[Kind] = (),
    state: State | None = None,
    pressure: Pressure | None = None,
    case_id: CaseId | None = None,
    side: tuple[Side, AgencyId] | None = None,
    limit: int,
) -> list[Exchange]:
    """Up to `limit` exchanges after `after_id` in the order of sending: those that row-level security shows."""
    table = tables.exchanges
    query = sa.select(table).where(table.c.id > after_id).order_by(table.c.id).limit(limit)
    if kinds:
        query = query.where(table.c.kind.in_(kinds))
    for column, value in ((table.c.state, state), (table.c.pressure, pressure), (table.c.case_id, case_id)):
        if value is not None:
            query = query.where(column == value)
    if side is not None:
        own = table.c.agency_id if side[0] is Side.SENDER else table.c.to_agency_id
        query = query.where(own == side[1])
    return await _with_clocks(v, (await v.conn.execute(query)).mappings().all())


async def list_passed(v: View, today: date) -> list[ExchangeId]:
    """Exchanges with a running clock whose last day is over on `today`. A clock that is stopped does not run."""
    return [ExchangeId(id) for id in await clocks.list_passed(v, tables.clocks, today)]


async def list_silent(v: View) -> list[Exchange]:
    """Exchanges in which silence has begun and no urging waits for its answer: something may follow by itself."""
    table, urging = tables.exchanges, tables.clocks.c
    waits = sa.exists().where(
        urging.exchange_id == table.c.id,
        urging.ended_at.is_(None),
        urging.rule.in_((URGE_REPLY, SECOND_URGE_REPLY)),
    )
    begun = (Pressure.OVERDUE, Pressure.URGED, Pressure.URGED_TWICE)
    query = sa.select(table).where(table.c.pressure.in_(begun), ~waits).order_by(table.c.id)
    return await _with_clocks(v, (await v.conn.execute(query)).mappings().all())


async def list_provisional(v: View) -> list[ExchangeId]:
    """Exchanges with a running clock that waits for the notice of a year."""
    return [ExchangeId(id) for id in await clocks.list_provisional(v, tables.clocks)]


async def list_urged(v: View, case_id: CaseId, agency_id: AgencyId) -> list[AgencyId]:
    """The agencies that `agency_id` has urged for this case and that have not answered since."""
    table = tables.exchanges
    far = (Pressure.URGED, Pressure.URGED_TWICE, Pressure.ESCALATED)
    query = sa.select(table.c.to_agency_id).where(
        table.c.case_id == case_id, table.c.agency_id == agency_id, table.c.pressure.in_(far)
    )
    return [AgencyId(agency) for agency in (await v.conn.execute(query.distinct())).scalars()]


async def next_serial(tx: Tx, agency_id: AgencyId, year: int) -> int:
    """The next serial of the agency's requests in `year`. Held to commit, so that none is given twice or left out."""
    name = f"exchange-serial/{agency_id}/{year}"
    await tx.conn.execute(sa.text("SELECT pg_advisory_xact_lock(hashtext(:name))"), {"name": name})
    table = tables.exchanges
    query = sa.select(sa.func.coalesce(sa.func.max(table.c.serial), 0) + 1).where(
        table.c.agency_id == agency_id, table.c.year == year
    )
    return int((await tx.conn.execute(query)).scalar_one())


async def add(tx: Tx, permit: Permit, fact: ExchangeRequested, *, texts: RequestTexts) -> Exchange:
    """Record that a request was sent, and write its rows."""
    tx.record(permit, fact)
    started = tuple(Clock(deadline) for deadline in fact.due)
    exchange = fact.begun(at=tx.now, clocks=started)
    own = columns(exchange) | {"year": texts.year, "serial": texts.serial}
    await tx.add(fact, tables.exchanges, own)
    await clocks.write_clocks(tx, fact, tables.clocks, exchange.id, before=(), after=started)
    await add_paper(tx, fact, exchange.id, exchange.agency_id, texts)
    if fact.letter is not None:
        await add_letter(tx, fact, exchange.id, exchange.agency_id, fact.letter)
    return exchange


async def save(
    tx: Tx, permit: Permit, exchange: Exchange, *facts: ExchangeFact, texts: AnswerTexts | None = None
) -> Exchange:
    """Record `facts`, and write the exchange and the clocks as they leave it. `texts` go with the first fact."""
    tx.record(permit, *facts)
    for fact in facts:
        before, exchange = exchange, after(exchange, fact, at=tx.now)
        await tx.set(fact, tables.exchanges, {"id": exchange.id}, changed(columns(before), columns(exchange)))
        await clocks.write_clocks(
            tx, fact, tables.clocks, exchange.id, before=before.clocks, after=exchange.clocks
        )
        await _write_letters(tx, fact, exchange)
    if texts is not None and tx.mandate.actor.agency_id is not None:
        await add_paper(tx, facts[0], exchange.id, tx.mandate.actor.agency_id, texts)
    return exchange


def record_reading(tx: Tx, permit: Permit, fact: ExchangeDisclosed) -> None:
    """Record that somebody read a document of the exchange. It changes no row."""
    tx.record(permit, fact)


def _select(exchange_id: ExchangeId) -> Any:
    return sa.select(tables.exchanges).where(tables.exchanges.c.id == exchange_id)


async def _write_letters(tx: Tx, fact: ExchangeFact, exchange: Exchange) -> None:
    if isinstance(fact, ExchangeWithdrawn) and fact.voids_letter:
        await void_letters(tx, fact, exchange.id)
    if isinstance(fact, ExchangeUrged | ExchangeAccepted | ExchangeRefused | ExchangeFulfilled):
        author = exchange.agency_id if isinstance(fact, ExchangeUrged) else exchange.to_agency_id
        if fact.letter is not None:
            await add_letter(tx, fact, exchange.id, author, fact.letter)


async def _one(v: View | Tx, exchange_id: ExchangeId, *, for_update: bool) -> Exchange:
    query = _select(exchange_id)
    row = (await v.conn.execute(query.with_for_update() if for_update else query)).mappings().one_or_none()
    if row is None:
        raise not_found(exchange_id)
    return (await _with_clocks(v, [row]))[0]


async def _with_clocks(v: View | Tx, rows: Sequence[Row]) -> list[Exchange]:
    own = await clocks.list_clocks(v, tables.clocks, [row["id"] for row in rows])
    return [exchange_of(row, own[row["id"]]) for row in rows]
