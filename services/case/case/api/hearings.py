"""The hearing: asked for by the party, ordered by the head, recorded and reported by its chair (APL 63 to 65)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Depends

from case.api.views import case_view, hand_of, terms_of
from case.contract import CaseView
from case.contract.hearings import (
    HearingOrder,
    HearingRecordOrder,
    HearingReportOrder,
    HearingRequestOrder,
)
from case.documents import DocumentKind, drafts
from case.documents.hearings import hearing_notice_of, hearing_record_of, hearing_report_of
from case.domain import hearing, hearingheld, hearingwithdrawn
from case.domain.deliberation import Opinion, Presence, Secrecy, Signing
from case.domain.facts import CaseFact
from case.domain.hearing import Sitting
from case.domain.hearingheld import Course
from case.runtime import Run
from case.store import cases, dossiers, proofs
from case.store.deliberationtexts import Placed
from common.door.uow import change
from common.policy import Action, Mandate
from common.values.facts import Commitment
from common.values.ids import CaseId, DocumentId, PartyId
from common.web.auth import Allow, Db
from gateway.identity.contract import Identity

router = APIRouter()

Chairing = Annotated[Mandate, Depends(Allow(Action.CASE_CHAIR_HEARING))]
_CHAIR = "HEARING_CHAIR"
_TRIED = Commitment(bytes(32))
"""Stands for a text while a rule is only tried: nothing of that try is recorded."""


@router.post("/v1/cases/{case_id}/hearing-request", summary="要求听证 · Ask for a hearing", status_code=201)
async def request_hearing(
    case_id: CaseId,
    order: HearingRequestOrder,
    db: Db,
    runtime: Run,
    mandate: Annotated[Mandate, Depends(Allow(Action.CASE_REQUEST_HEARING))],
) -> CaseView:
    """The party asks for the hearing that its notice offers, within the working days of APL 64(1). It costs nothing."""
    return await _by_party(hearing.request_hearing, case_id, db, runtime, mandate)


@router.post(
    "/v1/cases/{case_id}/hearing-request/withdrawal",
    summary="撤回听证申请 · Take back the request for a hearing",
    status_code=201,
)
async def withdraw_request(
    case_id: CaseId,
    db: Db,
    runtime: Run,
    mandate: Annotated[Mandate, Depends(Allow(Action.CASE_REQUEST_HEARING))],
) -> CaseView:
    """The party takes its request back until the day before the hearing. Its statements are weighed all the same."""
    return await _by_party(hearingwithdrawn.withdraw_request, case_id, db, runtime, mandate)


async def _by_party(
    rule: Callable[..., CaseFact], case_id: CaseId, db: Db, runtime: Run, mandate: Mandate
) -> CaseView:
    """What the party does to its request, as `rule` judges it."""
    async with change(db, mandate) as tx:
        case = await cases.lock(tx, case_id)
        permit = tx.permit(cases.resource(case))
        fact = rule(case, party_id=PartyId(mandate.actor.id), at=tx.now)
        case = await cases.save(tx, permit, case, fact)
        return tx.answer(case_view(await dossiers.get(tx, case.id), runtime.profile, mandate.actor))


@router.post("/v1/cases/{case_id}/hearing", summary="组织听证 · Order the hearing", status_code=201)
async def order_hearing(
    case_id: CaseId,
    order: HearingOrder,
    db: Db,
    runtime: Run,
    mandate: Annotated[Mandate, Depends(Allow(Action.CASE_ORDER_HEARING))],
) -> CaseView:
    """Order the hearing that the party asked for, or one of the agency's own motion, with its notice (D-18a)."""
    terms, hand = terms_of(runtime), hand_of(mandate)
    dossier, at = await drafts.look(db, mandate, case_id)
    secrecy = Secrecy(order.closed_for) if order.closed_for else None
    chair = await Identity(runtime.peers).officer(order.chair_officer_id)
    may_chair = chair.agency_id == dossier.case.agency_id and _CHAIR in chair.roles
    tried = Sitting(order.opens_at, _TRIED, secrecy, order.chair_officer_id, may_chair)
    hearing.order_hearing(
        dossier.case, tried, document_id=DocumentId.new(at), sha256="", hand=hand, terms=terms, at=at
    )
    office = runtime.profile.office(mandate.actor.agency_name)
    content = hearing_notice_of(dossier, office, terms, order)
    draft = await drafts.make(runtime, dossier, office, DocumentKind.HEARING_NOTICE, content, at)
    async with change(db, mandate) as tx:
        case, made = await cases.lock(tx, case_id), draft.document
        permit = tx.permit(cases.resource(case))
        draft.require_current(case, tx.now)
        place = await tx.commit_to(case_id, "hearing_place", order.place)
        sitting = Sitting(order.opens_at, place, secrecy, order.chair_officer_id, may_chair)
        fact = hearing.order_hearing(
            case, sitting, document_id=made.id, sha256=made.sha256, hand=hand, terms=terms, at=tx.now
        )
        case = await cases.save(tx, permit, case, fact, texts=Placed(made, order.place))
        return tx.answer(case_view(await dossiers.get(tx, case.id), runtime.profile, mandate.actor))


