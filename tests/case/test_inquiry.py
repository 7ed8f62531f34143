"""What a case makes of what other services say of its captures."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from case.inquiry import exhibit_of
from evidence.contract import CaptureView


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
