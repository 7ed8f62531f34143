"""The days that do not count in the ninety (APL 60): none by itself, each by a rule that the profile lists."""

from __future__ import annotations

from case.domain.procedure import Case
from common.values.calendar import Stop, legal_day

HEARING = "HEARING"
"""The reason of a stop from the day on which a hearing is ordered to the day of its report."""


def stops_of(case: Case) -> tuple[Stop, ...]:
    """The stops that are over. Whether the city's rules list their reasons, the profile says (`clock_stops`)."""
    hearing = case.hearing
    if hearing is None or hearing.ordered_at is None or hearing.reported_at is None:
        return ()
    return (Stop(HEARING, legal_day(hearing.ordered_at), legal_day(hearing.reported_at)),)
