"""When a device must be maintained, and which time in use counts as uptime (NJ 11)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from common.values.calendar import end_of, legal_day
from common.values.law import NJ_11
from device_registry.domain.compliance import Guard, evaluate
from device_registry.domain.device import Dossier, Period, State
from device_registry.domain.faults import uptime_per_mille
from device_registry.domain.standing import due_suspension, standing
from device_registry.domain.upkeep import (
    Fault,
    FaultCause,
    Maintenance,
    MaintenancePlan,
    Upkeep,
    Upkeeper,
)
from tests.device_registry.domain.dossiers import COMPLETE, DAY, NOON, PROFILE

AGENCY = Upkeeper.AGENCY
PLAN = MaintenancePlan(AGENCY, 5, NOON - 10 * DAY)


def with_upkeep(*maintenances: Maintenance, faults: tuple[Fault, ...] = ()) -> Dossier:
    return replace(COMPLETE, upkeep=Upkeep((PLAN,), maintenances, faults))


def overdue_from(last: datetime) -> datetime:
    return end_of(legal_day(last) + timedelta(days=5 + PROFILE.watch.maintenance_grace_d))


@pytest.mark.law(NJ_11)
@pytest.mark.parametrize("late, is_overdue", [(timedelta(microseconds=-1), False), (timedelta(0), True)])
def test_a_maintenance_is_overdue_at_the_end_of_the_last_day_of_grace(
    late: timedelta, is_overdue: bool
) -> None:
    last = overdue_from(NOON - 10 * DAY)

    failed = evaluate(with_upkeep(), PROFILE, last + late, (Guard.MAINTENANCE,))

    assert [violation.code for violation in failed] == (["DEV_MAINTENANCE_OVERDUE"] if is_overdue else [])


def test_the_days_run_again_from_the_maintenance_that_ended_and_not_from_one_that_goes_on() -> None:
    done = Maintenance(1, AGENCY, NOON - DAY, NOON)
    running = Maintenance(2, AGENCY, NOON)

    assert evaluate(with_upkeep(done), PROFILE, overdue_from(NOON - 10 * DAY), (Guard.MAINTENANCE,)) == ()
    assert evaluate(with_upkeep(done), PROFILE, overdue_from(NOON), (Guard.MAINTENANCE,)) != ()
    assert evaluate(with_upkeep(running), PROFILE, overdue_from(NOON - 10 * DAY), (Guard.MAINTENANCE,)) != ()


def test_an_overdue_device_is_suspended_from_the_instant_and_not_from_when_we_looked() -> None:
    unlimited = tuple(replace(c, valid_until=c.valid_until + 400 * DAY) for c in COMPLETE.certificates)
    dossier = replace(with_upkeep(), certificates=unlimited)

    fact = due_suspension(dossier, profile=PROFILE, at=NOON + 60 * DAY)

    assert fact is not None
    assert (fact.reason, fact.effective_from) == ("MAINTENANCE_OVERDUE", overdue_from(NOON - 10 * DAY))


@pytest.mark.parametrize(
    "at, codes",
    [
        (NOON - 2 * DAY, ("E-DEV-05",)),
        (NOON - DAY - timedelta(microseconds=1), ("E-DEV-05",)),
        (NOON - DAY, ()),
    ],
)
def test_a_capture_is_refused_from_the_first_to_before_the_last_instant_of_a_fault(
    at: datetime, codes: tuple[str, ...]
) -> None:
    fault = Fault(1, FaultCause.REPORTED, NOON - 2 * DAY, NOON - DAY)

    assert standing(with_upkeep(faults=(fault,)), profile=PROFILE, at=at, known_at=NOON).codes == codes


def test_the_uptime_leaves_out_maintenance_and_counts_two_faults_at_once_once() -> None:
    faults = (
        Fault(1, FaultCause.REPORTED, NOON - 2 * DAY, NOON - DAY),
        Fault(2, FaultCause.HEARTBEAT_MISSED, NOON - 2 * DAY, NOON - DAY),
    )
    pause = (
        Period(State.MAINTENANCE, NOON - 6 * DAY, NOON - 6 * DAY),
        Period(State.ACTIVE, NOON - DAY * 4, NOON - DAY * 4),
    )
    dossier = replace(with_upkeep(faults=faults), periods=(*COMPLETE.periods, *pause))

    # Of ten days in service two are maintenance, and one of the other eight has a fault.
    assert uptime_per_mille(dossier, days=90, at=NOON) == 875
