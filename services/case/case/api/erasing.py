"""Erasing a case: one person proposes, another approves; a job destroys (PIPL 47)."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends

from case import erasures, store
from case.api.views import hand_of
from case.contract import ErasureApprovalOrder, ErasureOrder, ErasureView
from case.domain.erasure import NOTICE, Reason, approve_erasure, propose_erasure
from case.store import Row
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
        case = await store.lock(tx, case_id)
        permit = tx.permit(store.resource(case))
        file = await erasures.file_of(tx, case)
        fact = propose_erasure(file, Reason(order.reason), hand=hand_of(mandate), at=tx.now)
        await erasures.save_proposal(tx, permit, fact, case)
        return tx.answer(_told(await erasures.find(tx, case)))


@router.post(
    "/v1/cases/{case_id}/erasures", summary="批准清除案件 · Approve the erasure of the case", status_code=201
)
async def approve(
    case_id: CaseId,
    db: Db,
    mandate: Annotated[Mandate, Depends(Allow(Action.CASE_APPROVE_ERASURE))],
    order: ErasureApprovalOrder | None = None,
) -> ErasureView:
    """The second person: from the commit on nobody is shown it; within seconds nobody can read it."""
    async with change(db, mandate) as tx:
        case = await store.lock(tx, case_id)
        permit = tx.permit(store.resource(case))
        fact = approve_erasure(await erasures.file_of(tx, case), hand=hand_of(mandate), at=tx.now)
        await erasures.save_approval(tx, permit, fact, case)
        return tx.answer(_told(await erasures.find(tx, case)))


def _told(erasure: Row | None) -> ErasureView:
    assert erasure is not None
    notice = NOTICE if erasure["approved_at"] else None
    return ErasureView.model_validate({**erasure, "notice": notice})
