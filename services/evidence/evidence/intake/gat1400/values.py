"""One field of an object each: texts, numbers, times, colours and codes, as devices write them.

A value that cannot be read is None with a flag. A value that the list of the standard lacks is kept with a flag where
it stays sealed; where it would enter a record it is None, because a record holds no free text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import ROUND_DOWN, Decimal
from typing import Any, Final

from common.values.clock import BEIJING
from evidence.domain.capture import Flag
from evidence.domain.measurement import Measured, Quantity

LONGEST_ID: Final = 512
"""An id of more characters does not fit into the index of captures; the standard knows ids of 48 digits."""

_COLOURS: Final = dict(zip("黑白灰红蓝黄橙棕绿紫青粉", map(str, range(1, 13)), strict=True)) | {
    "透明": "13",
    "其他": "99",
}
_COLOUR_CODES: Final = frozenset(map(str, range(1, 14))) | {"99"}
_TWO_COLOURS: Final = {
    "渐变绿": "渐变绿",
    "绿渐变": "渐变绿",
    "绿白渐变": "渐变绿",
    "黄绿": "黄绿",
    "黄绿双拼": "黄绿",
    "黄绿双": "黄绿",
}
"""The plates of new-energy vehicles (GA 36-2018), for which ColorType has no code: small ones, large ones."""

_DIRECTIONS: Final = frozenset("123456789")
_WHOLE: Final = re.compile(r"[0-9]{1,12}(?:\.0*)?")
_SPEED: Final = re.compile(r"([0-9]{1,3}(?:\.[0-9]{1,20})?)(\s*km/?h)?", re.IGNORECASE)
_FASTEST: Final = 300
_AMOUNT: Final = re.compile(r"[0-9]{1,7}(?:\.[0-9]{1,2})?")
_UNITS: Final = {"SPEED": "km/h", "WEIGHT": "kg"}
_LANES: Final = 32
_CLASS: Final = re.compile(r"[A-Z]?[0-9]{1,2}")
_VIOLATION: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,31}")


def text(value: Any, flags: set[Flag], longest: int) -> str | None:
    """`value` as text that the database can hold; None for nothing, "" or a structure."""
    if value is None or isinstance(value, dict | list | bool):
        return None
    written = str(value).strip()
    clean = "".join(c for c in written if c.isprintable())[:longest]
    if clean != written:
        flags.add(Flag.TEXT_REPAIRED)
    return clean or None


def whole(value: Any, flags: set[Flag], most: int = 2**31 - 1) -> int | None:
    """A whole number from 0 to `most`, as a number or as text; None for "", or with a flag."""
    if value is None or value == "":
        return None
    exact = None
    if isinstance(value, str):
        exact = Decimal(value.strip()) if _WHOLE.fullmatch(value.strip()) else None
    elif isinstance(value, int | Decimal) and not isinstance(value, bool):
        exact = Decimal(value)
    # The exponent is checked before the number is expanded: 1e999999999 as an integer is a gigabyte of digits.
    if exact is not None and 0 <= exact <= most and exact == exact.to_integral_value():
        return int(exact)
    flags.add(Flag.VALUE_UNREADABLE)
    return None


# ---- times --------------------------------------------------------------------------------------------


def moment(value: Any, flags: set[Flag]) -> datetime | None:
    """A device's time as an instant: Beijing time unless it names a zone. None for "", or with a flag.

    The form of the standard is yyyyMMddHHmmss; any other form that can be read is flagged.
    """
    if value is None or value == "":
        return None
    written = str(value).strip()
    if (at := fourteen(written)) is not None:
        return at
    at = _other_form(written)
    flags.add(Flag.TIME_FORMAT if at else Flag.TIME_UNREADABLE)
    return at


def fourteen(digits: str) -> datetime | None:
    """The instant of yyyyMMddHHmmss in Beijing; None for anything else."""
    return _sane(digits) if len(digits) == 14 and digits.isascii() and digits.isdigit() else None


def _other_form(written: str) -> datetime | None:
    if written.isascii() and written.isdigit():
        if len(written) == 17:
            second = _sane(written[:14])
            return second + timedelta(milliseconds=int(written[14:])) if second else None
        if len(written) in (10, 13):
            seconds, rest = divmod(int(written), 1000) if len(written) == 13 else (int(written), 0)
            at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds, milliseconds=rest)
            return at if 1990 <= at.year <= 2099 else None
        return None
    try:
        at = datetime.fromisoformat(written.replace("/", "-"))
    except ValueError:
        return None
    if not 1990 <= at.year <= 2099:
        return None
    return (at if at.tzinfo else at.replace(tzinfo=BEIJING)).astimezone(UTC)


def _sane(digits: str) -> datetime | None:
    try:
        at = datetime.strptime(f"{digits} +0800", "%Y%m%d%H%M%S %z")
    except ValueError:
        return None
    return at.astimezone(UTC) if 1990 <= at.year <= 2099 else None


# ---- what the vehicle is and how it passed ------------------------------------------------------------


def colour(value: Any, flags: set[Flag]) -> str | None:
    """The code of ColorType, by code or by Chinese name; the words 渐变绿 or 黄绿, for which it has none; or None.

    Letters and the numbers of other lists are not read: JT/T 697.7 and GA 24.8 give the same signs other meanings, so
    a guess would change the car's colour.
    """
    written = text(value, flags, 16)
    if written is None:
        return None
    bare = written.removesuffix("色")
    if bare in _TWO_COLOURS:
        flags.add(Flag.VALUE_OUTSIDE_LIST)
        return _TWO_COLOURS[bare]
    code = _COLOURS.get(bare, written)
    if code in _COLOUR_CODES:
        return code
    flags.add(Flag.VALUE_UNREADABLE)
    return None


def plate_class(value: Any, flags: set[Flag]) -> str | None:
    """The kind of plate (GA/T 16.7, two digits); other words are kept, with a flag."""
    written = text(value, flags, 16)
    if written is not None and not re.fullmatch(r"[0-9]{2}", written):
        flags.add(Flag.VALUE_OUTSIDE_LIST)
    return written


def vehicle_class(value: Any, flags: set[Flag]) -> str | None:
    """The class of vehicle (GA 24.4, K33), or the short number that some devices send; None with a flag for words."""
    written = text(value, flags, 16)
    if written is None or _CLASS.fullmatch(written):
        return written
    if _CLASS.fullmatch(written.upper()):
        flags.add(Flag.TEXT_REPAIRED)
        return written.upper()
    flags.add(Flag.VALUE_UNREADABLE)
    return None


def direction(value: Any, flags: set[Flag]) -> str | None:
    """HDirectionType of GA/T 1400, 1 to 9. GB/T 28181 numbers the diagonals differently, and nothing tells which list a
    device means: the digit is taken as this standard's, and no word is guessed at."""
    written = text(value, flags, 16)
    if written is None or written in _DIRECTIONS:
        return written
    flags.add(Flag.VALUE_UNREADABLE)
    return None


