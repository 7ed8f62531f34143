"""Every fact of a delivery, and the delivery as each of them leaves it. Their rules are in `delivering`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import ClassVar, assert_never

from common.values.facts import Fact
from common.values.ids import AgencyId, CaseId, DeliveryId, MessageId, PartyId
from notification.domain.channels import Channel, Role
from notification.domain.delivery import Basis, Delivery, State, Why


@dataclass(frozen=True)
class _OfDelivery(Fact):
    """Something that happened to a delivery of this case."""

    case_id: CaseId

    @property
    def subject(self) -> str | None:
        return self.case_id.stream


@dataclass(frozen=True)
class DeliveryAccepted(_OfDelivery):
    """A message is to go out by `channel`."""

    type: ClassVar[str] = "delivery.accepted"

    message_id: MessageId
    party_id: PartyId
    agency_id: AgencyId | None
    channel: Channel
    role: Role
    level: int
    is_statutory: bool
    may_come_twice: bool
    is_urgent: bool
    not_before: datetime | None
    expires_at: datetime


@dataclass(frozen=True)
class DeliveryHeld(_OfDelivery):
    """It waits until `until` at the longest."""

    type: ClassVar[str] = "delivery.held"

    why: Why
    until: datetime


@dataclass(frozen=True)
class DeliveryQueued(_OfDelivery):
    """It is in line again."""

    type: ClassVar[str] = "delivery.queued"

    why: Why


@dataclass(frozen=True)
class DeliveryAttempted(_OfDelivery):
    """The call of `provider` begins. On record before the call, so that a crash leaves a trace of it."""

    type: ClassVar[str] = "delivery.attempted"

    attempt: int
    provider: str


@dataclass(frozen=True)
class DeliveryJoined(_OfDelivery):
    """Its words go out in the text of the delivery `carrier`, which `provider` gets now: the order names that one."""

    type: ClassVar[str] = "delivery.joined"

    carrier: DeliveryId
    provider: str


@dataclass(frozen=True)
class DeliverySubmitted(_OfDelivery):
    """The provider took the order under `reference`. `is_bare`: it was told no more than that a document waits."""

    type: ClassVar[str] = "delivery.submitted"

    provider: str
    reference: str | None
    code: str
    is_bare: bool


@dataclass(frozen=True)
class DeliveryArrived(_OfDelivery):
    """The channel says that it reached the address, at `arrived_at` by the channel's own clock."""

    type: ClassVar[str] = "delivery.arrived"

    message_id: MessageId
    party_id: PartyId
    channel: Channel
    arrived_at: datetime
    basis: Basis
    code: str
    is_late: bool


@dataclass(frozen=True)
class DeliveryDeferred(_OfDelivery):
    """It was not taken or did not arrive, for a reason that may pass; tried again from `retry_at`."""

    type: ClassVar[str] = "delivery.deferred"

    code: str
    retry_at: datetime


@dataclass(frozen=True)
class DeliveryUndelivered(_OfDelivery):
    """The address does not work: neither now nor later. `was_arrived`: the channel had said that it arrived."""

    type: ClassVar[str] = "delivery.undelivered"

    message_id: MessageId
    channel: Channel
    code: str
    was_arrived: bool


@dataclass(frozen=True)
class DeliveryRejected(_OfDelivery):
    """The provider refused the order itself: a template, a signature, an account. The address is not to blame."""

    type: ClassVar[str] = "delivery.rejected"

    message_id: MessageId
    channel: Channel
    code: str


@dataclass(frozen=True)
class DeliveryExpired(_OfDelivery):
    """Its time was over. Whatever a provider still reports is kept, and changes nothing but the name of the end."""

    type: ClassVar[str] = "delivery.expired"

    message_id: MessageId
    channel: Channel
    attempts: int


@dataclass(frozen=True)
class DeliverySuppressed(_OfDelivery):
    """Not sent: the address is known not to work, or its owner refused messages there."""

    type: ClassVar[str] = "delivery.suppressed"

    message_id: MessageId
    channel: Channel
    why: Why


