"""Every fact of a message, and the message as each of them leaves it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import assert_never

from common.values.ids import MessageId
from notification.domain.engagement import (
    EngagementFact,
    MessageAcknowledged,
    MessageDisputed,
    MessageDownloaded,
    MessageRead,
    MessageRefused,
    MessageSeen,
    engaged,
)
from notification.domain.message import (
    Message,
    MessageArrivalDenied,
    MessageCreated,
    MessageDelivered,
    MessageErased,
    MessageFailed,
    State,
)
from notification.domain.recalling import MessageRecalled
from notification.domain.telling import MessageHanded
from notification.domain.templates import Words

MessageFact = (
    MessageDelivered
    | MessageArrivalDenied
    | MessageHanded
    | MessageRecalled
    | MessageFailed
    | EngagementFact
    | MessageErased
)


def begun(fact: MessageCreated, *, words: Words, at: datetime) -> Message:
    """The message that `fact`, recorded at `at`, begins."""
    return Message(
        id=MessageId(fact.owner),
        agency_id=fact.agency_id,
        party_id=fact.party_id,
        case_id=fact.case_id,
        kind=fact.kind,
        code=fact.code,
        template=fact.template,
        words=words,
        document_id=fact.document_id,
        document_kind=fact.document_kind,
        document_sha256=fact.document_sha256,
        cause=fact.cause,
        state=State.CREATED,
        created_at=at,
    )


def after(message: Message, fact: MessageFact, *, at: datetime) -> Message:
    """The message as `fact`, recorded at `at`, leaves it."""
    match fact:
        case MessageDelivered():
            return replace(message, state=State.DELIVERED, delivered_at=at, told_by=fact.channel)
        case MessageArrivalDenied():
            return replace(message, state=State.CREATED, delivered_at=None, told_by=None)
        case MessageFailed():
            return replace(message, state=State.FAILED, failure=fact.reason, failed_because=fact.because)
        case MessageHanded() | MessageRecalled():
            return message  # the fact beside it says what became of it
        case MessageErased():
            return replace(message, erased_at=at)
        case (
            MessageSeen()
            | MessageRead()
            | MessageDownloaded()
            | MessageAcknowledged()
            | MessageRefused()
            | MessageDisputed()
        ):
            return engaged(message, fact, at=at)
        case _:
            assert_never(fact)
