"""How many prompts left in time, on the wire (NJ 15; PJ §1)."""

from __future__ import annotations

from datetime import date

from common.values.ids import AgencyId
from common.web.wire import Out


class PromptRateView(Out):
    """One agency in the month (Beijing) that begins on `month`, counted from records.

    Of the `leads` opened in it, `in_limit` were prompted by the last working day that the city allows and `late` after
    it; `overdue` are not prompted though it has passed, `waiting` not yet, and `ended` ended without a prompt in time.
    `in_limit_per_mille` is the share of those whose prompt was due, null where none was.
    """

    agency_id: AgencyId
    month: date
    leads: int
    in_limit: int
    late: int
    overdue: int
    waiting: int
    ended: int
    in_limit_per_mille: int | None


class PromptRates(Out):
    """Every agency that the caller sees and every month of the period with a lead, in that order."""

    items: list[PromptRateView]
