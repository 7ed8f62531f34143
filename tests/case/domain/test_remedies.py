"""The days of a remedy: those of the agency, those that do not count, those without a surcharge. No database."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from case.domain.procedure import Case, State, after
from case.domain.reconsidering import apply_remedy, forward_remedy
from case.domain.remedies import Forum, Late, Procedure, Remedy, Stage
from case.domain.remedying import Summons, note_late, note_summons
from common.values.calendar import DAY, legal_day
from common.values.errors import Refusal
from common.values.law import ALL_67, APL_73, ARL_32, ARL_48, ARL_54, Article
from tests.case.domain import walk

# Friday 26 September 2025, 10 o'clock in Shanghai: the National Day holidays lie ahead.
FRIDAY = datetime(2025, 9, 26, 2, 0, tzinfo=UTC)


def served() -> tuple[Case, datetime]:
    return walk.walked_to(State.PERFORMING)


def applied(case: Case, at: datetime) -> Case:
    fact = apply_remedy(
        case,
        application=walk.KEPT,
        received_at=at,
        entered_by=None,
        reconsider_by=walk.TERMS.reconsideration(case.served_at or at),
        terms=walk.TERMS,
        at=at,
    )
    return after(case, fact)


@pytest.mark.law(ARL_48, ARL_54, ALL_67)
@pytest.mark.parametrize(
    ("forum", "procedure", "law", "due"),
    [
        (Forum.RECONSIDERATION, Procedure.ORDINARY, ARL_48, "2025-10-16"),
        (Forum.RECONSIDERATION, Procedure.SIMPLIFIED, ARL_54, "2025-10-10"),
        (Forum.LITIGATION, None, ALL_67, "2025-10-11"),
    ],
)
def test_the_answer_is_due_by_the_days_of_its_procedure(
    forum: Forum, procedure: Procedure | None, law: Article, due: str
) -> None:
    found = walk.TERMS.answer_remedy(legal_day(FRIDAY), forum, procedure)

    assert (found.law, found.due_on.isoformat()) == (law.cite, due)


@pytest.mark.law(ARL_32)
def test_the_agency_has_five_working_days_and_is_late_after_the_last_second() -> None:
    case, at = served()
    case = applied(case, at)
    (remedy,) = case.remedies
    assert remedy.handle_until is not None

    assert remedy.handle_until == walk.TERMS.handle_application(at).due_at
    assert note_late(case, at=remedy.handle_until - timedelta(seconds=1)) == ()
    (late,) = note_late(case, at=remedy.handle_until)
    assert (late.duty, late.due_on) == (Late.HANDLING, walk.TERMS.handle_application(at).due_on)
    assert note_late(after(case, late), at=remedy.handle_until + DAY) == ()
    forwarded = forward_remedy(case, 1, opinion=walk.KEPT, hand=walk.HEAD, at=remedy.handle_until + DAY)
    assert note_late(after(case, forwarded), at=remedy.handle_until + DAY) == ()


@pytest.mark.law(APL_73)
def test_no_surcharge_runs_from_the_filing_to_the_end_both_counted() -> None:
    open_, ended = (
        Remedy(1, Forum.LITIGATION, False, Stage.TAKEN_UP, date(2025, 10, 11), True),
        date(2025, 10, 13),
    )
    over = Remedy(1, Forum.LITIGATION, False, Stage.ENDED, date(2025, 10, 11), True, ended_on=ended)

    covered = [day for day in range(9, 20) if over.surcharge_stop.covers(date(2025, 10, day))]

    assert covered == [11, 12, 13]
    assert open_.surcharge_stop.covers(date(2035, 1, 1))


@pytest.mark.parametrize("shift", [(1, 0, 0), (0, -1, 0), (0, 1, 0), (0, 0, -1)])
def test_the_days_of_a_summons_lie_in_order(shift: tuple[int, int, int]) -> None:
    case, at = served()
    today = legal_day(at)
    days = [today + DAY * each for each in shift]

    with pytest.raises(Refusal) as refusal:
        note_summons(
            case,
            None,
            Summons(Forum.RECONSIDERATION, Procedure.ORDINARY, *days, walk.KEPT),
            period=None,
            hand=walk.FIRST,
            terms=walk.TERMS,
            at=at,
        )

    assert refusal.value.code == "CASE_REMEDY_DAYS"


def test_what_came_after_the_period_is_taken_and_said_to_be_late() -> None:
    case, _ = served()
    assert case.served_at is not None
    until = walk.TERMS.reconsideration(case.served_at).due_at

    assert applied(case, until - timedelta(seconds=1)).remedies[0].in_time
    assert not applied(case, until).remedies[0].in_time
