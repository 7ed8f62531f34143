"""When a notice may disturb somebody."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Final

from common.values.clock import BEIJING
from common.values.notificationrules import NotificationRules
from notification.domain.channels import Channel
from notification.domain.delivery import Delivery

SILENT: Final = frozenset({Channel.POST, Channel.FAX, Channel.EMAIL})
"""These disturb nobody at night."""


@dataclass(frozen=True)
class Quiet:
    """Hours of the city's day in which nobody is disturbed, from `start` until `end`; equal hours mean never."""

    start: time
    end: time

    @classmethod
    def of_city(cls, rules: NotificationRules) -> Quiet:
        """The hours that hold for everybody who named none."""
        return cls(time.fromisoformat(rules.quiet_from), time.fromisoformat(rules.quiet_until))

    @property
    def length(self) -> timedelta:
        """How long they are; nothing where they are equal."""
        minutes = (self.end.hour - self.start.hour) * 60 + self.end.minute - self.start.minute
        return timedelta(minutes=minutes % (24 * 60))

    def end_after(self, at: datetime) -> datetime | None:
        """When the quiet hours that hold at `at` end; None where none hold."""
        local = at.astimezone(BEIJING)
        now = local.time()
        if self.start <= self.end:
            is_quiet = self.start <= now < self.end
        else:
            is_quiet = now >= self.start or now < self.end
        if not is_quiet:
            return None
        day = local.date() if now < self.end else local.date() + timedelta(days=1)
        return datetime.combine(day, self.end, tzinfo=BEIJING)


def quiet_until(delivery: Delivery, quiet: Quiet, *, at: datetime) -> datetime | None:
    """The end of the quiet hours if `delivery` has to wait for it, else None.

    The hours are the party's own, or the city's. They hold back notices alone: what serves process is due when it is
    due. And they do not hold back what would end before the morning, because a party whose time to correct is shorter
    than the night would be told when it is over.
    """
    if delivery.is_statutory or delivery.is_urgent or delivery.channel in SILENT:
        return None
    morning = quiet.end_after(at)
    return morning if morning is not None and morning < delivery.expires_at else None
