"""Each manner of service has its own day (CPL 85–95); the party may prove another."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from common.values.clock import BEIJING
from common.values.law import CPL_88, CPL_89, CPL_90, CPL_91, CPL_94, CPL_95, RTP_56, Article
from common.values.manner import Manner
from common.values.profile import ServiceStrategy
from notification.domain.service_of_process import Course, date_of_service

DAY = timedelta(days=1)
ARRIVAL, TRAFFIC = ServiceStrategy.ARRIVAL, ServiceStrategy.SEND_SUCCESS_REBUTTABLE


AT = datetime(2025, 5, 10, 15, 30, tzinfo=BEIJING)


@pytest.mark.law(CPL_88, CPL_89, CPL_90, CPL_91, CPL_94, CPL_95)
@pytest.mark.parametrize(
    ("course", "day", "basis"),
    [
        (Course(Manner.DIRECT, effected_at=AT), date(2025, 5, 10), CPL_88),
        (Course(Manner.LEAVING, effected_at=AT), date(2025, 5, 10), CPL_89),
        (Course(Manner.ENTRUSTED, effected_at=AT), date(2025, 5, 10), CPL_91),
        (Course(Manner.POSTAL, effected_at=AT), date(2025, 5, 10), CPL_91),
        (Course(Manner.FORWARDED, effected_at=AT), date(2025, 5, 10), CPL_94),
        (Course(Manner.PUBLIC_NOTICE, effected_at=AT), date(2025, 6, 9), CPL_95),
        (Course(Manner.ELECTRONIC, sent_at=AT - DAY, arrived_at=AT), date(2025, 5, 10), CPL_90),
    ],
    ids=lambda value: value.manner if isinstance(value, Course) else None,
)
def test_each_manner_of_service_has_its_own_day(course: Course, day: date, basis: Article) -> None:
    effect = date_of_service(course, strategy=ARRIVAL, public_notice_days=30)

    assert effect is not None
    assert (effect.day, effect.basis) == (day, basis)


@pytest.mark.parametrize("manner", Manner)
def test_a_service_that_has_not_happened_yet_has_no_date(manner: Manner) -> None:
    assert date_of_service(Course(manner), strategy=ARRIVAL, public_notice_days=30) is None


def test_a_document_that_was_sent_and_did_not_arrive_is_not_served_by_the_rule_of_arrival() -> None:
    sent = Course(Manner.ELECTRONIC, sent_at=AT)

    assert date_of_service(sent, strategy=ARRIVAL, public_notice_days=30) is None


def test_a_document_that_arrives_a_minute_before_midnight_is_served_that_day_in_beijing() -> None:
    late = Course(Manner.ELECTRONIC, arrived_at=datetime(2025, 5, 10, 15, 59, tzinfo=UTC))
    next_day = Course(Manner.ELECTRONIC, arrived_at=datetime(2025, 5, 10, 16, 0, tzinfo=UTC))

    days = [date_of_service(course, strategy=ARRIVAL, public_notice_days=30) for course in (late, next_day)]

    assert [effect.day for effect in days if effect] == [date(2025, 5, 10), date(2025, 5, 11)]


@pytest.mark.law(RTP_56)
def test_in_traffic_the_day_of_sending_counts_until_the_party_proves_another() -> None:
    sent = Course(Manner.ELECTRONIC, sent_at=AT)
    proven = replace(sent, proven_at=AT + 3 * DAY)

    effects = [date_of_service(course, strategy=TRAFFIC, public_notice_days=60) for course in (sent, proven)]

    assert [(e.day, e.basis) for e in effects if e] == [
        (date(2025, 5, 10), RTP_56),
        (date(2025, 5, 13), RTP_56),
    ]


@pytest.mark.law(CPL_95)
def test_public_notice_runs_as_long_as_the_profile_says() -> None:
    published = Course(Manner.PUBLIC_NOTICE, effected_at=AT)

    effect = date_of_service(published, strategy=ARRIVAL, public_notice_days=60)

    assert effect is not None
    assert effect.day == date(2025, 7, 9)
