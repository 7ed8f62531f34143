"""The fields of a device that the law makes public (APL 41(1), NJ 10). The public routes read nothing else."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import distinct_on

from common.door.uow import View
from common.policy import not_found
from common.values.ids import DeviceId
from device_registry.domain.device import State
from device_registry.store import tables

PUBLIC_STATES = (State.PUBLISHED, State.ACTIVE, State.MAINTENANCE, State.SUSPENDED)


async def list_published(v: View, *, after: str, limit: int) -> list[dict[str, Any]]:
    """Published devices by id, after `after`, with their latest publication and valid certificate."""
    devices = tables.devices
    query = _published().where(devices.c.id > after).order_by(devices.c.id).limit(limit)
    return [dict(row) for row in (await v.conn.execute(query)).mappings()]


async def get_published(v: View, device_id: DeviceId) -> dict[str, Any]:
    """The published device with this id. Refusal NOT_FOUND for one that is not published or does not exist."""
    query = _published().where(tables.devices.c.id == device_id)
    row = (await v.conn.execute(query)).mappings().one_or_none()
    if row is None:
        raise not_found(device_id)
    return dict(row)


def _published() -> sa.Select[Any]:
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
    return (
        sa.select(*columns, published.c.published_at, published.c.complaint_phone, certified.c.valid_until)
        .join(published, published.c.device_id == devices.c.id)
        .outerjoin(certified, certified.c.device_id == devices.c.id)
        .where(devices.c.state.in_(PUBLIC_STATES))
    )


def _latest(table: sa.Table, *names: str) -> sa.Subquery:
    return (
        sa.select(table.c.device_id, *(table.c[name] for name in names))
        .ext(distinct_on(table.c.device_id))
        .order_by(table.c.device_id, table.c.n.desc())
        .subquery()
    )
