"""The questions to the register: devices, their standing at an instant."""

from __future__ import annotations

import hashlib
from typing import Annotated

from fastapi import APIRouter, Depends

from common.door.uow import view
from common.policy import Action, Mandate, permitted
from common.values.ids import DeviceId
from common.web.auth import Allow, Db
from common.web.pages import Cursor, Limit, after, next_cursor
from common.web.wire import Instant
from device_registry.api.views import capability_of, device_view
from device_registry.contract import (
    DevicePage,
    DeviceView,
    SignedCapability,
    StateName,
)
from device_registry.domain import standing
from device_registry.domain.changes import as_it_was
from device_registry.domain.device import State
from device_registry.runtime import Run
from device_registry.store import devices, entries

router = APIRouter()


@router.get("/v1/devices", summary="设备列表 · List devices")
async def list_devices(
    db: Db,
    mandate: Annotated[Mandate, Depends(Allow(Action.DEVICE_READ))],
    state: StateName | None = None,
    limit: Limit = 50,
    cursor: Cursor = "",
) -> DevicePage:
    """The devices of the agencies that the caller sees, oldest first."""
    place = after(cursor, DeviceId) or ""
    async with view(db, mandate) as v:
        listed = await entries.list_by_state(
            v, state=State(state) if state else None, after=place, limit=limit + 1
        )
    shown = listed[:limit]
    return DevicePage(
        items=[device_view(entry.device, entry.findings) for entry in shown],
        next_cursor=next_cursor(listed, limit, lambda entry: entry.device.id),
    )


@router.get("/v1/devices/{device_id}", summary="设备详情 · Read one device")
async def get_device(
    device_id: DeviceId, db: Db, mandate: Annotated[Mandate, Depends(Allow(Action.DEVICE_READ))]
) -> DeviceView:
    """One device, with the findings of its import."""
    async with view(db, mandate) as v:
        entry = await entries.get(v, device_id)
        v.permit(devices.resource(entry.device))
    return device_view(entry.device, entry.findings)


@router.get(
    "/v1/devices/{device_id}/capability",
    summary="某时刻的取证资格 · Whether a device could give evidence at an instant",
)
async def state_capability(
    device_id: DeviceId,
    at: Instant,
    db: Db,
    runtime: Run,
    mandate: Annotated[Mandate, Depends(Allow(Action.DEVICE_READ_CAPABILITY))],
) -> SignedCapability:
    """Was this device lawful at `at`? Signed, so that the caller can show our answer to a court (APL 41)."""
    known_at = db.clock()
    dossier = await runtime.dossiers.get(db, mandate, device_id)
    permitted(mandate, devices.resource(dossier.device))
    stands = standing.standing(dossier, profile=runtime.profile, at=at, known_at=known_at)
    capability = capability_of(as_it_was(dossier, at).device, stands, runtime.profile.id)
    note = db.signer.statement("capability", capability.statement())
    return SignedCapability(
        note=note.decode(), sha256=hashlib.sha256(note).hexdigest(), capability=capability
    )
