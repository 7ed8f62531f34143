"""Captures: the queue, the review desk, and every look at a picture."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from common.door.uow import Tx, change, view
from common.policy import Action, Actor, Mandate, Permit, authorize, may, not_found
from common.values.calendar import legal_day
from common.values.errors import Kind
from common.values.ids import EvidenceId, OfficerId
from common.values.readingrules import ReadingRules
from common.web.auth import Allow
from common.web.openapi import MAY_STATE_PURPOSE, refuses, sends
from common.web.pages import Cursor, Limit, after, next_cursor
from common.web.wire import Page
from evidence.api.views import due_of, view_of
from evidence.bundles.originals import read_original
from evidence.contract import (
    AcceptanceOrder,
    AcceptanceProposalOrder,
    AttributesOrder,
    CaptureSummary,
    CaptureView,
    LateReviewOrder,
    RejectionOrder,
    ReviewOrder,
)
from evidence.domain.capture import State
from evidence.domain.checks import Code
from evidence.domain.custody import Purpose, disclose, purpose_of, require_budget
from evidence.domain.erasure import gone
from evidence.domain.holding import require_free
from evidence.domain.lifecycle import Capture
from evidence.domain.review import (
    Attribute,
    Reviewer,
    accept,
    allow_late_review,
    propose_acceptance,
    reject,
    take,
)
from evidence.runtime import EvidenceRuntime, Run
from evidence.store import captures, held_devices, unmaskings

router = APIRouter()
Reading = Annotated[Mandate, Depends(Allow(Action.CAPTURE_READ))]
Looking = Annotated[Mandate, Depends(Allow(Action.CAPTURE_VIEW_IMAGE))]
PERSONAL = ("plate", "plate_color", "plate_class", "plate_written")


@router.get("/v1/captures", summary="取证记录列表 · List captures")
async def list_captures(
    runtime: Run,
    mandate: Reading,
    state: Annotated[list[State] | None, Query()] = None,
    limit: Limit = 50,
    cursor: Cursor = "",
) -> Page[CaptureSummary]:
    """Captures of the caller's agencies, newest first."""
    async with view(runtime.db, mandate) as v:
        before = after(cursor, EvidenceId)
        page = await captures.list_newest(v, states=state or [], before=before, limit=limit + 1)
    items = [CaptureSummary.model_validate(vars(summary)) for summary in page[:limit]]
    return Page(items=items, next_cursor=next_cursor(page, limit, lambda summary: summary.id))


@router.get(
    "/v1/captures/{evidence_id}", summary="取证记录详情 · Read one capture", openapi_extra=MAY_STATE_PURPOSE
)
async def read_capture(evidence_id: EvidenceId, runtime: Run, mandate: Reading) -> CaptureView:
    """One capture. The plate is masked; a reader who states a purpose sees it, and the reading is on record."""
    if mandate.actor.purpose is not None:
        looking = authorize(mandate.actor, Action.CAPTURE_VIEW_IMAGE, records=mandate.records)
        return await _unmasked(runtime, looking, evidence_id, purpose_of(mandate.actor.purpose))
    async with view(runtime.db, mandate) as v:
        capture = await captures.get(v, evidence_id)
        v.permit(captures.resource(capture))
    return view_of(capture, runtime)


@router.get("/v1/captures/{evidence_id}/case-view", summary="办案视图 · Read a capture for its case")
async def read_capture_for_case(
    evidence_id: EvidenceId,
    runtime: Run,
    mandate: Annotated[Mandate, Depends(Allow(Action.CAPTURE_READ_FOR_CASE))],
) -> CaptureView:
    """One capture as the case service needs it, unmasked; on record like any other reading."""
    return await _unmasked(runtime, mandate, evidence_id, Purpose.CASE_HANDLING)


