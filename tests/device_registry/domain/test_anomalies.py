"""When a review opens, when one is widened, and when a person knows already (NJ 13; PJ 2.5)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from common.values.datafiles import load_calendar, load_profile
from common.values.ids import AgencyId, AnomalyReviewId, DeviceId
from device_registry.domain.abnormality import Flag, Observed, Recent, Verdict, Year
from device_registry.domain.anomalies import (
    AnomalyOpened,
    AnomalyWidened,
    Outcome,
    Review,
    open_or_widen,
)
from device_registry.domain.device import DeviceKind, PlaceType
from device_registry.domain.peers import Peer, Scope

NOW = datetime(2026, 3, 16, 4, tzinfo=UTC)
PROFILE, CALENDAR = load_profile("NJ"), load_calendar()
DEVICE, AGENCY = DeviceId.new(NOW), AgencyId.new(NOW)
SEEN = Observed(
    DEVICE, AGENCY, Peer(("CM-03",), DeviceKind.FIXED_CAMERA, PlaceType.ROAD), date(2026, 2, 1), 28,
    3_000, 3_000_000, None, (), (), Recent(0, 0), Year(0, 0, 0),
)  # fmt: skip
OPEN = Review(
    AnomalyReviewId.new(NOW - timedelta(days=60)), DEVICE, AGENCY, (date(2026, 1, 1),), frozenset({Flag.VOLUME}),
    False, NOW - timedelta(days=60), date(2026, 2, 28),
)  # fmt: skip


def decided(days_ago: int) -> Review:
    return replace(OPEN, outcome=Outcome.KEEP, decided_at=NOW - timedelta(days=days_ago))


def follows(
    *flags: Flag, reviews: tuple[Review, ...] = (), auto: bool = True
) -> AnomalyOpened | AnomalyWidened | None:
    return open_or_widen(
        Verdict(DEVICE, frozenset(flags), Scope.PEERS, 8),
        SEEN,
        reviews,
        thresholds="NJ@1",
        profile=replace(PROFILE, anomaly_auto_suspend=auto),
        calendar=CALENDAR,
        at=NOW,
    )


def test_a_flag_opens_a_review_for_ten_working_days_and_two_of_the_first_four_hold_the_device() -> None:
    one, two = follows(Flag.VOLUME), follows(Flag.VOLUME, Flag.RATE)

    assert isinstance(one, AnomalyOpened)
    assert (one.held, one.due.due_on, one.due.n) == (False, date(2026, 3, 30), 10)
    assert isinstance(two, AnomalyOpened)
    assert two.held
    held_nowhere = follows(Flag.VOLUME, Flag.RATE, auto=False)
    assert isinstance(held_nowhere, AnomalyOpened)
    assert not held_nowhere.held


def test_no_flag_no_review() -> None:
    assert follows() is None
    assert follows(reviews=(OPEN,)) is None


def test_another_month_widens_a_review_that_nobody_has_decided_and_the_same_month_does_not() -> None:
    widened = follows(Flag.VOLUME, Flag.JUMP, reviews=(OPEN,))

    assert isinstance(widened, AnomalyWidened)
    assert (widened.owner, widened.held, widened.month) == (OPEN.id, True, SEEN.month)
    assert follows(Flag.JUMP, reviews=(replace(OPEN, months=(SEEN.month,)),)) is None


@pytest.mark.parametrize(
    ("days_ago", "flags", "opens"),
    [
        pytest.param(30, (Flag.VOLUME,), False, id="decided-last-month"),
        pytest.param(30, (Flag.VOLUME, Flag.RATE), True, id="and-another-flag"),
        pytest.param(90, (Flag.VOLUME,), True, id="decided-three-months-ago"),
    ],
)
def test_what_a_person_decided_holds_for_three_months(
    days_ago: int, flags: tuple[Flag, ...], opens: bool
) -> None:
    assert (follows(*flags, reviews=(decided(days_ago),)) is not None) is opens
