"""Erasing a case: one person proposes, another approves; a job destroys (PIPL 47)."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Depends

from case.api.views import hand_of
from case.contract import ErasureApprovalOrder, ErasureOrder, ErasureView
from case.domain.erasure import NOTICE, Reason, approve_erasure, propose_erasure
from case.store import cases, erasures
from case.store.erasures import Erasure
from common.door.uow import change
from common.policy import Action, Mandate
from common.values.ids import CaseId
from common.web.auth import Allow, Db

router = APIRouter()


@router.post(
    "/v1/cases/{case_id}/erasure-proposal",
    summary="申请清除案件 · Propose to erase the case",
    status_code=201,
)
async def propose(
    case_id: CaseId,
    order: ErasureOrder,
    db: Db,
    mandate: Annotated[Mandate, Depends(Allow(Action.CASE_PROPOSE_ERASURE))],
) -> ErasureView:
    """The first person: the case must go, and why."""
    async with change(db, mandate) as tx:
        case = await cases.lock(tx, case_id)
        permit = tx.permit(cases.resource(case))
        file = await erasures.get_file(tx, case)
        fact = propose_erasure(file, Reason(order.reason), hand=hand_of(mandate), at=tx.now)
        await cases.save(tx, permit, case, fact)
        return tx.answer(_view(await erasures.get(tx, case)))


@router.post(
    "/v1/cases/{case_id}/erasures", summary="批准清除案件 · Approve the erasure of the case", status_code=201
)
async def approve(
    case_id: CaseId,
    db: Db,
    mandate: Annotated[Mandate, Depends(Allow(Action.CASE_APPROVE_ERASURE))],
    order: ErasureApprovalOrder | None = None,
) -> ErasureView:
    """The second person: from the commit on the case is shown to nobody; within seconds nobody can read it."""
    async with change(db, mandate) as tx:
        case = await cases.lock(tx, case_id)
        permit = tx.permit(cases.resource(case))
        fact = approve_erasure(await erasures.get_file(tx, case), hand=hand_of(mandate), at=tx.now)
        await cases.save(tx, permit, case, fact)
        return tx.answer(_view(await erasures.get(tx, case)))


def _view(erasure: Erasure) -> ErasureView:
    notice = NOTICE if erasure.approved_at else None
    return ErasureView.model_validate({**asdict(erasure), "notice": notice})
