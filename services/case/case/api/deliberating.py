"""Acts before the decision: the return of the investigation, and the legal review."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Depends

from case.api import noting
from case.api.views import case_view, hand_of, terms_of
from case.contract import CaseView
from case.contract.deliberation import (
    InvestigationReturnOrder,
    LegalReviewOrder,
    ReturnedInvestigationList,
    ReturnedInvestigationView,
)
from case.documents import DocumentKind, drafts
from case.documents.deliberation import legal_review_of, qualification_line
from case.domain import legalreview, returning
from case.domain.deadlines import Terms
from case.domain.deliberation import Point, Qualification, Verdict
from case.domain.procedure import Case
from case.domain.readings import Depth
from case.runtime import Run
from case.store import cases, deliberation, dossiers, incidents
from case.store.deliberationtexts import Worded, Words
from common.door.uow import Tx, change, view
from common.policy import Action, Mandate
from common.values.ids import CaseId
from common.web.auth import Allow, Db

router = APIRouter()


@router.post(
    "/v1/cases/{case_id}/investigation-returns",
    summary="退回补充调查 · Send the investigation back",
    status_code=201,
)
async def return_investigation(
    case_id: CaseId,
    order: InvestigationReturnOrder,
    db: Db,
    runtime: Run,
    mandate: Annotated[Mandate, Depends(Allow(Action.CASE_RETURN_INVESTIGATION))],
) -> CaseView:
    """Send the investigation back to its officers (APL 57(1)). What they signed is void, and they sign anew."""
    async with change(db, mandate) as tx:
        case = await cases.lock(tx, case_id)
        permit = tx.permit(cases.resource(case))
        fact = returning.return_investigation(
            case,
            reason=await tx.commit_to(case_id, "return", order.reason),
            hand=hand_of(mandate),
            at=tx.now,
        )
        case = await cases.save(tx, permit, case, fact, texts=Words(order.reason, order.signed_as))
        return tx.answer(case_view(await dossiers.get(tx, case.id), runtime.profile, mandate.actor))


@router.get(
    "/v1/cases/{case_id}/investigation-returns",
    summary="退回补充调查的理由 · List why the investigation was sent back",
)
async def list_returns(
    case_id: CaseId,
    db: Db,
    runtime: Run,
    mandate: Annotated[Mandate, Depends(Allow(Action.CASE_READ_INVESTIGATION))],
) -> ReturnedInvestigationList:
    """Why the investigation was sent back, each time. For those who work on the case alone."""
    async with view(db, mandate) as v:
        case = await cases.get(v, case_id)
        v.permit(cases.resource(case))
        returns = await deliberation.list_returns(v, case_id)
        is_due = await noting.is_due(v, case, Depth.MASKED)
    if is_due:
        await noting.note(db, mandate, case, runtime.profile.reading)
    return ReturnedInvestigationList(
        items=[ReturnedInvestigationView.model_validate(asdict(each)) for each in returns]
    )


@router.post("/v1/cases/{case_id}/legal-reviews", summary="法制审核 · Review legally", status_code=201)
async def review_legally(
    case_id: CaseId,
    order: LegalReviewOrder,
    db: Db,
    runtime: Run,
    mandate: Annotated[Mandate, Depends(Allow(Action.CASE_REVIEW_LEGALLY))],
) -> CaseView:
    """Review the decision that is prepared (APL 58): it passes, goes back with what is to be mended, or fails."""
    terms, hand = terms_of(runtime), hand_of(mandate)
    dossier, at = await drafts.look(db, mandate, case_id)
    found = finding_of(order)
    legalreview.require_reviewable(dossier.case, found, hand=hand, at=at)
    office = runtime.profile.office(mandate.actor.agency_name)
    content = legal_review_of(dossier, office, terms, order, at)
    draft = await drafts.make(runtime, dossier, office, DocumentKind.LEGAL_REVIEW, content, at)
    words = Words(qualification_line(order.qualification), order.signed_as)
    async with change(db, mandate) as tx:
        if found.distinct:
            line = await cases.get_line(tx, case_id)
            await incidents.take_turn(tx, line.agency_id, runtime.profile, line.violation_code)
        case, made = await cases.lock(tx, case_id), draft.document
        permit = tx.permit(cases.resource(case))
        draft.require_current(case, tx.now)
        barring = await _barring(tx, case, terms) if found.distinct else frozenset[str]()
        note, ground = order.late_note, order.new_ground
        fact = legalreview.review_legally(
            case,
            found,
            opinion=await tx.commit_to(
                case_id, "legal_review", "\n".join([*order.remarks, order.mend or ""])
            ),
            late_note=await tx.commit_to(case_id, "late_note", note) if note else None,
            new_ground=await tx.commit_to(case_id, "new_ground", ground) if ground else None,
            barring=barring,
            document_id=made.id,
            sha256=made.sha256,
            hand=hand,
            terms=terms,
            at=tx.now,
        )
        case = await cases.save(tx, permit, case, fact, texts=Worded(made, words))
        return tx.answer(case_view(await dossiers.get(tx, case.id), runtime.profile, mandate.actor))


async def _barring(tx: Tx, case: Case, terms: Terms) -> frozenset[str]:
    """What bars a penalty in the case: other cases here, and penalties that other agencies told of."""
    told = [each.name for each in case.others.penalties] if case.others else []
    return frozenset((*await incidents.list_barring(tx, case, terms), *told))


def finding_of(order: LegalReviewOrder) -> legalreview.Finding:
    return legalreview.Finding(
        Verdict(order.verdict),
        tuple(Point(point) for point in order.faults),
        order.wants_discussion,
        tuple(order.distinct_acts),
        Qualification(order.qualification.kind),
        order.qualification.since,
        order.no_conflict,
    )
