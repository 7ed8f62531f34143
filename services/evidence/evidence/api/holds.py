"""The raw data of a device that is held for a case: the device registry retires no device over it (NJ 17)."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends

from common.door.uow import view
from common.policy import Action, Mandate
from common.values.ids import DeviceId
from common.web.auth import Allow, Db
from evidence.contract.holds import DeviceHoldsView
from evidence.store import holds

router = APIRouter()


@router.get(
    "/v1/device-holds/{device_id}", summary="设备原始数据的留存需要 · Raw data of a device that is held"
)
async def get_device_holds(
    device_id: DeviceId,
    db: Db,
    mandate: Annotated[Mandate, Depends(Allow(Action.CAPTURE_COUNT_BY_DEVICE))],
) -> DeviceHoldsView:
    """The captures of the device on which a case rests that is not over. A device that captured nothing has none."""
    async with view(db, mandate) as v:
        held = await holds.of_device(v, device_id)
    return DeviceHoldsView(device_id=device_id, captures=held.captures, cases=held.cases)
