"""The life of a message.

    CREATED --deliver--> DELIVERED
       | ^                   |
       | +--arrival denied---+
       +--fail--> FAILED (final)

A NOTICE informs: best effort, with proof of sending. A SERVICE carries a document that is being served (送达); its
legal effect belongs to the service of process (`serving`). The law gives each document one of the two, and no
message changes from one to the other (Inv. 1). Arrival is one thing, what the party then does with the message another:
`engagement`. The message after each fact is in `facts`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import ClassVar

from common.values.errors import Kind, Refusal
from common.values.facts import Fact
from common.values.ids import AgencyId, CaseId, DocumentId, MessageId, PartyId
from common.values.law import CPL_90, PIPL_47
from notification.domain.content import require_permitted_content
from notification.domain.templates import Language, MessageKind, Words, class_of, template_for


class State(StrEnum):
    CREATED = "CREATED"
    DELIVERED = "DELIVERED"
    FAILED = "FAILED"


class Failure(StrEnum):
    """Why a message was not delivered."""

    DOCUMENT_DIFFERS = "NOTI_DOCUMENT_DIFFERS"
    NOBODY_REACHED = "NOTI_NOBODY_REACHED"
    VARIABLE_MISSING = "NOTI_VARIABLE_MISSING"
    CONTENT_FORBIDDEN = "NOTI_CONTENT_FORBIDDEN"
    RECALLED = "NOTI_RECALLED"


class DisputeReason(StrEnum):
    """NOT_ME: the message concerns somebody else. NOT_MY_ADDRESS: it reached an address that is not the party's."""

    NOT_ME = "NOT_ME"
    NOT_MY_ADDRESS = "NOT_MY_ADDRESS"


@dataclass(frozen=True)
class Engagement:
    """What the party did with a message, and when. `…_by` are the kinds of log-in."""

    seen_at: datetime | None = None
    read_at: datetime | None = None
    downloaded_at: datetime | None = None
    acknowledged_at: datetime | None = None
    acknowledged_by: str | None = None
    refused_at: datetime | None = None
    refused_by: str | None = None
    disputed_at: datetime | None = None
    dispute_reason: DisputeReason | None = None

    @property
    def is_untouched(self) -> bool:
        """Whether the party did nothing with the message, and no list showed it."""
        return self == Engagement()

    @property
    def is_unread(self) -> bool:
        """Whether the party did nothing with the message yet but to see it in a list."""
        done = (self.read_at, self.downloaded_at, self.acknowledged_at, self.refused_at, self.disputed_at)
        return not any(done)


@dataclass(frozen=True)
class Message:
    """A message as it stands. `words` is None once its case was erased; `served_on` is the service's word.

    `agency_id` is the agency that tells, `template` the version of the words. A message without a document has none of
    the three `document_…`. `told_by` is the way by which it arrived: a channel, or the hand of an officer.
    """

    id: MessageId
    agency_id: AgencyId
    party_id: PartyId
    case_id: CaseId
    kind: MessageKind
    code: str
    template: str
    words: Words | None
    document_id: DocumentId | None
    document_kind: str | None
    document_sha256: str | None
    cause: str
    state: State
    created_at: datetime
    delivered_at: datetime | None = None
    served_on: date | None = None
    told_by: str | None = None
    failure: Failure | None = None
    failed_because: tuple[str, ...] = ()
    erased_at: datetime | None = None
    engagement: Engagement = Engagement()

    @property
    def is_arrived(self) -> bool:
        """Whether the party's inbox shows it, or showed it: a message that failed never arrived."""
        return self.delivered_at is not None

    @property
    def is_gone(self) -> bool:
        """Whether nothing of its content may be shown any more."""
        return self.erased_at is not None


@dataclass(frozen=True)
class Order:
    """The message that a recorded act or a day demands. `kind` follows from the act; `cause` names it once.

    `code` is the class, needed where no document says it; `template` the version of the words, without it those that
    ship.
    """

    kind: MessageKind
    agency_id: AgencyId
    party_id: PartyId
    case_id: CaseId
    cause: str
    document_id: DocumentId | None = None
    document_kind: str | None = None
    document_sha256: str | None = None
    code: str | None = None
    template: str | None = None


@dataclass(frozen=True)
class MessageCreated(Fact):
    """`cause` is the id of the record that asked for this message, or the name of the day that did."""

    type: ClassVar[str] = "message.created"
    v: ClassVar[int] = 2

    agency_id: AgencyId
    party_id: PartyId
    case_id: CaseId
    kind: MessageKind
    code: str
    template: str
    document_id: DocumentId | None
    document_kind: str | None
    document_sha256: str | None
    cause: str

    @property
    def subject(self) -> str | None:
        return self.case_id.stream


