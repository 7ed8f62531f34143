"""What the party may bring up after the service: another time of arrival, and a copy on paper (CPL 90; RTP 56).

    rebut ─▶ waiting ─accept─▶ the proved day counts; the day before it stays on record
                     └─reject─▶ the day stays, with the reason

The date of an electronic service is a presumption. A proved time takes its place, for the party and against it; the
document stays served.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import ClassVar

from common.values.errors import Kind, Refusal
from common.values.facts import Commitment
from common.values.ids import CaseId, DocumentId, OfficerId, PartyId
from common.values.law import CPL_90
from common.values.manner import Manner
from notification.domain.service_of_process import Course, date_of_service
from notification.domain.serving.electronic import Rule
from notification.domain.serving.service import (
    Changing,
    Effect,
    Failure,
    Rebuttal,
    Service,
    State,
    require_not_erased,
    require_state,
)


@dataclass(frozen=True)
class ServiceRebutted(Changing):
    """The party says that the document arrived at `claimed_at`. `by` is the party, or the officer who took it down."""

    type: ClassVar[str] = "service.rebutted"

    case_id: CaseId
    n: int
    claimed_at: datetime
    statement: Commitment
    proofs: tuple[str, ...]
    by: PartyId | OfficerId

    @property
    def subject(self) -> str | None:
        return self.case_id.stream

    def applied(self, service: Service, *, at: datetime) -> Service:
        return replace(service, rebuttals=(*service.rebuttals, Rebuttal(self.n, self.claimed_at, at)))


@dataclass(frozen=True)
class DateProven(Changing):
    """Another time of arrival is proved. Both days are here: `was_served_on` and `served_on`."""

    type: ClassVar[str] = "service.date_proven"

    case_id: CaseId
    document_id: DocumentId
    n: int
    was_served_at: datetime
    was_served_on: date
    served_at: datetime
    served_on: date
    arrived_at: datetime
    basis: str
    reasons: Commitment
    by: OfficerId

    @property
    def subject(self) -> str | None:
        return self.case_id.stream

    def applied(self, service: Service, *, at: datetime) -> Service:
        assert service.effect is not None
        effect = replace(
            service.effect,
            at=self.served_at,
            day=self.served_on,
            basis=self.basis,
            arrived_at=self.arrived_at,
        )
        settled = at if service.in_doubt else service.doubt_settled_at
        steps = tuple(
            replace(step, ended_at=at, failure=Failure.OVERTAKEN) if step.is_running else step
            for step in service.steps
        )
        service = replace(service, doubt_settled_at=settled, steps=steps)
        return replace(_decided(service, self.n, accepted=True), effect=effect)


@dataclass(frozen=True)
class RebuttalRejected(Changing):
    """The other time is not proved. The day stays."""

    type: ClassVar[str] = "service.rebuttal_rejected"

    case_id: CaseId
    n: int
    reasons: Commitment
    by: OfficerId

    @property
    def subject(self) -> str | None:
        return self.case_id.stream

    def applied(self, service: Service, *, at: datetime) -> Service:
        return _decided(service, self.n, accepted=False)


@dataclass(frozen=True)
class PaperRequested(Changing):
    """The party asks for the document on paper (CPL 90)."""

    type: ClassVar[str] = "service.paper_requested"

    case_id: CaseId
    by: PartyId | OfficerId

    @property
    def subject(self) -> str | None:
        return self.case_id.stream

    def applied(self, service: Service, *, at: datetime) -> Service:
        return replace(service, paper_asked_at=at)


@dataclass(frozen=True)
class PaperGiven(Changing):
    """The party was given the document on paper. It changes no date: the document was served before."""

    type: ClassVar[str] = "service.paper_given"

    case_id: CaseId
    by: OfficerId

    @property
    def subject(self) -> str | None:
        return self.case_id.stream

    def applied(self, service: Service, *, at: datetime) -> Service:
        return replace(service, paper_given_at=at)


def rebut(
    service: Service,
    *,
    claimed_at: datetime,
    statement: Commitment,
    proofs: tuple[str, ...],
    by: PartyId | OfficerId,
    at: datetime,
) -> ServiceRebutted:
    """Take down that the document arrived at another time. Only the date of an electronic service is presumed."""
    _require_electronic(service)
    if any(rebuttal.accepted is None for rebuttal in service.rebuttals):
        raise Refusal(Kind.CONFLICT, "NOTI_REBUTTAL_WAITING", {"service": service.id}, article=CPL_90)
    if not service.ordered_at <= claimed_at <= at:
        raise Refusal(
            Kind.INVALID,
            "NOTI_SERVICE_TIME",
            {"service": service.id, "from": service.ordered_at, "until": at},
            article=CPL_90,
        )
    known = {proof.sha256 for proof in service.proofs}
    if not set(proofs) <= known:
        raise Refusal(Kind.INVALID, "NOTI_SERVICE_PROOF_UNKNOWN", {"service": service.id}, article=CPL_90)
    n = len(service.rebuttals) + 1
    return ServiceRebutted(service.id, service.case_id, n, claimed_at, statement, proofs, by)


def accept(service: Service, n: int, rule: Rule, *, reasons: Commitment, by: OfficerId) -> DateProven:
    """The claimed time is proved, and the day of service follows from it, under whatever rule set the first."""
    rebuttal, effect = _waiting(service, n), _require_electronic(service)
    course = Course(Manner.ELECTRONIC, sent_at=effect.at, proven_at=rebuttal.claimed_at)
    proven = date_of_service(course, strategy=rule.strategy, public_notice_days=0)
    assert proven is not None
    return DateProven(
        service.id,
        service.case_id,
        service.document_id,
        n,
        was_served_at=effect.at,
        was_served_on=effect.day,
        served_at=proven.at,
        served_on=proven.day,
        arrived_at=rebuttal.claimed_at,
        basis=proven.basis.cite,
        reasons=reasons,
        by=by,
    )


def reject(service: Service, n: int, *, reasons: Commitment, by: OfficerId) -> RebuttalRejected:
    """The claimed time is not proved. The party can bring better proof in another rebuttal."""
    _waiting(service, n)
    return RebuttalRejected(service.id, service.case_id, n, reasons, by)


def ask_for_paper(service: Service, *, by: PartyId | OfficerId) -> PaperRequested:
    """The party asks for the document on paper; the agency has to provide it (CPL 90). Once is enough."""
    _require_electronic(service)
    if service.paper_asked_at is not None:
        raise Refusal(Kind.CONFLICT, "NOTI_PAPER_ASKED", {"service": service.id}, article=CPL_90)
    return PaperRequested(service.id, service.case_id, by)


def give_paper(service: Service, *, by: OfficerId) -> PaperGiven:
    """Note that the party was given the paper that it asked for."""
    _require_electronic(service)
    if service.paper_asked_at is None or service.paper_given_at is not None:
        raise Refusal(Kind.CONFLICT, "NOTI_PAPER_NOT_ASKED", {"service": service.id}, article=CPL_90)
    return PaperGiven(service.id, service.case_id, by)


def _require_electronic(service: Service) -> Effect:
    require_not_erased(service)
    require_state(service, State.SERVED, act="bringing this up", article=CPL_90)
    assert service.effect is not None
    if service.effect.manner is not Manner.ELECTRONIC:
        raise Refusal(Kind.CONFLICT, "NOTI_SERVICE_NOT_ELECTRONIC", {"service": service.id}, article=CPL_90)
    return service.effect


def _waiting(service: Service, n: int) -> Rebuttal:
    require_not_erased(service)
    for rebuttal in service.rebuttals:
        if rebuttal.n == n and rebuttal.accepted is None:
            return rebuttal
    raise Refusal(Kind.CONFLICT, "NOTI_REBUTTAL_NOT_WAITING", {"service": service.id, "n": n}, article=CPL_90)


def _decided(service: Service, n: int, *, accepted: bool) -> Service:
    rebuttals = tuple(
        replace(rebuttal, accepted=accepted) if rebuttal.n == n else rebuttal
        for rebuttal in service.rebuttals
    )
    return replace(service, rebuttals=rebuttals)