@router.get(
    "/v1/captures/{evidence_id}/images/{n}",
    summary="原始图片 · Fetch an original picture",
    response_class=Response,
    responses=sends("image/jpeg", "image/png", etag=True) | refuses(Kind.GONE),
)
async def read_image(evidence_id: EvidenceId, n: int, runtime: Run, mandate: Looking) -> Response:
    """The original bytes of one picture, hashed again just now."""
    async with view(runtime.db, mandate) as v:
        seen = await captures.get(v, evidence_id)
        v.permit(captures.resource(seen))
    if not 1 <= n <= len(seen.pictures):
        raise not_found(f"picture {n} of {evidence_id}")
    if seen.is_erased:
        raise gone(evidence_id)
    picture = seen.pictures[n - 1]
    data = await read_original(runtime, picture.sha256, of=evidence_id)
    async with change(runtime.db, mandate) as tx:
        # The record before the bytes: a person who sees a picture has left a line, also if the wire breaks.
        capture = await captures.lock(tx, evidence_id)
        permit = tx.permit(captures.resource(capture))
        purpose = purpose_of(mandate.actor.purpose)
        await captures.save(
            tx,
            permit,
            capture,
            disclose(capture.in_custody, purpose=purpose, picture=n, sha256=picture.sha256),
        )
    headers = {
        "cache-control": "no-store",
        "content-disposition": "attachment",
        "etag": f'"{picture.sha256}"',
    }
    return Response(data, media_type=picture.media_type, headers=headers)


@router.post(
    "/v1/captures/{evidence_id}/review", summary="领取审核 · Take a capture into review", status_code=201
)
async def take_capture(
    evidence_id: EvidenceId,
    runtime: Run,
    mandate: Annotated[Mandate, Depends(Allow(Action.CAPTURE_TAKE))],
    order: ReviewOrder | None = None,
) -> CaptureView:
    """Take a capture into review, or over from another officer."""
    async with change(runtime.db, mandate) as tx:
        capture = await captures.lock(tx, evidence_id)
        permit = tx.permit(captures.resource(capture))
        fact = take(capture.under_review, await _reviewer(tx, evidence_id), at=tx.now)
        capture = await captures.save(tx, permit, capture, fact)
        return tx.answer(view_of(capture, runtime))


@router.post(
    "/v1/captures/{evidence_id}/acceptance-proposal", summary="初审通过 · Propose acceptance", status_code=201
)
async def propose_capture(
    evidence_id: EvidenceId,
    order: AcceptanceProposalOrder,
    runtime: Run,
    mandate: Annotated[Mandate, Depends(Allow(Action.CAPTURE_PROPOSE_ACCEPTANCE))],
) -> CaptureView:
    """The first officer's acceptance, with the reason where the capture came in late."""
    async with change(runtime.db, mandate) as tx:
        capture = await captures.lock(tx, evidence_id)
        permit = tx.permit(captures.resource(capture))
        reason = order.late_reason
        require_free(capture.under_review, is_held=await held_devices.is_held(tx, capture.device_id))
        fact = propose_acceptance(
            capture.under_review,
            await _reviewer(tx, evidence_id),
            _attributes(order.attributes),
            violation_code=order.violation_code,
            late_reason=await tx.commit_to(evidence_id, captures.LATE_REASON, reason) if reason else None,
            at=tx.now,
        )
        capture = await captures.save(tx, permit, capture, fact)
        return tx.answer(view_of(replace(capture, reasons={captures.LATE_REASON: reason or ""}), runtime))


@router.post(
    "/v1/captures/{evidence_id}/acceptance",
    summary="复审通过 · Accept a capture as evidence",
    status_code=201,
)
async def accept_capture(
    evidence_id: EvidenceId,
    order: AcceptanceOrder,
    runtime: Run,
    mandate: Annotated[Mandate, Depends(Allow(Action.CAPTURE_ACCEPT))],
) -> CaptureView:
    """The second officer's acceptance: now it is evidence."""
    async with change(runtime.db, mandate) as tx:
        capture = await captures.lock(tx, evidence_id)
        permit = tx.permit(captures.resource(capture))
        reviewer = await _reviewer(tx, evidence_id)
        answers = _attributes(order.attributes)
        require_free(capture.under_review, is_held=await held_devices.is_held(tx, capture.device_id))
        fact = accept(capture.under_review, reviewer, answers, due=due_of(capture, runtime), at=tx.now)
        capture = await captures.save(tx, permit, capture, fact)
        return tx.answer(view_of(capture, runtime))


