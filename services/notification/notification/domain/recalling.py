"""What people do to a message that is on its way: an agency takes it back, technical staff put it in line again.

    CREATED, or in an inbox that nobody looked into ──recall──▶ FAILED (NOTI_RECALLED)
    REJECTED, or stopped by a fault of ours ──replay──▶ in line

A message that somebody was told cannot be untold: the period that it started has begun. And what a provider has may
arrive at any moment.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar, Final

from common.values.errors import Kind, Refusal
from common.values.facts import Fact
from common.values.ids import CaseId, DocumentId, OfficerId
from common.values.law import NJ_15
from notification.domain import delivering
from notification.domain.channels import Role
from notification.domain.delivery import WAITING, Delivery, Why
from notification.domain.delivery import State as DeliveryState
from notification.domain.deliveryfacts import DeliveryCancelled, DeliveryQueued
from notification.domain.message import (
    Failure,
    Message,
    MessageArrivalDenied,
    MessageFailed,
    State,
    deny_arrival,
)
from notification.domain.telling import INBOX
from notification.domain.templates import MessageKind

PROMPT: Final = "D-02"
"""The kind of document that tells of a suspicion."""

_UNFILED: Final = frozenset({"SUSPECTED", "PROMPTED", "READY_TO_FILE", "NOT_FILED", "TRANSFERRED_OUT"})


class RecallReason(StrEnum):
    """Why an agency takes a message back."""

    WRONG_PARTY = "WRONG_PARTY"
    WRONG_WORDS = "WRONG_WORDS"
    MATTER_SETTLED = "MATTER_SETTLED"


@dataclass(frozen=True)
class MessageRecalled(Fact):
    """The agency took the message back before anybody was told."""

    type: ClassVar[str] = "message.recalled"

    case_id: CaseId
    document_id: DocumentId | None
    reason: RecallReason
    by: OfficerId

    @property
    def subject(self) -> str | None:
        return self.case_id.stream


RecallFact = MessageArrivalDenied | MessageRecalled | MessageFailed


def is_filed_in(state: str) -> bool:
    """Whether a case in this state was filed (立案), as the service case names its states."""
    return state not in _UNFILED


def recall(
    message: Message, deliveries: Sequence[Delivery], *, is_filed: bool, reason: RecallReason, by: OfficerId
) -> tuple[RecallFact, ...]:
    """The agency takes a notice back (NJ 15). Nobody counts as told by it, and its inbox shows a tombstone.

    Only before anybody was told: it lies in an inbox of which nobody has seen it, no channel brought it, and no
    provider has it. A document that is being served is given up in its service, which keeps the dates. A prompt stays
    once its case is filed (`is_filed`): the filing rests on it, because nothing is filed before the party was told.
    """
    if message.kind is MessageKind.SERVICE:
        raise Refusal(Kind.CONFLICT, "NOTI_RECALL_TOO_LATE", {"message": message.id}, wording="service")
    if is_filed and message.document_kind == PROMPT:
        facts = {"message": message.id}
        raise Refusal(Kind.CONFLICT, "NOTI_RECALL_TOO_LATE", facts, article=NJ_15, wording="filed")
    carrying = [each for each in deliveries if each.role is Role.CARRIES]
    is_open = all(each.state in WAITING or each.is_unreached for each in carrying)
    denied = deny_arrival(message, channel=INBOX)
    if message.is_gone or not is_open or (message.state is not State.CREATED and denied is None):
        state = {"message": message.id, "state": message.state}
        raise Refusal(Kind.CONFLICT, "NOTI_RECALL_TOO_LATE", state, article=NJ_15)
    return (
        *([denied] if denied else []),
        MessageRecalled(message.id, message.case_id, message.document_id, reason, by),
        MessageFailed(message.id, message.case_id, message.document_id, Failure.RECALLED, ()),
    )


def called_back(deliveries: Sequence[Delivery]) -> list[tuple[Delivery, DeliveryCancelled]]:
    """What stands in line of a message that was taken back, hints as well, with the fact that ends it."""
    return [(each, delivering.cancel(each, Why.RECALLED)) for each in deliveries if each.state in WAITING]


def replay(delivery: Delivery, message: Message, *, is_stopped: bool, at: datetime) -> DeliveryQueued | None:
    """Put it in line again once the fault is mended: the fact, or None where nothing but our own fault stopped it.

    A rejected order was never taken, so nothing comes twice. Its message must still wait for somebody to be told, or be
    in the inbox: whom another channel or an officer told meanwhile is not told again. The service of process goes on by
    its next manner.
    """
    is_rejected = delivery.state is DeliveryState.REJECTED
    is_served = is_rejected and message.kind is MessageKind.SERVICE
    is_told = message.state is State.DELIVERED and message.told_by != INBOX
    is_over = message.state is State.FAILED or is_told or message.is_gone or at >= delivery.expires_at
    if not (is_rejected or is_stopped) or is_served or is_over:
        facts = {"delivery": delivery.id, "state": delivery.state, "message_state": message.state}
        raise Refusal(Kind.CONFLICT, "NOTI_NOT_TO_BE_REPLAYED", facts, article=NJ_15)
    return delivering.queue(delivery, Why.REPLAYED, at=at) if is_rejected else None
