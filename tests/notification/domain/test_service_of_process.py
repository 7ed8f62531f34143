"""Each manner of service has its own day (CPL 85–95); a notice serves nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from common.values.clock import BEIJING
from common.values.errors import Refusal
from common.values.ids import CaseId, DocumentId, MessageId
from common.values.law import CPL_88, CPL_89, CPL_90, CPL_91, CPL_94, CPL_95, RTP_56, Article
from common.values.manner import Manner
from common.values.profile import ServiceStrategy
from notification.domain.facts import after, begun
from notification.domain.message import Message, Order, create, deliver
from notification.domain.service_of_process import Course, date_of_service, serve
from notification.domain.templates import MessageKind, Words
from tests.notification.domain.test_consent import PARTY, consent, withdrawn

NOON = datetime(2025, 3, 10, 4, 0, tzinfo=UTC)
DAY = timedelta(days=1)
ARRIVAL, TRAFFIC = ServiceStrategy.ARRIVAL, ServiceStrategy.SEND_SUCCESS_REBUTTABLE


def decision() -> Message:
    order = Order(
        kind=MessageKind.SERVICE,
        party_id=PARTY,
        case_id=CaseId.new(NOON),
        document_id=DocumentId.new(NOON),
        document_kind="D-20a",
        document_sha256="ab" * 32,
        cause="0195a1b2-0000-7000-8000-000000000001",
    )
    message = begun(
        create(MessageId.new(NOON), order, official_domain="demo.example"),
        words=Words("标题", "正文"),
        at=NOON,
    )
    return after(message, deliver(message), at=NOON)


@pytest.mark.law(CPL_90)
def test_a_decision_that_arrives_is_served_that_day() -> None:
    given = consent()

    fact = serve(decision(), given, at=NOON, strategy=ARRIVAL, public_notice_days=30)
    message = after(decision(), fact, at=NOON)

    assert (fact.served_at, fact.served_on, fact.basis) == (NOON, date(2025, 3, 10), "CPL 90")
    assert (fact.consent_id, message.served_on) == (given.id, date(2025, 3, 10))


def test_nothing_is_served_on_a_consent_that_no_longer_stands() -> None:
    with pytest.raises(Refusal) as refusal:
        serve(decision(), withdrawn(NOON), at=NOON, strategy=ARRIVAL, public_notice_days=30)

    assert refusal.value.code == "NOTI_CONSENT_REQUIRED"


@pytest.mark.law(CPL_90)
def test_a_notice_serves_nothing_however_it_is_read() -> None:
    with pytest.raises(Refusal) as refusal:
        serve(
            replace(decision(), kind=MessageKind.NOTICE),
            consent(),
            at=NOON,
            strategy=ARRIVAL,
            public_notice_days=30,
        )

    assert (refusal.value.code, refusal.value.article) == ("NOTI_KIND_MIXED", CPL_90)


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
    proven = replace(sent, proven_on=date(2025, 5, 13))

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