@dataclass(frozen=True)
class DeliveryCancelled(_OfDelivery):
    """Not sent any more: the message was recalled, or the reason to send it is gone."""

    type: ClassVar[str] = "delivery.cancelled"

    why: Why


@dataclass(frozen=True)
class DeliveryLost(_OfDelivery):
    """The process that called the provider is gone, and nobody knows whether the call went through."""

    type: ClassVar[str] = "delivery.lost"

    attempt: int


DeliveryFact = (
    DeliveryHeld
    | DeliveryQueued
    | DeliveryAttempted
    | DeliveryJoined
    | DeliverySubmitted
    | DeliveryArrived
    | DeliveryDeferred
    | DeliveryUndelivered
    | DeliveryRejected
    | DeliveryExpired
    | DeliverySuppressed
    | DeliveryCancelled
    | DeliveryLost
)


def begun(fact: DeliveryAccepted, *, at: datetime) -> Delivery:
    """The delivery that `fact`, recorded at `at`, begins."""
    return Delivery(
        id=DeliveryId(fact.owner),
        message_id=fact.message_id,
        case_id=fact.case_id,
        party_id=fact.party_id,
        agency_id=fact.agency_id,
        channel=fact.channel,
        role=fact.role,
        level=fact.level,
        is_statutory=fact.is_statutory,
        may_come_twice=fact.may_come_twice,
        is_urgent=fact.is_urgent,
        state=State.SCHEDULED if fact.not_before else State.ACCEPTED,
        created_at=at,
        not_before=fact.not_before,
        expires_at=fact.expires_at,
        due_at=fact.not_before or at,
    )


def after(delivery: Delivery, fact: DeliveryFact, *, at: datetime) -> Delivery:
    """The delivery as `fact`, recorded at `at`, leaves it."""
    match fact:
        case DeliveryHeld():
            return replace(delivery, state=State.HELD, due_at=fact.until, code=fact.why)
        case DeliveryQueued():
            return replace(delivery, state=State.QUEUED, due_at=at, code=fact.why, joined_to=None)
        case DeliveryAttempted():
            return replace(delivery, state=State.SENDING, attempts=fact.attempt, provider=fact.provider)
        case DeliveryJoined():
            joined = replace(delivery, state=State.JOINED, joined_to=fact.carrier, due_at=delivery.expires_at)
            return replace(joined, attempts=delivery.attempts + 1, provider=fact.provider)
        case DeliverySubmitted():
            submitted = replace(delivery, state=State.SUBMITTED, reference=fact.reference, code=fact.code)
            is_bare = (
                delivery.is_bare or fact.is_bare
            )  # nobody can say by which of the orders it then arrives
            return replace(submitted, submitted_at=at, due_at=delivery.expires_at, is_bare=is_bare)
        case DeliveryArrived():
            state = State.ARRIVED_LATE if fact.is_late else State.ARRIVED
            arrived = replace(delivery, state=state, code=fact.code, due_at=None)
            return replace(arrived, arrived_at=fact.arrived_at, basis=fact.basis)
        case DeliveryDeferred():
            state = State.UNDELIVERED_TEMPORARY
            return replace(delivery, state=state, due_at=fact.retry_at, code=fact.code)
        case DeliveryUndelivered():
            undelivered = replace(delivery, state=State.UNDELIVERED_PERMANENT, code=fact.code, due_at=None)
            return replace(undelivered, arrived_at=None, basis=None)
        case DeliveryRejected():
            return replace(delivery, state=State.REJECTED, code=fact.code, due_at=None)
        case DeliveryExpired():
            return replace(delivery, state=State.EXPIRED, due_at=None)
        case DeliverySuppressed():
            return replace(delivery, state=State.SUPPRESSED, code=fact.why, due_at=None)
        case DeliveryCancelled():
            return replace(delivery, state=State.CANCELLED, code=fact.why, due_at=None)
        case DeliveryLost():
            return replace(delivery, state=State.UNKNOWN, code=Why.CRASHED, due_at=at)
        case _:
            assert_never(fact)
