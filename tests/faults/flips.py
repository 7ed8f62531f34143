"""One flipped bit in a value of whatever type a column has, the way a disk or a hand would flip it."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any
from uuid import UUID

_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)


def flipped(value: Any, random: Random) -> Any:
    """`value` with one bit changed, still of its type. Raises TypeError for a type we do not know."""
    match value:
        case bool():
            return not value
        case int():
            return value ^ 1 << random.randrange(15)
        case str():
            return _text(value, random)
        case bytes() | memoryview():
            return _bytes(bytes(value), random)
        case UUID():
            return UUID(int=value.int ^ 1 << random.randrange(128))
        case datetime():
            return _EPOCH + timedelta(
                microseconds=(value - _EPOCH) // timedelta(microseconds=1) ^ 1 << random.randrange(50)
            )
        case date():
            return date.fromordinal(value.toordinal() ^ 1 << random.randrange(12))
        case Decimal():
            exponent = value.as_tuple().exponent
            assert isinstance(exponent, int)
            return Decimal(int(value.scaleb(-exponent)) ^ 1 << random.randrange(12)).scaleb(exponent)
        case list():
            return _element(value, random)
        case dict():
            return _entry(value, random)
    raise TypeError(f"cannot flip a bit of a {type(value).__name__}")


def _text(value: str, random: Random) -> str:
    if not value:
        return "\x01"
    at = random.randrange(len(value))
    return _first(
        lambda: value[:at] + chr(ord(value[at]) ^ 1 << random.randrange(7)) + value[at + 1 :], _is_storable
    )


def _is_storable(text: str) -> bool:
    return "\0" not in text and not any(0xD800 <= ord(c) < 0xE000 for c in text)


def _first(make: Callable[[], str], good: Callable[[str], bool]) -> str:
    while not good(text := make()):
        pass
    return text


def _bytes(value: bytes, random: Random) -> bytes:
    if not value:
        return b"\x01"
    at = random.randrange(len(value))
    return value[:at] + bytes([value[at] ^ 1 << random.randrange(8)]) + value[at + 1 :]


def _element(value: list[Any], random: Random) -> list[Any]:
    if not value:
        return ["\x01"]
    at = random.randrange(len(value))
    return [*value[:at], flipped(value[at], random), *value[at + 1 :]]


def _entry(value: dict[str, Any], random: Random) -> dict[str, Any]:
    if not value:
        return {"\x01": None}
    key = random.choice(sorted(value))
    if value[key] is None:
        return {**value, key: "\x01"}
    changed: dict[str, Any] = json.loads(json.dumps({**value, key: flipped(value[key], random)}))
    return changed
