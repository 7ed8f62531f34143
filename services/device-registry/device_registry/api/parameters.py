"""The technical parameters of a device, version by version, and the counts of its traffic."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Depends

from common.door.uow import Tx, change, view
from common.policy import Action, Mandate, Permit
from common.values.ids import DeviceId, OfficerId
from common.web.auth import Allow, Db
from device_registry.contract.anomalies import (
    FlowCountOrder,
    FlowCountView,
    ParametersOrder,
    ParametersPage,
    ParametersView,
)
from device_registry.domain.device import Device
from device_registry.domain.parameters import Version, count_flow, set_parameters
from device_registry.store import devices, parameters
from device_registry.store.parameters import ParametersText

router = APIRouter()

Setting = Annotated[Mandate, Depends(Allow(Action.DEVICE_PARAMETERISE))]


@router.post(
    "/v1/devices/{device_id}/parameters", summary="调整技术参数 · Set the parameters", status_code=201
)
async def set_device_parameters(
    device_id: DeviceId, order: ParametersOrder, db: Db, mandate: Setting
) -> ParametersView:
    """A new version of the technical parameters (NJ 13)."""
    async with change(db, mandate) as tx:
        device = await devices.lock(tx, device_id)
        permit = tx.permit(devices.resource(device))
        by = OfficerId(mandate.actor.id)
        version = await set_new_parameters(tx, permit, device, order.parameters, reason=order.reason, by=by)
        return tx.answer(_view(version))


@router.get(
    "/v1/devices/{device_id}/parameters", summary="技术参数历史 · List the versions of the parameters"
)
async def list_device_parameters(
    device_id: DeviceId, db: Db, mandate: Annotated[Mandate, Depends(Allow(Action.DEVICE_READ))]
) -> ParametersPage:
    """Every version of the technical parameters, the oldest first."""
    async with view(db, mandate) as v:
        device = await devices.get(v, device_id)
        v.permit(devices.resource(device))
        versions = await parameters.list_versions(v, device_id)
    return ParametersPage(items=[_view(version) for version in versions])


@router.post(
    "/v1/devices/{device_id}/flow-counts", summary="登记车流量 · Record how many passed", status_code=201
)
async def record_flow_count(
    device_id: DeviceId, order: FlowCountOrder, db: Db, mandate: Setting
) -> FlowCountView:
    """How many vehicles passed in a month. A later count of the same month replaces an earlier one."""
    async with change(db, mandate) as tx:
        device = await devices.lock(tx, device_id)
        permit = tx.permit(devices.resource(device))
        fact = count_flow(device, month=order.month, passes=order.passes, at=tx.now)
        await parameters.add_flow(tx, permit, fact)
        return tx.answer(FlowCountView(device_id=device_id, month=fact.month, passes=fact.passes))


async def set_new_parameters(
    tx: Tx, permit: Permit, device: Device, wanted: Mapping[str, str], *, reason: str, by: OfficerId
) -> Version:
    """Set `wanted` as the next version of the parameters of `device`, which is locked."""
    versions = await parameters.list_versions(tx, device.id)
    newest = versions[-1] if versions else None
    commitment = await tx.commit_to(device.id, "parameters_reason", reason)
    fact = set_parameters(device, newest, wanted, reason=commitment, by=by)
    return await parameters.add(tx, permit, fact, texts=ParametersText(reason))


def _view(version: Version) -> ParametersView:
    return ParametersView(
        n=version.n, parameters=dict(version.parameters), set_by=version.set_by, set_at=version.set_at
    )
