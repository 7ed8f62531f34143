"""The figures of notification: how long an inbox is kept, when nobody is disturbed, when the next channel is tried."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

_SERVE_WITHIN_WD: Final = 7


class QueryFactor(StrEnum):
    """What somebody without an account types besides the query code of the case: nothing that is printed beside it."""

    IDENTITY_TAIL = "IDENTITY_TAIL"  # the last six characters of the identity number or credit code
    PHONE_TAIL = "PHONE_TAIL"  # the last six digits of the telephone number that the officer confirmed


@dataclass(frozen=True)
class NotificationRules:
    """The city's figures; no law sets them.

    An entry of an inbox can be read again for `entries_kept_d` days: a phone that was away for longer begins anew.
    `channels` are tried in this order. No notice disturbs anybody from `quiet_from` until `quiet_until`, hours of the
    city's day; equal hours mean never. A party may name quiet hours of its own, `most_quiet_h` hours at the most.

    At the hour `gather_at` the messages of a day that start no period leave in one text for each address,
    `gather_most` of them at the most.

    `query_factor` is what a party without an account shows besides its query code.
    An electronic service that nobody reported as arrived within `arrival_h` hours has failed. On the working day
    `choose_manner_alarm_wd` after a decision an alarm rings while it is not served; APL 61 leaves seven at the most.
    With `smtp_reply_is_arrival` the reply 250 of the recipient's own mail server is the arrival there (CPL 90).

    What providers reported is kept as it came for `reports_kept_d` days: it holds numbers of persons.

    A notice goes by the first channel for which the party has an address; where nothing arrived after `next_channel_h`
    hours, by the next. A reminder to correct comes when `remind_percent` of the time is over, and at the latest
    `remind_before_min` minutes before its end; one to pay comes `pay_reminder_cd` calendar days before the last day.

    Raises ValueError for a figure that leaves no time at all, or an alarm that comes too late.
    """

    entries_kept_d: int
    channels: tuple[str, ...]
    quiet_from: str
    quiet_until: str
    most_quiet_h: int
    gather_at: str
    gather_most: int
    arrival_h: int
    choose_manner_alarm_wd: int
    smtp_reply_is_arrival: bool
    reports_kept_d: int
    query_factor: QueryFactor
    next_channel_h: int
    remind_percent: int
    remind_before_min: int
    pay_reminder_cd: tuple[int, ...]

    def __post_init__(self) -> None:
        if self.entries_kept_d < 1:
            raise ValueError("entries_kept_d is at least 1")
        if not all(
            re.fullmatch(r"([01][0-9]|2[0-3]):[0-5][0-9]", hour)
            for hour in (self.quiet_from, self.quiet_until, self.gather_at)
        ):
            raise ValueError("quiet_from, quiet_until and gather_at are hours like 21:00")
        if self.gather_most < 1:
            raise ValueError("gather_most is at least 1")
        if not 1 <= self.most_quiet_h <= 16:
            raise ValueError("most_quiet_h leaves some hours of the day")
        if self.reports_kept_d < 1:
            raise ValueError("reports_kept_d is at least 1")
        if self.arrival_h < 1:
            raise ValueError("arrival_h is at least 1")
        if not 1 <= self.choose_manner_alarm_wd < _SERVE_WITHIN_WD:
            raise ValueError(
                f"choose_manner_alarm_wd is at least 1 and less than {_SERVE_WITHIN_WD} (APL 61)"
            )
        if self.next_channel_h < 1:
            raise ValueError("next_channel_h is at least 1")
        if not 0 < self.remind_percent < 100 or self.remind_before_min < 1:
            raise ValueError("a reminder comes within the time to correct")
