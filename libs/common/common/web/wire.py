"""The base of every wire model. A request is checked strictly; an answer is plain data.

Python's JSON accepts NaN and infinity, lone surrogates, NUL and other control characters, and pydantic ignores unknown
fields; all of these are refused here. Money is an integer of fen, a coordinate is decimal text.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, date, datetime
from typing import Annotated, Final, Generic, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    StringConstraints,
    WithJsonSchema,
)
from pydantic_core import PydanticCustomError

from common.values.characters import radicals_in

T = TypeVar("T")


def _clean(text: str) -> str:
    if any(unicodedata.category(c) in ("Cs", "Cc") and c not in "\n\t" for c in text):
        raise PydanticCustomError(
            "control_character", "text may not hold control characters or half of a surrogate pair"
        )
    return unicodedata.normalize("NFC", text)


ONE_LINE: Final = r"^[^\r\n]*$"
CLEAN: Final = AfterValidator(_clean)
"""Refuses control characters and makes a text NFC. It stands last: a JSON schema loses a pattern behind it."""

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2_000), CLEAN]
"""One to 2,000 characters in Unicode form NFC, without control characters."""


def _of_everyday_characters(text: str) -> str:
    for position, char in enumerate(text, start=1):
        # An invisible character, or one that turns the direction of the text, makes one name look like another.
        if unicodedata.category(char) == "Cf":
            raise PydanticCustomError(
                "invisible_character",
                "character {position} ({code_point}) is invisible; leave it out",
                {"position": position, "code_point": f"U+{ord(char):04X}"},
            )
    for radical in radicals_in(text):
        facts = {"position": radical.position, "code_point": radical.code_point}
        looks = "character {position} is the radical {code_point}, which only looks like the everyday one; "
        if radical.instead is None:
            raise PydanticCustomError("radical_alone", looks + "type the name anew", facts)
        raise PydanticCustomError("radical", looks + "write {instead}", facts | {"instead": radical.instead})
    return text


EVERYDAY: Final = AfterValidator(_of_everyday_characters)
"""For a name, an address or a place: refuses what is invisible, and radicals that only look like its characters."""

Name = Annotated[Text, EVERYDAY]
"""As `Text`, for a name, an address or a place."""

LongText = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=20_000), CLEAN]
"""Up to 20,000 characters: a statement of defence must fit (NAT-2)."""

Code = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:/@-]{0,79}$")]
"""A code, number or name from a catalogue."""

Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
"""SHA-256 in lowercase hex."""

_INSTANT = r"^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)$"
_DAY = r"^\d{4}-\d\d-\d\d$"


def _instant(value: object) -> datetime:
    # Without this check pydantic reads digits as Unix seconds or milliseconds: "20250513" becomes a day in August 1970.
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value
    if isinstance(value, str) and re.fullmatch(_INSTANT, value):
        try:
            return datetime.fromisoformat(value.upper()).astimezone(UTC)
        except (ValueError, OverflowError):
            pass
    raise PydanticCustomError(
        "instant", "write an instant as RFC 3339 does, for example 2026-11-29T08:00:00+08:00"
    )


def _day(value: object) -> date:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    if isinstance(value, str) and re.fullmatch(_DAY, value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    raise PydanticCustomError("day", "write a day as YYYY-MM-DD, for example 2026-11-29")


Instant = Annotated[
    datetime,
    BeforeValidator(_instant),
    WithJsonSchema({"type": "string", "format": "date-time", "pattern": _INSTANT}),
]
"""An instant of RFC 3339 in full, with its zone; kept in UTC."""

Day = Annotated[
    date, BeforeValidator(_day), WithJsonSchema({"type": "string", "format": "date", "pattern": _DAY})
]
"""A day, `YYYY-MM-DD`."""


class In(BaseModel):
    """A request body. Unknown fields are refused: a misspelt field must not be silently dropped."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False, hide_input_in_errors=True, frozen=True)


class Out(BaseModel):
    """A response body."""

    # If another service's answer does not fit, the error is logged with its trace, which must not hold the answer.
    model_config = ConfigDict(
        allow_inf_nan=False, hide_input_in_errors=True, frozen=True, ser_json_timedelta="iso8601"
    )


class Page(Out, Generic[T]):
    """One page of a list, in the list's documented order. `next_cursor` is null on the last page."""

    items: list[T]
    next_cursor: str | None
