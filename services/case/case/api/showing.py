"""What a party sees of the evidence of its case: covered pictures, and the dossier of each device (APL 41(3))."""

from __future__ import annotations

import hashlib
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Response

from case.api.views import terms_of
from case.contract.showing import (
    DeviceDossierList,
    PictureList,
    PictureView,
    PowerView,
    SentenceView,
    ShownCaptureView,
    ShownDossierView,
)
from case.documents.devicewords import sentences_of
from case.domain import showing
from case.domain.deadlines import Terms
from case.domain.lawoftime import item_of
from case.domain.procedure import Case
from case.runtime import Run
from case.store import cases, documents, dossiers, erasures
from case.store.dossiers import ExhibitLine
from common.door.uow import change, view
from common.policy import Action, Mandate
from common.values.errors import Kind
from common.values.ids import CaseId, EvidenceId
from common.web.auth import Allow, Db
from common.web.openapi import refuses, sends
from device_registry.contract import DeviceRegistry
from evidence.contract import Evidence

router = APIRouter()
Seeing = Annotated[Mandate, Depends(Allow(Action.CASE_SEE_PICTURES))]
ReadingDossier = Annotated[Mandate, Depends(Allow(Action.CASE_READ_DEVICE_DOSSIER))]


@router.get("/v1/cases/{case_id}/pictures", summary="证据图片列表 · List the pictures of the evidence")
async def list_pictures(case_id: CaseId, db: Db, mandate: Seeing) -> PictureList:
    """The captures of the case and the addresses of their covered pictures."""
    async with view(db, mandate) as v:
        dossier = await dossiers.get(v, case_id)
        v.permit(cases.resource(dossier.case))
    return PictureList(items=[_shown(case_id, line) for line in dossier.exhibits])


def _shown(case_id: CaseId, line: ExhibitLine) -> ShownCaptureView:
    path = f"/v1/cases/{case_id}/captures/{line.evidence_id}/pictures"
    return ShownCaptureView(
        evidence_id=line.evidence_id,
        device_id=line.device_id,
        device_code=line.device_code,
        place=line.place,
        captured_at=line.captured_at,
        pictures=[PictureView(n=n, href=f"{path}/{n}") for n, _ in enumerate(line.media, 1)],
    )


@router.get(
    "/v1/cases/{case_id}/captures/{evidence_id}/pictures/{n}",
    summary="查看证据图片 · See a picture of the evidence",
    response_class=Response,
    responses=sends("image/jpeg", etag=True) | refuses(Kind.CONFLICT, Kind.GONE, Kind.UNAVAILABLE),
)
async def see_picture(
    case_id: CaseId,
    evidence_id: EvidenceId,
    n: Annotated[int, Path(ge=1, le=1_000)],
    db: Db,
    runtime: Run,
    mandate: Seeing,
) -> Response:
    """The picture, covered but for the box of the vehicle and what a reviewer opened. Every look is on record.

    The original stays where it is: whoever may inspect it does so at the agency.
    """
    async with view(db, mandate) as v:
        case = await cases.get(v, case_id)
        v.permit(cases.resource(case))
    showing.exhibit_of(case, evidence_id)
    data = await Evidence(runtime.peers).picture_for_party(evidence_id, n)
    sha256 = hashlib.sha256(data).hexdigest()
    async with change(db, mandate) as tx:
        case = await cases.lock(tx, case_id)
        permit = tx.permit(cases.resource(case))
        await erasures.require_present(tx, case)
        fact = showing.show_picture(case, evidence_id, n, sha256=sha256, reader=mandate.actor.kind)
        documents.record_reading(tx, permit, fact)
    headers = {"cache-control": "no-store", "content-disposition": "inline", "etag": f'"{sha256}"'}
    return Response(data, media_type="image/jpeg", headers=headers)


@router.get(
    "/v1/cases/{case_id}/device-dossier",
    summary="设备档案 · The dossier of the devices",
    responses=refuses(Kind.GONE, Kind.UNAVAILABLE),
)
async def read_device_dossier(
    case_id: CaseId, db: Db, runtime: Run, mandate: ReadingDossier
) -> DeviceDossierList:
    """For each capture the registry's signed statement on its device at that second: basis, power, reviews,
    verification, sign, publication, standing. Every reading is on record.
    """
    async with view(db, mandate) as v:
        seen = await cases.get(v, case_id)
        v.permit(cases.resource(seen))
    registry = DeviceRegistry(runtime.peers)
    signed = {
        exhibit.evidence_id: await registry.dossier(exhibit.device_id, exhibit.captured_at)
        for exhibit in seen.exhibits
    }
    async with change(db, mandate) as tx:
        case = await cases.lock(tx, case_id)
        permit = tx.permit(cases.resource(case))
        await erasures.require_present(tx, case)
        items = []
        # A capture that joined meanwhile is in the next answer.
        for exhibit in (each for each in case.exhibits if each.evidence_id in signed):
            told = signed[exhibit.evidence_id]
            fact = showing.show_dossier(
                case, exhibit.evidence_id, sha256=told.sha256, reader=mandate.actor.kind
            )
            documents.record_reading(tx, permit, fact)
            items.append(
                ShownDossierView(
                    sentences=[SentenceView(zh=one.zh, en=one.en) for one in sentences_of(told.dossier)],
                    evidence_id=exhibit.evidence_id,
                    captured_at=exhibit.captured_at,
                    note=told.note,
                    sha256=told.sha256,
                    dossier=told.dossier,
                )
            )
    return DeviceDossierList(power=_power(case, terms_of(runtime)), items=items)


def _power(case: Case, terms: Terms) -> PowerView:
    item = item_of(case, terms)
    return PowerView(
        agency_id=case.agency_id,
        violation_code=item.code,
        violation_name=item.name,
        violated=item.violated.zh,
        penalty=item.penalty.zh,
        listed=item.in_offsite_list,
    )
