"""A suspected crime goes to the police (涉嫌犯罪案件移送, C-13; APL 27; CrimT 5 to 11).

    the head names a team of two or more ─▶ the team reports ─▶ the head decides in three days: D-32, or not
      ─▶ the exchange carries the package ─┬ the police file the case ─┬ the court convicts ─▶ TRANSFERRED_OUT
                                           │                           └ no prosecution ─▶ the case goes on
                                           └ they do not file, or send it back ─▶ the case goes on

While the suspicion is open no penalty is imposed: a fine must not stand for a transfer, and where a court fines there
is no fine besides. What had been decided before stands, and the court sets it off (CrimT 11; APL 35(2)). The three days
are calendar days: the regulation says 日.
"""

from __future__ import annotations

from abc import ABC
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, ClassVar, Final

from case.domain.deadlines import Terms
from case.domain.people import Hand, Transfer, require_qualified, require_separate
from case.domain.procedure import DELIBERATING, Case, Changing, State, require_state
from case.domain.suspicion import CourtResult, PoliceAnswer, SuspectedCrime
from common.values.calendar import Deadline
from common.values.errors import Kind, Refusal
from common.values.facts import Commitment
from common.values.ids import AgencyId, DocumentId, ExchangeId, OfficerId
from common.values.law import CRIMT_5

_CHARGEABLE: Final = (
    State.FILED,
    State.INVESTIGATING,
    State.INVESTIGATION_CONCLUDED,
    State.PRIOR_NOTICE_SENT,
    State.PRIOR_NOTICE_SERVED,
    State.DEFENCE_REVIEW,
    *DELIBERATING,
    State.SUSPENDED,
)
"""From the filing to the decision."""
CHARGEABLE: Final = (
    *_CHARGEABLE,
    State.DECIDED,
    State.SERVICE_PENDING,
    State.SERVED,
    State.PERFORMING,
    State.PERFORMED,
)
"""A crime may show after the decision too: what it imposed stands, and is set off."""


class OfCrime(Changing, ABC):
    """A fact about one suspicion."""

    number: int


@dataclass(frozen=True)
class CrimeTeamNamed(OfCrime):
    """The head named the officers who look into the suspicion and report on it (CrimT 5(1))."""

    type: ClassVar[str] = "case.crime.team_named"

    number: int
    team: tuple[OfficerId, ...]
    by: OfficerId
    named_at: datetime

    def applied(self, case: Case) -> Case:
        return replace(case, crimes=(*case.crimes, SuspectedCrime(self.number, self.team, self.named_at)))


@dataclass(frozen=True)
class CrimeReported(OfCrime):
    """The team reported to the head that the case is to be transferred; the head has three days (CrimT 5(2))."""

    type: ClassVar[str] = "case.crime.reported"

    number: int
    report: Commitment
    by: OfficerId
    reported_at: datetime
    decide_by: Deadline

    @property
    def due(self) -> tuple[Deadline, ...]:
        return (self.decide_by,)

    def applied(self, case: Case) -> Case:
        return _with(case, self.number, reported_at=self.reported_at, decide_by=self.decide_by.due_on)


@dataclass(frozen=True)
class CrimeTransferDecided(OfCrime):
    """The head decided to transfer the case, by the D-32 in `document_id`, or not to, for reasons on record."""

    type: ClassVar[str] = "case.crime.decided"

    number: int
    approved: bool
    reason: Commitment
    document_id: DocumentId | None
    sha256: str | None
    by: OfficerId
    decided_at: datetime

    def applied(self, case: Case) -> Case:
        return _with(case, self.number, approved=self.approved, document_id=self.document_id)


@dataclass(frozen=True)
class CrimeTransferNoted(OfCrime):
    """The exchange carries the case to the police."""

    type: ClassVar[str] = "case.crime.transfer_noted"

    number: int
    exchange_id: ExchangeId
    to_agency_id: AgencyId
    noted_at: datetime

    def applied(self, case: Case) -> Case:
        if any(crime.number == self.number for crime in case.crimes):
            values = {"exchange_id": self.exchange_id, "to_agency_id": self.to_agency_id, "answer": None}
            return _with(case, self.number, **values)
        begun = SuspectedCrime(
            self.number,
            (),
            self.noted_at,
            approved=True,
            exchange_id=self.exchange_id,
            to_agency_id=self.to_agency_id,
        )
        return replace(case, crimes=(*case.crimes, begun))


@dataclass(frozen=True)
class CrimeAnswered(OfCrime):
    """The police filed the case or did not, or the transfer came back."""

    type: ClassVar[str] = "case.crime.answered"

    number: int
    answer: PoliceAnswer
    answered_at: datetime

    def applied(self, case: Case) -> Case:
        return _with(case, self.number, answer=self.answer)


@dataclass(frozen=True)
class CrimeEnded(OfCrime):
    """The case of the police ended. `leaves`: the person was prosecuted, so the case here ends undecided."""

    type: ClassVar[str] = "case.crime.ended"

    number: int
    result: CourtResult
    leaves: bool
    ended_at: datetime

    def applied(self, case: Case) -> Case:
        case = _with(case, self.number, result=self.result)
        crime = _numbered(case, self.number)
        if not self.leaves or crime is None or crime.exchange_id is None or crime.to_agency_id is None:
            return case
        return replace(
            case,
            state=State.TRANSFERRED_OUT,
            transfer=Transfer(crime.exchange_id, crime.to_agency_id),
            closed_at=self.ended_at,
            service_ordered=None,
        )


