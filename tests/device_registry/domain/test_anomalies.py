"""When a review opens, when one is widened, and when a person knows already (NJ 13; PJ 2.5)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from common.values.datafiles import load_calendar, load_profile
from common.values.errors import Refusal
from common.values.facts import Commitment
from common.values.ids import AgencyId, AnalysisId, AnomalyReviewId, DeviceId, OfficerId
from common.values.law import PJ_2_5
from device_registry.domain import analyses
from device_registry.domain.abnormality import Flag, Observed, Recent, Verdict, Year
from device_registry.domain.analyses import AnalysisDecided, Decision
from device_registry.domain.anomalies import (
    AnomalyDecided,
    AnomalyOpened,
    AnomalyWidened,
    Outcome,
    Review,
    hold,
    open_or_widen,
    suspension_by,
)
from device_registry.domain.device import DeviceKind, PlaceType, State
from device_registry.domain.lifecycle import DeviceSuspended
from device_registry.domain.maintenance import end
from device_registry.domain.peers import Peer, Scope
from device_registry.domain.upkeep import Maintenance, Upkeep, Upkeeper
from tests.device_registry.domain.dossiers import NOON, in_state
from tests.device_registry.domain.dossiers import PROFILE as DEMO

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


def held_and_decided(state: State, outcome: Outcome) -> tuple[DeviceSuspended | None, DeviceSuspended | None]:
    """What becomes of a device in `state` that two flags hold, and of one about which a person decides."""
    device, opened = in_state(state).device, follows(Flag.VOLUME, Flag.RATE)
    assert isinstance(opened, AnomalyOpened)
    fact = AnomalyDecided(opened.owner, device.id, outcome, Commitment(bytes(32)), OfficerId.new(NOON))
    return hold(device, opened, at=NOON), suspension_by(device, fact, by_agency=AGENCY, at=NOON)


@pytest.mark.law(PJ_2_5)
@pytest.mark.parametrize("state", State)
def test_two_flags_and_a_decision_take_a_device_out_of_use_also_while_somebody_works_on_it(
    state: State,
) -> None:
    of_use = {State.ACTIVE, State.MAINTENANCE}

    for outcome in Outcome:
        held, suspended = held_and_decided(state, outcome)

        assert (held is not None) is (state in of_use)
        stops = outcome in {Outcome.SUSPEND, Outcome.STOP}
        assert (suspended is not None) is (state in of_use and stops)


@pytest.mark.law(PJ_2_5)
@pytest.mark.parametrize("decision", Decision)
def test_stop_in_the_analysis_of_a_quarter_takes_the_device_out_of_use_as_in_a_review(
    decision: Decision,
) -> None:
    device = in_state(State.ACTIVE).device
    by, why = OfficerId.new(NOON), Commitment(bytes(32))
    fact = AnalysisDecided(AnalysisId.new(NOON), device.id, decision, why, by)

    suspended = analyses.suspension_by(device, fact, by_agency=AGENCY, at=NOON)

    assert (suspended is not None) is (decision is Decision.STOP)
    if suspended is not None:
        assert (suspended.reason, suspended.effective_from, suspended.by_agency) == (
            "ABNORMAL_VOLUME",
            NOON,
            AGENCY,
        )
    resting = in_state(State.SUSPENDED).device
    assert analyses.suspension_by(resting, fact, by_agency=AGENCY, at=NOON) is None


@pytest.mark.law(PJ_2_5)
@pytest.mark.parametrize("outcome", [None, *Outcome])
def test_a_device_out_of_place_does_not_come_back_by_the_end_of_its_maintenance(
    outcome: Outcome | None,
) -> None:
    review = replace(OPEN, is_held=True, outcome=outcome, decided_at=NOON if outcome else None)
    work = Upkeep(maintenances=(Maintenance(1, Upkeeper.AGENCY, NOON),))

    def ended_in(state: State) -> object:
        return end(
            replace(in_state(state), upkeep=work),
            review=review,
            parts=(),
            work=Commitment(bytes(32)),
            profile=DEMO,
            at=NOON,
        )

    if outcome in {None, Outcome.MOVE, Outcome.STOP}:
        with pytest.raises(Refusal) as refusal:
            ended_in(State.MAINTENANCE)
        assert refusal.value.code in {"DEV_ANOMALY_UNDECIDED", "DEV_ANOMALY_OUTCOME"}
    else:
        assert ended_in(State.MAINTENANCE) is not None
    # A device that stays suspended is not put back into use: its work ends in any case.
    assert ended_in(State.SUSPENDED) is not None