@dataclass(frozen=True)
class MessageDelivered(Fact):
    """The message arrived in the party's inbox, or by another channel."""

    type: ClassVar[str] = "message.delivered"

    party_id: PartyId
    case_id: CaseId
    document_id: DocumentId | None
    channel: str


@dataclass(frozen=True)
class MessageFailed(Fact):
    """The message was not delivered, and why. `because` names what its words lack, or hold and may not."""

    type: ClassVar[str] = "message.failed"
    v: ClassVar[int] = 2

    case_id: CaseId
    document_id: DocumentId | None
    reason: Failure
    because: tuple[str, ...] = ()

    @property
    def subject(self) -> str | None:
        return self.case_id.stream


@dataclass(frozen=True)
class MessageArrivalDenied(Fact):
    """The channel that said that the message arrived says that it did not. Nobody is told by it any more."""

    type: ClassVar[str] = "message.arrival_denied"

    case_id: CaseId
    document_id: DocumentId | None
    channel: str

    @property
    def subject(self) -> str | None:
        return self.case_id.stream


@dataclass(frozen=True)
class MessageErased(Fact):
    """The message's case was erased: its words, and the document of this digest, cannot be read any more."""

    type: ClassVar[str] = "message.erased"

    case_id: CaseId
    document_sha256: str | None

    @property
    def subject(self) -> str | None:
        return self.case_id.stream


def create(message_id: MessageId, order: Order, *, official_domain: str) -> MessageCreated:
    """Make the message that a recorded act or a day ordered.

    A prompt is information and a decision is served: an order that says otherwise is refused, because a
    served prompt would start periods that no law knows, and a mere notice of a decision would start none.
    """
    of = class_of(order.code) if order.code else template_for(order.document_kind or "")
    if order.kind is not of.kind or (order.document_kind or of.document_kind) != of.document_kind:
        raise Refusal(
            Kind.CONFLICT,
            "NOTI_KIND_MIXED",
            {"document_kind": order.document_kind or of.code, "kind": of.kind, "ordered": order.kind},
            article=CPL_90,
        )
    shipped = of.templates[Language.ZH]
    if order.template is None:
        require_permitted_content(of.code, shipped.text, official_domain=official_domain)
    return MessageCreated(
        owner=message_id,
        agency_id=order.agency_id,
        party_id=order.party_id,
        case_id=order.case_id,
        kind=of.kind,
        code=of.code,
        template=order.template or shipped.name,
        document_id=order.document_id,
        document_kind=order.document_kind,
        document_sha256=order.document_sha256,
        cause=order.cause,
    )


def deliver(message: Message, *, channel: str = "INBOX") -> MessageDelivered:
    """The message is there to be opened: in the inbox, or where another channel says that it arrived."""
    _require(message, State.CREATED, "delivered")
    return MessageDelivered(message.id, message.party_id, message.case_id, message.document_id, channel)


def deny_arrival(message: Message, *, channel: str) -> MessageArrivalDenied | None:
    """The arrival by `channel` is taken back (NJ 15). None where another way told the party, or the party was there:
    who opened a message was reached, whatever the channel says."""
    was_opened = not message.engagement.is_untouched
    if message.state is not State.DELIVERED or message.told_by != channel or was_opened:
        return None
    return MessageArrivalDenied(message.id, message.case_id, message.document_id, channel)


def fail(message: Message, reason: Failure, *, because: tuple[str, ...] = ()) -> MessageFailed:
    """The message is not delivered. Nobody is served by a message that failed."""
    _require(message, State.CREATED, "given up")
    return MessageFailed(message.id, message.case_id, message.document_id, reason, because)


def erase(message: Message) -> MessageErased:
    """No copy of a document of the case may stay when the case's file may not (PIPL 47), and no words about it."""
    return MessageErased(message.id, message.case_id, message.document_sha256)


def gone(message: Message) -> Refusal:
    """The refusal of a document whose case was erased."""
    return Refusal(Kind.GONE, "NOTI_ERASED", {"message": message.id}, article=PIPL_47)


def _require(message: Message, state: State, act: str) -> None:
    if message.state is not state:
        raise Refusal(
            Kind.CONFLICT,
            "NOTI_TRANSITION_NOT_ALLOWED",
            {"message": message.id, "state": message.state, "state_2": state, "act": act},
        )
