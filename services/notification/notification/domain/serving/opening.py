"""How a service begins and ends: an order of case opens it, a recall gives it up, an erasure follows its case.

A decision is served within seven working days of being made (APL 61). The city's alarm comes before: an officer then
still has time to choose another manner.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import ClassVar, Final

from common.values.calendar import Calendar, Holder, Period, Unit, deadline, legal_day
from common.values.facts import Commitment, Fact
from common.values.ids import AgencyId, CaseId, DocumentId, OfficerId, PartyId, ServiceId
from common.values.law import APL_61
from common.values.manner import Manner
from common.values.profile import Profile
from notification.domain.serving.service import (
    Changing,
    PartyKind,
    Service,
    State,
    require_not_erased,
    require_state,
)

DECISION: Final = "D-20a"
"""The document whose service has a period of its own (APL 61(1))."""


class Abandonment(StrEnum):
    """Why a service was given up."""

    RECALLED = "RECALLED"
    DOCUMENT_DIFFERS = "DOCUMENT_DIFFERS"


@dataclass(frozen=True)
class ServiceOpened(Fact):
    """A document is to be served. `cause` is the id of the record that ordered it."""

    type: ClassVar[str] = "service.opened"

    agency_id: AgencyId
    case_id: CaseId
    party_id: PartyId
    party_kind: PartyKind
    document_id: DocumentId
    document_kind: str
    document_sha256: str
    first: Manner
    cause: str
    ordered_at: datetime
    alarm_on: date
    serve_by: date | None

    @property
    def subject(self) -> str | None:
        return self.case_id.stream


@dataclass(frozen=True)
class ServiceAlarmed(Changing):
    """The day of the alarm came and the document is not served: another manner has to be chosen now."""

    type: ClassVar[str] = "service.alarmed"

    case_id: CaseId
    serve_by: date | None

    @property
    def subject(self) -> str | None:
        return self.case_id.stream

    def applied(self, service: Service, *, at: datetime) -> Service:
        return replace(service, alarmed_at=at)


@dataclass(frozen=True)
class ServiceAbandoned(Changing):
    """The service was given up, and nobody was served by it. `by` is None where the service itself did it.

    `cause` is the id of the record that ordered it: another order of the same document is another service.
    """

    type: ClassVar[str] = "service.abandoned"

    case_id: CaseId
    document_id: DocumentId
    cause: str
    reason: Abandonment
    note: Commitment | None
    by: OfficerId | None

    @property
    def subject(self) -> str | None:
        return self.case_id.stream

    def applied(self, service: Service, *, at: datetime) -> Service:
        steps = tuple(replace(s, ended_at=at) if s.is_running else s for s in service.steps)
        return replace(service, abandoned_at=at, abandoned_for=self.reason.value, steps=steps)


@dataclass(frozen=True)
class ServiceErased(Changing):
    """The case was erased: the document and the proofs of this service cannot be read any more."""

    type: ClassVar[str] = "service.erased"

    case_id: CaseId
    document_sha256: str
    proofs: tuple[str, ...]

    @property
    def subject(self) -> str | None:
        return self.case_id.stream

    def applied(self, service: Service, *, at: datetime) -> Service:
        return replace(service, erased_at=at)


@dataclass(frozen=True)
class Order:
    """What the record of an order says. `counts_from` is the day from which the period to serve runs."""

    agency_id: AgencyId
    case_id: CaseId
    party_id: PartyId
    party_kind: PartyKind
    document_id: DocumentId
    document_kind: str
    document_sha256: str
    first: Manner
    cause: str
    ordered_at: datetime
    counts_from: date


def open_service(
    service_id: ServiceId, order: Order, *, profile: Profile, calendar: Calendar
) -> ServiceOpened:
    """Open the service that case ordered. Only a decision has a period by statute; the alarm is the city's."""
    alarm = _working_days(profile.notification.choose_manner_alarm_wd, order.counts_from, calendar)
    until = _working_days(profile.limits.service_wd, order.counts_from, calendar)
    return ServiceOpened(
        owner=service_id,
        agency_id=order.agency_id,
        case_id=order.case_id,
        party_id=order.party_id,
        party_kind=order.party_kind,
        document_id=order.document_id,
        document_kind=order.document_kind,
        document_sha256=order.document_sha256,
        first=order.first,
        cause=order.cause,
        ordered_at=order.ordered_at,
        alarm_on=alarm,
        serve_by=until if order.document_kind == DECISION else None,
    )


def begun(fact: ServiceOpened) -> Service:
    """The service that `fact` opens."""
    return Service(
        id=ServiceId(fact.owner),
        agency_id=fact.agency_id,
        case_id=fact.case_id,
        party_id=fact.party_id,
        party_kind=fact.party_kind,
        document_id=fact.document_id,
        document_kind=fact.document_kind,
        document_sha256=fact.document_sha256,
        first=fact.first,
        cause=fact.cause,
        ordered_at=fact.ordered_at,
        alarm_on=fact.alarm_on,
        serve_by=fact.serve_by,
    )


def alarm(service: Service, *, at: datetime) -> ServiceAlarmed | None:
    """The alarm of a document that is not served on the day of the alarm; None before, afterwards, or once raised."""
    waits = service.state in (State.OPEN, State.UNDERWAY) and service.alarmed_at is None
    waits = waits and service.erased_at is None
    if not waits or legal_day(at) < service.alarm_on:
        return None
    return ServiceAlarmed(service.id, service.case_id, service.serve_by)


def abandon(
    service: Service, reason: Abandonment, *, note: Commitment | None, by: OfficerId | None
) -> ServiceAbandoned:
    """Give the service up. What was served cannot be called back: the party has it (APL 61)."""
    require_not_erased(service)
    require_state(service, State.OPEN, State.UNDERWAY, act="giving it up")
    return ServiceAbandoned(service.id, service.case_id, service.document_id, service.cause, reason, note, by)


def erase(service: Service) -> ServiceErased:
    """No copy of a document or a proof may stay when the case's file may not (PIPL 47)."""
    proofs = tuple(sorted({proof.sha256 for proof in service.proofs}))
    return ServiceErased(service.id, service.case_id, service.document_sha256, proofs)


def _working_days(n: int, since: date, calendar: Calendar) -> date:
    period = Period("serve", APL_61, n, Unit.WORKING_DAY, Holder.AGENCY)
    return deadline(period, since, calendar=calendar).due_on
