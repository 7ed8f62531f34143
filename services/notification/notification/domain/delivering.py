"""What may happen to a delivery, and when. The facts that the rules make are in `deliveryfacts`."""

from __future__ import annotations

from datetime import datetime

from common.values.errors import Kind, Refusal
from common.values.ids import DeliveryId
from common.values.law import NJ_15
from notification.domain.channels import HINTING, Role
from notification.domain.delivery import WAITING, Basis, Delivery, Dispatch, State, Why, may_step
from notification.domain.deliveryfacts import (
    DeliveryAccepted,
    DeliveryArrived,
    DeliveryAttempted,
    DeliveryCancelled,
    DeliveryDeferred,
    DeliveryExpired,
    DeliveryHeld,
    DeliveryLost,
    DeliveryQueued,
    DeliveryRejected,
    DeliverySubmitted,
    DeliverySuppressed,
    DeliveryUndelivered,
    after,
)


def accept(delivery_id: DeliveryId, dispatch: Dispatch, *, at: datetime) -> DeliveryAccepted:
    """Take a message for a channel (NJ 15: by informatised or other means).

    One whose time is over already is refused: it would end before anybody could be told, and its sender would believe
    that somebody is.
    """
    start = max(at, dispatch.not_before or at)
    if dispatch.expires_at <= start:
        raise Refusal(
            Kind.INVALID,
            "NOTI_DELIVERY_TOO_LATE",
            {"expires_at": dispatch.expires_at, "start": start},
            article=NJ_15,
        )
    role = Role.HINTS if dispatch.channel in HINTING else Role.CARRIES
    is_statutory = dispatch.is_statutory and role is Role.CARRIES
    return DeliveryAccepted(
        owner=delivery_id,
        case_id=dispatch.case_id,
        message_id=dispatch.message_id,
        party_id=dispatch.party_id,
        agency_id=dispatch.agency_id,
        channel=dispatch.channel,
        role=role,
        level=dispatch.level,
        is_statutory=is_statutory,
        may_come_twice=not is_statutory and (dispatch.may_come_twice or role is Role.HINTS),
        is_urgent=dispatch.is_urgent,
        not_before=dispatch.not_before if start > at else None,
        expires_at=dispatch.expires_at,
    )


def hold(delivery: Delivery, why: Why, *, until: datetime) -> DeliveryHeld:
    """Let it wait. Never beyond its own end: then it expires like every other."""
    _require(delivery, State.HELD)
    return DeliveryHeld(delivery.id, delivery.case_id, why, min(until, delivery.expires_at))


def queue(delivery: Delivery, why: Why, *, at: datetime) -> DeliveryQueued:
    """Put it in line again: a hold that is over, an order that is replayed, a call that may have gone through.

    A statutory one whose call may have gone through is never sent again: two services of one document start two
    periods, and nobody could say which one counts.
    """
    _require(delivery, State.QUEUED)
    is_doubtful = delivery.state is State.UNKNOWN
    if at >= delivery.expires_at or (is_doubtful and not delivery.may_come_twice):
        raise refused(delivery, State.QUEUED)
    return DeliveryQueued(delivery.id, delivery.case_id, why)


def attempt(delivery: Delivery, provider: str, *, at: datetime) -> DeliveryAttempted:
    """Begin a call. Not before its time and not after its end."""
    _require(delivery, State.SENDING)
    if not delivery.created_at <= at < delivery.expires_at or at < (delivery.not_before or at):
        raise refused(delivery, State.SENDING)
    return DeliveryAttempted(delivery.id, delivery.case_id, delivery.attempts + 1, provider)


def begin(delivery: Delivery, provider: str, *, at: datetime) -> Delivery:
    """The delivery while its call is under way, for one whose begin is in the log of calls alone.

    What serves process has its begin on record before the call (`attempt`). For a notice the record of what came of the
    call says all that somebody will ask.
    """
    return after(delivery, attempt(delivery, provider, at=at), at=at)


