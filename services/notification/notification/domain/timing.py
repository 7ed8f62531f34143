"""When a notice may disturb somebody."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Final

from common.values.clock import BEIJING
from common.values.notificationrules import NotificationRules
from notification.domain.channels import Channel
from notification.domain.delivery import Delivery

SILENT: Final = frozenset({Channel.POST, Channel.FAX, Channel.EMAIL})
"""These disturb nobody at night."""


def quiet_until(delivery: Delivery, rules: NotificationRules, *, at: datetime) -> datetime | None:
    """The end of the quiet hours if `delivery` has to wait for it, else None.

    Quiet hours are the city's. They hold back notices alone: what serves process is due when it is due. And they do not
    hold back what would end before the morning, because a party whose time to correct is shorter than the night would
    be told when it is over.
    """
    if delivery.is_statutory or delivery.is_urgent or delivery.channel in SILENT:
        return None
    morning = _end_of_quiet(rules.quiet_from, rules.quiet_until, at)
    return morning if morning is not None and morning < delivery.expires_at else None


def _end_of_quiet(quiet_from: str, quiet_until: str, at: datetime) -> datetime | None:
    local = at.astimezone(BEIJING)
    start, end = time.fromisoformat(quiet_from), time.fromisoformat(quiet_until)
    now = local.time()
    if start == end:
        return None
    is_quiet = start <= now < end if start < end else now >= start or now < end
    if not is_quiet:
        return None
    day = local.date() if now < end else local.date() + timedelta(days=1)
    return datetime.combine(day, end, tzinfo=BEIJING)
