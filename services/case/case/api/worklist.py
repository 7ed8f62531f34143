"""The work lists: what is due to whom by when, across the cases of an agency."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Query

from case.contract.worklist import WorkItemView, WorkList
from case.domain.worklist import WORK
from case.store import worklist
from case.store.worklist import Wanted, WorkLine
from common.door.uow import view
from common.policy import Action, Mandate
from common.values.calendar import legal_day
from common.values.ids import CaseId, OfficerId
from common.web.auth import Allow, Db
from common.web.pages import Cursor, Limit, after, next_cursor
from common.web.wire import Day

router = APIRouter()


class WorkRole(StrEnum):
    """Whose work: the roles that act in a period of the agency."""

    CASE_OFFICER = "CASE_OFFICER"
    TEAM_LEAD = "TEAM_LEAD"
    AGENCY_HEAD = "AGENCY_HEAD"
    CASE_LEGAL_REVIEWER = "CASE_LEGAL_REVIEWER"
    SERVICE_OFFICER = "SERVICE_OFFICER"
    ARCHIVIST = "ARCHIVIST"


_UNKNOWN: Final = {work.role for work in WORK.values()} - set(WorkRole)
assert not _UNKNOWN, f"no list for the work of {_UNKNOWN}"


@router.get("/v1/work-items", summary="待办期限 · List what is due")
async def list_work(
    db: Db,
    mandate: Annotated[Mandate, Depends(Allow(Action.CASE_LIST_WORK))],
    role: Annotated[
        WorkRole | None, Query(description="岗位 · Whose work; all where it is left out.")
    ] = None,
    mine: Annotated[bool, Query(description="仅本人承办 · Only cases of the caller's own.")] = False,
    until: Annotated[Day | None, Query(description="到期日不晚于 · Due on this day at the latest.")] = None,
    alarmed: Annotated[
        bool, Query(description="仅已预警 · Only what the city's day to warn has come for.")
    ] = False,
    case_id: Annotated[CaseId | None, Query(description="仅此案件 · Only what runs in this case.")] = None,
    limit: Limit = 50,
    cursor: Cursor = "",
) -> WorkList:
    """Every period of the agency that runs in its cases, the earliest day first, with who acts in it and its article.

    Nothing personal stands in a line; the case itself is read for a purpose.
    """
    place = after(cursor, worklist.Place.of)
    async with view(db, mandate) as v:
        today = legal_day(v.now)
        wanted = Wanted(
            role,
            OfficerId(mandate.actor.id) if mine else None,
            until,
            today if alarmed else None,
            case_id,
        )
        lines = await worklist.list_page(v, wanted, place=place, limit=limit + 1)
    return WorkList(
        items=[_view(line, today) for line in lines[:limit]],
        next_cursor=next_cursor(lines, limit, worklist.place_of),
    )


def _view(line: WorkLine, today: date) -> WorkItemView:
    return WorkItemView(
        case_id=line.case_id,
        number=line.number,
        state=line.state,
        rule=line.rule,
        role=line.role,
        officers=list(line.officers),
        due_on=line.due_on,
        alarm_on=line.alarm_on,
        law=line.law,
        is_alarmed=line.alarm_on is not None and line.alarm_on <= today,
        is_overdue=line.due_on < today,
        left_d=(line.due_on - today).days,
    )
