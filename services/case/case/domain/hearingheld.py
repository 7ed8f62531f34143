"""The day of the hearing and what follows: the record, and the chair's report (C-18; APL 64(4) to (8), 65)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import ClassVar

from case.domain.clock import HEARING
from case.domain.deadlines import Terms
from case.domain.deliberation import Hearing, Opinion, Presence, Signing
from case.domain.hearing import require_notice
from case.domain.people import Hand
from case.domain.procedure import Case, State, require_no_doubt, require_state
from case.domain.repeating import anew_of
from case.domain.returning import OfDeliberation
from case.domain.suspending import stops_of_decision
from common.values.calendar import Deadline, legal_day
from common.values.errors import Kind, Refusal
from common.values.facts import Commitment
from common.values.ids import DocumentId, EvidenceId, OfficerId
from common.values.law import APL_43, APL_64, APL_64_2, APL_64_6, APL_65

_MOST_AGENTS = 2


@dataclass(frozen=True)
class HearingHeld(OfDeliberation):
    """The hearing took place, or the party waived it by staying away or leaving. The record is D-18b.

    `examined` are the captures that were shown and answered; `proof_sha256` the signed sheet or the recording.
    """

    type: ClassVar[str] = "case.hearing.held"

    chair: OfficerId
    presence: Presence
    agents: int
    signing: Signing
    examined: tuple[EvidenceId, ...]
    course: Commitment
    proof_sha256: str
    document_id: DocumentId
    sha256: str
    held_at: datetime

    def applied(self, case: Case) -> Case:
        assert case.hearing is not None
        held = replace(
            case.hearing,
            presence=self.presence,
            held_at=self.held_at,
            record_id=self.document_id,
            examined=self.examined,
        )
        others = (each for each in case.chairs if each != self.chair)
        return replace(case, hearing=held, chairs=(*others, self.chair))


@dataclass(frozen=True)
class HearingReported(OfDeliberation):
    """The chair reported with an opinion (D-18c), and the legal review is due (APL 58(1)(2)). `decide_by` is the end of
    the ninety days where the hearing stopped them by a rule of the city's profile.
    """

    type: ClassVar[str] = "case.hearing.reported"

    chair: OfficerId
    opinion: Opinion
    report: Commitment
    document_id: DocumentId
    sha256: str
    reported_at: datetime
    review_by: Deadline
    decide_by: Deadline | None

    @property
    def due(self) -> tuple[Deadline, ...]:
        return (self.review_by, self.decide_by) if self.decide_by else (self.review_by,)

    def applied(self, case: Case) -> Case:
        assert case.hearing is not None
        reported = replace(
            case.hearing, opinion=self.opinion, report_id=self.document_id, reported_at=self.reported_at
        )
        until = self.decide_by.due_at if self.decide_by else case.decide_until
        return replace(case, hearing=reported, decide_until=until)


@dataclass(frozen=True)
class Course:
    """How the hearing went, as the chair records it. `agents` counts those who spoke for the party."""

    presence: Presence
    agents: int
    signing: Signing
    examined: tuple[EvidenceId, ...]
    no_conflict: bool


def hold_hearing(
    case: Case,
    course: Course,
    *,
    text: Commitment,
    proof_sha256: str,
    document_id: DocumentId,
    sha256: str,
    hand: Hand,
    terms: Terms,
    at: datetime,
) -> HearingHeld:
    """The chair makes the record (APL 64(4) to (8)).

    Not before the hour that the notice named, and only if the party had its working days from the service of that
    notice: otherwise the hearing is ordered anew. One or two agents speak for the party (64(5)). Who stays away or
    leaves without good reason has waived the hearing, and the record says so (64(6)); with good reason the chair makes
    no record, and the head names another day. Who was heard signs, or the chair notes the refusal (64(8)).
    """
    require_recordable(case, course, hand=hand, terms=terms, at=at)
    return HearingHeld(
        case.id,
        hand.officer_id,
        course.presence,
        course.agents,
        course.signing,
        course.examined,
        text,
        proof_sha256,
        document_id,
        sha256,
        at,
    )


def report_hearing(
    case: Case,
    *,
    opinion: Opinion,
    text: Commitment,
    document_id: DocumentId,
    sha256: str,
    hand: Hand,
    terms: Terms,
    at: datetime,
) -> HearingReported:
    """The chair reports what the hearing brought and what it proposes. The decision rests on the record (APL 65)."""
    hearing = require_reportable(case, hand=hand)
    return HearingReported(
        case.id,
        hand.officer_id,
        opinion,
        text,
        document_id,
        sha256,
        at,
        terms.review_legally(at),
        _decide_by(case, hearing, terms, at),
    )


def require_recordable(case: Case, course: Course, *, hand: Hand, terms: Terms, at: datetime) -> None:
    """Raises Refusal unless `hand` may record the hearing so now. Before D-18b is made, and again after."""
    hearing = require_chair(case, hand, act="recording the hearing")
    if hearing.held_at is not None:
        raise Refusal(Kind.CONFLICT, "CASE_HEARING_HELD", {"case": case.id}, article=APL_64)
    if hearing.served_at is None or hearing.opens_at is None or at < hearing.opens_at:
        raise Refusal(Kind.CONFLICT, "CASE_HEARING_NOT_OPEN", {"case": case.id}, article=APL_64_2)
    require_notice(legal_day(hearing.served_at), legal_day(hearing.opens_at), terms)
    if not course.no_conflict:
        raise Refusal(Kind.CONFLICT, "CASE_RECUSAL_PENDING", {"officer": hand.officer_id}, article=APL_43)
    _require_consistent(case, course)


def require_reportable(case: Case, *, hand: Hand) -> Hearing:
    """The hearing that `hand` may report now. Before D-18c is made, and again after."""
    hearing = require_chair(case, hand, act="reporting the hearing")
    if hearing.held_at is None or hearing.reported_at is not None:
        raise Refusal(
            Kind.CONFLICT,
            "CASE_HEARING_PENDING" if hearing.held_at is None else "CASE_HEARING_HELD",
            {"case": case.id},
            article=APL_65,
        )
    return hearing


def require_chair(case: Case, hand: Hand, *, act: str) -> Hearing:
    """The hearing that `hand` chairs. Raises Refusal for anybody else (APL 64)."""
    require_state(case, State.HEARING, act=act)
    require_no_doubt(case, act=act)
    hearing = case.hearing
    assert hearing is not None
    if hearing.chair != hand.officer_id:
        raise Refusal(Kind.FORBIDDEN, "CASE_NOT_THE_CHAIR", {"officer": hand.officer_id}, article=APL_64)
    return hearing


def _require_consistent(case: Case, course: Course) -> None:
    is_heard = course.presence is Presence.ATTENDED
    known = {exhibit.evidence_id for exhibit in case.exhibits}
    agrees = (
        (course.signing is Signing.WAIVED) is not is_heard
        and course.agents <= _MOST_AGENTS
        and set(course.examined) <= known
        and (is_heard or not course.examined)
    )
    if not agrees:
        raise Refusal(
            Kind.INVALID, "CASE_HEARING_RECORD_INCOMPLETE", {"presence": course.presence}, article=APL_64_6
        )


def _decide_by(case: Case, hearing: Hearing, terms: Terms, at: datetime) -> Deadline | None:
    # Days in which an organ or a court ordered another decision are not the ninety of APL 60: nothing stops them.
    is_counted = HEARING in terms.profile.clock_stops and anew_of(case) is None
    if not is_counted or case.filed_at is None:
        return None
    over = replace(case, hearing=replace(hearing, reported_at=at))
    return terms.decide(case.filed_at, stops_of_decision(over, terms))
