"""The share of prompts that left within the limit, for the supervisor and the agency itself (NJ 15; PJ §1)."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from case.api.views import terms_of
from case.contract.promptrates import PromptRates, PromptRateView
from case.domain.promptrates import rates
from case.runtime import Run
from case.store import promptrates
from common.door.uow import view
from common.policy import Action, Mandate
from common.values.calendar import legal_day, start_of
from common.web.auth import Allow, Db
from common.web.wire import Day

router = APIRouter()

Counting = Annotated[Mandate, Depends(Allow(Action.CASE_COUNT_PROMPTS))]


@router.get("/v1/prompt-rates", summary="告知提示及时率 · Count the prompts within the limit")
async def count_prompts(
    db: Db,
    runtime: Run,
    mandate: Counting,
    first: Annotated[Day, Query(alias="from", description="首日 · The first legal day.")],
    until: Annotated[Day, Query(description="末日的次日 · The day after the last one.")],
) -> PromptRates:
    """The leads opened on the legal days [from, until), by agency and month, and how many were prompted in time."""
    async with view(db, mandate) as v:
        opened = await promptrates.list_opened(v, (start_of(first), start_of(until)))
        today = legal_day(v.now)
    counted = rates(opened, terms=terms_of(runtime), today=today)
    shown = [PromptRateView(**vars(rate), in_limit_per_mille=rate.in_limit_per_mille) for rate in counted]
    return PromptRates(items=shown)
