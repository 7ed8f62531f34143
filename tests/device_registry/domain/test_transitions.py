"""The table of the device's steps (`steps.TABLE`) is true: each leads where it says, and is refused everywhere else.

And over the whole graph: from every state a lawful end is in reach, and from every state but the ends the use.
"""

from __future__ import annotations

from functools import cache

import pytest

from common.values.errors import Kind, Refusal
from common.values.facts import Fact
from common.values.law import APL_41, NJ_17, PJ_2
from device_registry.domain.compliance import Guard
from device_registry.domain.device import Device, State
from device_registry.domain.facts import after
from device_registry.domain.lifecycle import ALLOWED
from device_registry.domain.standing import due_suspension
from tests.device_registry.domain.dossiers import (
    NOON,
    PROFILE,
    SPOILT,
    in_state,
)
from tests.device_registry.domain.steps import TABLE, Step

ENDS = frozenset({State.REJECTED, State.RETIRED})
STEPS = [(name, step) for name, steps in TABLE.items() for step in steps]
NAMED = [pytest.param(step, id=f"{name} {step.to}") for name, step in STEPS]
BY_PEOPLE = [(name, step) for name, step in STEPS if step.states and name != "D-T0b"]
"""The acts on a device that is there. D-T0b is D-T2, or falls due by itself."""


def test_every_step_of_the_table_stands_in_it_once() -> None:
    assert sorted(TABLE) == sorted(["D-T0b", *(f"D-T{n}" for n in range(20))])
    assert {step.to for _, step in STEPS} == set(State)


@pytest.mark.law(APL_41)
@pytest.mark.parametrize("step", NAMED)
def test_a_step_leads_from_its_states_to_the_next_and_is_a_record(step: Step) -> None:
    for state in step.states or (State.DRAFT,):
        fact = step.act(in_state(state))

        assert fact.type == step.record
        if step.states:
            reached = moved(in_state(state).device, fact)
            # A maintenance leaves a suspended device where it is.
            assert reached is (state if (state, step.to) == (State.SUSPENDED, State.MAINTENANCE) else step.to)


@pytest.mark.law(APL_41)
@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("step", [pytest.param(step, id=f"{name} {step.to}") for name, step in BY_PEOPLE])
def test_an_act_is_refused_in_every_other_state(step: Step, state: State) -> None:
    if state in step.states:
        return

    with pytest.raises(Refusal) as refusal:
        step.act(in_state(state))

    assert (refusal.value.kind, refusal.value.code) == (Kind.CONFLICT, "DEV_TRANSITION_NOT_ALLOWED")


@pytest.mark.parametrize(
    "step, code",
    [pytest.param(step, code, id=f"{name} {code}") for name, step in STEPS for code in step.refused],
)
def test_what_a_step_asks_for_is_asked_in_its_own_state(step: Step, code: str) -> None:
    with pytest.raises(Refusal) as refusal:
        step.refused[code](in_state(step.states[0] if step.states else State.DRAFT))

    assert refusal.value.code == code


@pytest.mark.law(APL_41)
@pytest.mark.parametrize(
    "step, guard",
    [pytest.param(step, guard, id=f"{name} {guard}") for name, step in STEPS for guard in step.guards],
)
def test_each_guard_of_a_step_holds_it_up_alone(step: Step, guard: Guard) -> None:
    code, dossier = SPOILT[guard]

    with pytest.raises(Refusal) as refusal:
        step.act(in_state(step.states[0], dossier))

    assert (refusal.value.kind, refusal.value.code) == (Kind.CONFLICT, "DEV_GUARD_FAILED")
    assert [violation.code for violation in refusal.value.violations] == [code]


@pytest.mark.law(PJ_2)
@pytest.mark.parametrize("guard", Guard)
def test_each_guard_takes_a_device_out_of_use_by_itself(guard: Guard) -> None:
    """D-T12: what the nightly check would find."""
    _, dossier = SPOILT[guard]

    fact = due_suspension(dossier, profile=PROFILE, at=NOON)

    assert fact is not None
    assert fact.by_agency is None
    for state in set(State) - {State.ACTIVE}:
        assert due_suspension(in_state(state, dossier), profile=PROFILE, at=NOON) is None


@pytest.mark.parametrize("state", sorted(set(State) - {State.LEGACY}))
def test_only_a_LEGACY_device_is_stopped_because_its_time_is_over(state: State) -> None:
    assert TABLE["D-T0b"][1].act(in_state(state)) is None


def moved(device: Device, fact: Fact) -> State:
    """The state in which `fact` leaves the device."""
    return after(device, fact, by="officer:head", at=NOON).state  # type: ignore[arg-type]


@cache
def edges() -> dict[State, frozenset[State]]:
    """Which states one act leads to from each state, found by trying every act."""
    found: dict[State, set[State]] = {state: set() for state in State}
    for state in State:
        for _, step in STEPS:
            if not step.states:
                continue
            try:
                fact = step.act(in_state(state))
            except Refusal:
                continue
            if fact is not None:
                found[state].add(moved(in_state(state).device, fact))
    return {state: frozenset(to) for state, to in found.items()}


def test_the_table_of_the_acts_says_nothing_else() -> None:
    assert {
        (act, to) for act, (state, to) in ALLOWED.items() if to not in edges()[state] and to is not state
    } == set()


@pytest.mark.law(NJ_17)
def test_from_every_state_a_lawful_end_is_in_reach() -> None:
    graph, ending = edges(), set(ENDS)
    while grown := {state for state, to in graph.items() if to & ending} - ending:
        ending |= grown

    assert ending == set(State)
    assert graph[State.RETIRED] == frozenset()
    assert graph[State.REJECTED] == {State.RETIRED}


def test_from_every_state_but_the_ends_the_device_can_come_into_use() -> None:
    """Nobody is stuck: what was stopped can be rectified, what was suspended resumed, what was changed reviewed."""
    graph, using = edges(), {State.ACTIVE}
    while grown := {state for state, to in graph.items() if to & using} - using:
        using |= grown

    assert using == set(State) - ENDS
