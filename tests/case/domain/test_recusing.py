"""The withdrawal of an officer (APL 43): who, until when, by whom, and what becomes of what was done."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from case.domain.deliberation import Recusal
from case.domain.guards import failed_guards
from case.domain.people import Hand
from case.domain.procedure import Case, State, after
from case.domain.recusing import Answer, RecusalApplied, enter_letter, vote_recusal
from case.domain.trying import Look, Trial, refusal_of
from case.domain.withdrawing import require_not_withdrawn
from common.values.calendar import DAY, legal_day
from common.values.errors import Kind, Refusal
from common.values.ids import OfficerId
from common.values.law import APL_43
from tests.case.domain import deliberating as do
from tests.case.domain import walk
from tests.case.domain.test_deliberation import offered, refused, sat, through, told

GRANTED = Answer(True, True, walk.hand())
DENIED = Answer(False, None, None)


def applied(case: Case, officer: OfficerId, *, is_head: bool = False) -> Case:
    return after(case, do.recusal_applied(case, walk.NOON, officer, is_head=is_head))


@pytest.mark.law(APL_43)
def test_the_decision_waits_for_an_application_and_goes_on_where_nobody_withdraws() -> None:
    case, at = walk.walked_to(State.DEFENCE_REVIEW)
    waiting = applied(case, walk.SECOND.officer_id)

    denied = after(waiting, do.recusal_decided(waiting, at, DENIED))

    assert [each.wording for each in failed_guards(walk.question(waiting, at))] == ["applied"]
    assert failed_guards(walk.question(denied, at)) == ()
    assert denied.officers == case.officers
    # Refused once, it may be asked again with new facts; asked or granted, it may not.
    again = do.recusal_applied(denied, walk.NOON, walk.SECOND.officer_id, has_new_facts=True)
    assert isinstance(again, RecusalApplied)
    repeated = refused(lambda: applied(denied, walk.SECOND.officer_id))
    assert repeated == ("CASE_RECUSAL_ASKED", APL_43)
    twice = refused(lambda: applied(waiting, walk.SECOND.officer_id))
    assert twice == ("CASE_RECUSAL_ASKED", APL_43)
    stranger = refused(lambda: applied(case, do.DEPUTY.officer_id))
    assert stranger == ("CASE_OFFICER_NOT_OF_CASE", APL_43)


@pytest.mark.law(APL_43)
def test_an_investigator_who_withdraws_is_replaced_and_the_acts_stand_or_are_done_again() -> None:
    case, at = walk.walked_to(State.DEFENCE_REVIEW)
    waiting = applied(case, walk.SECOND.officer_id)

    standing = after(waiting, do.recusal_decided(waiting, at, GRANTED))
    again = after(waiting, do.recusal_decided(waiting, at, replace(GRANTED, acts_stand=False)))

    assert GRANTED.replacement is not None
    assert standing.officers == (walk.FIRST.officer_id, GRANTED.replacement.officer_id)
    assert (standing.state, failed_guards(walk.question(standing, at))) == (State.DEFENCE_REVIEW, ())
    assert (again.state, again.round, again.signatures) == (State.INVESTIGATING, 2, ())
    assert again.officers == standing.officers


@pytest.mark.parametrize(
    "answer",
    [
        Answer(True, None, walk.hand()),
        Answer(True, True, None),
        Answer(False, True, None),
        Answer(False, None, walk.hand()),
    ],
)
def test_a_decision_says_what_becomes_of_the_acts_and_who_goes_on(answer: Answer) -> None:
    case, at = walk.walked_to(State.DEFENCE_REVIEW)
    waiting = applied(case, walk.SECOND.officer_id)

    assert refused(lambda: do.recusal_decided(waiting, at, answer)) == ("CASE_RECUSAL_INCOMPLETE", APL_43)


def test_who_takes_the_place_is_qualified_and_had_no_part_in_the_case() -> None:
    case, at = walk.walked_to(State.DEFENCE_REVIEW)
    waiting = applied(case, walk.SECOND.officer_id)

    for replacement, code in (
        (Hand(walk.HEAD.officer_id), "CASE_OFFICER_UNQUALIFIED"),
        (walk.FIRST, "ROLE_CONFLICT"),
        (walk.LEAD, "ROLE_CONFLICT"),
        (replace(walk.hand(), officer_id=walk.REVIEWERS[0]), "ROLE_CONFLICT"),
    ):
        answer = Answer(True, True, replacement)
        assert refused(lambda: do.recusal_decided(waiting, at, answer))[0] == code  # noqa: B023


@pytest.mark.law(APL_43)
def test_about_a_head_two_other_heads_say_the_same() -> None:
    case, at = walk.walked_to(State.DEFENCE_REVIEW)
    waiting = applied(case, do.BOSS.officer_id, is_head=True)
    withdraws = Answer(True, True, None)

    first = vote_recusal(waiting, withdraws, number=1, hand=do.DEPUTY, at=at)
    assert first is not None
    voted = after(waiting, first)

    assert vote_recusal(
        voted, withdraws, number=1, hand=do.DEPUTY, at=at
    )  # the same head once more: no second word
    assert vote_recusal(
        voted, DENIED, number=1, hand=do.SECOND_DEPUTY, at=at
    )  # another word: none is decided
    assert vote_recusal(voted, withdraws, number=1, hand=do.SECOND_DEPUTY, at=at) is None
    decided = after(voted, do.recusal_decided(voted, at, withdraws, do.SECOND_DEPUTY))
    with pytest.raises(Refusal) as own:
        do.recusal_decided(voted, at, withdraws, do.BOSS)
    assert (own.value.kind, own.value.code) == (Kind.FORBIDDEN, "ROLE_CONFLICT")
    gone = refused(lambda: require_not_withdrawn(decided, do.BOSS.officer_id))
    assert gone == ("CASE_OFFICER_WITHDRAWN", APL_43)
    require_not_withdrawn(decided, do.DEPUTY.officer_id)


@pytest.mark.law(APL_43)
def test_what_a_chair_or_a_reviewer_did_is_done_again_by_another_one() -> None:
    case = sat()
    at = walk.NOON + timedelta(days=30)
    redone = Answer(True, False, None)
    reviewed = after(case, do.reviewed(case, at))

    chair = applied(reviewed, do.CHAIR.officer_id)
    without_hearing = after(chair, do.recusal_decided(chair, at, redone))
    reviewer = applied(reviewed, do.REVIEWER.officer_id)
    without_review = after(reviewer, do.recusal_decided(reviewer, at, redone))

    assert without_hearing.hearing is not None
    assert (without_hearing.state, without_hearing.hearing.chair) == (State.DEFENCE_REVIEW, None)
    assert without_hearing.legal_review is None
    assert (without_review.state, without_review.legal_review) == (State.HEARING, None)
    failed = [each.code for each in failed_guards(walk.question(without_hearing, at))]
    assert failed == ["CASE_HEARING_PENDING"]


@pytest.mark.law(APL_43)
def test_what_only_they_could_end_goes_on_with_another_even_where_their_acts_stand() -> None:
    stands = Answer(True, True, None)
    unreported = through(
        offered(), do.requested, do.ordered, told, lambda case, at: do.held(case, at, do.course(case))
    )
    at = walk.NOON + timedelta(days=30)
    chair = applied(unreported, do.CHAIR.officer_id)
    open_one = through(walk.walked_to(State.DEFENCE_REVIEW)[0], do.convened, do.spoken)
    voting = applied(open_one, do.BOSS.officer_id, is_head=True)
    first = vote_recusal(voting, stands, number=1, hand=do.DEPUTY, at=at)
    assert first is not None
    voting = after(voting, first)

    unheard = after(chair, do.recusal_decided(chair, at, stands))
    undiscussed = after(voting, do.recusal_decided(voting, at, stands, do.SECOND_DEPUTY))

    assert unheard.hearing is not None
    assert (unheard.state, unheard.hearing.chair, unheard.hearing.held_at) == (
        State.DEFENCE_REVIEW,
        None,
        None,
    )
    assert do.ordered(unheard, at, chair=walk.hand())
    assert (undiscussed.state, undiscussed.discussion) == (State.DEFENCE_REVIEW, None)
    assert do.convened(undiscussed, at, hand=do.DEPUTY)
    reported = applied(sat(), do.CHAIR.officer_id)
    assert after(reported, do.recusal_decided(reported, at, stands)).hearing == reported.hearing


def test_the_acceptance_of_evidence_is_not_taken_back_from_here() -> None:
    case, at = walk.walked_to(State.DEFENCE_REVIEW)
    waiting = applied(case, walk.REVIEWERS[0])

    with pytest.raises(Refusal) as refusal:
        do.recusal_decided(waiting, at, Answer(True, False, None))

    assert refusal.value.kind is Kind.NOT_BUILT
    standing = after(waiting, do.recusal_decided(waiting, at, Answer(True, True, None)))
    assert isinstance(standing.recusals[0], Recusal)


@pytest.mark.law(APL_43)
def test_while_the_procedure_rests_an_officer_withdraws_and_the_way_back_is_another() -> None:
    resting, at = walk.walked_to(State.SUSPENDED)
    second, before = resting.officers[1], resting.suspensions[-1].back_to
    signed = walk.walked_to(State.DEFENCE_REVIEW)[0].signatures
    rest = replace(resting.suspensions[-1], back_to=State.DEFENCE_REVIEW.value)
    resting = replace(resting, signatures=signed, officers=(signed[0].hand.officer_id, second))
    resting = replace(resting, suspensions=(*resting.suspensions[:-1], rest))
    waiting = applied(resting, signed[0].hand.officer_id)

    standing = after(waiting, do.recusal_decided(waiting, at, GRANTED))
    again = after(waiting, do.recusal_decided(waiting, at, replace(GRANTED, acts_stand=False)))

    assert before is not None
    assert (standing.state, standing.suspensions[-1].back_to) == (State.SUSPENDED, "DEFENCE_REVIEW")
    assert (again.state, again.suspensions[-1].back_to) == (State.SUSPENDED, "INVESTIGATING")


@pytest.mark.law(APL_43)
def test_what_would_be_void_on_its_way_is_awaited_first() -> None:
    case, at = walk.walked_to(State.PRIOR_NOTICE_SENT)
    sent = replace(case, service_ordered=walk.NOTICE)
    waiting, still = applied(sent, walk.SECOND.officer_id), applied(case, walk.SECOND.officer_id)
    undone = replace(GRANTED, acts_stand=False)

    assert refused(lambda: do.recusal_decided(waiting, at, undone)) == ("CASE_SERVICE_RUNNING", APL_43)
    assert after(waiting, do.recusal_decided(waiting, at, GRANTED)).service_ordered == walk.NOTICE
    assert after(still, do.recusal_decided(still, at, undone)).state is State.INVESTIGATING


@pytest.mark.law(APL_43)
def test_the_superior_organ_decides_about_a_head_and_about_nobody_else() -> None:
    case, at = walk.walked_to(State.DEFENCE_REVIEW)
    head = applied(case, do.BOSS.officer_id, is_head=True)
    officer = applied(case, walk.SECOND.officer_id)
    late = do.Letter(do.KEPT, do.SHA, legal_day(at) + DAY)

    withdrawn_ = after(head, do.letter_entered(head, at))
    stays = after(head, do.letter_entered(head, at, DENIED))

    assert (withdrawn_.recusals[0].granted, stays.recusals[0].granted) == (True, False)
    assert failed_guards(walk.question(withdrawn_, at)) == failed_guards(walk.question(stays, at)) == ()
    assert withdrawn_.recusals[0].letter_sha256 == do.SHA
    of_officer = refused(lambda: do.letter_entered(officer, at, DENIED))
    assert of_officer == ("CASE_RECUSAL_NOT_OF_HEAD", APL_43)
    tomorrow = refused(lambda: enter_letter(head, DENIED, late, number=1, hand=do.REVIEWER, at=at))
    assert tomorrow == ("CASE_RECUSAL_LETTER_DAY", APL_43)
    own = refused(lambda: enter_letter(head, DENIED, late, number=1, hand=do.BOSS, at=at))
    assert own[0] == "ROLE_CONFLICT"


@pytest.mark.law(APL_43)
def test_who_withdrew_is_offered_no_act_whose_rule_would_allow_it() -> None:
    case, at = walk.walked_to(State.DEFENCE_REVIEW)
    waiting = applied(case, do.BOSS.officer_id, is_head=True)
    withdraws = Answer(True, True, None)
    first = vote_recusal(waiting, withdraws, number=1, hand=do.DEPUTY, at=at)
    assert first is not None
    voted = after(waiting, first)
    decided = after(voted, do.recusal_decided(voted, at, withdraws, do.SECOND_DEPUTY))

    def code(hand: Hand) -> str | None:
        allowed = Trial(lambda look: None)
        found = refusal_of(allowed, Look(decided, (), hand, None, None, walk.TERMS, at))
        return found.code if found else None

    assert code(do.DEPUTY) is None
    assert code(do.BOSS) == "CASE_OFFICER_WITHDRAWN"
