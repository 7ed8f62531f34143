"""From the draft to the approval."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from fastapi import APIRouter, Depends

from common.door.uow import change
from common.policy import Action, Mandate
from common.values.ids import AgencyId, DeviceId
from common.values.profile import BasisLevel, Profile
from common.web.auth import Allow, Db, Run
from device_registry.api.views import agency_of, device_view
from device_registry.contract import (
    ApprovalOrder,
    DeviceView,
    RegistrationOrder,
    ReviewOrder,
    SubmissionOrder,
)
from device_registry.domain import application
from device_registry.domain.application import ItemResult
from device_registry.domain.device import (
    Basis,
    Device,
    DeviceKind,
    Function,
    Funding,
    InstallerType,
    Metrology,
    OwnerType,
    PlaceType,
    Provision,
    RevenueLink,
    Site,
    State,
)
from device_registry.store import devices, papers

router = APIRouter()

_SIX = Decimal("0.000001")


@router.post("/v1/devices", status_code=201)
async def register_device(
    order: RegistrationOrder,
    db: Db,
    runtime: Run,
    mandate: Annotated[Mandate, Depends(Allow(Action.DEVICE_REGISTER))],
) -> DeviceView:
    """设置申请: open the file of a device of the caller's agency (D-T1)."""
    async with change(db, mandate) as tx:
        device = _drafted(order, DeviceId.new(tx.now), agency_of(mandate), mandate.actor.sub, runtime.profile)
        permit = tx.permit(devices.resource(device))
        taken = await devices.reserve_codes(tx, device.agency_id, [order.device_code])
        fact = application.register(device, runtime.profile, taken)
        await devices.register(tx, permit, device, fact)
        return tx.answer(device_view(device))


@router.post("/v1/devices/{device_id}/submission", status_code=201)
async def submit_device(
    device_id: DeviceId,
    order: SubmissionOrder,
    db: Db,
    mandate: Annotated[Mandate, Depends(Allow(Action.DEVICE_SUBMIT))],
) -> DeviceView:
    """Hand the application in for both reviews (D-T2)."""
    texts = {"necessity": order.necessity, "alternatives": order.alternatives, "siting": order.siting}
    async with change(db, mandate) as tx:
        device = await devices.lock(tx, device_id)
        permit = tx.permit(devices.resource(device))
        promises = {name: await tx.commit_to(device.id, name, text) for name, text in texts.items()}
        fact = application.submit(device, plan=order.plan, **promises)
        device = await devices.save(tx, permit, device, fact)
        await papers.add_application(tx, device, fact, **texts)
        return tx.answer(device_view(device))


@router.post("/v1/devices/{device_id}/legal-review", status_code=201)
async def review_device_legally(
    device_id: DeviceId,
    order: ReviewOrder,
    db: Db,
    mandate: Annotated[Mandate, Depends(Allow(Action.DEVICE_REVIEW_LEGALLY))],
) -> DeviceView:
    """法制审核意见 (D-T3). A failed item rejects the application (D-T6)."""
    async with change(db, mandate) as tx:
        dossier = await devices.lock_dossier(tx, device_id)
        permit = tx.permit(devices.resource(dossier.device))
        opinion = await tx.commit_to(device_id, "legal_opinion", order.opinion)
        fact = application.review_legally(
            dossier, checklist=_checklist(order), opinion=opinion, by=mandate.actor.sub
        )
        device = await devices.save_review(tx, permit, dossier.device, fact, opinion=order.opinion)
        return tx.answer(device_view(device))


@router.post("/v1/devices/{device_id}/technical-review", status_code=201)
async def review_device_technically(
    device_id: DeviceId,
    order: ReviewOrder,
    db: Db,
    mandate: Annotated[Mandate, Depends(Allow(Action.DEVICE_REVIEW_TECHNICALLY))],
) -> DeviceView:
    """技术审核意见 (D-T4). A failed item rejects the application (D-T6)."""
    async with change(db, mandate) as tx:
        dossier = await devices.lock_dossier(tx, device_id)
        permit = tx.permit(devices.resource(dossier.device))
        opinion = await tx.commit_to(device_id, "technical_opinion", order.opinion)
        fact = application.review_technically(
            dossier, checklist=_checklist(order), opinion=opinion, by=mandate.actor.sub
        )
        device = await devices.save_review(tx, permit, dossier.device, fact, opinion=order.opinion)
        return tx.answer(device_view(device))


@router.post("/v1/devices/{device_id}/approval", status_code=201)
async def approve_device(
    device_id: DeviceId,
    order: ApprovalOrder,
    db: Db,
    runtime: Run,
    mandate: Annotated[Mandate, Depends(Allow(Action.DEVICE_APPROVE))],
) -> DeviceView:
    """设置批准 by the head of the agency (D-T5)."""
    async with change(db, mandate) as tx:
        dossier = await devices.lock_dossier(tx, device_id)
        permit = tx.permit(devices.resource(dossier.device))
        fact = application.approve(dossier, profile=runtime.profile, by=mandate.actor.sub, at=tx.now)
        device = await devices.save(tx, permit, dossier.device, fact)
        await papers.add_approval(tx, device, fact)
        return tx.answer(device_view(device))


def _checklist(order: ReviewOrder) -> dict[str, ItemResult]:
    return {item: ItemResult(result) for item, result in order.checklist.items()}


def _drafted(
    order: RegistrationOrder, device_id: DeviceId, agency: AgencyId, by: str, profile: Profile
) -> Device:
    """The device that an order describes. A division is kept by its code, whatever name it was given by."""
    division = profile.division(order.division)
    return Device(
        id=device_id,
        agency_id=agency,
        code=order.device_code,
        kind=DeviceKind(order.kind),
        state=State.DRAFT,
        site=Site(
            place=order.place,
            place_type=PlaceType(order.place_type),
            division=division.code if division else order.division,
            longitude=order.longitude.quantize(_SIX),
            latitude=order.latitude.quantize(_SIX),
            direction=order.direction,
            secret_unit_consent=order.secret_unit_consent,
        ),
        provision=Provision(
            owner=OwnerType(order.owner_type),
            installer=InstallerType(order.installer_type),
            funding=Funding(order.funding),
            revenue_link=RevenueLink(order.revenue_link),
            obligation_basis=order.obligation_basis,
            installer_contract=order.installer_contract,
        ),
        functions=tuple(
            Function(
                code=function.code,
                name=function.name,
                metrology=Metrology(function.metrology),
                bases=tuple(
                    Basis(BasisLevel(basis.level), basis.title, basis.article, basis.from_on, basis.until_on)
                    for basis in function.bases
                ),
            )
            for function in order.functions
        ),
        registered_by=by,
    )
