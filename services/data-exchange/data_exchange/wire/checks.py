"""The components that a signature must cover: from data, with the day since when, and the 90 days of warning.

    nobody in production yet, or the check is older than the first go-live     refuse
    before the day of the check                                                 silence
    within 90 days of it                                                        warn: Mingzheng-Warning
    after that                                                                  refuse

A partner that went into production met every check of that day. What is added later must not stop it overnight.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Final

from common.values.calendar import legal_day

WARNS_FOR: Final = timedelta(days=90)


class When(StrEnum):
    """For which requests a component must be covered."""

    ALWAYS = "always"
    QUERY = "query"
    BODY = "body"
    WRITE = "write"
    CALL = "call"
    SENT = "sent"


class Severity(StrEnum):
    SILENCE = "SILENCE"
    WARN = "WARN"
    REFUSE = "REFUSE"


@dataclass(frozen=True)
class Check:
    """One component, and since when its absence is a fault."""

    component: str
    since: date
    when: When

    def severity(self, *, first_live_at: datetime | None, at: datetime) -> Severity:
        """What a request without this component meets at `at`, where the first go-live was at `first_live_at`."""
        if first_live_at is None or self.since <= legal_day(first_live_at):
            return Severity.REFUSE
        if legal_day(at) < self.since:
            return Severity.SILENCE
        return Severity.WARN if legal_day(at) < self.refuses_from else Severity.REFUSE

    @property
    def refuses_from(self) -> date:
        """The first day on which it refuses a partner that was there before the check."""
        return self.since + WARNS_FOR


@cache
def checks() -> tuple[Check, ...]:
    """The checks of `components.toml`."""
    document = tomllib.loads(files("data_exchange.wire").joinpath("components.toml").read_text("utf-8"))
    return tuple(Check(entry["name"], entry["since"], When(entry["when"])) for entry in document["component"])


def required(conditions: frozenset[When], sent: frozenset[str]) -> Iterator[Check]:
    """The checks that a request of these conditions, with these headers, is bound by."""
    for check in checks():
        if check.when in conditions or (check.when is When.SENT and check.component in sent):
            yield check
