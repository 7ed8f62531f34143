"""The fields of a device that the law makes public (APL 41(1), NJ 10). The public routes read nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.sql.selectable import LateralFromClause

from common.door.uow import View
from common.policy import not_found
from common.values.ids import AgencyId, DeviceId
from common.values.profile import Bounds
from device_registry.domain.device import Certificate, DeviceKind, Function, State
from device_registry.domain.publiclist import verified_until
from device_registry.store import dossiers, publicwords, tables
from device_registry.store.rows import function_of

IN_PUBLIC: Final = (State.PUBLISHED, State.ACTIVE, State.MAINTENANCE, State.SUSPENDED)
ENDED: Final = (State.STOPPED, State.RECTIFYING, State.RETIRED)
"""Once published, and no longer in use: the list goes on to show since when."""

_INSTANT: Final = timedelta(microseconds=1)


@dataclass(frozen=True)
class Wanted:
    """Which devices are asked for. `words` is a part of the place or a code, `bounds` a box on the map."""

    words: str = ""
    agency_id: AgencyId | None = None
    function: str = ""
    states: tuple[State, ...] = (*IN_PUBLIC, *ENDED)
    bounds: Bounds | None = None


EVERY: Final = Wanted()


@dataclass(frozen=True)
class PublicDevice:
    """A device of the public list with its latest publication.

    `verified_until` is the last day on which each of its functions that must be verified carries a valid certificate.
    `ended_at` is since when it is out of use for good or until it was reviewed anew.
    """

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
    verified_until: date | None
    ended_at: datetime | None


async def list_published(
    v: View, *, after: str, limit: int, wanted: Wanted = EVERY, before: datetime | None = None
) -> list[PublicDevice]:
    """Published devices by id, after `after`. With `before` only what was on record as published by then."""
    devices = tables.devices
    query = (
        _wanted(_published(before), wanted).where(devices.c.id > after).order_by(devices.c.id).limit(limit)
    )
    rows = (await v.conn.execute(query)).all()
    return await _devices(v, rows, at=v.now if before is None else before - _INSTANT)


async def list_in_cells(v: View, cells: Sequence[int], wanted: Wanted, *, limit: int) -> list[PublicDevice]:
    """Up to `limit` published devices of these cells: in their order, so that the index gives as many and no more."""
    devices = tables.devices
    query = _wanted(_published(None), wanted).where(devices.c.cell.in_(cells))
    rows = (await v.conn.execute(query.order_by(devices.c.cell, devices.c.id).limit(limit))).all()
    return await _devices(v, rows, at=v.now)


async def get_published(v: View, device_id: DeviceId) -> PublicDevice:
    """The published device with this id. Refusal NOT_FOUND for one that is not published or does not exist."""
    query = _wanted(_published(None), EVERY).where(tables.devices.c.id == device_id)
    row = (await v.conn.execute(query)).one_or_none()
    if row is None:
        raise not_found(device_id)
    (device,) = await _devices(v, [row], at=v.now)
    return device


def _published(before: datetime | None) -> sa.Select[Any]:
    """Each device with its latest publication and its last period.

    Each is looked up for the device alone: joined as a whole, a table of papers would be read from end to end.
    """
    devices = tables.devices
    published = _last(tables.publications, "published_at", "complaint_phone", "watched", before=before)
    last = _last(tables.periods, "effective_from")
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
            last.c.effective_from,
        )
        .select_from(devices)
        .join(published, sa.true())
        .join(last, sa.true())
    )


def _wanted(query: sa.Select[Any], wanted: Wanted) -> sa.Select[Any]:
    devices = tables.devices
    query = query.where(devices.c.state.in_(wanted.states))
    if wanted.agency_id is not None:
        query = query.where(devices.c.agency_id == wanted.agency_id)
    if wanted.words:
        for word in publicwords.searched(wanted.words):
            query = query.where(publicwords.has(devices.c.id, word))
        is_here = devices.c.place.contains(wanted.words, autoescape=True)
        query = query.where(sa.or_(is_here, devices.c.code == wanted.words))
    if wanted.function:
        query = query.where(devices.c.functions.contains([{"code": wanted.function}]))
    if (box := wanted.bounds) is not None:
        query = query.where(devices.c.longitude.between(box.west, box.east))
        query = query.where(devices.c.latitude.between(box.south, box.north))
    return query


def _last(table: sa.Table, *names: str, before: datetime | None = None) -> LateralFromClause:
    """The last row of the device in a numbered table, of those that were on record before `before`."""
    query = sa.select(*(table.c[name] for name in names)).where(table.c.device_id == tables.devices.c.id)
    if before is not None:
        query = query.where(table.c.recorded_at < before)
    return query.order_by(table.c.n.desc()).limit(1).lateral()


async def _devices(v: View, rows: Sequence[sa.Row[Any]], *, at: datetime) -> list[PublicDevice]:
    """The devices of these rows in their order, with what their certificates were worth at `at`."""
    certificates = await dossiers.list_certificates(v, [DeviceId(row.id) for row in rows])
    return [_device(row, certificates[row.id], at) for row in rows]


def _device(row: sa.Row[Any], certificates: Sequence[Certificate], at: datetime) -> PublicDevice:
    functions = tuple(function_of(function) for function in row.functions)
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
        functions=functions,
        in_service_from=row.in_service_from,
        published_at=row.published_at,
        complaint_phone=row.complaint_phone,
        watched=tuple(row.watched),
        verified_until=verified_until(functions, certificates, at),
        ended_at=row.effective_from if State(row.state) in ENDED else None,
    )
