"""The clocks of every object that has periods: each kind of object has its table, with the columns of `clock_table`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import date
from typing import Any

import sqlalchemy as sa

from common.door.uow import Tx, View
from common.values.calendar import Deadline, Holder, Unit
from common.values.facts import Fact
from data_exchange.domain.exchange import Clock, ClockStop
from data_exchange.store.rows import Row


async def list_clocks(v: View | Tx, table: sa.Table, ids: Sequence[str]) -> dict[str, tuple[Clock, ...]]:
    """The clocks of each of `ids` in the order of their ends; an object without clocks has none."""
    owner = _owner(table)
    query = sa.select(table).where(owner.in_(ids)).order_by(table.c.due_on, table.c.rule)
    clocks: dict[str, tuple[Clock, ...]] = dict.fromkeys(ids, ())
    for row in (await v.conn.execute(query)).mappings():
        clocks[row[owner.name]] += (_clock(row),)
    return clocks


async def list_passed(
    v: View, table: sa.Table, today: date, *conditions: sa.ColumnElement[bool]
) -> list[str]:
    """The objects with a running clock whose last day is over on `today`. A clock that is stopped does not run."""
    return await _running(v, table, table.c.due_on < today, *conditions)


async def list_provisional(v: View, table: sa.Table) -> list[str]:
    """The objects with a running clock that waits for the notice of a year."""
    return await _running(v, table, table.c.provisional)


async def write_clocks(
    tx: Tx, fact: Fact, table: sa.Table, owner: str, *, before: Iterable[Clock], after: Iterable[Clock]
) -> None:
    """Write the clocks of the object `owner` that `fact` began or changed."""
    older = {clock.deadline.rule: clock for clock in before}
    for clock in after:
        rule = clock.deadline.rule
        key, values = {_owner(table).name: owner, "rule": rule}, _columns(table, clock)
        if rule not in older:
            await tx.add(fact, table, key | values)
        elif clock != older[rule]:
            await tx.set(fact, table, key, values)


async def _running(v: View, table: sa.Table, *conditions: sa.ColumnElement[bool]) -> list[str]:
    owner = _owner(table)
    query = sa.select(owner).distinct().where(table.c.ended_at.is_(None), *conditions).order_by(owner)
    if "stops" in table.c:
        # A stop that lasts ends with its slash.
        query = query.where(~sa.func.array_to_string(table.c.stops, " ").regexp_match("/( |$)"))
    return list((await v.conn.execute(query)).scalars())


def _owner(table: sa.Table) -> sa.Column[Any]:
    return table.c[table.info["owner"]]


def _clock(row: Row) -> Clock:
    deadline = Deadline(
        rule=row["rule"],
        law=row["law"],
        unit=Unit(row["unit"]),
        n=row["n"],
        holder=Holder(row["holder"]),
        trigger_on=row["trigger_on"],
        raw_on=row["raw_on"],
        due_on=row["due_on"],
        rolled_by=row["rolled_by"],
        alarm_on=row["alarm_on"],
        calendar_version=row["calendar_version"],
        provisional=row["provisional"],
    )
    return Clock(deadline, row["ended_at"], row["missed"], tuple(map(_stop, row.get("stops", ()))))


def _columns(table: sa.Table, clock: Clock) -> dict[str, Any]:
    """The columns of `clock` in `table` but for the key."""
    values: dict[str, Any] = asdict(clock.deadline) | {"ended_at": clock.ended_at, "missed": clock.missed}
    del values["rule"]
    return values | {"stops": list(map(_stop_text, clock.stops))} if "stops" in table.c else values


def _stop(text: str) -> ClockStop:
    """A stop as its column holds it: reason, first day, first day after; the last is empty while the stop lasts."""
    reason, from_on, until_on = text.split("/")
    until = date.fromisoformat(until_on) if until_on else None
    return ClockStop(reason, date.fromisoformat(from_on), until)


def _stop_text(stop: ClockStop) -> str:
    return f"{stop.reason}/{stop.from_on}/{stop.until_on or ''}"
