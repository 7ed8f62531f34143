"""What a case makes of what other services say of its captures."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from case.inquiry import exhibit_of
from common.values.errors import Refusal
from common.values.law import METROLOGY_9
from evidence.contract import CaptureView, MeasurementView


@pytest.mark.parametrize(
    "state, is_erased, usable",
    [
        ("ACCEPTED", False, True),
        ("FROZEN", False, True),
        ("ACCEPTED", True, False),
        ("REJECTED", False, False),
    ],
)
def test_nothing_rests_on_a_capture_that_was_not_accepted_or_that_was_erased(
    state: str, is_erased: bool, usable: bool
) -> None:
    capture = CaptureView.model_construct(
        id="evd_01jncr8rf9ejkbabfrt8khy52e",
        device_id="dev_01jncragj3fwftzebcc5m1k0cz",
        captured_at=datetime(2025, 3, 3, 1, tzinfo=UTC),
        state=state,
        reviewers=[],
        backed_up=True,
        media=[],
        measurements=[],
        is_erased=is_erased,
    )

    assert exhibit_of(capture, device_lawful=True).accepted is usable


@pytest.mark.law(METROLOGY_9)
@pytest.mark.parametrize("missing", ["value", "error", "deducted"])
def test_a_figure_that_is_missing_is_not_zero(missing: str) -> None:
    figures = {"value": "81", "limit": "60", "error": "4", "deducted": "77"} | {missing: None}
    measurement = MeasurementView.model_construct(
        violation_code="CM-0301", quantity="SPEED", unit="km/h", exceeds=True, **figures
    )
    capture = CaptureView.model_construct(
        id="evd_01jncr8rf9ejkbabfrt8khy52e",
        device_id="dev_01jncragj3fwftzebcc5m1k0cz",
        captured_at=datetime(2025, 3, 3, 1, tzinfo=UTC),
        state="ACCEPTED",
        violation_code="CM-0301",
        reviewers=[],
        backed_up=True,
        media=[],
        measurements=[measurement],
        is_erased=False,
    )

    with pytest.raises(Refusal) as refused:
        exhibit_of(capture, device_lawful=True)

    assert refused.value.code == "CASE_MEASUREMENT_INCOMPLETE"
