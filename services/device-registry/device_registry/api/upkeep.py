"""Maintenance (D-T11), faults, and the clock (NJ 11)."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends

from common.door.uow import Tx, View, change, view
from common.policy import Action, Mandate
from common.values.ids import DeviceId
from common.values.profile import Profile
from common.web.auth import Allow, Db
from device_registry.contract import (
    ClockCheckOrder,
    CompletionOrder,
    DueView,
    FaultClosureOrder,
    FaultOrder,
    FaultView,
    MaintenanceOrder,
    MaintenancePlanOrder,
    MaintenanceRunView,
    UpkeepView,
)
from device_registry.domain import faults, maintenance
from device_registry.domain.compliance import upkeepers
from device_registry.domain.device import Dossier
from device_registry.domain.upkeep import FaultCause, MaintenanceCause, Part, Upkeeper, next_due
from device_registry.runtime import Run
from device_registry.store import anomalies, clockchecks, devices, dossiers
from device_registry.store.texts import PeriodNote
from device_registry.watching.correcting import saved

router = APIRouter()

Maintaining = Annotated[Mandate, Depends(Allow(Action.DEVICE_MAINTAIN))]


@router.post(
    "/v1/devices/{device_id}/maintenance-plan", summary="维护计划 · Plan the maintenance", status_code=201
)
async def plan_maintenance(
    device_id: DeviceId,
    order: MaintenancePlanOrder,
    db: Db,
    runtime: Run,
    mandate: Annotated[Mandate, Depends(Allow(Action.DEVICE_PLAN_MAINTENANCE))],
) -> UpkeepView:
    """A plan of the agency, or of the party that the law had set up the device. It replaces the one before."""
    async with change(db, mandate) as tx:
        dossier = await dossiers.lock(tx, device_id)
        permit = tx.permit(devices.resource(dossier.device))
        fact = maintenance.plan(
            dossier.device,
            by=Upkeeper(order.by),
            interval_d=order.interval_d,
            duties=await tx.commit_to(device_id, "maintenance_duties", order.duties),
            profile=runtime.profile,
        )
        after = await dossiers.save(tx, permit, dossier, fact, texts=PeriodNote(order.duties))
        return tx.answer(await _upkeep_view(tx, after, runtime.profile))


@router.post("/v1/devices/{device_id}/maintenance", summary="开始维护 · Begin maintenance", status_code=201)
async def start_maintenance(
    device_id: DeviceId, order: MaintenanceOrder, db: Db, runtime: Run, mandate: Maintaining
) -> UpkeepView:
    """A device in use is in MAINTENANCE until the end is recorded; a suspended one stays suspended (D-T11)."""
    async with change(db, mandate) as tx:
        dossier = await dossiers.lock(tx, device_id)
        permit = tx.permit(devices.resource(dossier.device))
        fact = maintenance.start(dossier, by=Upkeeper(order.by), cause=MaintenanceCause(order.cause))
        after = await dossiers.save(tx, permit, dossier, fact, texts=PeriodNote(order.note))
        return tx.answer(await _upkeep_view(tx, after, runtime.profile))


@router.post(
    "/v1/devices/{device_id}/maintenance/completion", summary="维护结束 · End maintenance", status_code=201
)
async def end_maintenance(
    device_id: DeviceId, order: CompletionOrder, db: Db, runtime: Run, mandate: Maintaining
) -> UpkeepView:
    """Back into use, if every guard holds now: after work on a part that measures, with a new verification."""
    async with change(db, mandate) as tx:
        dossier = await dossiers.lock(tx, device_id)
        permit = tx.permit(devices.resource(dossier.device))
        fact = maintenance.end(
            dossier,
            review=await anomalies.find_newest(tx, device_id),
            parts=[Part(part) for part in order.parts],
            work=await tx.commit_to(device_id, "maintenance_work", order.work),
            profile=runtime.profile,
            at=tx.now,
        )
        after = await dossiers.save(tx, permit, dossier, fact, texts=PeriodNote(order.work))
        return tx.answer(await _upkeep_view(tx, after, runtime.profile))


@router.get("/v1/devices/{device_id}/maintenance", summary="维护与运行 · Upkeep and signs of life")
async def read_upkeep(
    device_id: DeviceId, db: Db, runtime: Run, mandate: Annotated[Mandate, Depends(Allow(Action.DEVICE_READ))]
) -> UpkeepView:
    """When the device must be maintained next, its maintenances and faults, its uptime and its clock."""
    async with view(db, mandate) as v:
        dossier = await dossiers.get(v, device_id)
        v.permit(devices.resource(dossier.device))
        return await _upkeep_view(v, dossier, runtime.profile)


@router.post("/v1/devices/{device_id}/faults", summary="登记故障 · Report a fault", status_code=201)
async def report_fault(
    device_id: DeviceId, order: FaultOrder, db: Db, runtime: Run, mandate: Maintaining
) -> UpkeepView:
    """The captures since `began_at` are no evidence (E-DEV-05), also those that were accepted before."""
    async with change(db, mandate) as tx:
        dossier = await dossiers.lock(tx, device_id)
        permit = tx.permit(devices.resource(dossier.device))
        fact = faults.open_fault(
            dossier,
            cause=FaultCause.REPORTED,
            began_at=order.began_at,
            description=await tx.commit_to(device_id, "fault_description", order.description),
            at=tx.now,
        )
        note = PeriodNote(order.description)
        after = await saved(tx, permit, dossier, fact, texts=note, profile=runtime.profile)
        return tx.answer(await _upkeep_view(tx, after, runtime.profile))


@router.post(
    "/v1/devices/{device_id}/faults/{number}/closure", summary="故障排除 · Close a fault", status_code=201
)
async def close_fault(
    device_id: DeviceId, number: int, order: FaultClosureOrder, db: Db, runtime: Run, mandate: Maintaining
) -> UpkeepView:
    """The fault is over from now on."""
    async with change(db, mandate) as tx:
        dossier = await dossiers.lock(tx, device_id)
        permit = tx.permit(devices.resource(dossier.device))
        remedy = await tx.commit_to(device_id, "fault_remedy", order.remedy)
        fact = faults.close_fault(dossier, number=number, remedy=remedy)
        after = await dossiers.save(tx, permit, dossier, fact, texts=PeriodNote(order.remedy))
        return tx.answer(await _upkeep_view(tx, after, runtime.profile))


@router.post(
    "/v1/devices/{device_id}/clock-checks", summary="校时检查 · Record the clock drift", status_code=201
)
async def check_clock(
    device_id: DeviceId, order: ClockCheckOrder, db: Db, runtime: Run, mandate: Maintaining
) -> UpkeepView:
    """Beyond the limit of the profile a device in use is suspended at once (CLOCK_DRIFT)."""
    async with change(db, mandate) as tx:
        dossier = await dossiers.lock(tx, device_id)
        permit = tx.permit(devices.resource(dossier.device))
        measured, suspended = faults.measure_clock(
            dossier, drift_ms=order.drift_ms, profile=runtime.profile, at=tx.now
        )
        facts = [measured] if suspended is None else [measured, suspended]
        after = await dossiers.save(tx, permit, dossier, *facts)
        return tx.answer(await _upkeep_view(tx, after, runtime.profile))


async def _upkeep_view(at: Tx | View, dossier: Dossier, profile: Profile) -> UpkeepView:
    device, upkeep, rules = dossier.device, dossier.upkeep, profile.watch
    since = device.in_service_from
    due = (
        [next_due(upkeep, by, since=since, rules=rules, at=at.now) for by in upkeepers(device)]
        if since
        else []
    )
    return UpkeepView(
        device_id=device.id,
        state=device.state.value,
        due=[DueView.model_validate(vars(each)) for each in due],
        maintenances=[
            MaintenanceRunView.model_validate(vars(m) | {"number": m.n}) for m in upkeep.maintenances
        ],
        faults=[FaultView.model_validate(vars(f) | {"number": f.n}) for f in upkeep.faults],
        uptime_d=rules.uptime_d,
        uptime_per_mille=faults.uptime_per_mille(dossier, days=rules.uptime_d, at=at.now),
        clock_drift_ms=await clockchecks.find_last_drift_ms(at, device.id),
    )
