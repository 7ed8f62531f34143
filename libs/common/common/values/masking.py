"""Masks personal data for a reader who may not see it in full."""

from __future__ import annotations

import re
from typing import Final

_MARK: Final = "*"
_PAIRS: Final = (
    "欧阳太史端木上官司马东方独孤南宫万俟闻人夏侯诸葛尉迟公羊赫连澹台皇甫宗政濮阳公冶太叔申屠"
    "公孙慕容仲孙钟离长孙宇文司徒鲜于司空令狐百里呼延东郭南门西门"
)
_DOUBLE_SURNAMES: Final = frozenset(_PAIRS[i : i + 2] for i in range(0, len(_PAIRS), 2))

_STREET: Final = re.compile(r"[^0-9]{2,}?(?:大道|大街|路|街|巷|道|镇|乡)(?![县市区])")


def masked_name(name: str) -> str:
    """The name of a natural person, with its surname alone: 张伟 is `张*`, 欧阳小明 is `欧阳**`."""
    surname = 2 if name[:2] in _DOUBLE_SURNAMES and len(name) > 2 else 1
    return name[:surname] + _MARK * (len(name) - surname)


def masked_number(number: str) -> str:
    """`number` without its last six characters, which a party types to open its case: 310101199001******."""
    return number[:-6] + "*" * len(number[-6:])


def masked_plate(plate: str | None) -> str | None:
    """A number plate: 苏A12345 is `苏A·1**45`. Of a plate that is too short for that, only the province is shown."""
    if plate is None:
        return None
    head, rest = plate[:2], plate[2:].removeprefix("·")
    if len(rest) < 4:
        return head[:1] + _MARK * (len(plate) - 1)
    return f"{head}·{rest[0]}{_MARK * (len(rest) - 3)}{rest[-2:]}"


def masked_phone(number: str | None) -> str | None:
    """A telephone number with its first three and last two digits: 13800001234 is `138******34`."""
    if number is None:
        return None
    return number[:3] + _MARK * max(len(number) - 5, 1) + number[-2:]


def masked_email(address: str | None) -> str | None:
    """An address of electronic mail: the first character, and the system: `z***@example.cn`."""
    if address is None:
        return None
    local, _, system = address.rpartition("@")
    return f"{local[:1]}{_MARK * 3}@{system}"


def masked_identity(number: str) -> str:
    """An identity number with its first three and last two characters: `320*************12`."""
    return number[:3] + _MARK * max(len(number) - 5, 1) + number[-2:]


def masked_address(address: str) -> str:
    """An address to the level of the street: 南京市玄武区中山路1号 is `南京市玄武区中山路***`.

    Where no street is found, the first six characters are shown.
    """
    found = _STREET.match(address)
    return (found[0] if found else address[:6]) + _MARK * 3
