"""Captures that leave in a transfer: the exchange reads them for the agency that transfers (NJ 19)."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Response

from common.door.uow import change, view
from common.policy import Action, Mandate, not_found
from common.values.errors import Kind
from common.values.ids import AgencyId, EvidenceId
from common.web.auth import Allow
from common.web.openapi import refuses, sends
from evidence.api.views import view_of
from evidence.bundles.originals import read_original
from evidence.contract import TransferCaptureView
from evidence.domain.custody import Purpose, disclose
from evidence.domain.erasure import gone
from evidence.domain.lifecycle import Capture
from evidence.runtime import Run
from evidence.store import captures

router = APIRouter()
Transferring = Annotated[Mandate, Depends(Allow(Action.CAPTURE_READ_FOR_TRANSFER))]


@router.get(
    "/v1/captures/{evidence_id}/transfer-view",
    summary="移送视图 · Read a capture for its transfer",
    responses=refuses(Kind.GONE),
)
async def read_capture_for_transfer(
    evidence_id: EvidenceId, agency_id: AgencyId, runtime: Run, mandate: Transferring
) -> TransferCaptureView:
    """A capture of the agency that transfers it: nothing personal, and the digests of its pictures."""
    async with view(runtime.db, mandate) as v:
        capture = await captures.get(v, evidence_id)
        v.permit(captures.resource(capture))
    _require_transferable(capture, agency_id)
    shown = view_of(capture, runtime)
    fields = {name: getattr(shown, name) for name in TransferCaptureView.model_fields}
    return TransferCaptureView.model_validate(fields)


@router.get(
    "/v1/captures/{evidence_id}/transfer-images/{n}",
    summary="移送图片 · Fetch a picture for its transfer",
    response_class=Response,
    responses=sends("image/jpeg", "image/png", etag=True) | refuses(Kind.GONE),
)
async def read_image_for_transfer(
    evidence_id: EvidenceId, n: int, agency_id: AgencyId, runtime: Run, mandate: Transferring
) -> Response:
    """The original bytes of one picture, hashed again just now. The reading is on record before they leave."""
    async with view(runtime.db, mandate) as v:
        seen = await captures.get(v, evidence_id)
        v.permit(captures.resource(seen))
    _require_transferable(seen, agency_id)
    if not 1 <= n <= len(seen.pictures):
        raise not_found(f"picture {n} of {evidence_id}")
    picture = seen.pictures[n - 1]
    data = await read_original(runtime, picture.sha256, of=evidence_id)
    async with change(runtime.db, mandate) as tx:
        capture = await captures.lock(tx, evidence_id)
        permit = tx.permit(captures.resource(capture))
        fact = disclose(capture.in_custody, purpose=Purpose.TRANSFER, picture=n, sha256=picture.sha256)
        await captures.save(tx, permit, capture, fact)
    headers = {"cache-control": "no-store", "etag": f'"{picture.sha256}"'}
    return Response(data, media_type=picture.media_type, headers=headers)


def _require_transferable(capture: Capture, agency_id: AgencyId) -> None:
    """An agency transfers its own evidence; another agency's does not exist for it."""
    if capture.agency_id != agency_id:
        raise not_found(capture.id)
    if capture.is_erased:
        raise gone(capture.id)
