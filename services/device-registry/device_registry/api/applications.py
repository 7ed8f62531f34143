"""From the draft to the approval."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Annotated

from fastapi import APIRouter, Depends

from common.door.uow import Tx, change
from common.policy import Action, Mandate, Permit, Resource
from common.values.ids import DeviceId
from common.values.profile import Profile
from common.web.auth import Allow, Db
from device_registry.api.views import agency_of, basis_from, device_view
from device_registry.cleanup.confirmed import require_rectified
from device_registry.contract import (
    ApprovalOrder,
    DeviceView,
    FunctionOrder,
    MeasurementOrder,
    RegistrationOrder,
    ReviewOrder,
    SourceOrder,
    SubmissionOrder,
    ViewOrder,
)
from device_registry.contract.applications import SiteOrder
from device_registry.domain import application, changes
from device_registry.domain.application import (
    DeviceLegallyReviewed,
    DeviceSubmitted,
    DeviceTechnicallyReviewed,
    Draft,
    Reasons,
)
from device_registry.domain.checklist import Checklist, ItemResult
from device_registry.domain.device import (
    Device,
    DeviceKind,
    Dossier,
    Function,
    Funding,
    InstallerType,
    Measurement,
    Metrology,
    OwnerType,
    PermissibleError,
    PlaceType,
    Provision,
    Quantity,
    RevenueLink,
    SharedSource,
    Site,
)
from device_registry.domain.privacy import FieldOfView, Polygon
from device_registry.domain.sharing import Sharing
from device_registry.runtime import Run
from device_registry.store import applications, coverage, devices, dossiers, plans, sharings
from device_registry.store.texts import ApplicationTexts, Restored, ReviewText
from ledger.canonical import canonical

router = APIRouter()

_SIX = Decimal("0.000001")


@router.post("/v1/devices", summary="登记设备 · Register a device", status_code=201)
async def register_device(
    order: RegistrationOrder,
    db: Db,
    runtime: Run,
    mandate: Annotated[Mandate, Depends(Allow(Action.DEVICE_REGISTER))],
) -> DeviceView:
    """设置申请: open the file of a device of the caller's agency (D-T1)."""
    draft, agency_id = draft_of(order, runtime.profile), agency_of(mandate)
    async with change(db, mandate) as tx:
        device_id = DeviceId.new(tx.now)
        permit = tx.permit(Resource(device_id, agency_id))
        sharing, draft = await with_source(tx, order.source, draft)
        await devices.hold_codes(tx, agency_id)
        fact = application.register(
            device_id,
            draft,
            agency_id=agency_id,
            profile=runtime.profile,
            codes_in_use=[each.code for each in await devices.list_codes(tx, agency_id, [draft.code])],
            sharing=sharing,
            at=tx.now,
        )
        device = await devices.add(tx, permit, fact, texts=draft)
        return tx.answer(device_view(device))


@router.post(
    "/v1/devices/{device_id}/submission",
    summary="提交审核 · Submit a device for review",
    status_code=201,
)
async def submit_device(
    device_id: DeviceId,
    order: SubmissionOrder,
    db: Db,
    runtime: Run,
    mandate: Annotated[Mandate, Depends(Allow(Action.DEVICE_SUBMIT))],
) -> DeviceView:
    """Hand the application in for both reviews (D-T2).

    Refused with DEV_DUPLICATE_COVERAGE where a device stands that could be shared, and `sharing` does not say why not.
    """
    async with change(db, mandate) as tx:
        dossier = await dossiers.lock(tx, device_id)
        permit = tx.permit(devices.resource(dossier.device))
        fact, texts = await submitted(tx, dossier, order, runtime.profile)
        device = await devices.save(tx, permit, dossier.device, fact, texts=texts)
        return tx.answer(device_view(device))


