"""The devices that are not heard, for the device registry (NJ 11)."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Depends

from common.door.uow import operational
from common.policy import Action, Mandate
from common.values.ids import DeviceId
from common.web.auth import Allow
from common.web.pages import Cursor, after, next_cursor
from common.web.wire import Page
from evidence.contract.hearing import SilentDeviceView
from evidence.domain.heartbeat import Hearing, hearing, longest_silence, silent_since
from evidence.runtime import Run
from evidence.store import heartbeats

router = APIRouter()

_A_PAGE: Final = 500


@router.get("/v1/silent-devices", summary="失联设备 · List the devices that are not heard")
async def list_silent_devices(
    runtime: Run,
    mandate: Annotated[Mandate, Depends(Allow(Action.CAPTURE_READ_SILENT))],
    cursor: Cursor = "",
) -> Page[SilentDeviceView]:
    """The devices that are OFFLINE or UNSTEADY. After a long pause none is: nobody listened meanwhile."""
    now, rules = runtime.clock(), runtime.profile.watch
    longest = longest_silence(rules)
    async with operational(runtime.db) as conn:
        await heartbeats.listen(conn, longest=longest, now=now)
        pulses = await heartbeats.list_unwell(
            conn,
            before=now - longest,
            steady=rules.heartbeats_steady,
            after=after(cursor, DeviceId) or "",
            limit=_A_PAGE + 1,
        )
    items = [
        SilentDeviceView.model_validate(
            {"device_id": pulse.device_id, "hearing": heard, "silent_since": silent_since(pulse, rules=rules)}
        )
        for pulse in pulses[:_A_PAGE]
        if (heard := hearing(pulse, rules=rules, at=now)) is not Hearing.ONLINE
    ]
    return Page(items=items, next_cursor=next_cursor(pulses, _A_PAGE, lambda pulse: pulse.device_id))