@router.post("/v1/cases/{case_id}/hearing-record", summary="听证笔录 · Record the hearing", status_code=201)
async def record_hearing(
    case_id: CaseId, order: HearingRecordOrder, db: Db, runtime: Run, mandate: Chairing
) -> CaseView:
    """The chair records the hearing (APL 64): what was said and shown, or that the party waived it, and who signed."""
    terms, hand = terms_of(runtime), hand_of(mandate)
    dossier, at = await drafts.look(db, mandate, case_id)
    course = Course(
        Presence(order.presence),
        len(order.agents),
        Signing(order.signing),
        tuple(order.examined),
        order.no_conflict,
    )
    hearingheld.require_recordable(dossier.case, course, hand=hand, terms=terms, at=at)
    await proofs.require_kept(runtime.sealed, dossier, order.proof_sha256)
    office = runtime.profile.office(mandate.actor.agency_name)
    content = hearing_record_of(dossier, office, terms, order, at)
    draft = await drafts.make(runtime, dossier, office, DocumentKind.HEARING_RECORD, content, at)
    async with change(db, mandate) as tx:
        case, made = await cases.lock(tx, case_id), draft.document
        permit = tx.permit(cases.resource(case))
        draft.require_current(case, tx.now)
        fact = hearingheld.hold_hearing(
            case,
            course,
            text=await tx.commit_to(case_id, "hearing", "\n".join([*order.case_made, *order.party_said])),
            proof_sha256=order.proof_sha256,
            document_id=made.id,
            sha256=made.sha256,
            hand=hand,
            terms=terms,
            at=tx.now,
        )
        case = await cases.save(tx, permit, case, fact, texts=made)
        return tx.answer(case_view(await dossiers.get(tx, case.id), runtime.profile, mandate.actor))


@router.post("/v1/cases/{case_id}/hearing-report", summary="听证报告 · Report the hearing", status_code=201)
async def report_hearing(
    case_id: CaseId, order: HearingReportOrder, db: Db, runtime: Run, mandate: Chairing
) -> CaseView:
    """The chair reports what the hearing brought, with an opinion. The decision rests on the record (APL 65)."""
    terms, hand, opinion = terms_of(runtime), hand_of(mandate), Opinion(order.opinion)
    dossier, at = await drafts.look(db, mandate, case_id)
    hearingheld.require_reportable(dossier.case, hand=hand)
    office = runtime.profile.office(mandate.actor.agency_name)
    content = hearing_report_of(dossier, office, terms, order, at)
    draft = await drafts.make(runtime, dossier, office, DocumentKind.HEARING_REPORT, content, at)
    async with change(db, mandate) as tx:
        case, made = await cases.lock(tx, case_id), draft.document
        permit = tx.permit(cases.resource(case))
        draft.require_current(case, tx.now)
        fact = hearingheld.report_hearing(
            case,
            opinion=opinion,
            text=await tx.commit_to(case_id, "hearing_report", "\n".join([*order.findings, *order.reasons])),
            document_id=made.id,
            sha256=made.sha256,
            hand=hand,
            terms=terms,
            at=tx.now,
        )
        case = await cases.save(tx, permit, case, fact, texts=made)
        return tx.answer(case_view(await dossiers.get(tx, case.id), runtime.profile, mandate.actor))
