"""Electronic service: sending is no arrival, arrival serves, and the party can prove another time (CPL 90; RTP 56)."""

from __future__ import annotations

from datetime import date

import pytest

from common.values.errors import Refusal
from common.values.law import APL_61_2, CPL_90, RTP_56
from common.values.manner import Manner
from notification.domain.consent import find_consent
from notification.domain.serving.electronic import (
    Arrival,
    Rule,
    arrive,
    bounce,
    deliver_at_once,
    send,
    silent,
)
from notification.domain.serving.proving import accept, ask_for_paper, give_paper, rebut, reject
from notification.domain.serving.service import Failure, Service, State, after
from tests.notification.domain.services import (
    ARRIVAL,
    DAY,
    HOUR,
    LEAD,
    NOON,
    SERVER,
    TEXT,
    TRAFFIC,
    failed,
    handed,
    opened,
    sending,
    start,
    with_proofs,
)
from tests.notification.domain.test_consent import PARTY, consent, withdrawn


def on_its_way() -> Service:
    service = opened()
    return after(service, sending(service), at=NOON)


def sent(rule: Rule) -> Service:
    service = on_its_way()
    return after(service, *send(service, 1, rule, sent_at=NOON, at=NOON), at=NOON)


def arrived(service: Service, rule: Rule, *, days: int = 2) -> Service:
    at = NOON + days * DAY
    facts = arrive(service, 1, rule, arrived_at=at, arrival=Arrival.DELIVERY_RECEIPT, at=at)
    return after(service, *facts, at=at)


@pytest.mark.law(APL_61_2)
@pytest.mark.parametrize("of", [withdrawn(NOON), consent(documents=["D-14"])])
def test_nothing_goes_out_on_a_consent_that_does_not_stand_or_does_not_cover(of: object) -> None:
    with pytest.raises(Refusal) as refusal:
        sending(opened(), of=of)  # type: ignore[arg-type]

    assert (refusal.value.code, refusal.value.article) == ("NOTI_CONSENT_REQUIRED", APL_61_2)
    assert find_consent([consent()], "D-14", at=NOON, channel="FAX") is None


@pytest.mark.law(CPL_90)
def test_what_was_sent_serves_when_it_arrives_and_not_before() -> None:
    service = sent(ARRIVAL)

    assert service.state is State.UNDERWAY
    served = arrived(service, ARRIVAL)
    assert served.effect is not None
    assert (served.effect.day, served.effect.basis) == (date(2025, 3, 12), "CPL 90")


@pytest.mark.law(RTP_56)
def test_ARR_1_sending_and_arrival_are_both_on_record_where_sending_serves() -> None:
    service = sent(TRAFFIC)
    assert service.effect is not None
    assert (service.effect.day, service.effect.basis, service.effect.arrived_at) == (
        date(2025, 3, 10),
        "RTP 56",
        None,
    )

    late = arrived(service, TRAFFIC)
    at_once = after(
        on_its_way(), *deliver_at_once(on_its_way(), 1, TRAFFIC, arrival=Arrival.INBOX, at=NOON), at=NOON
    )

    assert late.effect is not None
    assert (late.effect.day, late.effect.arrived_at) == (date(2025, 3, 10), NOON + 2 * DAY)
    assert at_once.effect is not None
    assert at_once.effect.arrived_at == NOON


def test_the_first_sign_of_an_arrival_counts_and_a_later_one_changes_nothing() -> None:
    service = arrived(sent(ARRIVAL), ARRIVAL)

    again = arrive(service, 1, ARRIVAL, arrived_at=NOON, arrival=Arrival.OPENED, at=NOON + 3 * DAY)

    assert again == ()


def test_silence_fails_after_the_hours_of_the_city_and_serves_nobody() -> None:
    service = sent(ARRIVAL)

    early = silent(service, ARRIVAL, at=NOON + 23 * HOUR)
    (fact,) = silent(service, ARRIVAL, at=NOON + 24 * HOUR)
    service = after(service, fact, at=NOON + DAY)

    assert early == ()
    assert (fact.reason, service.state, service.effect) == (Failure.NOT_ARRIVED, State.OPEN, None)


