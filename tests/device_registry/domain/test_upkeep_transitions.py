"""In which states a device is maintained, faulty or measured: every other state refuses (D-T11, D-T12; NJ 11)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from common.values.errors import Kind, Refusal
from common.values.facts import Commitment
from common.values.law import NJ_11
from device_registry.domain import faults, maintenance
from device_registry.domain.device import Dossier, State
from device_registry.domain.upkeep import (
    FaultCause,
    Maintenance,
    MaintenanceCause,
    MaintenancePlan,
    Upkeep,
    Upkeeper,
)
from tests.device_registry.domain.dossiers import DAY, NOON, PROFILE, in_state

WHY = Commitment(b"\0" * 32)
AGENCY = Upkeeper.AGENCY
RUNNING = Upkeep((MaintenancePlan(AGENCY, 90, NOON - DAY),), (Maintenance(1, AGENCY, NOON - DAY),))


def start(dossier: Dossier) -> object:
    return maintenance.start(dossier, by=AGENCY, cause=MaintenanceCause.REPAIR)


def end(dossier: Dossier) -> object:
    return maintenance.end(dossier, review=None, parts=(), work=WHY, profile=PROFILE, at=NOON)


def open_fault(dossier: Dossier) -> object:
    return faults.open_fault(
        dossier, cause=FaultCause.REPORTED, began_at=NOON - DAY, description=WHY, at=NOON
    )


def measure(dossier: Dossier) -> object:
    return faults.measure_clock(dossier, drift_ms=10, profile=PROFILE, at=NOON)


POSSIBLE: dict[Callable[[Dossier], object], set[State]] = {
    start: {State.ACTIVE, State.SUSPENDED},
    open_fault: {State.ACTIVE, State.MAINTENANCE, State.SUSPENDED},
    measure: {State.ACTIVE, State.MAINTENANCE, State.SUSPENDED},
}


@pytest.mark.law(NJ_11)
@pytest.mark.parametrize("state", list(State))
@pytest.mark.parametrize("act", POSSIBLE, ids=lambda act: act.__name__)
def test_an_act_is_possible_in_its_states_and_refused_in_every_other(
    act: Callable[[Dossier], object], state: State
) -> None:
    dossier = in_state(state)

    if state in POSSIBLE[act]:
        assert act(dossier) is not None
        return
    with pytest.raises(Refusal) as refusal:
        act(dossier)
    assert refusal.value.kind is Kind.CONFLICT


@pytest.mark.parametrize("state", list(State))
def test_only_a_maintenance_that_goes_on_ends_whatever_became_of_the_device(state: State) -> None:
    dossier = in_state(state)

    assert end(replace(dossier, upkeep=RUNNING)) is not None
    with pytest.raises(Refusal):
        end(dossier)
