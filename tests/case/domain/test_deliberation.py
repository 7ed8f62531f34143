"""Hearing, legal review and discussion: the boundaries that the law draws (APL 57(2), 58, 63 to 65)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from case.domain.clock import stops_of
from case.domain.contents import Proposal
from case.domain.deadlines import Terms
from case.domain.decision import require_decider
from case.domain.defence import Answer, review
from case.domain.deliberation import HearingGround, Point, Presence, Qualification, Signing, Verdict
from case.domain.facts import CaseFact
from case.domain.guards import failed_guards
from case.domain.hearing import HearingOrdered, note_hearing_notice, require_notice
from case.domain.investigation import issue_notice, notice_served
from case.domain.outcomes import Effect
from case.domain.people import Hand
from case.domain.procedure import Case, State, after
from case.domain.recusing import workers
from case.domain.reserving import ServiceDateProven
from case.domain.triggers import Trigger, discussion_triggers, review_triggers
from common.values.calendar import start_of
from common.values.errors import Kind, Refusal
from common.values.ids import DocumentId
from common.values.law import (
    APL_29,
    APL_43,
    APL_45_2,
    APL_57_2,
    APL_58,
    APL_58_2,
    APL_60,
    APL_63,
    APL_64,
    APL_64_1,
    APL_64_2,
    APL_64_6,
    APL_65,
    Article,
)
from common.values.manner import Manner
from common.values.profile import PenaltyKind
from tests.case.domain import deliberating as do
from tests.case.domain import walk

FINED = Proposal((walk.CODE,), PenaltyKind.FINE, 4000)


def refused(attempt: Callable[[], Any]) -> tuple[str, Article | None]:
    with pytest.raises(Refusal) as refusal:
        attempt()
    return refusal.value.code, refusal.value.article


def through(case: Case, *acts: Callable[[Case, Any], CaseFact]) -> Case:
    at = walk.NOON + timedelta(days=2)
    for act in acts:
        at += timedelta(hours=1)
        case = after(case, act(case, at))
    return case


def offered() -> Case:
    """A case whose served notice offers a hearing, its statement answered."""
    case, _ = walk.walked_to(State.DEFENCE_REVIEW)
    until = walk.TERMS.request_hearing(walk.NOON).due_at
    return replace(case, notices=(replace(case.notices[0], hearing_offered=True, hearing_until=until),))


def sat(presence: Presence = Presence.ATTENDED) -> Case:
    """A case whose hearing is over and reported."""
    return through(
        offered(),
        do.requested,
        do.ordered,
        told,
        lambda case, at: do.held(case, at, do.course(case, presence)),
        do.reported,
    )


def told(case: Case, at: Any) -> CaseFact:
    assert case.hearing is not None
    assert case.hearing.document_id is not None
    document_id = case.hearing.document_id
    return note_hearing_notice(case, document_id=document_id, manner=Manner.ELECTRONIC, served_at=at)


@pytest.mark.law(APL_64_1)
def test_a_hearing_is_asked_for_until_the_fifth_working_day_ends_tv2() -> None:
    """TV2: served on 2025-09-26, asked for until the end of 2025-10-10."""
    deadline = walk.TERMS.request_hearing(start_of(date(2025, 9, 26)))

    assert (deadline.due_on, deadline.n, deadline.law) == (date(2025, 10, 10), 5, "APL 64(1)")
    case, until = offered(), offered().notices[0].hearing_until
    assert until is not None
    assert do.requested(case, until - timedelta(minutes=1))
    assert refused(lambda: do.requested(case, until)) == ("CASE_HEARING_REQUEST_LATE", APL_64_1)
    asked = after(case, do.requested(case, walk.NOON))
    assert refused(lambda: do.requested(asked, walk.NOON)) == ("CASE_HEARING_ASKED", APL_64_1)


@pytest.mark.law(APL_64_1)
@pytest.mark.parametrize("act", [do.reviewed, do.convened])
def test_no_review_and_no_discussion_begins_while_a_hearing_may_be_asked_for(
    act: Callable[..., CaseFact],
) -> None:
    case, until = offered(), offered().notices[0].hearing_until
    assert until is not None
    case = replace(case, conclusion=replace(case.conclusion, complex_case=False)) if case.conclusion else case

    early = refused(lambda: act(case, until - timedelta(seconds=1)))

    assert early == ("CASE_HEARING_PENDING", APL_64_1)
    assert act(case, until)


@pytest.mark.law(APL_64_1)
@pytest.mark.parametrize("state", [State.LEGAL_REVIEW, State.COLLECTIVE_DISCUSSION])
def test_a_service_proved_later_reopens_the_request_and_voids_what_came_meanwhile(state: State) -> None:
    case, at = walk.walked_to(state)
    told = replace(case.notices[0], hearing_offered=True, hearing_until=at + timedelta(days=1))

    asked = after(case, do.requested(replace(case, notices=(told,)), at))

    assert (asked.state, asked.legal_review, asked.discussion) == (State.DEFENCE_REVIEW, None, None)
    assert asked.hearing is not None


@pytest.mark.law(APL_64_1)
def test_a_party_asks_for_its_hearing_while_the_procedure_rests() -> None:
    case = offered()
    for fact in walk.suspended(case, walk.NOON):
        case = after(case, fact)

    asked = after(case, do.requested(case, walk.NOON))
    resumed = after(asked, walk.resumed(asked, walk.NOON))
    early, at = walk.walked_to(State.SUSPENDED)

    assert asked.state is State.SUSPENDED
    assert (resumed.state, resumed.hearing) == (State.DEFENCE_REVIEW, asked.hearing)
    assert refused(lambda: do.requested(early, at))[0] == "CASE_TRANSITION_NOT_ALLOWED"


@pytest.mark.law(APL_29)
@pytest.mark.parametrize(("verdict", "kept"), [(Verdict.PASS, ("other/1",)), (Verdict.FAIL, ())])
def test_only_a_review_that_passed_says_that_another_penalty_is_about_another_act(
    verdict: Verdict, kept: tuple[str, ...]
) -> None:
    case, at = walk.walked_to(State.DEFENCE_REVIEW)
    faults = () if verdict is Verdict.PASS else (Point.FACTS,)

    reviewed = after(case, do.reviewed(case, at, replace(do.found(verdict, *faults), distinct=("other/1",))))

    assert reviewed.distinct == kept


@pytest.mark.law(APL_63)
def test_a_notice_that_offered_no_hearing_gives_no_right_to_ask_for_one() -> None:
    case, at = walk.walked_to(State.DEFENCE_REVIEW)

    assert refused(lambda: do.requested(case, at)) == ("CASE_HEARING_NOT_OFFERED", APL_63)
    own = after(case, do.ordered(case, at))
    assert own.hearing is not None
    assert own.hearing.ground is HearingGround.OWN_MOTION


@pytest.mark.law(APL_64_2)
@pytest.mark.parametrize(
    ("told_on", "first"),
    [
        (date(2025, 3, 3), date(2025, 3, 13)),
        (
            date(2025, 9, 26),
            date(2025, 10, 14),
        ),  # a working Sunday, the holidays of October, a working Saturday
    ],
)
def test_seven_whole_working_days_lie_between_the_notice_and_the_hearing(told_on: date, first: date) -> None:
    require_notice(told_on, first, walk.TERMS)

    early = refused(lambda: require_notice(told_on, first - timedelta(days=1), walk.TERMS))
    assert early == ("CASE_HEARING_TOO_SOON", APL_64_2)


@pytest.mark.law(APL_64_2)
def test_a_notice_that_arrived_too_late_is_no_notice_and_the_hearing_is_ordered_anew() -> None:
    ordered = through(offered(), do.requested, do.ordered)
    assert ordered.hearing is not None
    assert ordered.hearing.opens_at is not None
    late = ordered.hearing.opens_at - timedelta(days=3)
    served = after(ordered, told(ordered, late))

    held = refused(lambda: do.held(served, late))
    anew = after(served, do.ordered(served, late))

    assert held == ("CASE_HEARING_TOO_SOON", APL_64_2)
    assert anew.hearing is not None
    assert (anew.hearing.served_at, anew.hearing.ordered_at) == (None, ordered.hearing.ordered_at)
    assert refused(lambda: do.held(anew, late)) == ("CASE_HEARING_NOT_OPEN", APL_64_2)


@pytest.mark.law(APL_64, APL_64_6)
@pytest.mark.parametrize(
    ("presence", "signing", "agents", "shown"),
    [
        (Presence.ATTENDED, Signing.WAIVED, 1, True),
        (Presence.ATTENDED, Signing.SIGNED, 3, True),
        (Presence.ABSENT, Signing.SIGNED, 0, False),
        (Presence.LEFT, Signing.WAIVED, 1, True),
    ],
)
def test_a_record_that_contradicts_itself_is_none(
    presence: Presence, signing: Signing, agents: int, shown: bool
) -> None:
    served = through(offered(), do.requested, do.ordered, told)
    good = do.course(served)
    examined = good.examined if shown else ()
    bad = replace(good, presence=presence, signing=signing, agents=agents, examined=examined)

    code, _ = refused(lambda: do.held(served, walk.NOON, bad))

    assert code == "CASE_HEARING_RECORD_INCOMPLETE"
    assert do.held(served, walk.NOON, replace(good, agents=2, signing=Signing.REFUSED))
    conflicted = replace(good, no_conflict=False)
    assert refused(lambda: do.held(served, walk.NOON, conflicted)) == ("CASE_RECUSAL_PENDING", APL_43)


@pytest.mark.law(APL_64)
def test_the_chair_had_no_part_in_the_case_and_alone_records_it() -> None:
    ordered = through(offered(), do.requested, do.ordered, told)

    assert refused(lambda: do.held(ordered, walk.NOON, hand=do.DEPUTY)) == ("CASE_NOT_THE_CHAIR", APL_64)
    for worker in (walk.FIRST, walk.LEAD, Hand(walk.REVIEWERS[0]), do.BOSS):
        with pytest.raises(Refusal) as refusal:
            do.ordered(offered(), walk.NOON, chair=worker)
        assert (refusal.value.kind, refusal.value.code) == (Kind.FORBIDDEN, "ROLE_CONFLICT")


@pytest.mark.law(APL_65)
def test_the_decision_rests_on_what_was_shown_at_the_hearing() -> None:
    case = after(sat(), do.reviewed(sat(), walk.NOON + timedelta(days=30)))
    at = walk.NOON + timedelta(days=30)
    other = replace(walk.EXHIBIT, evidence_id=type(walk.EXHIBIT.evidence_id).new(at))
    question = walk.question(case, at)

    unseen = failed_guards(replace(question, exhibits=(walk.EXHIBIT, other)))

    assert failed_guards(question) == ()
    assert [(each.code, each.law, each.wording) for each in unseen] == [
        ("CASE_HEARING_PENDING", "APL 65", "unseen")
    ]


@pytest.mark.law(APL_58, APL_64_6)
@pytest.mark.parametrize("presence", list(Presence))
def test_after_a_hearing_procedure_the_decision_passes_legal_review_even_if_it_was_waived(
    presence: Presence,
) -> None:
    case = sat(presence)
    at = walk.NOON + timedelta(days=30)

    assert review_triggers(case, FINED, walk.TERMS) == (Trigger.HEARING_HELD,)
    assert [each.code for each in failed_guards(walk.question(case, at))] == ["CASE_LEGAL_REVIEW_REQUIRED"]
    assert failed_guards(walk.question(after(case, do.reviewed(case, at)), at)) == ()


@pytest.mark.law(APL_58)
def test_a_legal_review_is_asked_for_by_the_law_and_the_citys_figures_whatever_the_officers_said() -> None:
    case, _ = walk.walked_to(State.DEFENCE_REVIEW)
    figures = walk.TERMS.profile.review

    def triggers(proposal: Proposal = FINED, **changes: Any) -> tuple[Trigger, ...]:
        profile = replace(walk.TERMS.profile, review=replace(figures, **changes))
        return review_triggers(case, proposal, Terms(profile, walk.TERMS.calendar))

    assert case.conclusion is not None
    assert not case.conclusion.complex_case
    assert triggers() == ()
    assert triggers(legal_fine=4000) == (Trigger.LARGE_FINE,)
    assert triggers(legal_fine=4001) == ()
    assert triggers(legal_matters=(walk.CODE,)) == (Trigger.PUBLIC_INTEREST,)
    assert triggers(complex_captures=1) == (Trigger.COMPLEX,)
    several = replace(FINED, violations=(walk.CODE, "CM-0301"))
    assert triggers(several) == (Trigger.SEVERAL_RELATIONS,)
    assert triggers(replace(FINED, kind=PenaltyKind.ORDER_CLOSURE)) == (Trigger.HEAVY_KIND,)


@pytest.mark.law(APL_58)
def test_what_failed_legal_review_is_not_reviewed_until_it_fits() -> None:
    case, at = walk.walked_to(State.DEFENCE_REVIEW)
    failing = after(case, do.reviewed(case, at, do.found(Verdict.FAIL, Point.FACTS)))

    assert refused(lambda: do.reviewed(failing, at)) == ("CASE_LEGAL_REVIEW_FAILED", APL_58)
    failed = failed_guards(walk.question(failing, at))
    assert [(each.code, each.wording) for each in failed] == [("CASE_LEGAL_REVIEW_REQUIRED", "verdict")]
    again = after(failing, do.sent_back(failing, at))
    assert (again.state, again.round, again.signatures) == (State.INVESTIGATING, 2, ())
    assert again.legal_review is None


@pytest.mark.law(APL_58_2)
def test_a_first_time_reviewer_holds_the_qualification() -> None:
    case, at = walk.walked_to(State.DEFENCE_REVIEW)
    early = replace(do.PASSED, qualification=Qualification.REVIEWED_BEFORE_2018)

    assert do.reviewed(case, at, replace(early, since=date(2017, 12, 31)))
    for since in (date(2018, 1, 1), None):
        unqualified = refused(lambda: do.reviewed(case, at, replace(early, since=since)))  # noqa: B023
        assert unqualified == ("CASE_REVIEWER_UNQUALIFIED", APL_58_2)


def test_nobody_reviews_legally_what_they_worked_on() -> None:
    case = sat()

    for worker in (walk.FIRST, walk.LEAD, Hand(walk.REVIEWERS[1]), do.CHAIR):
        with pytest.raises(Refusal) as refusal:
            do.reviewed(case, walk.NOON, hand=worker)
        assert (refusal.value.kind, refusal.value.code) == (Kind.FORBIDDEN, "ROLE_CONFLICT")


@pytest.mark.law(APL_60)
def test_after_ninety_days_a_reviewer_says_why_it_may_still_be_decided() -> None:
    case, _ = walk.walked_to(State.DEFENCE_REVIEW)
    assert case.decide_until is not None
    late, before = case.decide_until + timedelta(days=1), case.decide_until - timedelta(days=1)

    def failing(reviewed: Case) -> list[str]:
        return [each.code for each in failed_guards(walk.question(reviewed, late))]

    assert failing(case) == ["CASE_DECISION_OVERDUE"]
    assert failing(after(case, do.reviewed(case, late))) == ["CASE_DECISION_OVERDUE"]
    assert failing(after(case, do.reviewed(case, before, has_note=True))) == ["CASE_DECISION_OVERDUE"]
    assert failing(after(case, do.reviewed(case, late, has_note=True))) == []


@pytest.mark.law(APL_60)
def test_a_hearing_stops_the_ninety_days_only_where_the_city_lists_it() -> None:
    case = through(offered(), do.requested, do.ordered, told)
    case = after(case, do.held(case, walk.NOON))
    listed = Terms(replace(walk.TERMS.profile, clock_stops=("HEARING",)), walk.TERMS.calendar)
    at = walk.NOON + timedelta(days=32)

    stopped, running = do.reported(case, at, listed), do.reported(case, at)

    assert after(case, running).decide_until == case.decide_until
    over = after(case, stopped)
    (stop,) = stops_of(over)
    assert over.decide_until is not None
    assert case.decide_until is not None
    assert over.decide_until - case.decide_until == stop.until_on - stop.from_on
    # A return of the investigation takes none of these days back.
    assert stops_of(after(over, do.sent_back(over, at))) == (stop,)


@pytest.mark.law(APL_57_2)
def test_the_heads_discuss_what_the_citys_figures_the_law_or_the_reviewer_name() -> None:
    case, at = walk.walked_to(State.DEFENCE_REVIEW)
    asking = after(case, do.reviewed(case, at, replace(do.PASSED, wants_discussion=True)))
    figures = replace(walk.TERMS.profile.thresholds, collective_fine=4000, hearing_fine_person=4000)
    terms = Terms(replace(walk.TERMS.profile, thresholds=figures), walk.TERMS.calendar)

    assert discussion_triggers(case, FINED, walk.TERMS) == ()
    assert discussion_triggers(case, FINED, terms) == (Trigger.HEARING_OWED, Trigger.LARGE_FINE)
    assert discussion_triggers(asking, FINED, walk.TERMS) == (Trigger.REVIEWER_ASKED,)


@pytest.mark.law(APL_57_2)
def test_the_decision_is_what_the_heads_agreed_to_or_lighter() -> None:
    case = through(walk.walked_to(State.DEFENCE_REVIEW)[0], do.convened, do.spoken, do.spoken)
    at = walk.NOON + timedelta(days=3)
    too_few = refused(lambda: do.concluded(case, at))
    case = after(case, do.spoken(case, at))
    agreed = after(case, do.concluded(case, at, replace(FINED, fine_fen=3000)))

    def failing(fine_fen: int) -> list[str]:
        return [each.code for each in failed_guards(walk.question(agreed, at, fine_fen=fine_fen))]

    assert too_few == ("CASE_HEADS_MISSING", APL_57_2)
    assert failing(3001) == ["CASE_COLLECTIVE_DISCUSSION_REQUIRED"]
    assert failing(3000) == failing(2000) == []
    heavier = replace(FINED, fine_fen=4001)
    assert refused(lambda: do.concluded(case, at, heavier)) == ("CASE_DISCUSSION_HEAVIER", APL_57_2)
    assert refused(lambda: do.concluded(case, at, hand=do.DEPUTY)) == ("CASE_NOT_THE_CONVENER", APL_57_2)
    assert refused(lambda: do.spoken(case, at, do.BOSS)) == ("CASE_OPINION_GIVEN", APL_57_2)


@pytest.mark.law(APL_57_2)
@pytest.mark.parametrize(
    ("said", "agree"), [((1, 1, 1), True), ((1, 1, 0), True), ((1, 0, 0), False), ((0, 0, 0), False)]
)
def test_a_penalty_is_agreed_to_by_more_than_half_of_the_heads_who_spoke(
    said: tuple[int, ...], agree: bool
) -> None:
    at = walk.NOON + timedelta(days=3)
    case = through(walk.walked_to(State.DEFENCE_REVIEW)[0], do.convened)
    for head, agrees in zip(do.HEADS, said, strict=True):
        case = after(case, do.spoken(case, at, head, agrees=bool(agrees)))

    for fine_fen in (4000, 1000):
        lighter = replace(FINED, fine_fen=fine_fen)
        if agree:
            assert do.concluded(case, at, lighter)
        else:
            assert refused(lambda fine=lighter: do.concluded(case, at, fine)) == (
                "CASE_HEADS_MISSING",
                APL_57_2,
            )


@pytest.mark.law(APL_58, APL_64)
def test_who_heard_or_reviewed_does_neither_the_others_work_nor_the_answer_in_any_round() -> None:
    case = after(sat(), do.reviewed(sat(), walk.NOON + timedelta(days=30)))
    at = walk.NOON + timedelta(days=31)
    asked = replace(case.defences[-1], number=len(case.defences) + 1, answered=False)
    later = replace(case, defences=(*case.defences, asked))
    again = after(case, do.sent_back(case, at, do.DEPUTY))
    back = replace(again, state=State.DEFENCE_REVIEW, notices=case.notices)
    answer = (Answer(asked.number, False, walk.KEPT),)

    def roled(attempt: Callable[[], Any]) -> bool:
        with pytest.raises(Refusal) as refusal:
            attempt()
        return refusal.value.code == "ROLE_CONFLICT"

    for hand in (do.CHAIR, do.REVIEWER):
        qualified = replace(walk.HEAD, officer_id=hand.officer_id)
        assert roled(lambda hand=qualified: review(later, answers=answer, hand=hand, at=at))
        assert roled(lambda hand=hand: require_decider(again, hand))
        assert hand.officer_id in workers(again)
    assert roled(lambda: do.reviewed(back, at, hand=do.CHAIR))
    assert roled(lambda: do.ordered(back, at, chair=do.REVIEWER))
    assert do.ordered(back, at)


def test_a_hearing_of_the_agencys_own_motion_stays_one_when_it_is_ordered_anew() -> None:
    case = through(walk.walked_to(State.DEFENCE_REVIEW)[0], do.ordered, do.ordered)

    assert case.hearing is not None
    assert case.hearing.ground is HearingGround.OWN_MOTION
    fact = do.ordered(case, walk.NOON + timedelta(days=3))
    assert isinstance(fact, HearingOrdered)
    assert fact.ground is HearingGround.OWN_MOTION


@pytest.mark.law(APL_57_2)
def test_who_convened_the_discussion_says_what_they_think_before_they_conclude_it() -> None:
    at = walk.NOON + timedelta(days=3)
    fourth = walk.hand()
    case = through(walk.walked_to(State.DEFENCE_REVIEW)[0], do.convened)
    for head in (do.DEPUTY, do.SECOND_DEPUTY, fourth):
        case = after(case, do.spoken(case, at, head))

    assert refused(lambda: do.concluded(case, at)) == ("CASE_HEADS_MISSING", APL_57_2)
    assert do.concluded(after(case, do.spoken(case, at, do.BOSS)), at)


@pytest.mark.law(APL_58, APL_57_2)
@pytest.mark.parametrize(("effect", "falls"), [(Effect.AMOUNT, True), (None, False)])
def test_a_later_statement_that_is_adopted_ends_what_was_reviewed_and_discussed(
    effect: Effect | None, falls: bool
) -> None:
    case = after(sat(), do.reviewed(sat(), walk.NOON + timedelta(days=30)))
    at = walk.NOON + timedelta(days=31)
    said = replace(case.defences[0], number=2, answered=True, effect=effect)
    later = replace(case, defences=(*case.defences, said))

    failed = [each.code for each in failed_guards(walk.question(later, at, fine_fen=3000))]

    assert ("CASE_LEGAL_REVIEW_REQUIRED" in failed) is falls


@pytest.mark.law(APL_45_2)
def test_after_a_return_the_new_notice_is_no_heavier_and_the_old_one_carries_no_decision() -> None:
    case, at = walk.walked_to(State.DEFENCE_REVIEW)
    back = after(case, do.sent_back(case, at + timedelta(hours=1)))
    while back.state is not State.INVESTIGATION_CONCLUDED:
        (fact,) = walk.steps(back, at)
        back = after(back, fact)
    assert back.conclusion is not None
    heavier = replace(back, conclusion=replace(back.conclusion, proposal=replace(FINED, fine_fen=4100)))

    def issue(of: Case) -> Any:
        later = at + timedelta(hours=2)
        doc = DocumentId.new(later)
        return issue_notice(of, document_id=doc, sha256=walk.SHA, hand=walk.LEAD, terms=walk.TERMS, at=later)

    assert refused(lambda: issue(heavier)) == ("CASE_AGGRAVATION_FORBIDDEN", APL_45_2)
    undecidable = [each.code for each in failed_guards(walk.question(back, at))]
    assert "CASE_PRIOR_NOTICE_REQUIRED" in undecidable
    sent = after(back, issue(back))
    doc = sent.notices[-1].document_id
    served = after(
        sent,
        notice_served(sent, document_id=doc, manner=Manner.DIRECT, served_at=at, terms=walk.TERMS),
    )
    # What the party said last about the first notice does not end its time to answer the second.
    running = [each.code for each in failed_guards(walk.question(served, at))]
    assert "CASE_DEFENCE_PERIOD_RUNNING" in running


@pytest.mark.law(APL_64_2, APL_64_6)
@pytest.mark.parametrize(("presence", "stands"), [(Presence.ABSENT, False), (Presence.ATTENDED, True)])
def test_who_was_told_too_late_waived_no_hearing_and_is_heard_anew(presence: Presence, stands: bool) -> None:
    case, at = sat(presence), walk.NOON + timedelta(days=90)
    hearing = case.hearing
    assert hearing is not None
    assert hearing.document_id is not None
    assert hearing.served_at is not None
    assert hearing.opens_at is not None
    case = after(case, do.reviewed(case, hearing.opens_at + timedelta(days=2)))
    proved = ServiceDateProven(
        case.id, hearing.document_id, hearing.served_at, hearing.opens_at + timedelta(days=1)
    )

    late = after(case, proved)
    codes = {each.code for each in failed_guards(walk.question(late, at))}

    assert ("CASE_HEARING_TOO_SOON" not in codes) is stands
    if stands:
        assert refused(lambda: do.ordered(late, at))[0] == "CASE_TRANSITION_NOT_ALLOWED"
        return
    anew = after(late, do.ordered(late, at))
    assert (anew.state, anew.legal_review) == (State.HEARING, None)
    assert anew.hearing is not None
    assert (anew.hearing.held_at, anew.hearing.reported_at, anew.hearing.presence) == (None, None, None)


@pytest.mark.law(APL_63)
def test_a_hearing_of_the_agency_s_own_motion_stays_one_when_it_is_ordered_again() -> None:
    case, at = walk.walked_to(State.DEFENCE_REVIEW)
    own = after(case, do.ordered(case, at))

    again = after(own, do.ordered(own, at))

    assert again.hearing is not None
    assert again.hearing.ground is HearingGround.OWN_MOTION
