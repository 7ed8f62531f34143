"""From the installation to the activation, and out of service and back."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from fastapi import APIRouter, Depends

from common.door.uow import change
from common.policy import Action, Mandate
from common.values.ids import DeviceId
from common.web.auth import Allow, Db
from device_registry.api.views import device_view
from device_registry.cleanup.confirmed import require_rectified
from device_registry.contract import (
    ActivationOrder,
    DeviceView,
    InstallationOrder,
    PublicationOrder,
    ResumptionOrder,
    SuspensionOrder,
    TrialOrder,
)
from device_registry.domain import anomalies as abnormality
from device_registry.domain import lifecycle
from device_registry.domain.lifecycle import SuspensionReason
from device_registry.domain.mobile import Point
from device_registry.runtime import Run
from device_registry.store import anomalies, devices, dossiers
from device_registry.store.texts import InstallationText, PeriodNote, PublicationTexts
from device_registry.watching.correcting import saved

router = APIRouter()

_SIX = Decimal("0.000001")


@router.post(
    "/v1/devices/{device_id}/installation", summary="安装 · Record the installation", status_code=201
)
async def install_device(
    device_id: DeviceId,
    order: InstallationOrder,
    db: Db,
    runtime: Run,
    mandate: Annotated[Mandate, Depends(Allow(Action.DEVICE_INSTALL))],
) -> DeviceView:
    """安装验收 (D-T7)."""
    async with change(db, mandate) as tx:
        device = await devices.lock(tx, device_id)
        permit = tx.permit(devices.resource(device))
        fact = lifecycle.install(
            device,
            longitude=order.longitude.quantize(_SIX),
            latitude=order.latitude.quantize(_SIX),
            view_sha256=order.view_sha256,
            sign_sha256=order.sign_sha256,
            profile=runtime.profile,
        )
        device = await devices.save(tx, permit, device, fact, texts=InstallationText(order.installer))
        return tx.answer(device_view(device))


@router.post("/v1/devices/{device_id}/trial", summary="开始试运行 · Start the trial", status_code=201)
async def start_trial(
    device_id: DeviceId,
    order: TrialOrder,
    db: Db,
    runtime: Run,
    mandate: Annotated[Mandate, Depends(Allow(Action.DEVICE_START_TRIAL))],
) -> DeviceView:
    """试运行 (D-T8)."""
    async with change(db, mandate) as tx:
        device = await devices.lock(tx, device_id)
        permit = tx.permit(devices.resource(device))
        fact = lifecycle.start_trial(device, clock_drift_ms=order.clock_drift_ms, profile=runtime.profile)
        device = await devices.save(tx, permit, device, fact)
        return tx.answer(device_view(device))


@router.post("/v1/devices/{device_id}/publication", summary="向社会公布 · Publish a device", status_code=201)
async def publish_device(
    device_id: DeviceId,
    order: PublicationOrder,
    db: Db,
    runtime: Run,
    mandate: Annotated[Mandate, Depends(Allow(Action.DEVICE_PUBLISH))],
) -> DeviceView:
    """设置地点公布 (D-T9). The lead time of the profile begins with it."""
    async with change(db, mandate) as tx:
        dossier = await dossiers.lock(tx, device_id)
        permit = tx.permit(devices.resource(dossier.device))
        await require_rectified(tx, dossier.device)
        fact = lifecycle.publish(
            dossier,
            published_at=order.published_at or tx.now,
            watched=tuple(
                Point(point.longitude.quantize(_SIX), point.latitude.quantize(_SIX))
                for point in order.watched
            ),
            profile=runtime.profile,
            calendar=runtime.calendar,
            at=tx.now,
        )
        texts = PublicationTexts(order.url, order.channel, order.complaint_phone)
        device = await devices.save(tx, permit, dossier.device, fact, texts=texts)
        return tx.answer(device_view(device))


@router.post(
    "/v1/devices/{device_id}/activation", summary="启用 · Put a device into service", status_code=201
)
async def activate_device(
    device_id: DeviceId,
    order: ActivationOrder,
    db: Db,
    runtime: Run,
    mandate: Annotated[Mandate, Depends(Allow(Action.DEVICE_ACTIVATE))],
) -> DeviceView:
    """启用决定 (D-T10): every guard is asked again, now."""
    async with change(db, mandate) as tx:
        dossier = await dossiers.lock(tx, device_id)
        permit = tx.permit(devices.resource(dossier.device))
        await require_rectified(tx, dossier.device)
        fact = lifecycle.activate(dossier, profile=runtime.profile, at=tx.now)
        device = await devices.save(tx, permit, dossier.device, fact)
        return tx.answer(device_view(device))


@router.post("/v1/devices/{device_id}/suspension", summary="停用 · Suspend a device", status_code=201)
async def suspend_device(
    device_id: DeviceId,
    order: SuspensionOrder,
    db: Db,
    runtime: Run,
    mandate: Annotated[Mandate, Depends(Allow(Action.DEVICE_SUSPEND))],
) -> DeviceView:
    """暂停使用 by the head of the agency or the supervisor (D-T13). Reaching back undoes what was captured since."""
    async with change(db, mandate) as tx:
        dossier = await dossiers.lock(tx, device_id)
        permit = tx.permit(devices.resource(dossier.device))
        fact = lifecycle.suspend(
            dossier.device,
            reason=SuspensionReason(order.reason),
            effective_from=order.effective_from or tx.now,
            by_agency=mandate.actor.agency_id,
            at=tx.now,
        )
        note = PeriodNote(order.note)
        after = await saved(tx, permit, dossier, fact, texts=note, profile=runtime.profile)
        return tx.answer(device_view(after.device))


@router.post("/v1/devices/{device_id}/resumption", summary="恢复使用 · Resume a device", status_code=201)
async def resume_device(
    device_id: DeviceId,
    order: ResumptionOrder,
    db: Db,
    runtime: Run,
    mandate: Annotated[Mandate, Depends(Allow(Action.DEVICE_RESUME))],
) -> DeviceView:
    """恢复使用决定 (D-T14): every guard is asked again, now."""
    async with change(db, mandate) as tx:
        dossier = await dossiers.lock(tx, device_id)
        permit = tx.permit(devices.resource(dossier.device))
        await require_rectified(tx, dossier.device)
        abnormality.require_resumable(dossier.device, await anomalies.find_newest(tx, device_id))
        fact = lifecycle.resume(
            dossier,
            suspended_by=await devices.find_suspending_agency(tx, device_id),
            by_agency=mandate.actor.agency_id,
            profile=runtime.profile,
            at=tx.now,
        )
        device = await devices.save(tx, permit, dossier.device, fact, texts=PeriodNote(order.note))
        return tx.answer(device_view(device))
