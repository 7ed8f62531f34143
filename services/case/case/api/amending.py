"""A decision that its own agency takes back, makes lighter, or corrects where a word was mistyped (C-35)."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends

from case.api.service import ordered
from case.api.views import case_view, hand_of, terms_of
from case.contract import CaseView, ServiceOrder
from case.contract.amendments import (
    AmendmentProposalOrder,
    AmendmentReviewOrder,
    CorrectionOrder,
    RevocationOrder,
)
from case.documents import DocumentKind, drafts
from case.documents.amendments import amended_of, corrected_of
from case.domain import amending, clerical, revoking
from case.domain.amendments import AmendmentKind, Cause, Conclusion
from case.domain.clerical import Pair, Place
from case.domain.contents import Proposal
from case.domain.erasure import gone
from case.runtime import Run
from case.store import amendments, cases, dossiers
from case.store.amendmenttexts import AmendmentTexts, Corrected, Opinion
from common.door.uow import change, view
from common.policy import Action, Mandate
from common.values.ids import CaseId
from common.values.profile import PenaltyKind
from common.web.auth import Allow, Db

router = APIRouter()

Amending = Annotated[Mandate, Depends(Allow(Action.CASE_AMEND))]
Ordering = Annotated[Mandate, Depends(Allow(Action.CASE_ORDER_SERVICE))]


@router.post(
    "/v1/cases/{case_id}/amendment-proposal",
    summary="提出撤销或者变更决定 · Propose to revoke or change the decision",
    status_code=201,
)
async def propose_amendment(
    case_id: CaseId,
    order: AmendmentProposalOrder,
    db: Db,
    runtime: Run,
    mandate: Annotated[Mandate, Depends(Allow(Action.CASE_PROPOSE_AMENDMENT))],
) -> CaseView:
    """Propose that a decision with an error is revoked, or its penalty made lighter (APL 75(2)), in whatever state."""
    async with change(db, mandate) as tx:
        case = await cases.lock(tx, case_id)
        permit = tx.permit(cases.resource(case))
        penalty = order.penalty
        fact = amending.propose(
            case,
            AmendmentKind(order.kind),
            Cause(order.cause),
            proposal=Proposal((case.violation_code,), PenaltyKind(penalty.kind), penalty.fine_fen)
            if penalty
            else None,
            reason=await tx.commit_to(case_id, "amendment", order.reason),
            hand=hand_of(mandate),
            terms=terms_of(runtime),
            at=tx.now,
        )
        case = await cases.save(tx, permit, case, fact, texts=AmendmentTexts(order.reason))
        return tx.answer(case_view(await dossiers.get(tx, case.id), runtime.profile, mandate.actor))


@router.post(
    "/v1/cases/{case_id}/amendment-review",
    summary="撤销、变更的法制审核 · Review the proposal legally",
    status_code=201,
)
async def review_amendment(
    case_id: CaseId,
    order: AmendmentReviewOrder,
    db: Db,
    runtime: Run,
    mandate: Annotated[Mandate, Depends(Allow(Action.CASE_REVIEW_AMENDMENT))],
) -> CaseView:
    """A legal reviewer passes the proposal or returns it (APL 58); who proposed or investigated does not review."""
    async with change(db, mandate) as tx:
        case = await cases.lock(tx, case_id)
        permit = tx.permit(cases.resource(case))
        opinion = await tx.commit_to(case_id, "amendment_opinion", order.opinion)
        fact = amending.review(case, Conclusion(order.conclusion), opinion=opinion, hand=hand_of(mandate))
        case = await cases.save(tx, permit, case, fact, texts=Opinion(order.opinion))
        return tx.answer(case_view(await dossiers.get(tx, case.id), runtime.profile, mandate.actor))


@router.post(
    "/v1/cases/{case_id}/revocation",
    summary="撤销或者变更决定 · Revoke or change the decision",
    status_code=201,
)
async def amend_decision(
    case_id: CaseId, order: RevocationOrder, db: Db, runtime: Run, mandate: Amending
) -> CaseView:
    """The head decides the amendment that passed its legal review (APL 75(2)). A closed case is reopened by it."""
    terms, hand = terms_of(runtime), hand_of(mandate)
    dossier, at = await drafts.look(db, mandate, case_id)
    proposed = amending.require_decidable(dossier.case, hand=hand)
    async with view(db, mandate) as v:
        said = await amendments.find_texts(v, case_id, proposed.number)
    if said is None:
        raise gone(case_id)
    office = runtime.profile.office(mandate.actor.agency_name)
    refund = revoking.refund_of(dossier.case, proposed, hand=hand, terms=terms, at=at)
    back = refund.fine_fen + refund.surcharge_fen + refund.surplus_fen if refund else 0
    content = amended_of(dossier, office, terms, proposed, reason=said.reason, refund_fen=back)
    draft = await drafts.make(runtime, dossier, office, DocumentKind.AMENDMENT, content, at)
    async with change(db, mandate) as tx:
        case, made = await cases.lock(tx, case_id), draft.document
        permit = tx.permit(cases.resource(case))
        draft.require_current(case, tx.now)
        facts = revoking.amend(
            case, document_id=made.id, sha256=made.sha256, hand=hand, terms=terms, at=tx.now
        )
        case = await cases.save(tx, permit, case, *facts, texts=made)
        return tx.answer(case_view(await dossiers.get(tx, case.id), runtime.profile, mandate.actor))


@router.post(
    "/v1/cases/{case_id}/correction",
    summary="更正决定书的笔误 · Correct typing errors of the decision",
    status_code=201,
)
async def correct_decision(
    case_id: CaseId, order: CorrectionOrder, db: Db, runtime: Run, mandate: Amending
) -> CaseView:
    """Correct typing errors of a decision that was served; what was decided stays as it was (APL 75(2))."""
    terms, hand = terms_of(runtime), hand_of(mandate)
    pairs = tuple(Pair(Place(word.place), word.wrong, word.right) for word in order.words)
    dossier, at = await drafts.look(db, mandate, case_id)
    clerical.require_correctable(dossier.case, pairs, hand=hand)
    office = runtime.profile.office(mandate.actor.agency_name)
    content = corrected_of(dossier, office, terms, pairs, reason=order.reason)
    draft = await drafts.make(runtime, dossier, office, DocumentKind.CLERICAL, content, at)
    async with change(db, mandate) as tx:
        case, made = await cases.lock(tx, case_id), draft.document
        permit = tx.permit(cases.resource(case))
        draft.require_current(case, tx.now)
        words = "\n".join(f"{pair.place} {pair.wrong} {pair.right}" for pair in pairs)
        fact = clerical.correct(
            case,
            pairs,
            document_id=made.id,
            sha256=made.sha256,
            committed=await tx.commit_to(case_id, "clerical", words),
            hand=hand,
            terms=terms,
            at=tx.now,
        )
        texts = Corrected(made, AmendmentTexts(order.reason, pairs=pairs))
        case = await cases.save(tx, permit, case, fact, texts=texts)
        return tx.answer(case_view(await dossiers.get(tx, case.id), runtime.profile, mandate.actor))


@router.post(
    "/v1/cases/{case_id}/revocation/service",
    summary="送达撤销(变更)决定书 · Order the service of the D-36",
    status_code=201,
)
async def serve_amendment(
    case_id: CaseId, order: ServiceOrder, db: Db, runtime: Run, mandate: Ordering
) -> CaseView:
    """Order the service of the D-36, within seven working days of it (APL 61)."""
    kind = DocumentKind.AMENDMENT
    return await ordered(case_id, order, kind, db=db, runtime=runtime, mandate=mandate)


@router.post(
    "/v1/cases/{case_id}/correction/service",
    summary="送达更正决定书 · Order the service of the D-36a",
    status_code=201,
)
async def serve_correction(
    case_id: CaseId, order: ServiceOrder, db: Db, runtime: Run, mandate: Ordering
) -> CaseView:
    """Order the service of the D-36a, within seven working days of it (APL 61)."""
    kind = DocumentKind.CLERICAL
    return await ordered(case_id, order, kind, db=db, runtime=runtime, mandate=mandate)
