"""The yearly report: its balance, its reminders and its last day. No database, no clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from common.values.errors import Refusal
from common.values.ids import AnnualReportId
from device_registry.domain import annual
from device_registry.domain.annual import AnnualReport, Life, balance
from device_registry.domain.cleanup import IN_USE
from device_registry.domain.device import DeviceKind, State
from tests.device_registry.domain.dossiers import AGENCY, DEVICE, NOON, PROFILE

REPORT = AnnualReport(AnnualReportId.new(NOON), AGENCY, 2025)
NEW_YEAR = datetime(2025, 12, 31, 16, tzinfo=UTC)  # midnight in Shanghai
STATES = st.sampled_from(State)
LIVES = st.lists(
    st.tuples(st.sampled_from(DeviceKind), st.none() | STATES, st.booleans(), STATES).map(
        lambda drawn: Life(DEVICE.id, *drawn)
    ),
    max_size=15,
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(LIVES)
def test_PJ_3_5_the_balance_ends_with_what_is_in_use(lives: list[Life]) -> None:
    # A device is in use only if it was so before, or was activated since.
    lives = [life for life in lives if life.now not in IN_USE or life.was in IN_USE or life.activated]

    balances = balance(lives)

    assert sum(each.closing for each in balances) == sum(life.now in IN_USE for life in lives)
    assert all(each.opening + each.new - each.stopped - each.retired == each.closing for each in balances)


@pytest.mark.parametrize(
    "was, activated, is_new",
    [(None, True, True), (State.STOPPED, True, True), (State.PUBLISHED, False, False)]
    + [(state, True, False) for state in IN_USE],
)
def test_a_device_that_was_in_use_as_the_year_began_is_not_new(
    was: State | None, activated: bool, is_new: bool
) -> None:
    life = Life(DEVICE.id, DEVICE.kind, was, activated, State.ACTIVE)

    assert life.is_new is is_new


@pytest.mark.parametrize("days, day", [(-32, None), (-31, 1), (-18, 1), (-17, 15), (-7, 25), (0, None)])
def test_the_newest_reminder_that_was_not_given_is_due(days: int, day: int | None) -> None:
    at = NEW_YEAR + timedelta(days=days, seconds=0 if days else 1)

    fact = annual.due_reminder(REPORT, profile=PROFILE, at=at)

    assert (fact.day if fact else None) == day


def test_a_report_is_overdue_from_the_first_second_of_the_new_year() -> None:
    assert annual.due_overdue(REPORT, at=NEW_YEAR - timedelta(seconds=1)) is None
    assert annual.due_overdue(REPORT, at=NEW_YEAR) is not None


def test_a_balance_that_is_not_the_registers_is_refused() -> None:
    with pytest.raises(Refusal) as refusal:
        annual.draft(REPORT, (), in_use=1, pdf_sha256="ab" * 32, made_at=NOON)

    assert refusal.value.code == "ANR_UNBALANCED"
