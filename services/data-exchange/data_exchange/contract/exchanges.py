"""Requests between agencies on the wire."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from pydantic import Field

from common.values.ids import AgencyId, CaseId, ExchangeId
from common.web.wire import Code, Day, Digest, In, Name, Out, Text

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
    """Ask another agency for help (协助). `items` are the things wanted; `case_id` is the case they are for.

    `answer_by_on` is the day until which the answer is wished for; left out, the city's usual period runs.
    """

    to_agency_id: AgencyId
    case_id: CaseId | None = None
    purpose: PurposeCode
    basis: list[BasisOrder] = Field(min_length=1, max_length=10)
    subject: Text
    reason: Text
    items: list[Text] = Field(min_length=1, max_length=50)
    contact: Text
    is_expert_opinion: bool = False
    answer_by_on: Day | None = None


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

    code: Code = Field(examples=["R3"])
    reason: Text
    competent_agency_id: AgencyId | None = None
    citation: Text | None = None


class DeliveryOrder(In):
    """The answer, whole or in part. Data names its `manner`: API, BATCH, FILE or VERIFICATION_ONLY (GDS 22(2))."""

    text: Text
    is_whole: bool
    manner: Code | None = None


class MessageOrder(In):
    """A word to the other side."""

    text: Text


class SupplementOrder(In):
    """Everything that is missing, one point an item: it is said once (GDS 21(2))."""

    missing: list[Text] = Field(min_length=1, max_length=20)


class CompletionOrder(In):
    """What was missing."""

    text: Text


class ExtensionOrder(In):
    """How many days more, of the unit in which the period is counted, and why."""

    days: int = Field(ge=1, le=1_000)
    reason: Text


class ExtensionConsentOrder(In):
    """The body of a consent is empty: the days are those that were asked for."""


class ExtensionRefusalOrder(In):
    """Why the longer period is declined."""

    reason: Text


class SuspensionOrder(In):
    """Why the period stands still: a reason that the profile lists, a word about it, the digest of what shows it."""

    reason: Code
    note: Text
    evidence_sha256: Digest


class ResumptionOrder(In):
    """The body of a resumption is empty."""


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


class ClockStopView(Out):
    """The days `from_on` ≤ day < `until_on` do not count. `until_on` is null while the clock stands still."""

    reason: str
    from_on: date
    until_on: date | None


class ClockView(Out):
    """One period with its whole computation, so that both sides compute the same day.

    Day 1 is the day after `trigger_on`. Of the days that no ended stop covers, the n-th one that counts in `unit` is
    `raw_on`. A period of an AGENCY never rolls forward, so `due_on` is that day and counts until 24:00 in Shanghai,
    the instant `due_at`; `alarm_on` is the working day before. `/v1/calendars/CN/{year}` gives the days of
    `calendar_version`; while a year is not published the day is `provisional`. The clock runs while `ended_at` is
    null; `missed`: it passed unanswered. While the last stop lasts, `due_on` moves on when it ends.
    """

    rule: str
    law: str
    n: int
    unit: str
    holder: str
    trigger_on: date
    raw_on: date
    rolled_by: str | None
    due_on: date
    due_at: datetime
    alarm_on: date | None
    calendar_version: str
    provisional: bool
    stops: list[ClockStopView]
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
    contact: str | None = None
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
    `supplement`: whether the completion that the receiver asked for is AWAITED or GIVEN. `extension`: ASKED, GRANTED
    or DECLINED, for `extension_days` more.
    """

    side: str | None
    duty: str | None
    answered_at: datetime | None
    refusal_code: str | None
    urgings: int
    supplement: str
    extension: str
    extension_days: int
    closed_at: datetime | None
    clocks: list[ClockView]
    papers: list[PaperView]
