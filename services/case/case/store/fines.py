"""What was decided and disputed on the captures of each device, counted by the database. No row of a case is read out.

A case counts once, for the device of its earliest capture: two cameras on one road must not double a fine.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

import sqlalchemy as sa

from common.door.uow import View
from common.values.ids import AgencyId, DeviceId

# A decision that was revoked is no fine; one that was made lighter counts with what is left of it.
_COUNTED: Final = sa.text("""
WITH decided AS (
    SELECT id AS case_id, agency_id, decided_at AS at, decided_fen AS fen, false AS dispute, false AS upheld
    FROM cases WHERE decided_at >= :from AND decided_at < :until AND outcome = 'PENALTY'
        AND revoked_at IS NULL
), disputed AS (
    SELECT d.case_id, c.agency_id, min(d.submitted_at) AS at, 0 AS fen, true AS dispute,
        coalesce(bool_or(d.adopted), false) AS upheld
    FROM defences d JOIN cases c ON c.id = d.case_id
    WHERE d.submitted_at >= :from AND d.submitted_at < :until
    GROUP BY d.case_id, c.agency_id
), placed AS (
    SELECT s.*, (SELECT e.device_id FROM exhibits e WHERE e.case_id = s.case_id
                 ORDER BY e.captured_at, e.evidence_id LIMIT 1) AS device_id
    FROM (SELECT * FROM decided UNION ALL SELECT * FROM disputed) s
), counted AS (
    SELECT device_id, agency_id, date_trunc('month', at AT TIME ZONE 'Asia/Shanghai')::date AS month,
        count(*) FILTER (WHERE NOT dispute) AS fines, coalesce(sum(fen), 0)::bigint AS fen,
        count(*) FILTER (WHERE dispute) AS disputes, count(*) FILTER (WHERE upheld) AS upheld
    FROM placed WHERE device_id > :after GROUP BY device_id, agency_id, month
)
SELECT * FROM counted
WHERE device_id IN (SELECT DISTINCT device_id FROM counted ORDER BY device_id LIMIT :devices)
ORDER BY device_id, agency_id, month
""")


@dataclass(frozen=True)
class DeviceFines:
    """One device in one month: what `contract.fines` says of it."""

    device_id: DeviceId
    agency_id: AgencyId
    month: date
    fines: int
    fine_fen: int
    disputes: int
    upheld: int


async def list_by_device(
    v: View, period: tuple[datetime, datetime], *, after: str, devices: int
) -> list[DeviceFines]:
    """The months of the first `devices` devices after the id `after` with a decision or a defence in the period."""
    values = {"from": period[0], "until": period[1], "after": after, "devices": devices}
    return [DeviceFines(*row) for row in (await v.conn.execute(_COUNTED, values)).all()]
