"""The queue of the review desk."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from common.door.uow import view
from common.policy import Action, Mandate, Resource
from common.values.ids import AgencyId, OfficerId
from common.web.auth import Allow
from evidence.contract.desk import RejectionReasonView, ReviewQueueView, ViolationChoiceView, WaitingView
from evidence.domain.capture import Flag
from evidence.domain.checks import ZH
from evidence.domain.desk import against, lease_began_before, reasons
from evidence.domain.review import review_due
from evidence.runtime import EvidenceRuntime, Run
from evidence.store import queue
from evidence.store.captures import LEVEL
from evidence.store.queue import Waiting

router = APIRouter()


@router.get("/v1/review-queue", summary="待审队列 · List what waits for the caller's review")
async def list_review_queue(
    runtime: Run,
    mandate: Annotated[Mandate, Depends(Allow(Action.CAPTURE_READ))],
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
) -> ReviewQueueView:
    """Captures that the caller may decide, as first or as second officer, the earliest due first.

    What the caller proposed is for another officer (APL 42), and what another officer took is left alone for a while.
    """
    figures, officer = runtime.profile.evidence, OfficerId(mandate.actor.id)
    async with view(runtime.db, mandate) as v:
        leased_after = lease_began_before(v.now, minutes=figures.lease_minutes)
        rows, waiting = await queue.list_waiting(v, officer, leased_after=leased_after, limit=limit)
        for row in rows:
            v.permit(Resource(id=row.id, agency_id=AgencyId(row.agency_id), level=LEVEL))
    return ReviewQueueView(
        items=[_view(row, officer, runtime) for row in rows],
        waiting=waiting,
        view_ms_per_picture=figures.view_ms_per_picture,
        lease_minutes=figures.lease_minutes,
        reasons=[
            RejectionReasonView.model_validate(
                {"code": code, "words": ZH[code], "against": attribute.lower() if attribute else None}
            )
            for code in reasons()
            for attribute in (against(code),)
        ],
    )


def _view(row: Waiting, officer: OfficerId, runtime: EvidenceRuntime) -> WaitingView:
    due = review_due(row.captured_at, review_wd=runtime.profile.limits.review_wd, calendar=runtime.calendar)
    names = {item.code: item.name for item in runtime.profile.catalogue}
    shown = {
        code: ViolationChoiceView(code=code, name=names.get(code))
        for code in (*row.violation_codes, row.violation_code)
        if code
    }
    return WaitingView(
        id=row.id,
        device_id=row.device_id,
        captured_at=row.captured_at,
        review_due_on=due.due_on,
        violation=shown.get(row.violation_code or ""),
        violations=[shown[code] for code in row.violation_codes],
        pictures=row.pictures,
        is_second=row.proposed_by is not None,
        is_mine=row.taken_by == officer,
        needs_late_reason=row.proposed_by is None and Flag.LATE_INGEST in row.flags,
    )
