"""A longer period for the answer: the receiver asks once, with a reason, and the sender consents or declines.

    NONE ─request_extension (by the receiver, once)─▶ ASKED ─grant─▶ GRANTED
                                                           └─decline─▶ DECLINED

Until the consent the old period runs, and silence about the wish is no consent. For a request for data the consent is
not the sender's but the data authority's (GDS 21(1)). `granted` and `declined` do not ask who consents: their caller
has checked that.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import ClassVar

from common.values.calendar import Deadline
from common.values.errors import Kind as RefusalKind
from common.values.errors import Refusal
from common.values.facts import Commitment
from common.values.ids import AgencyId
from common.values.law import GDS_21_1, NJ_18_1, Article
from data_exchange.domain.clocks import ANSWER, Terms
from data_exchange.domain.exchange import (
    UNANSWERED,
    Changing,
    Clock,
    Exchange,
    Extension,
    Kind,
    Side,
    require_side,
    require_state,
)


@dataclass(frozen=True)
class ExtensionRequested(Changing):
    """The receiver asked for `days` more of the unit in which its period is counted."""

    type: ClassVar[str] = "exchange.extension_requested"
    days: int
    reason: Commitment

    def applied(self, exchange: Exchange, *, at: datetime) -> Exchange:
        return replace(exchange, extension=Extension.ASKED, extension_days=self.days)


@dataclass(frozen=True)
class ExtensionGranted(Changing):
    """The longer period was consented to: the same beginning, and more days."""

    type: ClassVar[str] = "exchange.extension_granted"
    answer_by: Deadline

    def applied(self, exchange: Exchange, *, at: datetime) -> Exchange:
        longer = replace(_running(exchange), deadline=self.answer_by)
        return replace(exchange, extension=Extension.GRANTED).with_clock(longer)


@dataclass(frozen=True)
class ExtensionDeclined(Changing):
    """The longer period was declined: the old one runs on."""

    type: ClassVar[str] = "exchange.extension_declined"
    reason: Commitment

    def applied(self, exchange: Exchange, *, at: datetime) -> Exchange:
        return replace(exchange, extension=Extension.DECLINED)


def request_extension(
    exchange: Exchange, *, agency_id: AgencyId | None, days: int, reason: Commitment, terms: Terms
) -> ExtensionRequested:
    """Ask for more days before the period ends. One extension is all, and it has a longest length."""
    require_side(exchange, agency_id, Side.RECEIVER)
    require_state(exchange, *UNANSWERED, act="an extension")
    _running(exchange)
    if exchange.extension is not Extension.NONE:
        raise Refusal(
            RefusalKind.CONFLICT,
            "DX_EXTENSION_ASKED_BEFORE",
            {"exchange": exchange.id},
            article=_basis_of(exchange),
        )
    longest = longest_extension(exchange.kind, terms)
    if not 1 <= days <= longest:
        raise Refusal(
            RefusalKind.INVALID,
            "DX_EXTENSION_TOO_LONG",
            {"exchange": exchange.id, "days": days, "longest": longest},
            article=_basis_of(exchange),
        )
    return ExtensionRequested(exchange.id, days, reason)


def longest_extension(kind: Kind, terms: Terms) -> int:
    """The most days that a period of `kind` is extended by."""
    return terms.rules.data_extension_wd if kind is Kind.DATA_REQUEST else terms.rules.extension_wd


def grant(exchange: Exchange, *, agency_id: AgencyId | None, terms: Terms) -> ExtensionGranted:
    """Consent as the sender. Refused for a request for data, where the data authority consents (GDS 21(1))."""
    _require_consenting(exchange, agency_id)
    return granted(exchange, terms=terms)


def decline(exchange: Exchange, *, agency_id: AgencyId | None, reason: Commitment) -> ExtensionDeclined:
    """Decline as the sender, with a reason; as `grant`."""
    _require_consenting(exchange, agency_id)
    return declined(exchange, reason=reason)


def granted(exchange: Exchange, *, terms: Terms) -> ExtensionGranted:
    """The longer period, once the side that consents was established. It reaches back to where the period began."""
    _require_asked(exchange)
    clock = _running(exchange)
    return ExtensionGranted(exchange.id, terms.again(clock, n=clock.deadline.n + exchange.extension_days))


def declined(exchange: Exchange, *, reason: Commitment) -> ExtensionDeclined:
    """The old period, once the side that declines was established."""
    _require_asked(exchange)
    return ExtensionDeclined(exchange.id, reason)


def _require_consenting(exchange: Exchange, agency_id: AgencyId | None) -> None:
    require_side(exchange, agency_id, Side.SENDER)
    if exchange.kind is Kind.DATA_REQUEST:
        raise Refusal(
            RefusalKind.CONFLICT, "DX_AUTHORITY_CONSENTS", {"exchange": exchange.id}, article=GDS_21_1
        )


def _require_asked(exchange: Exchange) -> None:
    require_state(exchange, *UNANSWERED, act="an extension")
    if exchange.extension is not Extension.ASKED:
        raise Refusal(
            RefusalKind.CONFLICT,
            "DX_NO_EXTENSION_ASKED",
            {"exchange": exchange.id, "extension": exchange.extension},
            article=_basis_of(exchange),
        )


def _running(exchange: Exchange) -> Clock:
    """The running answer clock. A period that has passed is not made longer: its silence is on record."""
    clock = exchange.clock(ANSWER)
    if clock is None or not clock.is_running:
        raise Refusal(
            RefusalKind.CONFLICT, "DX_PERIOD_OVER", {"exchange": exchange.id}, article=_basis_of(exchange)
        )
    return clock


def _basis_of(exchange: Exchange) -> Article:
    return GDS_21_1 if exchange.kind is Kind.DATA_REQUEST else NJ_18_1