async def submitted(
    tx: Tx, dossier: Dossier, order: SubmissionOrder, profile: Profile
) -> tuple[DeviceSubmitted, ApplicationTexts]:
    """The application of an order for the locked device, and its texts; nothing is recorded yet."""
    device, view = dossier.device, _field_of_view(order.view)
    texts = ApplicationTexts(order.necessity, order.alternatives, order.siting, order.sharing.strip(), view)
    plan = await plans.lock(tx, order.plan_id) if order.plan_id else None
    fact = application.submit(
        dossier,
        reasons=await _reasons(tx, device.id, texts),
        view=view,
        plan=plan,
        linked=await plans.list_linked(tx, plan.id, besides=device.id) if plan else (),
        nearby=await coverage.hold_nearby(tx, device, profile),
        shared_instead=await sharings.is_open_instead_of(tx, device.id),
        profile=profile,
        at=tx.now,
    )
    return fact, texts


async def _reasons(tx: Tx, device_id: DeviceId, texts: ApplicationTexts) -> Reasons:
    return Reasons(
        await tx.commit_to(device_id, "necessity", texts.necessity),
        await tx.commit_to(device_id, "alternatives", texts.alternatives),
        await tx.commit_to(device_id, "siting", texts.siting),
        await tx.commit_to(device_id, "sharing", texts.sharing) if texts.sharing else None,
    )


def _field_of_view(order: ViewOrder) -> FieldOfView:
    def polygons(drawn: list[list[list[int]]]) -> tuple[Polygon, ...]:
        return tuple(tuple((x, y) for x, y in polygon) for polygon in drawn)

    return FieldOfView(order.sketch_sha256, polygons(order.windows), polygons(order.masks))


@router.post(
    "/v1/devices/{device_id}/legal-review", summary="法制审核 · Review a device legally", status_code=201
)
async def review_device_legally(
    device_id: DeviceId,
    order: ReviewOrder,
    db: Db,
    mandate: Annotated[Mandate, Depends(Allow(Action.DEVICE_REVIEW_LEGALLY))],
) -> DeviceView:
    """法制审核意见 (D-T3). A failed item rejects the application (D-T6)."""
    async with change(db, mandate) as tx:
        dossier = await dossiers.lock(tx, device_id)
        permit = tx.permit(devices.resource(dossier.device))
        fact = application.review_legally(
            dossier,
            checklist=_checklist(order),
            notes=await tx.commit_to(device_id, "legal_notes", _written(order.notes)),
            opinion=await tx.commit_to(device_id, "legal_opinion", order.opinion),
            view=await applications.find_view(tx, device_id),
            mask_sample_sha256=order.mask_sample_sha256,
            by=mandate.actor.sub,
        )
        texts = ReviewText(tuple(sorted(order.notes.items())), order.opinion)
        return tx.answer(device_view(await _reviewed(tx, permit, dossier, fact, texts)))


@router.post(
    "/v1/devices/{device_id}/technical-review",
    summary="技术审核 · Review a device technically",
    status_code=201,
)
async def review_device_technically(
    device_id: DeviceId,
    order: ReviewOrder,
    db: Db,
    mandate: Annotated[Mandate, Depends(Allow(Action.DEVICE_REVIEW_TECHNICALLY))],
) -> DeviceView:
    """技术审核意见 (D-T4). A failed item rejects the application (D-T6)."""
    async with change(db, mandate) as tx:
        dossier = await dossiers.lock(tx, device_id)
        permit = tx.permit(devices.resource(dossier.device))
        fact = application.review_technically(
            dossier,
            checklist=_checklist(order),
            notes=await tx.commit_to(device_id, "technical_notes", _written(order.notes)),
            opinion=await tx.commit_to(device_id, "technical_opinion", order.opinion),
            by=mandate.actor.sub,
        )
        texts = ReviewText(tuple(sorted(order.notes.items())), order.opinion)
        return tx.answer(device_view(await _reviewed(tx, permit, dossier, fact, texts)))


