"""The periods of the Government Data Sharing Regulation: of the catalogue, of an answer, of a delivery.

All are working days by the regulation's own text. The profile may only shorten them.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Final

from common.values.calendar import Deadline, Holder, Period, Unit, deadline, legal_day
from common.values.law import GDS_17_2, GDS_17_3, GDS_21_1, GDS_22_1, Article
from data_exchange.domain.catalogue import Share
from data_exchange.domain.clocks import ANSWER, DELIVER, Terms

REVIEW: Final = "review"
CHANGE: Final = "change"


def answer_by(share: Share, sent_at: datetime, terms: Terms) -> Deadline:
    """One working day where the data is open to every agency, else ten (GDS 21(1))."""
    rules = terms.rules
    is_open = share is Share.UNCONDITIONAL
    days = rules.unconditional_answer_wd if is_open else rules.conditional_answer_wd
    return _within(ANSWER, GDS_21_1, legal_day(sent_at), days, terms)


def deliver_by(agreed_at: datetime, terms: Terms) -> Deadline:
    """Data is shared within twenty working days of the consent (GDS 22(1))."""
    return _within(DELIVER, GDS_22_1, legal_day(agreed_at), terms.rules.delivery_wd, terms)


def review_by(submitted_at: datetime, terms: Terms) -> Deadline:
    """The authority reviews and lists within two working days (GDS 17(3))."""
    return _within(REVIEW, GDS_17_3, legal_day(submitted_at), terms.rules.catalogue_review_wd, terms)


def change_by(arose_on: date, terms: Terms) -> Deadline:
    """The catalogue follows a changed law or a changed duty within ten working days of that change (GDS 17(2))."""
    return _within(CHANGE, GDS_17_2, arose_on, terms.rules.catalogue_change_wd, terms)


def extended_change_by(running: Deadline, days: int, terms: Terms) -> Deadline:
    """`days` working days more than the period that runs (GDS 17(2)): one longer period from the same day.

    A notice of holidays dates it again, so it does not begin with a day that the notice moves.
    """
    return _within(CHANGE, GDS_17_2, running.trigger_on, running.n + days, terms)


def _within(rule: str, law: Article, trigger: date, n: int, terms: Terms) -> Deadline:
    period = Period(rule, law, n, Unit.WORKING_DAY, Holder.AGENCY)
    return deadline(period, trigger, calendar=terms.calendar)
