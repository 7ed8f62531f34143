"""Whether a delivery that is due is sent now: asked again each time, just before the call."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from common.values.notificationrules import NotificationRules
from notification.domain import delivering
from notification.domain.channels import Channel, Role
from notification.domain.delivery import Delivery, State, Why
from notification.domain.deliveryfacts import DeliveryFact
from notification.domain.message import DisputeReason
from notification.domain.preferences import STANDARD, Wishes
from notification.domain.templates import Category
from notification.domain.timing import quiet_until

NEEDS_CONSENT: Final = frozenset({Channel.SMS, Channel.EMAIL, Channel.FAX, Channel.WECHAT})
"""Electronic manners: what serves process goes by them only while a signed consent stands (APL 61(2))."""


@dataclass(frozen=True)
class Condition:
    """What was found about a delivery under its lock.

    `is_erased`: its case's content is destroyed. `is_recalled`: its message is gone. `has_consent`: a consent to
    electronic service stands, or none is needed. `is_faulty`: the address is known not to work.
    `disputed`: what the person who was told said of the case, or of this address. `category` and `wishes`: what the
    message is, and how its party wishes to be told now. `is_lapsed`: what it says is so no more (`lapsing`).
    """

    is_erased: bool
    is_recalled: bool
    has_consent: bool
    is_faulty: bool
    disputed: DisputeReason | None = None
    category: Category = Category.STATUTORY
    wishes: Wishes = STANDARD
    is_lapsed: bool = False


def stopped(
    delivery: Delivery, condition: Condition, *, rules: NotificationRules, at: datetime
) -> DeliveryFact | None:
    """The fact that keeps `delivery`, which is due, from being sent now; None if it is sent.

    The reasons for which it is never sent go before those for which it waits.
    """
    fact = ended(delivery, condition, at=at)
    if fact is not None:
        return fact
    # Once a provider took it, the night is no reason any more: the party may have been disturbed already.
    quiet = condition.wishes.quiet_in(rules)
    until = quiet_until(delivery, quiet, at=at) if delivery.submitted_at is None else None
    return None if until is None else delivering.hold(delivery, Why.QUIET_HOURS, until=until)


def ended(delivery: Delivery, condition: Condition, *, at: datetime) -> DeliveryFact | None:
    """The fact for which `delivery` is never sent; None without one.

    The end of its time comes first: what expired is not looked at any further.
    """
    if at >= delivery.expires_at:
        return delivering.expire(delivery, at=at)
    if condition.is_erased:
        return delivering.cancel(delivery, Why.ERASED)
    if condition.is_recalled:
        return delivering.cancel(delivery, Why.RECALLED)
    if condition.is_lapsed:
        return delivering.cancel(delivery, Why.REASON_GONE)
    if delivery.is_statutory and delivery.channel in NEEDS_CONSENT and not condition.has_consent:
        return delivering.cancel(delivery, Why.CONSENT_GONE)
    unwanted = _unwanted(delivery, condition.disputed)
    if unwanted is not None:
        return unwanted
    # Cancelled and not suppressed: the party does without the message, and nothing is wrong with the address.
    if not condition.wishes.wants(condition.category):
        return delivering.cancel(delivery, Why.NOT_WANTED)
    return delivering.suppress(delivery, Why.ADDRESS_FAULTY) if condition.is_faulty else None


def _unwanted(delivery: Delivery, disputed: DisputeReason | None) -> DeliveryFact | None:
    """Words about the case go no further to somebody who says that they are meant for another person.

    NOT_ME ends every way out; NOT_MY_ADDRESS this address, and the next one is tried. What serves process goes where
    the party signed that it shall go, and a hint says nothing about the case.
    """
    if disputed is None or delivery.is_statutory or delivery.role is Role.HINTS:
        return None
    if disputed is DisputeReason.NOT_ME:
        return delivering.cancel(delivery, Why.NOT_WANTED)
    return delivering.suppress(delivery, Why.NOT_WANTED)


def reconciled(delivery: Delivery, *, at: datetime) -> DeliveryFact | None:
    """What becomes of a call that nobody saw the end of and about which the provider tells nothing.

    It is sent again only where it may come twice. What serves process waits for a report until its end, because two
    services of one document would start two periods.
    """
    if delivery.state is not State.UNKNOWN:
        return None
    if at >= delivery.expires_at:
        return delivering.expire(delivery, at=at)
    return delivering.queue(delivery, Why.MAY_COME_TWICE, at=at) if delivery.may_come_twice else None
