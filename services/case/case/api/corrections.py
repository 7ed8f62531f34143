"""The order to correct in a document of its own (责令改正): given, served, looked after (C-04; APL 28(1))."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends

from case.api.service import Ordering, ordered
from case.api.views import case_view, hand_of, terms_of
from case.contract import CaseView, ServiceOrder
from case.contract.corrections import CorrectionCheckOrder, CorrectionOrderOrder
from case.documents import DocumentKind, drafts
from case.documents.corrections import correction_notice_of
from case.domain.ordering import check_correction, due_order, order_correction, require_orderable
from case.runtime import Run
from case.store import cases, dossiers, proofs
from case.store.correctiontexts import OrderedCorrection, OrderTexts
from common.door.uow import change
from common.policy import Action, Mandate
from common.values.ids import CaseId
from common.web.auth import Allow, Db

router = APIRouter()


@router.post(
    "/v1/cases/{case_id}/correction-order", summary="责令改正 · Order the party to correct", status_code=201
)
async def order(
    case_id: CaseId,
    order: CorrectionOrderOrder,
    db: Db,
    runtime: Run,
    mandate: Annotated[Mandate, Depends(Allow(Action.CASE_ORDER_CORRECTION))],
) -> CaseView:
    """Order the party to put its act right, at once or within days of the service (APL 28(1))."""
    terms, hand = terms_of(runtime), hand_of(mandate)
    dossier, at = await drafts.look(db, mandate, case_id)
    require_orderable(dossier.case)
    office = runtime.profile.office(mandate.actor.agency_name)
    content = correction_notice_of(dossier, office, terms, content=order.content, days=order.days)
    draft = await drafts.make(runtime, dossier, office, DocumentKind.CORRECTION, content, at)
    async with change(db, mandate) as tx:
        case, made = await cases.lock(tx, case_id), draft.document
        permit = tx.permit(cases.resource(case))
        draft.require_current(case, tx.now)
        words = await tx.commit_to(case_id, "correction_order", order.content)
        fact = order_correction(
            case,
            document_id=made.id,
            sha256=made.sha256,
            content=words,
            days=order.days,
            hand=hand,
            at=tx.now,
        )
        texts = OrderedCorrection(OrderTexts(order.content), made)
        case = await cases.save(tx, permit, case, fact, texts=texts)
        return tx.answer(case_view(await dossiers.get(tx, case.id), runtime.profile, mandate.actor))


@router.post(
    "/v1/cases/{case_id}/correction-order/service",
    summary="送达责令改正通知书 · Order the service of the order to correct",
    status_code=201,
)
async def serve(case_id: CaseId, order: ServiceOrder, db: Db, runtime: Run, mandate: Ordering) -> CaseView:
    """Order the service of the D-03. The days to correct run from the day it is served."""
    return await ordered(
        case_id,
        order,
        DocumentKind.CORRECTION,
        due=lambda case: due_order(case).document_id,
        db=db,
        runtime=runtime,
        mandate=mandate,
    )


@router.post(
    "/v1/cases/{case_id}/correction-order/check",
    summary="核查改正情况 · Note whether the order was complied with",
    status_code=201,
)
async def check(
    case_id: CaseId,
    order: CorrectionCheckOrder,
    db: Db,
    runtime: Run,
    mandate: Annotated[Mandate, Depends(Allow(Action.CASE_CONFIRM_CORRECTION))],
) -> CaseView:
    """An officer notes whether the order was complied with, with a proof; default only once its day is over."""
    dossier, _ = await drafts.look(db, mandate, case_id)
    await proofs.require_kept(runtime.sealed, dossier, order.proof_sha256)
    async with change(db, mandate) as tx:
        case = await cases.lock(tx, case_id)
        permit = tx.permit(cases.resource(case))
        fact = check_correction(
            case,
            complied=order.complied,
            checked_at=order.checked_at,
            proof_sha256=order.proof_sha256,
            hand=hand_of(mandate),
            at=tx.now,
        )
        case = await cases.save(tx, permit, case, fact)
        return tx.answer(case_view(await dossiers.get(tx, case.id), runtime.profile, mandate.actor))
