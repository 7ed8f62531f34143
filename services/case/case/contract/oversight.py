"""Oversight items on the wire."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal
from uuid import UUID

from common.values.ids import AgencyId, OversightItemId
from common.web.wire import Digest, In, Name, Out, Text


class ReplyOrder(In):
    """What the agency says about the facts. The words are stored sealed; the record holds a commitment."""

    text: Text


class ResultOrder(In):
    """How the supervisor closes the item, with reasons. A referral names the competent organ in `organ`."""

    result: Literal["RECTIFIED", "NOT_ESTABLISHED", "REFERRED_DISCIPLINE", "REFERRED_CRIMINAL"]
    reasons: Text
    organ: Name | None = None


class OversightSummary(Out):
    """One item in a list. `object` is the stream of what it is about, for example `exchange/exc_…`."""

    item_id: OversightItemId
    type: str
    agency_id: AgencyId
    object: str
    state: str
    opened_at: datetime
    due_on: date
    is_overdue: bool
    result: str | None


class LoggedRecordView(Out):
    """One record of the object; `/v1/ledger/records/{record_id}` says where it lies."""

    record_id: UUID
    type: str
    at: datetime


class SourceView(Out):
    """The record that the item was opened from."""

    record_id: UUID
    type: str


class DueView(Out):
    """The period for the reply with all that explains it: `n` working days after `trigger_on`, to the end of `due_on`.

    `set_by`: PROFILE where the figure is the city's own.
    """

    law: str
    n: int
    unit: str
    trigger_on: date
    due_on: date
    set_by: str
    calendar_version: str
    provisional: bool


class StatementView(Out):
    """The words of one side. `text` is null once the item's secret is gone; `organ` is that of a referral."""

    agency_id: AgencyId
    made_at: datetime
    text: str | None
    organ: str | None = None


class OversightStanding(Out):
    """Whether an item is open, for the service that lets somebody ask for its sake. Nothing personal."""

    item_id: OversightItemId
    agency_id: AgencyId
    type: str
    is_open: bool
    closed_at: datetime | None


class OversightView(OversightSummary):
    """One item with the log of its object, the agency's reply and the supervisor's result.

    `facts` are all records of the object up to the source. `consequence` is the digest that the source commits to for
    the officer's words about the serious result; the words are read at `object_href`. `notice` is printed wherever an
    item is shown.
    """

    title: str
    basis: str
    object_href: str | None
    source: SourceView
    facts: list[LoggedRecordView]
    consequence: Digest | None
    due: DueView
    overdue_at: datetime | None
    reply: StatementView | None
    closed_at: datetime | None
    closure: StatementView | None
    notice: str
