"""What the party did with a message: different acts, each recorded once with its own time.

    seen          it stood in a list that the party was shown
    read          the party opened it
    downloaded    the whole of its document was sent to the party in one answer
    acknowledged  the party confirmed it, logged in as the receipt says
    refused       the party declined to confirm it
    disputed      "不是我": the party says that the message is not for it

None of them has legal effect of its own (Inv. 3): arrival serves a document, whatever the party does then. All of them
are proof, and may come in any order: a phone may acknowledge what it never listed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import ClassVar, assert_never

from common.values.errors import Kind, Refusal
from common.values.facts import Fact
from common.values.ids import CaseId, PartyId
from notification.domain.message import DisputeReason, Message, gone


@dataclass(frozen=True)
class MessageSeen(Fact):
    """The message stood in a list that the party was shown."""

    type: ClassVar[str] = "message.seen"

    party_id: PartyId


@dataclass(frozen=True)
class _ByTheParty(Fact):
    party_id: PartyId
    case_id: CaseId
    document_sha256: str | None

    @property
    def subject(self) -> str | None:
        return self.case_id.stream


@dataclass(frozen=True)
class MessageRead(_ByTheParty):
    """The party opened the message with the document of this digest."""

    type: ClassVar[str] = "message.read"


@dataclass(frozen=True)
class MessageDownloaded(_ByTheParty):
    """The document of this digest was sent to the party, whole, to its last byte."""

    type: ClassVar[str] = "message.downloaded"


@dataclass(frozen=True)
class MessageAcknowledged(_ByTheParty):
    """The party confirmed the message. `login` is the kind of log-in under which it did."""

    type: ClassVar[str] = "message.acknowledged"

    login: str


@dataclass(frozen=True)
class MessageRefused(_ByTheParty):
    """The party declined to confirm the message. `login` is the kind of log-in under which it did."""

    type: ClassVar[str] = "message.refused"

    login: str


@dataclass(frozen=True)
class MessageDisputed(_ByTheParty):
    """The party says that the message is not for it."""

    type: ClassVar[str] = "message.disputed"

    reason: DisputeReason


EngagementFact = (
    MessageSeen | MessageRead | MessageDownloaded | MessageAcknowledged | MessageRefused | MessageDisputed
)


def see(message: Message) -> MessageSeen | None:
    """The party was shown the message in a list; None where that is on record, or the message is gone."""
    if message.is_gone or message.engagement.seen_at is not None:
        return None
    return MessageSeen(message.id, message.party_id)


def read(message: Message) -> MessageRead | None:
    """The party opened the message; None where that is on record, or the message is gone."""
    if message.is_gone or message.engagement.read_at is not None:
        return None
    return MessageRead(message.id, message.party_id, message.case_id, message.document_sha256)


def download(message: Message) -> MessageDownloaded | None:
    """The document was sent whole, to its last byte; None where that is on record.

    Also for a message that went while its document was on the way: what was sent was sent.
    """
    if message.engagement.downloaded_at is not None:
        return None
    return MessageDownloaded(message.id, message.party_id, message.case_id, message.document_sha256)


def acknowledge(message: Message, *, login: str) -> MessageAcknowledged:
    """The party confirms the message, logged in by `login`. Once: a second receipt would leave two times in a file."""
    done = message.engagement
    _require_open(message, done.acknowledged_at or done.refused_at)
    return MessageAcknowledged(message.id, message.party_id, message.case_id, message.document_sha256, login)


def refuse(message: Message, *, login: str) -> MessageRefused:
    """The party declines to sign for the message. Once, and not after it confirmed it.

    Nothing of the service changes: where a document is handed over in person, a refusal opens service by leaving it
    (CPL 89), and that is an officer's act.
    """
    done = message.engagement
    _require_open(message, done.refused_at or done.acknowledged_at)
    return MessageRefused(message.id, message.party_id, message.case_id, message.document_sha256, login)


def dispute(message: Message, reason: DisputeReason) -> MessageDisputed:
    """The party says that the message is not for it.

    Nothing of the case changes by it and nothing more of the case is shown; an officer looks who the party is. Words
    about the case go no further to the addresses that are meant (`sending`).
    """
    _require_open(message, message.engagement.disputed_at)
    return MessageDisputed(message.id, message.party_id, message.case_id, message.document_sha256, reason)


def engaged(message: Message, fact: EngagementFact, *, at: datetime) -> Message:
    """The message as `fact`, recorded at `at`, leaves it."""
    now = message.engagement
    match fact:
        case MessageSeen():
            now = replace(now, seen_at=at)
        case MessageRead():
            now = replace(now, read_at=at)
        case MessageDownloaded():
            now = replace(now, downloaded_at=at)
        case MessageAcknowledged():
            now = replace(now, acknowledged_at=at, acknowledged_by=fact.login)
        case MessageRefused():
            now = replace(now, refused_at=at, refused_by=fact.login)
        case MessageDisputed():
            now = replace(now, disputed_at=at, dispute_reason=fact.reason)
        case _:
            assert_never(fact)
    return replace(message, engagement=now)


def _require_open(message: Message, recorded_at: datetime | None) -> None:
    if message.is_gone:
        raise gone(message)
    if recorded_at is not None:
        raise Refusal(Kind.CONFLICT, "NOTI_ENGAGED_ALREADY", {"message": message.id, "at": recorded_at})
