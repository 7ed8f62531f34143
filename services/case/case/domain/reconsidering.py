"""Reconsideration through the agency that decided (C-28; ARL 32; ARR 38).

The party applies with the agency, on the portal or at the counter. Within five working days the agency corrects itself
or forwards the application with its opinion. The organ judges whether the application was in time and has its grounds:
nothing here refuses it for that.
"""

from __future__ import annotations

from abc import ABC
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import ClassVar

from case.domain.deadlines import Terms
from case.domain.filing import require_party
from case.domain.outcomes import Outcome
from case.domain.people import Hand
from case.domain.procedure import Case, Changing
from case.domain.remedies import Forum, Remedy, Stage
from common.values.calendar import Deadline, legal_day
from common.values.errors import Kind, Refusal
from common.values.facts import Commitment
from common.values.ids import AgencyId, OfficerId, PartyId
from common.values.law import APL_73, ARL_32


@dataclass(frozen=True)
class OfRemedy(Changing, ABC):
    """A fact about the remedy with this number."""

    number: int


@dataclass(frozen=True)
class RemedyApplied(OfRemedy):
    """The party applied for reconsideration through this agency. `application` commits to what was asked and why.

    `entered_by` is the officer at the counter; None where the party applied on the portal. `period_on` is the day from
    which the period of reconsideration runs.
    """

    type: ClassVar[str] = "case.remedy.applied"
    v: ClassVar[int] = 2

    agency_id: AgencyId
    party_id: PartyId
    application: Commitment
    received_at: datetime
    in_time: bool
    entered_by: OfficerId | None
    period_on: date
    handle_by: Deadline

    @property
    def subject(self) -> str:
        return self.party_id.stream

    @property
    def due(self) -> tuple[Deadline, ...]:
        return (self.handle_by,)

    def applied(self, case: Case) -> Case:
        remedy = Remedy(
            self.number,
            Forum.RECONSIDERATION,
            is_through_agency=True,
            stage=Stage.RECEIVED,
            filed_on=legal_day(self.received_at),
            in_time=self.in_time,
            handle_until=self.handle_by.due_at,
            period_on=self.period_on,
        )
        return replace(case, remedies=(*case.remedies, remedy))


@dataclass(frozen=True)
class RemedyForwarded(OfRemedy):
    """The agency holds to its decision and sent the application to the organ. `opinion` commits to why."""

    type: ClassVar[str] = "case.remedy.forwarded"

    agency_id: AgencyId
    opinion: Commitment
    by: OfficerId
    forwarded_at: datetime

    def applied(self, case: Case) -> Case:
        return with_remedy(case, self.number, stage=Stage.PASSED_ON)


def apply_remedy(
    case: Case,
    *,
    application: Commitment,
    received_at: datetime,
    entered_by: Hand | None,
    reconsider_by: Deadline | None,
    terms: Terms,
    at: datetime,
) -> RemedyApplied:
    """The party applies through the agency, because the penalty rests on device records (ARL 32).

    The five working days count from the day on which the agency had the application, also where an officer enters
    later what came on paper.
    """
    require_served_decision(case, act="applying for reconsideration")
    require_no_remedy(case, act="applying for reconsideration")
    assert case.decision is not None
    assert case.served_at is not None
    if not is_through_agency(case):
        raise Refusal(Kind.CONFLICT, "CASE_REMEDY_NOT_THROUGH_AGENCY", {"case": case.id}, article=ARL_32)
    if not case.decision.decided_at <= received_at <= at:
        raise Refusal(
            Kind.INVALID,
            "CASE_REMEDY_DAYS",
            {"from": case.decision.decided_at, "until": at},
            article=ARL_32,
        )
    return RemedyApplied(
        case.id,
        len(case.remedies) + 1,
        case.agency_id,
        require_party(case).id,
        application,
        received_at,
        reconsider_by is None or not reconsider_by.is_over(received_at),
        entered_by.officer_id if entered_by else None,
        reconsider_by.trigger_on if reconsider_by else legal_day(case.served_at),
        terms.handle_application(received_at),
    )


def forward_remedy(
    case: Case, number: int, *, opinion: Commitment, hand: Hand, at: datetime
) -> RemedyForwarded:
    """Forward the application to the organ with the agency's opinion (ARL 32). Late is late, and still a duty."""
    require_stage(case, number, Stage.RECEIVED, act="forwarding the application")
    return RemedyForwarded(case.id, number, case.agency_id, opinion, hand.officer_id, at)


def is_through_agency(case: Case) -> bool:
    """Whether the deciding agency takes the application: for a penalty that rests on device records (ARL 32)."""
    return case.decision is not None and case.decision.outcome is Outcome.PENALTY and bool(case.exhibits)


def require_served_decision(case: Case, *, act: str) -> None:
    """Raises Refusal CASE_TRANSITION_NOT_ALLOWED: a remedy goes against a decision that the party has (ARL 20)."""
    if case.decision is None or case.served_at is None:
        raise Refusal(
            Kind.CONFLICT,
            "CASE_TRANSITION_NOT_ALLOWED",
            {"case": case.id, "state": case.state, "act": act, "wanted": "SERVED"},
            article=ARL_32,
        )


def require_no_remedy(case: Case, *, act: str) -> None:
    """Raises Refusal CASE_REMEDY_OPEN: what another organ is judging is not ended or enforced meanwhile (APL 73)."""
    number = next((remedy.number for remedy in case.remedies if remedy.is_open), None)
    if number is not None:
        raise Refusal(
            Kind.CONFLICT, "CASE_REMEDY_OPEN", {"case": case.id, "number": number, "act": act}, article=APL_73
        )


def remedy_of(case: Case, number: int) -> Remedy:
    """The remedy with this number. Raises Refusal NOT_FOUND without one."""
    for remedy in case.remedies:
        if remedy.number == number:
            return remedy
    raise Refusal(Kind.NOT_FOUND, "NOT_FOUND", {"id": f"{case.id}/remedies/{number}"})


def require_stage(case: Case, number: int, *stages: Stage, act: str) -> Remedy:
    """The remedy with this number. Raises Refusal CASE_TRANSITION_NOT_ALLOWED unless it is in one of `stages`."""
    remedy = remedy_of(case, number)
    if remedy.stage not in stages:
        raise Refusal(
            Kind.CONFLICT,
            "CASE_TRANSITION_NOT_ALLOWED",
            {"case": case.id, "state": remedy.stage, "act": act, "wanted": list(stages)},
            article=ARL_32,
        )
    return remedy


def with_remedy(case: Case, number: int, **changes: object) -> Case:
    """`case` with the remedy `number` changed."""
    remedies = tuple(
        replace(remedy, **changes) if remedy.number == number else remedy  # type: ignore[arg-type]
        for remedy in case.remedies
    )
    return replace(case, remedies=remedies)
