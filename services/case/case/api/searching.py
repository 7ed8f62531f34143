"""Whether this installation's agencies have punished an act, for the exchange that asks on behalf of another agency."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends

from case.contract.penalties import PenaltySearchOrder, PenaltySearchView, PenaltyView
from case.store import penalties
from common.door.uow import view
from common.policy import Action, Mandate
from common.web.auth import Allow, Db

router = APIRouter()

Searching = Annotated[Mandate, Depends(Allow(Action.PENALTY_SEARCH, keyed=False))]


@router.post("/v1/penalty-searches", summary="查询是否已处罚 · Ask whether an act was punished")
async def search_penalties(order: PenaltySearchOrder, db: Db, mandate: Searching) -> PenaltySearchView:
    """Which of the agencies have decided a penalty for the act, with the case's number, or may decide one now (APL 29).

    A read without locks: it waits for nobody and nobody waits for it.
    """
    async with view(db, mandate) as v:
        act = await penalties.standing_of_act(v, order.agencies, order)
    return PenaltySearchView(
        penalties=[PenaltyView(agency_id=each.agency_id, number=each.number) for each in act.penalties],
        deciding=act.deciding,
    )
