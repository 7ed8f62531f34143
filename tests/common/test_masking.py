"""Names and number plates as they are shown to a reader who may not see them in full."""

from __future__ import annotations

import pytest

from common.values.masking import masked_address, masked_identity, masked_name, masked_plate


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


def test_an_identity_number_keeps_neither_its_birthday_nor_its_end() -> None:
    assert masked_identity("320102199001010012") == "320*************12"


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("南京市玄武区中山路1号", "南京市玄武区中山路***"),
        ("示范市黄浦区示范大道9号3室", "示范市黄浦区示范大道***"),
        ("示范省示范县示范村三组", "示范省示范县***"),
    ],
)
def test_an_address_ends_with_its_street(address: str, shown: str) -> None:
    assert masked_address(address) == shown
