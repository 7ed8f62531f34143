"""The use of received data: its lock, its search, its opening and its changes, and the sealed log."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import orjson
import sqlalchemy as sa

from common.door.rows import changed, name_of
from common.door.secrets import Erased
from common.door.uow import Tx, View
from common.policy import Actor, Permit, Resource, not_found
from common.values.ids import AgencyId, CaseId, DataUseId
from data_exchange.domain.exchange import Clock, Purpose
from data_exchange.domain.usefacts import ChangingUse, OfUse, UseOpened, after
from data_exchange.domain.uses import DISPOSE, Access, Application, DataUse, Disposal, UseState
from data_exchange.store import clocks
from data_exchange.store import tables_uses as tables
from data_exchange.store.numbers import next_n
from data_exchange.store.rows import Row

_PERSONAL = 3


@dataclass(frozen=True)
class UseTexts:
    """The words of one entry. `citation` is the law for keeping the data; `application` what the entry is about."""

    kind: str
    text: str
    citation: str | None = None
    application: Application | None = None


@dataclass(frozen=True)
class Entry:
    """One entry of the log; `text` is None once the use was erased."""

    n: int
    kind: str
    agency_id: AgencyId
    made_at: datetime
    application: Application | None
    text: str | None
    citation: str | None


def resource(use: DataUse, actor: Actor) -> Resource:
    """The use as the policy sees it: an object of the receiver, of the provider and of the data authority."""
    concerned = [agency for agency in (use.agency_id, use.provider_id, use.authority_id) if agency]
    own = actor.agency_id if actor.agency_id in concerned else None
    seen = next((agency for agency in concerned if agency in actor.visible), use.agency_id)
    return Resource(use.id, own or seen, level=_PERSONAL)


async def lock(tx: Tx, use_id: DataUseId) -> DataUse:
    """The use, held until commit. Refusal NOT_FOUND if there is none, or none that the caller may see."""
    return _required(use_id, await _find(tx, use_id, for_update=True))


async def get(v: View, use_id: DataUseId) -> DataUse:
    """The use. Refusal NOT_FOUND as `lock`."""
    return _required(use_id, await _find(v, use_id, for_update=False))


async def find(v: View | Tx, use_id: DataUseId) -> DataUse | None:
    """The use, None if there is none, or none that the caller may see."""
    return await _find(v, use_id, for_update=False)


async def find_of_source(v: View | Tx, source: str) -> DataUse | None:
    """The use of what one comparison or exchange brought; None until the follower has opened it."""
    return _first(await _uses(v, sa.select(tables.uses).where(tables.uses.c.source == source)))


async def find_without_access(v: View | Tx, agency_id: AgencyId, what: str) -> DataUse | None:
    """A use for which the access of `agency_id` to `what` is paused or has ended; None while it is open."""
    table = tables.uses
    query = sa.select(table).where(table.c.agency_id == agency_id, table.c.what == what)
    return _first(await _uses(v, query.where(table.c.access != Access.OPEN.value).limit(1)))


async def list_of_case(v: View | Tx, case_id: CaseId) -> list[DataUse]:
    """The uses for one case whose data is still there."""
    table = tables.uses
    query = sa.select(table).where(table.c.case_id == case_id, table.c.state == UseState.OPEN.value)
    return await _uses(v, query.order_by(table.c.id))


async def list_page(
    v: View,
    *,
    after_id: str,
    case_id: CaseId | None = None,
    state: UseState | None = None,
    limit: int,
) -> list[DataUse]:
    """Up to `limit` uses after `after_id` that the caller may see, in the order of opening."""
    table = tables.uses
    query = sa.select(table).where(table.c.id > after_id).order_by(table.c.id).limit(limit)
    for column, value in ((table.c.case_id, case_id), (table.c.state, state)):
        if value is not None:
            query = query.where(column == value)
    return await _uses(v, query)


async def list_passed(v: View, today: date) -> list[DataUseId]:
    """Uses whose disposal was due before `today`."""
    table = tables.use_clocks
    return [DataUseId(id) for id in await clocks.list_passed(v, table, today, table.c.rule == DISPOSE)]


async def list_provisional(v: View) -> list[DataUseId]:
    """Uses with a running clock that waits for the notice of a year."""
    return [DataUseId(id) for id in await clocks.list_provisional(v, tables.use_clocks)]


async def list_entries(v: View | Tx, use_id: DataUseId) -> list[Entry]:
    """The log, in the order of telling."""
    table = tables.use_entries
    query = sa.select(table).where(table.c.use_id == use_id).order_by(table.c.n)
    return [_entry(v, row) for row in (await v.conn.execute(query)).mappings()]


async def list_consents(v: View | Tx, use_id: DataUseId) -> frozenset[Application]:
    """To what the provider consented beside the agreed use."""
    table = tables.use_entries
    query = sa.select(table).where(table.c.use_id == use_id, table.c.kind == "CONSENT")
    rows = (await v.conn.execute(query)).mappings()
    return frozenset(each for each in map(_application, rows) if each is not None)


async def add(tx: Tx, permit: Permit, fact: UseOpened) -> DataUse:
    """Record that data came into use, and write its row."""
    tx.record(permit, fact)
    use = fact.begun(at=tx.now)
    await tx.add(fact, tables.uses, _columns(use))
    return use


async def save(
    tx: Tx, permit: Permit, use: DataUse, *facts: ChangingUse, texts: UseTexts | None = None
) -> DataUse:
    """Record `facts`, and write the use as they leave it. `texts` go with the first fact."""
    tx.record(permit, *facts)
    for fact in facts:
        before, use = use, after(use, fact, at=tx.now)
        await tx.set(fact, tables.uses, {"id": use.id}, changed(_columns(before), _columns(use)))
        await clocks.write_clocks(tx, fact, tables.use_clocks, use.id, before=before.clocks, after=use.clocks)
    if texts is not None:
        await _add_entry(tx, facts[0], use, texts)
    return use


async def _add_entry(tx: Tx, fact: OfUse, use: DataUse, texts: UseTexts) -> None:
    table, about = tables.use_entries, texts.application
    row: dict[str, Any] = {
        "use_id": use.id,
        "n": await next_n(tx, table.c.use_id, use.id),
        "kind": texts.kind,
        "agency_id": tx.mandate.actor.agency_id,
        "made_at": tx.now,
        "purpose": about.purpose if about else None,
        "case_id": about.case_id if about else None,
        "recipient_id": about.recipient_id if about else None,
    }
    words = orjson.dumps([texts.text, texts.citation])
    row["sealed"] = await tx.secrets.sealed(use.id.stream, _name(row), words)
    await tx.add(fact, table, row)


def _entry(v: View | Tx, row: Row) -> Entry:
    text, citation = _words(v, row)
    return Entry(
        row["n"],
        row["kind"],
        AgencyId(row["agency_id"]),
        row["made_at"],
        _application(row),
        text,
        citation,
    )


def _words(v: View | Tx, row: Row) -> tuple[str | None, str | None]:
    try:
        plain = v.secrets.open(DataUseId(row["use_id"]).stream, _name(row), row["sealed"])
    except Erased:
        return None, None
    text, citation = orjson.loads(plain)
    return text, citation


def _application(row: Row) -> Application | None:
    if row["purpose"] is None:
        return None
    case_id = CaseId(row["case_id"]) if row["case_id"] else None
    recipient_id = AgencyId(row["recipient_id"]) if row["recipient_id"] else None
    return Application(Purpose(row["purpose"]), case_id, recipient_id)


def _name(row: Row) -> str:
    return name_of(tables.use_entries, row)


async def _find(v: View | Tx, use_id: DataUseId, *, for_update: bool) -> DataUse | None:
    query: Any = sa.select(tables.uses).where(tables.uses.c.id == use_id)
    return _first(await _uses(v, query.with_for_update() if for_update else query))


def _first(listed: list[DataUse]) -> DataUse | None:
    return listed[0] if listed else None


def _required(use_id: DataUseId, use: DataUse | None) -> DataUse:
    if use is None:
        raise not_found(use_id)
    return use


async def _uses(v: View | Tx, query: Any) -> list[DataUse]:
    rows = (await v.conn.execute(query)).mappings().all()
    own = await clocks.list_clocks(v, tables.use_clocks, [row["id"] for row in rows])
    return [_use(row, own[row["id"]]) for row in rows]


def _use(row: Row, own: tuple[Clock, ...]) -> DataUse:
    return DataUse(
        DataUseId(row["id"]),
        AgencyId(row["agency_id"]),
        AgencyId(row["provider_id"]) if row["provider_id"] else None,
        AgencyId(row["authority_id"]) if row["authority_id"] else None,
        row["source"],
        row["what"],
        Purpose(row["purpose"]),
        CaseId(row["case_id"]) if row["case_id"] else None,
        row["opened_at"],
        UseState(row["state"]),
        Access(row["access"]),
        Disposal(row["disposal"]) if row["disposal"] else None,
        row["disposed_at"],
        row["missed"],
        own,
        row["revision"],
    )


def _columns(use: DataUse) -> dict[str, Any]:
    return {name: value for name, value in vars(use).items() if name != "clocks"}
