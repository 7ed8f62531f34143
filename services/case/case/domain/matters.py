"""The published list of off-site matters with their benchmarks (非现场执法事项清单; APL 34; PD 4), in versions.

    PROPOSED ──approve──▶ PUBLISHED
       └──return──▶ RETURNED

A version is one catalogue item: the violation, its clauses, its benchmark and the days on which it is in force. The
file of the city's profile is the first version of each. Somebody proposes the next one and somebody else approves it;
with the approval it is public, and it takes effect on a later day, so that nobody is punished by what he could not
read. Its record names it in clear: every other service reads the list there. What is published stays for the acts of
its days (APL 37); a violation that the law drops is a last version that says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any, ClassVar, assert_never

from common.values.calendar import legal_day
from common.values.catalogue import CatalogueItem
from common.values.datafiles import decoded
from common.values.errors import Kind, Refusal
from common.values.facts import Fact
from common.values.ids import AgencyId, MatterId
from common.values.law import APL_34, PD_4
from common.values.profile import Profile
from common.values.profiles import with_versions


class State(StrEnum):
    PROPOSED = "PROPOSED"
    PUBLISHED = "PUBLISHED"
    RETURNED = "RETURNED"


@dataclass(frozen=True)
class Matter:
    """One version of a matter. `agency_id` is the agency of the first proposal."""

    id: MatterId
    agency_id: AgencyId
    state: State
    item: CatalogueItem
    proposed_by: str
    proposed_at: datetime
    decided_by: str | None = None
    decided_at: datetime | None = None


@dataclass(frozen=True)
class MatterProposed(Fact):
    """Somebody proposes a version. What it says becomes public with its approval, not before."""

    type: ClassVar[str] = "matter.proposed"

    owner: MatterId
    agency_id: AgencyId
    code: str
    version: int
    by: str


@dataclass(frozen=True)
class MatterPublished(Fact):
    """From `item.valid_from` on the list says this of the violation. Its benchmark is public from today on."""

    type: ClassVar[str] = "matter.published"

    owner: MatterId
    item: CatalogueItem
    by: str


@dataclass(frozen=True)
class MatterReturned(Fact):
    """The version is not approved and counts for nothing."""

    type: ClassVar[str] = "matter.returned"

    owner: MatterId
    version: int
    by: str


Decision = MatterPublished | MatterReturned


def stated(words: Mapping[str, Any], *, code: str, version: int) -> CatalogueItem:
    """The version that `words` state, its benchmark not public yet. Refusal MATTER_CONTRADICTS_ITSELF."""
    own = {"code": code, "version": version, "benchmark_published_on": None}
    try:
        return decoded(CatalogueItem, {**words, **own}, code)
    except ValueError as error:
        facts = {"code": code, "why": str(error)}
        raise Refusal(Kind.INVALID, "MATTER_CONTRADICTS_ITSELF", facts, article=APL_34) from None


def propose(
    matter_id: MatterId,
    item: CatalogueItem,
    *,
    agency_id: AgencyId,
    known: tuple[Matter, ...],
    profile: Profile,
    by: str,
) -> MatterProposed:
    """Propose the next version of the violation that `item` names. `known` are the versions that were ever proposed.

    One version of a violation waits at a time, and one matter has it: two would each publish a law of its own.
    """
    if any(matter.id != matter_id for matter in known):
        facts = {"code": item.code, "matter": known[0].id}
        raise Refusal(Kind.CONFLICT, "MATTER_CODE_TAKEN", facts, article=PD_4)
    waiting = next((matter for matter in known if matter.state is State.PROPOSED), None)
    if waiting is not None:
        which = {"code": item.code, "version": waiting.item.version}
        raise Refusal(Kind.CONFLICT, "MATTER_PENDING", which, article=PD_4)
    _require_rules(item, profile)
    owner = known[0].agency_id if known else agency_id
    return MatterProposed(matter_id, owner, item.code, item.version, by)


def next_version(code: str, known: tuple[Matter, ...], profile: Profile) -> int:
    """The number of the next version: after those of the profile's file, and after every proposed one."""
    numbers = [item.version for item in profile.catalogue if item.code == code]
    return max([*numbers, *(matter.item.version for matter in known)], default=0) + 1


