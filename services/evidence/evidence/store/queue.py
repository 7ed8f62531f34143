"""What waits for an officer at the review desk, the earliest captured first: its review is due first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from common.door.uow import View
from common.values.ids import OfficerId
from evidence.domain.capture import State
from evidence.domain.lifecycle import Act
from evidence.store.tables import captures, media, reviews


@dataclass(frozen=True)
class Waiting:
    """A capture that waits for one officer: nothing personal. `proposed_by` is None for the first of the two."""

    id: str
    agency_id: str
    device_id: str
    captured_at: datetime
    violation_code: str | None
    violation_codes: list[str]
    flags: list[str]
    taken_by: str | None
    proposed_by: str | None
    pictures: int


async def list_waiting(
    v: View, officer: OfficerId, *, leased_after: datetime, limit: int
) -> tuple[list[Waiting], int]:
    """Captures that `officer` may decide, and how many there are.

    Left out: what this officer proposed, what another took after `leased_after`, and devices that are held.
    """
    waits = _waits(officer, leased_after)
    count = sa.select(sa.func.count()).where(media.c.evidence_id == captures.c.id).scalar_subquery()
    columns = [captures.c[name] for name in Waiting.__dataclass_fields__ if name != "pictures"]
    query: sa.Select[*tuple[Any, ...]] = (
        sa.select(*columns, count).where(waits).order_by(captures.c.captured_at, captures.c.id).limit(limit)
    )
    rows = (await v.conn.execute(query)).all()
    total = await v.conn.scalar(sa.select(sa.func.count()).select_from(captures).where(waits))
    return [Waiting(*row) for row in rows], total or 0


def _waits(officer: OfficerId, leased_after: datetime) -> sa.ColumnElement[bool]:
    leased = sa.exists().where(
        reviews.c.evidence_id == captures.c.id,
        reviews.c.act == Act.TAKEN,
        reviews.c.officer_id == captures.c.taken_by,
        reviews.c.reviewed_at > leased_after,
    )
    unproposed = captures.c.proposed_by.is_(None)
    free = sa.or_(captures.c.taken_by.is_(None), captures.c.taken_by == officer, sa.not_(leased))
    return sa.and_(
        captures.c.state.in_((State.TECH_PASSED, State.IN_REVIEW)),
        sa.or_(sa.and_(unproposed, free), captures.c.proposed_by != officer),
        sa.text("NOT EXISTS (SELECT FROM held_devices h WHERE h.device_id = captures.device_id)"),
    )
