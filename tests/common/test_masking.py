"""Names and number plates as they are shown to a reader who may not see them in full."""

from __future__ import annotations

import pytest

from common.values.masking import masked_name, masked_plate


@pytest.mark.parametrize(
    ("plate", "shown"),
    [
        ("苏A12345", "苏A·1**45"),
        ("苏A·12345", "苏A·1**45"),
        ("沪AD12345", "沪A·D***45"),
        ("苏A123", "苏****"),
        ("粤", "粤"),
        (None, None),
    ],
)
def test_a_plate_is_masked_in_the_same_way_everywhere(plate: str | None, shown: str | None) -> None:
    assert masked_plate(plate) == shown


@pytest.mark.parametrize(
    ("name", "shown"), [("张伟", "张*"), ("王小明", "王**"), ("欧阳小明", "欧阳**"), ("欧阳", "欧*")]
)
def test_a_masked_name_keeps_the_surname(name: str, shown: str) -> None:
    assert masked_name(name) == shown
