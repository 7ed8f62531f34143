"""The fields of a device that the law makes public (APL 41(1), NJ 10). The public routes read nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import distinct_on

from common.door.uow import View
from common.policy import not_found
from common.values.ids import AgencyId, DeviceId
from device_registry.domain.device import DeviceKind, Function, State
from device_registry.store import tables
from device_registry.store.rows import function_of

PUBLIC_STATES = (State.PUBLISHED, State.ACTIVE, State.MAINTENANCE, State.SUSPENDED)


@dataclass(frozen=True)
class PublicDevice:
    """A device of the public list with its latest publication and the last day of its longest valid certificate."""

    id: DeviceId
    agency_id: AgencyId
    code: str | None
    kind: DeviceKind
    state: State
    place: str
    direction: str
    longitude: Decimal | None
    latitude: Decimal | None
    functions: tuple[Function, ...]
    in_service_from: datetime | None
    published_at: datetime
    complaint_phone: str
    watched: tuple[str, ...]
    valid_until: date | None


async def list_published(v: View, *, after: str, limit: int) -> list[PublicDevice]:
    """Published devices by id, after `after`."""
    devices = tables.devices
    query = _published().where(devices.c.id > after).order_by(devices.c.id).limit(limit)
    return [_device(row) for row in await v.conn.execute(query)]


async def get_published(v: View, device_id: DeviceId) -> PublicDevice:
    """The published device with this id. Refusal NOT_FOUND for one that is not published or does not exist."""
    query = _published().where(tables.devices.c.id == device_id)
    row = (await v.conn.execute(query)).one_or_none()
    if row is None:
        raise not_found(device_id)
    return _device(row)


def _published() -> sa.Select[Any]:
    devices = tables.devices
    published = _latest(tables.publications, "published_at", "complaint_phone", "watched")
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
        sa.select(
            *columns,
            published.c.published_at,
            published.c.complaint_phone,
            published.c.watched,
            certified.c.valid_until,
        )
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


def _device(row: sa.Row[Any]) -> PublicDevice:
    return PublicDevice(
        id=DeviceId(row.id),
        agency_id=AgencyId(row.agency_id),
        code=row.code,
        kind=DeviceKind(row.kind),
        state=State(row.state),
        place=row.place,
        direction=row.direction,
        longitude=row.longitude,
        latitude=row.latitude,
        functions=tuple(function_of(function) for function in row.functions),
        in_service_from=row.in_service_from,
        published_at=row.published_at,
        complaint_phone=row.complaint_phone,
        watched=tuple(row.watched),
        valid_until=row.valid_until,
    )
