"""Remedies: through the agency, before the organ, before the court (ARL, ALL)."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path

from case import inquiry
from case.api import noting
from case.api.remedyviews import words_view
from case.api.views import case_view, hand_of, terms_of
from case.contract import CaseView
from case.contract.remedies import (
    ForwardingOrder,
    HaltOrder,
    RemedyAnswerOrder,
    RemedyApplicationOrder,
    RemedyReceiptView,
    RemedyWordsList,
    ResumptionOrder,
    SummonsOrder,
)
from case.documents import drafts
from case.documents.remedies import ANSWER, answer_of
from case.domain import reconsidering, remedying
from case.domain.erasure import gone
from case.domain.readings import Depth
from case.domain.reconsidering import remedy_of
from case.domain.refunding import settle_money
from case.domain.remedies import Forum, Halt, Procedure
from case.runtime import CaseRuntime, Run
from case.store import cases, dossiers, remedies
from case.store.remedytexts import AnsweredRemedy, RemedyTexts
from common.door.uow import Database, change, view
from common.policy import Action, Mandate
from common.values.errors import Kind
from common.values.ids import CaseId, DocumentId
from common.values.profile import Office
from common.web.auth import Allow, Db
from common.web.openapi import refuses

router = APIRouter()

Applying = Annotated[Mandate, Depends(Allow(Action.CASE_APPLY_REMEDY))]
Entering = Annotated[Mandate, Depends(Allow(Action.CASE_ENTER_REMEDY))]
Answering = Annotated[Mandate, Depends(Allow(Action.CASE_ANSWER_REMEDY))]
Reading = Annotated[Mandate, Depends(Allow(Action.CASE_READ))]
Nth = Annotated[int, Path(ge=1, le=1000)]


@router.post(
    "/v1/cases/{case_id}/remedies", summary="申请行政复议 · Apply for reconsideration", status_code=201
)
async def apply_remedy(
    case_id: CaseId, order: RemedyApplicationOrder, db: Db, runtime: Run, mandate: Applying
) -> RemedyReceiptView:
    """Apply through the agency that decided (ARL 32): the party on the portal, or an officer for who comes in person.

    The answer is the receipt. Within five working days the agency corrects its decision or forwards the application.
    """
    is_party = mandate.actor.kind == "party"
    office = await office_of(db, runtime, mandate, case_id)
    async with change(db, mandate) as tx:
        case = await cases.lock(tx, case_id)
        permit = tx.permit(cases.resource(case))
        known = {deadline.rule: deadline for deadline in await cases.list_deadlines(tx, case)}
        fact = reconsidering.apply_remedy(
            case,
            application=await tx.commit_to(case_id, "remedy", f"{order.request}\n{order.reasons}"),
            received_at=tx.now if is_party or order.received_at is None else order.received_at,
            entered_by=None if is_party else hand_of(mandate),
            reconsider_by=known.get("reconsideration"),
            terms=terms_of(runtime),
            at=tx.now,
        )
        texts = RemedyTexts(request=order.request, reasons=order.reasons, organ=office.reconsideration_organ)
        await cases.save(tx, permit, case, fact, texts=texts)
        return tx.answer(
            RemedyReceiptView(
                case_id=case.id,
                number=fact.number,
                receipt=f"{case.number}-{fact.number}",
                received_at=fact.received_at,
                handle_until=fact.handle_by.due_at,
                in_time=fact.in_time,
                organ=office.reconsideration_organ,
                organ_url=office.reconsideration_url,
            )
        )


async def office_of(db: Database, runtime: CaseRuntime, mandate: Mandate, case_id: CaseId) -> Office:
    """The office of the agency whose case it is. Refusal NOT_FOUND for a case that the mandate does not see."""
    async with view(db, mandate) as v:
        agency_id = (await cases.get_line(v, case_id)).agency_id
    return await inquiry.office_of(runtime, agency_id)


@router.get("/v1/cases/{case_id}/remedies", summary="救济案件的内容 · Read the remedies of a case")
async def list_remedies(case_id: CaseId, db: Db, runtime: Run, mandate: Reading) -> RemedyWordsList:
    """What was asked, the agency's opinion, the organ or court and its number; how each stands is in the case."""
    async with view(db, mandate) as v:
        case = (await dossiers.get(v, case_id)).case
        v.permit(cases.resource(case))
        words = await remedies.list_words(v, case_id)
        is_due = await noting.is_due(v, case, Depth.MASKED)
    if is_due:
        await noting.note(db, mandate, case, runtime.profile.reading)
    return RemedyWordsList(items=[words_view(each.number, each.texts) for each in words])


@router.post(
    "/v1/cases/{case_id}/remedies/{number}/forwarding",
    summary="转送行政复议申请 · Forward the application",
    status_code=201,
)
async def forward_remedy(
    case_id: CaseId,
    number: Nth,
    order: ForwardingOrder,
    db: Db,
    runtime: Run,
    mandate: Annotated[Mandate, Depends(Allow(Action.CASE_FORWARD_REMEDY))],
) -> CaseView:
    """The agency holds to its decision: the application goes to the organ with its opinion (ARL 32)."""
    async with change(db, mandate) as tx:
        case = await cases.lock(tx, case_id)
        permit = tx.permit(cases.resource(case))
        fact = reconsidering.forward_remedy(
            case,
            number,
            opinion=await tx.commit_to(case_id, "opinion", order.opinion),
            hand=hand_of(mandate),
            at=tx.now,
        )
        case = await cases.save(tx, permit, case, fact, texts=RemedyTexts(opinion=order.opinion))
        return tx.answer(case_view(await dossiers.get(tx, case.id), runtime.profile, mandate.actor))


