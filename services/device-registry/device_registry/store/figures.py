"""What evidence and case counted, kept by month, and every device as one month is looked at."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from common.door.uow import View
from common.values.calendar import start_of
from common.values.ids import AgencyId, DeviceId
from device_registry.domain.abnormality import Observed, Recent, Year
from device_registry.domain.device import DeviceKind, PlaceType
from device_registry.domain.peers import peer_of

_LOOKED_AT: Final = "abnormality-month"
_AT_ONCE: Final = 1_000


@dataclass(frozen=True)
class Figures:
    """The figures of one device in one month."""

    device_id: DeviceId
    month: date
    captures: int = 0
    accepted: int = 0
    fines: int = 0
    fine_fen: int = 0
    disputes: int = 0
    upheld: int = 0


async def find_last_month(v: View) -> date | None:
    """The first day of the last month that was looked at; None before the first look."""
    query = sa.text("SELECT position FROM cursors WHERE name = :name")
    ordinal = await v.conn.scalar(query, {"name": _LOOKED_AT})
    return None if ordinal is None else date.fromordinal(ordinal)


async def note_month(conn: AsyncConnection, month: date) -> None:
    """Every device was looked at for `month`. `conn` is a transaction of `operational`."""
    statement = (
        "INSERT INTO cursors (name, position) VALUES (:name, :month)"
        " ON CONFLICT (name) DO UPDATE SET position = EXCLUDED.position"
    )
    await conn.execute(sa.text(statement), {"name": _LOOKED_AT, "month": month.toordinal()})


async def is_any_in_service(v: View, before: datetime) -> bool:
    """Whether any device was in service before the instant."""
    query = sa.text("SELECT EXISTS (SELECT FROM devices WHERE in_service_from < :before)")
    return bool(await v.conn.scalar(query, {"before": before}))


async def is_any_kept(v: View) -> bool:
    """Whether figures of earlier months are here."""
    return bool(await v.conn.scalar(sa.text("SELECT EXISTS (SELECT FROM device_figures)")))


async def replace_from(conn: AsyncConnection, first: date, figures: Iterable[Figures]) -> None:
    """Put `figures` in the place of all that are kept from the month `first` on. `conn` is one of `operational`."""
    await conn.execute(sa.text("DELETE FROM device_figures WHERE month >= :first"), {"first": first})
    names = ", ".join(Figures.__dataclass_fields__)
    values = ", ".join(f":{name}" for name in Figures.__dataclass_fields__)
    statement = sa.text(f"INSERT INTO device_figures ({names}) VALUES ({values})")
    rows = [vars(each) for each in figures]
    for start in range(0, len(rows), _AT_ONCE):
        await conn.execute(statement, rows[start : start + _AT_ONCE])


# A month in which a device began counts for nothing: it was not whole. `first_full` is the month after.
_OBSERVED: Final = sa.text("""
WITH seen AS (
    SELECT id, agency_id, kind, place_type, functions,
        (date_trunc('month', in_service_from AT TIME ZONE 'Asia/Shanghai') + interval '1 month')::date AS first_full
    FROM devices WHERE in_service_from < :ended AND state IN ('ACTIVE', 'SUSPENDED', 'MAINTENANCE')
)
SELECT s.*, coalesce(m.accepted, 0) AS accepted, coalesce(m.fine_fen, 0) AS fine_fen,
    (SELECT passes FROM device_flow_counts c WHERE c.device_id = s.id AND c.month = :month ORDER BY n DESC LIMIT 1)
        AS passes,
    ARRAY(SELECT coalesce(f.accepted, 0)
          FROM generate_series(greatest(s.first_full, (:month - interval '12 months')::date),
                               (:month - interval '1 month')::date, interval '1 month') each
          LEFT JOIN device_figures f ON f.device_id = s.id AND f.month = each::date ORDER BY each) AS before,
    ARRAY(SELECT coalesce(f.accepted, 0)
          FROM generate_series(s.first_full, least(:month, (s.first_full + make_interval(months => :months))::date),
                               interval '1 month') each
          LEFT JOIN device_figures f ON f.device_id = s.id AND f.month = each::date ORDER BY each) AS since_activation,
    coalesce(y.disputes, 0) AS disputes, coalesce(y.upheld, 0) AS upheld, coalesce(y.fine_fen, 0) AS fen_of_year
FROM seen s
LEFT JOIN device_figures m ON m.device_id = s.id AND m.month = :month
LEFT JOIN LATERAL (
    SELECT sum(disputes)::bigint AS disputes, sum(upheld)::bigint AS upheld, sum(fine_fen)::bigint AS fine_fen
    FROM device_figures f
    WHERE f.device_id = s.id AND f.month > (:month - interval '12 months')::date AND f.month <= :month) y ON true
ORDER BY s.id
""").bindparams(sa.bindparam("month", type_=sa.Date))


async def list_observed(
    v: View, month: date, ended_on: date, *, recent: Mapping[DeviceId, Recent], deterrence_months: int
) -> list[Observed]:
    """Every device of the city that was in service before `ended_on`, the first day after `month`, as it is looked at.

    `recent` are the captures of ninety days, which no sum of months gives.
    """
    values = {"month": month, "ended": start_of(ended_on), "months": deterrence_months}
    rows = (await v.conn.execute(_OBSERVED, values)).all()
    days = (ended_on - month).days
    return [_observed(row, month, days, recent) for row in rows]


def _observed(row: Any, month: date, days: int, recent: Mapping[DeviceId, Recent]) -> Observed:
    device_id = DeviceId(row.id)
    codes = [function["code"] for function in row.functions]
    return Observed(
        device_id,
        AgencyId(row.agency_id),
        peer_of(codes, DeviceKind(row.kind), PlaceType(row.place_type)),
        month,
        days,
        row.accepted,
        row.fine_fen,
        row.passes,
        tuple(row.before),
        tuple(row.since_activation),
        recent.get(device_id, Recent(0, 0)),
        Year(row.disputes, row.upheld, row.fen_of_year),
    )
