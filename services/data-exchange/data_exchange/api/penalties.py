"""Asking the other agencies whether they punished an act, for a case that is about to be decided (APL 29)."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends

from common.door.uow import view
from common.policy import Action, Mandate
from common.web.auth import Allow, Db
from data_exchange import inquiry
from data_exchange.contract.penalties import PenaltyInquiryOrder, PenaltyInquiryView
from data_exchange.runtime import Run
from data_exchange.store import exchanges

router = APIRouter()

Asking = Annotated[Mandate, Depends(Allow(Action.PENALTY_ASK, keyed=False))]


@router.post(
    "/v1/penalty-inquiries", summary="询问其他机关是否已处罚 · Ask the other agencies before a decision"
)
async def ask_penalties(
    order: PenaltyInquiryOrder, db: Db, runtime: Run, mandate: Asking
) -> PenaltyInquiryView:
    """Whether another agency has punished the act (APL 29). An agency without an answer in time is named.

    An agency that may decide the act itself at this moment has no answer either. It answers as soon as it has decided
    or was refused, so its having been urged does not let a decision go on without it.
    """
    agencies = await inquiry.agencies_that_punish(runtime, but=order.agency_id)
    answer = await inquiry.penalties_of(runtime, agencies, order)
    async with view(db, mandate) as v:
        urged = await exchanges.list_urged(v, order.case_id, order.agency_id)
    return PenaltyInquiryView(
        asked=agencies,
        penalties=answer.penalties if answer else [],
        unanswered=answer.deciding if answer else agencies,
        urged=[] if answer else [agency for agency in agencies if agency in urged],
    )
