"""The lists of what is due after a decision: the finance department's, and that of the execution."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Query

from case.api.views import terms_of
from case.contract.duties import DutyList, DutyView
from case.domain.duties import FINANCE, Duty, DutyKind, duties
from case.domain.procedure import Case
from case.domain.relief import late_fen, performing
from case.runtime import Run
from case.store import cases, dossiers, executions
from common.door.uow import view
from common.policy import Action, Mandate
from common.values.calendar import legal_day
from common.values.ids import CaseId
from common.web.auth import Allow, Db
from common.web.pages import Cursor, Limit, after, next_cursor

router = APIRouter()


class Desk(StrEnum):
    """Whose list."""

    FINANCE = "finance"
    EXECUTION = "execution"


ROLE: Final = {
    DutyKind.ASK_REFUND: "CASE_OFFICER",
    DutyKind.DECIDE_RELIEF: "AGENCY_HEAD",
    DutyKind.DEMAND: "CASE_OFFICER",
    DutyKind.SERVE_DEMAND: "SERVICE_OFFICER",
    DutyKind.ANSWER_OBJECTION: "CASE_OFFICER",
    DutyKind.ASK_COURT: "AGENCY_HEAD",
    DutyKind.ENTER_RULING: "CASE_OFFICER",
    DutyKind.OBJECT_TO_COURT: "CASE_OFFICER",
    **dict.fromkeys(FINANCE, "FINANCE_CLERK"),
}
"""Who acts, as `mingzheng.cedar` permits it."""


@router.get("/v1/duties", summary="履行与执行待办 · List what is due after decisions")
async def list_duties(
    desk: Annotated[Desk, Query(description="Whose list: finance or execution")],
    db: Db,
    runtime: Run,
    mandate: Annotated[Mandate, Depends(Allow(Action.CASE_LIST_DUTIES))],
    limit: Limit = 50,
    cursor: Cursor = "",
) -> DutyList:
    """What is due to whom by when, in the caller's cases: refunds, differences, deferrals, demands, the court."""
    found: list[DutyView] = []
    async with view(db, mandate) as v:
        case_ids = await executions.list_after_decision(
            v, after_id=after(cursor, CaseId) or "", limit=limit + 1
        )
        for case_id in case_ids[:limit]:
            dossier = await dossiers.get(v, case_id)
            v.permit(cases.resource_of_line(await cases.get_line(v, case_id)))
            today, terms = legal_day(v.now), terms_of(runtime)
            for duty in duties(dossier.case, dossier.deadlines, on=today, terms=terms):
                if (duty.kind in FINANCE) is (desk is Desk.FINANCE):
                    found.append(_view(dossier.case, duty, today))
    return DutyList(items=found, next_cursor=next_cursor(case_ids, limit, str))


def _view(case: Case, duty: Duty, today: date) -> DutyView:
    deadline, stands = duty.deadline, performing(case, today)
    return DutyView(
        case_id=case.id,
        number=case.number,
        state=case.state,
        performing=stands,
        kind=duty.kind,
        role=ROLE[duty.kind],
        due_on=deadline.due_on if deadline else None,
        alarm_on=deadline.alarm_on if deadline else None,
        law=deadline.law if deadline else None,
        is_overdue=deadline is not None and today > deadline.due_on,
        late_fen=late_fen(case, today) if case.payment else 0,
    )
