"""The days of a remedy: those of the agency, those that do not count, those without a surcharge. No database."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from case.domain.decision import evidence_digest
from case.domain.deliberation import Discussion, Hearing, HearingGround, LegalReview
from case.domain.deliberation import Verdict as Reviewed
from case.domain.outcomes import Outcome
from case.domain.people import Hand
from case.domain.procedure import Case, State, after
from case.domain.reconsidering import apply_remedy, forward_remedy
from case.domain.remedies import Flaw, Forum, Late, Procedure, Remedy, Result, Stage
from case.domain.remedying import Summons, note_late, note_summons
from case.domain.remedyresults import Verdict, end_remedy
from case.domain.repeating import require_no_same_outcome, require_not_repeated
from case.domain.surcharge import amount_due
from common.values.calendar import DAY, legal_day, start_of
from common.values.errors import Refusal
from common.values.ids import DocumentId
from common.values.law import (
    ALL_45,
    ALL_67,
    APL_57_2,
    APL_58,
    APL_63,
    APL_73,
    ARL_32,
    ARL_48,
    ARL_54,
    ARL_64_2,
    ARR_38,
    ARR_58,
    Article,
)
from common.values.profile import PenaltyKind
from tests.case.domain import deliberating as do
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


@pytest.mark.law(ARR_38)
@pytest.mark.parametrize(("submitted", "told", "left"), [(50, 55, 10), (60, 62, 0), (1, 6, 59), (50, 50, 10)])
def test_the_days_from_submission_to_notice_do_not_count_in_the_sixty(
    submitted: int, told: int, left: int
) -> None:
    known = date(2025, 3, 3)
    remedy = Remedy(
        1,
        Forum.RECONSIDERATION,
        True,
        Stage.CORRECTED,
        known + DAY * submitted,
        True,
        told_on=known + DAY * told,
    )
    assert remedy.period_stop is not None

    found = walk.TERMS.reconsideration_left(known, remedy.period_stop)

    assert (found.raw_on - (known + DAY * told)).days == left
    assert found.law == ARR_38.cite


@pytest.mark.law(APL_73)
def test_the_surcharge_of_a_late_fine_leaves_out_exactly_the_days_of_the_remedy() -> None:
    case, _ = served()
    assert case.payment is not None
    due = case.payment.due_on
    filed, ended = due + DAY * 3, due + DAY * 7
    remedy = Remedy(1, Forum.LITIGATION, False, Stage.ENDED, filed, True, ended_on=ended)
    paid_at = start_of(due + DAY * 10) + timedelta(hours=9)

    _, without = amount_due(case, paid_at)
    _, with_remedy = amount_due(replace(case, remedies=(remedy,)), paid_at)

    # Ten days late; five of them, from the filing to the end, bear nothing. Three percent of 40 yuan is 1.20 a day.
    assert (without, with_remedy) == (1200, 600)


def taken_up() -> tuple[Case, datetime]:
    case, at = served()
    today = legal_day(at)
    summons = Summons(Forum.RECONSIDERATION, Procedure.ORDINARY, today, today, today, walk.KEPT)
    fact = note_summons(case, None, summons, period=None, hand=walk.FIRST, terms=walk.TERMS, at=at)
    return after(case, fact), at


def verdict(at: datetime, result: Result, flaw: Flaw | None = None, **changes: Any) -> Verdict:
    return replace(Verdict(result, flaw, None, legal_day(at), legal_day(at), walk.SHA), **changes)


def resolved(case: Case, told: Verdict, at: datetime, hand: Hand = walk.HEAD) -> Case:
    for fact in end_remedy(case, 1, told, hand=hand, terms=walk.TERMS, at=at):
        case = after(case, fact)
    return case


@pytest.mark.law(ALL_45)
@pytest.mark.parametrize("result", list(Result))
def test_every_result_ends_the_remedy_and_leads_to_its_state(result: Result) -> None:
    case, at = taken_up()
    assert case.decision is not None
    assert case.decision.proposal is not None
    flaw = None if result in (Result.UPHELD, Result.WITHDRAWN, Result.DISMISSED) else Flaw.FACTS
    lighter = replace(case.decision.proposal, fine_fen=1000) if result is Result.CHANGED else None

    told = verdict(at, result, flaw, proposal=lighter)
    ended = resolved(case, told, at)

    (remedy,) = ended.remedies
    assert (remedy.stage, remedy.result, remedy.is_open) == (Stage.ENDED, result, False)
    fallen = {Result.REVOKED, Result.INVALID}
    expected = {Result.ORDERED_ANEW: State.DEFENCE_REVIEW} | dict.fromkeys(fallen, State.REVOKED_BY_SELF)
    assert ended.state is expected.get(result, State.PERFORMING)
    fact = end_remedy(case, 1, told, hand=walk.HEAD, terms=walk.TERMS, at=at)[0]
    is_judged = result not in (Result.WITHDRAWN, Result.DISMISSED)
    assert [deadline.n for deadline in fact.due] == ([15] if is_judged else [])


@pytest.mark.law(ARL_32)
def test_the_agency_ends_no_remedy_that_nobody_saw_but_by_the_partys_own_withdrawal() -> None:
    case, at = served()
    case = applied(case, at)
    dismissed, withdrawn = (verdict(at, result) for result in (Result.DISMISSED, Result.WITHDRAWN))

    with pytest.raises(Refusal) as unseen:
        resolved(case, dismissed, at)
    with pytest.raises(Refusal) as own:
        resolved(case, withdrawn, at, walk.FIRST)

    assert (unseen.value.code, unseen.value.article) == ("CASE_TRANSITION_NOT_ALLOWED", ARL_32)
    assert own.value.code == "ROLE_CONFLICT"
    assert resolved(case, withdrawn, at).remedies[0].stage is Stage.ENDED
    forwarded = after(case, forward_remedy(case, 1, opinion=walk.KEPT, hand=walk.HEAD, at=at))
    assert resolved(forwarded, dismissed, at).remedies[0].stage is Stage.ENDED


@pytest.mark.law(ARR_58, ARL_64_2)
def test_what_was_ordered_anew_may_be_lighter_or_rest_on_other_grounds_and_never_the_same() -> None:
    case, at = taken_up()
    assert case.decision is not None
    proposal = case.decision.proposal
    assert proposal is not None
    anew = resolved(case, verdict(at, Result.ORDERED_ANEW, Flaw.FACTS), at)
    same, evidence = anew.remedies[0].anew, evidence_digest(case.exhibits)
    assert same is not None

    # A fen more or less, or another word in the report, is basically the same.
    worded = replace(anew, conclusion=replace(anew.conclusion, report=bytes(32)) if anew.conclusion else None)
    for again in (-1, 0, 1):
        for once_more in (anew, worded):
            with pytest.raises(Refusal) as refusal:
                require_not_repeated(
                    once_more, replace(proposal, fine_fen=proposal.fine_fen + again), evidence
                )
            assert (refusal.value.code, refusal.value.article) == ("CASE_DECISION_REPEATED", ARL_64_2)
    require_not_repeated(anew, replace(proposal, kind=PenaltyKind.WARNING, fine_fen=0), evidence)
    require_not_repeated(anew, proposal, bytes(32))
    reviewed = after(anew, do.reviewed(anew, at, has_ground=True))
    require_not_repeated(reviewed, proposal, evidence)
    with pytest.raises(Refusal):
        require_not_repeated(after(anew, do.reviewed(anew, at)), proposal, evidence)
    assert same.until == walk.TERMS.act_anew(legal_day(at), None).due_at
    formal = resolved(case, verdict(at, Result.ORDERED_ANEW, Flaw.PROCEDURE, anew_cd=30), at)
    require_not_repeated(formal, proposal, evidence)
    assert formal.remedies[0].anew is not None
    assert formal.remedies[0].anew.until < same.until
    (late,) = note_late(anew, at=same.until)
    assert late.duty is Late.ANEW


@pytest.mark.parametrize(
    "changes",
    [
        {"flaw": None},
        {"result": Result.UPHELD},
        {"result": Result.REVOKED, "anew_cd": 30},
        {"result": Result.CHANGED},
    ],
)
def test_a_result_that_does_not_fit_together_is_refused(changes: dict[str, Any]) -> None:
    case, at = taken_up()

    with pytest.raises(Refusal) as refusal:
        end_remedy(
            case,
            1,
            verdict(at, **({"result": Result.ORDERED_ANEW, "flaw": Flaw.LAW} | changes)),
            hand=walk.FIRST,
            terms=walk.TERMS,
            at=at,
        )

    assert refusal.value.code == "CASE_REMEDY_RESULT"


@pytest.mark.law(APL_57_2, APL_58, ARL_64_2)
def test_a_decision_anew_has_a_review_and_a_discussion_of_its_own() -> None:
    case, at = taken_up()
    review = LegalReview(
        1, Reviewed.PASS, walk.REVIEWER.officer_id, at, DocumentId.new(at), 0, False, False, ()
    )
    proposal = case.decision.proposal if case.decision else None
    assert proposal is not None
    talk = Discussion(1, proposal, walk.HEAD.officer_id, at, 0)

    anew = resolved(
        replace(case, legal_review=review, discussion=talk),
        verdict(at, Result.ORDERED_ANEW, Flaw.PROCEDURE),
        at,
    )

    assert (anew.legal_review, anew.discussion) == (None, None)


@pytest.mark.law(ARR_58)
def test_a_rest_adds_nothing_to_the_days_in_which_another_decision_was_ordered() -> None:
    case, at = taken_up()
    case = resolved(case, verdict(at, Result.ORDERED_ANEW, Flaw.FACTS), at)
    until = case.decide_until
    for fact in walk.suspended(case, at):
        case = after(case, fact)

    resumed = walk.resumed(case, at + 10 * DAY)

    assert resumed.due == ()
    assert after(case, resumed).decide_until == until


@pytest.mark.law(ARR_58)
def test_a_decision_not_to_punish_is_ordered_anew_too_and_is_not_the_same_again() -> None:
    case, at = taken_up()
    assert case.decision is not None
    spared = replace(case.decision, outcome=Outcome.NO_PENALTY_MINOR, proposal=None)
    case = replace(case, decision=spared, payment=None)
    told = resolved(case, verdict(at, Result.ORDERED_ANEW, Flaw.FACTS), at)
    untold = replace(case, notices=())
    untold = resolved(untold, verdict(at, Result.ORDERED_ANEW, Flaw.FACTS), at)
    evidence = evidence_digest(case.exhibits)

    assert (told.state, untold.state) == (State.DEFENCE_REVIEW, State.INVESTIGATION_CONCLUDED)
    with pytest.raises(Refusal) as refusal:
        require_no_same_outcome(told, Outcome.NO_PENALTY_MINOR, evidence)
    assert refusal.value.code == "CASE_DECISION_REPEATED"
    require_no_same_outcome(told, Outcome.NO_VIOLATION, evidence)
    require_no_same_outcome(told, Outcome.NO_PENALTY_MINOR, bytes(32))


@pytest.mark.law(ARL_64_2, APL_63)
def test_what_fell_for_its_procedure_is_notified_and_heard_anew() -> None:
    case, at = taken_up()
    heard = replace(case, hearing=Hearing(1, walk.NOTICE, HearingGround.REQUESTED, walk.NOON))

    anew = resolved(heard, verdict(at, Result.ORDERED_ANEW, Flaw.PROCEDURE), at)

    assert (anew.state, anew.hearing, anew.current_notices) == (State.INVESTIGATING, None, ())
    assert (anew.round, anew.past_hearings) == (case.round + 1, (heard.hearing,))
