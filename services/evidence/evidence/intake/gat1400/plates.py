"""The plate of a vehicle as a device wrote it (GA 36): its one spelling, words that mean no plate, its grammar.

    "苏ａ·12345" ──one spelling──▶ 苏A12345 (PLATE_NORMALISED; the text as written stays beside it)
    "无车牌", "unknown", "000000" ──▶ no plate (NO_PLATE)
    "苏A1-345"   a sign that the device could not read ──▶ kept (PLATE_PARTIAL)
    "TEST001"    no plate of this country ──▶ kept as the device's words (PLATE_FORM): it may be a foreign vehicle

Nothing is corrected: an O in the place of a 0 is a word of the device, and a reviewer looks at the picture.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

from evidence.domain.capture import Flag
from evidence.intake.gat1400.values import text

LONGEST: Final = 32

_HALF_WIDTH: Final = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: " "}
_BETWEEN: Final = re.compile(r"[\s.·•・‧∙⋅●]")
_NO_PLATE: Final = frozenset((
    "无车牌", "无牌", "无牌车", "无号牌", "无牌照", "无", "未知", "未识别", "未识别到车牌", "无法识别", "未检出",
    "未检测到", "未悬挂", "未悬挂号牌", "没有车牌", "空", "车牌", "默认",
    "UNKNOWN", "UNKNOW", "NOPLATE", "NOTPLATE", "NULL", "NONE", "NIL", "NAN", "NA", "NO", "UNDEFINED", "UNLICENSED",
    "UNRECOGNIZED", "UNRECOGNISED", "NOTRECOGNIZED", "INVALID", "EMPTY",
))  # fmt: skip
_FILLING: Final = re.compile(r"[-_*?#/()\[\]]")
_UNREAD: Final = re.compile(r"[-*?#_]")

_PLACES: Final = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
_SIGN: Final = "A-HJ-NP-Z0-9"  # the letters I and O are not issued
_FORMS: Final = tuple(
    re.compile(form.replace("省", f"[{_PLACES}]").replace("字", f"[{_SIGN}]"))
    for form in (
        r"省[A-Z]字{5}",  # cars, lorries, motorcycles
        r"省[A-Z]字{4}[学挂警港澳领试超]",  # training, trailer, police, Hong Kong, Macao, consulate, on trial
        r"省[A-Z][A-HJK]字[0-9]{4}",  # new energy, small: the first letter is its kind of drive
        r"省[A-Z][0-9]{5}[A-HJK]",  # new energy, large
        r"省[A-Z][0-9]{4}应急",  # fire and rescue
        r"省[0-9]{2}字{5}",  # tractors
        r"[0-9]{6}使|使[0-9]{6}",  # embassies
        r"省?[0-9]{4,5}领|领[0-9]{6}",  # consulates, older form
        r"WJ省?[0-9]{4}[0-9A-Z]|WJ[0-9]{2}[0-9A-Z]{4,5}",  # armed police
        r"[A-Z]{2}[0-9]{5}",  # armed forces
        r"民航[0-9A-Z]{5}",  # airports
    )
)
_ANY: Final = "A0"
"""A sign that was not read could be a letter or a digit."""


@dataclass(frozen=True)
class Plate:
    """`number` in its one spelling, None for no plate; `written` is the device's text where it differs."""

    number: str | None
    written: str | None


def read(value: Any, flags: set[Flag], *, has_grammar: bool = True) -> Plate:
    """The plate in `value`. `has_grammar` is False for vehicles whose plates each city designs: electric bicycles."""
    written = text(value, flags, LONGEST)
    if written is None:
        return Plate(None, None)
    number = _BETWEEN.sub("", written.translate(_HALF_WIDTH)).upper()
    if _means_none(number):
        flags.add(Flag.NO_PLATE)
        return Plate(None, written)
    if number != written:
        flags.add(Flag.PLATE_NORMALISED)
    if _UNREAD.search(number):
        flags.add(Flag.PLATE_PARTIAL)
    if has_grammar and not _is_plate(number):
        flags.add(Flag.PLATE_FORM)
    return Plate(number, written if written != number else None)


def _means_none(number: str) -> bool:
    bare = _FILLING.sub("", number)
    return not bare.strip("0") or number in _NO_PLATE or bare in _NO_PLATE


def _is_plate(number: str) -> bool:
    unread = len(_UNREAD.findall(number))
    if not unread:
        return any(form.fullmatch(number) for form in _FORMS)
    # The place may be the sign that was not read, so it is tried as one too.
    guesses = {_UNREAD.sub(sign, number) for sign in _ANY} | {_PLACES[0] + _UNREAD.sub("0", number[1:])}
    return any(form.fullmatch(guess) for form in _FORMS for guess in guesses)
