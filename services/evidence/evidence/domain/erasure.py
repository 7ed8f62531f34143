"""The rules by which a capture is erased (PIPL 19, 47).

    QUARANTINED, TECH_FAILED, REJECTED ─┐
    ACCEPTED, no case left              ├──propose──▶ proposed ──approve (another person)──▶ 已依法删除
    FROZEN, file archived ──────────────┘

Picture, raw message, plate and every bundle with them become unreadable, here and in every backup. The records
stay: they hold digests and codes alone, so every proof still holds. A capture is not erased during a statutory period
of retention (PIPL 47, last paragraph), nor while a case rests on it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import ClassVar, Final

from common.values.calendar import end_of, legal_day, years_after
from common.values.errors import Kind, Refusal
from common.values.ids import CaseId, DeviceId, EvidenceId, OfficerId
from common.values.law import APL_36, NJ_17, PIPL_19, PIPL_47, VSR_17, Article
from evidence.domain.capture import CaptureOfDevice, State

FLOOR_D: Final = 30
"""A recording of a public place is kept for at least thirty days (VSR 17)."""

LIMITATION_Y: Final = 2
"""A violation may be pursued for two years (APL 36), so an accepted capture may become a case for that long."""

NOTICE: Final = "已依法删除"


class Reason(StrEnum):
    """Why the law wants a capture erased (PIPL 47)."""

    RETENTION_ENDED = "RETENTION_ENDED"
    PARTY_REQUEST = "PARTY_REQUEST"
    UNLAWFUL_COLLECTION = "UNLAWFUL_COLLECTION"


@dataclass(frozen=True)
class Hold:
    """A case that rests on the capture, and the dates at which it was closed and archived, if it was.

    Once it is archived, its file is kept until `kept_until`; None is for ever.
    """

    case_id: CaseId
    closed_at: datetime | None = None
    archived_at: datetime | None = None
    kept_until: datetime | None = None


@dataclass(frozen=True)
class Erasure:
    """A proposal to erase, and its approval by another person once there is one."""

    reason: Reason
    proposed_by: OfficerId
    proposed_at: datetime
    approved_by: OfficerId | None = None
    approved_at: datetime | None = None


@dataclass(frozen=True)
class Erasable:
    """A capture as its erasure sees it. Digests are SHA-256 in hex.

    `ended_at` is when it failed, was rejected or accepted, None while it waits for one of these. `needed_by` are
    captures that came in the same message and must still be kept.
    """

    id: EvidenceId
    device_id: DeviceId
    state: State
    captured_at: datetime
    ended_at: datetime | None
    holds: tuple[Hold, ...] = ()
    media: tuple[str, ...] = ()
    messages: tuple[str, ...] = ()
    bundles: tuple[str, ...] = ()
    needed_by: tuple[EvidenceId, ...] = ()
    proposal: Erasure | None = None
    is_erased: bool = False


@dataclass(frozen=True)
class ErasureProposed(CaptureOfDevice):
    """The first of two people proposed to erase the capture."""

    type: ClassVar[str] = "evidence.erasure_proposed"

    reason: Reason
    proposed_by: OfficerId


@dataclass(frozen=True)
class EvidenceErased(CaptureOfDevice):
    """The second person agreed. From now on the contents cannot be read; the record names them by digest."""

    type: ClassVar[str] = "evidence.erased"

    reason: Reason
    proposed_by: OfficerId
    approved_by: OfficerId
    media: tuple[str, ...]
    messages: tuple[str, ...]
    bundles: tuple[str, ...]


def propose_erasure(
    capture: Erasable, reason: Reason, officer: OfficerId, *, keep_rejected_d: int, at: datetime
) -> ErasureProposed:
    """The first person proposes the erasure. A later proposal replaces one that was not approved."""
    require_erasable(capture, reason, keep_rejected_d=keep_rejected_d, at=at)
    return ErasureProposed(capture.id, capture.device_id, reason, officer)


def approve_erasure(
    capture: Erasable, officer: OfficerId, *, keep_rejected_d: int, at: datetime
) -> EvidenceErased:
    """The second person agrees, and the same conditions hold again: a case may have begun in between.

    Two persons, because an erasure cannot be undone: one person alone could otherwise make evidence disappear
    (NJ 17).
    """
    proposal = capture.proposal
    if capture.is_erased:
        raise gone(capture.id)
    if proposal is None:
        raise Refusal(Kind.CONFLICT, "EVD_ERASURE_NOT_PROPOSED", {"capture": capture.id}, article=NJ_17)
    if proposal.proposed_by == officer:
        raise Refusal(
            Kind.FORBIDDEN,
            "EVD_SECOND_PERSON_REQUIRED",
            {"capture": capture.id, "officer": officer},
            article=NJ_17,
        )
    require_erasable(capture, proposal.reason, keep_rejected_d=keep_rejected_d, at=at)
    return EvidenceErased(
        owner=capture.id,
        device_id=capture.device_id,
        reason=proposal.reason,
        proposed_by=proposal.proposed_by,
        approved_by=officer,
        media=capture.media,
        messages=capture.messages,
        bundles=capture.bundles,
    )


def require_erasable(capture: Erasable, reason: Reason, *, keep_rejected_d: int, at: datetime) -> None:
    """Refuse while the law still wants the capture kept: for its review, for a case, or for a period."""
    if capture.is_erased:
        raise gone(capture.id)
    if capture.ended_at is None:
        raise Refusal(
            Kind.CONFLICT,
            "EVD_TRANSITION_NOT_ALLOWED",
            {"capture": capture.id, "state": capture.state},
            wording="erase",
            article=PIPL_47,
        )
    _require_no_case(capture)
    if capture.needed_by:
        raise Refusal(
            Kind.CONFLICT,
            "EVD_ON_HOLD",
            {"capture": capture.id, "other": capture.needed_by[0]},
            wording="message",
            article=PIPL_47,
        )
    until, article = _keep_until(capture, reason, ended_at=capture.ended_at, keep_rejected_d=keep_rejected_d)
    if until is None or at < until:
        last = legal_day(until - timedelta(microseconds=1)) if until else None
        raise Refusal(
            Kind.CONFLICT,
            "EVD_RETENTION_RUNS",
            {"capture": capture.id, "last": last},
            wording="" if until else "permanent",
            article=article,
        )


def gone(id: EvidenceId) -> Refusal:
    """The refusal for a request of the contents of an erased capture."""
    return Refusal(Kind.GONE, "EVD_ERASED", {"id": id, "notice": NOTICE}, article=PIPL_47)


def _require_no_case(capture: Erasable) -> None:
    """Evidence of a decision stays with its file; an open case may still need the capture (NJ 17)."""
    for hold in capture.holds:
        over = hold.archived_at if capture.state is State.FROZEN else hold.archived_at or hold.closed_at
        if over is None:
            raise Refusal(
                Kind.CONFLICT, "EVD_ON_HOLD", {"capture": capture.id, "case": hold.case_id}, article=NJ_17
            )
    if capture.state is State.FROZEN and not capture.holds:
        raise Refusal(Kind.CONFLICT, "EVD_FROZEN", {"capture": capture.id}, wording="file", article=NJ_17)


def _keep_until(
    capture: Erasable, reason: Reason, *, ended_at: datetime, keep_rejected_d: int
) -> tuple[datetime | None, Article]:
    """The first instant at which the capture may go, None for never, and the article that keeps it until then.

    A period begins on the next day. No period protects a capture that was collected unlawfully. A capture that never
    became evidence may be erased earlier when the person asks for it than by routine, but not within the thirty days
    in which a recording of a public place may be requested.
    """
    if capture.state in (State.QUARANTINED, State.TECH_FAILED, State.REJECTED):
        floor = end_of(legal_day(capture.captured_at) + timedelta(days=FLOOR_D))
        usual = end_of(legal_day(ended_at) + timedelta(days=keep_rejected_d))
        match reason:
            case Reason.UNLAWFUL_COLLECTION:
                return ended_at, PIPL_47
            case Reason.PARTY_REQUEST:
                return floor, VSR_17
            case Reason.RETENTION_ENDED:
                return max(floor, usual), PIPL_19
    if capture.state is State.FROZEN:
        ends = [hold.kept_until for hold in capture.holds]
        known = [end for end in ends if end is not None]
        return (max(known) if len(known) == len(ends) else None), NJ_17
    closed = [hold.archived_at or hold.closed_at or ended_at for hold in capture.holds]
    return end_of(years_after(legal_day(max([ended_at, *closed])), LIMITATION_Y)), APL_36
