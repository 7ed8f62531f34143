"""The bundle of a remedy for the organ or the court, made when it is fetched and on record each time."""

from __future__ import annotations

import hashlib
from dataclasses import asdict
from typing import Annotated, Final

import orjson
from fastapi import APIRouter, Depends, Response

from case.api import noting
from case.api.remedies import Nth
from case.documents import INTERNAL
from case.documents.remedies import list_of_evidence
from case.documents.volumes import ZIP, gather
from case.domain.disclosure import DELIBERATED, disclose_bundle
from case.domain.readings import Depth
from case.domain.reconsidering import remedy_of
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

_EVIDENCE: Final = "POST /v1/evidence-bundles"
"""Where the captures with their records and proofs are: evidence's own bundle of the case, which is not copied."""


@router.get(
    "/v1/cases/{case_id}/remedies/{number}/bundle",
    summary="下载复议、诉讼材料包 · Fetch the bundle of a remedy",
    response_class=Response,
    responses=sends(ZIP, etag=True) | refuses(Kind.GONE, Kind.TOO_LARGE),
)
async def fetch_bundle(
    case_id: CaseId,
    number: Nth,
    db: Db,
    runtime: Run,
    mandate: Annotated[Mandate, Depends(Allow(Action.CASE_EXPORT_BUNDLE))],
) -> Response:
    """The main volume and every proof of service of the case with the list of evidence, for a stated purpose (NJ 17).

    The secondary volume stays, and so do the records of the deliberation: the applicant may read what the organ holds
    (ARL 47).
    """
    async with view(db, mandate) as v:
        dossier = await dossiers.get(v, case_id)
        v.permit(cases.resource(dossier.case))
    remedy = remedy_of(dossier.case, number)
    evidence = [asdict(line) for line in list_of_evidence(dossier)]
    about = {"remedy": number, "forum": remedy.forum, "evidence": evidence, "evidence_bundle": _EVIDENCE}
    more = {"remedy.json": orjson.dumps(about, option=orjson.OPT_SORT_KEYS | orjson.OPT_INDENT_2)}
    main = [document for document in dossier.documents if document.kind not in INTERNAL]
    archive = await gather(runtime, dossier, main, more=more, without=DELIBERATED)
    digest = hashlib.sha256(archive).hexdigest()
    async with change(db, mandate) as tx:
        case = await cases.lock(tx, case_id)
        permit = tx.permit(cases.resource(case))
        require_not_withdrawn(case, mandate.actor.id)
        # The record says what left, before it leaves; an erased case leaves to nobody.
        await erasures.require_present(tx, case)
        await noting.note_in(tx, case, Depth.DOCUMENTS, runtime.profile.reading)
        fact = disclose_bundle(
            case_id,
            number,
            purpose=mandate.actor.purpose,
            bundle_sha256=digest,
            document_ids=tuple(document.id for document in main),
        )
        documents.record_reading(tx, permit, fact)
    headers = {
        "content-disposition": f'attachment; filename="{case_id}-{number}.zip"',
        "etag": f'"{digest}"',
        "cache-control": "no-store",
    }
    return Response(archive, media_type=ZIP, headers=headers)
