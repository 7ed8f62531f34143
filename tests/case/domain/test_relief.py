"""What is late while a plan runs, and from when the court may be asked (APL 66(2), 72; AEL 53)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from case.domain.contents import Payment
from case.domain.money import Part, Relief
from case.domain.procedure import Case, State
from case.domain.relief import Performing, late_fen, performing
from case.domain.surcharge import surcharge_fen
from common.values.law import APL_66_2, APL_72
from tests.case.domain import walk

DUE = date(2025, 10, 9)
PLAN = Relief(
    1,
    (Part(date(2025, 11, 10), 4000, "1"), Part(date(2025, 12, 10), 6000, "2")),
    walk.NOON,
    granted=True,
    from_on=date(2025, 10, 13),
    granted_at=datetime(2025, 10, 13, tzinfo=UTC),
)


@pytest.mark.law(APL_66_2, APL_72)
@pytest.mark.parametrize(
    ("paid_on", "fen"),
    [
        (date(2025, 10, 12), 900),  # three days late before the plan counts
        (date(2025, 10, 13), 900),
        (date(2025, 11, 10), 900),  # nothing is late while the plan runs
        (date(2025, 11, 11), 900 + 120),  # the first part was missed: 3 % of 40 yuan
        (date(2025, 11, 20), 900 + 1200),
        (date(2025, 12, 11), 900 + 31 * 120 + 180),  # the second as well
        (date(2026, 12, 31), 10_000),  # never more than the fine
    ],
    ids=str,
)
def test_a_surcharge_stands_still_while_a_plan_runs_and_starts_again_on_the_part_that_is_missed(
    paid_on: date, fen: int
) -> None:
    assert surcharge_fen(10_000, due_on=DUE, paid_on=paid_on, plans=(PLAN,)) == fen


@given(st.integers(0, 200), st.lists(st.integers(1, 60), min_size=1, max_size=12))
def test_a_plan_never_makes_a_surcharge_larger(days: int, steps: list[int]) -> None:
    """Whatever the plan, nobody owes more by it than without it."""
    last, parts = DUE, []
    for step in steps:
        last += timedelta(days=step)
        parts.append(Part(last, 10_000 // len(steps)))
    parts[-1] = replace(parts[-1], amount_fen=10_000 - sum(part.amount_fen for part in parts[:-1]))
    plan = Relief(1, tuple(parts), walk.NOON, granted=True, from_on=DUE)
    paid_on = DUE + timedelta(days=days)

    with_plan = surcharge_fen(10_000, due_on=DUE, paid_on=paid_on, plans=(plan,))

    assert with_plan <= surcharge_fen(10_000, due_on=DUE, paid_on=paid_on)


def case_with(*reliefs: Relief) -> Case:
    case, _ = walk.walked_to(State.PERFORMING)
    return replace(case, payment=Payment("0" * 20, 10_000, DUE), reliefs=reliefs)


@pytest.mark.parametrize(
    ("on", "without", "by_plan"),
    [
        (date(2025, 10, 9), Performing.AWAITING, Performing.INSTALMENT),
        (date(2025, 10, 10), Performing.OVERDUE, Performing.INSTALMENT),
        (date(2025, 11, 10), Performing.OVERDUE, Performing.INSTALMENT),
        (date(2025, 11, 11), Performing.OVERDUE, Performing.OVERDUE),
    ],
    ids=str,
)
def test_where_a_case_stands_follows_from_its_days(
    on: date, without: Performing, by_plan: Performing
) -> None:
    assert performing(case_with(), on) is without
    assert performing(case_with(PLAN), on) is by_plan
    one = replace(PLAN, parts=(Part(date(2025, 12, 10), 10_000, "1"),))
    assert performing(case_with(one), date(2025, 12, 10)) is Performing.DEFERRED
    assert late_fen(case_with(one), date(2025, 12, 11)) == 10_000


def test_a_case_in_another_state_stands_nowhere() -> None:
    case, _ = walk.walked_to(State.PERFORMED)

    assert performing(case, DUE) is None
