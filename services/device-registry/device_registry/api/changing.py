"""A device in use becomes another one: it leaves service and is handed in again (D-T19)."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Depends

from common.door.uow import change
from common.policy import Action, Mandate
from common.values.ids import DeviceId
from common.web.auth import Allow, Db
from device_registry.api.applications import functions_of, site_of, submitted
from device_registry.api.views import device_view
from device_registry.contract import DeviceView
from device_registry.contract.changes import MaterialChangeOrder
from device_registry.domain import changes
from device_registry.domain.changes import Change, ChangeKind
from device_registry.runtime import Run
from device_registry.store import devices, dossiers
from device_registry.store.texts import ChangeText

router = APIRouter()


@router.post(
    "/v1/devices/{device_id}/material-changes",
    summary="设备重大变更 · Change a device materially",
    status_code=201,
)
async def change_device(
    device_id: DeviceId,
    order: MaterialChangeOrder,
    db: Db,
    runtime: Run,
    mandate: Annotated[Mandate, Depends(Allow(Action.DEVICE_CHANGE))],
) -> DeviceView:
    """变更申请 (D-T19): the device leaves service, and the reviews, the trial and the publication follow anew.

    A place where no device may be is refused with DEV_PROHIBITED_PLACE (NJ 9).
    """
    wanted = Change(
        ChangeKind(order.kind),
        site_of(order.site, runtime.profile) if order.site else None,
        None if order.functions is None else functions_of(order.functions),
    )
    async with change(db, mandate) as tx:
        dossier = await dossiers.lock(tx, device_id)
        permit = tx.permit(devices.resource(dossier.device))
        reason = await tx.commit_to(device_id, "change_reason", order.reason)
        fact = changes.change(dossier.device, wanted, reason=reason, profile=runtime.profile)
        draft = changes.changed(dossier.device, wanted)
        handed_in, texts = await submitted(
            tx, replace(dossier, device=draft), order.application, runtime.profile
        )
        before = ChangeText(draft, dossier.device, order.reason)
        device = await devices.save(tx, permit, dossier.device, fact, texts=before)
        device = await devices.save(tx, permit, device, handed_in, texts=texts)
        return tx.answer(device_view(device))
