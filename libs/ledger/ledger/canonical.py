"""The exact bytes of a value that are hashed and signed: RFC 8785 in the profile of `docs/LEDGER.md`.

Keys `[a-z][a-z0-9_]{0,31}`, integers within ±(2^53-1), NFC strings, at most eight levels, no floats; times as
`2026-11-21T08:23:43.120000Z`, bytes as lowercase hex.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import orjson

_KEY = re.compile(r"[a-z][a-z0-9_]{0,31}")
_MAX_INT = 2**53 - 1
_MAX_DEPTH = 8


@lru_cache(maxsize=256)
def instant(at: datetime) -> str:
    """`at` as records write it: UTC, six decimals, `Z`."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def parse_instant(text: str) -> datetime:
    """The instant that a record writes as `text`. Raises ValueError for any other form."""
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)


def canonical(value: Any) -> bytes:
    """The RFC 8785 bytes of `value`. Raises ValueError outside the profile."""
    if not _is_plain(value, 0):
        _require_profile(value, 0)
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def parse_canonical(data: bytes, *, inside: int = 0) -> Any:
    """The value whose canonical bytes are `data`. Raises ValueError if they are not its canonical bytes.

    One comparison refuses duplicate keys, floats and every other spelling of the same value.
    `inside` is the number of levels around the value.
    """
    value = orjson.loads(data)
    # Hot path of the ledger: try the cheap check for ASCII and integers first.
    if not _is_plain(value, inside):
        _require_profile(value, inside)
    if orjson.dumps(value, option=orjson.OPT_SORT_KEYS) != data:
        raise ValueError("these bytes are not the canonical form of what they say")
    return value


def _is_plain(value: Any, depth: int) -> bool:
    """Whether `value` is within the profile and holds only ASCII text, integers, booleans, null and containers."""
    kind = type(value)
    if kind is str:
        return bool(value.isascii())
    if kind is int:
        return bool(-_MAX_INT <= value <= _MAX_INT)
    if kind is dict:
        if depth >= _MAX_DEPTH or not _are_keys(tuple(value)):
            return False
        inner = value.values()
    elif kind is list and depth < _MAX_DEPTH:
        inner = value
    else:
        return value is None or kind is bool
    depth += 1
    for item in inner:
        kind = type(item)
        if kind is str:
            if not item.isascii():
                return False
        elif not _is_plain(item, depth):
            return False
    return True


@lru_cache(maxsize=4_096)
def _are_keys(keys: tuple[Any, ...]) -> bool:
    return all(isinstance(key, str) and _is_key(key) for key in keys)


@lru_cache(maxsize=4_096)
def _is_key(key: str) -> bool:
    return _KEY.fullmatch(key) is not None


def _require_profile(value: Any, depth: int) -> None:
    if depth > _MAX_DEPTH:
        raise ValueError(f"a record nests at most {_MAX_DEPTH} levels deep")
    if type(value) is str and value.isascii():
        return
    match value:
        case None | bool():
            return
        case int():
            if abs(value) > _MAX_INT:
                raise ValueError("an integer in a record lies within ±(2^53-1); write larger ones as text")
        case str():
            # encode() refuses a lone surrogate. NFC is required because two spellings of one text hash differently.
            value.encode()
            if not value.isascii() and not unicodedata.is_normalized("NFC", value):
                raise ValueError("text in a record is in Unicode form NFC")
        case list():
            for item in value:
                _require_profile(item, depth + 1)
        case dict():
            for key, item in value.items():
                if not isinstance(key, str) or not _is_key(key):
                    raise ValueError("a key in a record is [a-z][a-z0-9_]{0,31}")
                _require_profile(item, depth + 1)
        case _:
            raise ValueError(f"a record cannot hold a {type(value).__name__}")