def name_team(case: Case, team: tuple[OfficerId, ...], *, hand: Hand, at: datetime) -> CrimeTeamNamed:
    """Name the team at once, two officers or more (CrimT 5(1)). One suspicion is looked into at a time."""
    require_state(case, *CHARGEABLE, act="looking into a suspected crime")
    if len(set(team)) < 2:
        raise Refusal(Kind.INVALID, "CASE_CRIME_TEAM", {"case": case.id}, article=CRIMT_5)
    last = case.crimes[-1] if case.crimes else None
    if last is not None and last.bars_penalty:
        raise Refusal(Kind.CONFLICT, "CASE_CRIME_OPEN", {"case": case.id}, article=CRIMT_5)
    return CrimeTeamNamed(case.id, len(case.crimes) + 1, tuple(sorted(set(team))), hand.officer_id, at)


def report_crime(
    case: Case, number: int, *, report: Commitment, hand: Hand, terms: Terms, at: datetime
) -> CrimeReported:
    """One of the team reports that the case is to be transferred (CrimT 5(1))."""
    crime = _numbered(case, number)
    if crime is None or crime.reported_at is not None or not crime.team:
        raise _not_open(case, number)
    require_state(case, *CHARGEABLE, act="reporting a suspected crime")
    require_qualified(hand, at)
    if hand.officer_id not in crime.team:
        raise Refusal(Kind.FORBIDDEN, "CASE_NOT_ASSIGNED", {"case": case.id}, article=CRIMT_5)
    return CrimeReported(case.id, number, report, hand.officer_id, at, terms.decide_crime(at, number))


def require_reported(case: Case, number: int) -> SuspectedCrime:
    """The suspicion that waits for the head. Raises Refusal CASE_CRIME_NOT_OPEN."""
    crime = _numbered(case, number)
    if crime is None or crime.reported_at is None or crime.approved is not None:
        raise _not_open(case, number)
    require_state(case, *CHARGEABLE, act="deciding on a transfer to the police")
    return crime


def decide_transfer(
    case: Case,
    number: int,
    *,
    approved: bool,
    reason: Commitment,
    document: tuple[DocumentId, str] | None,
    hand: Hand,
    at: datetime,
) -> CrimeTransferDecided:
    """The head approves the transfer, or refuses it with reasons on record (CrimT 5(2)). A late decision is still owed.

    Who looked into the suspicion does not decide about it.
    """
    crime = require_reported(case, number)
    require_separate(
        hand.officer_id,
        frozenset({*crime.team, *case.officers}),
        act="decide on the transfer",
        other="looked into the suspicion or investigated the case",
    )
    document_id, sha256 = document or (None, None)
    return CrimeTransferDecided(case.id, number, approved, reason, document_id, sha256, hand.officer_id, at)


def note_crime_transfer(
    case: Case, exchange_id: ExchangeId, to_agency_id: AgencyId, agency_id: AgencyId, at: datetime
) -> CrimeTransferNoted | None:
    """The agency of the case prepared its transfer to the police. None for another agency's case, or a noted transfer.

    A transfer that nobody decided here counts all the same: what the police look into is not punished here meanwhile.
    """
    is_ours = agency_id == case.agency_id and case.state in CHARGEABLE
    if not is_ours or any(crime.exchange_id == exchange_id for crime in case.crimes):
        return None
    waiting = next((c for c in case.crimes if c.approved and c.exchange_id is None), None)
    number = waiting.number if waiting else len(case.crimes) + 1
    return CrimeTransferNoted(case.id, number, exchange_id, to_agency_id, at)


def note_answer(
    case: Case, exchange_id: ExchangeId, answer: PoliceAnswer, at: datetime
) -> CrimeAnswered | None:
    """The police answered, or answered anew upon a reconsideration. None unless this transfer is on its way."""
    crime = _carried(case, exchange_id)
    if crime is None or crime.answer is answer or crime.result is not None:
        return None
    return CrimeAnswered(case.id, crime.number, answer, at)


def note_result(case: Case, exchange_id: ExchangeId, result: CourtResult, at: datetime) -> CrimeEnded | None:
    """The case of the police ended. None unless they filed this one.

    Who is prosecuted or penalised there is not fined here, so an undecided case ends. A decision that was made before
    stands, and the court sets its fine off (CrimT 11).
    """
    crime = _carried(case, exchange_id)
    if crime is None or crime.answer is not PoliceAnswer.FILED or crime.result is not None:
        return None
    is_pursued = result in (CourtResult.PENALISED, CourtResult.PROSECUTED)
    return CrimeEnded(case.id, crime.number, result, is_pursued and case.state in _CHARGEABLE, at)


def _carried(case: Case, exchange_id: ExchangeId) -> SuspectedCrime | None:
    return next((crime for crime in case.crimes if crime.exchange_id == exchange_id), None)


def _numbered(case: Case, number: int) -> SuspectedCrime | None:
    return next((crime for crime in case.crimes if crime.number == number), None)


def _with(case: Case, number: int, **values: Any) -> Case:
    crimes = tuple(replace(each, **values) if each.number == number else each for each in case.crimes)
    return replace(case, crimes=crimes)


def _not_open(case: Case, number: int) -> Refusal:
    facts = {"case": case.id, "number": number}
    return Refusal(Kind.CONFLICT, "CASE_CRIME_NOT_OPEN", facts, article=CRIMT_5)
