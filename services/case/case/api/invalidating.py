"""Captures whose device turned out not to have been lawful: the tasks, and how the head settles one (APL 41(1))."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path

from case import inquiry
from case.api.views import case_view, hand_of
from case.contract import CaseView
from case.contract.invalidations import InvalidationSettlementOrder, InvalidationTaskView
from case.domain import invalidating
from case.domain.invalidations import Way
from case.runtime import Run
from case.store import cases, dossiers, invalidations
from case.store.amendmenttexts import SettlementReason
from case.store.invalidations import WaitingTask
from common.door.uow import change, view
from common.policy import Action, Mandate
from common.values.ids import CaseId
from common.web.auth import Allow, Db
from common.web.pages import Cursor, Limit, after, next_cursor
from common.web.wire import Page

router = APIRouter()

Number = Annotated[int, Path(ge=1, le=10_000)]


@router.get("/v1/invalidations", summary="失效证据待办 · List the captures that are no evidence any more")
async def list_invalidations(
    db: Db,
    mandate: Annotated[Mandate, Depends(Allow(Action.CASE_READ_INVALIDATIONS))],
    limit: Limit = 50,
    cursor: Cursor = "",
) -> Page[InvalidationTaskView]:
    """The open tasks of the agencies that the caller sees, with the last day of each (APL 41(1))."""
    async with view(db, mandate) as v:
        place = after(cursor, _place) or ("", 0)
        waiting = await invalidations.list_waiting(v, after=place, limit=limit + 1)
    return Page(
        items=[_task_view(each) for each in waiting[:limit]],
        next_cursor=next_cursor(waiting, limit, lambda each: f"{each.case_id} {each.task.number}"),
    )


@router.post(
    "/v1/cases/{case_id}/invalidations/{number}/settlement",
    summary="处理失效证据 · Settle what follows from an invalid capture",
    status_code=201,
)
async def settle_invalidation(
    case_id: CaseId,
    number: Number,
    order: InvalidationSettlementOrder,
    db: Db,
    runtime: Run,
    mandate: Annotated[Mandate, Depends(Allow(Action.CASE_SETTLE_INVALIDATION))],
) -> CaseView:
    """The head lets the case go on without the capture, keeps it, or eliminates the lead, for a reason (APL 41(1))."""
    async with view(db, mandate) as v:
        dossier = await dossiers.get(v, case_id)
        v.permit(cases.resource(dossier.case))
    exhibits = await inquiry.ask_for_filing(runtime, dossier.case)
    async with change(db, mandate) as tx:
        case = await cases.lock(tx, case_id)
        permit = tx.permit(cases.resource(case))
        fact = invalidating.settle(
            case,
            number,
            Way(order.way),
            exhibits,
            reason=await tx.commit_to(case_id, "invalidation", order.reason),
            hand=hand_of(mandate),
            at=tx.now,
        )
        case = await cases.save(tx, permit, case, fact, texts=SettlementReason(order.reason))
        return tx.answer(case_view(await dossiers.get(tx, case.id), runtime.profile, mandate.actor))


def _place(cursor: str) -> tuple[str, int]:
    case_id, _, number = cursor.partition(" ")
    return CaseId(case_id), int(number)


def _task_view(waiting: WaitingTask) -> InvalidationTaskView:
    task = waiting.task
    return InvalidationTaskView(
        case_id=waiting.case_id,
        agency_id=waiting.agency_id,
        case_number=waiting.number,
        case_state=waiting.state,
        number=task.number,
        guard=task.guard,
        codes=list(task.codes),
        evidence_ids=list(task.evidence_ids),
        opened_at=task.opened_at,
        settle_by=task.settle_by,
        overdue_at=task.overdue_at,
    )