def approve(matter: Matter, *, profile: Profile, by: str, at: datetime) -> MatterPublished:
    """Publish a version, with its benchmark, on the day of `at`. Not its author.

    It takes effect on the day after at the earliest, and after the version that it follows.
    """
    _require_proposed(matter)
    if by == matter.proposed_by:
        raise Refusal(Kind.FORBIDDEN, "LAW_SECOND_PERSON", {"source": matter.id}, article=APL_34)
    today = legal_day(at)
    if matter.item.valid_from <= today:
        facts = {"code": matter.item.code, "first": matter.item.valid_from, "today": today}
        raise Refusal(Kind.CONFLICT, "MATTER_TOO_EARLY", facts, article=APL_34)
    item = replace(matter.item, benchmark_published_on=today)
    _require_follows(item, profile)
    _require_rules(item, profile)
    return MatterPublished(matter.id, item, by)


def give_back(matter: Matter, *, by: str) -> MatterReturned:
    """Return a version unapproved. What is published stays."""
    _require_proposed(matter)
    return MatterReturned(matter.id, matter.item.version, by)


def begun(fact: MatterProposed, item: CatalogueItem, *, at: datetime) -> Matter:
    """The version that `fact`, recorded at `at`, begins."""
    return Matter(fact.owner, fact.agency_id, State.PROPOSED, item, fact.by, at)


def after(matter: Matter, fact: Decision, *, at: datetime) -> Matter:
    """The version as `fact`, recorded at `at`, leaves it."""
    match fact:
        case MatterPublished():
            done = replace(matter, state=State.PUBLISHED, item=fact.item)
        case MatterReturned():
            done = replace(matter, state=State.RETURNED)
        case _:
            assert_never(fact)
    return replace(done, decided_by=fact.by, decided_at=at)


def listed(profile: Profile, *, on: date) -> tuple[CatalogueItem, ...]:
    """The matters that are pursued by devices, as they stand on that day or are to stand later (PD 4)."""
    shown = (i for i in profile.catalogue if i.in_offsite_list and (i.valid_until or date.max) >= on)
    return tuple(sorted(shown, key=lambda item: (item.code, item.version)))


def require_version(matter: Matter, version: int) -> None:
    """Refuse a decision on another version than the newest: somebody revised what the decider has read."""
    if matter.item.version != version:
        facts = {"code": matter.item.code, "version": matter.item.version}
        raise Refusal(Kind.CONFLICT, "MATTER_STATE", facts, wording="version", article=APL_34)


def _require_rules(item: CatalogueItem, profile: Profile) -> None:
    # A matter whose pictures nobody knows how to review opens cases that no officer can accept (NJ 14(2)).
    rules = profile.find_ruleset(item.code, on=item.valid_from)
    if rules is None or rules.code != item.ruleset:
        facts = {"code": item.code, "ruleset": item.ruleset}
        raise Refusal(Kind.INVALID, "MATTER_WITHOUT_RULES", facts, article=PD_4)


def _require_follows(item: CatalogueItem, profile: Profile) -> None:
    try:
        with_versions(profile, [item])
    except ValueError:
        latest = max(i.valid_from for i in profile.catalogue if i.code == item.code)
        facts = {"code": item.code, "first": item.valid_from, "latest": latest}
        raise Refusal(Kind.CONFLICT, "MATTER_NOT_AFTER", facts, article=APL_34) from None


def _require_proposed(matter: Matter) -> None:
    if matter.state is not State.PROPOSED:
        facts = {"code": matter.item.code, "version": matter.item.version, "state": matter.state}
        raise Refusal(Kind.CONFLICT, "MATTER_STATE", facts, article=APL_34)
