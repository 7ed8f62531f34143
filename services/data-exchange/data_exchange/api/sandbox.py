"""The sandbox, as the systems that are tried in it call it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends

from common.door.uow import change, view
from common.policy import Action, Mandate, Resource
from common.values.errors import Kind, Refusal
from common.values.ids import ApplicationId
from common.values.law import GDS_35_2
from common.web.auth import Allow, Db
from data_exchange.api.views import agency_of
from data_exchange.contract.sandbox import (
    ChecklistView,
    CheckView,
    ClockOrder,
    ClockView,
    FaultOrder,
    FaultView,
    SandboxReportOrder,
    SandboxReportView,
)
from data_exchange.domain.checklist import CHECKS, NAME, VERSION, missing
from data_exchange.runtime import DataExchangeRuntime, Run
from data_exchange.sandbox import clock, report
from data_exchange.sandbox.faults import Faultiness
from data_exchange.store import sandbox as store
from ledger.keyfiles import NoteKey

router = APIRouter()

Trying = Annotated[Mandate, Depends(Allow(Action.SANDBOX_USE))]


@router.post("/v1/sandbox/clock", summary="推进沙箱时钟 · Move the clock of the sandbox", status_code=201)
async def move_clock(order: ClockOrder, db: Db, runtime: Run, mandate: Trying) -> ClockView:
    """Let working days pass, for everybody in this sandbox: periods end, urgings go out."""
    _require_sandbox(runtime)
    async with change(db, mandate) as tx:
        tx.permit(_own(mandate))
        return tx.answer(ClockView(now=clock.move(runtime, order.working_days)))


@router.post("/v1/sandbox/faults", summary="布置故障 · Arm a fault", status_code=201)
async def arm_fault(order: FaultOrder, db: Db, runtime: Run, mandate: Trying) -> FaultView:
    """Have something go wrong, once, with the next fitting call or hint of this application."""
    _require_sandbox(runtime)
    async with change(db, mandate) as tx:
        tx.permit(_own(mandate))
        await store.set_mark(tx, _application(mandate), order.fault)
        marks = {mark.name for mark in await store.list_marks(tx, _application(mandate))}
        return tx.answer(FaultView(armed=[fault for fault in Faultiness if fault in marks]))


@router.get("/v1/sandbox/checklist", summary="合规清单 · The checklist of conformance")
async def read_checklist(db: Db, runtime: Run, mandate: Trying) -> ChecklistView:
    """What the calls of this application have shown so far, and what is still to be done."""
    _require_sandbox(runtime)
    async with view(db, mandate) as v:
        v.permit(_own(mandate))
        passed = {mark.name: mark.at for mark in await store.list_marks(v, _application(mandate))}
    checks = [
        CheckView(
            name=check.name,
            passed_at=passed.get(check.name),
            to_do_zh=check.zh,
            to_do_en=check.en,
        )
        for check in CHECKS
    ]
    return ChecklistView(
        application_id=_application(mandate),
        name=NAME,
        version=VERSION,
        missing=missing(passed),
        checks=checks,
    )


@router.post("/v1/sandbox/reports", summary="签发合规报告 · Sign the conformance report", status_code=201)
async def sign_report(order: SandboxReportOrder, db: Db, runtime: Run, mandate: Trying) -> SandboxReportView:
    """The signed report for production, once every check is passed."""
    key = _require_sandbox(runtime)
    async with change(db, mandate) as tx:
        tx.permit(_own(mandate))
        passed = {mark.name: mark.at for mark in await store.list_marks(tx, _application(mandate))}
        return tx.answer(SandboxReportView(note=report.report(key, order.application_id, passed)))


def _require_sandbox(runtime: DataExchangeRuntime) -> NoteKey:
    """The key of the reports. Raises Refusal DX_NO_SANDBOX anywhere else."""
    if not runtime.settings.sandbox or runtime.sandbox_key is None:
        raise Refusal(Kind.FORBIDDEN, "DX_NO_SANDBOX", article=GDS_35_2)
    return runtime.sandbox_key


def _application(mandate: Mandate) -> ApplicationId:
    return ApplicationId(mandate.actor.id)


def _own(mandate: Mandate) -> Resource:
    return Resource(_application(mandate), agency_of(mandate))
