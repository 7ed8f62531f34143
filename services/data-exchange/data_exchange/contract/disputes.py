"""Disputes between agencies on the wire."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from common.values.ids import AgencyId, DisputeId, ExchangeId
from common.web.wire import In, Out, Text
from data_exchange.contract.exchanges import ClockView

OutcomeCode = Literal["SHARE", "SHARE_IN_PART", "NOT_SHARE", "CORRECT", "OTHER"]
"""What an organ decides; a test compares it with `Outcome` of the domain."""


class DisputeOrder(In):
    """Raise a dispute about an exchange, with what the caller's agency claims."""

    exchange_id: ExchangeId
    claim: Text


class SettlementOrder(In):
    """A settlement that the other side may agree to."""

    text: Text


class SettlementConsentOrder(In):
    """The body of a consent is empty: it is to the settlement on the table."""


class FailureOrder(In):
    """Why this level brings no agreement."""

    reason: Text


class DisputeDecisionOrder(In):
    """What the organ decides, and why."""

    outcome: OutcomeCode
    reasons: Text


class RungView(Out):
    """One level. `organ_id` decides there; it is null for the negotiation of the two sides."""

    level: str
    organ_id: AgencyId | None


class DisputePaperView(Out):
    """The words of a side or an organ; `text` is null once the dispute was erased."""

    n: int
    kind: str
    agency_id: AgencyId
    made_at: datetime
    text: str | None


class DisputeSummary(Out):
    """One dispute in a list."""

    dispute_id: DisputeId
    agency_id: AgencyId
    other_id: AgencyId
    exchange_id: ExchangeId
    level: str
    state: str
    outcome: str | None
    raised_at: datetime
    ended_at: datetime | None


class DisputeView(DisputeSummary):
    """One dispute with its levels, their periods and what was said."""

    ladder: list[RungView]
    proposed_by: AgencyId | None
    clocks: list[ClockView]
    papers: list[DisputePaperView]
