"""A finding of the clean-up (清理情形): a device is, or may be, in one of the seven situations of PJ §2.

    raise_found ─▶ OPEN ──propose──▶ PROPOSED ──decide──▶ CONFIRMED: the device is stopped in the same change
    raise_by_hand ─────────────────────┘           └────▶ DISMISSED

The device admin proposes, the head of the agency decides, each with a reason. The registry raises findings and decides
none: whether a device is stopped is for people.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import ClassVar, Final, assert_never

from common.values.errors import Kind, Refusal, Violation
from common.values.facts import Commitment, Fact
from common.values.ids import AgencyId, DeviceId, FindingId
from common.values.law import PJ_2, PJ_2_7
from device_registry.domain.cleanup import Category, Origin, Situation
from device_registry.domain.device import Device

LEAST_TEXT: Final = 20
"""So many characters say what is unlawful, unreasonable or unnecessary about a device (PJ-2.7)."""


class FindingState(StrEnum):
    OPEN = "OPEN"
    PROPOSED = "PROPOSED"
    CONFIRMED = "CONFIRMED"
    DISMISSED = "DISMISSED"


class Outcome(StrEnum):
    CONFIRM = "CONFIRM"
    DISMISS = "DISMISS"


@dataclass(frozen=True)
class CleanupFinding:
    """One finding. `grounds` are what the registry computed, empty where a person found it."""

    id: FindingId
    device_id: DeviceId
    agency_id: AgencyId
    category: Category
    origin: Origin
    grounds: tuple[Violation, ...]
    raised_at: datetime
    state: FindingState = FindingState.OPEN
    proposal: Outcome | None = None
    proposed_by: str | None = None
    decided_at: datetime | None = None


@dataclass(frozen=True)
class FindingRaised(Fact):
    """`grounds` are codes. `words` commits to what a person wrote, None where the registry computed the finding."""

    type: ClassVar[str] = "finding.raised"
    owner: FindingId
    device_id: DeviceId
    agency_id: AgencyId
    category: Category
    origin: Origin
    grounds: tuple[str, ...]
    words: Commitment | None

    @property
    def subject(self) -> str:
        return self.device_id.stream


@dataclass(frozen=True)
class FindingProposed(Fact):
    type: ClassVar[str] = "finding.proposed"
    owner: FindingId
    device_id: DeviceId
    outcome: Outcome
    reason: Commitment

    @property
    def subject(self) -> str:
        return self.device_id.stream


@dataclass(frozen=True)
class FindingDecided(Fact):
    type: ClassVar[str] = "finding.decided"
    owner: FindingId
    device_id: DeviceId
    category: Category
    outcome: Outcome
    reason: Commitment

    @property
    def subject(self) -> str:
        return self.device_id.stream


@dataclass(frozen=True)
class Raised:
    """A new finding: its fact, and what was computed."""

    fact: FindingRaised
    grounds: tuple[Violation, ...] = ()


def is_new(situation: Situation, known: Iterable[CleanupFinding], device: Device) -> bool:
    """Whether a finding of `situation` says something that nobody has decided on since the device went into use.

    An open finding of its kind says it already. A dismissed one answers the same grounds, until new ones come. A device
    that was rectified and activated anew is judged anew: what was decided of its earlier life answers nothing.
    """
    since = device.in_service_from
    codes = {ground.code for ground in situation.grounds}
    for finding in known:
        if (finding.category, finding.origin) != (situation.category, situation.origin):
            continue
        if finding.state in (FindingState.OPEN, FindingState.PROPOSED):
            return False
        if finding.decided_at is None or (since is not None and finding.decided_at < since):
            continue
        if finding.state is FindingState.CONFIRMED or codes <= {ground.code for ground in finding.grounds}:
            return False
    return True


def raise_found(
    finding_id: FindingId, situation: Situation, *, device_id: DeviceId, agency_id: AgencyId
) -> Raised:
    """Lay what was computed before a person (PJ §2)."""
    codes = tuple(dict.fromkeys(ground.code for ground in situation.grounds))
    fact = FindingRaised(finding_id, device_id, agency_id, situation.category, situation.origin, codes, None)
    return Raised(fact, situation.grounds)


def raise_by_hand(
    finding_id: FindingId,
    category: Category,
    *,
    text: str,
    words: Commitment,
    device_id: DeviceId,
    agency_id: AgencyId,
) -> Raised:
    """A situation that a person saw: all seven have their part that nobody can compute (PJ §2).

    Item 7 names nothing by itself, so its text says in twenty characters or more what is wrong (PJ §2.7).
    """
    require_text(category, text)
    return Raised(FindingRaised(finding_id, device_id, agency_id, category, Origin.HUMAN, (), words))


def propose(finding: CleanupFinding, outcome: Outcome, *, text: str, reason: Commitment) -> FindingProposed:
    """The device admin says what the agency should hold of it, and why (D-T15)."""
    _require(finding, (FindingState.OPEN,))
    if outcome is Outcome.CONFIRM:
        require_text(finding.category, text)
    return FindingProposed(finding.id, finding.device_id, outcome, reason)


def decide(finding: CleanupFinding, outcome: Outcome, *, reason: Commitment, by: str) -> FindingDecided:
    """The head decides on the proposal, either way; the one who proposed does not decide (D-T15; PJ §2)."""
    _require(finding, (FindingState.PROPOSED,))
    if finding.proposed_by == by:
        raise Refusal(
            Kind.FORBIDDEN,
            "DEV_DUTY_SEPARATION",
            {"device": finding.device_id},
            wording="finding",
            article=PJ_2,
        )
    return FindingDecided(finding.id, finding.device_id, finding.category, outcome, reason)


def begun(raised: Raised, *, at: datetime) -> CleanupFinding:
    """The finding that a fact recorded at `at` begins."""
    fact = raised.fact
    return CleanupFinding(
        fact.owner, fact.device_id, fact.agency_id, fact.category, fact.origin, raised.grounds, at
    )


def after(
    finding: CleanupFinding, fact: FindingProposed | FindingDecided, *, by: str, at: datetime
) -> CleanupFinding:
    """The finding as `fact`, recorded by the person `by` at `at`, leaves it."""
    match fact:
        case FindingProposed():
            return replace(finding, state=FindingState.PROPOSED, proposal=fact.outcome, proposed_by=by)
        case FindingDecided():
            confirmed = fact.outcome is Outcome.CONFIRM
            state = FindingState.CONFIRMED if confirmed else FindingState.DISMISSED
            return replace(finding, state=state, decided_at=at)
        case _:
            assert_never(fact)


def require_text(category: Category, text: str) -> None:
    """Refuse a text of item 7 that is shorter than `LEAST_TEXT` characters."""
    if category is Category.CU_7 and len(text.strip()) < LEAST_TEXT:
        facts = {"least": LEAST_TEXT, "given": len(text.strip())}
        raise Refusal(Kind.INVALID, "CLN_TEXT_TOO_SHORT", facts, article=PJ_2_7)


def _require(finding: CleanupFinding, needed: tuple[FindingState, ...]) -> None:
    if finding.state not in needed:
        facts = {"finding": finding.id, "state": finding.state, "needed": needed}
        raise Refusal(Kind.CONFLICT, "CLN_FINDING_DECIDED", facts, article=PJ_2)
