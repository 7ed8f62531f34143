"""What the cases of an area come to, for those who supervise them and for the agency itself (NJ 5(1))."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends

from case.contract.overview import CaseOverview, CasesInState, MonthOfCases, WorkDue
from case.store import overview
from common.door.uow import view
from common.policy import Action, Mandate
from common.web.areas import Area
from common.web.auth import Allow, Db

router = APIRouter()


@router.get("/v1/overview", summary="案件总览 · Count the cases of an area")
async def count_cases(
    db: Db,
    mandate: Annotated[Mandate, Depends(Allow(Action.CASE_COUNT_OVERVIEW))],
    area: Area = [],  # noqa: B006  # FastAPI copies it
) -> CaseOverview:
    """Cases by state, periods that run and have passed, and the last twelve months, of the agencies that the caller
    sees: its own and those below it. Counts alone: nothing is counted by officer (APL 74), and no case is named.
    """
    async with view(db, mandate) as v:
        states = await overview.count_states(v, area)
        due = await overview.count_due(v, area)
        months = await overview.count_months(v, area)
        at = v.now
    return CaseOverview(
        as_of=at,
        area=area,
        states=[CasesInState(**vars(row)) for row in states],
        due=[WorkDue(**vars(row)) for row in due],
        months=[MonthOfCases(**vars(row)) for row in months],
    )
