"""How a remedy ends: by the agency's own correction, or by what the organ or the court decides (ARR 38, 58)."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends

from case.api.remedies import Applying, Entering, Nth, office_of
from case.api.remedyviews import organ_view
from case.api.views import case_view, hand_of, terms_of
from case.contract import CaseView
from case.contract.remedies import InsistenceOrder, OrganView, RemedyResultOrder, SelfCorrectionOrder
from case.domain import remedyresults, selfcorrecting
from case.domain.contents import Proposal
from case.domain.reconsidering import remedy_of
from case.domain.refunding import settle_money
from case.domain.remedies import Flaw, Result
from case.runtime import Run
from case.store import cases, dossiers, proofs
from common.door.uow import change, view
from common.policy import Action, Mandate
from common.values.errors import Kind
from common.values.ids import CaseId
from common.values.profile import PenaltyKind
from common.web.auth import Allow, Db
from common.web.openapi import refuses

router = APIRouter()

Telling = Annotated[Mandate, Depends(Allow(Action.CASE_FORWARD_REMEDY))]


@router.post(
    "/v1/cases/{case_id}/remedies/{number}/self-correction",
    summary="告知自行纠正 · Tell of the agency's own correction",
    status_code=201,
)
async def tell_of_correction(
    case_id: CaseId, number: Nth, order: SelfCorrectionOrder, db: Db, runtime: Run, mandate: Telling
) -> CaseView:
    """The decision was revoked or changed within the five days, and applicant and organ were told (ARR 38(1))."""
    async with change(db, mandate) as tx:
        case = await cases.lock(tx, case_id)
        permit = tx.permit(cases.resource(case))
        fact = selfcorrecting.tell_of_correction(
            case,
            number,
            applicant_told_at=order.applicant_told_at,
            organ_told_at=order.organ_told_at,
            hand=hand_of(mandate),
            terms=terms_of(runtime),
            at=tx.now,
        )
        case = await cases.save(tx, permit, case, fact)
        return tx.answer(case_view(await dossiers.get(tx, case.id), runtime.profile, mandate.actor))


@router.post(
    "/v1/cases/{case_id}/remedies/{number}/insistence",
    summary="坚持申请复议 · Insist on reconsideration",
    status_code=201,
)
async def insist(
    case_id: CaseId, number: Nth, order: InsistenceOrder, db: Db, runtime: Run, mandate: Applying
) -> OrganView:
    """The applicant insists after the correction: the answer names the organ and the days left (ARR 38(2))."""
    office = await office_of(db, runtime, mandate, case_id)
    async with change(db, mandate) as tx:
        case = await cases.lock(tx, case_id)
        permit = tx.permit(cases.resource(case))
        fact = selfcorrecting.insist(
            case,
            number,
            organ=await tx.commit_to(case_id, "organ", office.reconsideration_organ),
            entered_by=None if mandate.actor.kind == "party" else hand_of(mandate),
            at=tx.now,
        )
        case = await cases.save(tx, permit, case, fact)
        remedy = remedy_of(case, number)
        return tx.answer(organ_view(case, remedy, office, terms_of(runtime), at=tx.now))


@router.post(
    "/v1/cases/{case_id}/remedies/{number}/result",
    summary="登记复议、诉讼结果 · Enter how the remedy ended",
    responses=refuses(Kind.GONE),
    status_code=201,
)
async def end_remedy(
    case_id: CaseId, number: Nth, order: RemedyResultOrder, db: Db, runtime: Run, mandate: Entering
) -> CaseView:
    """Enter the result with its document, which was uploaded before; what follows from it is carried out."""
    terms = terms_of(runtime)
    async with view(db, mandate) as v:
        dossier = await dossiers.get(v, case_id)
        v.permit(cases.resource(dossier.case))
    await proofs.require_kept(runtime.sealed, dossier, order.document_sha256)
    async with change(db, mandate) as tx:
        case = await cases.lock(tx, case_id)
        permit = tx.permit(cases.resource(case))
        set_by = order.penalty
        verdict = remedyresults.Verdict(
            Result(order.result),
            Flaw(order.flaw) if order.flaw else None,
            Proposal((case.violation_code,), PenaltyKind(set_by.kind), set_by.fine_fen) if set_by else None,
            order.decided_on,
            order.effective_on,
            order.document_sha256,
            order.anew_cd,
        )
        facts = remedyresults.end_remedy(case, number, verdict, hand=hand_of(mandate), terms=terms, at=tx.now)
        case = await cases.save(tx, permit, case, *facts)
        # The days that bore no surcharge are known now: what was paid for them goes back.
        owed = settle_money(case, terms=terms, at=tx.now)
        if owed:
            case = await cases.save(tx, permit, case, *owed)
        return tx.answer(case_view(await dossiers.get(tx, case.id), runtime.profile, mandate.actor))
