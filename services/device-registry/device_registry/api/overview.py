"""What the devices of an area come to, for those who supervise them and for the agency itself (NJ 5(1))."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends

from common.door.uow import view
from common.policy import Action, Mandate
from common.web.areas import Area
from common.web.auth import Allow, Db
from device_registry.contract.overview import DeviceOverview, DevicesInState
from device_registry.store import entries

router = APIRouter()


@router.get("/v1/device-overview", summary="设备总览 · Count the devices of an area")
async def count_devices(
    db: Db,
    mandate: Annotated[Mandate, Depends(Allow(Action.DEVICE_READ))],
    area: Area = [],  # noqa: B006  # FastAPI copies it
) -> DeviceOverview:
    """Devices by state, of the agencies that the caller sees: its own and those below it."""
    async with view(db, mandate) as v:
        counted = await entries.count_states(v, area)
        at = v.now
    return DeviceOverview(as_of=at, area=area, states=[DevicesInState(**vars(row)) for row in counted])
