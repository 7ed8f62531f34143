"""An oversight item (监督事项): a fact that the supervisor looks at, the agency's reply, and the supervisor's result.

    (a fact in the ledger) ──open──▶ OPEN ──reply──▶ REPLIED ──close──▶ CLOSED
                                       └──────────────close────────────────┘
    beside it: the period for the reply passes ─▶ overdue. A late reply is a reply, and it stays late on record.

The supervision of administrative enforcement is the government's own (APL 75; AES 2, 6). An item flags: no result
punishes anybody. The competent organ decides on responsibility (NJ 22; AES 32, 33(1)).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import ClassVar, Final

from case.domain.deadlines import Terms
from common.values.calendar import Calendar, Deadline, legal_day, redated
from common.values.errors import Kind, Refusal
from common.values.facts import Commitment, Fact
from common.values.ids import AgencyId, OversightItemId
from common.values.law import AES_2, AES_22_1, AES_26, AES_27_2, AES_32, AES_33_1, Article


class ItemType(StrEnum):
    """What an item is about. `oversight.types` has the words and the law of each."""

    OV_1 = "OV-1"
    OV_2 = "OV-2"
    OV_3 = "OV-3"
    OV_4 = "OV-4"
    OV_5 = "OV-5"
    OV_6 = "OV-6"
    OV_7 = "OV-7"
    OV_8 = "OV-8"
    OV_9 = "OV-9"


class State(StrEnum):
    OPEN = "OPEN"
    REPLIED = "REPLIED"
    CLOSED = "CLOSED"


class Result(StrEnum):
    """How the supervisor closes an item. A referral recommends: another organ decides (AES 32, 33(1))."""

    RECTIFIED = "RECTIFIED"
    NOT_ESTABLISHED = "NOT_ESTABLISHED"
    REFERRED_DISCIPLINE = "REFERRED_DISCIPLINE"
    REFERRED_CRIMINAL = "REFERRED_CRIMINAL"


class DueSetBy(StrEnum):
    """The source of the period for the reply. An instrument of supervision may set one of its own later."""

    PROFILE = "PROFILE"


_REFERRALS: Final[dict[Result, Article]] = {
    Result.REFERRED_DISCIPLINE: AES_32,
    Result.REFERRED_CRIMINAL: AES_33_1,
}
_AFTER_THE_REPLY: Final[dict[Result, Article]] = {
    Result.RECTIFIED: AES_27_2,
    Result.REFERRED_DISCIPLINE: AES_32,
}
"""The results that rest on what the agency reports, and the article that says so."""


@dataclass(frozen=True)
class Source:
    """The record that an item is opened from: its id and type, the stream that it lies in, and its number there.

    The records of that stream up to this one are the facts of the item.
    """

    record_id: str
    type: str
    stream: str
    seq: int


@dataclass(frozen=True)
class OversightItem:
    """One item. `agency_id` is the agency that it concerns, `source.stream` its object."""

    id: OversightItemId
    type: ItemType
    agency_id: AgencyId
    source: Source
    consequence: Commitment | None
    opened_at: datetime
    due: Deadline
    due_set_by: DueSetBy
    state: State = State.OPEN
    replied_at: datetime | None = None
    overdue_at: datetime | None = None
    closed_at: datetime | None = None
    result: Result | None = None
    revision: int = 0


@dataclass(frozen=True)
class OfItem(Fact):
    """A fact that enters the stream of an oversight item."""

    owner: OversightItemId


@dataclass(frozen=True)
class OversightOpened(OfItem):
    """An item was opened from `source`. `consequence` is the source's commitment to the serious result (NJ 22(3))."""

    type: ClassVar[str] = "oversight.opened"
    item_type: ItemType
    agency_id: AgencyId
    source: Source
    consequence: Commitment | None
    reply_by: Deadline
    due_set_by: DueSetBy

    @property
    def subject(self) -> str:
        return self.source.stream

    def begun(self, *, at: datetime) -> OversightItem:
        """The item that this fact, recorded at `at`, begins."""
        return OversightItem(
            self.owner,
            self.item_type,
            self.agency_id,
            self.source,
            self.consequence,
            at,
            self.reply_by,
            self.due_set_by,
        )


@dataclass(frozen=True)
class Changing(OfItem, ABC):
    """A fact that leaves an existing item in another state. Each says which."""

    @abstractmethod
    def applied(self, item: OversightItem, *, at: datetime) -> OversightItem:
        """`item` as this fact leaves it, but for its revision."""


@dataclass(frozen=True)
class OversightReplied(Changing):
    """The agency explained itself; `reply` commits to its words."""

    type: ClassVar[str] = "oversight.replied"
    reply: Commitment

    def applied(self, item: OversightItem, *, at: datetime) -> OversightItem:
        return replace(item, state=State.REPLIED, replied_at=at)


