"""The reviews of devices whose figures are out of line."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, assert_never

import sqlalchemy as sa

from common.door.uow import Tx, View
from common.policy import Permit, Resource, not_found
from common.values.ids import AgencyId, AnomalyReviewId, DeviceId
from device_registry.domain.abnormality import Flag
from device_registry.domain.anomalies import (
    AnomalyDecided,
    AnomalyOpened,
    AnomalyVisited,
    AnomalyWidened,
    Figures,
    Outcome,
    Review,
    after,
    begun,
)
from device_registry.domain.peers import Scope
from device_registry.store import tables_abnormality as tables

_TABLE = tables.anomaly_reviews


@dataclass(frozen=True)
class AnomalyText:
    """What a person wrote: the remarks of a visit, or the reason of a decision."""

    text: str


@dataclass(frozen=True)
class Entry:
    """A review with the figures that decided, the version of the thresholds, and what people wrote."""

    review: Review
    figures: Figures
    thresholds: str
    answers: tuple[tuple[str, str], ...]
    photos: tuple[str, ...]
    remarks: str | None
    reason: str | None
    visited_by: str | None
    decided_by: str | None


def resource(review: Review) -> Resource:
    """The review as the policy sees it."""
    return Resource(review.id, review.agency_id)


def new_resource(fact: AnomalyOpened) -> Resource:
    """The review that `fact` opens, as the policy sees it."""
    return Resource(fact.owner, fact.agency_id)


async def lock(tx: Tx, review_id: AnomalyReviewId) -> Review:
    """The review, held until commit. Another agency's does not exist for us."""
    return _review(await _one(tx, review_id, lock=True))


async def get(at: Tx | View, review_id: AnomalyReviewId) -> Entry:
    """The review with its texts. Refusal NOT_FOUND without one that the caller sees."""
    return _entry(await _one(at, review_id, lock=False))


async def list_all(
    v: View, *, undecided: bool | None, after: str, limit: int, device_id: DeviceId | None = None
) -> list[Entry]:
    """The reviews of the agencies that the caller sees, oldest first, after the id `after`."""
    query = sa.select(_TABLE).where(_TABLE.c.id > after).order_by(_TABLE.c.id).limit(limit)
    if undecided is not None:
        query = query.where(_TABLE.c.decided_at.is_(None) if undecided else _TABLE.c.decided_at.is_not(None))
    if device_id is not None:
        query = query.where(_TABLE.c.device_id == device_id)
    return [_entry(row) for row in (await v.conn.execute(query)).mappings()]


async def list_of_device(at: Tx | View, device_id: DeviceId) -> list[Review]:
    """The reviews of the device, oldest first."""
    query = sa.select(_TABLE).where(_TABLE.c.device_id == device_id).order_by(_TABLE.c.id)
    return [_review(row) for row in (await at.conn.execute(query)).mappings()]


async def find_newest(at: Tx | View, device_id: DeviceId) -> Review | None:
    """The newest review of the device; None without one."""
    reviews = await list_of_device(at, device_id)
    return reviews[-1] if reviews else None


async def flags_of(at: Tx | View, device_id: DeviceId, as_of: datetime) -> frozenset[Flag]:
    """The flags under which the device stood at the instant: those of every review that was then open.

    What was decided KEEP is no flag any more; after every other outcome the flags stay until the device was activated
    anew, which the caller knows.
    """
    reviews = await list_of_device(at, device_id)
    standing = [
        review.flags
        for review in reviews
        if review.opened_at <= as_of
        and not (
            review.outcome is Outcome.KEEP and review.decided_at is not None and review.decided_at <= as_of
        )
    ]
    return frozenset().union(*standing)


async def add(tx: Tx, permit: Permit, fact: AnomalyOpened) -> Review:
    """The review that `fact` opens."""
    tx.record(permit, fact)
    review = begun(fact, at=tx.now)
    row: dict[str, Any] = {
        "id": review.id,
        "device_id": review.device_id,
        "agency_id": review.agency_id,
        "months": list(review.months),
        "flags": sorted(review.flags),
        "figures": asdict(fact.figures),
        "thresholds": fact.thresholds,
        "is_held": review.is_held,
        "opened_at": review.opened_at,
        "due_on": review.due_on,
        "visited_on": None,
        "visited_by": None,
        "answers": [],
        "photos": [],
        "remarks": None,
        "outcome": None,
        "reason": None,
        "decided_by": None,
        "decided_at": None,
    }
    await tx.add(fact, _TABLE, row)
    return review


async def save(
    tx: Tx,
    permit: Permit,
    review: Review,
    *facts: AnomalyWidened | AnomalyVisited | AnomalyDecided,
    texts: AnomalyText | None = None,
) -> Review:
    """Record `facts`, and the review as they leave it."""
    tx.record(permit, *facts)
    for fact in facts:
        review = after(review, fact, at=tx.now)
        changes = _changes(review, fact, texts.text if texts else "")
        await tx.set(fact, _TABLE, {"id": review.id}, changes)
    return review


def _changes(
    review: Review, fact: AnomalyWidened | AnomalyVisited | AnomalyDecided, text: str
) -> dict[str, Any]:
    match fact:
        case AnomalyWidened():
            return {
                "months": list(review.months),
                "flags": sorted(review.flags),
                "figures": asdict(fact.figures),
                "thresholds": fact.thresholds,
                "is_held": review.is_held,
            }
        case AnomalyVisited():
            return {
                "visited_on": fact.visited_on,
                "visited_by": fact.by,
                "answers": [list(pair) for pair in fact.answers],
                "photos": list(fact.photos),
                "remarks": text,
            }
        case AnomalyDecided():
            return {
                "outcome": fact.outcome,
                "reason": text,
                "decided_by": fact.by,
                "decided_at": review.decided_at,
            }
        case _:
            assert_never(fact)


async def _one(at: Tx | View, review_id: AnomalyReviewId, *, lock: bool) -> sa.RowMapping:
    query = sa.select(_TABLE).where(_TABLE.c.id == review_id)
    row = (await at.conn.execute(query.with_for_update() if lock else query)).mappings().one_or_none()
    if row is None:
        raise not_found(review_id)
    return row


def _review(row: sa.RowMapping) -> Review:
    return Review(
        AnomalyReviewId(row["id"]),
        DeviceId(row["device_id"]),
        AgencyId(row["agency_id"]),
        tuple(row["months"]),
        frozenset(Flag(flag) for flag in row["flags"]),
        row["is_held"],
        row["opened_at"],
        row["due_on"],
        row["visited_on"],
        Outcome(row["outcome"]) if row["outcome"] else None,
        row["decided_at"],
    )


def _entry(row: sa.RowMapping) -> Entry:
    figures = {**row["figures"], "scope": Scope(row["figures"]["scope"])}
    return Entry(
        _review(row),
        Figures(**figures),
        row["thresholds"],
        tuple((item, answer) for item, answer in row["answers"]),
        tuple(row["photos"]),
        row["remarks"],
        row["reason"],
        row["visited_by"],
        row["decided_by"],
    )
