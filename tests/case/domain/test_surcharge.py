"""The surcharge for late payment (APL 72, 73; AEL 45) against the published vectors, and its properties."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from case.domain.surcharge import surcharge_fen
from common.values.calendar import Stop
from common.values.law import AEL_45, APL_72

VECTORS: list[dict[str, Any]] = json.loads(
    (Path(__file__).parents[2] / "vectors" / "deadlines.json").read_text("utf-8")
)["surcharges"]


@pytest.mark.law(APL_72)
@pytest.mark.parametrize("vector", VECTORS, ids=lambda v: v["id"])
def test_a_surcharge_is_what_the_published_vector_says(vector: dict[str, Any]) -> None:
    due, paid = date.fromisoformat(vector["due"]), date.fromisoformat(vector["paid"])

    assert surcharge_fen(vector["fine_fen"], due_on=due, paid_on=paid) == vector["surcharge_fen"]


def test_no_surcharge_runs_while_a_remedy_is_open() -> None:
    due = date(2025, 10, 9)
    remedy = Stop("RECONSIDERATION", date(2025, 10, 11), date(2025, 10, 13))

    assert surcharge_fen(20000, due_on=due, paid_on=date(2025, 10, 13), stops=(remedy,)) == 1200
    assert surcharge_fen(20000, due_on=due, paid_on=due) == 0


@pytest.mark.law(APL_72, AEL_45)
@given(st.integers(1, 10**9), st.dates(date(2024, 1, 1), date(2027, 12, 31)), st.integers(0, 400))
def test_a_surcharge_grows_by_the_day_and_never_passes_the_fine(fine: int, due: date, days: int) -> None:
    today = surcharge_fen(fine, due_on=due, paid_on=due + timedelta(days=days))
    tomorrow = surcharge_fen(fine, due_on=due, paid_on=due + timedelta(days=days + 1))

    assert 0 <= today <= tomorrow <= fine
