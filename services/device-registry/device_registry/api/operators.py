"""Regulated parties and their own devices (NJ 9(2))."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path

from common.door.uow import change, view
from common.policy import Action, Mandate
from common.values.ids import DeviceId
from common.web.auth import Allow, Db
from device_registry.api.views import device_view
from device_registry.contract import (
    DeviceView,
    InspectionAnswerOrder,
    InspectionOrder,
    InspectionRecordedView,
    InspectionsView,
    InspectionView,
    OperatorOrder,
)
from device_registry.domain import operators as law
from device_registry.domain.device import Result
from device_registry.store import devices, inspections
from device_registry.store.inspections import InspectionTexts

router = APIRouter()


@router.post(
    "/v1/devices/{device_id}/operator",
    summary="指定设备运营人 · Name the party that runs it",
    status_code=201,
)
async def name_operator(
    device_id: DeviceId,
    order: OperatorOrder,
    db: Db,
    mandate: Annotated[Mandate, Depends(Allow(Action.DEVICE_DOCUMENT))],
) -> DeviceView:
    """The party reads this device from now on, and may answer its inspections; the party before it no longer does."""
    async with change(db, mandate) as tx:
        device = await devices.lock(tx, device_id)
        permit = tx.permit(devices.resource(device))
        fact = law.name_operator(device, party_id=order.party_id)
        if fact is not None:
            device = await devices.save(tx, permit, device, fact)
        return tx.answer(device_view(device))


@router.post(
    "/v1/devices/{device_id}/inspections", summary="监督检查 · Record an inspection", status_code=201
)
async def inspect_device(
    device_id: DeviceId,
    order: InspectionOrder,
    db: Db,
    mandate: Annotated[Mandate, Depends(Allow(Action.DEVICE_INSPECT))],
) -> InspectionRecordedView:
    """The agency inspects how a regulated party meets its duty to set up and keep a device (NJ 9(2), 11)."""
    async with change(db, mandate) as tx:
        device = await devices.lock(tx, device_id)
        permit = tx.permit(devices.resource(device))
        fact = law.inspect(
            device,
            n=len(await inspections.list_inspected(tx, device_id)) + 1,
            inspected_on=order.inspected_on,
            result=Result(order.result),
            findings=await tx.commit_to(device_id, "findings", order.findings),
            rectify_by=order.rectify_by,
            at=tx.now,
        )
        inspection = await inspections.add(tx, permit, fact, texts=InspectionTexts(order.findings))
        return tx.answer(InspectionRecordedView(device_id=device_id, n=inspection.n))


@router.post(
    "/v1/devices/{device_id}/inspections/{n}/answer",
    summary="答复监督检查 · Answer an inspection",
    status_code=201,
)
async def answer_inspection(
    device_id: DeviceId,
    n: Annotated[int, Path(ge=1, le=100_000, description="检查序号 · The number of the inspection")],
    order: InspectionAnswerOrder,
    db: Db,
    mandate: Annotated[Mandate, Depends(Allow(Action.DEVICE_ANSWER_INSPECTION))],
) -> InspectionRecordedView:
    """The party that runs the device says once what it did."""
    async with change(db, mandate) as tx:
        device = await devices.lock(tx, device_id)
        permit = tx.permit(devices.resource(device))
        fact = law.answer(
            device,
            n=n,
            inspected=await inspections.list_inspected(tx, device_id),
            answered=await inspections.list_answered(tx, device_id),
            text=await tx.commit_to(device_id, "answer", order.answer),
        )
        await inspections.add_answer(tx, permit, fact, answer=order.answer)
        return tx.answer(InspectionRecordedView(device_id=device_id, n=n))


@router.get("/v1/devices/{device_id}/inspections", summary="监督检查记录 · List the inspections")
async def list_inspections(
    device_id: DeviceId, db: Db, mandate: Annotated[Mandate, Depends(Allow(Action.DEVICE_READ))]
) -> InspectionsView:
    """The inspections of a device, for its agency and for the party that runs it."""
    async with view(db, mandate) as v:
        v.permit(devices.resource(await devices.get(v, device_id)))
        found = await inspections.list_by_device(v, device_id)
    return InspectionsView(
        device_id=device_id,
        inspections=[InspectionView(**vars(each) | {"result": each.result.value}) for each in found],
    )
