"""The days that do not count in the ninety (APL 60): none by itself, each by a rule that the profile lists."""

from __future__ import annotations

from case.domain.procedure import Case
from common.values.calendar import Stop, legal_day

HEARING = "HEARING"
"""The reason of a stop from the day on which a hearing is ordered to that of its report, or of its withdrawal."""


def stops_of(case: Case) -> tuple[Stop, ...]:
    """The stops that are over, those of earlier rounds too: a return of the investigation takes no day back.

    Whether the city's rules list their reasons, the profile says (`clock_stops`).
    """
    hearings = (*case.past_hearings, *([case.hearing] if case.hearing else []))
    return tuple(
        Stop(HEARING, legal_day(each.ordered_at), legal_day(ended_at))
        for each in hearings
        if each.ordered_at is not None and (ended_at := each.reported_at or each.withdrawn_at) is not None
    )