def submit(delivery: Delivery, *, reference: str | None, code: str, is_bare: bool) -> DeliverySubmitted:
    """The provider took it. That is not arrival, whatever the provider calls it."""
    _require(delivery, State.SUBMITTED)
    assert delivery.provider is not None  # an attempt named it
    return DeliverySubmitted(delivery.id, delivery.case_id, delivery.provider, reference, code, is_bare)


def arrive(delivery: Delivery, *, basis: Basis, code: str, arrived_at: datetime) -> DeliveryArrived:
    """It reached the address. Once its end is on record, an arrival is kept as a late one.

    Only what was sent can arrive: a report about an order that was never given is another order's.
    """
    is_late = not may_step(delivery.state, State.ARRIVED)
    _require(delivery, State.ARRIVED_LATE if is_late else State.ARRIVED)
    if delivery.attempts == 0:
        raise refused(delivery, State.ARRIVED)
    return DeliveryArrived(
        delivery.id,
        delivery.case_id,
        delivery.message_id,
        delivery.party_id,
        delivery.channel,
        arrived_at,
        basis,
        code,
        is_late,
    )


def defer(delivery: Delivery, *, code: str, retry_at: datetime) -> DeliveryDeferred:
    """Try again from `retry_at`, which is before its end: after that it expires."""
    _require(delivery, State.UNDELIVERED_TEMPORARY)
    return DeliveryDeferred(delivery.id, delivery.case_id, code, min(retry_at, delivery.expires_at))


def fail(delivery: Delivery, *, code: str) -> DeliveryUndelivered:
    """The address does not work. It may be said after an arrival: then nobody counts as reached by it."""
    _require(delivery, State.UNDELIVERED_PERMANENT)
    was_arrived = delivery.arrived_at is not None
    return DeliveryUndelivered(
        delivery.id, delivery.case_id, delivery.message_id, delivery.channel, code, was_arrived
    )


def reject(delivery: Delivery, *, code: str) -> DeliveryRejected:
    """The provider refused the order itself. It waits for somebody who mends the fault."""
    _require(delivery, State.REJECTED)
    return DeliveryRejected(delivery.id, delivery.case_id, delivery.message_id, delivery.channel, code)


def expire(delivery: Delivery, *, at: datetime) -> DeliveryExpired:
    """Its time is over."""
    _require(delivery, State.EXPIRED)
    if at < delivery.expires_at:
        raise refused(delivery, State.EXPIRED)
    return DeliveryExpired(
        delivery.id, delivery.case_id, delivery.message_id, delivery.channel, delivery.attempts
    )


def suppress(delivery: Delivery, why: Why) -> DeliverySuppressed:
    """Do not send it: the address does not work, or its owner wants nothing there."""
    _require(delivery, State.SUPPRESSED)
    return DeliverySuppressed(delivery.id, delivery.case_id, delivery.message_id, delivery.channel, why)


def cancel(delivery: Delivery, why: Why) -> DeliveryCancelled:
    """Do not send it any more. What the provider has already cannot be taken back."""
    _require(delivery, State.CANCELLED)
    return DeliveryCancelled(delivery.id, delivery.case_id, why)


def lose(delivery: Delivery) -> DeliveryLost:
    """Its lease ended while the provider was being called."""
    _require(delivery, State.UNKNOWN)
    return DeliveryLost(delivery.id, delivery.case_id, delivery.attempts)


def may_be_sent(delivery: Delivery, *, at: datetime) -> bool:
    """Whether a call may begin at `at`."""
    return delivery.state in WAITING and delivery.due_at is not None and delivery.due_at <= at


def _require(delivery: Delivery, to: State) -> None:
    if not may_step(delivery.state, to):
        raise refused(delivery, to)


def refused(delivery: Delivery, to: State) -> Refusal:
    """The refusal of a step that a delivery may not take."""
    facts = {"delivery": delivery.id, "state": delivery.state, "to": to}
    return Refusal(Kind.CONFLICT, "NOTI_DELIVERY_STEP", facts, article=NJ_15)