@router.post(
    "/v1/cases/{case_id}/remedy-summons",
    summary="登记受理、应诉通知 · Enter what the organ or the court told",
    status_code=201,
)
async def enter_summons(
    case_id: CaseId, order: SummonsOrder, db: Db, runtime: Run, mandate: Entering
) -> CaseView:
    """Enter that the organ or the court accepted a remedy. The time to answer runs from the copy (ARL 48; ALL 67)."""
    forum = Forum(order.forum)
    async with change(db, mandate) as tx:
        case = await cases.lock(tx, case_id)
        permit = tx.permit(cases.resource(case))
        known = {deadline.rule: deadline for deadline in await cases.list_deadlines(tx, case)}
        summons = remedying.Summons(
            forum,
            Procedure(order.procedure) if order.procedure else None,
            order.filed_on,
            order.accepted_on,
            order.copy_on,
            await tx.commit_to(case_id, "reference", f"{order.organ}\n{order.reference}"),
        )
        fact = remedying.note_summons(
            case,
            order.number,
            summons,
            period=known.get("litigation" if forum is Forum.LITIGATION else "reconsideration"),
            hand=hand_of(mandate),
            terms=terms_of(runtime),
            at=tx.now,
        )
        texts = RemedyTexts(organ=order.organ, reference=order.reference)
        case = await cases.save(tx, permit, case, fact, texts=texts)
        # A surcharge that was paid for days of a remedy which nobody knew of goes back.
        owed = settle_money(case, terms=terms_of(runtime), at=tx.now)
        if owed:
            case = await cases.save(tx, permit, case, *owed)
        return tx.answer(case_view(await dossiers.get(tx, case.id), runtime.profile, mandate.actor))


@router.post(
    "/v1/cases/{case_id}/remedies/{number}/answer",
    summary="提交答复书、答辩状和证据目录 · Answer the remedy with the evidence",
    responses=refuses(Kind.GONE),
    status_code=201,
)
async def answer_remedy(
    case_id: CaseId, number: Nth, order: RemedyAnswerOrder, db: Db, runtime: Run, mandate: Answering
) -> CaseView:
    """Make the answer (D-33) with its list of evidence. Without it in time the decision has no evidence (ARL 70)."""
    hand = hand_of(mandate)
    dossier, at = await drafts.look(db, mandate, case_id)
    remedying.answer_remedy(dossier.case, number, document_id=DocumentId.new(at), sha256="", hand=hand, at=at)
    async with view(db, mandate) as v:
        texts = next(each.texts for each in await remedies.list_words(v, case_id) if each.number == number)
    if texts is None:
        raise gone(case_id)
    office, remedy = runtime.profile.office(mandate.actor.agency_name), remedy_of(dossier.case, number)
    content = answer_of(
        dossier,
        office,
        terms_of(runtime),
        remedy,
        texts,
        reasons=order.reasons,
        signed_as=order.signed_as,
    )
    draft = await drafts.make(runtime, dossier, office, ANSWER[remedy.forum], content, at)
    async with change(db, mandate) as tx:
        case, made = await cases.lock(tx, case_id), draft.document
        permit = tx.permit(cases.resource(case))
        draft.require_current(case, tx.now)
        fact = remedying.answer_remedy(
            case, number, document_id=made.id, sha256=made.sha256, hand=hand, at=tx.now
        )
        case = await cases.save(tx, permit, case, fact, texts=AnsweredRemedy(made))
        return tx.answer(case_view(await dossiers.get(tx, case.id), runtime.profile, mandate.actor))


@router.post(
    "/v1/cases/{case_id}/remedies/{number}/execution-halt",
    summary="停止执行 · Suspend the execution",
    status_code=201,
)
async def halt_execution(
    case_id: CaseId, number: Nth, order: HaltOrder, db: Db, runtime: Run, mandate: Entering
) -> CaseView:
    """Suspend the execution of the decision on a ground of ARL 42 or ALL 56. A remedy alone does not (APL 73(1))."""
    async with change(db, mandate) as tx:
        case = await cases.lock(tx, case_id)
        permit = tx.permit(cases.resource(case))
        fact = remedying.halt_execution(
            case,
            number,
            ground=Halt(order.ground),
            ordered_on=order.ordered_on,
            order=await tx.commit_to(case_id, "halt", order.order),
            hand=hand_of(mandate),
            at=tx.now,
        )
        case = await cases.save(tx, permit, case, fact, texts=RemedyTexts(halt_order=order.order))
        return tx.answer(case_view(await dossiers.get(tx, case.id), runtime.profile, mandate.actor))


@router.post(
    "/v1/cases/{case_id}/remedies/{number}/execution-resumption",
    summary="恢复执行 · Resume the execution",
    status_code=201,
)
async def resume_execution(
    case_id: CaseId, number: Nth, order: ResumptionOrder, db: Db, runtime: Run, mandate: Entering
) -> CaseView:
    """End the suspension of the execution before the remedy ends."""
    async with change(db, mandate) as tx:
        case = await cases.lock(tx, case_id)
        permit = tx.permit(cases.resource(case))
        fact = remedying.resume_execution(
            case,
            number,
            ordered_on=order.ordered_on,
            order=await tx.commit_to(case_id, "resumption", order.order),
            hand=hand_of(mandate),
            at=tx.now,
        )
        case = await cases.save(tx, permit, case, fact, texts=RemedyTexts(resume_order=order.order))
        return tx.answer(case_view(await dossiers.get(tx, case.id), runtime.profile, mandate.actor))
