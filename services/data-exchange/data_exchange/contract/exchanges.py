"""Requests between agencies on the wire."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from pydantic import Field

from common.values.ids import AgencyId, CaseId, ExchangeId
from common.web.wire import Code, In, Name, Out, Text

PurposeCode = Literal[
    "IDENTIFY_PARTY",
    "CONTACT_PARTY",
    "CHECK_PERMIT",
    "CHECK_PRIOR_PENALTY",
    "VERIFY_FACT",
    "SERVE_DOCUMENT",
    "ENFORCE",
    "SUPERVISE",
    "STATISTICS",
]
"""The closed list of purposes; a test compares it with `Purpose` of the domain."""


class BasisOrder(In):
    """One provision: the law's name without 《》, and the article, for example 第二十六条."""

    name: Name
    article: Text


class AssistanceOrder(In):
    """Ask another agency for help (协助). `items` are the things wanted; `case_id` is the case they are for."""

    to_agency_id: AgencyId
    case_id: CaseId | None = None
    purpose: PurposeCode
    basis: list[BasisOrder] = Field(min_length=1, max_length=10)
    subject: Text
    reason: Text
    items: list[Text] = Field(min_length=1, max_length=50)
    contact: Text
    is_expert_opinion: bool = False


class TransferRequestOrder(AssistanceOrder):
    """Ask an agency to hand over data that it collected and had to transfer (移送, NJ 19)."""


class AcknowledgementOrder(In):
    """The body of an acknowledgement is empty: the request and the receiver are known."""


class AcceptanceOrder(In):
    """The receiver undertakes what was asked, with a word about how and when."""

    note: Text


class RefusalOrder(In):
    """A refusal: a code of the closed list R1–R7 and reasons in words.

    R1 names the competent agency, R2 and R7 cite the law that forbids it.
    """

    code: Code
    reason: Text
    competent_agency_id: AgencyId | None = None
    citation: Text | None = None


class DeliveryOrder(In):
    """The answer, whole or in part."""

    text: Text
    is_whole: bool


class WithdrawalOrder(In):
    """Why the request is taken back."""

    reason: Text


class ClosureOrder(In):
    """The body of a closing is empty."""


class UrgingOrder(In):
    """The body of an urging is empty: the letter is made from the request and its period."""


class EscalationOrder(In):
    """The serious result of a transfer that was withheld, in the officer's words (NJ 22(3)); else it is left out."""

    consequence: Text | None = None


class ClockView(Out):
    """One period with all that explains it, so that both sides compute the same day.

    It runs while `ended_at` is null; its last day counts until its end. `missed`: it passed unanswered.
    """

    rule: str
    law: str
    n: int
    unit: str
    trigger_on: date
    due_on: date
    calendar_version: str
    provisional: bool
    ended_at: datetime | None
    missed: bool


class PaperView(Out):
    """What one side told the other. `text` is null once the exchange was erased."""

    n: int
    kind: str
    agency_id: AgencyId
    made_at: datetime
    subject: str | None = None
    text: str | None
    basis: list[str] = []
    items: list[str] = []
    citation: str | None = None


class ExchangeSummary(Out):
    """One request in a list: nothing personal."""

    exchange_id: ExchangeId
    kind: str
    number: str
    agency_id: AgencyId
    to_agency_id: AgencyId
    state: str
    pressure: str
    purpose: str
    case_id: CaseId | None
    requested_at: datetime
    due_on: date | None


class ExchangeView(ExchangeSummary):
    """One request with its clocks and what the two sides told each other.

    `side` is the caller's: SENDER, RECEIVER, or null for a supervisor. `duty` tells the receiver what the law says.
    """

    side: str | None
    duty: str | None
    answered_at: datetime | None
    refusal_code: str | None
    urgings: int
    closed_at: datetime | None
    clocks: list[ClockView]
    papers: list[PaperView]
