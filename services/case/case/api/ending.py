"""How a case ends without a penalty: the correction, the look-back, the education, the non-filing, the decision."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Request

from case import inquiry
from case.api.views import case_view, findings_of, hand_of, terms_of
from case.contract import CaseView
from case.contract.endings import (
    CaseProofView,
    CorrectionConfirmationOrder,
    EducationOrder,
    FirstOffenceOrder,
    NonFilingOrder,
    NonFilingProposalOrder,
    NoPenaltyOrder,
    WaiverChoiceOrder,
)
from case.documents import DocumentKind, drafts
from case.documents.endings import education_of, no_penalty_of, non_filing_of
from case.documents.filling import number_of
from case.domain import correcting, education, nonfiling, nopenalty
from case.domain.invalidating import settled_with
from case.domain.invalidations import Way
from case.domain.lawoftime import as_weighed, note_law
from case.domain.outcomes import Choice, Education, Harm, Outcome, ShownBy, Told, Unfiled
from case.runtime import Run
from case.store import cases, dossiers, proofs
from case.store.texts import Educated, EducationTexts, NonFilingTexts
from common.door.uow import change, view
from common.files.digests import require_digest
from common.policy import Action, Mandate
from common.values.errors import Kind
from common.values.ids import CaseId, DocumentId
from common.web.auth import Allow, Db
from common.web.openapi import refuses, takes

router = APIRouter()

Correcting = Annotated[Mandate, Depends(Allow(Action.CASE_CONFIRM_CORRECTION))]
Educating = Annotated[Mandate, Depends(Allow(Action.CASE_EDUCATE))]


@router.post(
    "/v1/cases/{case_id}/correction-confirmations",
    summary="确认改正 · Confirm that the act was put right",
    status_code=201,
)
async def confirm_correction(
    case_id: CaseId, order: CorrectionConfirmationOrder, db: Db, runtime: Run, mandate: Correcting
) -> CaseView:
    """An officer confirms that the act was put right, and how that is known (NJ 4)."""
    async with change(db, mandate) as tx:
        case = await cases.lock(tx, case_id)
        permit = tx.permit(cases.resource(case))
        fact = correcting.confirm_correction(
            case,
            corrected_at=order.corrected_at,
            shown_by=ShownBy(order.shown_by),
            note=await tx.commit_to(case_id, "correction", order.note),
            hand=hand_of(mandate),
            at=tx.now,
        )
        case = await cases.save(tx, permit, case, fact)
        return tx.answer(case_view(await dossiers.get(tx, case.id), runtime.profile, mandate.actor))


@router.post(
    "/v1/cases/{case_id}/first-offence-checks",
    summary="核查初次违法 · Look back for a first offence",
    status_code=201,
)
async def check_first_offence(
    case_id: CaseId, order: FirstOffenceOrder, db: Db, runtime: Run, mandate: Correcting
) -> CaseView:
    """Look for earlier violations of the same group by the same party: the city's own, and other agencies' (APL 33)."""
    terms = terms_of(runtime)
    async with view(db, mandate) as v:
        dossier = await dossiers.get(v, case_id)
        v.permit(cases.resource(dossier.case))
    found = await inquiry.look_back(runtime, dossier, terms)
    async with change(db, mandate) as tx:
        case = await cases.lock(tx, case_id)
        permit = tx.permit(cases.resource(case))
        fact = correcting.note_look_back(case, found, harm=Harm(order.harm), hand=hand_of(mandate), at=tx.now)
        case = await cases.save(tx, permit, case, fact)
        return tx.answer(case_view(await dossiers.get(tx, case.id), runtime.profile, mandate.actor))


@router.post(
    "/v1/cases/{case_id}/waiver-choice",
    summary="决定是否不予处罚 · Choose to waive or to proceed",
    status_code=201,
)
async def choose_waiver(
    case_id: CaseId, order: WaiverChoiceOrder, db: Db, runtime: Run, mandate: Correcting
) -> CaseView:
    """Choose whether a first offence with slight harm that was put right is waived, for a reason (APL 33(1))."""
    async with change(db, mandate) as tx:
        case = await cases.lock(tx, case_id)
        permit = tx.permit(cases.resource(case))
        fact = correcting.choose(
            case,
            choice=Choice(order.choice),
            reason=await tx.commit_to(case_id, "waiver", order.reason),
            hand=hand_of(mandate),
            at=tx.now,
        )
        case = await cases.save(tx, permit, case, fact)
        return tx.answer(case_view(await dossiers.get(tx, case.id), runtime.profile, mandate.actor))


@router.post(
    "/v1/cases/{case_id}/proofs",
    summary="上传证明材料 · Upload a proof",
    status_code=201,
    openapi_extra=takes("application/octet-stream"),
    responses=refuses(Kind.GONE),
)
async def upload_proof(
    case_id: CaseId,
    request: Request,
    db: Db,
    runtime: Run,
    mandate: Educating,
    content_digest: Annotated[str, Header()] = "",
) -> CaseProofView:
    """A signed sheet or a recording: PDF, JPEG, PNG or MP4 of up to 2 MiB under its Content-Digest.

    It is sealed with the case. On record it comes with the order that names its digest.
    """
    data = await request.body()
    require_digest(content_digest, data)
    proofs.require_acceptable(data)
    async with view(db, mandate) as v:
        dossier = await dossiers.get(v, case_id)
        v.permit(cases.resource(dossier.case))
    return CaseProofView(proof_sha256=await proofs.put(runtime.sealed, data, case_id))


@router.post("/v1/cases/{case_id}/educations", summary="记录教育 · Record an education", status_code=201)
async def educate(
    case_id: CaseId, order: EducationOrder, db: Db, runtime: Run, mandate: Educating
) -> CaseView:
    """Record that the party was educated (APL 33(3)): the text that was served, the time, and the proof."""
    terms, hand = terms_of(runtime), hand_of(mandate)
    dossier, at = await drafts.look(db, mandate, case_id)
    await proofs.require_kept(runtime.sealed, dossier, order.proof_sha256)
    texts = EducationTexts(order.why, order.text, order.told_at)
    office = runtime.profile.office(mandate.actor.agency_name)
    kind, how = DocumentKind.EDUCATION, Told(order.how)
    number = number_of(dossier, office, kind)
    content = education_of(dossier, office, terms, texts, told=how, number=number)
    draft = await drafts.make(runtime, dossier, office, kind, content, at)
    async with change(db, mandate) as tx:
        case, made = await cases.lock(tx, case_id), draft.document
        permit = tx.permit(cases.resource(case))
        draft.require_current(case, tx.now)
        told = Education(made.id, order.told_at, how, order.proof_sha256)
        text = await tx.commit_to(case_id, "education", order.text)
        fact = education.educate(case, told, sha256=made.sha256, text=text, hand=hand, at=tx.now)
        case = await cases.save(tx, permit, case, fact, texts=Educated(made, texts))
        return tx.answer(case_view(await dossiers.get(tx, case.id), runtime.profile, mandate.actor))


@router.post(
    "/v1/cases/{case_id}/non-filing-proposal", summary="申请不予立案 · Propose not to file", status_code=201
)
async def propose_non_filing(
    case_id: CaseId,
    order: NonFilingProposalOrder,
    db: Db,
    runtime: Run,
    mandate: Annotated[Mandate, Depends(Allow(Action.CASE_PROPOSE_NON_FILING))],
) -> CaseView:
    """Propose that the lead becomes no case, with the reason that the record shows (APL 33, 36, 57)."""
    async with change(db, mandate) as tx:
        case = await cases.lock(tx, case_id)
        permit = tx.permit(cases.resource(case))
        ground = nonfiling.Ground(Unfiled(order.reason), findings_of(order.findings), order.exemption)
        fact = nonfiling.propose_non_filing(
            case,
            ground,
            text=await tx.commit_to(case_id, "non_filing", order.ground),
            hand=hand_of(mandate),
            terms=terms_of(runtime),
            at=tx.now,
        )
        texts = NonFilingTexts(order.ground, order.signed_as, tx.now, ground.findings)
        case = await cases.save(tx, permit, case, fact, texts=texts)
        return tx.answer(case_view(await dossiers.get(tx, case.id), runtime.profile, mandate.actor))


@router.post("/v1/cases/{case_id}/non-filing", summary="批准不予立案 · Approve not to file", status_code=201)
async def approve_non_filing(
    case_id: CaseId,
    order: NonFilingOrder,
    db: Db,
    runtime: Run,
    mandate: Annotated[Mandate, Depends(Allow(Action.CASE_APPROVE_NON_FILING))],
) -> CaseView:
    """Another person agrees: the lead ends. Who is not punished was educated before (APL 33(3))."""
    terms, hand = terms_of(runtime), hand_of(mandate)
    dossier, at = await drafts.look(db, mandate, case_id)
    nonfiling.approve_non_filing(
        dossier.case, document_id=DocumentId.new(at), sha256="", hand=hand, terms=terms, at=at
    )
    office = runtime.profile.office(mandate.actor.agency_name)
    content = non_filing_of(dossier, office, terms, approver=order.signed_as)
    draft = await drafts.make(runtime, dossier, office, DocumentKind.NON_FILING, content, at)
    async with change(db, mandate) as tx:
        case, made = await cases.lock(tx, case_id), draft.document
        permit = tx.permit(cases.resource(case))
        draft.require_current(case, tx.now)
        fact = nonfiling.approve_non_filing(
            case, document_id=made.id, sha256=made.sha256, hand=hand, terms=terms, at=tx.now
        )
        settled = settled_with(case, Way.END_LEAD, by=hand.officer_id, at=tx.now)
        case = await cases.save(tx, permit, case, fact, *settled, texts=made)
        return tx.answer(case_view(await dossiers.get(tx, case.id), runtime.profile, mandate.actor))


@router.post(
    "/v1/cases/{case_id}/no-penalty-decision",
    summary="作出不予处罚决定 · Decide that no penalty is imposed",
    status_code=201,
)
async def decide_no_penalty(
    case_id: CaseId,
    order: NoPenaltyOrder,
    db: Db,
    runtime: Run,
    mandate: Annotated[Mandate, Depends(Allow(Action.CASE_DECIDE))],
) -> CaseView:
    """Decide that no penalty is imposed (APL 57(1)(2), (3)). The record must show the outcome."""
    terms, hand, outcome = terms_of(runtime), hand_of(mandate), Outcome(order.outcome)
    dossier, at = await drafts.look(db, mandate, case_id)
    nopenalty.require_decidable(dossier.case, outcome, hand=hand, terms=terms, at=at)
    office = runtime.profile.office(mandate.actor.agency_name)
    weighed = replace(dossier, case=as_weighed(dossier.case, terms=terms, at=at))
    content = no_penalty_of(weighed, office, terms, outcome=outcome, reasons=order.reasons)
    draft = await drafts.make(runtime, dossier, office, DocumentKind.NO_PENALTY, content, at)
    async with change(db, mandate) as tx:
        case, made = await cases.lock(tx, case_id), draft.document
        permit = tx.permit(cases.resource(case))
        draft.require_current(case, tx.now)
        fact = nopenalty.decide_no_penalty(
            case,
            outcome=outcome,
            document_id=made.id,
            sha256_hex=made.sha256,
            reasons=await tx.commit_to(case_id, "no_penalty", "\n".join(order.reasons)),
            hand=hand,
            terms=terms,
            at=tx.now,
        )
        settled = settled_with(case, Way.NO_PENALTY, by=hand.officer_id, at=tx.now)
        law = note_law(case, terms=terms, at=tx.now)
        case = await cases.save(tx, permit, case, *law, fact, *settled, texts=made)
        return tx.answer(case_view(await dossiers.get(tx, case.id), runtime.profile, mandate.actor))
