"""The invalidations of captures: their rows, those that wait, and the captures that they take out of a case."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa

from case.domain.invalidating import (
    CaptureInvalidated,
    InvalidationOverdue,
    InvalidationSettled,
    OfInvalidation,
)
from case.domain.invalidations import Invalidation, Way
from case.domain.procedure import Case, State
from case.domain.redating import DeadlineRedated
from case.store import tables
from case.store.amendmenttexts import SettlementReason
from case.store.invalidationtables import invalidations
from common.door.rows import name_of
from common.door.uow import Tx, View
from common.values.ids import AgencyId, CaseId, EvidenceId, OfficerId


@dataclass(frozen=True)
class WaitingTask:
    """An invalidation that nobody settled, and its case."""

    case_id: CaseId
    agency_id: AgencyId
    number: str
    state: State
    task: Invalidation


async def write(tx: Tx, case: Case, fact: OfInvalidation, texts: object) -> None:
    """Write the row of the task, and which captures the case still rests on."""
    task = next(each for each in case.invalidations if each.number == fact.number)
    key = {"case_id": case.id, "number": fact.number}
    row = _columns(task)
    if isinstance(fact, CaptureInvalidated):
        shown = {"case_id": case.id, "evidence_id": fact.evidence_id}
        await tx.set(fact, tables.exhibits, shown, {"device_lawful": False})
        if len(task.evidence_ids) == 1:
            await tx.add(fact, invalidations, key | row)
            return
        await tx.set(fact, invalidations, key, {"evidence_ids": row["evidence_ids"]})
        return
    names = ("overdue_at",) if isinstance(fact, InvalidationOverdue) else ("way", "settled_at", "settled_by")
    changed = {name: row[name] for name in names}
    if isinstance(texts, SettlementReason):
        owner, name = case.id.stream, name_of(invalidations, key)
        changed["sealed"] = await tx.secrets.sealed(owner, name, texts.reason.encode())
    await tx.set(fact, invalidations, key, changed)
    if isinstance(fact, InvalidationSettled) and fact.way in (Way.KEEP, Way.GO_ON):
        change = {"device_lawful": True} if fact.way is Way.KEEP else {"set_aside_at": fact.settled_at}
        for evidence_id in task.evidence_ids:
            await tx.set(fact, tables.exhibits, {"case_id": case.id, "evidence_id": evidence_id}, change)


async def write_day(tx: Tx, case: Case, fact: DeadlineRedated, number: int) -> None:
    """Write the day by which a task is settled, which was dated again."""
    key = {"case_id": case.id, "number": number}
    await tx.set(fact, invalidations, key, {"settle_by": fact.deadline.due_on})


async def list_waiting(v: View, *, after: tuple[str, int], limit: int) -> list[WaitingTask]:
    """Up to `limit` open tasks of the cases that the caller sees, by case and number, after that place."""
    place = sa.tuple_(invalidations.c.case_id, invalidations.c.number)
    query = (
        sa.select(
            tables.cases.c.number.label("case_number"),
            tables.cases.c.state,
            tables.cases.c.agency_id,
            invalidations,
        )
        .join(tables.cases, tables.cases.c.id == invalidations.c.case_id)
        .where(invalidations.c.settled_at.is_(None), place > sa.tuple_(*after))
        .order_by(invalidations.c.case_id, invalidations.c.number)
        .limit(limit)
    )
    rows = (await v.conn.execute(query)).mappings()
    return [
        WaitingTask(
            CaseId(row["case_id"]),
            AgencyId(row["agency_id"]),
            row["case_number"],
            State(row["state"]),
            invalidation_of(row),
        )
        for row in rows
    ]


async def list_overdue(v: View, today: date) -> list[CaseId]:
    """Cases with a task that nobody settled by a day before `today`, and that no record reports yet."""
    query = (
        sa.select(invalidations.c.case_id)
        .distinct()
        .where(
            invalidations.c.settled_at.is_(None),
            invalidations.c.overdue_at.is_(None),
            invalidations.c.settle_by < today,
        )
    )
    return [CaseId(case_id) for case_id in (await v.conn.execute(query)).scalars()]


def invalidation_of(row: Mapping[Any, Any]) -> Invalidation:
    """The invalidation that `row` holds."""
    return Invalidation(
        row["number"],
        row["source"],
        row["guard"],
        tuple(row["codes"]),
        tuple(EvidenceId(each) for each in row["evidence_ids"]),
        row["opened_at"],
        row["settle_by"],
        row["overdue_at"],
        Way(row["way"]) if row["way"] else None,
        row["settled_at"],
        OfficerId(row["settled_by"]) if row["settled_by"] else None,
    )


def _columns(task: Invalidation) -> dict[str, Any]:
    return {
        "source": task.source,
        "guard": task.guard,
        "codes": list(task.codes),
        "evidence_ids": list(task.evidence_ids),
        "opened_at": task.opened_at,
        "settle_by": task.settle_by,
        "overdue_at": task.overdue_at,
        "way": task.way,
        "settled_at": task.settled_at,
        "settled_by": task.settled_by,
    }
