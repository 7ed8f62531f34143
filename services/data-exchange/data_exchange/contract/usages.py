"""Who asked about me, deferrals of that notice, and the uses of a data set, on the wire."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal
from uuid import UUID

from common.values.ids import AgencyId, CaseId, ComparisonId, DeferralId, UsageLineId
from common.web.wire import Day, In, Out, Text

GroundCode = Literal["PIPL_18_1", "PIPL_18_2", "PIPL_35"]
"""The provisions that permit a deferral; a test compares it with `Ground` of the domain."""


class WordsView(Out):
    """The same in Chinese and in English."""

    zh: str
    en: str


class ReceiverView(Out):
    """The agency that asked."""

    agency_id: AgencyId
    name: str


class ProviderView(Out):
    """Where the data came from: the register, the agency that keeps it, and the clause that governs what it gives."""

    register_name: str
    agency: str | None
    clause: str | None


class SubjectUsageView(Out):
    """One question about the caller. `about` is the identifier that was asked about, masked.

    `case_number` is masked. `categories` are what was given; a sealed answer tells none (PSP 136). `deferred`: this
    notice was deferred by law. `line_id` and `nth` are its place in the proof, `record_id` its record in the ledger.
    """

    asked_at: datetime
    noted_at: datetime
    action: WordsView
    receiver: ReceiverView
    purpose: WordsView
    purpose_code: str
    basis: list[str]
    case_number: str | None
    about: str
    categories: list[WordsView]
    source: ProviderView | None
    refused_by: str | None
    sealed: bool
    deferred: bool
    comparison_id: ComparisonId
    line_id: UsageLineId
    nth: int
    record_id: UUID
    proof_href: str


class SubjectUsagesView(Out):
    """The questions about the caller, the first one first."""

    items: list[SubjectUsageView]
    next_cursor: str | None


class DeferralOrder(In):
    """Defer the notice of what is asked for an open case of the caller's agency, until `visible_after` is over."""

    case_id: CaseId
    ground: GroundCode
    reason: Text
    visible_after: Day


class DeferralReviewOrder(In):
    """The body of an approval, a rejection or an end is empty: the person is known from the token."""


class DeferralRenewalOrder(In):
    """A later last day, and why."""

    reason: Text
    visible_after: Day


class DeferralView(Out):
    """One deferral. `reasons` are those of the proposal and of each renewal; empty once they were erased."""

    deferral_id: DeferralId
    agency_id: AgencyId
    case_id: CaseId
    ground: str
    visible_after: date
    state: str
    proposed_by: str
    proposed_at: datetime
    reviewed_by: str | None
    reviewed_at: datetime | None
    renewal_by: str | None
    renewal_until: date | None
    ended_at: datetime | None
    reasons: list[str]


class DeferralSummary(Out):
    """One deferral in a list."""

    deferral_id: DeferralId
    case_id: CaseId
    ground: str
    visible_after: date
    state: str


class LineageView(Out):
    """One use of a data set: what was done, by which agency, for which purpose. `rows` is null for a sealed answer."""

    id: str
    what: Literal["COMPARISON", "DATA_USE"]
    at: datetime
    agency: ReceiverView
    purpose: str
    case_id: CaseId | None
    state: str
    rows: int | None
