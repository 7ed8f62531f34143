"""The end of a device: proposed by its admin, approved by the head (D-T18)."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends

from common.door.uow import change, view
from common.policy import Action, Mandate
from common.values.ids import DeviceId
from common.web.auth import Allow, Db
from device_registry.api.views import device_view
from device_registry.contract import DeviceView
from device_registry.contract.retirement import RawDataHoldsView, RetirementApprovalOrder, RetirementOrder
from device_registry.domain import retirement
from device_registry.domain.retirement import RawDataHeld, RetirementCause
from device_registry.runtime import Run
from device_registry.store import devices, retirements
from device_registry.store.texts import RetirementTexts
from evidence.contract import Holds

router = APIRouter()


@router.post(
    "/v1/devices/{device_id}/retirement",
    summary="提出报废、拆除 · Propose to retire a device",
    status_code=201,
)
async def propose_retirement(
    device_id: DeviceId,
    order: RetirementOrder,
    db: Db,
    mandate: Annotated[Mandate, Depends(Allow(Action.DEVICE_PROPOSE_RETIREMENT))],
) -> DeviceView:
    """The device admin's part of D-T18, with the plan for the raw data (NJ 17). A later proposal replaces this one."""
    async with change(db, mandate) as tx:
        device = await devices.lock(tx, device_id)
        permit = tx.permit(devices.resource(device))
        fact = retirement.propose(
            device,
            await retirements.find_newest(tx, device_id),
            cause=RetirementCause(order.cause),
            disposition=await tx.commit_to(device_id, "retirement_disposition", order.disposition),
            keeper=await tx.commit_to(device_id, "retirement_keeper", order.kept_by),
        )
        texts = RetirementTexts(order.disposition, order.kept_by)
        device = await devices.save(tx, permit, device, fact, texts=texts)
        return tx.answer(device_view(device))


@router.post(
    "/v1/devices/{device_id}/retirement/approval",
    summary="批准报废、拆除 · Retire a device",
    status_code=201,
)
async def approve_retirement(
    device_id: DeviceId,
    order: RetirementApprovalOrder,
    db: Db,
    runtime: Run,
    mandate: Annotated[Mandate, Depends(Allow(Action.DEVICE_RETIRE))],
) -> DeviceView:
    """The head's part of D-T18: the device is out of use for good, and the public list shows since when.

    DEV_RAW_DATA_HELD while a case rests on its captures that is not over (NJ 17).
    """
    # Evidence is asked before the device is locked: while another service answers, nobody waits for the row.
    held = await Holds(runtime.peers).of(device_id)
    async with change(db, mandate) as tx:
        device = await devices.lock(tx, device_id)
        permit = tx.permit(devices.resource(device))
        newest = await retirements.find_newest(tx, device_id)
        counted = RawDataHeld(held.captures, held.cases)
        fact = retirement.approve(device, newest, held=counted, by=mandate.actor.sub)
        device = await devices.save(tx, permit, device, fact)
        return tx.answer(device_view(device))


@router.get(
    "/v1/devices/{device_id}/raw-data-holds",
    summary="原始数据留存需要 · Whether cases hold the raw data of a device",
)
async def get_raw_data_holds(
    device_id: DeviceId,
    db: Db,
    runtime: Run,
    mandate: Annotated[Mandate, Depends(Allow(Action.DEVICE_READ))],
) -> RawDataHoldsView:
    """How many captures of the device are held for how many cases; none of it names a case (NJ 17)."""
    async with view(db, mandate) as v:
        v.permit(devices.resource(await devices.get(v, device_id)))
    held = await Holds(runtime.peers).of(device_id)
    return RawDataHoldsView(
        device_id=device_id, captures=held.captures, cases=held.cases, may_be_retired=not held.cases
    )
