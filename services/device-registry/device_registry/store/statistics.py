"""How many devices were out of line, and how far their reviews are, counted by the database."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa

from common.door.uow import View
from common.values.calendar import legal_day
from device_registry.domain.statistics import Dimension

_COUNTED: Final = """
SELECT {key} AS key, count(DISTINCT r.device_id), count(DISTINCT r.id) FILTER (WHERE r.decided_at IS NULL),
    count(DISTINCT r.id) FILTER (WHERE r.decided_at IS NULL AND r.is_held),
    count(DISTINCT r.id) FILTER (WHERE r.decided_at IS NULL AND r.due_on < :today)
FROM anomaly_reviews r, unnest(r.flags) flag, unnest(r.months) month GROUP BY key ORDER BY key
"""
_KEYS: Final = {
    Dimension.AGENCY: "r.agency_id",
    Dimension.FLAG: "flag",
    Dimension.MONTH: "to_char(month, 'YYYY-MM')",
}


@dataclass(frozen=True)
class Count:
    """Of one agency, flag or month: devices out of line, reviews that are undecided, of these held and overdue."""

    key: str
    devices: int
    undecided: int
    held: int
    overdue: int


async def list_counts(v: View, by: Dimension) -> list[Count]:
    """The counts of the agencies that the caller sees, by the key."""
    query = sa.text(_COUNTED.format(key=_KEYS[by]))
    return [Count(*row) for row in (await v.conn.execute(query, {"today": legal_day(v.now)})).all()]
