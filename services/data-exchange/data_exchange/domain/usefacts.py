"""The facts of a use and what each leads to, and the rules that make them (GDS 25, 27, 29)."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from common.values.calendar import Deadline, legal_day
from common.values.errors import Kind as RefusalKind
from common.values.errors import Refusal
from common.values.facts import Commitment, Fact
from common.values.ids import AgencyId, CaseId, DataUseId
from common.values.law import GDS_27_1, GDS_27_2
from data_exchange.domain.clocks import Terms
from data_exchange.domain.exchange import Clock, Purpose
from data_exchange.domain.uses import (
    DISPOSE,
    RECTIFY,
    Access,
    Application,
    DataUse,
    Disposal,
    EntryKind,
    UseState,
    require_access,
    require_agreed,
    require_guardian,
    require_not_disposed,
    require_provider,
    require_receiver,
)


class DueGround(StrEnum):
    """Why the data has to go."""

    CASE_CLOSED = "CASE_CLOSED"
    PROVIDER_DEMANDS = "PROVIDER_DEMANDS"


@dataclass(frozen=True)
class OfUse(Fact):
    """A fact that enters the stream of a use."""

    owner: DataUseId


@dataclass(frozen=True)
class UseOpened(OfUse):
    """Data was disclosed to `agency_id`. `source` is the comparison or the exchange that brought it."""

    type: ClassVar[str] = "use.opened"
    agency_id: AgencyId
    provider_id: AgencyId | None
    authority_id: AgencyId | None
    source: str
    what: str
    purpose: Purpose
    case_id: CaseId | None

    @property
    def subject(self) -> str | None:
        return self.case_id.stream if self.case_id else None

    def begun(self, *, at: datetime) -> DataUse:
        """The use that this fact, recorded at `at`, begins."""
        return DataUse(
            self.owner,
            self.agency_id,
            self.provider_id,
            self.authority_id,
            self.source,
            self.what,
            self.purpose,
            self.case_id,
            at,
        )


@dataclass(frozen=True)
class ChangingUse(OfUse, ABC):
    """A fact that leaves a use in another state."""

    @abstractmethod
    def applied(self, use: DataUse, *, at: datetime) -> DataUse:
        """`use` as this fact leaves it, but for its revision."""


@dataclass(frozen=True)
class UseLogged(ChangingUse):
    """The receiver told how the data is used. `text` commits to its words."""

    type: ClassVar[str] = "use.logged"
    kind: EntryKind
    application: Application
    text: Commitment

    def applied(self, use: DataUse, *, at: datetime) -> DataUse:
        return use


@dataclass(frozen=True)
class UseConsented(ChangingUse):
    """The provider consented to a use beside the agreed one."""

    type: ClassVar[str] = "use.consented"
    by: AgencyId
    application: Application
    text: Commitment

    def applied(self, use: DataUse, *, at: datetime) -> DataUse:
        return use


@dataclass(frozen=True)
class DisposalDue(ChangingUse):
    """The purpose is over: the data is to be disposed of by a day."""

    type: ClassVar[str] = "use.disposal_due"
    ground: DueGround
    dispose_by: Deadline

    def applied(self, use: DataUse, *, at: datetime) -> DataUse:
        return replace(use.with_clock(Clock(self.dispose_by)), state=UseState.DUE)


@dataclass(frozen=True)
class DataDisposed(ChangingUse):
    """The receiver disposed of the data. `statement` commits to how, and to the law cited for keeping it."""

    type: ClassVar[str] = "use.disposed"
    agency_id: AgencyId
    disposal: Disposal
    statement: Commitment

    def applied(self, use: DataUse, *, at: datetime) -> DataUse:
        ended = use.without_running(DISPOSE, at)
        return replace(ended, state=UseState.DISPOSED, disposal=self.disposal, disposed_at=at)


@dataclass(frozen=True)
class DisposalMissed(ChangingUse):
    """The data was not disposed of in time. It is still owed; the supervisor is told (NJ 22(4))."""

    type: ClassVar[str] = "use.disposal_missed"
    agency_id: AgencyId
    law: str

    def applied(self, use: DataUse, *, at: datetime) -> DataUse:
        return replace(use.without_running(DISPOSE, at, missed=True), missed=True)


@dataclass(frozen=True)
class AccessPaused(ChangingUse):
    """The provider or the data authority paused the access for misuse; the receiver rectifies by a day."""

    type: ClassVar[str] = "use.access_paused"
    by: AgencyId
    reason: Commitment
    rectify_by: Deadline

    def applied(self, use: DataUse, *, at: datetime) -> DataUse:
        return replace(use.with_clock(Clock(self.rectify_by)), access=Access.PAUSED)


@dataclass(frozen=True)
class AccessRectified(ChangingUse):
    """The receiver says that the misuse has ended, and how."""

    type: ClassVar[str] = "use.access_rectified"
    text: Commitment

    def applied(self, use: DataUse, *, at: datetime) -> DataUse:
        return replace(use.without_running(RECTIFY, at), access=Access.RECTIFIED)


@dataclass(frozen=True)
class AccessResumed(ChangingUse):
    """The misuse is rectified: the data may be fetched again."""

    type: ClassVar[str] = "use.access_resumed"
    by: AgencyId

    def applied(self, use: DataUse, *, at: datetime) -> DataUse:
        return replace(use.without_running(RECTIFY, at), access=Access.OPEN)


@dataclass(frozen=True)
class AccessTerminated(ChangingUse):
    """The misuse was not rectified, or not well enough: the sharing has ended."""

    type: ClassVar[str] = "use.access_terminated"
    by: AgencyId
    reason: Commitment

    def applied(self, use: DataUse, *, at: datetime) -> DataUse:
        return replace(use.without_running(RECTIFY, at, missed=True), access=Access.TERMINATED)


def after(use: DataUse, fact: ChangingUse, *, at: datetime) -> DataUse:
    """The use as `fact`, recorded at `at`, leaves it."""
    return replace(fact.applied(use, at=at), revision=use.revision + 1)


def open_use(
    use_id: DataUseId,
    *,
    agency_id: AgencyId,
    provider_id: AgencyId | None,
    authority_id: AgencyId | None,
    source: str,
    what: str,
    purpose: Purpose,
    case_id: CaseId | None,
) -> UseOpened:
    """Begin the log of what was disclosed: the receiver keeps it from the first day (GDS 29(2))."""
    return UseOpened(use_id, agency_id, provider_id, authority_id, source, what, purpose, case_id)


def write_log(
    use: DataUse,
    kind: EntryKind,
    *,
    agency_id: AgencyId | None,
    wanted: Application,
    consents: frozenset[Application],
    text: Commitment,
) -> UseLogged:
    """Log how the data is used (GDS 29(2)). Another purpose, case or agency needs the provider's consent (GDS 25(1)).

    Once the purpose is over the data is put to no use any more; effect and storage may still be told.
    """
    require_receiver(use, agency_id)
    require_agreed(use, wanted, consents)
    if use.state is not UseState.OPEN and kind in (EntryKind.SCENARIO, EntryKind.PROCESS):
        raise Refusal(RefusalKind.CONFLICT, "DX_PURPOSE_ENDED", {"use": use.id}, article=GDS_27_1)
    return UseLogged(use.id, kind, wanted, text)


def consent(
    use: DataUse, wanted: Application, *, agency_id: AgencyId | None, text: Commitment
) -> UseConsented:
    """Consent to a wider use, another purpose or onward supply (GDS 25(1)): the provider alone."""
    by = require_provider(use, agency_id)
    require_not_disposed(use)
    return UseConsented(use.id, by, wanted, text)


def case_closed(use: DataUse, *, terms: Terms, at: datetime) -> DisposalDue | None:
    """What follows for a use when its case closes; None if its disposal is due or done already."""
    return _due(use, DueGround.CASE_CLOSED, terms, at) if use.state is UseState.OPEN else None


def demand_disposal(use: DataUse, *, agency_id: AgencyId | None, terms: Terms, at: datetime) -> DisposalDue:
    """The provider demands that the data goes because it is needed no more (GDS 27(1))."""
    require_guardian(use, agency_id)
    require_not_disposed(use)
    if use.state is UseState.DUE:
        raise Refusal(RefusalKind.CONFLICT, "DX_DISPOSAL_DUE", {"use": use.id}, article=GDS_27_1)
    return _due(use, DueGround.PROVIDER_DEMANDS, terms, at)


def dispose(
    use: DataUse,
    disposal: Disposal,
    *,
    agency_id: AgencyId | None,
    statement: Commitment,
    has_citation: bool,
) -> DataDisposed:
    """Dispose of the data, also before it is due. To keep it needs the law that demands so."""
    receiver = require_receiver(use, agency_id)
    require_not_disposed(use)
    if disposal is Disposal.KEPT_BY_LAW and not has_citation:
        raise Refusal(RefusalKind.INVALID, "DX_KEEPING_CITATION", {"use": use.id}, article=GDS_27_1)
    return DataDisposed(use.id, receiver, disposal, statement)


def miss(use: DataUse, *, at: datetime) -> DisposalMissed | None:
    """What is recorded once the period for the disposal has passed; None while it runs."""
    clock = use.clock(DISPOSE)
    if use.state is not UseState.DUE or clock is None or not clock.has_passed(legal_day(at)):
        return None
    return DisposalMissed(use.id, use.agency_id, clock.deadline.law)


def pause(
    use: DataUse, *, agency_id: AgencyId | None, reason: Commitment, terms: Terms, at: datetime
) -> AccessPaused:
    """Pause the access for misuse, and set the receiver a period to rectify it (GDS 27(2))."""
    by = require_guardian(use, agency_id)
    require_access(use, Access.OPEN, act="a pause")
    rectify_by = terms.within(RECTIFY, GDS_27_2, at, terms.rules.use_rectify_wd)
    return AccessPaused(use.id, by, reason, rectify_by)


def rectify(use: DataUse, *, agency_id: AgencyId | None, text: Commitment) -> AccessRectified:
    """Say how the misuse was ended. The access stays paused until the other side resumes it."""
    require_receiver(use, agency_id)
    require_access(use, Access.PAUSED, act="a rectification")
    return AccessRectified(use.id, text)


def resume(use: DataUse, *, agency_id: AgencyId | None) -> AccessResumed:
    """Open the access again."""
    by = require_guardian(use, agency_id)
    require_access(use, Access.PAUSED, Access.RECTIFIED, act="a resumption")
    return AccessResumed(use.id, by)


def terminate(
    use: DataUse, *, agency_id: AgencyId | None, reason: Commitment, at: datetime
) -> AccessTerminated:
    """End the sharing: once the period for rectifying has passed, or a rectification was not enough (GDS 27(2))."""
    by = require_guardian(use, agency_id)
    require_access(use, Access.PAUSED, Access.RECTIFIED, act="a termination")
    clock = use.clock(RECTIFY)
    if use.access is Access.PAUSED and clock is not None and not clock.has_passed(legal_day(at)):
        raise Refusal(
            RefusalKind.CONFLICT,
            "DX_RECTIFICATION_RUNNING",
            {"use": use.id, "due_on": clock.deadline.due_on},
            article=GDS_27_2,
        )
    return AccessTerminated(use.id, by, reason)


def _due(use: DataUse, ground: DueGround, terms: Terms, at: datetime) -> DisposalDue:
    return DisposalDue(use.id, ground, terms.within(DISPOSE, GDS_27_1, at, terms.rules.use_disposal_wd))
