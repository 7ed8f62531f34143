"""Texts as a provider wants them: how many segments an SMS has, and placeholders of a configuration."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

ONE_SEGMENT, OF_SEVERAL = 70, 67
"""Characters of UCS-2: alone, and where a header says which part it is."""

_CODE: Final = re.compile(r"[A-Za-z0-9._:/+-]{1,64}")
_PLACE: Final = re.compile(r"\{([a-z_]+(?:\.[\w-]+)?)\}")


def segments_of(text: str) -> int:
    """How many segments the carrier sends and bills. A character outside the basic plane counts twice in UCS-2."""
    units = len(text.encode("utf-16-le")) // 2
    return 1 if units <= ONE_SEGMENT else -(-units // OF_SEVERAL)


def filled(form: Any, values: Mapping[str, Any]) -> Any:
    """`form` with every `{name}` replaced. A form that is one placeholder alone becomes its value, whatever its type.

    Each value is put in once and never looked through again, so a text of a message cannot name another value. Raises
    KeyError for a name that there is none of.
    """
    match form:
        case str():
            whole = _PLACE.fullmatch(form)
            if whole:
                return values[whole[1]]
            return _PLACE.sub(lambda place: str(values[place[1]]), form)
        case dict():
            return {name: filled(value, values) for name, value in form.items()}
        case list():
            return [filled(value, values) for value in form]
    return form


def found(body: Any, path: str) -> Any:
    """The value at a path like `data.0.biz_id` in `body`; None where there is none. The empty path is the body."""
    for step in path.split(".") if path else ():
        if isinstance(body, dict):
            body = body.get(step)
        elif isinstance(body, list) and step.isdigit() and int(step) < len(body):
            body = body[int(step)]
        else:
            return None
    return body


def code_of(value: Any) -> str:
    """A code as text; `-` for anything that is no code. A sentence may hold a number or a name, and codes enter
    records."""
    text = str(value) if isinstance(value, str | int) else ""
    return text if _CODE.fullmatch(text) else "-"
