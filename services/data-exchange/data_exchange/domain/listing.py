"""How an item enters the catalogue: drafted, assessed, signed off by the head, submitted, listed or returned.

    draft ─▶ two assessments ─▶ the head's sign-off (GDS 13(1)) ─▶ submission ─▶ the authority lists it (GDS 16(1))

An assessment and a sign-off belong to one version: another version needs them again.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import ClassVar

from common.values.calendar import Deadline
from common.values.errors import Kind as RefusalKind
from common.values.errors import Refusal
from common.values.facts import Commitment
from common.values.ids import AgencyId, CatalogueItemId
from common.values.law import GDS_3_1, GDS_13_1, GDS_14_3, GDS_15_1, GDS_15_2
from data_exchange.domain.catalogue import (
    Assessment,
    CatalogueItem,
    ChangingItem,
    CitationLevel,
    Classification,
    Content,
    ItemState,
    OfItem,
    Outcome,
    Share,
    require_authority,
    require_item_state,
    require_provider,
)
from data_exchange.domain.clocks import Terms
from data_exchange.domain.dataclocks import CHANGE, REVIEW, review_by

_SECRET = (Classification.WORK_SECRET, Classification.STATE_SECRET)


@dataclass(frozen=True)
class ItemDrafted(OfItem):
    """An agency drafted a new item. `text` commits to its name, its fields in words and its conditions."""

    type: ClassVar[str] = "catalogue.drafted"
    agency_id: AgencyId
    content: Content
    text: Commitment

    def begun(self) -> CatalogueItem:
        """The item that this fact begins."""
        return CatalogueItem(self.owner, self.agency_id, None, ItemState.DRAFT, 1, self.content)


@dataclass(frozen=True)
class ItemRedrafted(ChangingItem):
    """The agency drafted another version. What was assessed and signed off was the version before."""

    type: ClassVar[str] = "catalogue.redrafted"
    version: int
    content: Content
    text: Commitment

    def applied(self, item: CatalogueItem, *, at: datetime) -> CatalogueItem:
        return replace(
            item,
            state=ItemState.DRAFT,
            version=self.version,
            content=self.content,
            secrecy=None,
            personal_information=None,
        )


@dataclass(frozen=True)
class ItemAssessed(ChangingItem):
    """One of the two assessments of a version; `text` commits to its words."""

    type: ClassVar[str] = "catalogue.assessed"
    version: int
    assessment: Assessment
    outcome: Outcome
    text: Commitment

    def applied(self, item: CatalogueItem, *, at: datetime) -> CatalogueItem:
        if self.assessment is Assessment.SECRECY:
            return replace(item, secrecy=self.outcome)
        return replace(item, personal_information=self.outcome)


@dataclass(frozen=True)
class ItemSignedOff(ChangingItem):
    """The head of the agency agreed to this version."""

    type: ClassVar[str] = "catalogue.signed_off"
    version: int

    def applied(self, item: CatalogueItem, *, at: datetime) -> CatalogueItem:
        return replace(item, state=ItemState.SIGNED_OFF)


@dataclass(frozen=True)
class ItemSubmitted(ChangingItem):
    """The version was sent to the data authority for review. The agency has done its part of a change with it."""

    type: ClassVar[str] = "catalogue.submitted"
    version: int
    authority_id: AgencyId
    review_by: Deadline

    @property
    def due(self) -> tuple[Deadline, ...]:
        return (self.review_by,)

    @property
    def ends(self) -> tuple[str, ...]:
        return (CHANGE,)

    def applied(self, item: CatalogueItem, *, at: datetime) -> CatalogueItem:
        return replace(item, state=ItemState.SUBMITTED, authority_id=self.authority_id)


@dataclass(frozen=True)
class ItemListed(ChangingItem):
    """The authority reviewed the version and announced it to every agency."""

    type: ClassVar[str] = "catalogue.listed"
    version: int

    @property
    def ends(self) -> tuple[str, ...]:
        return (REVIEW,)

    def applied(self, item: CatalogueItem, *, at: datetime) -> CatalogueItem:
        return replace(item, state=ItemState.LISTED, listed_version=item.version, listed=item.content)


@dataclass(frozen=True)
class ItemReturned(ChangingItem):
    """The authority sent the version back. The version that is listed, if any, stays in force."""

    type: ClassVar[str] = "catalogue.returned"
    version: int
    reason: Commitment

    @property
    def ends(self) -> tuple[str, ...]:
        return (REVIEW,)

    def applied(self, item: CatalogueItem, *, at: datetime) -> CatalogueItem:
        return replace(item, state=ItemState.RETURNED)


def draft(
    item_id: CatalogueItemId,
    content: Content,
    *,
    agency_id: AgencyId,
    text: Commitment,
    citation: str | None,
    has_conditions: bool,
) -> ItemDrafted:
    """Describe data of one's own for the catalogue (GDS 13). `citation` is the level of the provision, as a code."""
    _require_describable(content, citation=citation, has_conditions=has_conditions)
    return ItemDrafted(item_id, agency_id, content, text)


