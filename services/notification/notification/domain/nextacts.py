"""What a message asks of the party: the periods that its document starts, and what the party can do next.

    D-02   prompt        correct in time, or object               until the case says (NJ 4, 15)
    D-14   prior notice  state and defend                         working days from service (APL 44, 45)
    D-20a  decision      pay · apply for reconsideration · sue    from service (APL 67) · from arrival (ARL 20, ALL 46)

Reconsideration and suit are counted from the day on which the document arrived at the party's own system, and never
from the day on which the agency sent it: a ministry's rule on service does not shorten a period that a law or an
administrative regulation gives (ARL 20). What is decided is the case service's; this only tells.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from common.values.calendar import Calendar, Holder, Period, Unit, deadline, legal_day, unit_of
from common.values.law import ALL_46, APL_45, APL_67, APL_85, ARL_20, ARL_88, Article
from common.values.profile import Limits
from notification.domain.message import Message

DEFENCE_FLOOR_WD: Final = 3
"""A city may give longer for statement and defence, and never less."""

_PRIOR_NOTICE, _DECISION, _PROMPT = "D-14", "D-20a", "D-02"


@dataclass(frozen=True)
class Ends:
    """A period that the message started: `act` may be done until `until`, the first instant after it.

    `law` is the article that gives the period, and None where the city does.
    """

    act: str
    until: datetime
    law: Article | None

    def days_left(self, at: datetime) -> int:
        """Days of the calendar from the day of `at` to the last day of the period, 0 on the last day and after it."""
        last = legal_day(self.until - datetime.resolution)
        return max(0, (last - legal_day(at)).days)


@dataclass(frozen=True)
class NextAct:
    """Something that the party can do: by this method at this address of the API, until then. None has no end."""

    act: str
    method: str
    href: str
    until: datetime | None = None


def ends_of(
    message: Message, limits: Limits, calendar: Calendar, *, correct_until: datetime | None
) -> tuple[Ends, ...]:
    """The periods that `message` started, in the order in which they end."""
    ends: list[Ends] = []
    if message.document_kind == _PROMPT and correct_until is not None:
        ends.append(Ends("CORRECT", correct_until, None))
    if message.served_on is not None and message.document_kind == _PRIOR_NOTICE:
        days = max(limits.defence_wd, DEFENCE_FLOOR_WD)
        ends.append(_until("DEFEND", APL_45, message.served_on, days, Unit.WORKING_DAY, calendar))
    if message.served_on is not None and message.document_kind == _DECISION:
        ends += _after_a_decision(message, message.served_on, limits, calendar)
    return tuple(sorted(ends, key=lambda each: each.until))


def next_acts(message: Message, ends: Sequence[Ends], *, at: datetime) -> tuple[NextAct, ...]:
    """What the party can do with `message` at `at`, each where it is done. A period that is over offers nothing."""
    if message.is_gone:
        return ()
    mine, case = f"/v1/inbox/{message.id}", f"/v1/cases/{message.case_id}"
    acts = [NextAct("DOWNLOAD", "GET", f"{mine}/document")] if message.document_sha256 else []
    done = message.engagement
    acts += [] if done.acknowledged_at else [NextAct("ACKNOWLEDGE", "POST", f"{mine}/acknowledgements")]
    acts += [] if done.disputed_at else [NextAct("DISPUTE", "POST", f"{mine}/disputes")]
    where = {"DEFEND": ("POST", f"{case}/defences"), "CORRECT": ("GET", case), "PAY": ("GET", case)}
    open_ends = [each for each in ends if each.until > at]
    acts += [NextAct(e.act, *where[e.act], until=e.until) for e in open_ends if e.act in where]
    return tuple(acts)


def _after_a_decision(message: Message, served_on: date, limits: Limits, calendar: Calendar) -> list[Ends]:
    arrived_on = legal_day(message.delivered_at) if message.delivered_at else served_on
    return [
        _until("PAY", APL_67, served_on, limits.pay_cd, unit_of(APL_85, limits.pay_cd), calendar),
        _until(
            "RECONSIDERATION",
            ARL_20,
            arrived_on,
            limits.reconsideration_cd,
            unit_of(ARL_88, limits.reconsideration_cd),
            calendar,
        ),
        _until("LITIGATION", ALL_46, arrived_on, limits.litigation_months, Unit.MONTH, calendar),
    ]


def _until(act: str, law: Article, trigger: date, n: int, unit: Unit, calendar: Calendar) -> Ends:
    period = Period(act.lower(), law, n, unit, Holder.PARTY)
    return Ends(act, deadline(period, trigger, calendar=calendar).due_at, law)
