"""Devices whose figures are out of line: thresholds, reviews, decisions, and the list under key supervision."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Depends

from common.door.uow import change, view
from common.policy import Action, Mandate, Resource, as_anybody
from common.values.calendar import end_of
from common.values.ids import AnomalyReviewId, OfficerId, ThresholdsId
from common.web.auth import Allow, Db
from common.web.pages import Cursor, Limit, after, next_cursor
from device_registry.api.parameters import set_new_parameters
from device_registry.api.views import agency_of
from device_registry.contract.anomalies import (
    AnomalyDecisionOrder,
    AnomalyFiguresView,
    AnomalyReviewPage,
    AnomalyReviewView,
    KeySupervisionPage,
    KeySupervisionView,
    SiteVisitOrder,
    ThresholdFiguresView,
    ThresholdsOrder,
    ThresholdsPage,
    ThresholdsView,
)
from device_registry.domain import anomalies as law
from device_registry.domain.anomalies import Answer, Item, Outcome
from device_registry.domain.thresholds import SetThresholds, set_thresholds
from device_registry.runtime import Run
from device_registry.store import anomalies, devices, supervision, thresholds
from device_registry.store.anomalies import AnomalyText, Entry
from device_registry.store.thresholds import ThresholdsText
from gateway.identity.contract import Identity

router = APIRouter()

Reading = Annotated[Mandate, Depends(Allow(Action.ANOMALY_READ))]


@router.post("/v1/anomaly-thresholds", summary="设定异常阈值 · Set the thresholds", status_code=201)
async def set_anomaly_thresholds(
    order: ThresholdsOrder,
    db: Db,
    runtime: Run,
    mandate: Annotated[Mandate, Depends(Allow(Action.THRESHOLDS_SET))],
) -> ThresholdsView:
    """Set the thresholds of the flags for the whole city, from a month on; as the supervisor of the whole city."""
    known = {each.agency_id for each in await Identity(runtime.peers).agencies()}
    async with change(db, mandate) as tx:
        thresholds_id, agency_id = ThresholdsId.new(tx.now), agency_of(mandate)
        permit = tx.permit(Resource(thresholds_id, agency_id))
        fact = set_thresholds(
            thresholds_id,
            order.figures.thresholds(),
            from_on=order.from_on,
            agency_id=agency_id,
            reason=await tx.commit_to(thresholds_id, "reason", order.reason),
            by=OfficerId(mandate.actor.id),
            unseen=known - mandate.actor.visible,
            at=tx.now,
        )
        version = await thresholds.add(tx, permit, fact, texts=ThresholdsText(order.reason))
        return tx.answer(_thresholds_view(version))


@router.get("/v1/public/anomaly-thresholds", summary="异常阈值 · List the thresholds")
async def list_anomaly_thresholds(
    db: Db, runtime: Run, mandate: Annotated[Mandate, Depends(Allow(Action.THRESHOLDS_READ))]
) -> ThresholdsPage:
    """Every version, the newest first, and last the profile's own. Open to everybody."""
    async with view(db, as_anybody(mandate)) as v:
        versions = await thresholds.list_all(v)
    own = ThresholdFiguresView(**asdict(runtime.profile.abnormality.thresholds))
    profile = ThresholdsView(
        thresholds_id=None, agency_id=None, from_on=None, set_by=None, set_at=None, figures=own
    )
    return ThresholdsPage(items=[*map(_thresholds_view, versions), profile])


@router.get("/v1/anomaly-reviews", summary="异常设备核查列表 · List the reviews")
async def list_anomaly_reviews(
    db: Db, mandate: Reading, undecided: bool | None = None, limit: Limit = 50, cursor: Cursor = ""
) -> AnomalyReviewPage:
    """The reviews of the agencies that the caller sees, oldest first."""
    place = after(cursor, AnomalyReviewId) or ""
    async with view(db, mandate) as v:
        listed = await anomalies.list_all(v, undecided=undecided, after=place, limit=limit + 1)
        now = v.now
    return AnomalyReviewPage(
        items=[_view(entry, is_overdue=now >= end_of(entry.review.due_on)) for entry in listed[:limit]],
        next_cursor=next_cursor(listed, limit, lambda entry: entry.review.id),
    )


@router.get("/v1/anomaly-reviews/{review_id}", summary="异常设备核查详情 · Read one review")
async def get_anomaly_review(review_id: AnomalyReviewId, db: Db, mandate: Reading) -> AnomalyReviewView:
    """One review."""
    async with view(db, mandate) as v:
        entry = await anomalies.get(v, review_id)
        v.permit(anomalies.resource(entry.review))
        return _view(entry, is_overdue=v.now >= end_of(entry.review.due_on))


