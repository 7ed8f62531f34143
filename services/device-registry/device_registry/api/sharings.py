"""One agency asks another to share its device (NJ 9(3))."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends

from common.door.uow import Tx, change, view
from common.policy import Action, Mandate, Resource
from common.values.ids import SharingId
from common.web.auth import Allow, Db
from common.web.pages import Cursor, Limit, after, next_cursor
from device_registry.api.views import agency_of, basis_from
from device_registry.contract import (
    SharedDeviceView,
    SharingGrantOrder,
    SharingOrder,
    SharingPage,
    SharingReasonOrder,
    SharingView,
)
from device_registry.domain import sharing as law
from device_registry.domain.coverage import Standing
from device_registry.publishing.views import cited_as
from device_registry.store import coverage, devices, sharings
from device_registry.store.sharings import Reason, SharingEntry, SharingTexts

router = APIRouter()

Reading = Annotated[Mandate, Depends(Allow(Action.SHARING_READ))]
Answering = Annotated[Mandate, Depends(Allow(Action.SHARING_ANSWER))]


@router.post("/v1/device-sharings", summary="请求共享设备 · Ask to share a device", status_code=201)
async def request_sharing(
    order: SharingOrder, db: Db, mandate: Annotated[Mandate, Depends(Allow(Action.SHARING_REQUEST))]
) -> SharingView:
    """Ask the owner of a device, instead of setting up one more. GET /v1/device-coverage lists those nearby."""
    agency_id, basis = agency_of(mandate), basis_from(order.basis)
    async with change(db, mandate) as tx:
        sharing_id = SharingId.new(tx.now)
        permit = tx.permit(Resource(sharing_id, agency_id))
        fact = law.request(
            sharing_id,
            await coverage.get_standing(tx, order.device_id),
            to_agency_id=agency_id,
            violations=tuple(order.violations),
            until_on=order.until_on,
            basis=basis,
            basis_committed=await tx.commit_to(sharing_id, "basis", cited_as(basis)),
            purpose=await tx.commit_to(sharing_id, "purpose", order.purpose),
            instead_of=await devices.lock(tx, order.instead_of) if order.instead_of else None,
            at=tx.now,
        )
        await sharings.add(tx, permit, fact, texts=SharingTexts(order.purpose, basis))
        return tx.answer(await _answered(tx, sharing_id))


@router.post("/v1/device-sharings/{sharing_id}/grant", summary="同意共享 · Share the device", status_code=201)
async def give_sharing(
    sharing_id: SharingId, order: SharingGrantOrder, db: Db, mandate: Answering
) -> SharingView:
    """The head of the owning agency shares the device until the day that was asked for."""
    async with change(db, mandate) as tx:
        sharing = await sharings.lock(tx, sharing_id)
        # The owner answers: for the asking agency it is an object of another agency.
        permit = tx.permit(Resource(sharing.id, sharing.agency_id))
        await sharings.save(tx, permit, sharing, law.give(sharing, at=tx.now))
        return tx.answer(await _answered(tx, sharing_id))


@router.post(
    "/v1/device-sharings/{sharing_id}/refusal", summary="不同意共享 · Refuse to share", status_code=201
)
async def refuse_sharing(
    sharing_id: SharingId, order: SharingReasonOrder, db: Db, mandate: Answering
) -> SharingView:
    """The head of the owning agency says why the device is not shared."""
    async with change(db, mandate) as tx:
        sharing = await sharings.lock(tx, sharing_id)
        permit = tx.permit(Resource(sharing.id, sharing.agency_id))
        fact = law.refuse(sharing, reason=await tx.commit_to(sharing_id, "reason", order.reason))
        await sharings.save(tx, permit, sharing, fact, texts=Reason(order.reason))
        return tx.answer(await _answered(tx, sharing_id))


@router.post("/v1/device-sharings/{sharing_id}/end", summary="终止共享 · End the sharing", status_code=201)
async def end_sharing(
    sharing_id: SharingId,
    order: SharingReasonOrder,
    db: Db,
    mandate: Annotated[Mandate, Depends(Allow(Action.SHARING_END))],
) -> SharingView:
    """The head of either agency. The device that rests on the sharing is out of use from this instant."""
    async with change(db, mandate) as tx:
        sharing = await sharings.lock(tx, sharing_id)
        permit = tx.permit(sharings.resource(sharing, mandate.actor))
        reason = await tx.commit_to(sharing_id, "reason", order.reason)
        fact = law.end(sharing, by_agency=agency_of(mandate), reason=reason)
        await sharings.save(tx, permit, sharing, fact, texts=Reason(order.reason))
        return tx.answer(await _answered(tx, sharing_id))


@router.get("/v1/device-sharings", summary="共享列表 · List the sharings")
async def list_sharings(db: Db, mandate: Reading, limit: Limit = 50, cursor: Cursor = "") -> SharingPage:
    """What the caller's agencies share, and what is shared with them, oldest first."""
    place = after(cursor, SharingId) or ""
    async with view(db, mandate) as v:
        listed = await sharings.list_all(v, above=place, limit=limit + 1)
    return SharingPage(
        items=[_view(entry, None, at=v.now) for entry in listed[:limit]],
        next_cursor=next_cursor(listed, limit, lambda entry: entry.sharing.id),
    )


@router.get("/v1/device-sharings/{sharing_id}", summary="共享详情 · Read one sharing")
async def get_sharing(sharing_id: SharingId, db: Db, mandate: Reading) -> SharingView:
    """One sharing, and while it is in force the device for the agency that uses it."""
    async with view(db, mandate) as v:
        entry = await sharings.get(v, sharing_id)
        v.permit(sharings.resource(entry.sharing, mandate.actor))
        shows = entry.sharing.is_in_force(v.now) or entry.sharing.agency_id in mandate.actor.visible
        device = await coverage.get_standing(v, entry.sharing.device_id) if shows else None
    return _view(entry, device, at=v.now)


async def _answered(tx: Tx, sharing_id: SharingId) -> SharingView:
    return _view(await sharings.get(tx, sharing_id), None, at=tx.now)


def _view(entry: SharingEntry, device: Standing | None, *, at: datetime) -> SharingView:
    sharing = entry.sharing
    return SharingView(
        sharing_id=sharing.id,
        device_id=sharing.device_id,
        agency_id=sharing.agency_id,
        to_agency_id=sharing.to_agency_id,
        state=sharing.state.value,
        violations=list(sharing.violations),
        until_on=sharing.until_day,
        purpose=entry.purpose,
        basis=cited_as(entry.basis),
        instead_of=sharing.instead_of,
        reason=entry.reason,
        requested_at=entry.requested_at,
        answered_at=entry.answered_at,
        ended_at=sharing.ended_at,
        in_force=sharing.is_in_force(at),
        device=_device_view(device) if device else None,
    )


def _device_view(device: Standing) -> SharedDeviceView:
    return SharedDeviceView(
        device_id=device.id,
        agency_id=device.agency_id,
        device_code=device.code,
        kind=device.kind.value,
        state=device.state.value,
        place=device.place,
        longitude=f"{device.longitude:f}",
        latitude=f"{device.latitude:f}",
        functions=list(device.functions),
        metres=0,
    )
