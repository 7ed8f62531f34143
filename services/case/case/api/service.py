"""Orders of service (送达): of the prior notice and of the decision."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends

from case.api.views import case_view, hand_of
from case.contract import CaseView, ServiceOrder
from case.documents import DocumentKind, drafts
from case.domain.filing import require_party
from case.domain.performance import order_service
from case.domain.procedure import due_document
from case.runtime import CaseRuntime, Run
from case.store import cases, dossiers
from common.door.uow import Database, change
from common.policy import Action, Mandate
from common.values.ids import CaseId
from common.values.manner import Manner
from common.web.auth import Allow, Db
from notification.contract import Notification

router = APIRouter()

Ordering = Annotated[Mandate, Depends(Allow(Action.CASE_ORDER_SERVICE))]


@router.post(
    "/v1/cases/{case_id}/prior-notice/service",
    summary="送达告知书 · Order the service of the prior notice",
    status_code=201,
)
async def serve_prior_notice(
    case_id: CaseId, order: ServiceOrder, db: Db, runtime: Run, mandate: Ordering
) -> CaseView:
    """Order the service of the prior notice. The time to answer runs from the day it is served."""
    return await _ordered(case_id, order, DocumentKind.PRIOR_NOTICE, db=db, runtime=runtime, mandate=mandate)


@router.post(
    "/v1/cases/{case_id}/decision/service",
    summary="送达决定书 · Order the service of the decision",
    status_code=201,
)
async def serve_decision(
    case_id: CaseId, order: ServiceOrder, db: Db, runtime: Run, mandate: Ordering
) -> CaseView:
    """Order the service of the decision, within seven working days of it (APL 61)."""
    return await _ordered(case_id, order, DocumentKind.DECISION, db=db, runtime=runtime, mandate=mandate)


async def _ordered(
    case_id: CaseId,
    order: ServiceOrder,
    kind: DocumentKind,
    *,
    db: Database,
    runtime: CaseRuntime,
    mandate: Mandate,
) -> CaseView:
    dossier, at = await drafts.look(db, mandate, case_id)
    standing = await Notification(runtime.peers).consent(require_party(dossier.case).id, at)
    consent = standing.covering(kind)
    async with change(db, mandate) as tx:
        dossier = await dossiers.lock(tx, case_id)
        case = dossier.case
        permit = tx.permit(cases.resource(case))
        document = dossier.document(due_document(case, kind))
        fact = order_service(
            case,
            document_id=document.id,
            document_kind=kind,
            document_sha256=document.sha256,
            manner=Manner(order.manner),
            consent_id=consent.consent_id if consent else None,
            hand=hand_of(mandate),
        )
        case = await cases.save(tx, permit, case, fact)
        return tx.answer(case_view(dossier.after(case, fact), runtime.profile))
