"""One item of the catalogue of government data, and its states; every act of `listing` and `changing` starts from one.

    DRAFT ─assess (secrecy, personal information)─▶ DRAFT ─sign off (head)─▶ SIGNED_OFF ─submit─▶ SUBMITTED ─▶ LISTED
      ▲                                                                                  └─return─▶ RETURNED
      └──────── another version is drafted (from every state but SUBMITTED) ──────────────────────────┘

An item has one version that its agency works on, `version`, and at most one that is listed, `listed_version`. The
listed version stays in force until the next one is listed. Data that is a state secret or a working secret is no
government data (GDS 3(1)), so it never becomes an item.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

from common.values.calendar import Deadline
from common.values.errors import Kind as RefusalKind
from common.values.errors import Refusal
from common.values.facts import Fact
from common.values.ids import AgencyId, CatalogueItemId
from common.values.law import GDS_16_1
from data_exchange.domain.exchange import Clock


class ItemState(StrEnum):
    """Where the newest version stands."""

    DRAFT = "DRAFT"
    SIGNED_OFF = "SIGNED_OFF"
    SUBMITTED = "SUBMITTED"
    RETURNED = "RETURNED"
    LISTED = "LISTED"


class Share(StrEnum):
    """The share attribute: who may use the data (GDS 14)."""

    UNCONDITIONAL = "UNCONDITIONAL"
    CONDITIONAL = "CONDITIONAL"
    NOT_SHARED = "NOT_SHARED"


class Manner(StrEnum):
    """How data is shared (GDS 22(2)). VERIFICATION_ONLY answers yes or no and hands over no row."""

    API = "API"
    BATCH = "BATCH"
    FILE = "FILE"
    VERIFICATION_ONLY = "VERIFICATION_ONLY"


class Classification(StrEnum):
    """The class of the data. The last two are no government data at all (GDS 3(1))."""

    GENERAL = "GENERAL"
    IMPORTANT = "IMPORTANT"
    CORE = "CORE"
    WORK_SECRET = "WORK_SECRET"
    STATE_SECRET = "STATE_SECRET"


class CitationLevel(StrEnum):
    """What alone can keep data from being shared (GDS 14(3)): no local regulation, no rule of a department."""

    LAW = "LAW"
    ADMIN_REGULATION = "ADMIN_REGULATION"
    STATE_COUNCIL_DECISION = "STATE_COUNCIL_DECISION"


class Assessment(StrEnum):
    """The two assessments that come before the head's sign-off (GDS 13(1))."""

    SECRECY = "SECRECY"
    PERSONAL_INFORMATION = "PERSONAL_INFORMATION"


class Outcome(StrEnum):
    PASSED = "PASSED"
    NOT_PASSED = "NOT_PASSED"


@dataclass(frozen=True)
class Content:
    """What one version says in codes. `fields` are the codes of its data items, `personal_fields` some of them."""

    share: Share
    classification: Classification
    manners: tuple[Manner, ...]
    fields: tuple[str, ...]
    personal_fields: tuple[str, ...]


@dataclass(frozen=True)
class CatalogueItem:
    """One item. `content` is what `version` says, `listed` what the listed version says.

    `authority_id` is the data authority, once the item was submitted to it. `revision` counts the facts.
    """

    id: CatalogueItemId
    agency_id: AgencyId
    authority_id: AgencyId | None
    state: ItemState
    version: int
    content: Content
    listed_version: int | None = None
    listed: Content | None = None
    secrecy: Outcome | None = None
    personal_information: Outcome | None = None
    change_extended: bool = False
    clocks: tuple[Clock, ...] = ()
    revision: int = 0

    def clock(self, rule: str) -> Clock | None:
        """The clock of `rule`, running or ended; None if it never ran."""
        return next((clock for clock in self.clocks if clock.deadline.rule == rule), None)

    def is_running(self, rule: str) -> bool:
        clock = self.clock(rule)
        return clock is not None and clock.is_running

    def passed(self, day: date) -> tuple[Clock, ...]:
        """The running clocks whose last day is over on `day`."""
        return tuple(clock for clock in self.clocks if clock.has_passed(day))


@dataclass(frozen=True)
class OfItem(Fact, ABC):
    """A fact that enters the stream of a catalogue item."""

    owner: CatalogueItemId

    @property
    def due(self) -> tuple[Deadline, ...]:
        """The periods that this fact starts."""
        return ()


@dataclass(frozen=True)
class ChangingItem(OfItem, ABC):
    """A fact that leaves an existing item in another state. Each says which."""

    @property
    def ends(self) -> tuple[str, ...]:
        """The rules whose running clocks this fact ends."""
        return ()

    @abstractmethod
    def applied(self, item: CatalogueItem, *, at: datetime) -> CatalogueItem:
        """`item` as this fact leaves it, but for its clocks and its revision."""


def after(item: CatalogueItem, fact: ChangingItem, *, at: datetime) -> CatalogueItem:
    """The item as `fact`, recorded at `at`, leaves it. A clock of a rule replaces an older one of that rule."""
    changed = fact.applied(item, at=at)
    started = {deadline.rule: Clock(deadline) for deadline in fact.due}
    clocks = [
        replace(clock, ended_at=at) if clock.is_running and clock.deadline.rule in fact.ends else clock
        for clock in changed.clocks
        if clock.deadline.rule not in started
    ]
    return replace(changed, clocks=(*clocks, *started.values()), revision=item.revision + 1)


def require_item_state(item: CatalogueItem, *states: ItemState, act: str) -> None:
    """Raises Refusal DX_ITEM_STATE unless `item` is in one of `states`."""
    if item.state not in states:
        raise Refusal(
            RefusalKind.CONFLICT,
            "DX_ITEM_STATE",
            {"item": item.id, "state": item.state, "act": act, "wanted": list(states)},
            article=GDS_16_1,
        )


def require_provider(item: CatalogueItem, agency_id: AgencyId | None) -> None:
    """Raises Refusal DX_PROVIDER_ONLY: the agency that has the data describes it, the authority does not."""
    if agency_id != item.agency_id:
        raise Refusal(RefusalKind.FORBIDDEN, "DX_PROVIDER_ONLY", {"item": item.id}, article=GDS_16_1)


def require_authority(item: CatalogueItem, agency_id: AgencyId | None) -> None:
    """Raises Refusal DX_AUTHORITY_ONLY: no agency lists its own item or prolongs its own period."""
    if item.authority_id is None or agency_id != item.authority_id:
        raise Refusal(RefusalKind.FORBIDDEN, "DX_AUTHORITY_ONLY", {"object": item.id}, article=GDS_16_1)
