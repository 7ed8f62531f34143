"""Whatever happens, in whatever order: one date of service, the public notice last, and no way back from served."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from common.values.errors import Refusal
from common.values.manner import Manner
from notification.domain.serving.effecting import DocumentServed
from notification.domain.serving.electronic import (
    Arrival,
    Rule,
    arrive,
    bounce,
    deliver_at_once,
    send,
    silent,
)
from notification.domain.serving.notice import lapse
from notification.domain.serving.opening import Abandonment, abandon, alarm, erase
from notification.domain.serving.proving import DateProven, accept, ask_for_paper, rebut, reject
from notification.domain.serving.service import Changing, Failure, Ground, ProofKind, Service, State, after
from tests.notification.domain.services import (
    ARRIVAL,
    HOUR,
    LEAD,
    NOON,
    SERVER,
    TEXT,
    TRAFFIC,
    failing,
    handed,
    opened,
    sending,
    start,
    with_proofs,
)

MOVES = st.one_of(
    st.tuples(st.just("begin"), st.sampled_from(list(Manner)), st.sampled_from([*Ground, None])),
    st.tuples(st.just("reach"), st.integers(1, 6)),
    st.tuples(st.just("fail"), st.integers(1, 6), st.sampled_from(list(Failure))),
    st.tuples(st.sampled_from(["sent", "at once", "bounce"]), st.integers(1, 6)),
    st.tuples(st.just("arrive"), st.integers(1, 6), st.integers(0, 72)),
    st.tuples(st.just("rebut"), st.integers(0, 72)),
    st.tuples(st.sampled_from(["accept", "reject"]), st.integers(1, 3)),
    st.tuples(st.sampled_from(["clocks", "give up", "paper", "erase"])),
    st.tuples(st.just("proof"), st.sampled_from(list(ProofKind))),
)


def play(service: Service, move: tuple[Any, ...], *, rule: Rule, at: datetime) -> tuple[Changing, ...]:
    """The facts of one move; none where the law refuses it."""
    match move:
        case "begin", Manner.ELECTRONIC, _:
            return (sending(service, at=at),)
        case "begin", manner, ground:
            return (start(service, manner, ground=ground, at=at),)
        case "reach", n:
            return (handed(service, n, at=at),)
        case "fail", n, reason:
            return (failing(service, n, reason, at=at),)
        case "sent", n:
            return send(service, n, rule, sent_at=at, at=at)
        case "at once", n if (
            (step := service.step(n)) and step.manner is Manner.ELECTRONIC and step.is_running
        ):
            return deliver_at_once(service, n, rule, arrival=Arrival.INBOX, at=at)
        case "bounce", n:
            return bounce(service, n, Failure.BOUNCED, at=at)
        case "arrive", n, hours:
            return arrive(
                service, n, rule, arrived_at=at - hours * HOUR, arrival=Arrival.DELIVERY_RECEIPT, at=at
            )
        case "rebut", hours:
            claimed = max(NOON, at - hours * HOUR)
            return (rebut(service, claimed_at=claimed, statement=TEXT, proofs=(), by=SERVER, at=at),)
        case "accept", n:
            return (accept(service, n, rule, reasons=TEXT, by=LEAD),)
        case "reject", n:
            return (reject(service, n, reasons=TEXT, by=LEAD),)
    return alone(service, move, rule=rule, at=at)


def alone(service: Service, move: tuple[Any, ...], *, rule: Rule, at: datetime) -> tuple[Changing, ...]:
    match move:
        case ("clocks",):
            due = [*silent(service, rule, at=at), lapse(service, at=at), alarm(service, at=at)]
            return tuple(fact for fact in due if fact is not None)
        case ("give up",):
            return (abandon(service, Abandonment.RECALLED, note=TEXT, by=LEAD),)
        case ("paper",):
            return (ask_for_paper(service, by=SERVER),)
        case ("erase",) if service.erased_at is None:
            return (erase(service),)
    return ()


@settings(max_examples=250, deadline=None)
@given(
    st.lists(st.tuples(MOVES, st.integers(0, 24 * 12)), max_size=30),
    st.sampled_from([ARRIVAL, TRAFFIC]),
    st.booleans(),
)
def test_no_course_of_events_serves_twice_or_unserves_or_publishes_too_early(
    moves: list[tuple[tuple[Any, ...], int]], rule: Rule, proved: bool
) -> None:
    service, at = opened(), NOON
    service = with_proofs(service) if proved else service
    served: list[DocumentServed] = []

    for move, hours in moves:
        at += hours * HOUR
        if move[0] == "proof" and service.erased_at is None:
            service = with_proofs(service, move[1])
            continue
        try:
            facts = play(service, move, rule=rule, at=at)
        except Refusal:
            continue
        for fact in facts:
            before, service = service, after(service, fact, at=at)
            served += [fact] if isinstance(fact, DocumentServed) else []
            assert_sound(before, fact, service)

    assert len(served) <= 1
    assert (service.state is State.SERVED) == bool(served)
    if served:
        assert service.first_effect is not None
        assert service.first_effect.day == served[0].served_on
        assert served[0].served_at <= at


def assert_sound(before: Service, fact: Changing, service: Service) -> None:
    """What holds after every fact of every course."""
    if before.state is State.SERVED:
        assert service.state is State.SERVED
        assert service.first_effect == before.first_effect
        assert before.effect == service.effect or fact.type in ("service.arrived", "service.date_proven")
    if before.state is State.ABANDONED:
        assert service.state is State.ABANDONED
    if service.state in (State.SERVED, State.ABANDONED):
        assert not service.running
    if isinstance(fact, DateProven):
        assert before.effect is not None
        assert fact.was_served_on == before.effect.day
    for step in service.steps:
        if step.manner is Manner.PUBLIC_NOTICE:
            assert_published_last(service, step.n, step.ground)


def assert_published_last(service: Service, n: int, ground: Ground | None) -> None:
    earlier = {(step.manner, step.failure) for step in service.steps if step.n < n}
    manners = {manner for manner, failure in earlier if failure is not None}
    if ground is Ground.OTHERS_FAILED:
        assert Manner.DIRECT in manners
        assert manners & {Manner.POSTAL, Manner.ENTRUSTED}
    else:
        assert service.has_proof(ProofKind.INQUIRY)
