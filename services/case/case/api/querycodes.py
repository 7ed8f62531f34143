"""Whether a query code and a second factor go together, for the gateway, which signs people in."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends

from case.contract.querycodes import QueryCodeOrder, QueryCodeView
from case.domain.querycodes import may_open
from case.runtime import Run
from case.store import querycodes
from common.door.uow import view
from common.policy import Action, Mandate
from common.values.querycodes import canonical
from common.web.auth import Allow, Db

router = APIRouter()

Checking = Annotated[Mandate, Depends(Allow(Action.CASE_CHECK_CODE, keyed=False))]


@router.post("/v1/query-code-checks", summary="核验查询码 · Check a query code")
async def check_query_code(order: QueryCodeOrder, db: Db, runtime: Run, mandate: Checking) -> QueryCodeView:
    """The party and the case that the code opens with this second factor; nothing, in the same words, otherwise."""
    async with view(db, mandate) as v:
        holder = await querycodes.find_holder(v, canonical(order.query_code) or "")
    asked = runtime.profile.notification.query_factor
    if may_open(holder, factor=order.factor, asked=asked) and holder is not None:
        return QueryCodeView(party_id=holder.party_id, case_id=holder.case_id)
    return QueryCodeView(party_id=None, case_id=None)
