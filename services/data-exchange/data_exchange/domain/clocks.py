"""The periods of the exchange: each with its article and its number from the profile.

NJ 18 and 19 say "in time" and name no number, so those numbers are the city's own. The numbers of the Government Data
Sharing Regulation are working days by its own text. No period of an agency rolls forward.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from common.values.calendar import DAY, Calendar, Deadline, Holder, Period, Stop, Unit, deadline, legal_day
from common.values.errors import Kind as RefusalKind
from common.values.errors import Refusal
from common.values.exchangerules import ExchangeRules
from common.values.law import GDS_21_2, GDS_26, NJ_18_1, NJ_19, NJ_22_2, NJ_22_3, Article, cited
from common.values.profile import Limits, Profile
from data_exchange.domain.exchange import Clock, ClockStop, Exchange, Kind

ACKNOWLEDGE: Final = "acknowledge"
ANSWER: Final = "answer"
DELIVER: Final = "deliver"
COMPLETE: Final = "complete"
URGE_REPLY: Final = "urge_reply"
SECOND_URGE_REPLY: Final = "second_urge_reply"
SEND: Final = "send"
HEAD_DECISION: Final = "head_decision"
HAND_OVER: Final = "hand_over"
RECONSIDERATION: Final = "reconsideration"
GOODS: Final = "goods"
SENDERS: Final = frozenset({SEND, HEAD_DECISION, HAND_OVER, RECONSIDERATION, GOODS})
"""The periods of the sender of a transfer: their passing puts no pressure on the receiver."""


@dataclass(frozen=True)
class Terms:
    """The figures and the days under which an exchange runs: the city's profile and the published calendar."""

    profile: Profile
    calendar: Calendar

    @property
    def limits(self) -> Limits:
        return self.profile.limits

    @property
    def rules(self) -> ExchangeRules:
        return self.profile.exchange

    def acknowledge(self, sent_at: datetime) -> Deadline:
        return self.within(ACKNOWLEDGE, NJ_18_1, sent_at, self.rules.acknowledge_wd)

    def answer(
        self,
        kind: Kind,
        sent_at: datetime,
        *,
        is_expert_opinion: bool = False,
        wished_on: date | None = None,
    ) -> Deadline:
        """An expert opinion takes calendar days, every other answer working days.

        Raises Refusal DX_WISH_NOT_ALLOWED for a wished day that is none of working days, or earlier or later than
        the profile lets a sender ask for. The regulation's own periods are nobody's to choose.
        """
        if kind is Kind.CORRECTION:
            return self.within(ANSWER, GDS_26, sent_at, self.rules.correction_wd)
        unit = Unit.CALENDAR_DAY if is_expert_opinion else Unit.WORKING_DAY
        usual = self.rules.expert_opinion_cd if is_expert_opinion else self.limits.assist_reply_wd
        if wished_on is None:
            return self.within(ANSWER, basis_of(kind), sent_at, usual, unit)
        soonest = self.rules.wished_answer_from_wd if unit is Unit.WORKING_DAY else usual
        return self._wished(kind, sent_at, wished_on, soonest, unit)

    def _wished(self, kind: Kind, sent_at: datetime, wished_on: date, soonest: int, unit: Unit) -> Deadline:
        law, latest = basis_of(kind), self.rules.wished_answer_until_wd
        first = self.within(ANSWER, law, sent_at, soonest, unit).due_on
        last = self.within(ANSWER, law, sent_at, latest).due_on
        if not first <= wished_on <= last or not self.calendar.is_working_day(wished_on):
            raise Refusal(
                RefusalKind.INVALID, "DX_WISH_NOT_ALLOWED", {"from": first, "until": last}, article=law
            )
        days = (legal_day(sent_at) + DAY * n for n in range(1, (wished_on - legal_day(sent_at)).days + 1))
        n = sum(unit is Unit.CALENDAR_DAY or self.calendar.is_working_day(day) for day in days)
        return self.within(ANSWER, law, sent_at, n, unit)

    def deliver(self, kind: Kind, promised_at: datetime) -> Deadline | None:
        """The period for what the receiver promised, or for the rest of it; None where another rule sets one.

        Without it one word of acceptance would end every period, and nobody could ever urge (NJ 22(2)).
        """
        if kind not in (Kind.ASSISTANCE, Kind.TRANSFER_REQUEST, Kind.CORRECTION):
            return None
        return self.within(DELIVER, basis_of(kind), promised_at, self.rules.assist_delivery_wd)

    def urge_reply(self, kind: Kind, urged_at: datetime) -> Deadline:
        law = NJ_22_3 if kind is Kind.TRANSFER_REQUEST else NJ_22_2
        return self.within(URGE_REPLY, law, urged_at, self.limits.urge_reply_wd)

    def second_urge_reply(self, kind: Kind, urged_at: datetime) -> Deadline:
        law = NJ_22_3 if kind is Kind.TRANSFER_REQUEST else NJ_22_2
        return self.within(SECOND_URGE_REPLY, law, urged_at, self.rules.second_urge_reply_wd)

    def complete(self, kind: Kind, asked_at: datetime) -> Deadline:
        """The sender's own period: until its end the request is not refused as incomplete."""
        law = GDS_21_2 if kind is Kind.DATA_REQUEST else NJ_18_1
        return self.within(COMPLETE, law, asked_at, self.rules.supplement_wd)

    def again(self, clock: Clock, *, n: int | None = None) -> Deadline:
        """The deadline of `clock` by the calendar of now, without the days of its ended stops; `n` replaces its length.

        Each stop was lawful when it began, so it is not judged again.
        """
        old, stops = clock.deadline, closed(clock.stops)
        period = Period(old.rule, cited(old.law), n or old.n, old.unit, old.holder)
        lawful = frozenset(stop.reason for stop in stops)
        return deadline(period, old.trigger_on, calendar=self.calendar, stops=stops, lawful_stops=lawful)

    def within(
        self, rule: str, law: Article, trigger: datetime, n: int, unit: Unit = Unit.WORKING_DAY
    ) -> Deadline:
        """`n` days after the day of `trigger`, which does not count."""
        period = Period(rule, law, n, unit, Holder.AGENCY)
        return deadline(period, legal_day(trigger), calendar=self.calendar)


def closed(stops: tuple[ClockStop, ...]) -> tuple[Stop, ...]:
    """The stops that have ended, as the calendar counts them."""
    return tuple(Stop(stop.reason, stop.from_on, stop.until_on) for stop in stops if stop.until_on)


def owed(exchange: Exchange) -> tuple[Clock, ...]:
    """The running clocks of what the receiver owes: its answer, and the delivery that it promised."""
    return tuple(clock for clock in exchange.running if clock.deadline.rule in (ANSWER, DELIVER))


def basis_of(kind: Kind) -> Article:
    """The article that a request of `kind` rests on."""
    return NJ_19 if kind in (Kind.TRANSFER_REQUEST, Kind.TRANSFER, Kind.CRIMINAL_TRANSFER) else NJ_18_1
