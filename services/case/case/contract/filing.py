"""The orders before filing: the party, the prompt, the application and its approval."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from common.values.ids import OfficerId, PartyId
from common.web.wire import CLEAN, EVERYDAY, ONE_LINE, Code, In, Text

Line = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=ONE_LINE), CLEAN
]
"""One line of text that a document prints."""


Phone = Annotated[str, StringConstraints(pattern=r"^\+?[0-9]{7,15}$"), Field(examples=["13800001234"])]
"""A telephone number: digits alone, with a `+` before a country code."""

Email = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9.-]{1,190}\.[A-Za-z]{2,24}$"),
    Field(examples=["somebody@mail.example"]),
]
"""An address of electronic mail in ASCII (RFC 5322, without comments and quotes)."""


class FindingsOrder(In):
    """The three findings of NJ 4: minor, corrected in time, harmless. All three forbid a penalty."""

    minor: bool
    promptly_corrected: bool
    harmless: bool


class PartyOrder(In):
    """Who the party is, and from which sources an officer knows it. `identity_kind` is printed: 居民身份证.

    `party_id` is the party's account where there is one; a new id is given otherwise. `note` says why one
    source suffices. `phone` and `email` are where a notice may reach the party; it never has to give them.
    An organisation has a `representative`: its legal representative, or the operator of a shop.
    """

    party_id: PartyId | None = None
    kind: Literal["PERSON", "ORGANISATION"]
    age_group: Literal["UNDER_14", "FROM_14_TO_17", "ADULT", "NOT_A_PERSON"]
    name: Annotated[Line, EVERYDAY]
    identity_kind: Line
    identity_number: Code
    address: Annotated[Line, EVERYDAY]
    sources: list[Code] = Field(min_length=1, max_length=10)
    note: Text | None = None
    phone: Phone | None = None
    email: Email | None = None
    representative: Annotated[Line, EVERYDAY] | None = None


class PartyReleaseOrder(In):
    """Why it was the wrong party, and how the officer knows."""

    cause: Literal["PLATE_MISREAD", "PLATE_CLONED", "VEHICLE_SOLD", "REGISTER_WRONG", "NOT_THE_ACTOR"]
    note: Text


class PromptOrder(In):
    """What the party can do to put it right, in plain words; without them what the draft proposes."""

    correction: Line | None = None


class FilingApplicationOrder(In):
    """An application for filing: the second officer, the findings after the correction window, the reason."""

    second_officer_id: OfficerId
    findings: FindingsOrder
    reason: Text


class FilingOrder(In):
    """The head's approval. Nothing to fill in: the approval is the act."""