def lane(value: Any, flags: set[Flag]) -> int | None:
    """The number of the lane, 0 to 32."""
    return whole(value, flags, most=_LANES)


def speed(value: Any, flags: set[Flag]) -> Measured | None:
    """The speed in km/h, 0 to 300, with two places: further ones are cut off with a flag, in favour of the driver."""
    if value is None or value == "":
        return None
    if isinstance(value, Decimal | int) and not isinstance(value, bool):
        number = Decimal(value)
        # A tiny number is not expanded either: 1e-999999999 has a gigabyte of zeros.
        written = f"{number:f}" if 0 <= number <= _FASTEST and number.adjusted() >= -20 else ""
    else:
        written = value.strip() if isinstance(value, str) else ""
    match = _SPEED.fullmatch(written[:64])
    if match is None or Decimal(match[1]) > _FASTEST:
        flags.add(Flag.VALUE_UNREADABLE)
        return None
    if match[2]:
        flags.add(Flag.TEXT_REPAIRED)
    exact = Decimal(match[1])
    cut = exact.quantize(Decimal("0.01"), ROUND_DOWN)
    if cut != exact:
        flags.add(Flag.VALUE_CUT)
    return Measured(Quantity.SPEED, cut if len(match[1].partition(".")[2]) > 2 else exact, "km/h")


def measured(thing: Mapping[str, Any], flags: set[Flag]) -> Measured | None:
    """The measured value: in our extra keys X-MeasuredQuantity, -Value and -Unit, or else in Speed.

    The standard has a field for the speed alone. A quantity in a unit that is not its own is none, with a flag, and so
    is a speed above 300. A Speed that says another speed is flagged.
    """
    names = [text(thing.get(f"x-measured{part}"), flags, 16) for part in ("quantity", "value", "unit")]
    if not any(names):
        return speed(thing.get("speed"), flags)
    quantity, value, unit = ((name or "") for name in names)
    if _UNITS.get(quantity.upper()) != unit.lower() or not _AMOUNT.fullmatch(value):
        flags.add(Flag.VALUE_UNREADABLE)
        return None
    found = Measured(Quantity(quantity.upper()), Decimal(value), unit.lower())
    if found.quantity is Quantity.SPEED:
        if found.value > _FASTEST:
            flags.add(Flag.VALUE_UNREADABLE)
            return None
        plain = speed(thing.get("speed"), flags)
        if plain is not None and plain.value != found.value:
            flags.add(Flag.MEASURED_DIFFERS)
    return found


def violation(value: Any, flags: set[Flag]) -> str | None:
    """The code of the violation: no field of the standard; vendors' templates and ours send it as an extra key."""
    code = text(value, flags, 64)
    if code is not None and not _VIOLATION.fullmatch(code):
        flags.add(Flag.VALUE_UNREADABLE)
        return None
    return code
