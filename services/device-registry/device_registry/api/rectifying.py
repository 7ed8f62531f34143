"""The way back of a stopped device, and of one that was there before the platform (D-T0b, D-T16, D-T17)."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Depends

from common.door.uow import Tx, change
from common.policy import Action, Mandate
from common.values.ids import DeviceId
from common.web.auth import Allow, Db
from device_registry.api.applications import draft_of, functions_of, with_source
from device_registry.api.views import device_view
from device_registry.cleanup.confirmed import list_unrectified
from device_registry.contract import DeviceView
from device_registry.contract.cleanup import (
    DescriptionOrder,
    ProvisionOrder,
    RectificationEvidenceOrder,
    RectificationOrder,
)
from device_registry.domain import stopping
from device_registry.domain.device import Funding, InstallerType, OwnerType, Provision, RevenueLink
from device_registry.domain.stopping import Remedy
from device_registry.runtime import Run
from device_registry.store import devices, dossiers, sharings
from device_registry.store.texts import RectificationText, Replacement

router = APIRouter()

Rectifying = Annotated[Mandate, Depends(Allow(Action.DEVICE_RECTIFY))]


@router.post(
    "/v1/devices/{device_id}/description",
    summary="补充存量设备资料 · Describe an imported device",
    status_code=201,
)
async def describe_device(
    device_id: DeviceId, order: DescriptionOrder, db: Db, runtime: Run, mandate: Rectifying
) -> DeviceView:
    """An imported device as D-T1 asks for a new one (D-T0b); then it is handed in like any other."""
    draft = draft_of(order, runtime.profile)
    async with change(db, mandate) as tx:
        device = await devices.lock(tx, device_id)
        permit = tx.permit(devices.resource(device))
        sharing, draft = await with_source(tx, order.source, draft)
        await devices.hold_codes(tx, device.agency_id)
        fact = stopping.describe(
            device,
            draft,
            profile=runtime.profile,
            codes_in_use=[each.code for each in await devices.list_codes(tx, device.agency_id, [draft.code])],
            sharing=sharing,
            at=tx.now,
        )
        described = stopping.described(device, draft)
        device = await devices.save(tx, permit, device, fact, texts=Replacement(described))
        return tx.answer(device_view(device))


@router.post(
    "/v1/devices/{device_id}/rectification", summary="整改方案 · Begin to rectify a device", status_code=201
)
async def rectify_device(
    device_id: DeviceId, order: RectificationOrder, db: Db, runtime: Run, mandate: Rectifying
) -> DeviceView:
    """整改方案 (D-T16): CU-1 needs a new basis, CU-6 a new contract and owner."""
    remedy = Remedy(
        None if order.functions is None else functions_of(order.functions),
        None if order.provision is None else _provision(order.provision),
    )
    async with change(db, mandate) as tx:
        dossier = await dossiers.lock(tx, device_id, citing=remedy.functions or ())
        permit = tx.permit(devices.resource(dossier.device))
        remedy = await _committed(tx, device_id, remedy)
        shared = dossier.device.shared
        given = await sharings.lock(tx, shared.sharing_id) if shared and shared.sharing_id else None
        fact = stopping.rectify(
            dossier,
            categories=await list_unrectified(tx, dossier.device),
            plan=await tx.commit_to(device_id, "rectification_plan", order.plan),
            remedy=remedy,
            sharing=given,
            profile=runtime.profile,
            at=tx.now,
        )
        texts = Replacement(stopping.remedied(dossier.device, remedy), order.plan)
        device = await devices.save(tx, permit, dossier.device, fact, texts=texts)
        return tx.answer(device_view(device))


@router.post(
    "/v1/devices/{device_id}/rectification-evidence",
    summary="整改完成报审 · Hand a rectified device in",
    status_code=201,
)
async def hand_device_in(
    device_id: DeviceId, order: RectificationEvidenceOrder, db: Db, mandate: Rectifying
) -> DeviceView:
    """The proof of the rectification (D-T17); the reviews, the trial and the publication follow anew."""
    async with change(db, mandate) as tx:
        dossier = await dossiers.lock(tx, device_id)
        permit = tx.permit(devices.resource(dossier.device))
        fact = stopping.hand_in(
            dossier,
            categories=await list_unrectified(tx, dossier.device),
            evidence=await tx.commit_to(device_id, "rectification_evidence", order.evidence),
            files=tuple(order.files),
            at=tx.now,
        )
        texts = RectificationText(order.evidence)
        device = await devices.save(tx, permit, dossier.device, fact, texts=texts)
        return tx.answer(device_view(device))


async def _committed(tx: Tx, device_id: DeviceId, remedy: Remedy) -> Remedy:
    """The remedy with commitments to the texts of its provision."""
    given = remedy.provision
    if given is None:
        return remedy
    basis, contract = given.obligation_basis, given.installer_contract
    return replace(
        remedy,
        obligation_basis=await tx.commit_to(device_id, "obligation_basis", basis) if basis else None,
        installer_contract=await tx.commit_to(device_id, "installer_contract", contract)
        if contract
        else None,
    )


def _provision(order: ProvisionOrder) -> Provision:
    return Provision(
        owner=OwnerType(order.owner_type),
        installer=InstallerType(order.installer_type),
        funding=Funding(order.funding_source),
        revenue_link=RevenueLink(order.revenue_link),
        obligation_basis=order.obligation_basis,
        installer_contract=order.installer_contract,
    )
