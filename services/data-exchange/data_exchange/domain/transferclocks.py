"""The periods of a transfer. NJ 19 says "in time", so its numbers are the city's; those of CrimT are the regulation's.

A period of the sender (`clocks.SENDERS`) that passes is on record like any other. Nobody urges, because the
receiver owes nothing.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from common.values.calendar import Deadline, Unit
from common.values.law import CRIMT_5, CRIMT_7, CRIMT_8, CRIMT_9, CRIMT_12, NJ_19
from data_exchange.domain.clocks import (
    ANSWER,
    GOODS,
    HAND_OVER,
    HEAD_DECISION,
    RECONSIDERATION,
    SEND,
    Terms,
)

RESULT: Final = "result"
RECEIPT: Final = "receipt"
HAND_OVER_WITHIN: Final = timedelta(hours=24)
"""CrimT 5(2) for the head's agency, CrimT 7 for an agency that is not competent."""
_DAYS: Final = 3
"""CrimT 5(2), 8, 9 and 12 each give three days. They are calendar days: the regulation says 日."""


def send_by(terms: Terms, recognised_at: datetime) -> Deadline:
    return terms.within(SEND, NJ_19, recognised_at, terms.limits.transfer_wd)


def head_decision_by(terms: Terms, submitted_at: datetime) -> Deadline:
    return terms.within(HEAD_DECISION, CRIMT_5, submitted_at, _DAYS, Unit.CALENDAR_DAY)


def hand_over_by(terms: Terms, approved_at: datetime) -> Deadline:
    """The day on which the 24 hours end; whether they were met is known to the second (`is_within_hours`)."""
    return terms.within(HAND_OVER, CRIMT_5, approved_at, 1, Unit.CALENDAR_DAY)


def is_within_hours(since: datetime, at: datetime) -> bool:
    """Whether `at` lies within the 24 hours; the last second counts."""
    return at <= since + HAND_OVER_WITHIN


def answer_by(terms: Terms, dispatched_at: datetime) -> Deadline:
    """The receiver accepts or returns by this day (NJ 19)."""
    return terms.within(ANSWER, NJ_19, dispatched_at, terms.rules.transfer_answer_wd)


def receipt_by(terms: Terms, dispatched_at: datetime) -> Deadline:
    """The police sign the receipt (CrimT 7), which names no number: the days of an acknowledgement."""
    return terms.within(RECEIPT, CRIMT_7, dispatched_at, terms.rules.acknowledge_wd)


def filing_by(terms: Terms, received_at: datetime) -> Deadline:
    return terms.within(ANSWER, CRIMT_8, received_at, _DAYS, Unit.CALENDAR_DAY)


def reconsideration_by(terms: Terms, told_at: datetime) -> Deadline:
    return terms.within(RECONSIDERATION, CRIMT_9, told_at, _DAYS, Unit.CALENDAR_DAY)


def reconsidered_by(terms: Terms, asked_at: datetime) -> Deadline:
    return terms.within(ANSWER, CRIMT_9, asked_at, _DAYS, Unit.CALENDAR_DAY)


def goods_by(terms: Terms, filed_at: datetime) -> Deadline:
    return terms.within(GOODS, CRIMT_12, filed_at, _DAYS, Unit.CALENDAR_DAY)


def result_by(terms: Terms, decided_at: datetime) -> Deadline:
    return terms.within(RESULT, NJ_19, decided_at, terms.rules.transfer_result_wd)
