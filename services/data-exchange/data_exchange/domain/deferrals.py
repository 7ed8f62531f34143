"""A deferral: for one case the persons asked about learn of it later, because the law permits that (PIPL 18, 35).

    PROPOSED ─another person approves─▶ IN_FORCE ─its last day is over, or the agency lifts it─▶ ENDED
       └─── rejects ──▶ REJECTED            └─ renewal proposed ─another person renews─▶ IN_FORCE

It binds the questions that come while it is in force, and none that the person could see already. With its end every
usage that it held goes on the person's line by itself, and names the deferral. Its records do not name the case: the
ledger is public, and the person may know the case.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import ClassVar

from common.values.calendar import legal_day
from common.values.errors import Kind, Refusal
from common.values.exchangerules import ExchangeRules
from common.values.facts import Commitment, Fact
from common.values.ids import AgencyId, CaseId, DeferralId
from common.values.law import NJ_17, PIPL_18, PIPL_35
from data_exchange.domain.standing import CaseStanding


class Ground(StrEnum):
    """The provision that permits it: secrecy by law; an emergency; telling would hinder the duties of an organ."""

    PIPL_18_1 = "PIPL_18_1"
    PIPL_18_2 = "PIPL_18_2"
    PIPL_35 = "PIPL_35"


class DeferralState(StrEnum):
    PROPOSED = "PROPOSED"
    IN_FORCE = "IN_FORCE"
    REJECTED = "REJECTED"
    ENDED = "ENDED"


@dataclass(frozen=True)
class Deferral:
    """One deferral. The usages that it holds appear on the day after `visible_after`.

    `proposed_by` and `reviewed_by` are two people, and so are those of a renewal: `renewal_by` waits for the second.
    """

    id: DeferralId
    agency_id: AgencyId
    case_id: CaseId
    ground: Ground
    visible_after: date
    state: DeferralState
    proposed_by: str
    proposed_at: datetime
    reviewed_by: str | None = None
    reviewed_at: datetime | None = None
    renewal_by: str | None = None
    renewal_until: date | None = None
    ended_at: datetime | None = None

    def is_over(self, at: datetime) -> bool:
        """Whether its last day is over: what it holds is visible from the next day on."""
        return legal_day(at) > self.visible_after


@dataclass(frozen=True)
class OfDeferral(Fact, ABC):
    """A fact that leaves a deferral in another state. `by` acted at `at`."""

    owner: DeferralId

    @abstractmethod
    def applied(self, deferral: Deferral, *, by: str, at: datetime) -> Deferral:
        """`deferral` as this fact leaves it."""


@dataclass(frozen=True)
class DeferralProposed(Fact):
    """An officer proposes to defer the notice. `case` and `reason` commit to texts."""

    type: ClassVar[str] = "deferral.proposed"
    owner: DeferralId
    agency_id: AgencyId
    case: Commitment
    ground: Ground
    reason: Commitment
    visible_after: date

    def begun(self, case_id: CaseId, *, by: str, at: datetime) -> Deferral:
        """The deferral that this fact proposes."""
        state = DeferralState.PROPOSED
        return Deferral(self.owner, self.agency_id, case_id, self.ground, self.visible_after, state, by, at)


@dataclass(frozen=True)
class DeferralApproved(OfDeferral):
    """A second person approved it: from now on it binds."""

    type: ClassVar[str] = "deferral.approved"
    visible_after: date

    def applied(self, deferral: Deferral, *, by: str, at: datetime) -> Deferral:
        return replace(deferral, state=DeferralState.IN_FORCE, reviewed_by=by, reviewed_at=at)


@dataclass(frozen=True)
class DeferralRejected(OfDeferral):
    """A second person rejected it: the persons learn of every question at once."""

    type: ClassVar[str] = "deferral.rejected"

    def applied(self, deferral: Deferral, *, by: str, at: datetime) -> Deferral:
        return replace(deferral, state=DeferralState.REJECTED, reviewed_by=by, reviewed_at=at, ended_at=at)


@dataclass(frozen=True)
class DeferralRenewalProposed(OfDeferral):
    """An officer proposes a later end. `reason` commits to a text."""

    type: ClassVar[str] = "deferral.renewal_proposed"
    reason: Commitment
    visible_after: date

    def applied(self, deferral: Deferral, *, by: str, at: datetime) -> Deferral:
        return replace(deferral, renewal_by=by, renewal_until=self.visible_after)


@dataclass(frozen=True)
class DeferralRenewed(OfDeferral):
    """A second person agreed to the later end."""

    type: ClassVar[str] = "deferral.renewed"
    visible_after: date

    def applied(self, deferral: Deferral, *, by: str, at: datetime) -> Deferral:
        ends = self.visible_after
        return replace(
            deferral, visible_after=ends, reviewed_by=by, reviewed_at=at, renewal_by=None, renewal_until=None
        )


@dataclass(frozen=True)
class DeferralEnded(OfDeferral):
    """It is over: its last day has passed, or the agency lifted it (`is_lifted`)."""

    type: ClassVar[str] = "deferral.ended"
    is_lifted: bool

    def applied(self, deferral: Deferral, *, by: str, at: datetime) -> Deferral:
        return replace(deferral, state=DeferralState.ENDED, ended_at=at, renewal_by=None, renewal_until=None)


@dataclass(frozen=True)
class UsagesHeld(Fact):
    """`count` usages are held by it. Whose they are its records do not say."""

    type: ClassVar[str] = "deferral.usages_held"
    owner: DeferralId
    count: int


@dataclass(frozen=True)
class UsagesReleased(Fact):
    """`count` usages that it held are on their lines now."""

    type: ClassVar[str] = "deferral.usages_released"
    owner: DeferralId
    count: int


def propose(
    deferral_id: DeferralId,
    case_id: CaseId,
    case: CaseStanding | None,
    *,
    agency_id: AgencyId,
    ground: Ground,
    texts: tuple[Commitment, Commitment],
    visible_after: date,
    standing: Deferral | None,
    rules: ExchangeRules,
    at: datetime,
) -> DeferralProposed:
    """Propose to defer the notice of what is asked for an open case of one's own. `texts` are the case and the reason.

    A case has one deferral at a time: `standing` is the one it has.
    """
    if case is None or case.agency_id != agency_id:
        raise Refusal(Kind.FORBIDDEN, "DX_CASE_NOT_OWN", {"case": case_id}, article=NJ_17)
    if not case.is_open:
        raise Refusal(Kind.CONFLICT, "DX_CASE_CLOSED", {"case": case_id}, article=NJ_17)
    if standing is not None:
        raise Refusal(Kind.CONFLICT, "DX_DEFERRAL_STANDS", {"deferral": standing.id}, article=PIPL_35)
    _require_in_time(visible_after, rules, at)
    return DeferralProposed(deferral_id, agency_id, texts[0], ground, texts[1], visible_after)


def approve(deferral: Deferral, *, by: str, rules: ExchangeRules, at: datetime) -> DeferralApproved:
    """Approve it. Two people withhold a notice, so the one who proposed it cannot approve it too."""
    _require_state(deferral, DeferralState.PROPOSED)
    _require_another(deferral, deferral.proposed_by, by)
    _require_in_time(deferral.visible_after, rules, at)
    return DeferralApproved(deferral.id, deferral.visible_after)


def reject(deferral: Deferral, *, by: str) -> DeferralRejected:
    """Reject it."""
    _require_state(deferral, DeferralState.PROPOSED)
    _require_another(deferral, deferral.proposed_by, by)
    return DeferralRejected(deferral.id)


def propose_renewal(
    deferral: Deferral, *, reason: Commitment, visible_after: date, rules: ExchangeRules, at: datetime
) -> DeferralRenewalProposed:
    """Propose a later end, while the deferral is in force. The longest time runs anew from this day."""
    _require_running(deferral, at)
    _require_in_time(visible_after, rules, at)
    if visible_after <= deferral.visible_after:
        facts = {"least": deferral.visible_after + timedelta(days=1)}
        raise Refusal(Kind.INVALID, "DX_DEFERRAL_NOT_LATER", facts, article=PIPL_35)
    return DeferralRenewalProposed(deferral.id, reason, visible_after)


def renew(deferral: Deferral, *, by: str, rules: ExchangeRules, at: datetime) -> DeferralRenewed:
    """Agree to the later end that another person proposed."""
    _require_running(deferral, at)
    if deferral.renewal_by is None or deferral.renewal_until is None:
        raise Refusal(Kind.CONFLICT, "DX_DEFERRAL_NO_RENEWAL", {"deferral": deferral.id}, article=PIPL_35)
    _require_another(deferral, deferral.renewal_by, by)
    _require_in_time(deferral.renewal_until, rules, at)
    return DeferralRenewed(deferral.id, deferral.renewal_until)


def lift(deferral: Deferral) -> DeferralEnded:
    """End it early: the reason is gone, so the notice follows (PIPL 18)."""
    _require_state(deferral, DeferralState.IN_FORCE)
    return DeferralEnded(deferral.id, is_lifted=True)


def end(deferral: Deferral, *, at: datetime) -> DeferralEnded | None:
    """The end that comes by itself; None before it."""
    if deferral.state is not DeferralState.IN_FORCE or not deferral.is_over(at):
        return None
    return DeferralEnded(deferral.id, is_lifted=False)


def hold(deferral: Deferral, count: int) -> UsagesHeld:
    """Hold `count` usages until the end."""
    return UsagesHeld(deferral.id, count)


def release(deferral: Deferral, count: int) -> UsagesReleased:
    """Let `count` usages go on their lines, after the end."""
    assert deferral.state is DeferralState.ENDED
    return UsagesReleased(deferral.id, count)


def _require_in_time(visible_after: date, rules: ExchangeRules, at: datetime) -> None:
    """The last day is from today on, and at most `deferral_most_cd` days away: the last of them is permitted."""
    today = legal_day(at)
    last = today + timedelta(days=rules.deferral_most_cd)
    if not today <= visible_after <= last:
        facts = {"first": today, "last": last, "days": rules.deferral_most_cd}
        raise Refusal(Kind.INVALID, "DX_DEFERRAL_TOO_LONG", facts, article=PIPL_18)


def _require_state(deferral: Deferral, wanted: DeferralState) -> None:
    if deferral.state is not wanted:
        facts = {"deferral": deferral.id, "state": deferral.state, "wanted": wanted}
        raise Refusal(Kind.CONFLICT, "DX_DEFERRAL_STATE", facts, article=PIPL_35)


def _require_running(deferral: Deferral, at: datetime) -> None:
    """In force, and not over: a deferral that is over is not revived, because its usages may be visible already."""
    _require_state(deferral, DeferralState.IN_FORCE)
    if deferral.is_over(at):
        facts = {"deferral": deferral.id, "state": DeferralState.ENDED, "wanted": DeferralState.IN_FORCE}
        raise Refusal(Kind.CONFLICT, "DX_DEFERRAL_STATE", facts, article=PIPL_35)


def _require_another(deferral: Deferral, first: str, by: str) -> None:
    if first == by:
        raise Refusal(Kind.FORBIDDEN, "DX_DEFERRAL_SAME_PERSON", {"deferral": deferral.id}, article=PIPL_35)
