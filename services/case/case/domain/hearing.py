"""The hearing, from the party's request to the notice of time and place (C-18; APL 63, 64).

    notice with the right served ─(5 working days) request─▶ asked ─order─▶ HEARING ─notice served─▶ (7 working days)
      ─hold─▶ record ─report─▶ legal review           `hearingheld` has what follows the day of the hearing

Until the hearing is held it may be ordered anew, for another day or another chair, with another notice.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import ClassVar, Final

from case.domain.contents import Notice
from case.domain.deadlines import Terms
from case.domain.deliberation import Hearing, HearingGround, Presence, Secrecy
from case.domain.filing import require_party
from case.domain.people import Hand, require_separate
from case.domain.procedure import Case, State, require_no_doubt, require_state
from case.domain.returning import OfDeliberation
from case.domain.withdrawing import withdrawn
from common.values.calendar import Calendar, legal_day
from common.values.errors import Kind, Refusal
from common.values.facts import Commitment
from common.values.ids import DocumentId, OfficerId, PartyId
from common.values.law import APL_63, APL_64, APL_64_1, APL_64_2
from common.values.manner import Manner

_ASKABLE: Final = (
    State.PRIOR_NOTICE_SERVED,
    State.DEFENCE_REVIEW,
    State.LEGAL_REVIEW,
    State.COLLECTIVE_DISCUSSION,
)
"""The states in which the five working days may still run: nothing that the agency does ends them."""
_OVERTAKEN: Final = (State.LEGAL_REVIEW, State.COLLECTIVE_DISCUSSION)


@dataclass(frozen=True)
class HearingRequested(OfDeliberation):
    """The party asked for a hearing in time."""

    type: ClassVar[str] = "case.hearing.requested"

    party_id: PartyId
    notice_id: DocumentId
    requested_at: datetime

    @property
    def subject(self) -> str:
        return self.party_id.stream

    def applied(self, case: Case) -> Case:
        asked = Hearing(_next_number(case), self.notice_id, HearingGround.REQUESTED, self.requested_at)
        if case.state not in _OVERTAKEN:
            return replace(case, hearing=asked)
        # What was reviewed and discussed is not yet heard: both are done again after the hearing.
        return replace(case, state=State.DEFENCE_REVIEW, hearing=asked, legal_review=None, discussion=None)


@dataclass(frozen=True)
class HearingOrdered(OfDeliberation):
    """The head ordered the hearing: D-18a names its time, place and chair. The place is in that document.

    `closed_for` says what closes it to the public, None for an open one.
    """

    type: ClassVar[str] = "case.hearing.ordered"

    party_id: PartyId
    notice_id: DocumentId
    ground: HearingGround
    opens_at: datetime
    place: Commitment
    closed_for: Secrecy | None
    chair: OfficerId
    document_id: DocumentId
    sha256: str
    by: OfficerId
    ordered_at: datetime

    @property
    def subject(self) -> str:
        return self.party_id.stream

    def applied(self, case: Case) -> Case:
        asked = case.hearing or Hearing(_next_number(case), self.notice_id, self.ground, self.ordered_at)
        ordered = replace(
            asked,
            # The clock stands still from the first order on, not anew with each.
            ordered_at=asked.ordered_at or self.ordered_at,
            opens_at=self.opens_at,
            closed_for=self.closed_for,
            chair=self.chair,
            document_id=self.document_id,
            served_at=None,
            # One that was missed for want of notice is held again, with nothing of the first (APL 64(2)).
            presence=None,
            held_at=None,
            record_id=None,
            examined=(),
            opinion=None,
            report_id=None,
            reported_at=None,
        )
        case = replace(case, state=State.HEARING, hearing=ordered, service_ordered=None)
        return replace(case, legal_review=None, discussion=None) if asked.held_at else case


@dataclass(frozen=True)
class HearingNoticeServed(OfDeliberation):
    """The party knows when and where it is heard."""

    type: ClassVar[str] = "case.hearing.notice_served"

    document_id: DocumentId
    manner: Manner
    served_at: datetime

    def applied(self, case: Case) -> Case:
        assert case.hearing is not None
        return replace(case, hearing=replace(case.hearing, served_at=self.served_at), service_ordered=None)


def request_hearing(case: Case, *, party_id: PartyId, at: datetime) -> HearingRequested:
    """The party asks for a hearing within five working days after it was told of the right (APL 64(1)).

    Also while the procedure rests, is reviewed legally or discussed. A notice that offered none gives no such right:
    where the law gives it, the notice is issued anew, because a decision without the offer is refused all the same
    (`guards.hearing`).
    """
    if not _is_resting(case):
        require_state(case, *_ASKABLE, act="the request for a hearing")
    notice = _current(case)
    if not notice.hearing_offered or notice.hearing_until is None:
        raise Refusal(
            Kind.CONFLICT, "CASE_HEARING_NOT_OFFERED", {"case": case.id}, wording="request", article=APL_63
        )
    if at >= notice.hearing_until:
        raise Refusal(
            Kind.CONFLICT,
            "CASE_HEARING_REQUEST_LATE",
            {"case": case.id, "until": notice.hearing_until},
            article=APL_64_1,
        )
    require_none(case)
    return HearingRequested(case.id, party_id, notice.document_id, at)


@dataclass(frozen=True)
class Sitting:
    """When, where and under whom a hearing takes place. `closed_for` is None for a public one, `may_chair` says that
    the officer chairs hearings of this agency.
    """

    opens_at: datetime
    place: Commitment
    closed_for: Secrecy | None
    chair: OfficerId
    may_chair: bool


def order_hearing(
    case: Case,
    sitting: Sitting,
    *,
    document_id: DocumentId,
    sha256: str,
    hand: Hand,
    terms: Terms,
    at: datetime,
) -> HearingOrdered:
    """The head orders the hearing that the party asked for, or one of the agency's own motion (APL 63(1), 64).

    Once the statements are answered. The chair investigated nothing of the case, accepted none of its evidence and
    answered no statement (APL 64(4)), reviewed nothing legally, and is not the one who decides. The day leaves the
    party the working days of APL 64(2); whether it really had them, the record asks again from the day of service. A
    hearing that the party missed, and whose notice proves to have come too late, is ordered anew.
    """
    too_soon = held_too_soon(case.hearing, terms)
    more = _OVERTAKEN if too_soon else ()
    require_state(case, State.DEFENCE_REVIEW, State.HEARING, *more, act="ordering the hearing")
    require_no_doubt(case, act="ordering the hearing")
    party = require_party(case)
    if case.hearing is not None and case.hearing.held_at is not None and too_soon is None:
        raise Refusal(Kind.CONFLICT, "CASE_HEARING_HELD", {"case": case.id}, article=APL_64)
    if not sitting.may_chair:
        raise Refusal(Kind.CONFLICT, "CASE_CHAIR_UNSUITABLE", {"officer": sitting.chair}, article=APL_64)
    workers = case.evidence_reviewers | {*case.officers, *case.defence_reviewers, *case.legal_reviewers}
    workers |= withdrawn(case)
    require_separate(
        sitting.chair, workers | {hand.officer_id}, act="chair the hearing", other="worked on this case"
    )
    require_notice(legal_day(at), legal_day(sitting.opens_at), terms)
    notice = _current(case)
    return HearingOrdered(
        case.id,
        party.id,
        notice.document_id,
        case.hearing.ground if case.hearing else HearingGround.OWN_MOTION,
        sitting.opens_at,
        sitting.place,
        sitting.closed_for,
        sitting.chair,
        document_id,
        sha256,
        hand.officer_id,
        at,
    )


def note_hearing_notice(
    case: Case, *, document_id: DocumentId, manner: Manner, served_at: datetime
) -> HearingNoticeServed:
    """The notice of the hearing reached the party."""
    require_state(case, State.HEARING, act="noting the service of the notice of the hearing")
    return HearingNoticeServed(case.id, document_id, manner, served_at)


def require_notice(told_on: date, opens_on: date, terms: Terms) -> None:
    """Raises Refusal CASE_HEARING_TOO_SOON unless so many working days lie before the day of the hearing (APL 64(2)).

    举行听证的七日前: seven whole working days between the day of the notice and the day of the hearing (APL 85).
    """
    days = terms.limits.hearing_notice_wd
    earliest = working_days_after(told_on, days + 1, terms.calendar)
    if opens_on < earliest:
        raise Refusal(
            Kind.CONFLICT,
            "CASE_HEARING_TOO_SOON",
            {"days": days, "earliest": earliest},
            article=APL_64_2,
        )


def held_too_soon(hearing: Hearing | None, terms: Terms) -> Refusal | None:
    """Why the party that stayed away waived nothing (APL 64(2), (6)): its notice came too late, as was proved since."""
    if hearing is None or hearing.presence in (None, Presence.ATTENDED):
        return None
    assert hearing.served_at is not None
    assert hearing.opens_at is not None
    try:
        require_notice(legal_day(hearing.served_at), legal_day(hearing.opens_at), terms)
    except Refusal as refusal:
        return refusal
    return None


def working_days_after(day: date, n: int, calendar: Calendar) -> date:
    """The `n`-th working day after `day`."""
    for _ in range(n):
        day = calendar.next_working_day(date.fromordinal(day.toordinal() + 1))
    return day


def require_none(case: Case) -> None:
    """Raises Refusal CASE_HEARING_ASKED where a hearing was asked for or ordered: there is one for each notice."""
    if case.hearing is not None:
        raise Refusal(Kind.CONFLICT, "CASE_HEARING_ASKED", {"case": case.id}, article=APL_64_1)


def _is_resting(case: Case) -> bool:
    """Whether the procedure rests after the notice: the days of the party run on, so it may ask."""
    return case.state is State.SUSPENDED and case.suspensions[-1].back_to in _ASKABLE


def _next_number(case: Case) -> int:
    return 1 + max((each.number for each in case.past_hearings), default=0)


def _current(case: Case) -> Notice:
    return case.notices[-1]
