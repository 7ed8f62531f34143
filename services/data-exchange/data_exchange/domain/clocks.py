"""The periods of the exchange: each with its article and its number from the profile.

NJ 18 and 19 say "in time" and name no number, so those numbers are the city's own. The numbers of the Government Data
Sharing Regulation are working days by its own text. No period of an agency rolls forward.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from common.values.calendar import Calendar, Deadline, Holder, Period, Unit, deadline, legal_day
from common.values.exchangerules import ExchangeRules
from common.values.law import GDS_26, NJ_18_1, NJ_19, NJ_22_2, NJ_22_3, Article
from common.values.profile import Limits, Profile
from data_exchange.domain.exchange import Kind

ACKNOWLEDGE: Final = "acknowledge"
ANSWER: Final = "answer"
DELIVER: Final = "deliver"
URGE_REPLY: Final = "urge_reply"
SECOND_URGE_REPLY: Final = "second_urge_reply"


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

    def answer(self, kind: Kind, sent_at: datetime, *, is_expert_opinion: bool = False) -> Deadline:
        """An expert opinion takes calendar days, every other answer working days."""
        if kind is Kind.CORRECTION:
            return self.within(ANSWER, GDS_26, sent_at, self.rules.correction_wd)
        if is_expert_opinion:
            days = self.rules.expert_opinion_cd
            return self.within(ANSWER, NJ_18_1, sent_at, days, Unit.CALENDAR_DAY)
        return self.within(ANSWER, _basis_of(kind), sent_at, self.limits.assist_reply_wd)

    def urge_reply(self, kind: Kind, urged_at: datetime) -> Deadline:
        law = NJ_22_3 if kind is Kind.TRANSFER_REQUEST else NJ_22_2
        return self.within(URGE_REPLY, law, urged_at, self.limits.urge_reply_wd)

    def second_urge_reply(self, kind: Kind, urged_at: datetime) -> Deadline:
        law = NJ_22_3 if kind is Kind.TRANSFER_REQUEST else NJ_22_2
        return self.within(SECOND_URGE_REPLY, law, urged_at, self.rules.second_urge_reply_wd)

    def within(
        self, rule: str, law: Article, trigger: datetime, n: int, unit: Unit = Unit.WORKING_DAY
    ) -> Deadline:
        """`n` days after the day of `trigger`, which does not count."""
        period = Period(rule, law, n, unit, Holder.AGENCY)
        return deadline(period, legal_day(trigger), calendar=self.calendar)


def _basis_of(kind: Kind) -> Article:
    return NJ_19 if kind in (Kind.TRANSFER_REQUEST, Kind.TRANSFER, Kind.CRIMINAL_TRANSFER) else NJ_18_1
