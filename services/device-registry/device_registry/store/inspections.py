"""The inspections of a regulated party's device, and its answers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa

from common.door.uow import Tx, View
from common.policy import Permit
from common.values.ids import DeviceId
from device_registry.domain.device import Result
from device_registry.domain.operators import DeviceInspected, DeviceInspectionAnswered
from device_registry.store import tables_inspections as tables


@dataclass(frozen=True)
class InspectionTexts:
    """What was found."""

    findings: str


@dataclass(frozen=True)
class Inspection:
    """One inspection; `answer` is None until the party answered it."""

    n: int
    inspected_on: date
    result: Result
    findings: str
    rectify_by: date | None
    recorded_at: datetime
    answer: str | None
    answered_at: datetime | None


async def list_by_device(v: View, device_id: DeviceId) -> list[Inspection]:
    """The inspections of the device, oldest first."""
    table, answers = tables.inspections, tables.answers
    joined = sa.and_(answers.c.device_id == table.c.device_id, answers.c.n == table.c.n)
    query = sa.select(table, answers.c.answer, answers.c.answered_at).outerjoin(answers, joined)
    rows = await v.conn.execute(query.where(table.c.device_id == device_id).order_by(table.c.n))
    return [
        Inspection(
            row.n,
            row.inspected_on,
            Result(row.result),
            row.findings,
            row.rectify_by,
            row.recorded_at,
            row.answer,
            row.answered_at,
        )
        for row in rows
    ]


async def list_inspected(tx: Tx, device_id: DeviceId) -> list[int]:
    """The numbers of the inspections of the locked device."""
    table = tables.inspections
    return list((await tx.conn.execute(sa.select(table.c.n).where(table.c.device_id == device_id))).scalars())


async def list_answered(tx: Tx, device_id: DeviceId) -> list[int]:
    """The numbers of those that are answered."""
    table = tables.answers
    return list((await tx.conn.execute(sa.select(table.c.n).where(table.c.device_id == device_id))).scalars())


async def add(tx: Tx, permit: Permit, fact: DeviceInspected, *, texts: InspectionTexts) -> Inspection:
    """The inspection that `fact` records."""
    tx.record(permit, fact)
    row = {
        "device_id": fact.owner,
        "n": fact.n,
        "inspected_on": fact.inspected_on,
        "inspector": tx.mandate.actor.sub,
        "result": fact.result,
        "findings": texts.findings,
        "rectify_by": fact.rectify_by,
        "recorded_at": tx.now,
    }
    await tx.add(fact, tables.inspections, row)
    return Inspection(
        fact.n, fact.inspected_on, fact.result, texts.findings, fact.rectify_by, tx.now, None, None
    )


async def add_answer(tx: Tx, permit: Permit, fact: DeviceInspectionAnswered, *, answer: str) -> None:
    """The party's answer that `fact` records."""
    tx.record(permit, fact)
    row = {"device_id": fact.owner, "n": fact.n, "answer": answer, "answered_at": tx.now}
    await tx.add(fact, tables.answers, row)
