"""Messages of one day for one address travel in one text, and each keeps a delivery of its own.

    SCHEDULED until the city's hour ──due──▶ the first is sent, and carries the others: JOINED
    the first ARRIVED, UNDELIVERED_PERMANENT or REJECTED ──▶ each of the others the same
    the first CANCELLED or SUPPRESSED ──▶ each of the others is in line again, by itself
    the first EXPIRED ──▶ the others wait for a late report, each until its own end

Only classes that start no period (`gathers`) wait for the hour, and nothing urgent does. Each message keeps its own
words, its own record and its own arrival: one of them may be disputed or recalled, and the others stand.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from common.values.clock import BEIJING
from common.values.notificationrules import NotificationRules
from notification.domain import delivering
from notification.domain.channels import Channel
from notification.domain.content import MESSAGE_LENGTH
from notification.domain.delivery import Delivery, State, Why, may_step
from notification.domain.deliveryfacts import DeliveryFact, DeliveryJoined
from notification.domain.templates import MessageClass, Words

_SHORT = frozenset({Channel.SMS, Channel.WECHAT})
"""These carry no more characters than one message may have."""


def gathered_at(
    of: MessageClass, rules: NotificationRules, *, is_urgent: bool, at: datetime
) -> datetime | None:
    """The hour of the day's one text for which a message of this class waits; None where it leaves at once."""
    if not of.gathers or is_urgent:
        return None
    local = at.astimezone(BEIJING)
    hour = datetime.combine(local.date(), time.fromisoformat(rules.gather_at), tzinfo=BEIJING)
    return hour if hour > at else hour + timedelta(days=1)


def join(delivery: Delivery, carrier: Delivery, *, provider: str) -> DeliveryJoined:
    """The words of `delivery` go out with those of `carrier`. Refusal NOTI_DELIVERY_STEP for one that was sent."""
    if not may_step(delivery.state, State.JOINED) or delivery.attempts:
        raise delivering.refused(delivery, State.JOINED)
    return DeliveryJoined(delivery.id, delivery.case_id, carrier.id, provider)


def shared(delivery: Delivery, carrier: Delivery, *, at: datetime) -> DeliveryFact | None:
    """What the end of `carrier` means for `delivery`, which travelled with it; None where nothing follows from it.

    A channel says of one text that it arrived or did not, so it says that of every message in it.
    """
    code, state = carrier.code or "-", delivery.state
    match carrier.state:
        case State.ARRIVED | State.ARRIVED_LATE if state in (State.JOINED, State.EXPIRED):
            assert carrier.basis is not None
            assert carrier.arrived_at is not None
            arrived_at = max(carrier.arrived_at, delivery.created_at)
            return delivering.arrive(delivery, basis=carrier.basis, code=code, arrived_at=arrived_at)
        case State.UNDELIVERED_PERMANENT if may_step(state, State.UNDELIVERED_PERMANENT):
            return delivering.fail(delivery, code=code)
        case State.REJECTED if state is State.JOINED:
            return delivering.reject(delivery, code=code)
        case State.CANCELLED | State.SUPPRESSED if state is State.JOINED and at < delivery.expires_at:
            return delivering.queue(delivery, Why.LEFT_ALONE, at=at)
    return None


@dataclass(frozen=True)
class Bundle:
    """The words of several messages for one address: as many as fit, the first always."""

    words: Words
    count: int


def bundled(parts: Sequence[Words], channel: Channel, rules: NotificationRules) -> Bundle:
    """The one text of these messages, in their order; of those that are too many or too long the first ones."""
    found = Bundle(parts[0], 1)
    for count in range(2, min(len(parts), rules.gather_most) + 1):
        text = _numbered(f"您有{count}条消息：", [part.text for part in parts[:count]])
        if channel in _SHORT and len(text) > MESSAGE_LENGTH:
            break
        others = [part.supplement for part in parts[:count] if part.supplement]
        beside = _numbered(f"{count} messages:", others) if len(others) == count else None
        found = Bundle(Words(f"您有{count}条消息", text, beside), count)
    return found


def _numbered(head: str, texts: Sequence[str]) -> str:
    return "\n".join([head, *(f"{n}. {text}" for n, text in enumerate(texts, start=1))])
