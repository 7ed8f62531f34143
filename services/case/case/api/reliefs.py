"""Paying later or by instalments: the party applies, the head decides (C-25; APL 66(2))."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends

from case.api.service import Ordering, ordered
from case.api.views import case_view, hand_of, terms_of
from case.contract import CaseView, ServiceOrder
from case.contract.execution import PlanPart, ReliefDecisionOrder, ReliefOrder
from case.documents import DocumentKind, drafts
from case.documents.executions import relief_decision_of
from case.domain.money import Part
from case.domain.procedure import Case
from case.domain.relief import apply_relief, grant_relief, open_relief, plan_to_grant, refuse_relief
from case.domain.reliefservice import due_answer
from case.runtime import Run
from case.store import cases, dossiers, executions
from case.store.executiontexts import Papered, Said
from common.door.uow import change, view
from common.policy import Action, Mandate
from common.values.ids import CaseId, DocumentId, OfficerId
from common.web.auth import Allow, Db

router = APIRouter()


@router.post(
    "/v1/cases/{case_id}/instalments",
    summary="申请延期或者分期缴纳 · Ask to pay later or by instalments",
    status_code=201,
)
async def apply(
    case_id: CaseId,
    order: ReliefOrder,
    db: Db,
    runtime: Run,
    mandate: Annotated[Mandate, Depends(Allow(Action.CASE_APPLY_RELIEF))],
) -> CaseView:
    """The party asks, by itself or at the counter, where an officer writes it down. Both are the same act."""
    async with change(db, mandate) as tx:
        case = await cases.lock(tx, case_id)
        permit = tx.permit(cases.resource(case))
        fact = apply_relief(
            case,
            _parts(order.parts),
            grounds=await tx.commit_to(case_id, "relief", order.grounds),
            by=OfficerId(mandate.actor.id) if mandate.actor.kind == "officer" else None,
            terms=terms_of(runtime),
            at=tx.now,
        )
        case = await cases.save(tx, permit, case, fact, texts=Said(order.grounds))
        return tx.answer(case_view(await dossiers.get(tx, case.id), runtime.profile, mandate.actor))


@router.post(
    "/v1/cases/{case_id}/instalments/{number}/decision",
    summary="决定延期或者分期缴纳 · Decide on paying later",
    status_code=201,
)
async def decide(
    case_id: CaseId,
    number: int,
    order: ReliefDecisionOrder,
    db: Db,
    runtime: Run,
    mandate: Annotated[Mandate, Depends(Allow(Action.CASE_DECIDE_RELIEF))],
) -> CaseView:
    """The head grants the plan, or refuses it with its remedies. A granted plan cancels the references before it."""
    terms, hand = terms_of(runtime), hand_of(mandate)
    dossier, at = await drafts.look(db, mandate, case_id)
    relief = open_relief(dossier.case, number)
    parts = _parts(order.parts or [])
    plan = plan_to_grant(dossier.case, number, parts, terms=terms, at=at) if order.granted else None
    async with view(db, mandate) as v:
        v.permit(cases.resource(dossier.case))
        grounds = await executions.get_grounds(v, case_id, number)
    office = runtime.profile.office(mandate.actor.agency_name)
    content = relief_decision_of(
        dossier,
        office,
        terms,
        applied_at=relief.applied_at,
        grounds=grounds.words,
        reason=order.reason,
        granted=plan,
    )
    draft = await drafts.make(runtime, dossier, office, DocumentKind.RELIEF, content, at)
    async with change(db, mandate) as tx:
        case, made = await cases.lock(tx, case_id), draft.document
        permit = tx.permit(cases.resource(case))
        draft.require_current(case, tx.now)
        if order.granted:
            fact = grant_relief(
                case,
                number=number,
                document_id=made.id,
                sha256=made.sha256,
                by=hand.officer_id,
                terms=terms,
                at=tx.now,
                parts=parts,
            )
            case = await cases.save(tx, permit, case, fact, texts=Papered(made, order.reason))
        else:
            refused = refuse_relief(
                case,
                number=number,
                reason=await tx.commit_to(case_id, "relief", order.reason),
                document_id=made.id,
                sha256=made.sha256,
                by=hand.officer_id,
                at=tx.now,
            )
            case = await cases.save(tx, permit, case, refused, texts=Papered(made, order.reason))
        return tx.answer(case_view(await dossiers.get(tx, case.id), runtime.profile, mandate.actor))


@router.post(
    "/v1/cases/{case_id}/instalments/{number}/service",
    summary="送达延期（分期）缴纳罚款决定书 · Order the service of the answer about paying later",
    status_code=201,
)
async def serve(
    case_id: CaseId, number: int, order: ServiceOrder, db: Db, runtime: Run, mandate: Ordering
) -> CaseView:
    """Order the service of the D-24: the party learns by it what it may pay when, or how to go against the refusal."""

    def due(case: Case) -> DocumentId:
        document_id = due_answer(case, number).document_id
        assert document_id is not None
        return document_id

    kind = DocumentKind.RELIEF
    return await ordered(case_id, order, kind, due=due, db=db, runtime=runtime, mandate=mandate)


def _parts(parts: list[PlanPart]) -> tuple[Part, ...]:
    return tuple(Part(part.due_on, part.amount_fen) for part in parts)
