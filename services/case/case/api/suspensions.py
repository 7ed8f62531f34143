"""The procedure rests and goes on again (C-11)."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends

from case.api.views import case_view, hand_of, terms_of
from case.contract import CaseView
from case.contract.execution import SuspensionApprovalOrder, SuspensionOrder
from case.documents import DocumentKind, drafts
from case.documents.executions import suspension_of
from case.domain.resting import SuspensionGround
from case.domain.suspending import propose_suspension, require_proposed, require_suspended, resume, suspend
from case.runtime import Run
from case.store import cases, dossiers
from case.store.executiontexts import Papered, Said
from common.door.uow import change
from common.policy import Action, Mandate
from common.values.ids import CaseId
from common.web.auth import Allow, Db

router = APIRouter()

Approving = Annotated[Mandate, Depends(Allow(Action.CASE_APPROVE_SUSPENSION))]


@router.post(
    "/v1/cases/{case_id}/suspension",
    summary="申请中止调查 · Propose that the procedure rests",
    status_code=201,
)
async def propose(
    case_id: CaseId,
    order: SuspensionOrder,
    db: Db,
    runtime: Run,
    mandate: Annotated[Mandate, Depends(Allow(Action.CASE_PROPOSE_SUSPENSION))],
) -> CaseView:
    """One of the two officers proposes that the procedure rests, on a ground of the list."""
    async with change(db, mandate) as tx:
        case = await cases.lock(tx, case_id)
        permit = tx.permit(cases.resource(case))
        fact = propose_suspension(
            case,
            ground=SuspensionGround(order.ground),
            reason=await tx.commit_to(case_id, "suspension", order.reason),
            hand=hand_of(mandate),
        )
        case = await cases.save(tx, permit, case, fact, texts=Said(order.reason))
        return tx.answer(case_view(await dossiers.get(tx, case.id), runtime.profile, mandate.actor))


@router.post(
    "/v1/cases/{case_id}/suspension/approval", summary="批准中止调查 · Approve the rest", status_code=201
)
async def approve(
    case_id: CaseId, order: SuspensionApprovalOrder, db: Db, runtime: Run, mandate: Approving
) -> CaseView:
    """The head approves: nothing goes on but hearing the party, until the head resumes the procedure."""
    terms, hand = terms_of(runtime), hand_of(mandate)
    dossier, at = await drafts.look(db, mandate, case_id)
    require_proposed(dossier.case)
    office = runtime.profile.office(mandate.actor.agency_name)
    content = suspension_of(
        dossier, office, terms, reason=order.reason, resumes=False, approver=order.signed_as, at=at
    )
    draft = await drafts.make(runtime, dossier, office, DocumentKind.SUSPENSION, content, at)
    async with change(db, mandate) as tx:
        case, made = await cases.lock(tx, case_id), draft.document
        permit = tx.permit(cases.resource(case))
        draft.require_current(case, tx.now)
        fact = suspend(case, document_id=made.id, sha256=made.sha256, hand=hand, terms=terms, at=tx.now)
        case = await cases.save(tx, permit, case, fact, texts=Papered(made))
        return tx.answer(case_view(await dossiers.get(tx, case.id), runtime.profile, mandate.actor))


@router.post(
    "/v1/cases/{case_id}/suspension/resumption", summary="恢复调查 · Resume the procedure", status_code=201
)
async def end(
    case_id: CaseId, order: SuspensionApprovalOrder, db: Db, runtime: Run, mandate: Approving
) -> CaseView:
    """The ground is gone: the procedure goes on in the state before, with the days that the clock stood still."""
    terms, hand = terms_of(runtime), hand_of(mandate)
    dossier, at = await drafts.look(db, mandate, case_id)
    require_suspended(dossier.case)
    office = runtime.profile.office(mandate.actor.agency_name)
    content = suspension_of(
        dossier, office, terms, reason=order.reason, resumes=True, approver=order.signed_as, at=at
    )
    draft = await drafts.make(runtime, dossier, office, DocumentKind.SUSPENSION, content, at)
    async with change(db, mandate) as tx:
        case, made = await cases.lock(tx, case_id), draft.document
        permit = tx.permit(cases.resource(case))
        draft.require_current(case, tx.now)
        fact = resume(
            case,
            reason=await tx.commit_to(case_id, "suspension", order.reason),
            document_id=made.id,
            sha256=made.sha256,
            hand=hand,
            terms=terms,
            at=tx.now,
        )
        case = await cases.save(tx, permit, case, fact, texts=Papered(made))
        return tx.answer(case_view(await dossiers.get(tx, case.id), runtime.profile, mandate.actor))
