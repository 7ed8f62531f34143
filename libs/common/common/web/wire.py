"""The base of every wire model: what comes in is checked to the letter, what goes out is plain.

Closes the JSON traps of spec/security.md §0 row 4: NaN and infinity, lone surrogates, NUL and other
control characters, unknown fields. Money is integer fen, a coordinate is decimal text.
"""

from __future__ import annotations

import unicodedata
from typing import Annotated, Generic, TypeVar

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, StringConstraints

T = TypeVar("T")


def _clean(text: str) -> str:
    if any(unicodedata.category(c) in ("Cs", "Cc") and c not in "\n\t" for c in text):
        raise ValueError("text may not hold control characters or half of a surrogate pair")
    return unicodedata.normalize("NFC", text)


Text = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2_000), AfterValidator(_clean)
]
"""One to 2,000 characters in Unicode form NFC, without control characters."""

LongText = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=20_000), AfterValidator(_clean)
]
"""Up to 20,000 characters: a statement of defence must fit (NAT-2)."""

Code = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:/@-]{0,79}$")]
"""A code, number or name from a catalogue."""

Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
"""SHA-256 in lowercase hex."""

Instant = AwareDatetime
"""RFC 3339 with a zone; kept in UTC."""


class In(BaseModel):
    """A request body. Unknown fields are refused: a misspelt field must not be silently dropped."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False, hide_input_in_errors=True, frozen=True)


class Out(BaseModel):
    """A response body."""

    # An answer of another service that does not fit is logged with its trace, which must not hold what it said.
    model_config = ConfigDict(
        allow_inf_nan=False, hide_input_in_errors=True, frozen=True, ser_json_timedelta="iso8601"
    )


class Page(Out, Generic[T]):
    """One page of a list, in the list's documented order. `next_cursor` is null on the last page."""

    items: list[T]
    next_cursor: str | None
