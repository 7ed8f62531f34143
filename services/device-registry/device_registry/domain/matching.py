"""Which device of the register a row of an inventory is.

A device is the same one if the same source names it by the same code, or else by the same number of the agency, or
else by the same place. A corrected file then changes the devices that it corrects, and brings no others. In this order:

    1  all that is claimed        4  place with coordinates
    2  code of 20 digits          5  place, where coordinates are new or were corrected
    3  number of the agency       6  coordinates, where the place was corrected: only one device and one row have them

Two rows with the same place are two devices, and are paired in the order of the files. A row and a device that both
have a code, or both a number, and not the same one, are never paired by their place.
"""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from hashlib import sha256

from common.values.ids import DeviceId
from device_registry.domain.cells import Claims
from device_registry.domain.columns import Column


@dataclass(frozen=True)
class Stored:
    """A device that the source named before, and what it claimed of it."""

    device_id: DeviceId
    claims: Claims


def normalised(place: str) -> str:
    """A place as it is compared: compatibility forms folded, no blanks, small letters."""
    return "".join(unicodedata.normalize("NFKC", place).lower().split())


def identity(claims: Claims, source: str) -> bytes:
    """SHA-256 over what names the device in its source: its code, its number, its place and its coordinates."""
    named = (Column.DEVICE_CODE, Column.OWN_NUMBER, Column.PLACE, Column.LONGITUDE, Column.LATITUDE)
    key = [source, *(claims.get(column, "") for column in named)]
    key[3] = normalised(key[3])
    return sha256("\x1f".join(key).encode()).digest()


Key = Callable[[Claims], Hashable | None]


def match(rows: Sequence[Claims], stored: Sequence[Stored]) -> list[DeviceId | None]:
    """The device of each row; None for a row that brings a new one."""
    found: list[DeviceId | None] = [None] * len(rows)
    left = dict(enumerate(rows))
    waiting = {each.device_id: each.claims for each in stored}
    for key, is_alone in (
        (_everything, False),
        (_code, False),
        (_number_and_place, False),
        (_number, False),
        (_place_and_point, False),
        (_place, False),
        (_point, True),
    ):
        by_key: dict[Hashable, list[DeviceId]] = defaultdict(list)
        for device_id, claims in waiting.items():
            if (value := key(claims)) is not None:
                by_key[value].append(device_id)
        rows_of: dict[Hashable, list[int]] = defaultdict(list)
        for at, claims in left.items():
            if (value := key(claims)) is not None and value in by_key:
                rows_of[value].append(at)
        for value, ats in rows_of.items():
            devices = by_key[value]
            if is_alone and (len(ats) > 1 or len(devices) > 1):
                continue
            _pair(ats, devices, left, waiting, found)
    return found


def _pair(
    ats: list[int],
    devices: list[DeviceId],
    left: dict[int, Claims],
    waiting: dict[DeviceId, Claims],
    found: list[DeviceId | None],
) -> None:
    """Pair rows and devices of one key in their order, passing over those that contradict each other."""
    free = list(devices)
    for at in ats:
        device_id = next((each for each in free if not _contradict(left[at], waiting[each])), None)
        if device_id is None:
            continue
        free.remove(device_id)
        found[at] = device_id
        del left[at], waiting[device_id]


def _contradict(row: Claims, device: Claims) -> bool:
    number = row.get(Column.OWN_NUMBER), device.get(Column.OWN_NUMBER)
    if all(number):
        return number[0] != number[1]
    code = row.get(Column.DEVICE_CODE), device.get(Column.DEVICE_CODE)
    return all(code) and code[0] != code[1]


def _everything(claims: Claims) -> Hashable:
    return frozenset(claims.items())


def _code(claims: Claims) -> Hashable | None:
    return claims.get(Column.DEVICE_CODE)


def _number(claims: Claims) -> str | None:
    return claims.get(Column.OWN_NUMBER)


def _number_and_place(claims: Claims) -> Hashable | None:
    number = _number(claims)
    return (number, _place_and_point(claims)) if number else None


def _place(claims: Claims) -> Hashable | None:
    return normalised(claims[Column.PLACE]) if Column.PLACE in claims else None


def _point(claims: Claims) -> Hashable | None:
    point = claims.get(Column.LONGITUDE), claims.get(Column.LATITUDE)
    return point if all(point) else None


def _place_and_point(claims: Claims) -> Hashable:
    return (
        _place(claims),
        claims.get(Column.LONGITUDE),
        claims.get(Column.LATITUDE),
        claims.get(Column.DIRECTION),
    )
