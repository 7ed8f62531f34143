"""How an agency uses data that it received through the exchange, until the data is disposed of (GDS 25, 27, 29).

    OPEN ─the case closes, or the provider demands it─▶ DUE ─dispose─▶ DISPOSED
      └──────────── dispose ─────────────────────────────────▲    DUE, period over ─▶ recorded as missed, still owed

    beside it, what may be fetched again:  OPEN ─pause─▶ PAUSED ─rectify─▶ RECTIFIED ─resume─▶ OPEN
                                                           └─ period over ─┴─ terminate ─▶ TERMINATED

One use is opened for each disclosure, at the receiver's side. The receiver logs scenario, process, effect and storage;
the provider and the data authority read the log. A use for another purpose, for another case or by another agency
needs the provider's consent first.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from common.values.errors import Kind as RefusalKind
from common.values.errors import Refusal
from common.values.ids import AgencyId, CaseId, DataUseId
from common.values.law import GDS_25_1, GDS_27_1, GDS_27_2, Article
from data_exchange.domain.exchange import Clock, Purpose


class UseState(StrEnum):
    OPEN = "OPEN"
    DUE = "DUE"
    DISPOSED = "DISPOSED"


class Access(StrEnum):
    """Whether more of the same data may be fetched (GDS 27(2))."""

    OPEN = "OPEN"
    PAUSED = "PAUSED"
    RECTIFIED = "RECTIFIED"
    TERMINATED = "TERMINATED"


class EntryKind(StrEnum):
    """What a log entry tells (GDS 29(2)). The destruction is told by the disposal itself."""

    SCENARIO = "SCENARIO"
    PROCESS = "PROCESS"
    EFFECT = "EFFECT"
    STORAGE = "STORAGE"


class Disposal(StrEnum):
    DESTROYED = "DESTROYED"
    RETURNED = "RETURNED"
    KEPT_BY_LAW = "KEPT_BY_LAW"


DISPOSE = "dispose"
RECTIFY = "rectify"


@dataclass(frozen=True)
class Application:
    """To what the data is put: for which purpose and case, and by which other agency, None for the receiver."""

    purpose: Purpose
    case_id: CaseId | None
    recipient_id: AgencyId | None = None


@dataclass(frozen=True)
class DataUse:
    """One disclosure in use. `source` is the comparison or exchange that brought the data, `what` the register or item.

    `provider_id` is None where the provider is no agency here; then the authority alone reads the log.
    """

    id: DataUseId
    agency_id: AgencyId
    provider_id: AgencyId | None
    authority_id: AgencyId | None
    source: str
    what: str
    purpose: Purpose
    case_id: CaseId | None
    opened_at: datetime
    state: UseState = UseState.OPEN
    access: Access = Access.OPEN
    disposal: Disposal | None = None
    disposed_at: datetime | None = None
    missed: bool = False
    clocks: tuple[Clock, ...] = ()
    revision: int = 0

    @property
    def agreed(self) -> Application:
        """The use that the disclosure was for."""
        return Application(self.purpose, self.case_id)

    def clock(self, rule: str) -> Clock | None:
        """The newest clock of `rule`; None if it never ran."""
        return next((clock for clock in self.clocks if clock.deadline.rule == rule), None)

    def with_clock(self, clock: Clock) -> DataUse:
        others = (old for old in self.clocks if old.deadline.rule != clock.deadline.rule)
        return replace(self, clocks=(*others, clock))

    def without_running(self, rule: str, at: datetime, *, missed: bool = False) -> DataUse:
        """The use with its clock of `rule` ended."""
        clock = self.clock(rule)
        if clock is None or not clock.is_running:
            return self
        return self.with_clock(replace(clock, ended_at=at, missed=missed))


def require_receiver(use: DataUse, agency_id: AgencyId | None) -> AgencyId:
    """Raises Refusal DX_USE_OTHER_SIDE unless the agency that has the data acts."""
    if agency_id is None or agency_id != use.agency_id:
        raise _other_side(use, "RECEIVER", GDS_27_1)
    return agency_id


def require_provider(use: DataUse, agency_id: AgencyId | None) -> AgencyId:
    """Raises Refusal DX_USE_OTHER_SIDE unless the provider acts: its consent is nobody else's to give (GDS 25(1))."""
    if agency_id is None or agency_id != use.provider_id:
        raise _other_side(use, "PROVIDER", GDS_25_1)
    return agency_id


def require_guardian(use: DataUse, agency_id: AgencyId | None) -> AgencyId:
    """Raises Refusal DX_USE_OTHER_SIDE unless the provider or the data authority acts (GDS 27(2))."""
    if agency_id is None or agency_id not in (use.provider_id, use.authority_id):
        raise _other_side(use, "PROVIDER", GDS_27_2)
    return agency_id


def require_agreed(use: DataUse, wanted: Application, consents: frozenset[Application]) -> None:
    """Raises Refusal DX_OTHER_PURPOSE for a use that the provider neither agreed to nor consented to (GDS 25(1))."""
    if wanted != use.agreed and wanted not in consents:
        raise Refusal(
            RefusalKind.FORBIDDEN,
            "DX_OTHER_PURPOSE",
            {"use": use.id, "purpose": use.purpose, "wanted": wanted.purpose},
            article=GDS_25_1,
        )


def access_refused(use: DataUse) -> Refusal:
    """Why the agency of `use` fetches no more of this data."""
    return Refusal(
        RefusalKind.FORBIDDEN, "DX_ACCESS_PAUSED", {"use": use.id, "access": use.access}, article=GDS_27_2
    )


def require_access(use: DataUse, *wanted: Access, act: str) -> None:
    """Raises Refusal DX_ACCESS_STATE unless the access is in one of `wanted`."""
    if use.access not in wanted:
        raise Refusal(
            RefusalKind.CONFLICT,
            "DX_ACCESS_STATE",
            {"use": use.id, "access": use.access, "act": act, "wanted": list(wanted)},
            article=GDS_27_2,
        )


def require_readable(use: DataUse) -> None:
    """Raises Refusal DX_DISPOSED_UNREAD for data that was destroyed or returned: nobody reads it here again."""
    if use.disposal in (Disposal.DESTROYED, Disposal.RETURNED):
        raise Refusal(
            RefusalKind.FORBIDDEN,
            "DX_DISPOSED_UNREAD",
            {"use": use.id, "disposal": use.disposal},
            article=GDS_27_1,
        )


def require_not_disposed(use: DataUse) -> None:
    """Raises Refusal DX_DATA_DISPOSED once the data was disposed of (GDS 27(1))."""
    if use.state is UseState.DISPOSED:
        raise Refusal(
            RefusalKind.CONFLICT,
            "DX_DATA_DISPOSED",
            {"use": use.id, "disposal": use.disposal},
            article=GDS_27_1,
        )


def _other_side(use: DataUse, side: str, article: Article) -> Refusal:
    return Refusal(RefusalKind.FORBIDDEN, "DX_USE_OTHER_SIDE", {"use": use.id, "side": side}, article=article)
