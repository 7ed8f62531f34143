"""Oversight items: their lock, their search, their opening and their changes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from case.domain.oversight import (
    Changing,
    DueSetBy,
    ItemType,
    OversightItem,
    OversightOpened,
    Result,
    Source,
    State,
    after,
)
from case.store import oversight_tables as tables
from case.store.oversight_texts import Facts, LoggedRecord, Texts, add_paper
from common.door.rows import changed
from common.door.uow import Tx, View
from common.policy import Permit, Resource, not_found
from common.values.calendar import Deadline, Holder, Unit
from common.values.facts import Commitment
from common.values.ids import AgencyId, OversightItemId

_PERSONAL = 3


def resource(item: OversightItem) -> Resource:
    """The item as the policy sees it: an object of the agency that it concerns."""
    return Resource(item.id, item.agency_id, level=_PERSONAL)


async def lock(tx: Tx, item_id: OversightItemId) -> OversightItem:
    """The item, held until commit. Refusal NOT_FOUND if there is none, or the caller may not know of it."""
    return _item(await _row(tx, item_id, for_update=True))


async def get(v: View, item_id: OversightItemId) -> OversightItem:
    """The item. Refusal NOT_FOUND as `lock`."""
    return _item(await _row(v, item_id, for_update=False))


async def get_facts(v: View | Tx, item_id: OversightItemId) -> Facts:
    """The log of the item's object as it was when the item was opened. Refusal NOT_FOUND as `lock`."""
    row = await _row(v, item_id, for_update=False)
    log = zip(row["log_records"], row["log_types"], row["log_times"], strict=True)
    return Facts(tuple(LoggedRecord(*record) for record in log))


async def list_page(
    v: View,
    *,
    after_id: str,
    item_type: ItemType | None,
    agency_id: AgencyId | None,
    state: State | None,
    limit: int,
) -> list[OversightItem]:
    """Up to `limit` items after `after_id` in the order of opening: those that row-level security shows."""
    table = tables.items
    query = sa.select(table).where(table.c.id > after_id).order_by(table.c.id).limit(limit)
    for column, value in (
        (table.c.type, item_type),
        (table.c.agency_id, agency_id),
        (table.c.state, state),
    ):
        if value is not None:
            query = query.where(column == value)
    return [_item(row) for row in (await v.conn.execute(query)).mappings()]


async def list_provisional(v: View) -> list[OversightItemId]:
    """Open items whose period for the reply looked at days of a year without a published calendar."""
    table = tables.items
    query = sa.select(table.c.id).where(
        table.c.state == State.OPEN, table.c.due_provisional, table.c.overdue_at.is_(None)
    )
    return [OversightItemId(id) for id in (await v.conn.execute(query.order_by(table.c.id))).scalars()]


async def list_due(v: View, today: date) -> list[OversightItemId]:
    """Items whose last day to reply is over on `today` and that have no record of it, in the order of opening.

    An item that was answered or closed in time is not among them.
    """
    table = tables.items
    answered_at = sa.func.coalesce(table.c.replied_at, table.c.closed_at)
    answered_on = sa.cast(sa.func.timezone("Asia/Shanghai", answered_at), sa.Date)
    query = (
        sa.select(table.c.id)
        .where(table.c.overdue_at.is_(None), table.c.due_on < today)
        .where(sa.or_(answered_at.is_(None), answered_on > table.c.due_on))
    )
    return [OversightItemId(id) for id in (await v.conn.execute(query.order_by(table.c.id))).scalars()]


async def is_opened(v: View | Tx, source: UUID) -> bool:
    """Whether an item was opened from the record `source`."""
    query = sa.select(sa.exists().where(tables.items.c.source_record_id == source))
    return bool(await v.conn.scalar(query))


async def hold_source(tx: Tx, source: UUID) -> None:
    """Let no other transaction open an item from the record `source` before this one has ended."""
    query = sa.text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))")
    await tx.conn.execute(query, {"name": f"oversight-source/{source}"})


