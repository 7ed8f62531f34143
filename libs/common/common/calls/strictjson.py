"""JSON of a token, read as strictly as its signature: one reading, whoever reads it."""

from __future__ import annotations

import json
import re
from typing import Any, Final, NoReturn

_MAX_DEPTH: Final = 4
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')


def strict_json(data: bytes) -> dict[str, Any]:
    """The object in `data`: each name once, no float, no lone surrogate, four levels. Raises ValueError for others."""
    text = data.decode()
    # Check the depth before the parser recurses. Fewer openings than that cannot be too deep, strings and all.
    if text.count("[") + text.count("{") > _MAX_DEPTH:
        depth = 0
        for bracket in re.findall(r"[\[{\]}]", _STRING.sub("", text)):
            depth += 1 if bracket in "[{" else -1
            if depth > _MAX_DEPTH:
                raise ValueError("a token is four levels deep at most")
    value: dict[str, Any] = json.loads(
        text, object_pairs_hook=_unique, parse_float=_refuse, parse_constant=_refuse
    )
    if type(value) is not dict:
        raise ValueError("a token is an object")  # noqa: TRY004
    if "\\u" in text:
        # Only an escape makes a lone surrogate, which cannot be encoded.
        json.dumps(value, ensure_ascii=False).encode()
    return value


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len({name for name, _ in pairs}) != len(pairs):
        raise ValueError("a token names each claim once")
    return dict(pairs)


def _refuse(_: str) -> NoReturn:
    raise ValueError("a token holds no float")
