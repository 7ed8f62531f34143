"""The sheets about one device that the clean-up stops, as files: 停止使用决定 and 整改方案 (D-T15, D-T16)."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Response

from common.door.uow import view
from common.policy import Action, Mandate, not_found
from common.values.ids import AgencyId, DeviceId, FindingId
from common.web.auth import Allow, Db
from common.web.openapi import sends
from device_registry.cleanup import orders
from device_registry.runtime import RegistryRuntime, Run
from device_registry.store import devices, dossiers, findings, rectifications
from gateway.identity.contract import Identity

router = APIRouter()


@router.get(
    "/v1/findings/{finding_id}/stop-decision",
    summary="停止使用决定 · The decision to stop a device",
    responses=sends("application/pdf"),
)
async def get_stop_decision(
    finding_id: FindingId,
    db: Db,
    runtime: Run,
    mandate: Annotated[Mandate, Depends(Allow(Action.FINDING_READ))],
) -> Response:
    """The decision as PDF/A-3a. Refusal NOT_FOUND for a finding that stopped no device."""
    async with view(db, mandate) as v:
        entry = await findings.get(v, finding_id)
        v.permit(findings.resource(entry.finding))
        dossier = await dossiers.get(v, entry.finding.device_id)
    name = await _name_of(runtime, entry.finding.agency_id)
    return _pdf(await asyncio.to_thread(orders.stop_decision, entry, dossier, agency=name))


@router.get(
    "/v1/devices/{device_id}/rectifications/{number}/plan",
    summary="整改方案 · The plan of a rectification",
    responses=sends("application/pdf"),
)
async def get_rectification_plan(
    device_id: DeviceId,
    number: Annotated[int, Path(ge=1, le=10_000)],
    db: Db,
    runtime: Run,
    mandate: Annotated[Mandate, Depends(Allow(Action.DEVICE_READ))],
) -> Response:
    """The plan of the attempt of this number as PDF/A-3a."""
    async with view(db, mandate) as v:
        device = await devices.get(v, device_id)
        v.permit(devices.resource(device))
        attempts = await rectifications.list_by_device(v, device_id)
    if number > len(attempts):
        raise not_found(f"{device_id}/{number}")
    name, attempt = await _name_of(runtime, device.agency_id), attempts[number - 1]
    return _pdf(await asyncio.to_thread(orders.rectification_plan, attempt, number, device, agency=name))


async def _name_of(runtime: RegistryRuntime, agency_id: AgencyId) -> str:
    known = {each.agency_id: each.name for each in await Identity(runtime.peers).agencies()}
    return known[agency_id]


def _pdf(data: bytes) -> Response:
    return Response(data, media_type="application/pdf", headers={"cache-control": "no-store"})
