"""The review of a device whose figures are out of line (NJ 13; PJ 2.5): a person looks at the place and decides.

    (flags of a month) ──open──▶ OPEN ──visit──▶ VISITED ──decide──▶ DECIDED: KEEP, MOVE, RE_PARAMETERISE, SUSPEND, STOP
                                   └ further flags widen a review that is not decided

Two of the flags A1 to A4 hold the device: it is suspended, and nothing that it recorded is accepted as evidence until
a person has decided. The flags decide nothing: statistics only say where to look.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import ClassVar, Final, assert_never

from common.values.calendar import Calendar, Deadline, Holder, Period, Unit, deadline, legal_day
from common.values.errors import Kind, Refusal
from common.values.facts import Commitment, Fact
from common.values.ids import AgencyId, AnomalyReviewId, DeviceId, OfficerId
from common.values.law import NJ_13, PJ_2_5
from common.values.profile import Profile
from device_registry.domain.abnormality import Flag, Observed, Verdict
from device_registry.domain.device import Device, State
from device_registry.domain.lifecycle import DeviceSuspended, SuspensionReason, suspend
from device_registry.domain.peers import Scope


class Outcome(StrEnum):
    """What a person decided about the device."""

    KEEP = "KEEP"
    MOVE = "MOVE"
    RE_PARAMETERISE = "RE_PARAMETERISE"
    SUSPEND = "SUSPEND"
    STOP = "STOP"


class Item(StrEnum):
    """What is looked at on the site."""

    SIGN_VISIBLE = "SIGN_VISIBLE"
    MARKINGS_CLEAR = "MARKINGS_CLEAR"
    LIMIT_REASONABLE = "LIMIT_REASONABLE"
    TIMING_REASONABLE = "TIMING_REASONABLE"
    NO_MILDER_ALTERNATIVE = "NO_MILDER_ALTERNATIVE"


class Answer(StrEnum):
    YES = "YES"
    NO = "NO"
    NOT_APPLICABLE = "NOT_APPLICABLE"


_OUT_OF_PLACE: Final = {Outcome.MOVE, Outcome.STOP}
"""After these a device does not resume as it stands: it is moved or rectified, and goes the whole way again."""

_IN_USE: Final = {State.ACTIVE, State.MAINTENANCE}
"""A device in maintenance comes back into use when the work ends, so it is held and suspended like one in use."""


@dataclass(frozen=True)
class Figures:
    """The figures that decided, so that anybody can compute the flags again. `passes` is None without a count."""

    accepted: int
    fine_fen: int
    passes: int | None
    disputes_of_year: int
    upheld_of_year: int
    captures_of_90_days: int
    unsound_of_90_days: int
    scope: Scope
    group_size: int


@dataclass(frozen=True)
class Review:
    """A review. `months` are those whose figures were out of line, the first of the month, in order."""

    id: AnomalyReviewId
    device_id: DeviceId
    agency_id: AgencyId
    months: tuple[date, ...]
    flags: frozenset[Flag]
    is_held: bool
    opened_at: datetime
    due_on: date
    visited_on: date | None = None
    outcome: Outcome | None = None
    decided_at: datetime | None = None

    @property
    def is_decided(self) -> bool:
        return self.outcome is not None


@dataclass(frozen=True)
class AnomalyOpened(Fact):
    """The figures of `month` are out of line. `thresholds` names the version by which; `held` stops the device."""

    type: ClassVar[str] = "anomaly.opened"

    device_id: DeviceId
    agency_id: AgencyId
    month: date
    flags: tuple[Flag, ...]
    figures: Figures
    thresholds: str
    held: bool
    due: Deadline

    @property
    def subject(self) -> str | None:
        return self.device_id


@dataclass(frozen=True)
class AnomalyWidened(Fact):
    """Another month, or further flags, of a device whose review is not decided."""

    type: ClassVar[str] = "anomaly.widened"

    device_id: DeviceId
    month: date
    flags: tuple[Flag, ...]
    figures: Figures
    thresholds: str
    held: bool


@dataclass(frozen=True)
class AnomalyVisited(Fact):
    """Somebody was at the place. `answers` has every item; the remarks on them are committed to."""

    type: ClassVar[str] = "anomaly.visited"

    device_id: DeviceId
    visited_on: date
    answers: tuple[tuple[Item, Answer], ...]
    photos: tuple[str, ...]
    remarks: Commitment
    by: OfficerId


@dataclass(frozen=True)
class AnomalyDecided(Fact):
    """A person decided, with a reason. The device is held no longer; whether it resumes is another act (D-T14)."""

    type: ClassVar[str] = "anomaly.decided"

    device_id: DeviceId
    outcome: Outcome
    reason: Commitment
    by: OfficerId


AnomalyFact = AnomalyOpened | AnomalyWidened | AnomalyVisited | AnomalyDecided


def figures_of(seen: Observed, verdict: Verdict) -> Figures:
    """The figures of a device as a record keeps them."""
    return Figures(
        accepted=seen.accepted,
        fine_fen=seen.fine_fen,
        passes=seen.passes,
        disputes_of_year=seen.year.disputes,
        upheld_of_year=seen.year.upheld,
        captures_of_90_days=seen.recent.captures,
        unsound_of_90_days=seen.recent.unsound,
        scope=verdict.scope,
        group_size=verdict.group_size,
    )


def open_or_widen(
    verdict: Verdict,
    seen: Observed,
    reviews: Iterable[Review],
    *,
    thresholds: str,
    profile: Profile,
    calendar: Calendar,
    at: datetime,
) -> AnomalyOpened | AnomalyWidened | None:
    """The fact that follows from the flags of one month; None where a person knows of all of them.

    `reviews` are those of the device, in any order. One that is not decided takes what is new. A flag about which
    somebody decided in the last months (profile) opens no second review: the agency is at work on it.
    """
    flags = verdict.flags
    reviews = sorted(reviews, key=lambda review: review.id)
    current = next((review for review in reviews if not review.is_decided), None)
    held = verdict.breaks and profile.anomaly_auto_suspend
    named = tuple(sorted(flags))
    if current is not None:
        if seen.month in current.months or not flags:
            return None
        return AnomalyWidened(
            current.id, seen.device_id, seen.month, named, figures_of(seen, verdict), thresholds, held
        )
    known = {
        flag
        for review in reviews
        if review.decided_at is not None
        and _months_between(legal_day(review.decided_at), legal_day(at)) < profile.abnormality.decided_months
        for flag in review.flags
    }
    if not flags - known:
        return None
    period = Period("anomaly_review", NJ_13, profile.abnormality.review_wd, Unit.WORKING_DAY, Holder.AGENCY)
    return AnomalyOpened(
        AnomalyReviewId.new(at),
        seen.device_id,
        seen.agency_id,
        seen.month,
        named,
        figures_of(seen, verdict),
        thresholds,
        held,
        deadline(period, legal_day(at), calendar=calendar),
    )


def _months_between(earlier: date, later: date) -> int:
    return (later.year - earlier.year) * 12 + later.month - earlier.month


def hold(device: Device, fact: AnomalyOpened | AnomalyWidened, *, at: datetime) -> DeviceSuspended | None:
    """The suspension by which a device is held, from now on; None where nothing is held, or it is out of use already.

    It does not reach back: nobody has found yet that the device was at fault (D-T12).
    """
    return suspend_out_of_line(device, by_agency=None, at=at) if fact.held else None


def visit(
    review: Review,
    *,
    visited_on: date,
    answers: Mapping[Item, Answer],
    photos: tuple[str, ...],
    remarks: Commitment,
    by: OfficerId,
    at: datetime,
) -> AnomalyVisited:
    """Somebody looked at the place: every item is answered. A visit lies between the opening and today."""
    _require_undecided(review)
    missing = [item for item in Item if item not in answers]
    if missing:
        raise Refusal(Kind.INVALID, "DEV_SITE_VISIT_INCOMPLETE", {"missing": missing}, article=NJ_13)
    if not legal_day(review.opened_at) <= visited_on <= legal_day(at):
        raise Refusal(
            Kind.INVALID,
            "DEV_SITE_VISIT_PERIOD",
            {"from": legal_day(review.opened_at), "until": legal_day(at)},
            article=NJ_13,
        )
    return AnomalyVisited(
        review.id,
        review.device_id,
        visited_on,
        tuple((item, answers[item]) for item in Item),
        photos,
        remarks,
        by,
    )


def decide(
    review: Review, *, outcome: Outcome, reason: Commitment, sets_parameters: bool, by: OfficerId
) -> AnomalyDecided:
    """A person decides once, after somebody was at the place. New parameters go with RE_PARAMETERISE alone."""
    _require_undecided(review)
    if review.visited_on is None:
        raise Refusal(Kind.CONFLICT, "DEV_SITE_VISIT_MISSING", {"review": review.id}, article=PJ_2_5)
    if sets_parameters != (outcome is Outcome.RE_PARAMETERISE):
        raise Refusal(Kind.INVALID, "DEV_PARAMETERS_WITH_OUTCOME", {"outcome": outcome}, article=NJ_13)
    return AnomalyDecided(review.id, review.device_id, outcome, reason, by)


def suspension_by(
    device: Device, fact: AnomalyDecided, *, by_agency: AgencyId, at: datetime
) -> DeviceSuspended | None:
    """The suspension that a decision brings: SUSPEND and STOP take a device out of use at once (PJ 2.5).

    STOP begins here; that the device stops for good is confirmed by a second person (D-T15).
    """
    if fact.outcome not in {Outcome.SUSPEND, Outcome.STOP}:
        return None
    return suspend_out_of_line(device, by_agency=by_agency, at=at)


def suspend_out_of_line(
    device: Device, *, by_agency: AgencyId | None, at: datetime
) -> DeviceSuspended | None:
    """The suspension, from `at` on, of a device whose figures are out of line; None if it is out of use already."""
    if device.state not in _IN_USE:
        return None
    return suspend(
        device, reason=SuspensionReason.ABNORMAL_VOLUME, effective_from=at, by_agency=by_agency, at=at
    )


def require_resumable(device: Device, newest: Review | None) -> None:
    """Refuse to put a device back into use that is held, or that was found out of place since its last activation."""
    if newest is None or device.in_service_from is None:
        return
    if not newest.is_decided and newest.is_held:
        raise Refusal(
            Kind.CONFLICT, "DEV_ANOMALY_UNDECIDED", {"device": device.id, "review": newest.id}, article=PJ_2_5
        )
    since = newest.decided_at
    if newest.outcome in _OUT_OF_PLACE and since is not None and since >= device.in_service_from:
        raise Refusal(
            Kind.CONFLICT,
            "DEV_ANOMALY_OUTCOME",
            {"device": device.id, "review": newest.id, "outcome": newest.outcome},
            article=PJ_2_5,
        )


def begun(fact: AnomalyOpened, *, at: datetime) -> Review:
    """The review that `fact`, recorded at `at`, opens."""
    return Review(
        AnomalyReviewId(fact.owner),
        fact.device_id,
        fact.agency_id,
        (fact.month,),
        frozenset(fact.flags),
        fact.held,
        at,
        fact.due.due_on,
    )


def after(review: Review, fact: AnomalyWidened | AnomalyVisited | AnomalyDecided, *, at: datetime) -> Review:
    """The review as `fact`, recorded at `at`, leaves it."""
    match fact:
        case AnomalyWidened():
            return replace(
                review,
                months=(*review.months, fact.month),
                flags=review.flags | frozenset(fact.flags),
                is_held=review.is_held or fact.held,
            )
        case AnomalyVisited():
            return replace(review, visited_on=fact.visited_on)
        case AnomalyDecided():
            return replace(review, outcome=fact.outcome, decided_at=at)
        case _:
            assert_never(fact)


def _require_undecided(review: Review) -> None:
    if review.is_decided:
        raise Refusal(
            Kind.CONFLICT,
            "DEV_ANOMALY_DECIDED",
            {"review": review.id, "outcome": review.outcome},
            article=NJ_13,
        )