@router.post("/v1/captures/{evidence_id}/rejection", summary="审核不通过 · Reject a capture", status_code=201)
async def reject_capture(
    evidence_id: EvidenceId,
    order: RejectionOrder,
    runtime: Run,
    mandate: Annotated[Mandate, Depends(Allow(Action.CAPTURE_REJECT))],
) -> CaptureView:
    """One officer finds that it is not evidence, and why; each of the four attributes is answered."""
    async with change(runtime.db, mandate) as tx:
        capture = await captures.lock(tx, evidence_id)
        permit = tx.permit(captures.resource(capture))
        reviewer = await _reviewer(tx, evidence_id)
        words = {Attribute(name.upper()): text for name, text in order.reasons.items()}
        reasons = {a: await tx.commit_to(evidence_id, captures.FAILED[a], text) for a, text in words.items()}
        fact = reject(
            capture.under_review,
            reviewer,
            frozenset(Code(code) for code in order.codes),
            attributes=_attributes(order.attributes),
            reasons=reasons,
            at=tx.now,
        )
        capture = await captures.save(tx, permit, capture, fact)
        told = {captures.FAILED[a]: text for a, text in words.items()}
        return tx.answer(view_of(replace(capture, reasons={**capture.reasons, **told}), runtime))


@router.post(
    "/v1/captures/{evidence_id}/late-review-leave",
    summary="准予逾期审核 · Allow a late review",
    status_code=201,
)
async def allow_late(
    evidence_id: EvidenceId,
    order: LateReviewOrder,
    runtime: Run,
    mandate: Annotated[Mandate, Depends(Allow(Action.CAPTURE_ALLOW_LATE))],
) -> CaptureView:
    """A supervisor lets the review end after its period, with a reason."""
    async with change(runtime.db, mandate) as tx:
        capture = await captures.lock(tx, evidence_id)
        permit = tx.permit(captures.resource(capture))
        reason = await tx.commit_to(evidence_id, "late_review_reason", order.reason)
        supervisor = OfficerId(mandate.actor.id)
        due = due_of(capture, runtime)
        fact = allow_late_review(capture.under_review, supervisor, reason=reason, due=due, at=tx.now)
        capture = await captures.save(tx, permit, capture, fact)
        return tx.answer(view_of(capture, runtime))


async def _unmasked(
    runtime: EvidenceRuntime, mandate: Mandate, evidence_id: EvidenceId, purpose: Purpose
) -> CaptureView:
    async with change(runtime.db, mandate) as tx:
        capture = await captures.lock(tx, evidence_id)
        permit = tx.permit(captures.resource(capture))
        if not capture.is_erased:
            await _spend(tx, permit, capture, runtime.profile.reading)
            fact = disclose(capture.in_custody, purpose=purpose, fields=PERSONAL)
            capture = await captures.save(tx, permit, capture, fact)
    return view_of(capture, runtime, unmasked=not capture.is_erased)


async def _spend(tx: Tx, permit: Permit, capture: Capture, rules: ReadingRules) -> None:
    """Count an officer's look at what others review. Refusal UNMASKING_BUDGET_SPENT."""
    actor = tx.mandate.actor
    if actor.kind != "officer" or _reviews(actor, capture):
        return
    nth = await unmaskings.spend(tx, most=rules.unmaskings_per_day)
    facts = require_budget(
        capture.in_custody,
        nth,
        agency_id=capture.agency_id,
        by=OfficerId(actor.id),
        rules=rules,
        on=legal_day(tx.now),
    )
    tx.record(permit, *facts)


def _reviews(actor: Actor, capture: Capture) -> bool:
    """Whether this capture is the officer's own work: taken, or proposed by another for the second of the two."""
    is_second = capture.state is State.IN_REVIEW and capture.proposed_by not in (None, actor.id)
    return capture.taken_by == actor.id or (
        is_second and may(actor, Action.CAPTURE_ACCEPT, captures.resource(capture))
    )


async def _reviewer(tx: Tx, evidence_id: EvidenceId) -> Reviewer:
    actor = tx.mandate.actor
    opened = await captures.pictures_opened(tx, evidence_id, actor.sub)
    return Reviewer(OfficerId(actor.id), actor.certificate, actor.certificate_until, opened)


def _attributes(answers: AttributesOrder) -> frozenset[Attribute]:
    return frozenset(a for a in Attribute if getattr(answers, a.lower()))
