"""Service of process (送达): by which manner, and on which day, a document takes effect on the party.

    DIRECT, FORWARDED      the day of the signature on the return (CPL 87, 88, 92-94)
    LEAVING                the day the document was left (CPL 89)
    ENTRUSTED, POSTAL      the day on the return receipt (CPL 91)
    ELECTRONIC             the day it arrived in the system that the party named (CPL 90), or by the traffic rule
                           the day the agency's system sent it, until the party proves another (RTP 56)
    PUBLIC_NOTICE          so many calendar days after publication as the profile says (CPL 95)

The course of one service, from its order to its effect, is in `serving`; consent to electronic service in `consent`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, assert_never

from common.values.calendar import end_of, legal_day
from common.values.law import CPL_88, CPL_89, CPL_90, CPL_91, CPL_94, CPL_95, RTP_56, Article
from common.values.manner import Manner
from common.values.profile import ServiceStrategy


@dataclass(frozen=True)
class Course:
    """The course of one service. `effected_at` is the instant of the signature, the leaving, the receipt or the
    publication, as the table above says for the manner. An electronic service has `sent_at` and, once it is known,
    `arrived_at`; `proven_at` is the arrival that the party has proved.
    """

    manner: Manner
    effected_at: datetime | None = None
    sent_at: datetime | None = None
    arrived_at: datetime | None = None
    proven_at: datetime | None = None


_BASIS: Final = {
    Manner.DIRECT: CPL_88,
    Manner.LEAVING: CPL_89,
    Manner.ENTRUSTED: CPL_91,
    Manner.POSTAL: CPL_91,
    Manner.FORWARDED: CPL_94,
    Manner.PUBLIC_NOTICE: CPL_95,
}


@dataclass(frozen=True)
class DateOfService:
    """The instant and its legal day (Asia/Shanghai) on which a document is served, and the article that says so."""

    at: datetime
    basis: Article

    @property
    def day(self) -> date:
        return legal_day(self.at)


def date_of_service(
    course: Course, *, strategy: ServiceStrategy, public_notice_days: int
) -> DateOfService | None:
    """When the document is served, or None while it is not.

    A document that arrives at 23:59 is served that day. Public notice counts calendar days from the day
    after publication and needs no working day, because nobody has to act within that period (CPL 95). It has run its
    time in the last second of its last day.
    """
    if course.manner is Manner.ELECTRONIC:
        return _electronic(course, strategy)
    if course.effected_at is None:
        return None
    at = course.effected_at
    if course.manner is Manner.PUBLIC_NOTICE:
        at = deemed_at(legal_day(at) + timedelta(days=public_notice_days))
    return DateOfService(at, _BASIS[course.manner])


def deemed_at(day: date) -> datetime:
    """The last second of `day`, on which a public notice has run its time."""
    return end_of(day) - timedelta(seconds=1)


def _electronic(course: Course, strategy: ServiceStrategy) -> DateOfService | None:
    match strategy:
        case ServiceStrategy.ARRIVAL:
            at = course.proven_at or course.arrived_at
            return DateOfService(at, CPL_90) if at else None
        case ServiceStrategy.SEND_SUCCESS_REBUTTABLE:
            # The agency's own date is a presumption: the day that the party proves takes its place.
            at = course.proven_at or course.sent_at
            return DateOfService(at, RTP_56) if at else None
        case _:
            assert_never(strategy)
