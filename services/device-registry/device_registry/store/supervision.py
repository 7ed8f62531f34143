"""The devices under key supervision (重点监管): those whose newest review is not decided, or was not decided KEEP."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

import sqlalchemy as sa

from common.door.uow import View
from common.values.ids import AgencyId, AnomalyReviewId, DeviceId

_SUPERVISED: Final = sa.text("""
SELECT d.id AS device_id, d.code AS device_code, r.agency_id, d.state, r.id AS review_id, r.flags,
    r.opened_at, r.outcome
FROM anomaly_reviews r JOIN devices d ON d.id = r.device_id
WHERE r.id > :after AND r.outcome IS DISTINCT FROM 'KEEP' AND d.state <> 'RETIRED'
    AND NOT EXISTS (SELECT FROM anomaly_reviews later WHERE later.device_id = r.device_id AND later.id > r.id)
ORDER BY r.id LIMIT :limit
""")


@dataclass(frozen=True)
class Supervised:
    """A device under key supervision, and the review that put it there."""

    device_id: DeviceId
    device_code: str | None
    agency_id: AgencyId
    state: str
    review_id: AnomalyReviewId
    flags: tuple[str, ...]
    since: datetime
    outcome: str | None


async def list_supervised(v: View, *, after: str, limit: int) -> list[Supervised]:
    """The devices of the agencies that the caller sees, by their reviews after the id `after`, oldest first."""
    rows = await v.conn.execute(_SUPERVISED, {"after": after, "limit": limit})
    return [
        Supervised(
            DeviceId(row.device_id), row.device_code, AgencyId(row.agency_id), row.state,
            AnomalyReviewId(row.review_id), tuple(row.flags), row.opened_at, row.outcome,
        )
        for row in rows
    ]  # fmt: skip
