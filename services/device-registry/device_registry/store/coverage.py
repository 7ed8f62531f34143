"""Which devices stand around a place, whatever agency they belong to (NJ 9(3)). Nothing else looks over the fence."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from common.door.uow import Tx, View
from common.policy import not_found
from common.values.ids import AgencyId, DeviceId
from common.values.profile import Profile
from device_registry.domain.coverage import MOVING, Near, Standing, cells_around, near
from device_registry.domain.device import Device, DeviceKind, State

_KNOWN = sa.text("SELECT * FROM devices_to_share(CAST(:cells AS int[]), CAST(:device AS text))")
# In ascending order, so that two applications never wait for each other in a circle.
_HOLD = sa.text(
    "SELECT pg_advisory_xact_lock(1, cell) FROM (SELECT unnest(CAST(:cells AS int[])) AS cell ORDER BY 1) c"
)


async def hold_nearby(tx: Tx, device: Device, profile: Profile) -> tuple[Near, ...]:
    """The devices that might be shared instead of `device`; nobody else applies in their cells before this change ends.

    A device that moves covers no place, and one that is shared already sets nothing up: they have none.
    """
    longitude, latitude = device.site.longitude, device.site.latitude
    if device.kind in (*MOVING, DeviceKind.SHARED_CAMERA) or longitude is None or latitude is None:
        return ()
    cells = cells_around(longitude, latitude, metres=profile.share_radius_m)
    await _hold_cells(tx, cells)
    others = [each for each in await list_standing(tx, cells) if each.id != device.id]
    return near(others, device.site, violations=[each.code for each in device.functions], profile=profile)


async def _hold_cells(tx: Tx, cells: Sequence[int]) -> None:
    """Wait until nobody else hands in an application in these cells, and let nobody begin before this change ends."""
    await tx.conn.execute(_HOLD, {"cells": list(cells)})


async def list_standing(at: Tx | View, cells: Sequence[int]) -> list[Standing]:
    """The devices in these cells, of every agency."""
    return [_standing(row) for row in await at.conn.execute(_KNOWN, {"cells": list(cells), "device": None})]


async def get_standing(at: Tx | View, device_id: DeviceId) -> Standing:
    """What any agency may know of the device. Refusal NOT_FOUND without one that has a location."""
    row = (await at.conn.execute(_KNOWN, {"cells": [], "device": device_id})).one_or_none()
    if row is None:
        raise not_found(device_id)
    return _standing(row)


def _standing(row: sa.Row[tuple[object, ...]]) -> Standing:
    return Standing(
        id=DeviceId(row.id),
        agency_id=AgencyId(row.agency_id),
        code=row.code,
        kind=DeviceKind(row.kind),
        state=State(row.state),
        place=row.place,
        longitude=row.longitude,
        latitude=row.latitude,
        functions=tuple(row.functions),
    )
