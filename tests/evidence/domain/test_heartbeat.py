"""A device that is silent, and one that comes and goes (NJ 11)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from common.values.datafiles import load_profile
from common.values.ids import DeviceId
from common.values.law import NJ_11
from evidence.domain.heartbeat import Hearing, Pulse, hearing, silent_since

RULES = load_profile("DEMO").watch
NOON = datetime(2025, 6, 2, 4, 0, tzinfo=UTC)
DEVICE = DeviceId.new(NOON)


@pytest.mark.law(NJ_11)
@pytest.mark.parametrize(
    "silent_s, streak, expected",
    [
        (180, 3, Hearing.ONLINE),
        (180.000001, 3, Hearing.OFFLINE),
        (0, 2, Hearing.UNSTEADY),
        (0, 3, Hearing.ONLINE),
    ],
)
def test_three_intervals_of_silence_are_offline_and_three_beats_in_time_online(
    silent_s: float, streak: int, expected: Hearing
) -> None:
    pulse = Pulse(DEVICE, NOON - timedelta(seconds=silent_s), streak)

    assert hearing(pulse, rules=RULES, at=NOON) is expected


def test_the_silence_begins_with_the_first_beat_that_did_not_come() -> None:
    assert silent_since(Pulse(DEVICE, NOON, 5), rules=RULES) == NOON + timedelta(seconds=60)
