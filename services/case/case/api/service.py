"""Orders of service (送达): of the prior notice, of the notice of a hearing and of the decision."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Depends

from case.api.views import case_view, document_for_service, hand_of
from case.contract import CaseView, ServiceOrder
from case.contract.serving import DocumentForServiceView
from case.documents import DocumentKind, drafts
from case.domain.filing import require_party
from case.domain.outcomes import Outcome
from case.domain.procedure import Case, due_document
from case.domain.sealing import require_sealed
from case.domain.serving import order_service
from case.runtime import CaseRuntime, Run
from case.store import cases, documents, dossiers
from common.door.uow import Database, change, view
from common.policy import Action, Mandate
from common.values.ids import CaseId, DocumentId
from common.values.manner import Manner
from common.web.auth import Allow, Db
from gateway.identity.contract import Identity
from notification.contract import Notification

router = APIRouter()

AskingForService = Annotated[Mandate, Depends(Allow(Action.CASE_READ_FOR_SERVICE))]
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
    return await ordered(case_id, order, DocumentKind.PRIOR_NOTICE, db=db, runtime=runtime, mandate=mandate)


@router.post(
    "/v1/cases/{case_id}/hearing/service",
    summary="送达听证通知书 · Order the service of the notice of the hearing",
    status_code=201,
)
async def serve_hearing_notice(
    case_id: CaseId, order: ServiceOrder, db: Db, runtime: Run, mandate: Ordering
) -> CaseView:
    """Order the service of the notice of the hearing: seven working days lie between it and the hearing (APL 64(2))."""
    kind = DocumentKind.HEARING_NOTICE
    return await ordered(case_id, order, kind, db=db, runtime=runtime, mandate=mandate)


@router.post(
    "/v1/cases/{case_id}/decision/service",
    summary="送达决定书 · Order the service of the decision",
    status_code=201,
)
async def serve_decision(
    case_id: CaseId, order: ServiceOrder, db: Db, runtime: Run, mandate: Ordering
) -> CaseView:
    """Order the service of the decision, to punish or not, within seven working days of it (APL 61)."""
    return await ordered(case_id, order, None, db=db, runtime=runtime, mandate=mandate)


@router.get(
    "/v1/documents/{document_id}/service-view",
    summary="送达所需信息 · Ask what a return of service names",
)
async def read_for_service(
    document_id: DocumentId, db: Db, runtime: Run, mandate: AskingForService
) -> DocumentForServiceView:
    """What the return of service of a document names (CPL 87), for the notification service alone."""
    async with view(db, mandate) as v:
        document = await documents.get(v, document_id)
        dossier = await dossiers.get(v, document.case_id)
        v.permit(cases.resource(dossier.case))
    agencies = await Identity(runtime.peers).agencies()
    name = next((each.name for each in agencies if each.agency_id == document.agency_id), None)
    return document_for_service(dossier, document, runtime.profile.office(name))


def decision_kind(case: Case) -> DocumentKind:
    """The kind of the document by which the case was decided."""
    is_penalty = case.decision is None or case.decision.outcome is Outcome.PENALTY
    return DocumentKind.DECISION if is_penalty else DocumentKind.NO_PENALTY


async def ordered(
    case_id: CaseId,
    order: ServiceOrder,
    notice: DocumentKind | None,
    *,
    due: Callable[[Case], DocumentId] | None = None,
    db: Database,
    runtime: CaseRuntime,
    mandate: Mandate,
) -> CaseView:
    """Order the service of the document of `notice` that is due, of the decision where it is None.

    `due` says which document that is, and refuses where none is; without it the procedure says so.
    """
    dossier, at = await drafts.look(db, mandate, case_id)
    standing = await Notification(runtime.peers).consent(require_party(dossier.case).id, at)
    kind = notice or decision_kind(dossier.case)
    consent = standing.covering(kind)
    async with change(db, mandate) as tx:
        dossier = await dossiers.lock(tx, case_id)
        case = dossier.case
        permit = tx.permit(cases.resource(case))
        document = dossier.document(due(case) if due is not None else due_document(case, kind))
        rules = runtime.profile.seal
        require_sealed(document.id, kind=kind, is_sealed=document.is_sealed, rules=rules)
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
        return tx.answer(case_view(dossier.after(case, fact), runtime.profile, mandate.actor))
