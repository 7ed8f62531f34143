"""Acts between filing and decision: the report, the prior notice, the defence and its review."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import APIRouter, Depends

from case import inquiry
from case.api.views import case_view, findings_of, hand_of, terms_of
from case.contract import (
    CaseView,
    DefenceOrder,
    DefenceReviewOrder,
    InvestigationConclusionOrder,
    PriorNoticeOrder,
)
from case.documents import DocumentKind, drafts
from case.documents.filling import notice_of
from case.domain import defence, investigation
from case.domain.defence import Answer
from case.domain.guards.evidence import require_accepted
from case.domain.handingin import named
from case.domain.investigation import Report
from case.domain.lawoftime import law_of_report
from case.domain.outcomes import Effect, Outcome
from case.domain.procedure import Case
from case.runtime import Run
from case.store import cases, dossiers
from case.store.texts import AnswerReasons, DefenceTexts, ReportTexts, SignedReport
from common.door.secrets import Secrets
from common.door.uow import change
from common.policy import Action, Mandate
from common.values.errors import Kind
from common.values.ids import CaseId, DocumentId, PartyId
from common.web.auth import Allow, Db
from common.web.openapi import refuses
from ledger.canonical import canonical

router = APIRouter()


@router.post(
    "/v1/cases/{case_id}/investigation-conclusion",
    summary="签署调查终结报告 · Sign the report of the investigation",
    status_code=201,
)
async def conclude_investigation(
    case_id: CaseId,
    order: InvestigationConclusionOrder,
    db: Db,
    runtime: Run,
    mandate: Annotated[Mandate, Depends(Allow(Action.CASE_CONCLUDE_INVESTIGATION))],
) -> CaseView:
    """Sign the report. Each of the two officers calls once with the same report (APL 42)."""
    async with change(db, mandate) as tx:
        case = await cases.lock(tx, case_id)
        permit = tx.permit(cases.resource(case))
        text = report_text(order)
        report = Report(
            await asyncio.to_thread(_mark, tx.secrets, case, text),
            circumstances=order.circumstances,
            fine_fen=order.fine_fen,
            findings=findings_of(order.findings),
            complex_case=order.complex_case,
            outcome=Outcome(order.outcome),
        )
        terms = terms_of(runtime)
        fact = investigation.sign_report(
            case,
            report,
            commitment=await tx.commit_to(case_id, "report", text.decode()),
            no_conflict=order.no_conflict,
            hand=hand_of(mandate),
            terms=terms,
            at=tx.now,
        )
        texts = SignedReport(order.signed_as, ReportTexts(tuple(order.facts), tuple(order.reasons)))
        law = law_of_report(case, order.circumstances, terms=terms, at=tx.now)
        case = await cases.save(tx, permit, case, *law, fact, texts=texts)
        return tx.answer(case_view(await dossiers.get(tx, case.id), runtime.profile, mandate.actor))


def _mark(secrets: Secrets, case: Case, text: bytes) -> bytes:
    """A keyed digest of the report, to check that both officers signed the same text."""
    secrets.make(case.id.stream)
    return secrets.keyed_digest(case.id.stream, "report", text)


def report_text(order: InvestigationConclusionOrder) -> bytes:
    """The report alone, in the one form whose bytes both officers sign."""
    report = order.model_dump(exclude={"signed_as", "no_conflict"})
    return canonical(report | {"circumstances": [list(pair) for pair in sorted(order.circumstances.items())]})


@router.post(
    "/v1/cases/{case_id}/prior-notice",
    summary="签发事先告知书 · Issue the prior notice",
    responses=refuses(Kind.NOT_BUILT),
    status_code=201,
)
async def issue_prior_notice(
    case_id: CaseId,
    order: PriorNoticeOrder,
    db: Db,
    runtime: Run,
    mandate: Annotated[Mandate, Depends(Allow(Action.CASE_NOTIFY_PRIOR))],
) -> CaseView:
    """Approve and issue the 行政处罚事先告知书 (APL 44). It takes effect by its service."""
    terms, hand = terms_of(runtime), hand_of(mandate)
    dossier, at = await drafts.look(db, mandate, case_id)
    investigation.issue_notice(
        dossier.case, document_id=DocumentId.new(at), sha256="", hand=hand, terms=terms, at=at
    )
    await inquiry.require_vouched_ledger(runtime)
    # Asked again: what was accepted when the case opened may have been erased since.
    require_accepted(await inquiry.ask_again(runtime, dossier.case))
    office = runtime.profile.office(mandate.actor.agency_name)
    content = notice_of(dossier, office, terms)
    draft = await drafts.make(runtime, dossier, office, DocumentKind.PRIOR_NOTICE, content, at)
    async with change(db, mandate) as tx:
        case = await cases.lock(tx, case_id)
        permit = tx.permit(cases.resource(case))
        draft.require_current(case, tx.now)
        made = draft.document
        fact = investigation.issue_notice(
            case, document_id=made.id, sha256=made.sha256, hand=hand, terms=terms, at=tx.now
        )
        case = await cases.save(tx, permit, case, fact, texts=made)
        return tx.answer(case_view(await dossiers.get(tx, case.id), runtime.profile, mandate.actor))


@router.post("/v1/cases/{case_id}/defences", summary="陈述申辩 · State a defence", status_code=201)
async def defend(
    case_id: CaseId,
    order: DefenceOrder,
    db: Db,
    runtime: Run,
    mandate: Annotated[Mandate, Depends(Allow(Action.CASE_DEFEND))],
) -> CaseView:
    """The party states and defends (APL 7, 45): free of charge, as often as they like, to the last minute.

    `files` names what it handed in before. A refusal takes nothing of that away.
    """
    async with change(db, mandate) as tx:
        case = await cases.lock(tx, case_id)
        permit = tx.permit(cases.resource(case))
        fact = defence.defend(
            case,
            party_id=PartyId(mandate.actor.id),
            statement=await tx.commit_to(case_id, "statement", order.statement),
            final=order.final,
            at=tx.now,
            files=named(case, order.files, runtime.profile.handing_in),
        )
        case = await cases.save(tx, permit, case, fact, texts=DefenceTexts(order.statement))
        return tx.answer(case_view(await dossiers.get(tx, case.id), runtime.profile, mandate.actor))


@router.post(
    "/v1/cases/{case_id}/defence-review", summary="复核陈述申辩 · Review the defence", status_code=201
)
async def review_defence(
    case_id: CaseId,
    order: DefenceReviewOrder,
    db: Db,
    runtime: Run,
    mandate: Annotated[Mandate, Depends(Allow(Action.CASE_REVIEW_DEFENCE))],
) -> CaseView:
    """Answer every statement of the party (APL 45(1))."""
    async with change(db, mandate) as tx:
        case = await cases.lock(tx, case_id)
        permit = tx.permit(cases.resource(case))
        answers = [
            Answer(
                given.number,
                given.adopted,
                await tx.commit_to(case_id, "answer", given.reason),
                Effect(given.effect) if given.effect else None,
            )
            for given in order.answers
        ]
        fact = defence.review(case, answers=tuple(answers), hand=hand_of(mandate), at=tx.now)
        texts = AnswerReasons(tuple(given.reason for given in order.answers))
        case = await cases.save(tx, permit, case, fact, texts=texts)
        return tx.answer(case_view(await dossiers.get(tx, case.id), runtime.profile, mandate.actor))
