"""A service of process: which act is open in which state, which manner on which condition, by which proof."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from common.values.calendar import legal_day
from common.values.errors import Kind, Refusal
from common.values.facts import Commitment
from common.values.ids import AgencyId
from common.values.law import (
    APL_42,
    APL_61,
    APL_61_2,
    CPL_87,
    CPL_88,
    CPL_89,
    CPL_91,
    CPL_92,
    CPL_93,
    CPL_94,
    CPL_95,
    PIPL_47,
    Article,
)
from common.values.manner import Manner
from notification.domain.serving.effecting import FAILURES, MAY_SIGN, Capacity
from notification.domain.serving.electronic import Arrival, deliver_at_once
from notification.domain.serving.manners import GROUNDS
from notification.domain.serving.notice import add_proof, lapse, missing_snapshots
from notification.domain.serving.opening import Abandonment, abandon, alarm, erase
from notification.domain.serving.proving import accept, ask_for_paper, give_paper, rebut, reject
from notification.domain.serving.service import (
    Failure,
    Ground,
    PartyKind,
    ProofKind,
    Service,
    State,
    after,
)
from notification.domain.serving.tasks import Task, tasks_of
from tests.notification.domain.services import (
    ARRIVAL,
    DAY,
    HOUR,
    LEAD,
    NOON,
    SERVER,
    TEXT,
    digest,
    failed,
    failing,
    handed,
    opened,
    sending,
    start,
    with_proofs,
)


def underway() -> Service:
    service = with_proofs(opened())
    return after(service, start(service, Manner.POSTAL), at=NOON)


def served_by_hand() -> Service:
    service = with_proofs(opened())
    service = after(service, start(service, Manner.DIRECT), at=NOON)
    return after(service, handed(service, 1), at=NOON)


def served_online() -> Service:
    service = with_proofs(opened())
    service = after(service, sending(service), at=NOON)
    return after(service, *deliver_at_once(service, 1, ARRIVAL, arrival=Arrival.INBOX, at=NOON), at=NOON)


def given_up() -> Service:
    service = opened()
    return after(service, abandon(service, Abandonment.RECALLED, note=TEXT, by=LEAD), at=NOON)


def rebutted() -> Service:
    service = served_online()
    return after(service, _rebut(service), at=NOON + HOUR)


def _rebut(service: Service) -> Any:
    return rebut(service, claimed_at=NOON, statement=TEXT, proofs=(), by=SERVER, at=NOON + HOUR)


STATES: dict[str, Callable[[], Service]] = {
    "open": opened,
    "underway": underway,
    "served by hand": served_by_hand,
    "served online": served_online,
    "rebutted": rebutted,
    "given up": given_up,
}
ACTS: dict[str, tuple[set[str], Callable[[Service], Any]]] = {
    "begin by hand": ({"open", "underway"}, lambda s: start(s, Manner.DIRECT)),
    "begin by post": ({"open"}, lambda s: start(s, Manner.POSTAL)),
    "send": ({"open"}, sending),
    "reach": ({"underway"}, lambda s: handed(s, 1)),
    "fail": ({"underway"}, lambda s: failing(s, 1, Failure.RETURNED)),
    "give up": (
        {"open", "underway"},
        lambda s: abandon(s, Abandonment.RECALLED, note=TEXT, by=LEAD),
    ),
    "rebut": ({"served online"}, _rebut),
    "accept": ({"rebutted"}, lambda s: accept(s, 1, ARRIVAL, reasons=TEXT, by=LEAD)),
    "reject": ({"rebutted"}, lambda s: reject(s, 1, reasons=TEXT, by=LEAD)),
    "ask for paper": ({"served online", "rebutted"}, lambda s: ask_for_paper(s, by=SERVER)),
    "give paper": (set(), lambda s: give_paper(s, by=SERVER)),
}


@pytest.mark.law(APL_61)
@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("state", STATES)
def test_each_act_is_open_in_its_states_and_refused_in_every_other(state: str, act: str) -> None:
    allowed, do = ACTS[act]
    service = STATES[state]()

    if state in allowed:
        assert do(service).owner == service.id
        return
    with pytest.raises(Refusal) as refusal:
        do(service)
    assert (refusal.value.kind, refusal.value.article is not None) == (Kind.CONFLICT, True)


@pytest.mark.parametrize("state", STATES)
def test_after_an_erasure_nothing_of_a_service_can_be_done(state: str) -> None:
    service = STATES[state]()
    service = after(service, erase(service), at=NOON)

    for _, do in ACTS.values():
        with pytest.raises(Refusal):
            do(service)
    with pytest.raises(Refusal) as refusal:
        add_proof(service, ProofKind.PHOTO, sha256="f" * 64, size=1, by=SERVER)
    assert refusal.value.article == PIPL_47


def test_what_was_served_is_on_record_with_its_day_proofs_and_people() -> None:
    service = served_by_hand()

    assert service.state is State.SERVED
    assert service.effect is not None
    assert (service.effect.manner, service.effect.day, service.effect.basis) == (
        Manner.DIRECT,
        date(2025, 3, 10),
        "CPL 88",
    )


@pytest.mark.law(CPL_88)
@pytest.mark.parametrize("kind", PartyKind)
@pytest.mark.parametrize("capacity", [*Capacity, None])
def test_the_return_is_signed_by_the_party_or_by_whoever_the_law_names(
    kind: PartyKind, capacity: Capacity | None
) -> None:
    service = with_proofs(opened(kind=kind))
    service = after(service, start(service, Manner.DIRECT), at=NOON)

    if capacity in MAY_SIGN[kind]:
        assert handed(service, 1, signed_as=capacity).served_on == date(2025, 3, 10)  # type: ignore[attr-defined]
        return
    with pytest.raises(Refusal) as refusal:
        handed(service, 1, signed_as=capacity)
    assert (refusal.value.code, refusal.value.article) == ("NOTI_SERVICE_SIGNER", CPL_88)


REACHED = [
    (Manner.DIRECT, {ProofKind.RETURN_SLIP}, None, CPL_88, CPL_87),
    (Manner.LEAVING, {ProofKind.PHOTO}, None, CPL_89, CPL_89),
    (Manner.LEAVING, {ProofKind.VIDEO}, None, CPL_89, CPL_89),
    (Manner.LEAVING, {ProofKind.RETURN_SLIP}, "witness", CPL_89, CPL_89),
    (Manner.ENTRUSTED, {ProofKind.RETURN_RECEIPT}, None, CPL_91, CPL_91),
    (Manner.POSTAL, {ProofKind.RETURN_RECEIPT}, None, CPL_91, CPL_91),
    (Manner.FORWARDED, {ProofKind.RETURN_SLIP}, None, CPL_94, CPL_94),
]


@pytest.mark.law(CPL_87, CPL_88, CPL_89, CPL_91, CPL_94)
@pytest.mark.parametrize(("manner", "proofs", "witness", "basis", "demanded_by"), REACHED)
def test_each_manner_serves_by_its_proof_and_not_without(
    manner: Manner, proofs: set[ProofKind], witness: str | None, basis: Article, demanded_by: Article
) -> None:
    service = with_proofs(opened())
    if manner is Manner.LEAVING:
        service = failed(service, Manner.DIRECT, Failure.REFUSED)
    service = after(service, start(service, manner), at=NOON)
    n, changes = len(service.steps), {} if witness else {"witness": None}

    fact = handed(service, n, proofs=tuple(digest(kind) for kind in proofs), at=NOON + DAY, **changes)

    assert (fact.served_on, fact.basis) == (date(2025, 3, 11), basis.cite)  # type: ignore[attr-defined]
    wrong = tuple(digest(kind) for kind in set(ProofKind) - {k for m, p, *_ in REACHED for k in p})
    with pytest.raises(Refusal) as refusal:
        handed(service, n, proofs=wrong, at=NOON + DAY, **changes)
    assert (refusal.value.code, refusal.value.article) == ("NOTI_SERVICE_PROOF_MISSING", demanded_by)


@pytest.mark.law(CPL_89)
def test_a_witness_without_the_return_leaves_nothing() -> None:
    service = failed(with_proofs(opened()), Manner.DIRECT, Failure.REFUSED)
    service = after(service, start(service, Manner.LEAVING), at=NOON)

    with pytest.raises(Refusal, match="PHOTO"):
        handed(service, 2, proofs=())


@pytest.mark.law(APL_42)
@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"second": None}, "NOTI_SERVICE_TWO_OFFICERS"),
        ({"second": SERVER}, "NOTI_SERVICE_TWO_OFFICERS"),
        ({"first_until": None}, "NOTI_SERVICE_OFFICER_UNQUALIFIED"),
        ({"first_until": legal_day(NOON) - DAY}, "NOTI_SERVICE_OFFICER_UNQUALIFIED"),
        ({"second_until": legal_day(NOON) - DAY}, "NOTI_SERVICE_OFFICER_UNQUALIFIED"),
        ({"second_agency": AgencyId.new(NOON)}, "NOTI_SERVICE_OFFICER_UNQUALIFIED"),
        ({"second_agency": None, "second_until": None}, "NOTI_SERVICE_OFFICER_UNQUALIFIED"),
        ({"first_until": legal_day(NOON), "second_until": legal_day(NOON)}, None),  # the last day counts
    ],
)
@pytest.mark.parametrize("manner", [Manner.DIRECT, Manner.LEAVING])
def test_a_visit_takes_two_officers_with_a_valid_certificate(
    manner: Manner, changes: dict[str, Any], code: str | None
) -> None:
    service = failed(with_proofs(opened()), Manner.DIRECT, Failure.REFUSED)
    service = after(service, start(service, manner), at=NOON)

    if code is None:
        assert handed(service, 2, **changes)
        return
    with pytest.raises(Refusal) as refusal:
        handed(service, 2, **changes)
    assert (refusal.value.code, refusal.value.article) == (code, APL_42)


@pytest.mark.parametrize("manner", FAILURES)
@pytest.mark.parametrize("reason", Failure)
def test_each_manner_fails_for_its_own_reasons_alone(manner: Manner, reason: Failure) -> None:
    service = ready_for(manner)
    service = after(service, begin_any(service, manner), at=NOON)
    n = len(service.steps)

    if reason in FAILURES[manner]:
        assert after(service, failing(service, n, reason), at=NOON).state is State.OPEN
        return
    with pytest.raises(Refusal, match="fails for one of these"):
        failing(service, n, reason)


def ready_for(manner: Manner) -> Service:
    """A service for which `manner` is open."""
    service = with_proofs(opened())
    if manner is Manner.LEAVING:
        return failed(service, Manner.DIRECT, Failure.REFUSED)
    if manner is Manner.PUBLIC_NOTICE:
        service = failed(service, Manner.DIRECT, Failure.ABSENT)
        return failed(service, Manner.POSTAL, Failure.RETURNED)
    return service


def begin_any(service: Service, manner: Manner) -> Any:
    return sending(service) if manner is Manner.ELECTRONIC else start(service, manner)


@pytest.mark.law(CPL_89, CPL_91, CPL_92, CPL_93, CPL_95)
@pytest.mark.parametrize("manner", [m for m in Manner if m is not Manner.ELECTRONIC])
@pytest.mark.parametrize("ground", [*Ground, None])
def test_a_manner_begins_on_the_ground_that_the_law_gives_it(manner: Manner, ground: Ground | None) -> None:
    service = ready_for(manner)

    if ground in GROUNDS[manner]:
        fact = start(service, manner, ground=ground)
        assert fact.law == GROUNDS[manner][ground].cite  # type: ignore[attr-defined]
        return
    with pytest.raises(Refusal) as refusal:
        start(service, manner, ground=ground)
    assert (refusal.value.code, refusal.value.article) == (
        "NOTI_SERVICE_GROUND",
        next(iter(GROUNDS[manner].values())),
    )


@pytest.mark.parametrize("manner", [m for m in Manner if None not in GROUNDS[m]])
def test_a_ground_is_given_with_its_reasons(manner: Manner) -> None:
    with pytest.raises(Refusal, match="its reasons"):
        start(ready_for(manner), manner, reasons=False)


COURSES: list[tuple[list[tuple[Manner, Failure]], bool, list[str]]] = [
    ([], False, ["a failed direct service", "a failed service by post or entrusted"]),
    ([(Manner.DIRECT, Failure.ABSENT)], False, ["a failed service by post or entrusted"]),
    ([(Manner.POSTAL, Failure.RETURNED)], False, ["a failed direct service"]),
    ([(Manner.DIRECT, Failure.ABSENT), (Manner.POSTAL, Failure.RETURNED)], False, []),
    ([(Manner.DIRECT, Failure.ABSENT), (Manner.ENTRUSTED, Failure.RETURNED)], False, []),
    (
        [(Manner.DIRECT, Failure.ABSENT), (Manner.POSTAL, Failure.RETURNED)],
        True,
        ["a failed electronic service"],
    ),
    (
        [(Manner.DIRECT, Failure.REFUSED), (Manner.POSTAL, Failure.REFUSED)],
        False,
        ["a failed leaving"],
    ),
    (
        [
            (Manner.DIRECT, Failure.REFUSED),
            (Manner.LEAVING, Failure.ADDRESS_WRONG),
            (Manner.POSTAL, Failure.RETURNED),
        ],
        False,
        [],
    ),
]


@pytest.mark.law(CPL_95)
@pytest.mark.parametrize(("course", "consent_stands", "missing"), COURSES)
def test_a_public_notice_waits_until_every_other_manner_failed(
    course: list[tuple[Manner, Failure]], consent_stands: bool, missing: list[str]
) -> None:
    service = opened()
    for manner, reason in course:
        service = failed(service, manner, reason)

    if not missing:
        fact = start(service, Manner.PUBLIC_NOTICE, consent_stands=consent_stands)
        assert fact.failed_steps == tuple(range(1, len(course) + 1))  # type: ignore[attr-defined]
        assert fact.deemed_on == date(2025, 4, 9)  # type: ignore[attr-defined]
        return
    with pytest.raises(Refusal) as refusal:
        start(service, Manner.PUBLIC_NOTICE, consent_stands=consent_stands)
    assert (refusal.value.facts["missing"], refusal.value.article) == (missing, CPL_95)


@pytest.mark.law(CPL_95)
def test_unknown_whereabouts_need_the_proof_that_somebody_looked() -> None:
    service = opened()

    with pytest.raises(Refusal, match="a proof of the inquiry"):
        start(service, Manner.PUBLIC_NOTICE, ground=Ground.WHEREABOUTS_UNKNOWN)

    found = with_proofs(service, ProofKind.INQUIRY)
    assert start(found, Manner.PUBLIC_NOTICE, ground=Ground.WHEREABOUTS_UNKNOWN).owner == service.id


@pytest.mark.law(CPL_89)
@pytest.mark.parametrize("reason", [Failure.ABSENT, Failure.ADDRESS_WRONG, Failure.NOBODY_TO_SIGN])
def test_nothing_is_left_at_the_door_of_a_party_who_did_not_refuse(reason: Failure) -> None:
    with pytest.raises(Refusal) as refusal:
        start(failed(opened(), Manner.DIRECT, reason), Manner.LEAVING)

    assert (refusal.value.code, refusal.value.article) == ("NOTI_SERVICE_MANNER_NOT_OPEN", CPL_89)


@pytest.mark.law(CPL_95)
def test_a_public_notice_serves_when_its_last_day_is_over_and_not_a_second_before() -> None:
    service = ready_for(Manner.PUBLIC_NOTICE)
    service = after(service, start(service, Manner.PUBLIC_NOTICE), at=NOON)
    midnight = NOON.replace(day=9, month=4, hour=16)

    early = lapse(service, at=midnight - timedelta(microseconds=1))
    fact = lapse(service, at=midnight + DAY)

    assert early is None
    assert fact is not None
    assert (fact.served_on, fact.basis) == (date(2025, 4, 9), "CPL 95")
    assert missing_snapshots(service) == ()
    assert missing_snapshots(replace(service, proofs=())) == tuple(
        kind for kind in ProofKind if kind.name.startswith("SNAPSHOT")
    )


def test_a_party_who_comes_while_the_notice_runs_is_served_by_hand_and_not_again() -> None:
    service = ready_for(Manner.PUBLIC_NOTICE)
    service = after(service, start(service, Manner.PUBLIC_NOTICE), at=NOON)
    n = len(service.steps)

    service = after(service, start(service, Manner.DIRECT, at=NOON + DAY), at=NOON + DAY)
    service = after(service, handed(service, n + 1, at=NOON + DAY), at=NOON + DAY)

    assert service.effect is not None
    assert (service.effect.manner, service.effect.day) == (Manner.DIRECT, date(2025, 3, 11))
    assert service.steps[n - 1].failure is Failure.OVERTAKEN
    assert lapse(service, at=NOON + 60 * DAY) is None


@pytest.mark.law(APL_61)
def test_the_alarm_rings_on_the_fifth_working_day_and_once() -> None:
    service = opened()

    early, rung = alarm(service, at=NOON + 6 * DAY), alarm(service, at=NOON + 7 * DAY)

    assert (service.alarm_on, service.serve_by) == (date(2025, 3, 17), date(2025, 3, 19))
    assert early is None
    assert rung is not None
    assert alarm(after(service, rung, at=NOON), at=NOON + 8 * DAY) is None
    assert alarm(served_by_hand(), at=NOON + 9 * DAY) is None


def test_an_officer_sees_what_to_do_next() -> None:
    notice = replace(ready_for(Manner.PUBLIC_NOTICE), proofs=())
    notice = after(notice, start(notice, Manner.PUBLIC_NOTICE), at=NOON)
    paper = served_online()

    assert tasks_of(opened(), at=NOON) == (Task.CHOOSE_MANNER,)
    assert tasks_of(underway(), at=NOON) == (Task.REPORT_OUTCOME,)
    assert tasks_of(notice, at=NOON) == (Task.SNAPSHOT_START,)
    assert tasks_of(notice, at=NOON + 15 * DAY)[-1] is Task.SNAPSHOT_MIDDLE
    assert tasks_of(with_proofs(notice, ProofKind.SNAPSHOT_START), at=NOON + 30 * DAY) == (
        Task.SNAPSHOT_MIDDLE,
        Task.SNAPSHOT_END,
    )
    assert tasks_of(rebutted(), at=NOON) == (Task.JUDGE_REBUTTAL,)
    assert tasks_of(after(paper, ask_for_paper(paper, by=SERVER), at=NOON), at=NOON) == (Task.GIVE_PAPER,)


@pytest.mark.law(APL_61_2)
def test_a_record_of_a_service_names_the_digest_of_its_consent() -> None:
    fact = sending(opened())

    assert len(fact.consent_sha256) == 64  # type: ignore[attr-defined]
    assert isinstance(TEXT, Commitment)
