"""What follows for a case when the device of its capture turns out not to have been lawful (APL 41(1))."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from case.domain.clerical import Pair, Place, correct
from case.domain.closing import archive
from case.domain.decision import require_decidable
from case.domain.invalidating import (
    Mark,
    note_mark,
    open_tasks,
    passed,
    settle,
    settled_with,
    ways,
)
from case.domain.invalidations import Way
from case.domain.nopenalty import decide_no_penalty
from case.domain.outcomes import Outcome, Unfiled
from case.domain.procedure import Case, State, after
from common.values.calendar import end_of
from common.values.errors import Refusal
from common.values.ids import EvidenceId
from common.values.law import APL_41_1
from tests.case.domain import walk

MARK = Mark(walk.EXHIBIT.evidence_id, "r1", "VERIFICATION", ("E-DEV-03",))
OTHER = replace(walk.EXHIBIT, evidence_id=EvidenceId.new(walk.NOON))


def shaken(case: Case, at: datetime, mark: Mark = MARK) -> Case:
    fact = note_mark(case, mark, terms=walk.TERMS, at=at)
    assert fact is not None
    return after(case, fact)


def settled(case: Case, way: Way, exhibits: Any, at: datetime, number: int = 1) -> Case:
    fact = settle(case, number, way, exhibits, reason=walk.KEPT, hand=walk.HEAD, at=at)
    return after(case, fact)


SILENT = (State.REVOKED_BY_SELF,)
"""Nothing rests on the captures of a case whose decision is revoked."""


@pytest.mark.law(APL_41_1)
@pytest.mark.parametrize("state", [state for state in State if state not in (*SILENT, State.NOT_FILED)])
def test_a_mark_opens_one_task_in_whatever_state_the_case_is(state: State) -> None:
    case, at = walk.walked_to(state)

    noted = shaken(case, at)

    assert noted.state is state
    assert [task.source for task in open_tasks(noted)] == ["r1"]
    assert not noted.exhibits[0].device_lawful
    assert note_mark(noted, MARK, terms=walk.TERMS, at=at) is None
    assert len(open_tasks(shaken(noted, at, replace(MARK, source="r2")))) == 2


def test_nothing_rests_on_the_capture_after_a_revocation_or_an_elimination() -> None:
    for state in (*SILENT, State.NOT_FILED):
        case, at = walk.walked_to(state)
        assert note_mark(case, MARK, terms=walk.TERMS, at=at) is None


def test_a_lead_that_was_waived_is_eliminated() -> None:
    case, at = walk.walked_to(State.NOT_FILED)
    assert case.non_filing is not None
    case = replace(case, non_filing=replace(case.non_filing, reason=Unfiled.MINOR_CORRECTED))

    case = settled(shaken(case, at), Way.ELIMINATE, (), at)

    assert case.non_filing is not None
    assert (case.non_filing.reason, open_tasks(case)) == (Unfiled.NO_FACT, ())


_BLOCKED: dict[str, tuple[State, Callable[[Case, datetime], Any]]] = {
    "the main path": (State.SUSPECTED, walk.steps),
    "prompted": (State.PROMPTED, walk.steps),
    "ready": (State.READY_TO_FILE, walk.steps),
    "the notice": (State.INVESTIGATION_CONCLUDED, walk.steps),
    "the service of the notice": (State.PRIOR_NOTICE_SENT, walk.steps),
    "the decision": (
        State.DEFENCE_REVIEW,
        lambda case, at: require_decidable(walk.question(case, at), hand=walk.HEAD),
    ),
    "the service of the decision": (State.DECIDED, walk.steps),
    "closing": (State.PERFORMED, walk.steps),
    "archiving": (
        State.CLOSED,
        lambda case, at: archive(case, documents=(), hand=walk.ARCHIVIST, at=at),
    ),
}


@pytest.mark.law(APL_41_1)
@pytest.mark.parametrize("act", list(_BLOCKED))
def test_nothing_goes_on_while_a_task_is_open(act: str) -> None:
    state, attempt = _BLOCKED[act]
    case, at = walk.walked_to(state)
    if case.party is None:
        case = replace(case, party=walk.PARTY)

    with pytest.raises(Refusal) as refusal:
        attempt(shaken(case, at), at)

    codes = [refusal.value.code, *(each.code for each in refusal.value.violations)]
    assert "CASE_DEVICE_INVALID" in codes


@pytest.mark.law(APL_41_1)
def test_going_on_needs_another_lawful_capture_and_keeping_needs_the_registry() -> None:
    case, at = walk.walked_to(State.DEFENCE_REVIEW)
    alone, two = shaken(case, at), shaken(replace(case, exhibits=(walk.EXHIBIT, OTHER)), at)
    unlawful = replace(OTHER, device_lawful=False)

    for held, way, known in (
        (alone, Way.GO_ON, alone.exhibits),
        (alone, Way.KEEP, alone.exhibits),
        (alone, Way.KEEP, ()),
        (two, Way.GO_ON, (unlawful,)),
        (two, Way.GO_ON, (replace(OTHER, accepted=False),)),
    ):
        with pytest.raises(Refusal) as refusal:
            settled(held, way, known, at)
        assert refusal.value.code == "CASE_DEVICE_INVALID"
    with pytest.raises(Refusal) as refusal:
        settled(alone, Way.REVOKE, (walk.EXHIBIT,), at)
    assert refusal.value.code == "CASE_TRANSITION_NOT_ALLOWED"

    on = settled(two, Way.GO_ON, (OTHER,), at)
    kept = settled(alone, Way.KEEP, (walk.EXHIBIT,), at)
    assert (on.exhibits, open_tasks(on)) == ((OTHER,), ())
    assert (kept.exhibits[0].device_lawful, open_tasks(kept)) == (True, ())
    require_decidable(walk.question(on, at), hand=walk.HEAD)


@pytest.mark.parametrize("hand", [walk.FIRST, replace(walk.HEAD, officer_id=walk.REVIEWERS[0])])
def test_who_accepted_the_capture_or_investigates_does_not_settle_it(hand: Any) -> None:
    case, at = walk.walked_to(State.DEFENCE_REVIEW)

    with pytest.raises(Refusal) as refusal:
        settle(shaken(case, at), 1, Way.KEEP, (walk.EXHIBIT,), reason=walk.KEPT, hand=hand, at=at)

    assert refusal.value.code == "ROLE_CONFLICT"


def test_a_task_is_overdue_after_its_last_day_and_once() -> None:
    case, at = walk.walked_to(State.ARCHIVED)
    case = shaken(case, at)
    last = end_of(case.invalidations[0].settle_by)

    assert passed(case, at=last - timedelta(seconds=1)) == ()
    (overdue,) = passed(case, at=last)
    assert passed(after(case, overdue), at=last) == ()


@pytest.mark.law(APL_41_1)
def test_a_case_before_its_decision_ends_without_a_violation_and_no_other_way() -> None:
    case, at = walk.walked_to(State.PRIOR_NOTICE_SERVED)
    case = shaken(case, at)
    case = replace(case, defences=())

    def ended(outcome: Outcome) -> Any:
        return decide_no_penalty(
            case, outcome=outcome, document_id=walk.DECISION, sha256_hex=walk.SHA, reasons=walk.KEPT,
            hand=walk.HEAD, terms=walk.TERMS, at=at,
        )  # fmt: skip

    with pytest.raises(Refusal):
        ended(Outcome.TIME_BARRED)
    decided = after(case, ended(Outcome.NO_VIOLATION))
    for fact in settled_with(decided, Way.NO_PENALTY, by=walk.HEAD.officer_id, at=at):
        decided = after(decided, fact)
    assert (decided.state, open_tasks(decided)) == (State.DECIDED, ())


@settings(deadline=None, max_examples=60)
@given(st.lists(st.sampled_from(["on", "mark", "keep", "go on", "revoke", "correct"]), max_size=40))
def test_no_row_of_accepted_acts_ends_in_a_penalty_on_an_invalid_device(acts: list[str]) -> None:
    """Wherever a mark falls: no decision is made, served or closed on it, and a lawful end stays in reach."""
    case, at, invalid = walk.opened(), walk.NOON, False
    for act in acts:
        at += timedelta(hours=1)
        known = tuple(replace(each, device_lawful=not invalid) for each in case.exhibits)
        try:
            if act == "on":
                facts: Any = walk.steps(case, at)
            elif act == "mark":
                invalid = True
                fact = note_mark(case, replace(MARK, source=f"r{at}"), terms=walk.TERMS, at=at)
                facts = [fact] if fact else []
            elif act in ("keep", "go on"):
                way = Way.KEEP if act == "keep" else Way.GO_ON
                number = next((task.number for task in open_tasks(case)), 1)
                facts = [settle(case, number, way, known, reason=walk.KEPT, hand=walk.HEAD, at=at)]
            elif act == "revoke":
                facts, case = walk.amended(case, at), walk.passed(case, at)
            else:
                pair = (Pair(Place.PLACE_NAME, "交差口", "交叉口"),)
                facts = [
                    correct(
                        case, pair, document_id=walk.NOTICE, sha256=walk.SHA, committed=walk.KEPT,
                        hand=walk.HEAD, terms=walk.TERMS, at=at,
                    )
                ]  # fmt: skip
        except Refusal:
            continue
        before = case.state
        for fact in facts:
            case = after(case, fact)
        if invalid and case.state is not before:
            assert case.state not in (State.DECIDED, State.CLOSED, State.ARCHIVED) or case.amendments

    for _ in range(60):
        at += timedelta(hours=1)
        if case.state in (State.ARCHIVED, State.NOT_FILED) and not open_tasks(case):
            return
        case = onward(case, at)
    raise AssertionError(f"no lawful end from {case.state}")


def onward(case: Case, at: datetime) -> Case:
    """One act further towards a lawful end: what is open is settled by one of its ways."""
    if open_tasks(case):
        last = ways(case)[-1]
        if last is Way.END_LEAD:
            by = walk.LEAD.officer_id
            case = walk.not_filed(case, at)
        elif last is Way.REVOKE:
            for fact in walk.amended(case, at):
                case = after(case, fact) if case.amendments else after(walk.passed(case, at), fact)
            return case
        else:
            by = walk.HEAD.officer_id
            if case.state in (State.FILED, State.INVESTIGATING):
                # A report may still be signed: it decides nothing.
                return after(case, walk.steps(case, at)[0])
            answered = tuple(replace(each, answered=True) for each in case.defences)
            fact_of = decide_no_penalty(
                replace(case, defences=answered), outcome=Outcome.NO_VIOLATION, document_id=walk.DECISION,
                sha256_hex=walk.SHA, reasons=walk.KEPT, hand=walk.HEAD, terms=walk.TERMS, at=at,
            )  # fmt: skip
            case = after(case, fact_of)
        for settlement in settled_with(case, last, by=by, at=at):
            case = after(case, settlement)
        return case
    for fact in walk.steps(case, at):
        case = after(case, fact)
    return case
