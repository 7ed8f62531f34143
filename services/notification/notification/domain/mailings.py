"""A batch of notices that an officer orders: the same class of message about many cases of the agency.

    ordered ── each item: MADE | NOT_FOUND | NO_PARTY | NOT_WANTED | ERASED | NOT_SENT ──▶ finished (final)

The words are the approved template's; an item brings the values of its variables, and the finished words are read once
more before they go out (NJ 15). An item is made once, however often the batch is worked on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import ClassVar, Final
from uuid import UUID, uuid5

from common.values.errors import Kind, Refusal
from common.values.facts import Fact
from common.values.ids import AgencyId, CaseId, MailingId, OfficerId
from common.values.law import NJ_15
from notification.domain.content import VARIABLES, filled, require_permitted_content
from notification.domain.templates import MessageClass, Template, class_of

MOST: Final = 1_000
"""Items of one batch."""

_SPACE: Final = UUID("6a0d8a52-2f0e-4a55-9a8b-0d3f6f2f7c11")


class Result(StrEnum):
    """What became of one item."""

    MADE = "MADE"
    NOT_FOUND = "NOT_FOUND"  # the agency has no such case
    NO_PARTY = "NO_PARTY"  # nobody is known who could be told
    NOT_WANTED = "NOT_WANTED"  # a campaign, and the party did not ask for it
    ERASED = "ERASED"
    NOT_SENT = "NOT_SENT"  # a fault of ours: the log says which


@dataclass(frozen=True)
class Item:
    """One notice of a batch: about which case, with which values of its variables, in Chinese and in English."""

    case_id: CaseId
    values: Mapping[str, str]
    values_en: Mapping[str, str]


@dataclass(frozen=True)
class Items:
    """The items of a batch, in their order."""

    items: tuple[Item, ...]


@dataclass(frozen=True)
class Mailing:
    """A batch as it stands. `items` is None once it is finished: what was said lies with each message."""

    id: MailingId
    agency_id: AgencyId
    code: str
    count: int
    ordered_at: datetime
    items: Items | None
    made: int | None = None
    finished_at: datetime | None = None


@dataclass(frozen=True)
class MailingOrdered(Fact):
    """An officer ordered `count` notices of one class."""

    type: ClassVar[str] = "mailing.ordered"

    agency_id: AgencyId
    code: str
    count: int
    by: OfficerId


@dataclass(frozen=True)
class MailingFinished(Fact):
    """Each item of the batch has its result: how many notices were made, and how many were not."""

    type: ClassVar[str] = "mailing.finished"

    agency_id: AgencyId
    made: int
    unmade: int


def order(
    mailing_id: MailingId, code: str, items: Items, *, agency_id: AgencyId, by: OfficerId
) -> MailingOrdered:
    """An officer orders notices of the class `code` (NJ 15).

    Only classes that people order: what a record or a day asks for is asked for by it alone, because twice told is two
    prompts. A value names a variable that the class lets an item bring; all others come from the case.
    """
    of = class_of(code)
    if not of.ordered:
        raise Refusal(Kind.CONFLICT, "NOTI_CLASS_NOT_ORDERED", {"class": code}, article=NJ_15)
    if not 1 <= len(items.items) <= MOST:
        raise Refusal(Kind.INVALID, "NOTI_BATCH_SIZE", {"most": MOST})
    for n, item in enumerate(items.items):
        _require_values(of, n, item.values)
        _require_values(of, n, item.values_en)
        if missing := sorted(set(of.ordered) - item.values.keys()):
            raise Refusal(Kind.INVALID, "NOTI_BATCH_VALUES", {"n": n, "names": missing}, wording="missing")
    return MailingOrdered(mailing_id, agency_id, code, len(items.items), by)


def require_sayable(of: MessageClass, template: Template, items: Items, *, official_domain: str) -> None:
    """The values of each item may stand in the words of `template` (NJ 15): no link to others, and not too long.

    Asked while the order is taken, without what only the case knows; the finished words are read once more. Refusal
    NOTI_CONTENT_FORBIDDEN names the item.
    """
    for n, item in enumerate(items.items):
        text = filled(of.code, template.text, item.values, ())
        try:
            require_permitted_content(of.code, text, official_domain=official_domain)
        except Refusal as refusal:
            facts = {"n": n, "class": of.code, "forbidden": refusal.facts["forbidden"]}
            raise Refusal(refusal.kind, refusal.code, facts, article=NJ_15, wording="item") from refusal


def finish(mailing: Mailing, results: Sequence[Result]) -> MailingFinished:
    """Every item has its result."""
    if mailing.finished_at is not None or len(results) != mailing.count:
        raise Refusal(Kind.CONFLICT, "NOTI_BATCH_STATE", {"batch": mailing.id})
    made = sum(result is Result.MADE for result in results)
    return MailingFinished(mailing.id, mailing.agency_id, made, len(results) - made)


def cause_of(mailing_id: MailingId, n: int) -> UUID:
    """The name under which the notice of item `n` is made once."""
    return uuid5(_SPACE, f"{mailing_id}/{n}")


def begun(fact: MailingOrdered, items: Items, *, at: datetime) -> Mailing:
    """The batch that `fact`, recorded at `at`, begins."""
    return Mailing(MailingId(fact.owner), fact.agency_id, fact.code, fact.count, at, items)


def after(mailing: Mailing, fact: MailingFinished, *, at: datetime) -> Mailing:
    """The batch once it is finished: its values go."""
    return replace(mailing, items=None, made=fact.made, finished_at=at)


def _require_values(of: MessageClass, n: int, values: Mapping[str, str]) -> None:
    if unknown := sorted(values.keys() - (VARIABLES & set(of.ordered))):
        raise Refusal(Kind.INVALID, "NOTI_BATCH_VALUES", {"n": n, "names": unknown})
