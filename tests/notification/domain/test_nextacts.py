"""What a message started and what can be done next, on the days of the case service and no other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from case.api.notice_views import periods_of
from case.domain.performance import take_effect
from case.domain.procedure import Case, State, after
from case.domain.redating import DeadlineRedated
from case.domain.reserving import note_arrival, prove_date
from common.values.calendar import Deadline
from common.values.ids import DocumentId
from common.values.law import ALL_46, APL_45, APL_67, ARL_20
from common.values.manner import Manner
from notification.domain.message import Engagement, Message
from notification.domain.nextacts import Ends, ends_of, next_acts
from tests.case.domain import walk
from tests.notification.domain.test_message import NOON, delivered

DAY = timedelta(days=1)
PERIOD = Ends("DEFEND", NOON + 5 * DAY, "APL 45")


def ends(case: Case, deadlines: Sequence[Deadline], document_id: DocumentId) -> dict[str, Ends]:
    """The periods of the message that brought `document_id`, as the case tells them."""
    message = replace(delivered(), document_kind="D-20a", document_id=document_id)
    started: dict[DocumentId, list[Ends]] = {}
    for each in periods_of(case, deadlines):
        started.setdefault(each.document_id, []).append(Ends(each.act, each.until, each.law))
    return {each.act: each for each in ends_of(message, started, correct_until=None)}


def served_decision() -> tuple[Case, dict[str, Deadline]]:
    """A decision served by its sending, whose arrival nobody knows yet."""
    case, at = walk.walked_to(State.SERVICE_PENDING)
    facts = take_effect(
        case,
        document_id=walk.DECISION,
        manner=Manner.ELECTRONIC,
        served_at=at,
        arrived_at=None,
        terms=walk.TERMS,
    )
    for fact in facts:
        case = after(case, fact)
    return case, {deadline.rule: deadline for fact in facts for deadline in fact.due}


def redated(facts: Sequence[object]) -> dict[str, Deadline]:
    return {fact.deadline.rule: fact.deadline for fact in facts if isinstance(fact, DeadlineRedated)}


@pytest.mark.law(APL_67, ARL_20, ALL_46)
def test_a_party_is_told_the_days_of_the_case_whatever_moves_them() -> None:
    case, deadlines = served_decision()
    assert case.served_at is not None

    def told(known: dict[str, Deadline]) -> dict[str, Ends]:
        return ends(case, list(known.values()), walk.DECISION)

    arrived = case.served_at + 3 * DAY
    moved = deadlines | redated(
        note_arrival(
            case,
            list(deadlines.values()),
            document_id=walk.DECISION,
            arrived_at=arrived,
            terms=walk.TERMS,
        )
    )
    proved = moved | redated(
        prove_date(
            case,
            list(moved.values()),
            document_id=walk.DECISION,
            served_at=case.served_at + 20 * DAY,
            arrived_at=case.served_at + 20 * DAY,
            terms=walk.TERMS,
        )
    )

    for known in (deadlines, moved, proved):
        assert {act: (end.until, end.law) for act, end in told(known).items()} == {
            rule.upper(): (known[rule].due_at, known[rule].law)
            for rule in ("pay", "reconsideration", "litigation")
        }
    # An arrival that was known only later does not lengthen the time to sue: the party must not be told that it does.
    assert told(moved)["LITIGATION"].until == walk.TERMS.litigation(case.served_at).due_at
    assert told(moved)["RECONSIDERATION"].until == walk.TERMS.reconsideration(arrived).due_at
    assert told(proved)["LITIGATION"].until > told(moved)["LITIGATION"].until


@pytest.mark.law(APL_45)
def test_a_prior_notice_ends_on_the_day_of_the_case_and_one_that_was_not_served_starts_nothing() -> None:
    case, at = walk.walked_to(State.PRIOR_NOTICE_SERVED)
    notice = case.notices[-1]
    defence = walk.TERMS.defence(at)

    assert ends(case, [defence], notice.document_id) == {"DEFEND": Ends("DEFEND", defence.due_at, "APL 45")}
    waiting = replace(case, notices=(replace(notice, served_at=None),))
    assert ends(waiting, [defence], notice.document_id) == {}
    assert ends(case, [defence], DocumentId.new(at)) == {}


def test_where_the_case_does_not_say_no_day_is_told() -> None:
    for kind in ("D-14", "D-20a"):
        message = replace(delivered(), document_kind=kind, served_on=NOON.date())
        assert ends_of(message, {}, correct_until=NOON) == ()


def test_a_prompt_ends_when_the_case_says_and_starts_nothing_else() -> None:
    until = NOON + timedelta(hours=6)
    assert ends_of(delivered(), {}, correct_until=until) == (Ends("CORRECT", until, None),)
    assert ends_of(delivered(), {}, correct_until=None) == ()


@pytest.mark.parametrize(
    ("before", "left"),
    [(timedelta(seconds=1), 0), (timedelta(hours=24), 0), (timedelta(hours=25), 1), (-timedelta(hours=1), 0)],
)
def test_the_last_day_has_no_day_left(before: timedelta, left: int) -> None:
    end = Ends("DEFEND", walk.TERMS.defence(NOON).due_at, "APL 45")

    assert end.days_left(end.until - before) == left


def test_what_can_be_done_is_offered_until_it_is_done_or_over() -> None:
    message, periods, until = replace(delivered(), document_kind="D-14"), (PERIOD,), PERIOD.until

    def acts(of: Message, at: datetime) -> list[str]:
        return [each.act for each in next_acts(of, periods, at=at)]

    done = replace(message, engagement=Engagement(acknowledged_at=NOON, disputed_at=NOON))
    assert acts(message, NOON) == ["DOWNLOAD", "ACKNOWLEDGE", "REFUSE", "DISPUTE", "DEFEND"]
    assert acts(done, until - timedelta(seconds=1)) == ["DOWNLOAD", "DEFEND"]
    assert acts(done, until) == ["DOWNLOAD"]
    assert acts(replace(message, erased_at=NOON), NOON) == []
