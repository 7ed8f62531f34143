"""One act, one fine (APL 29; 36(2)): which captures are one act, and that no act is fined twice. No database."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from case.domain.incidents import (
    Incident,
    Place,
    Placement,
    Sighting,
    found_together,
    is_misread,
    place,
    roots,
    twins,
)
from case.domain.outcomes import Outcome, Unfiled
from case.domain.procedure import State
from common.values.ids import CaseId
from common.values.law import APL_29, APL_36
from common.values.mergerules import KeyPart, Merge, SplitEvent
from tests.case.domain import walk

HOUR = timedelta(hours=1)
MERGE = Merge(tuple(KeyPart), 180, tuple(SplitEvent), segment_m=200, after_decision_h=24)
KERB = Place("人民路 1 号", Decimal("118.780000"), Decimal("32.040000"))
PARTY = b"p" * 32


def seen(hours: float, *, plate: str | None = "苏A12345", where: Place = KERB, **more: object) -> Sighting:
    return replace(Sighting(walk.NOON + hours * HOUR, walk.CODE, plate, where), **more)  # type: ignore[arg-type]


def case_with(*sightings: Sighting, state: State = State.SUSPECTED, **more: object) -> Incident:
    at = min(each.captured_at for each in sightings)
    made = Incident(CaseId.new(at), walk.AGENCY, state, at, sightings, is_untouched=state is State.SUSPECTED)
    return replace(made, **more)  # type: ignore[arg-type]


class Desk:
    """Cases as the service keeps them: captures are placed, cases advance, decisions ask for twins first."""

    def __init__(self) -> None:
        self.cases: dict[CaseId, Incident] = {}

    def take(self, sighting: Sighting) -> Placement:
        placed = place(MERGE, sighting, list(self.cases.values()))
        if placed.joins is not None:
            goes_on = self.cases[placed.joins]
            self.cases[placed.joins] = replace(goes_on, sightings=(*goes_on.sightings, sighting))
        else:
            made = case_with(sighting, same_as=placed.linked_to)
            made = replace(made, case_id=CaseId.new(walk.NOON), opened_at=walk.NOON)
            self.cases[made.case_id] = made
        for case_id in placed.absorbed:
            assert placed.joins is not None
            ended, goes_on = self.cases[case_id], self.cases[placed.joins]
            self.cases[case_id] = replace(
                ended, state=State.NOT_FILED, same_as=placed.joins, is_untouched=False
            )
            self.cases[placed.joins] = replace(goes_on, sightings=(*goes_on.sightings, *ended.sightings))
        for case_id in placed.bridged:
            self.cases[case_id] = replace(self.cases[case_id], same_as=placed.joins or placed.linked_to)
        return placed

    def fine(self, case_id: CaseId, at: datetime) -> tuple[CaseId, ...]:
        """Fine the case unless another case bars it; what barred it."""
        own = self.cases[case_id]
        others = [each for each in self.cases.values() if each.case_id != case_id]
        barring = twins(MERGE, own, others, distinct=())
        if not barring:
            self.cases[case_id] = replace(
                own, state=State.SERVED, outcome=Outcome.PENALTY, fined_at=at, is_untouched=False
            )
        return barring

    @property
    def open_cases(self) -> list[Incident]:
        return [each for each in self.cases.values() if each.state is not State.NOT_FILED]


@pytest.mark.law(APL_29)
@pytest.mark.parametrize("order", list(permutations((0, 2, 4))))
def test_captures_in_a_chain_are_one_act_in_whichever_order_they_are_told(order: tuple[int, ...]) -> None:
    desk = Desk()

    for hours in order:
        desk.take(seen(hours))

    (case,) = desk.open_cases
    assert {each.captured_at for each in case.sightings} == {walk.NOON + n * HOUR for n in order}


@pytest.mark.law(APL_29, APL_36)
@pytest.mark.parametrize(
    ("minutes", "change", "is_one"),
    [
        (180, {}, True),
        (181, {}, False),
        (60, {"plate": "苏A·12345"}, True),
        (60, {"plate": "苏A1234S"}, False),
        (60, {"where": replace(KERB, name="人民路 9 号", longitude=Decimal("118.782000"))}, True),
        (60, {"where": replace(KERB, name="人民路 99 号", longitude=Decimal("118.783000"))}, False),
        (60, {"where": Place("别处")}, False),
    ],
    ids=[
        "gap",
        "past-gap",
        "spelling",
        "another-vehicle",
        "same-segment",
        "another-segment",
        "unknown-place",
    ],
)
def test_one_act_has_one_key_and_no_gap(minutes: int, change: dict[str, object], is_one: bool) -> None:
    known = case_with(seen(0))

    placed = place(MERGE, seen(minutes / 60, **change), [known])  # type: ignore[arg-type]

    assert (placed.joins == known.case_id) is is_one


@pytest.mark.law(APL_29)
@pytest.mark.parametrize("after_minutes", [0, 1])
@pytest.mark.parametrize("event", ["ended_at", "window_until", "fined_at"])
def test_an_act_is_split_after_an_event_and_not_at_it(event: str, after_minutes: int) -> None:
    cut = walk.NOON + HOUR
    at = cut - 24 * HOUR if event == "fined_at" else cut
    known = case_with(seen(0.5), state=State.PROMPTED, **{event: at})

    placed = place(MERGE, seen(1 + after_minutes / 60), [known])

    assert placed == (Placement() if after_minutes else Placement(joins=known.case_id))


@pytest.mark.law(APL_29)
def test_a_change_of_the_calendar_day_is_no_new_act() -> None:
    before_midnight = replace(seen(0), captured_at=datetime.fromisoformat("2025-03-03T23:50:00+08:00"))
    after_midnight = replace(seen(0), captured_at=datetime.fromisoformat("2025-03-04T00:10:00+08:00"))
    known = case_with(before_midnight)

    assert place(MERGE, after_midnight, [known]).joins == known.case_id


def test_an_event_that_the_rule_set_does_not_name_splits_nothing() -> None:
    known = case_with(seen(0.5), ended_at=walk.NOON + HOUR)

    placed = place(replace(MERGE, split_on=()), seen(2), [known])

    assert placed.joins == known.case_id


@pytest.mark.law(APL_29)
@pytest.mark.parametrize("state", [each for each in State if each is not State.NOT_FILED])
def test_a_capture_joins_a_case_until_its_report_is_signed_and_opens_a_linked_lead_after(
    state: State,
) -> None:
    taking = (State.SUSPECTED, State.PROMPTED, State.READY_TO_FILE, State.FILED)
    known = case_with(seen(0), state=state)

    placed = place(MERGE, seen(1), [known])

    if state in taking:
        assert placed == Placement(joins=known.case_id)
    else:
        assert placed == Placement(linked_to=known.case_id)


def test_a_case_that_somebody_worked_on_is_linked_and_left_to_a_person() -> None:
    worked_on = case_with(seen(0), state=State.PROMPTED)
    also = case_with(seen(4), is_untouched=False)

    placed = place(MERGE, seen(2), [worked_on, also])

    assert placed == Placement(joins=worked_on.case_id, bridged=(also.case_id,))


def test_a_lead_that_found_no_violation_does_not_stand_for_the_act() -> None:
    denied = case_with(seen(0), state=State.NOT_FILED, unfiled=Unfiled.NO_FACT)
    waived = replace(denied, unfiled=Unfiled.MINOR_CORRECTED)

    assert place(MERGE, seen(1), [denied]) == Placement()
    assert place(MERGE, seen(1), [waived]) == Placement(linked_to=waived.case_id)


@pytest.mark.law(APL_29)
@pytest.mark.parametrize(
    ("plate", "party", "is_found"),
    [
        (None, PARTY, True),
        ("苏A1234S", PARTY, True),
        ("苏A99999", PARTY, False),
        ("苏A1234S", b"q" * 32, False),
    ],
    ids=["no-plate", "misread", "another-vehicle", "another-party"],
)
def test_the_party_shows_that_two_leads_are_one_act(plate: str | None, party: bytes, is_found: bool) -> None:
    older = case_with(seen(0, party=PARTY), state=State.PROMPTED)
    own = case_with(seen(1, plate=plate, party=party))

    found = found_together(MERGE, own, [older])

    assert found == ((older.case_id, (own.case_id,)) if is_found else None)


def test_two_readings_of_one_plate_differ_in_one_character() -> None:
    assert is_misread("苏A12345", "苏A1234S")
    assert not is_misread("苏A12345", "苏B1234S")
    assert not is_misread("苏A12345", "苏A123456")


@pytest.mark.law(APL_29)
def test_a_decision_that_was_revoked_bars_no_other_one() -> None:
    own = case_with(seen(1), state=State.DEFENCE_REVIEW)
    fined = case_with(seen(0), state=State.CLOSED, outcome=Outcome.PENALTY)

    assert twins(MERGE, own, [fined], distinct=()) == (fined.case_id,)
    assert twins(MERGE, own, [replace(fined, is_revoked=True)], distinct=()) == ()


@pytest.mark.law(APL_29)
def test_a_linked_case_is_barred_while_the_other_goes_on_and_not_once_it_found_no_violation() -> None:
    goes_on = case_with(seen(0), state=State.INVESTIGATING)
    own = case_with(seen(1), state=State.DEFENCE_REVIEW, same_as=goes_on.case_id)
    denied = replace(goes_on, state=State.DECIDED, outcome=Outcome.NO_VIOLATION)

    assert twins(MERGE, own, [goes_on], distinct=()) == (goes_on.case_id,)
    assert twins(MERGE, own, [goes_on], distinct=(goes_on.case_id,)) == ()
    assert twins(MERGE, own, [denied], distinct=()) == ()


_STEPS = st.one_of(
    st.tuples(st.just("capture"), st.integers(0, 24)),
    st.tuples(st.sampled_from(["fine", "report", "prompt"]), st.integers(0, 10)),
)


@pytest.mark.law(APL_29)
@given(st.lists(_STEPS, max_size=25))
def test_no_sequence_of_captures_and_acts_ends_with_two_fines_on_one_act(
    steps: list[tuple[str, int]],
) -> None:
    """Two fines can only meet when a capture is told after both: then the later case is linked, for a person to see."""
    desk, fined_alone = Desk(), set[CaseId]()
    for what, n in steps:
        if what == "capture":
            desk.take(seen(n / 2))
        elif desk.open_cases:
            own = desk.open_cases[n % len(desk.open_cases)]
            if own.outcome is not None:
                continue
            if what == "fine" and not desk.fine(own.case_id, walk.NOON + 72 * HOUR):
                before = fined_alone & linked_with(desk, own.case_id)
                assert before == set(), "the second fine on one act, as it was known then"
                fined_alone.add(own.case_id)
            if what in ("report", "prompt"):
                state = State.INVESTIGATING if what == "report" else State.PROMPTED
                desk.cases[own.case_id] = replace(desk.cases[own.case_id], state=state, is_untouched=False)

    for one, other in permutations(fined_alone, 2):
        if linked_with(desk, one) >= {other}:
            links = {desk.cases[each].same_as for each in (one, other)}
            assert links != {None}, "two fines that prove to be on one act are linked"


def linked_with(desk: Desk, case_id: CaseId) -> set[CaseId]:
    """Every case that the captures or the links show to be about the act of this one, by a walk of its own."""
    root = roots(list(desk.cases.values()))
    act, grown = set[CaseId](), {case_id}
    while grown - act:
        act |= grown
        own = [desk.cases[each] for each in act]
        times = [sighting.captured_at for each in own for sighting in each.sightings]
        grown = {
            each.case_id
            for each in desk.cases.values()
            if root[each.case_id] in {root[one] for one in act}
            or any(abs(sighting.captured_at - at) <= 3 * HOUR for sighting in each.sightings for at in times)
        }
    return act - {case_id}
