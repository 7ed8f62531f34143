"""A service of process as it stands.

                 ┌────────── begin a manner ─────────┐
                 ▼                                    │
    OPEN ─begin─▶ UNDERWAY ─failed─▶ OPEN ────────────┘
                    │
                    ├─reached, or deemed to have reached─▶ SERVED (final)
    OPEN, UNDERWAY ─abandoned──────────────────────────▶ ABANDONED (final)

What was served stays served: a party that proves another day changes the day, and both days are kept. Where the channel
says afterwards that the document never arrived, the service is in doubt: it keeps its day and serves nobody until an
officer decides, or another manner reaches the party. There is one service for one order of case.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from common.values.errors import Kind, Refusal
from common.values.facts import Fact
from common.values.ids import AgencyId, CaseId, ConsentId, DocumentId, MessageId, PartyId, ServiceId
from common.values.law import APL_61, PIPL_47, Article
from common.values.manner import Manner


class State(StrEnum):
    OPEN = "OPEN"
    UNDERWAY = "UNDERWAY"
    SERVED = "SERVED"
    ABANDONED = "ABANDONED"


class Ground(StrEnum):
    """Why a manner is open that the law opens only then (CPL 89, 91–93, 95)."""

    REFUSED = "REFUSED"
    DIRECT_DIFFICULT = "DIRECT_DIFFICULT"
    MILITARY = "MILITARY"
    IMPRISONED = "IMPRISONED"
    COMPULSORY_EDUCATION = "COMPULSORY_EDUCATION"
    WHEREABOUTS_UNKNOWN = "WHEREABOUTS_UNKNOWN"
    OTHERS_FAILED = "OTHERS_FAILED"


class Failure(StrEnum):
    """Why a manner did not reach the party.

    `OVERTAKEN`: another manner reached the party first. `NOT_SENT`, `NOT_CARRIED`: our own fault, not the address's.
    """

    CONSENT_REQUIRED = "CONSENT_REQUIRED"
    NO_ACCOUNT = "NO_ACCOUNT"
    NOT_ARRIVED = "NOT_ARRIVED"
    NOT_CARRIED = "NOT_CARRIED"
    NOT_SENT = "NOT_SENT"
    BOUNCED = "BOUNCED"
    REFUSED = "REFUSED"
    ABSENT = "ABSENT"
    ADDRESS_WRONG = "ADDRESS_WRONG"
    NOBODY_TO_SIGN = "NOBODY_TO_SIGN"
    RETURNED = "RETURNED"
    NOT_FORWARDED = "NOT_FORWARDED"
    WITHDRAWN = "WITHDRAWN"
    OVERTAKEN = "OVERTAKEN"


class ProofKind(StrEnum):
    """What an uploaded proof shows. The snapshots are those of the page of a public notice."""

    RETURN_SLIP = "RETURN_SLIP"
    RETURN_RECEIPT = "RETURN_RECEIPT"
    PHOTO = "PHOTO"
    VIDEO = "VIDEO"
    INQUIRY = "INQUIRY"
    PARTYS_PROOF = "PARTYS_PROOF"
    SNAPSHOT_START = "SNAPSHOT_START"
    SNAPSHOT_MIDDLE = "SNAPSHOT_MIDDLE"
    SNAPSHOT_END = "SNAPSHOT_END"


_UNREACHED = (Failure.NOT_ARRIVED, Failure.BOUNCED, Failure.NO_ACCOUNT)
"""Why an electronic service failed by the party's side of it. A fault of our own or an officer's word is no failure
that opens the next manner (CPL 95)."""

SNAPSHOTS = (ProofKind.SNAPSHOT_START, ProofKind.SNAPSHOT_MIDDLE, ProofKind.SNAPSHOT_END)


class PartyKind(StrEnum):
    PERSON = "PERSON"
    ORGANISATION = "ORGANISATION"


@dataclass(frozen=True)
class Proof:
    """An uploaded proof: digest, kind, when it came, how many bytes it has, and whether the party brought it."""

    n: int
    kind: ProofKind
    sha256: str
    added_at: datetime
    size: int
    is_partys: bool


@dataclass(frozen=True)
class Step:
    """One manner that was tried. `begun_at` is when it was done or sent, by the word of whoever did it.

    `deemed_on` is the day on which a public notice has run its time. A step that is over has `failure`, or is the one
    that `Effect.step` names.
    """

    n: int
    manner: Manner
    ground: Ground | None
    begun_at: datetime
    channel: str | None = None
    consent_id: ConsentId | None = None
    message_id: MessageId | None = None
    sent_at: datetime | None = None
    arrived_at: datetime | None = None
    arrival: str | None = None
    deemed_on: date | None = None
    ended_at: datetime | None = None
    failure: Failure | None = None

    @property
    def is_running(self) -> bool:
        return self.ended_at is None


@dataclass(frozen=True)
class Effect:
    """The document took legal effect on the party on `day`, in the step `step`; `basis` is the article that says so.

    `arrived_at` is the arrival at the system that the recipient named, where there is one and it is known.
    """

    step: int
    manner: Manner
    at: datetime
    day: date
    basis: str
    arrived_at: datetime | None = None


@dataclass(frozen=True)
class Rebuttal:
    """The party says that the document arrived at another time. `accepted` is None while nobody has decided."""

    n: int
    claimed_at: datetime
    made_at: datetime
    accepted: bool | None = None


@dataclass(frozen=True)
class Service:
    """One document to be served on one party. `cause` is the id of the record that ordered it."""

    id: ServiceId
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
    steps: tuple[Step, ...] = ()
    proofs: tuple[Proof, ...] = ()
    rebuttals: tuple[Rebuttal, ...] = ()
    effect: Effect | None = None
    first_effect: Effect | None = None
    abandoned_for: str | None = None
    alarmed_at: datetime | None = None
    abandoned_at: datetime | None = None
    paper_asked_at: datetime | None = None
    paper_given_at: datetime | None = None
    erased_at: datetime | None = None
    denied_at: datetime | None = None
    doubt_settled_at: datetime | None = None

    @property
    def in_doubt(self) -> bool:
        """Whether the channel denied the arrival of what served, and nobody has decided yet."""
        return self.effect is not None and self.denied_at is not None and self.doubt_settled_at is None

    @property
    def waits(self) -> bool:
        """Whether the document still has to reach the party: by another manner, where the first is in doubt."""
        return self.in_doubt or self.state in (State.OPEN, State.UNDERWAY)

    @property
    def is_proved(self) -> bool:
        """Whether the party proved the time of its arrival: no report of a machine moves that."""
        return any(rebuttal.accepted for rebuttal in self.rebuttals)

    @property
    def state(self) -> State:
        if self.effect is not None:
            return State.SERVED
        if self.abandoned_at is not None:
            return State.ABANDONED
        return State.UNDERWAY if self.running else State.OPEN

    @property
    def running(self) -> tuple[Step, ...]:
        """The steps that are not over. A visit may be made while a letter or a public notice runs."""
        return tuple(step for step in self.steps if step.is_running)

    def step(self, n: int) -> Step | None:
        return next((step for step in self.steps if step.n == n), None)

    def failed(self, manner: Manner) -> tuple[Step, ...]:
        """The steps of `manner` that failed to reach the party, in order."""
        denied = self.effect.step if self.effect is not None and self.in_doubt else None
        return tuple(
            step for step in self.steps if step.manner is manner and (_is_failed(step) or step.n == denied)
        )

    def has_proof(self, *kinds: ProofKind) -> bool:
        """Whether a proof of one of `kinds` was uploaded."""
        return any(proof.kind in kinds for proof in self.proofs)


def _is_failed(step: Step) -> bool:
    if step.manner is Manner.ELECTRONIC:
        return step.failure in _UNREACHED
    return step.failure not in (None, Failure.OVERTAKEN, Failure.WITHDRAWN)


@dataclass(frozen=True)
class Changing(Fact, ABC):
    """A fact of a service that exists."""

    @abstractmethod
    def applied(self, service: Service, *, at: datetime) -> Service:
        """The service as this fact, recorded at `at`, leaves it."""


def after(service: Service, *facts: Changing, at: datetime) -> Service:
    """The service as `facts`, recorded at `at`, leave it."""
    for fact in facts:
        service = fact.applied(service, at=at)
    return service


def require_state(service: Service, *states: State, act: str, article: Article = APL_61) -> None:
    """Raises Refusal NOTI_SERVICE_TRANSITION unless the service is in one of `states`."""
    if service.state not in states:
        raise Refusal(
            Kind.CONFLICT,
            "NOTI_SERVICE_TRANSITION",
            {"service": service.id, "state": service.state, "states": list(states), "act": act},
            article=article,
        )


def require_waiting(service: Service, *, act: str) -> None:
    """Raises Refusal NOTI_SERVICE_TRANSITION unless the document still has to reach the party."""
    if not service.waits:
        require_state(service, State.OPEN, State.UNDERWAY, act=act)


def erased(service: Service) -> Refusal:
    """The refusal of a service whose case was erased."""
    return Refusal(Kind.GONE, "NOTI_SERVICE_ERASED", {"service": service.id}, article=PIPL_47)


def require_not_erased(service: Service) -> None:
    """Raises Refusal NOTI_SERVICE_ERASED once the case of the service was erased."""
    if service.erased_at is not None:
        raise erased(service)
