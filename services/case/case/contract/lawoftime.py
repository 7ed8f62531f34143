"""Which law applies to a case, on the wire (APL 37)."""

from __future__ import annotations

from datetime import date

from common.web.wire import Out


class LawSideView(Out):
    """What one version of the catalogue item allows, in fen, with one line of the trace for each factor looked at."""

    version: int
    valid_from: date
    kind: str
    tier: str
    min_fen: int
    max_fen: int
    trace: list[str]


class WeighedLawView(Out):
    """The law of the day of the act beside that of the day on which they were weighed.

    `law` says which one is applied: OF_THE_ACT, OF_TODAY where that is milder, NONE where today's knows no such
    violation (`of_today` is null then).
    """

    acted_on: date
    weighed_on: date
    law: str
    of_the_act: LawSideView
    of_today: LawSideView | None
