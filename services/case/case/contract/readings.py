"""Readings of a case on the wire: who looked, what for; and the orders to unmask (NJ 17; PIPL 45, 51)."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from case.contract.filing import Line
from common.values.ids import AgencyId, CaseId, OfficerId
from common.web.wire import In, Out


class UnmaskedField(StrEnum):
    """What an order unmasks."""

    NAME = "NAME"
    IDENTITY_NUMBER = "IDENTITY_NUMBER"
    ADDRESS = "ADDRESS"
    PHONE = "PHONE"
    EMAIL = "EMAIL"
    PLATES = "PLATES"


class UnmaskingOrder(In):
    """Which fields of the party are shown in clear, and why this act needs them."""

    fields: Annotated[list[UnmaskedField], Field(min_length=1, max_length=len(UnmaskedField))]
    reason: Line


class UnmaskingView(Out):
    """The fields that were asked for, in clear; the others are null. `left` counts what today's budget still allows."""

    case_id: CaseId
    name: str | None = None
    identity_number: str | None = None
    address: str | None = None
    phone: str | None = None
    email: str | None = None
    plates: list[str] | None = None
    nth: int
    left: int


class UnmaskingGrantOrder(In):
    """How much more the officer may unmask today, and why."""

    officer_id: OfficerId
    more: Annotated[int, Field(ge=1, le=1000, strict=True)]
    reason: Line


class UnmaskingGrantView(Out):
    """What was granted for today."""

    case_id: CaseId
    officer_id: OfficerId
    more: int
    on: date


class ReadingView(Out):
    """A reading by an officer of `agency_id`. `fields` are those that were shown in clear.

    `depth` is MASKED, DOCUMENTS or UNMASKED. `officer_id` is null for the party: it is told which agency looked and
    what for (PIPL 45), and asks the agency about the officer.
    """

    agency_id: AgencyId
    officer_id: OfficerId | None
    purpose: str
    depth: str
    fields: list[str]
    read_on: date
    read_at: datetime


class ReadingList(Out):
    """Readings, the oldest first."""

    items: list[ReadingView]
    next_cursor: str | None