def redraft(
    item: CatalogueItem,
    content: Content,
    *,
    agency_id: AgencyId | None,
    text: Commitment,
    citation: str | None,
    has_conditions: bool,
) -> ItemRedrafted:
    """Describe it anew. The authority reviews one version at a time, so not while one lies with it."""
    require_provider(item, agency_id)
    require_item_state(
        item,
        ItemState.DRAFT,
        ItemState.SIGNED_OFF,
        ItemState.RETURNED,
        ItemState.LISTED,
        act="another version",
    )
    _require_describable(content, citation=citation, has_conditions=has_conditions)
    return ItemRedrafted(item.id, item.version + 1, content, text)


def assess(
    item: CatalogueItem,
    assessment: Assessment,
    outcome: Outcome,
    *,
    agency_id: AgencyId | None,
    text: Commitment,
) -> ItemAssessed:
    """Put one of the two assessments on record (GDS 13(1)). A bad outcome is recorded too: it bars the listing."""
    require_provider(item, agency_id)
    require_item_state(item, ItemState.DRAFT, act="its assessment")
    return ItemAssessed(item.id, item.version, assessment, outcome, text)


def sign_off(item: CatalogueItem, *, agency_id: AgencyId | None) -> ItemSignedOff:
    """The head agrees (GDS 13(1)), once both assessments say that nothing stands against it.

    Data whose secrecy was not cleared is no government data (GDS 3(1)): no sign-off heals that.
    """
    require_provider(item, agency_id)
    require_item_state(item, ItemState.DRAFT, act="its sign-off")
    if item.secrecy is Outcome.NOT_PASSED:
        raise Refusal(RefusalKind.INVALID, "DX_STATE_SECRET", article=GDS_3_1)
    outcomes = {
        Assessment.SECRECY: item.secrecy,
        Assessment.PERSONAL_INFORMATION: item.personal_information,
    }
    missing = [name for name, outcome in outcomes.items() if outcome is not Outcome.PASSED]
    if missing:
        raise Refusal(
            RefusalKind.CONFLICT,
            "DX_ASSESSMENT_MISSING",
            {"item": item.id, "missing": missing},
            article=GDS_13_1,
        )
    return ItemSignedOff(item.id, item.version)


def submit(
    item: CatalogueItem, *, agency_id: AgencyId | None, authority_id: AgencyId, terms: Terms, at: datetime
) -> ItemSubmitted:
    """Send the version to the data authority (GDS 16(1)). Without the head's sign-off it is not sent (GDS 13(1))."""
    require_provider(item, agency_id)
    if item.state is ItemState.DRAFT:
        raise Refusal(RefusalKind.CONFLICT, "DX_SIGN_OFF_MISSING", {"item": item.id}, article=GDS_13_1)
    require_item_state(item, ItemState.SIGNED_OFF, act="its submission")
    return ItemSubmitted(item.id, item.version, authority_id, review_by(at, terms))


def list_item(item: CatalogueItem, *, agency_id: AgencyId | None) -> ItemListed:
    """The authority announces the version to every agency (GDS 16(1)). Late is better than never: the clock ends."""
    require_authority(item, agency_id)
    require_item_state(item, ItemState.SUBMITTED, act="its listing")
    return ItemListed(item.id, item.version)


def send_back(item: CatalogueItem, *, agency_id: AgencyId | None, reason: Commitment) -> ItemReturned:
    """The authority says why this version is not listed."""
    require_authority(item, agency_id)
    require_item_state(item, ItemState.SUBMITTED, act="its return")
    return ItemReturned(item.id, item.version, reason)


def _require_describable(content: Content, *, citation: str | None, has_conditions: bool) -> None:
    if content.classification in _SECRET:
        raise Refusal(RefusalKind.INVALID, "DX_STATE_SECRET", article=GDS_3_1)
    if content.share is Share.NOT_SHARED and citation not in list(CitationLevel):
        raise Refusal(
            RefusalKind.INVALID,
            "DX_NOT_SHARED_CITATION",
            {"levels": list(CitationLevel)},
            article=GDS_14_3,
        )
    if content.share is Share.CONDITIONAL and not has_conditions:
        raise Refusal(RefusalKind.INVALID, "DX_CONDITIONS_MISSING", article=GDS_15_2)
    if content.share is Share.UNCONDITIONAL and has_conditions:
        raise Refusal(RefusalKind.INVALID, "DX_CONDITIONS_ADDED", article=GDS_15_1)
