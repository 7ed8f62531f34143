"""How long the log of an object is kept, and the end of the texts in it (NDR 12; PIPL 19, 47).

    ended ──log_years──▶ may go ──propose──▶ proposed ──approve (another person)──▶ 已依法删除

Exchanges of every kind, comparisons, the use of received data and disputes have one rule. Until the end of the period
nothing is deleted. What agency gave which data to whom, when and for what stays on record for good: ids, codes and
digests, and so do the receipts. What goes are the texts, the letters, the files and the values behind the commitments,
here and in every backup.
"""

from __future__ import annotations

from abc import ABC
from calendar import isleap
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar, Final, TypeAlias

from common.values.calendar import legal_day
from common.values.errors import Kind as RefusalKind
from common.values.errors import Refusal
from common.values.facts import Fact
from common.values.ids import AgencyId, ComparisonId, DataUseId, DisputeId, ExchangeId, OfficerId
from common.values.law import NDR_12, PIPL_47

Kept: TypeAlias = ExchangeId | ComparisonId | DataUseId | DisputeId
"""The objects whose logs are kept."""


@dataclass(frozen=True)
class Log:
    """An object as its retention sees it. `ended_at` is the instant of its last act, None while it goes on.

    `keepers` are the agencies that may end it: both sides of an exchange, the receiver of data. `files` are SHA-256 in
    hex.
    """

    object_id: Kept
    keepers: tuple[AgencyId, ...]
    ended_at: datetime | None
    files: tuple[str, ...] = ()
    proposed_by: OfficerId | None = None
    is_erased: bool = False


@dataclass(frozen=True)
class ErasureProposed(Fact, ABC):
    """The first of two people found that the texts of an object must go."""

    owner: Kept
    proposed_by: OfficerId


@dataclass(frozen=True)
class LogErased(Fact, ABC):
    """The second agreed: from here on none of its texts can be read. The log of it stays."""

    owner: Kept
    proposed_by: OfficerId
    approved_by: OfficerId
    files: tuple[str, ...]


class ExchangeErasureProposed(ErasureProposed):
    type: ClassVar[str] = "exchange.erasure_proposed"


class ExchangeErased(LogErased):
    type: ClassVar[str] = "exchange.erased"


class ComparisonErasureProposed(ErasureProposed):
    type: ClassVar[str] = "comparison.erasure_proposed"


class ComparisonErased(LogErased):
    type: ClassVar[str] = "comparison.erased"


class UseErasureProposed(ErasureProposed):
    type: ClassVar[str] = "use.erasure_proposed"


class UseErased(LogErased):
    type: ClassVar[str] = "use.erased"


class DisputeErasureProposed(ErasureProposed):
    type: ClassVar[str] = "dispute.erasure_proposed"


class DisputeErased(LogErased):
    type: ClassVar[str] = "dispute.erased"


_FACTS: Final[dict[str, tuple[type[ErasureProposed], type[LogErased]]]] = {
    ExchangeId.noun: (ExchangeErasureProposed, ExchangeErased),
    ComparisonId.noun: (ComparisonErasureProposed, ComparisonErased),
    DataUseId.noun: (UseErasureProposed, UseErased),
    DisputeId.noun: (DisputeErasureProposed, DisputeErased),
}


def kept_until(ended_at: datetime, years: int) -> date:
    """The last day on which the texts are kept: the same day of the year, `years` after the end (NDR 12).

    29 February becomes 1 March, so that no period is a day shorter.
    """
    day, year = legal_day(ended_at), legal_day(ended_at).year + years
    if (day.month, day.day) == (2, 29) and not isleap(year):
        return date(year, 3, 1)
    return day.replace(year=year)


def erased(object_id: Kept) -> Refusal:
    """Why nothing of the object can be read any more."""
    return Refusal(RefusalKind.GONE, "DX_ERASED", {"object": object_id}, article=PIPL_47)


def last_of(instants: Sequence[datetime | None]) -> datetime | None:
    """The end of what consists of several parts: the latest of `instants`, None while one of them goes on."""
    ended = [instant for instant in instants if instant is not None]
    return max(ended) if ended and len(ended) == len(instants) else None


def propose_erasure(
    log: Log, *, agency_id: AgencyId | None, officer_id: OfficerId, years: int, at: datetime
) -> ErasureProposed:
    """The first person asks for the erasure once the period is over; nobody can before."""
    _require_over(log, agency_id, years, at)
    proposal, _ = _FACTS[log.object_id.noun]
    return proposal(log.object_id, officer_id)


def approve_erasure(
    log: Log, *, agency_id: AgencyId | None, officer_id: OfficerId, years: int, at: datetime
) -> LogErased:
    """The second person agrees, and the same conditions hold again: nobody can take it back."""
    _require_over(log, agency_id, years, at)
    if log.proposed_by is None or log.proposed_by == officer_id:
        facts = {"object": log.object_id}
        raise Refusal(RefusalKind.CONFLICT, "DX_ERASURE_NOT_PROPOSED", facts, article=PIPL_47)
    _, erasure = _FACTS[log.object_id.noun]
    return erasure(log.object_id, log.proposed_by, officer_id, log.files)


def _require_over(log: Log, agency_id: AgencyId | None, years: int, at: datetime) -> None:
    """Raises Refusal unless a keeper acts, the object has ended and its period is over (NDR 12)."""
    if agency_id not in log.keepers:
        raise Refusal(RefusalKind.FORBIDDEN, "DX_LOG_NOT_OWN", {"object": log.object_id}, article=PIPL_47)
    if log.is_erased:
        raise erased(log.object_id)
    last = None if log.ended_at is None else kept_until(log.ended_at, years)
    if last is None or legal_day(at) <= last:
        facts = {"object": log.object_id, "years": years, "last": last or "—"}
        raise Refusal(RefusalKind.CONFLICT, "DX_LOG_KEPT", facts, article=NDR_12)
