"""Captures of each device, counted by the database. No row of a capture is read out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, Literal

import sqlalchemy as sa

from common.door.uow import View
from common.values.ids import AgencyId, DeviceId

# An object that was sent again in another version counts once: by the version that came last.
_COUNTED: Final = sa.text("""
WITH page AS (
    SELECT DISTINCT device_id FROM captures
    WHERE device_id > :after AND captured_at >= :from AND captured_at < :until ORDER BY device_id LIMIT :devices
), seen AS (
    SELECT c.device_id, c.agency_id,
        date_trunc(:per, c.captured_at AT TIME ZONE 'Asia/Shanghai')::date AS from_on,
        c.accepted_at IS NOT NULL AS accepted,
        CASE c.state WHEN 'TECH_FAILED' THEN c.check_codes WHEN 'REJECTED' THEN c.rejection_codes ELSE '{}' END AS codes
    FROM captures c JOIN page USING (device_id)
    WHERE c.captured_at >= :from AND c.captured_at < :until
        AND NOT EXISTS (SELECT FROM captures later WHERE later.version_of = c.id)
), coded AS (
    SELECT device_id, agency_id, from_on, jsonb_object_agg(code, n ORDER BY code) AS by_code
    FROM (SELECT device_id, agency_id, from_on, code, count(*) AS n FROM seen, unnest(codes) code
          GROUP BY device_id, agency_id, from_on, code) each
    GROUP BY device_id, agency_id, from_on
)
SELECT device_id, agency_id, from_on, count(*) AS captures, count(*) FILTER (WHERE accepted) AS accepted,
    count(*) FILTER (WHERE codes <> '{}') AS rejected,
    count(*) FILTER (WHERE codes::text ~ 'E-(QLT|DEV)-') AS unsound,
    count(*) FILTER (WHERE codes::text ~ 'E-(QLT-|DEV-05)') AS of_poor_quality,
    coalesce(by_code, '{}'::jsonb) AS by_code
FROM seen LEFT JOIN coded USING (device_id, agency_id, from_on)
GROUP BY device_id, agency_id, from_on, by_code ORDER BY device_id, agency_id, from_on
""")


@dataclass(frozen=True)
class DeviceCaptures:
    """One device in one month or day: what `contract.counts` says of it."""

    device_id: DeviceId
    agency_id: AgencyId
    from_on: date
    captures: int
    accepted: int
    rejected: int
    unsound: int
    of_poor_quality: int
    rejected_by_code: tuple[tuple[str, int], ...]


async def list_by_device(
    v: View, period: tuple[datetime, datetime], per: Literal["month", "day"], *, after: str, devices: int
) -> list[DeviceCaptures]:
    """The periods of the first `devices` devices after the id `after` that captured anything in `period`."""
    values = {"from": period[0], "until": period[1], "per": per, "after": after, "devices": devices}
    rows = (await v.conn.execute(_COUNTED, values)).all()
    return [
        DeviceCaptures(
            row.device_id, row.agency_id, row.from_on, row.captures, row.accepted, row.rejected, row.unsound,
            row.of_poor_quality, tuple(row.by_code.items()),
        )
        for row in rows
    ]  # fmt: skip
