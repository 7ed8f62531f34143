"""A bounce after the service: the doubt, how it is settled, and what nobody may do or date meanwhile."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from common.values.errors import Refusal
from common.values.ids import PartyId
from common.values.law import APL_61_2, CPL_89, CPL_90, CPL_95, RTP_56
from common.values.manner import Manner
from notification.api.serviceorders import require_no_channel
from notification.contract.services import AttemptOrder
from notification.domain.serving.doubting import deny, uphold
from notification.domain.serving.electronic import Arrival, Rule, arrive, bounce, send, silent
from notification.domain.serving.manners import Beginning, begin
from notification.domain.serving.notice import MOST_PROOF_BYTES, MOST_PROOFS, add_proof, lapse
from notification.domain.serving.opening import Abandonment, abandon
from notification.domain.serving.proving import accept, rebut
from notification.domain.serving.service import Failure, Ground, ProofKind, Service, State, after
from notification.domain.serving.tasks import Task, tasks_of
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
from tests.notification.domain.test_consent import PARTY

LATER = NOON + 5 * HOUR


def served_online(rule: Rule) -> Service:
    """Served by the arrival, or by the sending where that rule holds."""
    service = opened()
    service = after(service, sending(service), at=NOON)
    service = after(service, *send(service, 1, rule, sent_at=NOON, at=NOON), at=NOON)
    if rule is ARRIVAL:
        facts = arrive(service, 1, rule, arrived_at=NOON, arrival=Arrival.SMTP_REPLY, at=NOON)
        service = after(service, *facts, at=NOON)
    return service


def doubted(rule: Rule = ARRIVAL) -> Service:
    service = served_online(rule)
    return after(service, *deny(service, 1), at=LATER)


@pytest.mark.law(CPL_90, RTP_56)
@pytest.mark.parametrize("rule", [ARRIVAL, TRAFFIC])
def test_a_bounce_after_the_service_puts_it_in_doubt_under_either_rule(rule: Rule) -> None:
    service = doubted(rule)

    assert (service.state, service.in_doubt, service.denied_at) == (State.SERVED, True, LATER)
    assert tasks_of(service, at=LATER) == (Task.DECIDE_DOUBT, Task.CHOOSE_MANNER)
    assert deny(service, 1) == ()
    assert deny(opened(), 1) == ()
    hand = after(opened(), start(opened(), Manner.DIRECT), at=NOON)
    hand = after(with_proofs(hand), handed(with_proofs(hand), 1), at=NOON)
    assert deny(hand, 1) == ()


@pytest.mark.law(CPL_90)
def test_an_officer_upholds_a_service_in_doubt_once_and_no_other() -> None:
    service = doubted()
    begun = after(service, start(service, Manner.DIRECT, at=LATER), at=LATER)

    upheld = after(begun, uphold(begun, reasons=TEXT, by=LEAD), at=LATER)

    assert (upheld.in_doubt, upheld.effect, upheld.running) == (False, service.effect, ())
    for certain in (upheld, served_online(ARRIVAL), opened()):
        with pytest.raises(Refusal) as refusal:
            uphold(certain, reasons=TEXT, by=LEAD)
        assert (refusal.value.code, refusal.value.article) == ("NOTI_SERVICE_NOT_IN_DOUBT", CPL_90)
    with pytest.raises(Refusal, match="SERVED"):
        start(upheld, Manner.DIRECT, at=LATER)
    assert deny(upheld, 1) == ()


@pytest.mark.law(CPL_90)
def test_another_manner_serves_a_party_in_doubt_from_its_own_day() -> None:
    service = doubted()
    again = arrive(service, 1, ARRIVAL, arrived_at=LATER, arrival=Arrival.OPENED, at=LATER)
    with pytest.raises(Refusal, match="between"):
        start(service, Manner.DIRECT, at=LATER - HOUR)
    service = with_proofs(after(service, start(service, Manner.DIRECT, at=LATER + DAY), at=LATER + DAY))

    fact = handed(service, 2, at=LATER + DAY)
    service = after(service, fact, at=LATER + DAY)

    assert again == ()
    assert service.effect is not None
    assert (service.effect.step, service.effect.day) == (2, date(2025, 3, 11))
    assert service.first_effect is not None
    assert service.first_effect.day == date(2025, 3, 10)
    assert (service.in_doubt, service.steps[0].failure) == (False, Failure.BOUNCED)


@pytest.mark.law(CPL_90)
def test_a_second_mail_may_serve_a_party_in_doubt_and_the_first_never_twice() -> None:
    service = doubted()
    service = after(service, sending(service, at=LATER), at=LATER)

    late = arrive(service, 1, ARRIVAL, arrived_at=LATER, arrival=Arrival.OPENED, at=LATER)
    facts = arrive(service, 2, ARRIVAL, arrived_at=LATER + DAY, arrival=Arrival.OPENED, at=LATER + DAY)
    anew = after(service, *facts, at=LATER + DAY)

    assert late == ()
    assert anew.effect is not None
    assert (anew.effect.step, anew.in_doubt) == (2, False)


@pytest.mark.law(CPL_90, RTP_56)
def test_a_time_that_the_party_proved_settles_the_doubt_and_no_machine_moves_it() -> None:
    service = doubted(TRAFFIC)
    claim = rebut(service, claimed_at=NOON + HOUR, statement=TEXT, proofs=(), by=SERVER, at=LATER)
    service = after(service, claim, at=LATER)
    proved = after(service, accept(service, 1, TRAFFIC, reasons=TEXT, by=LEAD), at=LATER)

    facts = arrive(proved, 1, TRAFFIC, arrived_at=LATER, arrival=Arrival.DELIVERY_RECEIPT, at=LATER)

    assert not proved.in_doubt
    assert proved.effect is not None
    assert (facts, proved.effect.arrived_at) == ((), NOON + HOUR)
    assert deny(replace(proved, denied_at=None), 1) == ()


@pytest.mark.law(CPL_95)
def test_a_fault_of_our_own_or_a_withdrawal_is_no_failed_electronic_service() -> None:
    service = opened()
    service = after(service, sending(service), at=NOON)
    (unsent,) = silent(service, ARRIVAL, at=NOON + DAY)
    counted = {
        reason: bool(after(service, *bounce(service, 1, reason, at=NOON), at=NOON).failed(Manner.ELECTRONIC))
        for reason in (*Failure,)
    }

    assert unsent.reason is Failure.NOT_SENT
    assert {reason for reason, is_failed in counted.items() if is_failed} == {
        Failure.NOT_ARRIVED,
        Failure.BOUNCED,
        Failure.NO_ACCOUNT,
    }
    assert doubted().failed(Manner.ELECTRONIC)


@pytest.mark.law(APL_61_2)
@pytest.mark.parametrize("manner", [m.value for m in Manner])
def test_a_channel_belongs_to_the_electronic_manner_alone(manner: Any) -> None:
    order = AttemptOrder(manner=manner, channel="FAX")

    if manner == Manner.ELECTRONIC:
        require_no_channel(order)
        return
    with pytest.raises(Refusal) as refusal:
        require_no_channel(order)
    assert (refusal.value.code, refusal.value.article) == ("NOTI_SERVICE_CHANNEL", APL_61_2)


def begun_at(service: Service, manner: Manner, ground: Ground, *, days: int, now: int) -> None:
    what = Beginning(manner, ground, NOON + days * DAY, SERVER, has_reasons=True)
    begin(service, what, texts=TEXT, consent_stands=False, public_notice_days=30, at=NOON + now * DAY)


@pytest.mark.law(CPL_89, CPL_95)
@pytest.mark.parametrize(
    ("manner", "ground", "days", "allowed"),
    [
        (Manner.LEAVING, Ground.REFUSED, 2, False),
        (Manner.LEAVING, Ground.REFUSED, 3, True),
        (Manner.PUBLIC_NOTICE, Ground.OTHERS_FAILED, 2, False),
        (Manner.PUBLIC_NOTICE, Ground.OTHERS_FAILED, 5, False),
        (Manner.PUBLIC_NOTICE, Ground.OTHERS_FAILED, 9, True),
        (Manner.PUBLIC_NOTICE, Ground.WHEREABOUTS_UNKNOWN, 5, False),
        (Manner.PUBLIC_NOTICE, Ground.WHEREABOUTS_UNKNOWN, 9, True),
    ],
)
def test_no_manner_is_dated_before_what_opens_it(
    manner: Manner, ground: Ground, days: int, allowed: bool
) -> None:
    refused = Failure.REFUSED if manner is Manner.LEAVING else Failure.ABSENT
    service = failed(with_proofs(opened()), Manner.DIRECT, refused, at=NOON + 3 * DAY)
    if manner is Manner.PUBLIC_NOTICE:
        service = failed(service, Manner.POSTAL, Failure.RETURNED, at=NOON + 4 * DAY)

    if allowed:
        begun_at(service, manner, ground, days=days, now=9)
        return
    with pytest.raises(Refusal) as refusal:
        begun_at(service, manner, ground, days=days, now=9)
    assert refusal.value.code == "NOTI_SERVICE_TIME"


@pytest.mark.law(CPL_95)
def test_a_public_notice_that_nothing_shows_serves_nobody() -> None:
    service = failed(opened(), Manner.DIRECT, Failure.ABSENT)
    service = failed(service, Manner.POSTAL, Failure.RETURNED)
    service = after(service, start(service, Manner.PUBLIC_NOTICE), at=NOON)
    shown = add_proof(service, ProofKind.SNAPSHOT_START, sha256="a" * 64, size=1, by=SERVER)
    assert shown is not None

    bare = lapse(service, at=NOON + 60 * DAY)
    late = after(service, shown, at=NOON + 40 * DAY)
    early, fact = lapse(late, at=NOON + 40 * DAY), lapse(late, at=NOON + 41 * DAY)

    assert (bare, early) == (None, None)
    assert fact is not None
    assert fact.served_on == date(2025, 4, 19)


def test_neither_side_fills_a_service_with_proofs_and_leaves_room_for_the_other() -> None:
    service = opened()
    for n in range(MOST_PROOFS[True]):
        mine = add_proof(service, ProofKind.PARTYS_PROOF, sha256=f"{n:064x}", size=1, by=PARTY)
        assert mine is not None
        service = after(service, mine, at=NOON)

    def more(by: Any, size: int = 1) -> Any:
        return add_proof(service, ProofKind.PHOTO, sha256="e" * 64, size=size, by=by)

    with pytest.raises(Refusal) as full:
        more(PartyId(PARTY))
    with pytest.raises(Refusal) as heavy:
        more(SERVER, MOST_PROOF_BYTES[False] + 1)
    assert {full.value.code, heavy.value.code} == {"NOTI_PROOFS_FULL"}
    assert more(SERVER) is not None


def test_an_abandoned_service_names_the_order_that_opened_it() -> None:
    service = opened()

    fact = abandon(service, Abandonment.RECALLED, note=TEXT, by=LEAD)

    assert fact.cause == service.cause
