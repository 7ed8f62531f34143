"""Covered copies of pictures: a reviewer opens regions, the case service fetches what its party may see."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Depends, Response

from common.door.uow import change, view
from common.policy import Action, Mandate, not_found
from common.values.errors import Kind
from common.values.ids import EvidenceId, OfficerId
from common.web.auth import Allow
from common.web.openapi import refuses, sends
from evidence.bundles.originals import keep_copy, read_original
from evidence.contract.redaction import BoxView, RedactionsView, RedactionView, RegionsOrder
from evidence.domain import redaction
from evidence.domain.erasure import gone
from evidence.domain.lifecycle import Capture
from evidence.domain.redaction import Box, Opened
from evidence.intake.covering import Cover
from evidence.intake.door import IntakeOf
from evidence.runtime import EvidenceRuntime, Run
from evidence.store import captures, redactions

router = APIRouter()
Redacting = Annotated[Mandate, Depends(Allow(Action.CAPTURE_REDACT))]
Showing = Annotated[Mandate, Depends(Allow(Action.CAPTURE_SHOW_PARTY))]


@router.get("/v1/captures/{evidence_id}/redactions", summary="当事人可见范围 · What the party sees")
async def list_redactions(evidence_id: EvidenceId, runtime: Run, mandate: Redacting) -> RedactionsView:
    """For each picture the box that its device named, and the regions that a reviewer opened."""
    async with view(runtime.db, mandate) as v:
        capture = await captures.get(v, evidence_id)
        v.permit(captures.resource(capture))
        return _view(capture, await redactions.list_opened(v, evidence_id))


@router.post(
    "/v1/captures/{evidence_id}/redactions",
    summary="开放图片区域 · Open regions of a picture to its party",
    status_code=201,
)
async def open_regions(
    evidence_id: EvidenceId, order: RegionsOrder, runtime: Run, mandate: Redacting
) -> RedactionsView:
    """Say which parts of a picture its party sees beside the box of the capture, with the reason; on record.

    The list takes the place of an earlier one: an empty one closes what was opened.
    """
    async with change(runtime.db, mandate) as tx:
        capture = await captures.lock(tx, evidence_id)
        permit = tx.permit(captures.resource(capture))
        if redaction.picture_of(capture, order.picture) is None:
            raise not_found(f"picture {order.picture} of {evidence_id}")
        fact = redaction.open_regions(
            capture,
            picture=order.picture,
            boxes=[Box(box.left, box.top, box.right, box.bottom) for box in order.boxes],
            reason=await tx.commit_to(evidence_id, "region_reason", order.reason),
            by=OfficerId(mandate.actor.id),
            looked_at=await captures.pictures_opened(tx, evidence_id, mandate.actor.sub),
        )
        await redactions.open_regions(tx, permit, capture, fact)
        return tx.answer(_view(capture, await redactions.list_opened(tx, evidence_id)))


@router.get(
    "/v1/captures/{evidence_id}/redactions/{n}",
    summary="当事人所见图片 · See a picture as its party does",
    response_class=Response,
    responses=sends("image/jpeg", etag=True) | refuses(Kind.CONFLICT, Kind.GONE, Kind.UNAVAILABLE),
)
async def preview(
    evidence_id: EvidenceId, n: int, runtime: Run, intake: IntakeOf, mandate: Redacting
) -> Response:
    """The covered copy, for the reviewer who decides what is open."""
    return await _covered(runtime, intake.cover, mandate, evidence_id, n)


@router.get(
    "/v1/captures/{evidence_id}/party-images/{n}",
    summary="供当事人查看的图片 · Fetch a covered picture for the party",
    response_class=Response,
    responses=sends("image/jpeg", etag=True) | refuses(Kind.CONFLICT, Kind.GONE, Kind.UNAVAILABLE),
)
async def read_for_party(
    evidence_id: EvidenceId, n: int, runtime: Run, intake: IntakeOf, mandate: Showing
) -> Response:
    """The covered copy for the party of the case, which the case service knows; that the party looked is its record."""
    return await _covered(runtime, intake.cover, mandate, evidence_id, n)


async def _covered(
    runtime: EvidenceRuntime, cover: Cover, mandate: Mandate, evidence_id: EvidenceId, n: int
) -> Response:
    """The copy with what is open now: the one that is kept, or one that is made, with its record."""
    async with view(runtime.db, mandate) as v:
        seen = await captures.get(v, evidence_id)
        v.permit(captures.resource(seen))
        picture = redaction.picture_of(seen, n)
        if picture is None:
            raise not_found(f"picture {n} of {evidence_id}")
        redaction.require_shown(seen)
        if seen.is_erased:
            raise gone(evidence_id)
        opened = await redactions.list_opened(v, evidence_id)
        boxes = redaction.open_boxes(picture, redaction.boxes_in(opened, n))
        copy = await redactions.find_copy(v, seen, n, boxes)
    if copy is not None:
        return _answer(await read_original(runtime, copy.sha256, of=evidence_id), copy.sha256)
    original = await read_original(runtime, picture.sha256, of=evidence_id)
    data = await cover.over(original, boxes)
    sha256 = await keep_copy(runtime, data, of=evidence_id)
    async with change(runtime.db, mandate) as tx:
        capture = await captures.lock(tx, evidence_id)
        permit = tx.permit(captures.resource(capture))
        if capture.is_erased:
            raise gone(evidence_id)
        # Two who looked at once made the same copy; one record is enough.
        if await redactions.find_copy(tx, capture, n, boxes) is None:
            fact = redaction.redact(capture, picture=n, boxes=boxes, sha256=sha256, size=len(data))
            await redactions.add_copy(tx, permit, capture, fact)
    return _answer(data, sha256)


def _answer(data: bytes, sha256: str) -> Response:
    headers = {
        "cache-control": "no-store",
        "content-disposition": "attachment",
        "etag": f'"{sha256}"',
    }
    return Response(data, media_type="image/jpeg", headers=headers)


def _view(capture: Capture, opened: Sequence[Opened]) -> RedactionsView:
    items = []
    for n, picture in enumerate(capture.pictures, 1):
        own = redaction.own_box(picture)
        items.append(
            RedactionView(
                n=n,
                width=picture.width,
                height=picture.height,
                own=_box(own) if own else None,
                opened=[_box(box) for box in redaction.boxes_in(opened, n)],
                href=f"/v1/captures/{capture.id}/redactions/{n}",
            )
        )
    return RedactionsView(items=items)


def _box(box: Box) -> BoxView:
    return BoxView(left=box.left, top=box.top, right=box.right, bottom=box.bottom)
