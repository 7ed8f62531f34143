"""The withdrawal of an officer: applied for by the party or an officer, decided by the heads (APL 43)."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends

from case.api.views import case_view, hand_of, terms_of
from case.contract import CaseView
from case.contract.recusals import RecusalDecisionOrder, RecusalLetterOrder, RecusalOrder
from case.documents import DocumentKind, drafts
from case.documents.recusals import recusal_of
from case.domain import recusing
from case.domain.deliberation import RecusalGround
from case.domain.people import Hand
from case.domain.recusing import Answer
from case.runtime import CaseRuntime, Run
from case.store import cases, deliberation, dossiers, proofs
from case.store.deliberationtexts import Application, Letter, Voted
from case.store.dossiers import Dossier
from common.door.uow import Database, change, view
from common.policy import Action, Mandate
from common.values.errors import Kind
from common.values.ids import CaseId
from common.web.auth import Allow, Db
from common.web.openapi import refuses
from gateway.identity.contract import Identity

router = APIRouter()

_HEAD = "AGENCY_HEAD"


@router.post(
    "/v1/cases/{case_id}/recusals", summary="申请回避 · Apply that an officer withdraw", status_code=201
)
async def apply(
    case_id: CaseId,
    order: RecusalOrder,
    db: Db,
    runtime: Run,
    mandate: Annotated[Mandate, Depends(Allow(Action.CASE_APPLY_RECUSAL))],
) -> CaseView:
    """The party or an officer applies that an officer withdraw, at any time before the decision (APL 43).

    The investigation goes on meanwhile; the decision waits.
    """
    officer = await Identity(runtime.peers).officer(order.officer_id)
    by_party = mandate.actor.kind == "party"
    reasons = "\n".join(filter(None, (order.reason, order.new_facts)))
    async with change(db, mandate) as tx:
        case = await cases.lock(tx, case_id)
        permit = tx.permit(cases.resource(case))
        fact = recusing.apply_recusal(
            case,
            officer_id=order.officer_id,
            is_head=officer.agency_id == case.agency_id and _HEAD in officer.roles,
            ground=RecusalGround(order.ground),
            reasons=await tx.commit_to(case_id, "recusal", reasons),
            by_party=by_party,
            has_new_facts=order.new_facts is not None,
            terms=terms_of(runtime),
            at=tx.now,
        )
        said = Application(reasons, order.officer_name, "当事人" if by_party else "执法人员", None)
        case = await cases.save(tx, permit, case, fact, texts=said)
        return tx.answer(case_view(await dossiers.get(tx, case.id), runtime.profile, mandate.actor))


@router.post(
    "/v1/cases/{case_id}/recusal-decisions", summary="决定是否回避 · Decide on a withdrawal", status_code=201
)
async def decide(
    case_id: CaseId,
    order: RecusalDecisionOrder,
    db: Db,
    runtime: Run,
    mandate: Annotated[Mandate, Depends(Allow(Action.CASE_DECIDE_RECUSAL))],
) -> CaseView:
    """A head decides whether the officer withdraws; about a head two heads have to say the same (APL 43(3))."""
    dossier, at = await drafts.look(db, mandate, case_id)
    answer, hand = await _answer(runtime, dossier, order), hand_of(mandate)
    if recusing.vote_recusal(dossier.case, answer, number=order.number, hand=hand, at=at) is not None:
        return await _vote(db, runtime, mandate, case_id, order, answer)
    recusal = recusing.application(dossier.case, order.number)
    async with view(db, mandate) as v:
        v.permit(cases.resource(dossier.case))
        said = await deliberation.get_application(v, case_id, order.number)
    office = runtime.profile.office(mandate.actor.agency_name)
    content = recusal_of(dossier, office, recusal, said, order)
    draft = await drafts.make(runtime, dossier, office, DocumentKind.RECUSAL, content, at)
    async with change(db, mandate) as tx:
        case, made = await cases.lock(tx, case_id), draft.document
        permit = tx.permit(cases.resource(case))
        draft.require_current(case, tx.now)
        fact = recusing.decide_recusal(
            case,
            answer,
            number=order.number,
            document_id=made.id,
            sha256=made.sha256,
            hand=hand,
            at=tx.now,
        )
        case = await cases.save(tx, permit, case, fact, texts=made)
        return tx.answer(case_view(await dossiers.get(tx, case.id), runtime.profile, mandate.actor))


@router.post(
    "/v1/cases/{case_id}/recusal-letters",
    summary="登记上级机关的回避决定 · Enter the superior organ's decision about a head",
    responses=refuses(Kind.GONE),
    status_code=201,
)
async def enter_letter(
    case_id: CaseId,
    order: RecusalLetterOrder,
    db: Db,
    runtime: Run,
    mandate: Annotated[Mandate, Depends(Allow(Action.CASE_ENTER_RECUSAL_LETTER))],
) -> CaseView:
    """Enter what the superior organ decided about a head, with its letter, which was uploaded before (APL 43)."""
    async with view(db, mandate) as v:
        dossier = await dossiers.get(v, case_id)
        v.permit(cases.resource(dossier.case))
    await proofs.require_kept(runtime.sealed, dossier, order.letter_sha256)
    answer = await _answer(runtime, dossier, order)
    async with change(db, mandate) as tx:
        case = await cases.lock(tx, case_id)
        permit = tx.permit(cases.resource(case))
        text = await tx.commit_to(case_id, "recusal_letter", f"{order.organ}\n{order.letter_number}")
        fact = recusing.enter_letter(
            case,
            answer,
            recusing.Letter(text, order.letter_sha256, order.decided_on),
            number=order.number,
            hand=hand_of(mandate),
            at=tx.now,
        )
        case = await cases.save(tx, permit, case, fact, texts=Letter(order.organ, order.letter_number))
        return tx.answer(case_view(await dossiers.get(tx, case.id), runtime.profile, mandate.actor))


async def _vote(
    db: Database,
    runtime: CaseRuntime,
    mandate: Mandate,
    case_id: CaseId,
    order: RecusalDecisionOrder,
    answer: Answer,
) -> CaseView:
    async with change(db, mandate) as tx:
        case = await cases.lock(tx, case_id)
        permit = tx.permit(cases.resource(case))
        hand, at = hand_of(mandate), tx.now
        fact = recusing.require_first(case, answer, number=order.number, hand=hand, at=at)
        case = await cases.save(tx, permit, case, fact, texts=Voted(order.signed_as))
        return tx.answer(case_view(await dossiers.get(tx, case.id), runtime.profile, mandate.actor))


async def _answer(
    runtime: CaseRuntime, dossier: Dossier, order: RecusalDecisionOrder | RecusalLetterOrder
) -> Answer:
    replacement = None
    if order.replaced_by is not None:
        officer = await Identity(runtime.peers).officer(order.replaced_by)
        is_ours = officer.agency_id == dossier.case.agency_id
        until = officer.certificate_until_on if is_ours else None
        # The number of the certificate is asked for when this officer signs.
        replacement = Hand(order.replaced_by, "-" if until else None, until)
    return Answer(order.granted, order.acts_stand, replacement)
