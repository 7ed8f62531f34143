"""The review of a capture by two officers (APL 41(2), 42; NJ 14).

    TECH_PASSED ──take──▶ IN_REVIEW ──propose──▶ IN_REVIEW, proposed ──accept (another officer)──▶ ACCEPTED
                              │ └──take (another officer, while nothing is proposed)──▶ IN_REVIEW
                              └────────────reject (one officer, with a code)──▶ REJECTED

Each of the two answers the four attributes, true, clear, complete, accurate, for themselves and has opened
every picture for themselves. After the review period an acceptance needs a supervisor's recorded leave. A capture that
came in late is accepted for a reason alone, which the first officer states and the second officer reads (NJ 12).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from types import MappingProxyType
from typing import ClassVar

from common.values.calendar import Calendar, Deadline, Holder, Period, Unit, deadline, legal_day
from common.values.errors import Kind, Refusal, Violation
from common.values.facts import Commitment
from common.values.ids import DeviceId, EvidenceId, OfficerId
from common.values.law import APL_41_1, APL_41_2, APL_42, CITY_PERIOD, METROLOGY_9, NJ_12, NJ_14
from evidence.domain.capture import CaptureOfDevice, State
from evidence.domain.checks import Code, shortfall
from evidence.domain.invalidation import require_lawful_device
from evidence.domain.measurement import Measurement


class Attribute(StrEnum):
    """真实、清晰、完整、准确 (APL 41(2))."""

    TRUE = "TRUE"
    CLEAR = "CLEAR"
    COMPLETE = "COMPLETE"
    ACCURATE = "ACCURATE"


ZH = {
    Attribute.TRUE: "真实",
    Attribute.CLEAR: "清晰",
    Attribute.COMPLETE: "完整",
    Attribute.ACCURATE: "准确",
}


_NO_REASONS: Mapping[Attribute, Commitment] = MappingProxyType({})


@dataclass(frozen=True)
class Reviewer:
    """An officer at the review desk. `certificate` is the number of the enforcement certificate; `opened`
    holds the numbers of the pictures of this capture that this officer has opened."""

    id: OfficerId
    certificate: str | None
    certificate_until: date | None
    opened: frozenset[int] = frozenset()


@dataclass(frozen=True)
class UnderReview:
    """A capture as the review sees it. `pictures` are the numbers of its pictures, from 1;
    `violation_codes` what its device might lawfully record at that second, `measurements` its value
    against the limit of each violation that is a measured one, `invalidated` the codes of what was found, later,
    against its device."""

    id: EvidenceId
    device_id: DeviceId
    state: State
    pictures: frozenset[int]
    violation_code: str | None
    violation_codes: tuple[str, ...]
    taken_by: OfficerId | None = None
    proposed_by: OfficerId | None = None
    late_allowed_by: OfficerId | None = None
    late_ingest: bool = False
    measurements: tuple[Measurement, ...] = ()
    invalidated: tuple[Code, ...] = ()


@dataclass(frozen=True)
class ReviewStarted(CaptureOfDevice):
    """An officer took the capture into review, or took it over from another."""

    type: ClassVar[str] = "evidence.review_started"

    reviewer: OfficerId
    taken_over_from: OfficerId | None


@dataclass(frozen=True)
class AcceptanceProposed(CaptureOfDevice):
    """The first officer confirmed the four attributes. `late_reason` commits to why the capture came in late."""

    type: ClassVar[str] = "evidence.acceptance_proposed"
    v: ClassVar[int] = 2

    reviewer: OfficerId
    attributes: tuple[Attribute, ...]
    violation_code: str
    late_reason: Commitment | None = None


@dataclass(frozen=True)
class EvidenceAccepted(CaptureOfDevice):
    """The second officer confirmed them too: the capture is evidence."""

    type: ClassVar[str] = "evidence.accepted"

    proposed_by: OfficerId
    confirmed_by: OfficerId
    attributes: tuple[Attribute, ...]
    violation_code: str
    late: bool


@dataclass(frozen=True)
class AttributeFailed:
    """An attribute that the officer did not find present, with a commitment to the reason."""

    attribute: Attribute
    reason: Commitment


@dataclass(frozen=True)
class EvidenceRejected(CaptureOfDevice):
    """An officer decided that the capture is not evidence, for the reasons in `codes`.

    The officer answered the four attributes too: `attributes` are present, `failed` are not.
    """

    type: ClassVar[str] = "evidence.rejected"
    v: ClassVar[int] = 2

    reviewer: OfficerId
    codes: tuple[Code, ...]
    attributes: tuple[Attribute, ...] = ()
    failed: tuple[AttributeFailed, ...] = ()


@dataclass(frozen=True)
class LateReviewAllowed(CaptureOfDevice):
    """A supervisor allowed a review to end after its period. The reason stays in the service."""

    type: ClassVar[str] = "evidence.late_review_allowed"

    allowed_by: OfficerId
    reason: Commitment


def take(capture: UnderReview, reviewer: Reviewer, *, at: datetime) -> ReviewStarted:
    """Take a capture that passed its technical checks into review.

    Another officer may take it over as long as nothing is proposed: a capture must not wait for one
    person's return, and a proposal must not be undone by the taking.
    """
    require_qualified(reviewer, at=at)
    if capture.state is not State.TECH_PASSED and not (
        capture.state is State.IN_REVIEW and capture.proposed_by is None and capture.taken_by != reviewer.id
    ):
        raise _out_of_turn(capture, "take")
    return ReviewStarted(capture.id, capture.device_id, reviewer.id, capture.taken_by)


def propose_acceptance(
    capture: UnderReview,
    reviewer: Reviewer,
    attributes: frozenset[Attribute],
    *,
    violation_code: str | None,
    late_reason: Commitment | None = None,
    at: datetime,
) -> AcceptanceProposed:
    """The first of two officers finds the capture true, clear, complete and accurate (APL 41(2)).

    Accurate includes the violation: the officer names it where the device did not, or corrects it, among
    those that the device was reviewed for (APL 41(1)). A capture that came in late is proposed together with the
    reason, because in the time between nobody but its sender could vouch for it (NJ 12).
    """
    require_qualified(reviewer, at=at)
    if capture.state is not State.IN_REVIEW or capture.proposed_by is not None:
        raise _out_of_turn(capture, "propose")
    if capture.taken_by != reviewer.id:
        raise Refusal(
            Kind.CONFLICT,
            "EVD_REVIEW_NOT_YOURS",
            {"capture": capture.id, "taken_by": capture.taken_by},
            article=NJ_14,
        )
    require_lawful_device(capture.id, capture.invalidated)
    _require_seen(capture, reviewer)
    _require_attributes(capture, attributes)
    _require_reason_for_lateness(capture, late_reason)
    code = violation_code or capture.violation_code
    if code is None:
        raise _incomplete(capture, (Attribute.ACCURATE,), wording="code")
    if code not in capture.violation_codes:
        raise Refusal(
            Kind.INVALID,
            "EVD_VIOLATION_NOT_COVERED",
            {"capture": capture.id, "codes": ", ".join(capture.violation_codes) or "nothing"},
            article=APL_41_1,
        )
    _require_exceeded(capture, code)
    return AcceptanceProposed(
        capture.id, capture.device_id, reviewer.id, tuple(Attribute), code, late_reason=late_reason
    )


def accept(
    capture: UnderReview, reviewer: Reviewer, attributes: frozenset[Attribute], *, due: Deadline, at: datetime
) -> EvidenceAccepted:
    """The second officer confirms: only now is the capture evidence.

    Two persons, because one person easily overlooks the mistake of a machine (APL 42). The second officer confirms
    the four attributes again and has opened every picture too. The acceptance is in time until the end of the last
    day of the period; later it needs a supervisor's leave.
    """
    require_qualified(reviewer, at=at)
    if capture.state is not State.IN_REVIEW or capture.proposed_by is None or capture.violation_code is None:
        raise _out_of_turn(capture, "confirm")
    if capture.proposed_by == reviewer.id:
        raise Refusal(
            Kind.FORBIDDEN,
            "EVD_SECOND_REVIEWER_REQUIRED",
            {"capture": capture.id, "reviewer": reviewer.id},
            article=APL_42,
        )
    late = due.is_over(at)
    if late and capture.late_allowed_by in (None, reviewer.id):
        raise Refusal(
            Kind.CONFLICT,
            "EVD_LATE_REVIEW",
            {"capture": capture.id, "due_on": due.due_on},
            article=CITY_PERIOD,
            violations=(Violation(Code.REVIEW_TOO_LATE, str(CITY_PERIOD), {"due_on": due.due_on}),),
        )
    require_lawful_device(capture.id, capture.invalidated)
    _require_seen(capture, reviewer)
    _require_attributes(capture, attributes)
    return EvidenceAccepted(
        owner=capture.id,
        device_id=capture.device_id,
        proposed_by=capture.proposed_by,
        confirmed_by=reviewer.id,
        attributes=tuple(Attribute),
        violation_code=capture.violation_code,
        late=late,
    )


def reject(
    capture: UnderReview,
    reviewer: Reviewer,
    codes: frozenset[Code],
    *,
    attributes: frozenset[Attribute] = frozenset(Attribute),
    reasons: Mapping[Attribute, Commitment] = _NO_REASONS,
    at: datetime,
) -> EvidenceRejected:
    """One officer suffices to say no, with at least one code of the catalogue.

    Each of the four attributes passes or fails, and each that fails has its reason (NJ 14(1)). All four may pass: a
    true and clear picture of a vehicle on an emergency call is no evidence either.
    """
    require_qualified(reviewer, at=at)
    if capture.state is not State.IN_REVIEW:
        raise _out_of_turn(capture, "reject")
    if not codes:
        raise Refusal(Kind.INVALID, "EVD_REJECTION_CODE_REQUIRED", {"capture": capture.id}, article=NJ_14)
    failed = frozenset(Attribute) - attributes
    if unexplained := sorted(failed ^ reasons.keys()):
        raise Refusal(
            Kind.INVALID,
            "EVD_ATTRIBUTE_REASON",
            {"capture": capture.id, "attributes": tuple(unexplained)},
            article=NJ_14,
        )
    return EvidenceRejected(
        capture.id,
        capture.device_id,
        reviewer.id,
        tuple(sorted(codes)),
        attributes=tuple(a for a in Attribute if a in attributes),
        failed=tuple(AttributeFailed(a, reasons[a]) for a in Attribute if a in failed),
    )


def allow_late_review(
    capture: UnderReview, supervisor: OfficerId, *, reason: Commitment, due: Deadline, at: datetime
) -> LateReviewAllowed:
    """A supervisor allows a review to end late (RTP 19), once its period is over.

    The supervisor is neither of the two reviewers, because they caused the delay.
    """
    if capture.state is not State.IN_REVIEW or not due.is_over(at) or capture.late_allowed_by:
        raise _out_of_turn(capture, "late")
    if supervisor in (capture.taken_by, capture.proposed_by):
        raise Refusal(
            Kind.FORBIDDEN,
            "ROLE_CONFLICT",
            {"supervisor": supervisor, "capture": capture.id},
            wording="supervisor",
            article=NJ_14,
        )
    return LateReviewAllowed(capture.id, capture.device_id, supervisor, reason)


def require_qualified(reviewer: Reviewer, *, at: datetime) -> None:
    """Evidence is reviewed by people who hold an enforcement certificate on that day (APL 42)."""
    if reviewer.certificate and reviewer.certificate_until and legal_day(at) <= reviewer.certificate_until:
        return
    raise Refusal(
        Kind.FORBIDDEN,
        "EVD_REVIEWER_UNQUALIFIED",
        {"reviewer": reviewer.id, "ended_on": reviewer.certificate_until},
        wording="ended" if reviewer.certificate else "",
        article=APL_42,
    )


def _require_seen(capture: UnderReview, reviewer: Reviewer) -> None:
    unseen = sorted(capture.pictures - reviewer.opened)
    if unseen:
        raise Refusal(
            Kind.CONFLICT,
            "EVD_MEDIA_NOT_OPENED",
            {"reviewer": reviewer.id, "pictures": unseen, "capture": capture.id},
            article=APL_41_2,
        )


def _require_reason_for_lateness(capture: UnderReview, reason: Commitment | None) -> None:
    """A capture that came in late is evidence only for a documented reason (NJ 12); any other needs none."""
    if reason is not None and not capture.late_ingest:
        raise Refusal(
            Kind.INVALID, "EVD_LATE_INGEST", {"capture": capture.id}, wording="in_time", article=NJ_12
        )
    if reason is None and capture.late_ingest:
        raise Refusal(
            Kind.CONFLICT,
            "EVD_LATE_INGEST",
            {"capture": capture.id},
            article=NJ_12,
            violations=(Violation(Code.INGEST_TOO_LATE, str(NJ_12)),),
        )


def _require_exceeded(capture: UnderReview, code: str) -> None:
    """A measured violation is one only beyond the limit after the deduction, whoever names it (Metrology 9)."""
    reason = shortfall(code, capture.measurements)
    if reason is not None:
        raise Refusal(
            Kind.CONFLICT,
            "EVD_LIMIT_NOT_EXCEEDED",
            {"capture": capture.id, "code": code},
            article=METROLOGY_9,
            violations=(Violation(reason, str(METROLOGY_9)),),
        )


def _require_attributes(capture: UnderReview, attributes: frozenset[Attribute]) -> None:
    missing = tuple(a for a in Attribute if a not in attributes)
    if missing:
        raise _incomplete(capture, missing)


def _incomplete(capture: UnderReview, missing: tuple[Attribute, ...], *, wording: str = "") -> Refusal:
    return Refusal(
        Kind.INVALID,
        "EVD_ATTRIBUTES_INCOMPLETE",
        {"capture": capture.id, "missing": missing},
        wording=wording,
        article=APL_41_2,
        violations=tuple(Violation(f"EVD_NOT_{a}", str(APL_41_2), {"attribute": ZH[a]}) for a in missing),
    )


def _out_of_turn(capture: UnderReview, act: str) -> Refusal:
    if capture.state is State.FROZEN:
        return Refusal(Kind.CONFLICT, "EVD_FROZEN", {"capture": capture.id}, article=APL_41_2)
    return Refusal(
        Kind.CONFLICT,
        "EVD_TRANSITION_NOT_ALLOWED",
        {"capture": capture.id, "state": capture.state},
        wording=act,
        article=NJ_14,
    )


def review_due(captured_at: datetime, *, review_wd: int, calendar: Calendar) -> Deadline:
    """When the review must be complete: so many working days after the day of capture. NJ 14 sets no number."""
    period = Period("evidence.review", CITY_PERIOD, review_wd, Unit.WORKING_DAY, Holder.AGENCY)
    return deadline(period, legal_day(captured_at), calendar=calendar)
