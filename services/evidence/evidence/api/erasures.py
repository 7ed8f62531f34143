"""Erasing a capture: one person proposes, another approves; a job destroys (PIPL 47)."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends

from common.door.uow import change
from common.policy import Action, Mandate
from common.values.ids import EvidenceId, OfficerId
from common.web.auth import Allow
from evidence.api.views import view_of_erasure
from evidence.contract import ErasureApprovalOrder, ErasureOrder, ErasureView
from evidence.domain.erasure import Reason, approve_erasure, propose_erasure
from evidence.runtime import Run
from evidence.store import captures, erasures

router = APIRouter()


@router.post(
    "/v1/captures/{evidence_id}/erasure-proposal",
    summary="申请清除记录 · Propose to erase a capture",
    status_code=201,
)
async def propose(
    evidence_id: EvidenceId,
    order: ErasureOrder,
    runtime: Run,
    mandate: Annotated[Mandate, Depends(Allow(Action.CAPTURE_PROPOSE_ERASURE))],
) -> ErasureView:
    """The first person: the capture must go, and why."""
    async with change(runtime.db, mandate) as tx:
        capture = await captures.lock(tx, evidence_id)
        permit = tx.permit(captures.resource(capture))
        fact = propose_erasure(
            await erasures.get_erasable(tx, capture),
            Reason(order.reason),
            OfficerId(mandate.actor.id),
            keep_rejected_d=runtime.profile.evidence.keep_rejected_d,
            at=tx.now,
        )
        capture = await captures.save(tx, permit, capture, fact)
        return tx.answer(view_of_erasure(capture))


@router.post(
    "/v1/captures/{evidence_id}/erasures",
    summary="批准清除记录 · Approve the erasure of a capture",
    status_code=201,
)
async def approve(
    evidence_id: EvidenceId,
    runtime: Run,
    mandate: Annotated[Mandate, Depends(Allow(Action.CAPTURE_APPROVE_ERASURE))],
    order: ErasureApprovalOrder | None = None,
) -> ErasureView:
    """The second person agrees: from the commit on nobody is shown the capture; within seconds nobody can read it."""
    async with change(runtime.db, mandate) as tx:
        capture = await captures.lock(tx, evidence_id)
        permit = tx.permit(captures.resource(capture))
        fact = approve_erasure(
            await erasures.get_erasable(tx, capture),
            OfficerId(mandate.actor.id),
            keep_rejected_d=runtime.profile.evidence.keep_rejected_d,
            at=tx.now,
        )
        capture = await captures.save(tx, permit, capture, fact)
        return tx.answer(view_of_erasure(capture))
