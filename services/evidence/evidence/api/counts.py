"""Captures counted by device, for the device registry: it looks for devices that are out of line."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from fastapi import APIRouter, Depends, Query

from common.door.uow import view
from common.policy import Action, Mandate
from common.values.calendar import start_of
from common.values.ids import DeviceId
from common.web.auth import Allow
from common.web.pages import Cursor, after, next_group
from common.web.wire import Day, Page
from evidence.contract.counts import DEVICES_A_PAGE, DeviceCapturesView, Per
from evidence.runtime import Run
from evidence.store import counts

router = APIRouter()

Counting = Annotated[Mandate, Depends(Allow(Action.CAPTURE_COUNT_BY_DEVICE))]
_UNITS: Final[dict[Per, Literal["month", "day"]]] = {"MONTH": "month", "DAY": "day"}


@router.get("/v1/device-captures", summary="按设备统计取证记录 · Count captures by device and period")
async def count_captures(
    runtime: Run,
    mandate: Counting,
    first: Annotated[Day, Query(alias="from", description="首日 · The first legal day.")],
    until: Annotated[Day, Query()],
    per: Per = "MONTH",
    limit: Annotated[int, Query(ge=1, le=DEVICES_A_PAGE)] = 200,
    cursor: Cursor = "",
) -> Page[DeviceCapturesView]:
    """Captures of the legal days [from, until), by device and month or day; a page holds `limit` devices."""
    period = (start_of(first), start_of(until))
    place = after(cursor, DeviceId) or ""
    async with view(runtime.db, mandate) as v:
        counted = await counts.list_by_device(v, period, _UNITS[per], after=place, devices=limit + 1)
    shown, further = next_group(counted, limit, lambda each: each.device_id)
    return Page(items=[_view(each) for each in shown], next_cursor=further)


def _view(counted: counts.DeviceCaptures) -> DeviceCapturesView:
    return DeviceCapturesView.model_validate(
        vars(counted) | {"rejected_by_code": dict(counted.rejected_by_code)}
    )