@router.post("/v1/devices/{device_id}/approval", summary="批准设置 · Approve a device", status_code=201)
async def approve_device(
    device_id: DeviceId,
    order: ApprovalOrder,
    db: Db,
    runtime: Run,
    mandate: Annotated[Mandate, Depends(Allow(Action.DEVICE_APPROVE))],
) -> DeviceView:
    """设置批准 by the head of the agency (D-T5)."""
    async with change(db, mandate) as tx:
        dossier = await dossiers.lock(tx, device_id)
        permit = tx.permit(devices.resource(dossier.device))
        await require_rectified(tx, dossier.device)
        fact = application.approve(dossier, profile=runtime.profile, by=mandate.actor.sub, at=tx.now)
        device = await devices.save(tx, permit, dossier.device, fact)
        return tx.answer(device_view(device))


async def _reviewed(
    tx: Tx,
    permit: Permit,
    dossier: Dossier,
    review: DeviceLegallyReviewed | DeviceTechnicallyReviewed,
    texts: ReviewText,
) -> Device:
    """The device after the review; one that failed ends the application, or the change that is reviewed (D-T6)."""
    refused = changes.refuse(dossier, review)
    if refused is None:
        rejected = application.reject(dossier.device, review)
        return await devices.save(tx, permit, dossier.device, review, *rejected, texts=texts)
    device = await devices.save(tx, permit, dossier.device, review, texts=texts)
    return await devices.save(tx, permit, device, refused, texts=Restored(changes.restored(dossier)))


async def with_source(tx: Tx, source: SourceOrder | None, draft: Draft) -> tuple[Sharing | None, Draft]:
    """The sharing that a shared camera names, and the draft with its source. The end of the sharing is held with it."""
    if source is None:
        return None, draft
    sharing = await sharings.lock(tx, source.sharing_id) if source.sharing_id else None
    shared = SharedSource(
        source.agency,
        basis_from(source.basis),
        source.sharing_id,
        sharing.until_day if sharing else None,
    )
    return sharing, replace(draft, shared=shared)


def _checklist(order: ReviewOrder) -> Checklist:
    return Checklist({item: ItemResult(result) for item, result in order.checklist.items()}, order.notes)


def _written(notes: Mapping[str, str]) -> str:
    """The notes as one text, to which the record commits."""
    return canonical({"notes": [list(note) for note in sorted(notes.items())]}).decode()


def draft_of(order: RegistrationOrder, profile: Profile) -> Draft:
    """The device that an order describes."""
    return Draft(
        code=order.device_code,
        agency_number=order.agency_number,
        kind=DeviceKind(order.kind),
        site=site_of(order, profile),
        provision=Provision(
            owner=OwnerType(order.owner_type),
            installer=InstallerType(order.installer_type),
            funding=Funding(order.funding_source),
            revenue_link=RevenueLink(order.revenue_link),
            obligation_basis=order.obligation_basis,
            installer_contract=order.installer_contract,
        ),
        functions=functions_of(order.functions),
    )


def site_of(order: SiteOrder, profile: Profile) -> Site:
    """The place that an order describes. The code stands for the division, whichever of its names was given."""
    division = profile.division(order.division)
    return Site(
        place=order.place,
        place_type=PlaceType(order.place_type),
        division=division.code if division else order.division,
        longitude=order.longitude.quantize(_SIX),
        latitude=order.latitude.quantize(_SIX),
        direction=order.direction,
        secret_unit_consent=order.secret_unit_consent,
    )


def functions_of(orders: Sequence[FunctionOrder]) -> tuple[Function, ...]:
    """The functions that an order describes, each with its bases."""
    return tuple(
        Function(
            code=function.code,
            name=function.name,
            metrology=Metrology(function.metrology),
            measures=_measurement(function.measures),
            bases=tuple(basis_from(basis) for basis in function.bases),
        )
        for function in orders
    )


def _measurement(order: MeasurementOrder | None) -> Measurement | None:
    if order is None:
        return None
    error = order.permissible_error
    return Measurement(
        Quantity(order.quantity),
        order.unit,
        order.limit,
        PermissibleError(error.amount, error.percent, error.percent_from),
    )
