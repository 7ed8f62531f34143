"""How much of what each device sent could not be taken in, and why: counts for the operator, nothing that was sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from common.values.clock import BEIJING

KEPT_DAYS: Final = 30


@dataclass(frozen=True)
class Sender:
    """The account that spoke, the device or host as which it spoke, and their agency."""

    account: str
    device_code: str
    agency_id: str


@dataclass(frozen=True)
class Rejects:
    """What was refused to one device for one reason, since a day: `reason` is a code of the catalogue of refusals."""

    account: str
    device_code: str
    reason: str
    count: int
    last_at: datetime


async def count(conn: AsyncConnection, sender: Sender, reasons: Mapping[str, int], *, now: datetime) -> None:
    """Count what was refused to `sender`, by reason, on the day in Beijing."""
    rows = [
        {**vars(sender), "reason": reason, "day": now.astimezone(BEIJING).date(), "count": n, "now": now}
        # In one order, so that two pushes at once do not wait for each other.
        for reason, n in sorted(reasons.items())
    ]
    statement = (
        "INSERT INTO intake_rejects AS r (account, device_code, agency_id, reason, day, count, last_at)"
        " VALUES (:account, :device_code, :agency_id, :reason, :day, :count, :now)"
        " ON CONFLICT (account, device_code, reason, day) DO UPDATE"
        " SET count = r.count + EXCLUDED.count, last_at = greatest(r.last_at, EXCLUDED.last_at)"
    )
    if rows:
        await conn.execute(sa.text(statement), rows)


async def list_since(conn: AsyncConnection, day: date, *, agency: str, limit: int) -> list[Rejects]:
    """The counts of the senders of `agency` from `day` on, the highest first."""
    query = (
        "SELECT account, device_code, reason, sum(count)::bigint, max(last_at) FROM intake_rejects"
        " WHERE day >= :day AND agency_id = :agency"
        " GROUP BY account, device_code, reason ORDER BY 4 DESC, device_code, reason LIMIT :limit"
    )
    values = {"day": day, "agency": agency, "limit": limit}
    return [Rejects(*row) for row in (await conn.execute(sa.text(query), values)).all()]


async def sweep(conn: AsyncConnection, *, now: datetime) -> None:
    """Forget counts of days that are long past."""
    before = now.astimezone(BEIJING).date() - timedelta(days=KEPT_DAYS)
    await conn.execute(sa.text("DELETE FROM intake_rejects WHERE day < :before"), {"before": before})
