"""The periods of the Government Data Sharing Regulation. No database, no clock."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from common.values.datafiles import load_calendar, load_profile
from common.values.errors import Refusal
from common.values.facts import Commitment
from common.values.law import GDS_21_1, GDS_22_1
from data_exchange.domain.catalogue import Share
from data_exchange.domain.clocks import Terms
from data_exchange.domain.dataclocks import answer_by, deliver_by
from data_exchange.domain.exchange import Kind
from data_exchange.domain.suspending import suspend
from tests.data_exchange.domain.test_requests import ASKED, sent

SENT = datetime(2025, 3, 3, 1, tzinfo=UTC)
PROFILE = load_profile("DEMO")
TERMS = Terms(PROFILE, load_calendar())


@pytest.mark.law(GDS_21_1)
@pytest.mark.parametrize(
    ("share", "due_on"),
    [(Share.UNCONDITIONAL, date(2025, 3, 4)), (Share.CONDITIONAL, date(2025, 3, 17))],
)
def test_open_data_is_answered_in_one_working_day_and_other_data_in_ten(share: Share, due_on: date) -> None:
    assert answer_by(share, SENT, TERMS).due_on == due_on


@pytest.mark.law(GDS_21_1)
def test_the_period_of_a_request_for_data_stands_still_for_nothing() -> None:
    with pytest.raises(Refusal) as refusal:
        suspend(
            sent(Kind.DATA_REQUEST),
            "FORCE_MAJEURE",
            agency_id=ASKED,
            evidence=bytes(32),
            note=Commitment(bytes(32)),
            terms=TERMS,
        )

    assert (refusal.value.code, refusal.value.article) == ("DX_DATA_PERIOD_RUNS_ON", GDS_21_1)


@pytest.mark.law(GDS_22_1)
def test_data_is_delivered_in_twenty_working_days_from_the_consent() -> None:
    assert deliver_by(SENT, TERMS).due_on == date(2025, 3, 31)


def test_a_city_may_shorten_a_period_of_the_regulation_and_not_lengthen_it() -> None:
    shorter = replace(PROFILE, exchange=replace(PROFILE.exchange, catalogue_change_wd=5))

    assert shorter.exchange.catalogue_change_wd == 5
    with pytest.raises(ValueError, match="catalogue_change_wd is at most 10"):
        replace(PROFILE.exchange, catalogue_change_wd=11)
