"""The share of prompts within the limit (NJ 15; PJ §1): counted on the last day, the day after, and without a party."""

from __future__ import annotations

from datetime import date

import pytest

from case.domain.promptrates import Opened, PromptRate, rates
from common.values.law import NJ_15, PJ_1
from tests.case.domain import walk

FRIDAY = date(2025, 3, 28)
LIMIT = date(2025, 4, 7)
"""Five working days later: 清明 and a weekend lie between."""


@pytest.mark.law(NJ_15, PJ_1)
@pytest.mark.parametrize(
    ("prompted", "ended", "today", "outcome"),
    [
        (LIMIT, None, LIMIT, "in_limit"),
        (date(2025, 4, 8), None, date(2025, 4, 8), "late"),
        (None, None, LIMIT, "waiting"),
        (None, None, date(2025, 4, 8), "overdue"),
        (None, LIMIT, date(2025, 5, 1), "ended"),
        (None, date(2025, 4, 8), date(2025, 5, 1), "overdue"),
    ],
)
@pytest.mark.parametrize("limit", [LIMIT, None], ids=["party known", "no party"])
def test_a_lead_is_counted_once_by_what_the_records_say(
    prompted: date | None, ended: date | None, today: date, outcome: str, limit: date | None
) -> None:
    leads = Opened(walk.AGENCY, FRIDAY, limit, prompted, ended, 3)

    (rate,) = rates([leads], terms=walk.TERMS, today=today)

    assert rate == PromptRate(walk.AGENCY, date(2025, 3, 1), **{"leads": 3, outcome: 3})


def test_the_share_is_that_of_the_prompts_that_were_due() -> None:
    rate = PromptRate(walk.AGENCY, FRIDAY, leads=9, in_limit=2, late=1, waiting=5, ended=1)

    assert rate.in_limit_per_mille == 666
    assert PromptRate(walk.AGENCY, FRIDAY, leads=1, waiting=1).in_limit_per_mille is None