async def add(tx: Tx, permit: Permit, fact: OversightOpened, *, texts: Facts) -> OversightItem:
    """Record that an item was opened, and write its row with the log of its object."""
    tx.record(permit, fact)
    item = fact.begun(at=tx.now)
    log: dict[str, list[Any]] = {
        "log_records": [record.record_id for record in texts.log],
        "log_types": [record.type for record in texts.log],
        "log_times": [record.at for record in texts.log],
    }
    await tx.add(fact, tables.items, _columns(item) | log)
    return item


async def save(
    tx: Tx, permit: Permit, item: OversightItem, *facts: Changing, texts: Texts | None = None
) -> OversightItem:
    """Record `facts`, and write the item as they leave it. `texts` go with the first fact."""
    tx.record(permit, *facts)
    for fact in facts:
        before, item = item, after(item, fact, at=tx.now)
        await tx.set(fact, tables.items, {"id": item.id}, changed(_columns(before), _columns(item)))
    if texts is not None:
        await add_paper(tx, facts[0], item.id, texts)
    return item


async def _row(v: View | Tx, item_id: OversightItemId, *, for_update: bool) -> Mapping[Any, Any]:
    query: Any = sa.select(tables.items).where(tables.items.c.id == item_id)
    row = (await v.conn.execute(query.with_for_update() if for_update else query)).mappings().one_or_none()
    if row is None:
        raise not_found(item_id)
    return row


def _item(row: Mapping[Any, Any]) -> OversightItem:
    consequence = row["consequence"]
    return OversightItem(
        OversightItemId(row["id"]),
        ItemType(row["type"]),
        AgencyId(row["agency_id"]),
        Source(str(row["source_record_id"]), row["source_type"], row["source_stream"], row["source_seq"]),
        Commitment(bytes(consequence)) if consequence is not None else None,
        row["opened_at"],
        _deadline(row),
        DueSetBy(row["due_set_by"]),
        state=State(row["state"]),
        replied_at=row["replied_at"],
        overdue_at=row["overdue_at"],
        closed_at=row["closed_at"],
        result=Result(row["result"]) if row["result"] else None,
        revision=row["revision"],
    )


def _deadline(row: Mapping[Any, Any]) -> Deadline:
    """The period for the reply. It binds the agency, so it never rolls and its last day is the counted one."""
    return Deadline(
        rule="oversight_reply",
        law=row["due_law"],
        unit=Unit.WORKING_DAY,
        n=row["due_n"],
        holder=Holder.AGENCY,
        trigger_on=row["due_from"],
        raw_on=row["due_on"],
        due_on=row["due_on"],
        rolled_by=None,
        alarm_on=row["due_alarm_on"],
        calendar_version=row["due_calendar"],
        provisional=row["due_provisional"],
    )


def _columns(item: OversightItem) -> dict[str, Any]:
    """The item's own row, but for its log, which never changes."""
    return {
        "id": item.id,
        "type": item.type,
        "agency_id": item.agency_id,
        "source_record_id": UUID(item.source.record_id),
        "source_type": item.source.type,
        "source_stream": item.source.stream,
        "source_seq": item.source.seq,
        "consequence": item.consequence.digest if item.consequence else None,
        "state": item.state,
        "revision": item.revision,
        "opened_at": item.opened_at,
        "due_law": item.due.law,
        "due_n": item.due.n,
        "due_from": item.due.trigger_on,
        "due_on": item.due.due_on,
        "due_alarm_on": item.due.alarm_on,
        "due_calendar": item.due.calendar_version,
        "due_provisional": item.due.provisional,
        "due_set_by": item.due_set_by,
        "replied_at": item.replied_at,
        "overdue_at": item.overdue_at,
        "closed_at": item.closed_at,
        "result": item.result,
    }
