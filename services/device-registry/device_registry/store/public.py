"""What everybody may read of the devices in use (§2.10): nothing else of them leaves through here."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import distinct_on

from common.door.uow import View
from device_registry.domain.device import State
from device_registry.store import tables

PUBLIC_STATES = (State.PUBLISHED, State.ACTIVE, State.MAINTENANCE, State.SUSPENDED)


async def list_published(v: View, *, after: str, limit: int) -> list[dict[str, Any]]:
    """Published devices by id, after `after`, with their latest publication and valid certificate."""
    devices = tables.devices
    published = _latest(tables.publications, "published_at", "complaint_phone")
    certified = (
        sa.select(
            tables.certificates.c.device_id,
            sa.func.max(tables.certificates.c.valid_until).label("valid_until"),
        )
        .where(tables.certificates.c.result == "PASS")
        .group_by(tables.certificates.c.device_id)
        .subquery()
    )
    columns: list[Any] = [
        devices.c[name]
        for name in (
            "id", "agency_id", "code", "kind", "state", "place", "direction", "longitude", "latitude", "functions",
            "in_service_from",
        )
    ]  # fmt: skip
    query = (
        sa.select(*columns, published.c.published_at, published.c.complaint_phone, certified.c.valid_until)
        .join(published, published.c.device_id == devices.c.id)
        .outerjoin(certified, certified.c.device_id == devices.c.id)
        .where(devices.c.state.in_(PUBLIC_STATES), devices.c.id > after)
        .order_by(devices.c.id)
        .limit(limit)
    )
    return [dict(row) for row in (await v.conn.execute(query)).mappings()]


def _latest(table: sa.Table, *names: str) -> sa.Subquery:
    return (
        sa.select(table.c.device_id, *(table.c[name] for name in names))
        .ext(distinct_on(table.c.device_id))
        .order_by(table.c.device_id, table.c.n.desc())
        .subquery()
    )
