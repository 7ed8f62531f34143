"""A whole case as one archive, with the chain of its records (APL 47; NJ 17)."""

from __future__ import annotations

import hashlib
from typing import Annotated

from fastapi import APIRouter, Depends, Response

from case.api import noting
from case.api.views import hand_of
from case.documents.volumes import ZIP, gather
from case.domain import exporting as domain
from case.domain.readings import Depth
from case.domain.withdrawing import require_not_withdrawn
from case.runtime import Run
from case.store import cases, documents, dossiers, erasures
from common.door.uow import change, view
from common.policy import Action, Mandate
from common.values.errors import Kind
from common.values.ids import CaseId
from common.web.auth import Allow, Db
from common.web.openapi import refuses, sends

router = APIRouter()


@router.get(
    "/v1/cases/{case_id}/export",
    summary="导出案卷 · Export a case",
    response_class=Response,
    responses=sends(ZIP) | refuses(Kind.GONE, Kind.TOO_LARGE),
)
async def export(
    case_id: CaseId, db: Db, runtime: Run, mandate: Annotated[Mandate, Depends(Allow(Action.CASE_EXPORT))]
) -> Response:
    """The volumes of the case, its proofs of service, its list of evidence, and its records with their proofs.

    The officer says what for. The record says who took it, and the digest of what left. Refusals CASE_ERASED where the
    case was erased, CASE_OFFICER_WITHDRAWN, UNMASKING_BUDGET_SPENT.
    """
    async with view(db, mandate) as v:
        dossier = await dossiers.get(v, case_id)
        v.permit(cases.resource(dossier.case))
    archive = await gather(runtime, dossier, dossier.documents)
    async with change(db, mandate) as tx:
        case = await cases.lock(tx, case_id)
        permit = tx.permit(cases.resource(case))
        require_not_withdrawn(case, mandate.actor.id)
        await erasures.require_present(tx, case)
        await noting.note_in(tx, case, Depth.DOCUMENTS, runtime.profile.reading)
        digest = hashlib.sha256(archive).hexdigest()
        fact = domain.export(
            case.id, sha256=digest, documents=len(dossier.documents), by=hand_of(mandate).officer_id
        )
        documents.record_reading(tx, permit, fact)
    headers = {
        "content-disposition": f'attachment; filename="{dossier.case.number}.zip"',
        "cache-control": "no-store",
    }
    return Response(archive, media_type=ZIP, headers=headers)
