"""How long the log of an exchange is kept, and the end of the texts in it (NDR 12; PIPL 19, 47).

    ended ──log_years──▶ may go ──propose──▶ proposed ──approve (another person)──▶ 已依法删除

Until then nothing is deleted. What agency gave which data to whom, when and for what stays on record for good: ids,
codes and digests. What goes are the texts, the letters and the values behind the commitments, here and in every backup.
"""

from __future__ import annotations

from calendar import isleap
from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar

from common.values.calendar import legal_day
from common.values.errors import Kind as RefusalKind
from common.values.errors import Refusal
from common.values.ids import OfficerId
from common.values.law import NDR_12, PIPL_47
from data_exchange.domain.exchange import Exchange, OfExchange


@dataclass(frozen=True)
class Log:
    """An exchange as its retention sees it. `ended_at` is the instant of its last act; `files` are SHA-256 in hex."""

    exchange: Exchange
    ended_at: datetime | None
    files: tuple[str, ...]
    proposed_by: OfficerId | None = None
    is_erased: bool = False


@dataclass(frozen=True)
class ExchangeErasureProposed(OfExchange):
    """The first of two people found that the texts of an exchange must go."""

    type: ClassVar[str] = "exchange.erasure_proposed"
    proposed_by: OfficerId


@dataclass(frozen=True)
class ExchangeErased(OfExchange):
    """The second agreed: from here on none of its texts can be read. The log of it stays."""

    type: ClassVar[str] = "exchange.erased"
    proposed_by: OfficerId
    approved_by: OfficerId
    files: tuple[str, ...]


def kept_until(ended_at: datetime, years: int) -> date:
    """The last day on which the texts are kept: the same day of the year, `years` after the end (NDR 12).

    29 February becomes 1 March, so that no period is a day shorter.
    """
    day, year = legal_day(ended_at), legal_day(ended_at).year + years
    if (day.month, day.day) == (2, 29) and not isleap(year):
        return date(year, 3, 1)
    return day.replace(year=year)


def propose_erasure(log: Log, *, officer_id: OfficerId, years: int, at: datetime) -> ExchangeErasureProposed:
    """The first person asks for the erasure once the period is over; nobody can before."""
    _require_over(log, years, at)
    return ExchangeErasureProposed(log.exchange.id, officer_id)


def approve_erasure(log: Log, *, officer_id: OfficerId, years: int, at: datetime) -> ExchangeErased:
    """The second person agrees, and the same conditions hold again: nobody can take it back."""
    _require_over(log, years, at)
    if log.proposed_by is None or log.proposed_by == officer_id:
        facts = {"exchange": log.exchange.id}
        raise Refusal(RefusalKind.CONFLICT, "DX_ERASURE_NOT_PROPOSED", facts, article=PIPL_47)
    return ExchangeErased(log.exchange.id, log.proposed_by, officer_id, log.files)


def _require_over(log: Log, years: int, at: datetime) -> None:
    """Raises Refusal unless the exchange has ended and its period is over (NDR 12)."""
    if log.is_erased:
        raise Refusal(RefusalKind.GONE, "DX_ERASED", {"exchange": log.exchange.id}, article=PIPL_47)
    last = None if log.ended_at is None else kept_until(log.ended_at, years)
    if last is None or legal_day(at) <= last:
        facts = {"exchange": log.exchange.id, "years": years, "last": last or "—"}
        raise Refusal(RefusalKind.CONFLICT, "DX_LOG_KEPT", facts, article=NDR_12)
