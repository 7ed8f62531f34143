"""Two agencies disagree about shared data, and the dispute climbs until somebody decides it (GDS 28(2)).

    NEGOTIATION ─▶ DATA_AUTHORITY ─▶ COMMON_SUPERIOR ─▶ GOVERNMENT
        │ settled by both          each organ may decide at its own level, and its decision binds

A level has its own period. The dispute goes up when that period has passed or a side declares the level failed, never
otherwise. The organs come from the tree of agencies when the dispute is raised: the data authority unless it is a side
itself, the lowest agency above both sides, and the government at the root. An organ that stands on two levels is asked
once, at the higher one.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from common.values.calendar import Deadline, legal_day
from common.values.errors import Kind as RefusalKind
from common.values.errors import Refusal
from common.values.facts import Commitment, Fact
from common.values.ids import AgencyId, DisputeId, ExchangeId
from common.values.law import GDS_28_2
from data_exchange.domain.agencies import above
from data_exchange.domain.clocks import Terms
from data_exchange.domain.exchange import Clock


class Level(StrEnum):
    NEGOTIATION = "NEGOTIATION"
    DATA_AUTHORITY = "DATA_AUTHORITY"
    COMMON_SUPERIOR = "COMMON_SUPERIOR"
    GOVERNMENT = "GOVERNMENT"


class DisputeState(StrEnum):
    OPEN = "OPEN"
    SETTLED = "SETTLED"
    DECIDED = "DECIDED"


class Outcome(StrEnum):
    SHARE = "SHARE"
    SHARE_IN_PART = "SHARE_IN_PART"
    NOT_SHARE = "NOT_SHARE"
    CORRECT = "CORRECT"
    OTHER = "OTHER"


class Ground(StrEnum):
    """Why a dispute goes up."""

    TIME_PASSED = "TIME_PASSED"
    DECLARED_FAILED = "DECLARED_FAILED"


@dataclass(frozen=True)
class Rung:
    """One level with the organ that decides there; the two sides alone negotiate."""

    level: Level
    organ_id: AgencyId | None = None


@dataclass(frozen=True)
class Dispute:
    """One dispute. `step` is the place in `ladder`, from 0; `proposed_by` the side whose settlement is on the table."""

    id: DisputeId
    agency_id: AgencyId
    other_id: AgencyId
    exchange_id: ExchangeId
    ladder: tuple[Rung, ...]
    raised_at: datetime
    clocks: tuple[Clock, ...]
    step: int = 0
    state: DisputeState = DisputeState.OPEN
    proposed_by: AgencyId | None = None
    outcome: Outcome | None = None
    ended_at: datetime | None = None
    revision: int = 0

    @property
    def rung(self) -> Rung:
        return self.ladder[self.step]

    @property
    def sides(self) -> tuple[AgencyId, AgencyId]:
        return (self.agency_id, self.other_id)

    @property
    def organs(self) -> tuple[AgencyId, ...]:
        """The organs that the dispute has come before; the higher ones do not know of it yet."""
        return tuple(rung.organ_id for rung in self.ladder[: self.step + 1] if rung.organ_id)

    @property
    def running(self) -> Clock | None:
        return next((clock for clock in self.clocks if clock.is_running), None)


@dataclass(frozen=True)
class OfDispute(Fact):
    """A fact that enters the stream of a dispute."""

    owner: DisputeId


@dataclass(frozen=True)
class DisputeRaised(OfDispute):
    """A side raised a dispute about an exchange. `claim` commits to its words; `respond_by` ends the negotiation."""

    type: ClassVar[str] = "dispute.raised"
    agency_id: AgencyId
    other_id: AgencyId
    exchange_id: ExchangeId
    ladder: tuple[Rung, ...]
    claim: Commitment
    negotiate_by: Deadline

    def begun(self, *, at: datetime) -> Dispute:
        """The dispute that this fact, recorded at `at`, begins."""
        clocks = (Clock(self.negotiate_by),)
        return Dispute(self.owner, self.agency_id, self.other_id, self.exchange_id, self.ladder, at, clocks)


@dataclass(frozen=True)
class Changing(OfDispute, ABC):
    """A fact that leaves a dispute in another state."""

    @abstractmethod
    def applied(self, dispute: Dispute, *, at: datetime) -> Dispute:
        """`dispute` as this fact leaves it, but for its revision."""


@dataclass(frozen=True)
class SettlementProposed(Changing):
    """A side put a settlement on the table. A newer one replaces it."""

    type: ClassVar[str] = "dispute.settlement_proposed"
    by: AgencyId
    terms: Commitment

    def applied(self, dispute: Dispute, *, at: datetime) -> Dispute:
        return replace(dispute, proposed_by=self.by)


@dataclass(frozen=True)
class DisputeSettled(Changing):
    """The other side agreed to the settlement on the table."""

    type: ClassVar[str] = "dispute.settled"
    by: AgencyId

    def applied(self, dispute: Dispute, *, at: datetime) -> Dispute:
        return _ended(dispute, at, state=DisputeState.SETTLED)


@dataclass(frozen=True)
class DisputeMovedUp(Changing):
    """The dispute goes to the next level on `ground`. `reason` commits to the words of the side that declared it."""

    type: ClassVar[str] = "dispute.moved_up"
    failed: Level
    level: Level
    organ_id: AgencyId
    ground: Ground
    by: AgencyId | None
    reason: Commitment | None
    decide_by: Deadline

    def applied(self, dispute: Dispute, *, at: datetime) -> Dispute:
        missed = self.ground is Ground.TIME_PASSED
        ended = _clocks_ended(dispute, at, missed=missed)
        return replace(
            dispute, step=dispute.step + 1, proposed_by=None, clocks=(*ended, Clock(self.decide_by))
        )


@dataclass(frozen=True)
class DisputeDecided(Changing):
    """The organ of this level decided. Both sides are bound."""

    type: ClassVar[str] = "dispute.decided"
    level: Level
    organ_id: AgencyId
    outcome: Outcome
    reasons: Commitment

    def applied(self, dispute: Dispute, *, at: datetime) -> Dispute:
        return replace(_ended(dispute, at, state=DisputeState.DECIDED), outcome=self.outcome)


@dataclass(frozen=True)
class DisputeOverdue(Changing):
    """The highest organ did not decide in its time. It still may."""

    type: ClassVar[str] = "dispute.overdue"
    level: Level
    agency_id: AgencyId

    def applied(self, dispute: Dispute, *, at: datetime) -> Dispute:
        return replace(dispute, clocks=_clocks_ended(dispute, at, missed=True))


def after(dispute: Dispute, fact: Changing, *, at: datetime) -> Dispute:
    """The dispute as `fact`, recorded at `at`, leaves it."""
    return replace(fact.applied(dispute, at=at), revision=dispute.revision + 1)


def ladder_of(
    sides: tuple[AgencyId, AgencyId],
    *,
    authority_id: AgencyId | None,
    parents: Mapping[AgencyId, AgencyId | None],
) -> tuple[Rung, ...]:
    """The levels of a dispute between `sides`. `parents` is the tree of agencies; None stands above the root.

    Nobody decides a dispute of its own, so an organ that is a side is left out.
    """
    lines = [above(side, parents) for side in sides]
    common = next((agency for agency in lines[0] if agency in lines[1]), None)
    root = lines[0][-1] if lines[0] else None
    organs = (
        Rung(Level.DATA_AUTHORITY, authority_id),
        Rung(Level.COMMON_SUPERIOR, common),
        Rung(Level.GOVERNMENT, root),
    )
    standing = [rung for rung in organs if rung.organ_id is not None and rung.organ_id not in sides]
    # The same organ is asked once: at the higher of its levels.
    last = {rung.organ_id: rung for rung in standing}
    return (Rung(Level.NEGOTIATION), *(rung for rung in standing if last[rung.organ_id] is rung))


def raise_dispute(
    dispute_id: DisputeId,
    exchange_id: ExchangeId,
    *,
    sides: tuple[AgencyId, AgencyId],
    ladder: tuple[Rung, ...],
    claim: Commitment,
    terms: Terms,
    at: datetime,
) -> DisputeRaised:
    """Raise a dispute about an exchange with the other side: the two negotiate first."""
    deadline = _deadline(Level.NEGOTIATION, terms, at)
    return DisputeRaised(dispute_id, *sides, exchange_id, ladder, claim, deadline)


def propose(dispute: Dispute, *, agency_id: AgencyId | None, terms: Commitment) -> SettlementProposed:
    """Put a settlement on the table, at any level: an agreement ends the dispute before somebody has to decide it."""
    return SettlementProposed(dispute.id, _side(dispute, agency_id), terms)


def settle(dispute: Dispute, *, agency_id: AgencyId | None) -> DisputeSettled:
    """Agree to the settlement of the other side."""
    side = _side(dispute, agency_id)
    if dispute.proposed_by is None or dispute.proposed_by == side:
        raise Refusal(RefusalKind.CONFLICT, "DX_NO_SETTLEMENT", {"dispute": dispute.id}, article=GDS_28_2)
    return DisputeSettled(dispute.id, side)


def declare_failed(
    dispute: Dispute, *, agency_id: AgencyId | None, reason: Commitment, terms: Terms, at: datetime
) -> DisputeMovedUp:
    """A side says that this level brings no agreement. Above the government there is nobody."""
    side = _side(dispute, agency_id)
    return _moved_up(dispute, Ground.DECLARED_FAILED, side, reason, terms=terms, at=at)


def pass_level(dispute: Dispute, *, terms: Terms, at: datetime) -> DisputeMovedUp | DisputeOverdue | None:
    """What follows once the period of the level has passed; None while it runs."""
    clock = dispute.running
    if dispute.state is not DisputeState.OPEN or clock is None or not clock.has_passed(legal_day(at)):
        return None
    organ_id = dispute.rung.organ_id
    if dispute.step + 1 == len(dispute.ladder) and organ_id is not None:
        return DisputeOverdue(dispute.id, dispute.rung.level, organ_id)
    return _moved_up(dispute, Ground.TIME_PASSED, None, None, terms=terms, at=at)


def decide(
    dispute: Dispute, outcome: Outcome, *, agency_id: AgencyId | None, reasons: Commitment
) -> DisputeDecided:
    """Decide at the level where the dispute is. Only the organ of that level may, a lower one no more."""
    _require_open(dispute)
    rung = dispute.rung
    if rung.organ_id is None or rung.organ_id != agency_id:
        raise Refusal(
            RefusalKind.FORBIDDEN,
            "DX_DISPUTE_OTHER_ORGAN",
            {"dispute": dispute.id, "level": rung.level},
            article=GDS_28_2,
        )
    return DisputeDecided(dispute.id, rung.level, rung.organ_id, outcome, reasons)


def _moved_up(
    dispute: Dispute,
    ground: Ground,
    by: AgencyId | None,
    reason: Commitment | None,
    *,
    terms: Terms,
    at: datetime,
) -> DisputeMovedUp:
    if dispute.step + 1 == len(dispute.ladder):
        raise Refusal(
            RefusalKind.CONFLICT,
            "DX_DISPUTE_NO_HIGHER",
            {"dispute": dispute.id, "level": dispute.rung.level},
            article=GDS_28_2,
        )
    upper = dispute.ladder[dispute.step + 1]
    assert upper.organ_id is not None
    deadline = _deadline(upper.level, terms, at)
    return DisputeMovedUp(
        dispute.id, dispute.rung.level, upper.level, upper.organ_id, ground, by, reason, deadline
    )


def _side(dispute: Dispute, agency_id: AgencyId | None) -> AgencyId:
    _require_open(dispute)
    if agency_id is None or agency_id not in dispute.sides:
        raise Refusal(
            RefusalKind.FORBIDDEN, "DX_DISPUTE_SIDES_ONLY", {"dispute": dispute.id}, article=GDS_28_2
        )
    return agency_id


def _require_open(dispute: Dispute) -> None:
    if dispute.state is not DisputeState.OPEN:
        raise Refusal(
            RefusalKind.CONFLICT,
            "DX_DISPUTE_OVER",
            {"dispute": dispute.id, "state": dispute.state},
            article=GDS_28_2,
        )


def _deadline(level: Level, terms: Terms, at: datetime) -> Deadline:
    rules = terms.rules
    days = {
        Level.NEGOTIATION: rules.dispute_negotiation_wd,
        Level.DATA_AUTHORITY: rules.dispute_authority_wd,
        Level.COMMON_SUPERIOR: rules.dispute_superior_wd,
        Level.GOVERNMENT: rules.dispute_government_wd,
    }
    return terms.within(level.lower(), GDS_28_2, at, days[level])


def _clocks_ended(dispute: Dispute, at: datetime, *, missed: bool = False) -> tuple[Clock, ...]:
    return tuple(
        replace(clock, ended_at=at, missed=missed) if clock.is_running else clock for clock in dispute.clocks
    )


def _ended(dispute: Dispute, at: datetime, *, state: DisputeState) -> Dispute:
    return replace(dispute, state=state, ended_at=at, clocks=_clocks_ended(dispute, at))