@router.post(
    "/v1/anomaly-reviews/{review_id}/site-visit",
    summary="现场核查 · Record the visit of the site",
    status_code=201,
)
async def record_site_visit(
    review_id: AnomalyReviewId,
    order: SiteVisitOrder,
    db: Db,
    mandate: Annotated[Mandate, Depends(Allow(Action.ANOMALY_VISIT))],
) -> AnomalyReviewView:
    """Somebody was at the place: sign, markings, limit, timing, and whether something milder would do."""
    async with change(db, mandate) as tx:
        review = await anomalies.lock(tx, review_id)
        permit = tx.permit(anomalies.resource(review))
        fact = law.visit(
            review,
            visited_on=order.visited_on,
            answers={Item(item): Answer(answer) for item, answer in order.answers.items()},
            photos=tuple(order.photos),
            remarks=await tx.commit_to(review_id, "remarks", order.remarks),
            by=OfficerId(mandate.actor.id),
            at=tx.now,
        )
        await anomalies.save(tx, permit, review, fact, texts=AnomalyText(order.remarks))
        entry = await anomalies.get(tx, review_id)
        return tx.answer(_view(entry, is_overdue=tx.now >= end_of(entry.review.due_on)))


@router.post(
    "/v1/anomaly-reviews/{review_id}/decision",
    summary="作出处理决定 · Decide about the device",
    status_code=201,
)
async def decide_anomaly_review(
    review_id: AnomalyReviewId,
    order: AnomalyDecisionOrder,
    db: Db,
    mandate: Annotated[Mandate, Depends(Allow(Action.ANOMALY_DECIDE))],
) -> AnomalyReviewView:
    """The head of the agency decides, with a reason. SUSPEND and STOP take the device out of use at once."""
    by = OfficerId(mandate.actor.id)
    async with change(db, mandate) as tx:
        # The device before its review, as the monthly look locks them.
        seen = await anomalies.get(tx, review_id)
        device = await devices.lock(tx, seen.review.device_id)
        review = await anomalies.lock(tx, review_id)
        permit = tx.permit(anomalies.resource(review))
        fact = law.decide(
            review,
            outcome=Outcome(order.outcome),
            reason=await tx.commit_to(review_id, "reason", order.reason),
            sets_parameters=order.parameters is not None,
            by=by,
        )
        await anomalies.save(tx, permit, review, fact, texts=AnomalyText(order.reason))
        of_device = tx.permit(devices.resource(device))
        if order.parameters is not None:
            await set_new_parameters(tx, of_device, device, order.parameters, reason=order.reason, by=by)
        suspension = law.suspension_by(device, fact, by_agency=device.agency_id, at=tx.now)
        if suspension is not None:
            await devices.save(tx, of_device, device, suspension)
        entry = await anomalies.get(tx, review_id)
        return tx.answer(_view(entry, is_overdue=tx.now >= end_of(entry.review.due_on)))


@router.get("/v1/key-supervision", summary="重点监管设备 · List devices under key supervision")
async def list_key_supervision(
    db: Db, mandate: Reading, limit: Limit = 50, cursor: Cursor = ""
) -> KeySupervisionPage:
    """The devices whose newest review is not decided, or was not decided KEEP, oldest review first."""
    place = after(cursor, AnomalyReviewId) or ""
    async with view(db, mandate) as v:
        listed = await supervision.list_supervised(v, after=place, limit=limit + 1)
    items = [KeySupervisionView.model_validate(asdict(each)) for each in listed[:limit]]
    return KeySupervisionPage(
        items=items, next_cursor=next_cursor(listed, limit, lambda each: each.review_id)
    )


def _thresholds_view(version: SetThresholds) -> ThresholdsView:
    return ThresholdsView(
        thresholds_id=version.id,
        agency_id=version.agency_id,
        from_on=version.from_on,
        set_by=version.set_by,
        set_at=version.set_at,
        figures=ThresholdFiguresView(**asdict(version.figures)),
    )


def _view(entry: Entry, *, is_overdue: bool) -> AnomalyReviewView:
    review = entry.review
    return AnomalyReviewView.model_validate(
        {
            "review_id": review.id,
            "device_id": review.device_id,
            "agency_id": review.agency_id,
            "months": review.months,
            "flags": sorted(review.flags),
            "figures": AnomalyFiguresView(**asdict(entry.figures)),
            "thresholds": entry.thresholds,
            "is_held": review.is_held,
            "opened_at": review.opened_at,
            "due_on": review.due_on,
            "is_overdue": is_overdue and not review.is_decided,
            "visited_on": review.visited_on,
            "visited_by": entry.visited_by,
            "answers": dict(entry.answers),
            "remarks": entry.remarks,
            "photos": list(entry.photos),
            "outcome": review.outcome,
            "reason": entry.reason,
            "decided_by": entry.decided_by,
            "decided_at": review.decided_at,
        }
    )
