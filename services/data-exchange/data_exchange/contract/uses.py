"""The use of received data on the wire."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from common.values.ids import AgencyId, CaseId, DataUseId
from common.web.wire import In, Out, Text
from data_exchange.contract.exchanges import ClockView, PurposeCode

EntryCode = Literal["SCENARIO", "PROCESS", "EFFECT", "STORAGE"]
DisposalCode = Literal["DESTROYED", "RETURNED", "KEPT_BY_LAW"]
"""Closed lists; a test compares them with the domain."""


class UseEntryOrder(In):
    """Log how the data is used (GDS 29(2)).

    `purpose`, `case_id` and `recipient_agency_id` say to what it is put; left out, they are those of the disclosure
    and the receiver itself.
    """

    kind: EntryCode
    text: Text
    purpose: PurposeCode | None = None
    case_id: CaseId | None = None
    recipient_agency_id: AgencyId | None = None


class UseConsentOrder(In):
    """The provider consents to one use beside the agreed one (GDS 25(1))."""

    text: Text
    purpose: PurposeCode | None = None
    case_id: CaseId | None = None
    recipient_agency_id: AgencyId | None = None


class DisposalOrder(In):
    """How the data was disposed of. KEPT_BY_LAW cites the law or administrative regulation that demands it."""

    disposal: DisposalCode
    text: Text
    citation: Text | None = None


class DisposalDemandOrder(In):
    """The body of a demand is empty: the period is the city's."""


class AccessPauseOrder(In):
    """In what the misuse lies."""

    reason: Text


class RectificationOrder(In):
    """How the misuse was ended."""

    text: Text


class AccessResumptionOrder(In):
    """The body of a resumption is empty."""


class AccessTerminationOrder(In):
    """Why the rectification is missing or not enough."""

    reason: Text


class UseEntryView(Out):
    """One entry of the log. `text` is null once the use was erased; the purpose is null where the kind has none."""

    n: int
    kind: str
    agency_id: AgencyId
    made_at: datetime
    purpose: str | None
    case_id: CaseId | None
    recipient_agency_id: AgencyId | None
    text: str | None
    citation: str | None


class DataUseSummary(Out):
    """One use in a list: nothing personal.

    `source` is the comparison or exchange that brought the data, `what` the register or catalogue item that it is of.
    `access` says whether more of it may be fetched.
    """

    use_id: DataUseId
    agency_id: AgencyId
    provider_id: AgencyId | None
    source: str
    what: str
    purpose: str
    case_id: CaseId | None
    opened_at: datetime
    state: str
    access: str
    disposal: str | None
    disposed_at: datetime | None
    missed: bool


class DataUseView(DataUseSummary):
    """One use with its log and its periods. The log is kept until `kept_until_on`, three years at least (GDS 29(2))."""

    kept_until_on: date
    clocks: list[ClockView]
    entries: list[UseEntryView]
