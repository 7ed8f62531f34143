"""The demand to pay, its service, and what the party says to it (C-29; AEL 35, 36, 54)."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends

from case.api.service import ordered
from case.api.views import case_view, hand_of, terms_of
from case.contract import CaseView, ServiceOrder
from case.contract.execution import DemandOrder, ObjectionAnswerOrder, ObjectionOrder
from case.documents import DocumentKind, drafts
from case.documents.executions import demand_of
from case.domain.demanding import answer_objection, issue_demand, object_to_demand
from case.runtime import Run
from case.store import cases, dossiers
from case.store.executiontexts import Papered, Said
from common.door.uow import change
from common.policy import Action, Mandate
from common.values.ids import CaseId, DocumentId, OfficerId
from common.web.auth import Allow, Db

router = APIRouter()


@router.post("/v1/cases/{case_id}/demand", summary="催告 · Issue the demand to pay", status_code=201)
async def demand(
    case_id: CaseId,
    order: DemandOrder,
    db: Db,
    runtime: Run,
    mandate: Annotated[Mandate, Depends(Allow(Action.CASE_DEMAND))],
) -> CaseView:
    """Demand what is unpaid, once the remedies are over (AEL 54). Its service starts the ten working days."""
    terms, hand = terms_of(runtime), hand_of(mandate)
    dossier, at = await drafts.look(db, mandate, case_id)
    tried = issue_demand(
        dossier.case, dossier.deadlines, document_id=DocumentId.new(at), sha256="", hand=hand, at=at
    )
    office = runtime.profile.office(mandate.actor.agency_name)
    content = demand_of(dossier, office, terms, fine_fen=tried.fine_fen, surcharge_fen=tried.surcharge_fen)
    draft = await drafts.make(runtime, dossier, office, DocumentKind.DEMAND, content, at)
    async with change(db, mandate) as tx:
        now, made = await dossiers.lock(tx, case_id), draft.document
        permit = tx.permit(cases.resource(now.case))
        draft.require_current(now.case, tx.now)
        fact = issue_demand(
            now.case, now.deadlines, document_id=made.id, sha256=made.sha256, hand=hand, at=tx.now
        )
        case = await cases.save(tx, permit, now.case, fact, texts=Papered(made))
        return tx.answer(case_view(await dossiers.get(tx, case.id), runtime.profile, mandate.actor))


@router.post(
    "/v1/cases/{case_id}/demand/service",
    summary="送达催告书 · Order the service of the demand",
    status_code=201,
)
async def serve(
    case_id: CaseId,
    order: ServiceOrder,
    db: Db,
    runtime: Run,
    mandate: Annotated[Mandate, Depends(Allow(Action.CASE_ORDER_SERVICE))],
) -> CaseView:
    """Order the service of the demand. Ten working days later the court may be asked (AEL 54)."""
    return await ordered(case_id, order, DocumentKind.DEMAND, db=db, runtime=runtime, mandate=mandate)


@router.post(
    "/v1/cases/{case_id}/demand/statements",
    summary="对催告陈述、申辩 · State on the demand",
    status_code=201,
)
async def state(
    case_id: CaseId,
    order: ObjectionOrder,
    db: Db,
    runtime: Run,
    mandate: Annotated[Mandate, Depends(Allow(Action.CASE_OBJECT_TO_DEMAND))],
) -> CaseView:
    """The party states and defends itself (AEL 36), by itself or at the counter."""
    async with change(db, mandate) as tx:
        case = await cases.lock(tx, case_id)
        permit = tx.permit(cases.resource(case))
        fact = object_to_demand(
            case,
            statement=await tx.commit_to(case_id, "demand_objection", order.statement),
            by=OfficerId(mandate.actor.id) if mandate.actor.kind == "officer" else None,
            at=tx.now,
        )
        case = await cases.save(tx, permit, case, fact, texts=Said(order.statement))
        return tx.answer(case_view(await dossiers.get(tx, case.id), runtime.profile, mandate.actor))


@router.post(
    "/v1/cases/{case_id}/demand/statements/{number}/answer",
    summary="复核对催告的陈述、申辩 · Answer a statement on the demand",
    status_code=201,
)
async def answer(
    case_id: CaseId,
    number: int,
    order: ObjectionAnswerOrder,
    db: Db,
    runtime: Run,
    mandate: Annotated[Mandate, Depends(Allow(Action.CASE_DEMAND))],
) -> CaseView:
    """One of the two officers checks what was said and answers it. What is adopted keeps the court from being asked."""
    async with change(db, mandate) as tx:
        case = await cases.lock(tx, case_id)
        permit = tx.permit(cases.resource(case))
        fact = answer_objection(
            case,
            number=number,
            adopted=order.adopted,
            reason=await tx.commit_to(case_id, "demand_objection", order.reason),
            hand=hand_of(mandate),
        )
        case = await cases.save(tx, permit, case, fact, texts=Said(order.reason))
        return tx.answer(case_view(await dossiers.get(tx, case.id), runtime.profile, mandate.actor))
