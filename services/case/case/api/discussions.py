"""The discussion of a decision by the heads of the agency together (APL 57(2))."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends

from case.api.views import case_view, hand_of, terms_of
from case.contract import CaseView
from case.contract.hearings import DiscussionConclusionOrder, DiscussionOrder, HeadsOpinionOrder
from case.documents import DocumentKind, drafts
from case.documents.hearings import discussion_of
from case.domain import discussing
from case.domain.contents import Proposal
from case.runtime import Run
from case.store import cases, deliberation, dossiers, proofs
from case.store.deliberationtexts import Words
from common.door.uow import change, view
from common.policy import Action, Mandate
from common.values.ids import CaseId
from common.values.profile import PenaltyKind
from common.web.auth import Allow, Db

router = APIRouter()

Discussing = Annotated[Mandate, Depends(Allow(Action.CASE_DISCUSS))]


@router.post(
    "/v1/cases/{case_id}/collective-discussion",
    summary="提请集体讨论 · Convene the discussion",
    status_code=201,
)
async def convene(
    case_id: CaseId, order: DiscussionOrder, db: Db, runtime: Run, mandate: Discussing
) -> CaseView:
    """A head convenes the others to discuss a penalty, as the law asks or because of the public's attention."""
    async with change(db, mandate) as tx:
        case = await cases.lock(tx, case_id)
        permit = tx.permit(cases.resource(case))
        proposal = Proposal((case.violation_code,), PenaltyKind(order.kind), order.fine_fen)
        fact = discussing.convene(case, proposal, hand=hand_of(mandate), terms=terms_of(runtime), at=tx.now)
        case = await cases.save(tx, permit, case, fact)
        return tx.answer(case_view(await dossiers.get(tx, case.id), runtime.profile, mandate.actor))


@router.post(
    "/v1/cases/{case_id}/collective-discussion/opinions",
    summary="发表讨论意见 · Give an opinion in the discussion",
    status_code=201,
)
async def speak(
    case_id: CaseId, order: HeadsOpinionOrder, db: Db, runtime: Run, mandate: Discussing
) -> CaseView:
    """Each head gives an opinion in an act of their own, once."""
    async with change(db, mandate) as tx:
        case = await cases.lock(tx, case_id)
        permit = tx.permit(cases.resource(case))
        fact = discussing.speak(
            case,
            agrees=order.agrees,
            words=await tx.commit_to(case_id, "opinion", order.words),
            hand=hand_of(mandate),
            at=tx.now,
        )
        case = await cases.save(tx, permit, case, fact, texts=Words(order.words, order.signed_as))
        return tx.answer(case_view(await dossiers.get(tx, case.id), runtime.profile, mandate.actor))


@router.post(
    "/v1/cases/{case_id}/collective-discussion/conclusion",
    summary="集体讨论结论 · Conclude the discussion",
    status_code=201,
)
async def conclude(
    case_id: CaseId, order: DiscussionConclusionOrder, db: Db, runtime: Run, mandate: Discussing
) -> CaseView:
    """The convener writes down what the heads agreed to (D-22). The decision is that, or lighter."""
    terms, hand = terms_of(runtime), hand_of(mandate)
    dossier, at = await drafts.look(db, mandate, case_id)
    code = dossier.case.violation_code
    agreed = (
        Proposal((code,), PenaltyKind(order.agreed.kind), order.agreed.fine_fen) if order.agreed else None
    )
    discussion = discussing.require_concludable(dossier.case, agreed, hand=hand, terms=terms)
    await proofs.require_kept(runtime.sealed, dossier, order.proof_sha256)
    async with view(db, mandate) as v:
        v.permit(cases.resource(dossier.case))
        words = await deliberation.list_opinions(v, case_id, discussion.number)
    office = runtime.profile.office(mandate.actor.agency_name)
    content = discussion_of(dossier, office, terms, discussion, agreed, order, words, at)
    draft = await drafts.make(runtime, dossier, office, DocumentKind.DISCUSSION, content, at)
    async with change(db, mandate) as tx:
        case, made = await cases.lock(tx, case_id), draft.document
        permit = tx.permit(cases.resource(case))
        draft.require_current(case, tx.now)
        fact = discussing.conclude(
            case,
            agreed,
            conclusion=await tx.commit_to(case_id, "conclusion", order.conclusion),
            proof_sha256=order.proof_sha256,
            document_id=made.id,
            sha256=made.sha256,
            hand=hand,
            terms=terms,
            at=tx.now,
        )
        case = await cases.save(tx, permit, case, fact, texts=made)
        return tx.answer(case_view(await dossiers.get(tx, case.id), runtime.profile, mandate.actor))