@pytest.mark.law(CPL_90)
def test_a_document_that_arrives_after_all_serves_unless_another_manner_did() -> None:
    service = sent(ARRIVAL)
    quiet = after(service, *silent(service, ARRIVAL, at=NOON + DAY), at=NOON + DAY)
    other = with_proofs(quiet)
    other = after(other, start(other, Manner.DIRECT, at=NOON + DAY), at=NOON + DAY)
    other = after(other, handed(other, 2, at=NOON + DAY), at=NOON + DAY)

    late, overtaken = arrived(quiet, ARRIVAL), arrived(other, ARRIVAL)

    assert late.effect is not None
    assert (late.effect.step, late.effect.day) == (1, date(2025, 3, 12))
    assert overtaken.effect is not None
    assert (overtaken.effect.step, overtaken.effect.day) == (2, date(2025, 3, 11))
    # What the channel said stays with the delivery: the case hears of no arrival of another step.
    assert overtaken.steps[0].arrived_at is None


def test_a_bounce_fails_the_step_and_a_bounce_after_the_arrival_fails_nothing() -> None:
    service = sent(ARRIVAL)

    (fact,) = bounce(service, 1, Failure.BOUNCED, at=NOON)

    assert after(service, fact, at=NOON).state is State.OPEN
    assert bounce(arrived(service, ARRIVAL), 1, Failure.BOUNCED, at=NOON) == ()
    assert bounce(service, 7, Failure.BOUNCED, at=NOON) == ()


@pytest.mark.law(CPL_90, RTP_56)
@pytest.mark.parametrize(("rule", "basis"), [(ARRIVAL, "CPL 90"), (TRAFFIC, "RTP 56")])
def test_a_proved_time_takes_the_place_of_ours_and_both_are_kept(rule: Rule, basis: str) -> None:
    service = arrived(sent(rule), rule, days=1)
    before = service.effect
    claim = NOON + 3 * DAY

    service = after(
        service,
        rebut(service, claimed_at=claim, statement=TEXT, proofs=(), by=PARTY, at=NOON + 5 * DAY),
        at=NOON + 5 * DAY,
    )
    fact = accept(service, 1, rule, reasons=TEXT, by=LEAD)
    service = after(service, fact, at=NOON + 6 * DAY)

    assert before is not None
    assert service.effect is not None
    assert (fact.was_served_on, fact.served_on, fact.basis) == (before.day, date(2025, 3, 13), basis)
    assert (service.effect.day, service.effect.arrived_at) == (date(2025, 3, 13), claim)
    assert service.first_effect is not None
    assert (service.first_effect.day, service.state) == (before.day, State.SERVED)


def test_a_rejected_rebuttal_leaves_the_day_and_another_may_follow() -> None:
    service = arrived(sent(ARRIVAL), ARRIVAL)
    made = rebut(service, claimed_at=NOON, statement=TEXT, proofs=(), by=PARTY, at=NOON + 5 * DAY)
    service = after(service, made, at=NOON)

    with pytest.raises(Refusal, match="waits to be decided"):
        rebut(service, claimed_at=NOON, statement=TEXT, proofs=(), by=PARTY, at=NOON + 5 * DAY)
    service = after(service, reject(service, 1, reasons=TEXT, by=LEAD), at=NOON)

    assert service.effect is not None
    assert service.effect.day == date(2025, 3, 12)
    assert rebut(service, claimed_at=NOON, statement=TEXT, proofs=(), by=PARTY, at=NOON + DAY).n == 2


def test_a_claimed_time_lies_between_the_order_and_now() -> None:
    service = arrived(sent(ARRIVAL), ARRIVAL)

    for claimed in (NOON - HOUR, NOON + 6 * DAY):
        with pytest.raises(Refusal) as refusal:
            rebut(service, claimed_at=claimed, statement=TEXT, proofs=(), by=PARTY, at=NOON + 5 * DAY)
        assert refusal.value.code == "NOTI_SERVICE_TIME"


@pytest.mark.law(CPL_90)
def test_a_party_that_was_served_electronically_gets_paper_once_and_no_other_day() -> None:
    service = arrived(sent(ARRIVAL), ARRIVAL)
    asked = after(service, ask_for_paper(service, by=PARTY), at=NOON + 3 * DAY)

    given = after(asked, give_paper(asked, by=SERVER), at=NOON + 4 * DAY)

    assert (given.effect, given.paper_given_at) == (service.effect, NOON + 4 * DAY)
    with pytest.raises(Refusal, match="asked for paper"):
        ask_for_paper(asked, by=PARTY)
    with pytest.raises(Refusal, match="waits for a paper copy"):
        give_paper(given, by=SERVER)
    assert failed(opened(), Manner.DIRECT, Failure.ABSENT).state is State.OPEN