@dataclass(frozen=True)
class OversightOverdue(Changing):
    """The period for the reply passed on `due_on` without one. Nothing else follows from it."""

    type: ClassVar[str] = "oversight.overdue"
    due_on: date

    def applied(self, item: OversightItem, *, at: datetime) -> OversightItem:
        return replace(item, overdue_at=at)


@dataclass(frozen=True)
class OversightRedated(Changing):
    """The period for the reply is no longer provisional. Its last day was `was_due_on` before."""

    type: ClassVar[str] = "oversight.deadline_redated"
    deadline: Deadline
    was_due_on: date

    def applied(self, item: OversightItem, *, at: datetime) -> OversightItem:
        return replace(item, due=self.deadline)


@dataclass(frozen=True)
class OversightClosed(Changing):
    """The supervisor closed the item. `reasons` commits to the words, `organ` to the organ that a referral names."""

    type: ClassVar[str] = "oversight.closed"
    result: Result
    reasons: Commitment
    organ: Commitment | None

    def applied(self, item: OversightItem, *, at: datetime) -> OversightItem:
        return replace(item, state=State.CLOSED, closed_at=at, result=self.result)


def after(item: OversightItem, fact: Changing, *, at: datetime) -> OversightItem:
    """The item as `fact`, recorded at `at`, leaves it."""
    return replace(fact.applied(item, at=at), revision=item.revision + 1)


def open_item(
    item_id: OversightItemId,
    item_type: ItemType,
    *,
    agency_id: AgencyId,
    source: Source,
    consequence: Commitment | None,
    terms: Terms,
    at: datetime,
) -> OversightOpened:
    """Open an item from a record, and ask the agency to explain itself (AES 22(1)). Its period begins with this day."""
    due = terms.oversight_reply(at)
    return OversightOpened(item_id, item_type, agency_id, source, consequence, due, DueSetBy.PROFILE)


def reply(item: OversightItem, *, text: Commitment) -> OversightReplied:
    """The agency explains itself (AES 22(1), 25): once, and also after its period, as long as the item is open."""
    _require_state(item, State.OPEN, act="its reply", article=AES_22_1)
    return OversightReplied(item.id, text)


def passed(item: OversightItem, *, at: datetime) -> OversightOverdue | None:
    """The fact that the reply was not there in time; None if it was, or may still be, or is on record already.

    A reply that came late, or a result before the period was over, is judged by its own day and not by this one.
    """
    answered_on = legal_day(item.replied_at or item.closed_at or at)
    if item.overdue_at is not None or answered_on <= item.due.due_on:
        return None
    return OversightOverdue(item.id, item.due.due_on)


def redate(item: OversightItem, calendar: Calendar) -> OversightRedated | None:
    """The period for the reply by `calendar`; None while that does not know its year (HOL 2).

    A period that was answered, missed or ended by a result keeps the day by which it was judged.
    """
    settled = redated(item.due, calendar)
    if settled is None or item.state is not State.OPEN or item.overdue_at is not None:
        return None
    return OversightRedated(item.id, settled, item.due.due_on)


def close(
    item: OversightItem,
    result: Result,
    *,
    by_agency: AgencyId | None,
    reasons: Commitment,
    organ: Commitment | None,
    at: datetime,
) -> OversightClosed:
    """Close the item with a result (AES 26).

    Supervision is that of the government over its departments, so an agency never closes an item about itself (AES 2).
    What the agency reports decides whether it rectified (AES 27(2)) and weighs in a recommendation (AES 32), so both
    wait for its reply or the end of its period. A suspicion of a crime does not wait (AES 33(1)). A referral names
    the competent organ.
    """
    if by_agency == item.agency_id:
        raise Refusal(Kind.FORBIDDEN, "OV_OWN_AGENCY", {"item": item.id}, article=AES_2)
    _require_state(item, State.OPEN, State.REPLIED, act="its closing", article=AES_26)
    is_heard = item.state is State.REPLIED or item.due.is_over(at)
    if result in _AFTER_THE_REPLY and not is_heard:
        facts = {"item": item.id, "result": result, "due_on": item.due.due_on}
        raise Refusal(Kind.CONFLICT, "OV_REPLY_PENDING", facts, article=_AFTER_THE_REPLY[result])
    if result in _REFERRALS and organ is None:
        raise Refusal(Kind.INVALID, "OV_ORGAN_MISSING", {"result": result}, article=_REFERRALS[result])
    return OversightClosed(item.id, result, reasons, organ)


def _require_state(item: OversightItem, *states: State, act: str, article: Article) -> None:
    if item.state not in states:
        raise Refusal(
            Kind.CONFLICT,
            "OV_TRANSITION_NOT_ALLOWED",
            {"item": item.id, "state": item.state, "act": act, "wanted": list(states)},
            article=article,
        )
