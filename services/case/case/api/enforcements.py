"""The court is asked, rules, and the execution ends (C-30 to C-32; AEL 39, 40, 53–58)."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends

from case.api.views import case_view, hand_of, terms_of
from case.contract import CaseView
from case.contract.execution import (
    CourtRequestOrder,
    EnforcementEndOrder,
    ExecutionRestOrder,
    ExecutionResumptionOrder,
    HigherCourtOrder,
    RulingOrder,
)
from case.documents import DocumentKind, drafts
from case.documents.executions import court_request_of, enforcement_end_of, files_of, opinion_of
from case.domain import enforcing, executionends
from case.domain.execution import EndGround, RestGround, Ruling
from case.domain.surcharge import amount_due
from case.runtime import Run
from case.store import cases, dossiers, proofs
from case.store.executiontexts import Papered
from common.door.uow import change, view
from common.policy import Action, Mandate
from common.values.ids import CaseId
from common.web.auth import Allow, Db

router = APIRouter()

Entering = Annotated[Mandate, Depends(Allow(Action.CASE_ENTER_RULING))]


@router.post(
    "/v1/cases/{case_id}/enforcement-application",
    summary="申请人民法院强制执行 · Ask the court to execute",
    status_code=201,
)
async def apply(
    case_id: CaseId,
    order: CourtRequestOrder,
    db: Db,
    runtime: Run,
    mandate: Annotated[Mandate, Depends(Allow(Action.CASE_ASK_COURT))],
) -> CaseView:
    """The head signs the application with what AEL 55 lists, after the ten days and within the three months."""
    terms, hand = terms_of(runtime), hand_of(mandate)
    dossier, at = await drafts.look(db, mandate, case_id)
    enforcing.require_applicable(dossier.case, dossier.deadlines, terms=terms, at=at)
    office = runtime.profile.office(mandate.actor.agency_name)
    fine, surcharge = amount_due(dossier.case, at)
    content = court_request_of(
        dossier,
        office,
        terms,
        fine_fen=fine,
        surcharge_fen=surcharge,
        opinion=opinion_of(dossier.case),
        head=order.signed_as,
        at=at,
    )
    draft = await drafts.make(runtime, dossier, office, DocumentKind.COURT, content, at)
    async with change(db, mandate) as tx:
        now, made = await dossiers.lock(tx, case_id), draft.document
        permit = tx.permit(cases.resource(now.case))
        draft.require_current(now.case, tx.now)
        fact = enforcing.apply_to_court(
            now.case,
            now.deadlines,
            document_id=made.id,
            sha256=made.sha256,
            files=tuple(file.sha256 for file in files_of(now)),
            hand=hand,
            terms=terms,
            at=tx.now,
        )
        case = await cases.save(tx, permit, now.case, fact, texts=Papered(made))
        return tx.answer(case_view(await dossiers.get(tx, case.id), runtime.profile, mandate.actor))


@router.post(
    "/v1/cases/{case_id}/enforcement-ruling",
    summary="登记人民法院裁定 · Enter what the court said",
    status_code=201,
)
async def rule(case_id: CaseId, order: RulingOrder, db: Db, runtime: Run, mandate: Entering) -> CaseView:
    """Enter whether the court takes the application, and its ruling, each with its paper."""
    async with view(db, mandate) as v:
        dossier = await dossiers.get(v, case_id)
        v.permit(cases.resource(dossier.case))
    await proofs.require_kept(runtime.sealed, dossier, order.paper_sha256)
    async with change(db, mandate) as tx:
        case = await cases.lock(tx, case_id)
        permit = tx.permit(cases.resource(case))
        fact = enforcing.note_ruling(
            case,
            ruling=Ruling(order.ruling),
            ruled_on=order.ruled_on,
            number=order.number,
            paper_sha256=order.paper_sha256,
            by=hand_of(mandate).officer_id,
            terms=terms_of(runtime),
            at=tx.now,
        )
        case = await cases.save(tx, permit, case, fact)
        return tx.answer(case_view(await dossiers.get(tx, case.id), runtime.profile, mandate.actor))


@router.post(
    "/v1/cases/{case_id}/enforcement-ruling/objection",
    summary="向上一级人民法院申请复议 · Go to the higher court",
    status_code=201,
)
async def object_(
    case_id: CaseId, order: HigherCourtOrder, db: Db, runtime: Run, mandate: Entering
) -> CaseView:
    """The agency goes to the next higher court within fifteen days, once (AEL 56(2), 58(3))."""
    async with change(db, mandate) as tx:
        case = await cases.lock(tx, case_id)
        permit = tx.permit(cases.resource(case))
        fact = enforcing.object_to_ruling(case, hand=hand_of(mandate), terms=terms_of(runtime), at=tx.now)
        case = await cases.save(tx, permit, case, fact)
        return tx.answer(case_view(await dossiers.get(tx, case.id), runtime.profile, mandate.actor))


@router.post(
    "/v1/cases/{case_id}/enforcement-rest", summary="中止执行 · Let the execution rest", status_code=201
)
async def rest(
    case_id: CaseId, order: ExecutionRestOrder, db: Db, runtime: Run, mandate: Entering
) -> CaseView:
    """Enter that the execution rests (AEL 39(1)). After three years it is not taken up again."""
    async with change(db, mandate) as tx:
        case = await cases.lock(tx, case_id)
        permit = tx.permit(cases.resource(case))
        fact = executionends.rest(
            case,
            ground=RestGround(order.ground),
            since=order.since,
            hand=hand_of(mandate),
            terms=terms_of(runtime),
            at=tx.now,
        )
        case = await cases.save(tx, permit, case, fact)
        return tx.answer(case_view(await dossiers.get(tx, case.id), runtime.profile, mandate.actor))


@router.post(
    "/v1/cases/{case_id}/enforcement-rest/resumption",
    summary="恢复执行 · Take the execution up again",
    status_code=201,
)
async def resume(
    case_id: CaseId, order: ExecutionResumptionOrder, db: Db, runtime: Run, mandate: Entering
) -> CaseView:
    """The ground of the rest is gone (AEL 39(2))."""
    async with change(db, mandate) as tx:
        case = await cases.lock(tx, case_id)
        permit = tx.permit(cases.resource(case))
        fact = executionends.resume_execution(case, hand=hand_of(mandate), at=tx.now)
        case = await cases.save(tx, permit, case, fact)
        return tx.answer(case_view(await dossiers.get(tx, case.id), runtime.profile, mandate.actor))


@router.post("/v1/cases/{case_id}/enforcement-end", summary="终结执行 · End the execution", status_code=201)
async def end(
    case_id: CaseId,
    order: EnforcementEndOrder,
    db: Db,
    runtime: Run,
    mandate: Annotated[Mandate, Depends(Allow(Action.CASE_END_ENFORCEMENT))],
) -> CaseView:
    """End the execution without full payment, on a ground that the record shows or that AEL 40 names."""
    terms, hand, ground = terms_of(runtime), hand_of(mandate), EndGround(order.ground)
    dossier, at = await drafts.look(db, mandate, case_id)
    executionends.require_endable(dossier.case, ground, terms=terms, at=at)
    office = runtime.profile.office(mandate.actor.agency_name)
    content = enforcement_end_of(
        dossier, office, ground=ground, reason=order.reason, officer=order.signed_as, at=at
    )
    draft = await drafts.make(runtime, dossier, office, DocumentKind.ENFORCEMENT_END, content, at)
    async with change(db, mandate) as tx:
        case, made = await cases.lock(tx, case_id), draft.document
        permit = tx.permit(cases.resource(case))
        draft.require_current(case, tx.now)
        fact = executionends.end_enforcement(
            case,
            ground=ground,
            text=await tx.commit_to(case_id, "enforcement_end", order.reason),
            document_id=made.id,
            sha256=made.sha256,
            hand=hand,
            terms=terms,
            at=tx.now,
        )
        case = await cases.save(tx, permit, case, fact, texts=Papered(made, order.reason))
        return tx.answer(case_view(await dossiers.get(tx, case.id), runtime.profile, mandate.actor))
