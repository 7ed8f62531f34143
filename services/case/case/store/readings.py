"""Readings of cases: whether one is on record already, the officer's budget, and the list for the party."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, dataclass
from datetime import date, datetime
from typing import TypeAlias, assert_never

import sqlalchemy as sa

from case.domain.readings import (
    Budget,
    CaseRead,
    CaseUnmasked,
    Depth,
    UnmaskingGranted,
    UnmaskingOutlier,
)
from case.store.readingtables import readings, unmasking_grants
from common.door.uow import Tx, View
from common.policy import Permit
from common.values.calendar import legal_day
from common.values.ids import CaseId, OfficerId

ReadingFact: TypeAlias = CaseRead | CaseUnmasked | UnmaskingOutlier | UnmaskingGranted


@dataclass(frozen=True)
class ReadingLine:
    """One reading as its party is told of it."""

    reader: OfficerId
    purpose: str
    read_on: date
    depth: Depth
    nth: int
    fields: tuple[str, ...]
    read_at: datetime


async def is_noted(v: View | Tx, case_id: CaseId, by: OfficerId, purpose: str, depth: Depth) -> bool:
    """Whether a reading of this depth and purpose stands on record for today."""
    table = readings
    query = sa.select(table.c.nth).where(
        table.c.case_id == case_id,
        table.c.reader == by,
        table.c.purpose == purpose,
        table.c.read_on == legal_day(v.now),
        table.c.depth == depth,
    )
    return (await v.conn.execute(query.limit(1))).first() is not None


async def take_turn(tx: Tx, officer_id: OfficerId) -> None:
    """Wait for the officer's other readings. Held to commit, so that no budget is spent twice."""
    await tx.conn.execute(
        sa.text("SELECT pg_advisory_xact_lock(hashtext(:name))"), {"name": f"readings/{officer_id}"}
    )


async def budget_of(tx: Tx, officer_id: OfficerId) -> Budget:
    """What the officer has unmasked today, and what it was granted. The caller has its turn."""
    granted, _ = await grants_of(tx, officer_id)
    spent = sa.select(sa.func.count()).where(
        readings.c.reader == officer_id,
        readings.c.read_on == legal_day(tx.now),
        readings.c.depth != Depth.MASKED,
    )
    return Budget(int((await tx.conn.execute(spent)).scalar_one()), granted)


async def grants_of(tx: Tx, officer_id: OfficerId) -> tuple[int, int]:
    """What the officer was granted today, and in how many grants."""
    table = unmasking_grants
    query = sa.select(sa.func.coalesce(sa.func.sum(table.c.more), 0), sa.func.count()).where(
        table.c.officer_id == officer_id, table.c.granted_on == legal_day(tx.now)
    )
    more, count = (await tx.conn.execute(query)).one()
    return int(more), int(count)


async def record(tx: Tx, permit: Permit, *facts: ReadingFact) -> None:
    """Record `facts`, each with its row where it has one."""
    tx.record(permit, *facts)
    for fact in facts:
        match fact:
            case CaseRead():
                await tx.add(fact, readings, _row(tx, fact, fact.depth, nth=0, fields=()))
            case CaseUnmasked():
                await tx.add(fact, readings, _row(tx, fact, Depth.UNMASKED, nth=fact.nth, fields=fact.fields))
            case UnmaskingGranted():
                row = {
                    "officer_id": fact.officer_id,
                    "granted_on": fact.on,
                    "nth": fact.nth,
                    "case_id": fact.owner,
                    "more": fact.more,
                    "granted_by": fact.by,
                    "granted_at": tx.now,
                }
                await tx.add(fact, unmasking_grants, row)
            case UnmaskingOutlier():
                pass  # it has no row: the supervisor reads the record
            case _:
                assert_never(fact)


def _row(
    tx: Tx, fact: CaseRead | CaseUnmasked, depth: Depth, *, nth: int, fields: Sequence[str]
) -> dict[str, object]:
    return {
        "case_id": fact.owner,
        "reader": fact.by,
        "purpose": fact.purpose,
        "read_on": fact.on,
        "depth": depth,
        "nth": nth,
        "fields": list(fields),
        "read_at": tx.now,
    }


async def list_purposes(v: View | Tx, case_id: CaseId) -> list[str]:
    """What officers read the case for."""
    query = sa.select(readings.c.purpose).distinct().where(readings.c.case_id == case_id)
    return [str(each) for each in (await v.conn.execute(query.order_by(readings.c.purpose))).scalars()]


@dataclass(frozen=True)
class Place:
    """The place of a line in the list: `2026-11-30T12:00:00+00:00|off_…|REVIEW|MASKED|0`."""

    read_at: datetime
    reader: str
    purpose: str
    depth: str
    nth: int

    @staticmethod
    def of(text: str) -> Place:
        """The place that a cursor names. Raises ValueError for another text."""
        at, reader, purpose, depth, nth = text.split("|")
        return Place(datetime.fromisoformat(at), reader, purpose, depth, int(nth))

    def __str__(self) -> str:
        return f"{self.read_at.isoformat()}|{self.reader}|{self.purpose}|{self.depth}|{self.nth}"


def place_of(line: ReadingLine) -> Place:
    return Place(line.read_at, line.reader, line.purpose, line.depth, line.nth)


async def list_page(v: View, case_id: CaseId, *, place: Place | None, limit: int) -> list[ReadingLine]:
    """The readings of the case after `place`, the oldest first."""
    table = readings
    order = (table.c.read_at, table.c.reader, table.c.purpose, table.c.depth, table.c.nth)
    query = sa.select(table).where(table.c.case_id == case_id).order_by(*order).limit(limit)
    if place is not None:
        query = query.where(sa.tuple_(*order) > sa.tuple_(*(sa.literal(each) for each in astuple(place))))
    return [
        ReadingLine(
            OfficerId(row["reader"]),
            row["purpose"],
            row["read_on"],
            Depth(row["depth"]),
            row["nth"],
            tuple(row["fields"]),
            row["read_at"],
        )
        for row in (await v.conn.execute(query)).mappings()
    ]
