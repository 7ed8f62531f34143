"""Court bundles: one capture, or a case with all its evidence and devices."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Response

from common.door.uow import view
from common.policy import Action, Mandate, not_found
from common.values.errors import Kind
from common.values.ids import EvidenceId
from common.web.auth import Allow
from common.web.openapi import refuses, sends
from evidence.bundles.export import export_bundle, list_evidence_of
from evidence.bundles.originals import read_bundle
from evidence.contract import BundleOrder, BundleView, CaseBundleOrder
from evidence.domain.erasure import gone
from evidence.runtime import Run
from evidence.store import bundles

router = APIRouter()
Exporting = Annotated[Mandate, Depends(Allow(Action.EVIDENCE_EXPORT))]


@router.post(
    "/v1/captures/{evidence_id}/bundles",
    summary="制作证据包 · Make a court bundle of a capture",
    status_code=201,
)
async def bundle_capture(
    evidence_id: EvidenceId, runtime: Run, mandate: Exporting, order: BundleOrder | None = None
) -> BundleView:
    """The bundle of one capture: its records, its device's, the pictures, the proofs."""
    return await export_bundle(runtime, mandate, [evidence_id], case_id=None)


@router.post(
    "/v1/evidence-bundles", summary="制作全案证据包 · Make a court bundle of a case", status_code=201
)
async def bundle_case(order: CaseBundleOrder, runtime: Run, mandate: Exporting) -> BundleView:
    """The bundle of a case: its own records, and all of the evidence and devices it rests on."""
    async with view(runtime.db, mandate) as v:
        ids = await list_evidence_of(v, order.case_id)
        if not ids or not await bundles.are_visible(v, ids):
            raise not_found(order.case_id)
    return await export_bundle(runtime, mandate, ids, case_id=order.case_id)


@router.get(
    "/v1/evidence-bundles/{sha256}",
    summary="下载证据包 · Fetch a court bundle",
    response_class=Response,
    responses=sends("application/zip") | refuses(Kind.GONE),
)
async def fetch_bundle(sha256: str, runtime: Run, mandate: Exporting) -> Response:
    """The ZIP, for the person who exported it: the export is on record already."""
    async with view(runtime.db, mandate) as v:
        bundle = await bundles.find_exported(v, sha256, by=mandate.actor.sub)
        if bundle is None:
            raise not_found(f"bundle {sha256[:64]}")
        v.permit(bundle.resource)
        erased = await bundles.find_erased_since(v, sha256)
    if erased is not None:
        # A job destroys the secret after the approval; from the approval on the bundle is shown to nobody.
        raise gone(erased)
    data = await read_bundle(runtime, bundle)
    name = f"mingzheng-{bundle.case_id or bundle.evidence_id}.zip"
    headers = {"content-disposition": f'attachment; filename="{name}"', "cache-control": "no-store"}
    return Response(data, media_type="application/zip", headers=headers)
