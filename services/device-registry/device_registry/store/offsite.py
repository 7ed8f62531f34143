"""Off-site inspections, visits that were ordered, and how often an enterprise was inspected in the year."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from common.door.uow import Tx, View
from common.policy import Permit, Resource, not_found
from common.values.calendar import legal_day
from common.values.ids import AgencyId, OffsiteInspectionId
from device_registry.domain.offsite import (
    Enterprise,
    Offsite,
    OffsiteClosed,
    OffsiteOpened,
    OnsiteOrdered,
    Result,
    begun,
    closed,
)
from device_registry.store import tables_offsite as tables

_TABLE = tables.offsite_inspections


@dataclass(frozen=True)
class OffsiteTexts:
    """What a row has beside its fact: the enterprise's code, and the words for a ground above the cap."""

    enterprise_code: str
    ground_note: str | None


@dataclass(frozen=True)
class Conclusion:
    """The words with which an inspection is closed."""

    conclusion: str


@dataclass(frozen=True)
class OffsiteEntry:
    """An inspection with its enterprise and its words."""

    inspection: Offsite
    enterprise_code: str
    nth: int
    ground: str | None
    conclusion: str | None


def resource(inspection: Offsite | OffsiteOpened | OnsiteOrdered) -> Resource:
    """The inspection or the task as the policy sees it."""
    id = inspection.id if isinstance(inspection, Offsite) else inspection.owner
    return Resource(id, inspection.agency_id)


async def hold_enterprise(tx: Tx, agency_id: AgencyId, code: str, *, matter: str) -> Enterprise:
    """How the enterprise stands with the agency; no other inspection of it begins before this change ends."""
    name = f"inspections of {code} by {agency_id}"
    await tx.conn.execute(sa.text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"), {"name": name})
    inspected = 0
    for table in (_TABLE, tables.onsite_tasks):
        query = sa.select(sa.func.count()).where(
            table.c.agency_id == agency_id,
            table.c.enterprise_code == code,
            table.c.year == legal_day(tx.now).year,
        )
        inspected += int(await tx.conn.scalar(query) or 0)
    last = (
        sa.select(_TABLE.c.id, _TABLE.c.result)
        .where(
            _TABLE.c.agency_id == agency_id,
            _TABLE.c.enterprise_code == code,
            _TABLE.c.matter == matter,
            _TABLE.c.result.is_not(None),
        )
        .order_by(_TABLE.c.closed_at.desc())
        .limit(1)
    )
    row = (await tx.conn.execute(last)).one_or_none()
    if row is None:
        return Enterprise(inspected, None, None)
    return Enterprise(inspected, Result(row.result), OffsiteInspectionId(row.id))


async def lock(tx: Tx, inspection_id: OffsiteInspectionId) -> Offsite:
    """The inspection, held until commit. Another agency's does not exist for us."""
    return _offsite(await _one(tx, inspection_id, lock=True))


async def get(at: Tx | View, inspection_id: OffsiteInspectionId) -> OffsiteEntry:
    """The inspection. Refusal NOT_FOUND without one that the caller sees."""
    return _entry(await _one(at, inspection_id, lock=False))


async def list_all(v: View, *, after: str, limit: int) -> list[OffsiteEntry]:
    """The inspections of the agencies that the caller sees, oldest first, after the id `after`."""
    query = sa.select(_TABLE).where(_TABLE.c.id > after).order_by(_TABLE.c.id).limit(limit)
    return [_entry(row) for row in (await v.conn.execute(query)).mappings()]


async def add(tx: Tx, permit: Permit, fact: OffsiteOpened, *, texts: OffsiteTexts) -> Offsite:
    """The inspection that `fact` begins."""
    tx.record(permit, fact)
    inspection = begun(fact, at=tx.now)
    row = {
        "id": inspection.id,
        "agency_id": inspection.agency_id,
        "enterprise_code": texts.enterprise_code,
        "matter": inspection.matter,
        "year": fact.year,
        "nth": fact.nth,
        "ground": fact.ground,
        "ground_note": texts.ground_note,
        "opened_by": fact.by,
        "opened_at": inspection.opened_at,
        "result": None,
        "conclusion": None,
        "closed_by": None,
        "closed_at": None,
    }
    await tx.add(fact, _TABLE, row)
    return inspection


async def save(
    tx: Tx, permit: Permit, inspection: Offsite, *facts: OffsiteClosed, texts: Conclusion
) -> Offsite:
    """Record `facts`, and the inspection as they leave it."""
    tx.record(permit, *facts)
    for fact in facts:
        inspection = closed(inspection, fact, at=tx.now)
        await tx.set(fact, _TABLE, {"id": inspection.id}, _closure(inspection, fact, texts))
    return inspection


def _closure(inspection: Offsite, fact: OffsiteClosed, texts: Conclusion) -> dict[str, Any]:
    return {
        "result": fact.result,
        "conclusion": texts.conclusion,
        "closed_by": fact.by,
        "closed_at": inspection.closed_at,
    }


async def add_task(
    tx: Tx, permit: Permit, fact: OnsiteOrdered, *, texts: OffsiteTexts, reason: str | None
) -> datetime:
    """The visit that `fact` orders; when it was ordered."""
    tx.record(permit, fact)
    row = {
        "id": fact.owner,
        "agency_id": fact.agency_id,
        "enterprise_code": texts.enterprise_code,
        "matter": fact.matter,
        "year": fact.year,
        "nth": fact.nth,
        "ground": fact.ground,
        "ground_note": texts.ground_note,
        "despite": fact.despite,
        "reason": reason if fact.despite else None,
        "ordered_by": fact.by,
        "ordered_at": tx.now,
    }
    await tx.add(fact, tables.onsite_tasks, row)
    return tx.now


async def _one(at: Tx | View, inspection_id: OffsiteInspectionId, *, lock: bool) -> sa.RowMapping:
    query = sa.select(_TABLE).where(_TABLE.c.id == inspection_id)
    row = (await at.conn.execute(query.with_for_update() if lock else query)).mappings().one_or_none()
    if row is None:
        raise not_found(inspection_id)
    return row


def _offsite(row: sa.RowMapping) -> Offsite:
    return Offsite(
        OffsiteInspectionId(row["id"]),
        AgencyId(row["agency_id"]),
        row["matter"],
        row["opened_at"],
        Result(row["result"]) if row["result"] else None,
        row["closed_at"],
    )


def _entry(row: sa.RowMapping) -> OffsiteEntry:
    return OffsiteEntry(_offsite(row), row["enterprise_code"], row["nth"], row["ground"], row["conclusion"])
