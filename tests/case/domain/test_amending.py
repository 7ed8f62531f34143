"""How an agency amends its own decision (APL 75(2)): never heavier, by four people, and the money is given back."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from case.domain.amending import propose, review
from case.domain.amendments import AmendmentKind, Cause, Conclusion, revoked_at
from case.domain.clerical import Pair, Place, correct
from case.domain.closing import propose_closure
from case.domain.contents import Proposal
from case.domain.doubting import doubt
from case.domain.obligation import fine_reference
from case.domain.performance import take_effect
from case.domain.procedure import Case, State, after
from case.domain.revoking import amend, overturn
from case.domain.weighing import severity
from common.values.errors import Refusal
from common.values.law import APL_45_2, APL_58, APL_75_2, ARL_63, SCL_36_1
from common.values.manner import Manner
from common.values.profile import PenaltyKind
from tests.case.domain import walk

LIGHTER = Proposal((walk.CODE,), PenaltyKind.FINE, 2000)


def paying() -> tuple[Case, datetime]:
    return walk.walked_to(State.PERFORMING)


def of(case: Case, *facts: object) -> Case:
    for fact in facts:
        case = after(case, fact)  # type: ignore[arg-type]
    return case


@pytest.mark.law(APL_45_2)
@pytest.mark.parametrize(
    ("proposal", "allowed"),
    [
        (replace(LIGHTER, fine_fen=3999), True),
        (replace(LIGHTER, fine_fen=4000), False),
        (replace(LIGHTER, fine_fen=4001), False),
        (Proposal((walk.CODE,), PenaltyKind.WARNING, 0), True),
        (replace(LIGHTER, violations=("CM-0999",)), False),
        (None, False),
    ],
    ids=["a-fen-less", "equal", "a-fen-more", "warning", "another-act", "none"],
)
def test_a_change_is_lighter_than_what_was_decided(proposal: Proposal | None, allowed: bool) -> None:
    case, at = paying()

    def asked() -> object:
        return propose(
            case, AmendmentKind.CHANGE, Cause.COMPLAINT, proposal=proposal, reason=walk.KEPT, hand=walk.SECOND,
            terms=walk.TERMS, at=at,
        )  # fmt: skip

    if allowed:
        assert asked()
        return
    with pytest.raises(Refusal) as refusal:
        asked()
    assert (refusal.value.code, refusal.value.article) == ("CASE_AGGRAVATION_FORBIDDEN", APL_45_2)


@settings(deadline=None)
@given(st.lists(st.integers(0, 8000), max_size=6))
def test_no_row_of_changes_ends_in_a_heavier_penalty(fines: list[int]) -> None:
    case, at = paying()
    assert case.decision is not None
    heaviest = case.decision.proposal
    for fine in fines:
        kind = PenaltyKind.FINE if fine else PenaltyKind.WARNING
        try:
            facts = walk.amended(case, at, Proposal((walk.CODE,), kind, fine))
        except Refusal:
            continue
        case = of(case, *facts)
        case = replace(walk.told(case), state=State.PERFORMING, served_at=at)
        assert case.decision is not None
        assert case.decision.proposal is not None
        assert heaviest is not None
        assert severity(case.decision.proposal) < severity(heaviest)
        heaviest = case.decision.proposal


@pytest.mark.law(APL_58)
@pytest.mark.parametrize("conclusion", [None, Conclusion.RETURN])
def test_nothing_is_amended_that_a_legal_reviewer_did_not_pass(conclusion: Conclusion | None) -> None:
    case, at = paying()
    case = of(
        case,
        propose(
            case, AmendmentKind.REVOKE, Cause.SUPERVISION, proposal=None, reason=walk.KEPT, hand=walk.SECOND,
            terms=walk.TERMS, at=at,
        ),
    )  # fmt: skip
    if conclusion:
        case = of(case, review(case, conclusion, opinion=walk.KEPT, hand=walk.REVIEWER))

    with pytest.raises(Refusal) as refusal:
        amend(case, document_id=walk.AMENDED, sha256=walk.SHA, hand=walk.HEAD, terms=walk.TERMS, at=at)

    assert (refusal.value.code, refusal.value.article) == ("CASE_LEGAL_REVIEW_REQUIRED", APL_58)


@pytest.mark.parametrize("who", ["FIRST", "SECOND", "REVIEWER", "EVIDENCE"])
def test_who_had_a_part_in_it_does_not_decide_the_amendment(who: str) -> None:
    case, at = paying()
    hands = {name: getattr(walk, name) for name in ("FIRST", "SECOND", "REVIEWER")}
    hand = hands.get(who) or replace(walk.HEAD, officer_id=walk.REVIEWERS[0])

    with pytest.raises(Refusal) as refusal:
        amend(
            walk.passed(case, at),
            document_id=walk.AMENDED,
            sha256=walk.SHA,
            hand=hand,
            terms=walk.TERMS,
            at=at,
        )

    assert refusal.value.code == "ROLE_CONFLICT"


@pytest.mark.law(APL_75_2, SCL_36_1)
@pytest.mark.parametrize(("left", "back"), [(0, 4000), (2000, 2000)], ids=["revoked", "changed"])
def test_what_is_not_owed_any_more_is_given_back(left: int, back: int) -> None:
    case, at = walk.walked_to(State.PERFORMED)

    facts = walk.amended(case, at, replace(LIGHTER, fine_fen=left) if left else None)
    amended = of(walk.passed(case, at, replace(LIGHTER, fine_fen=left) if left else None), *facts)

    assert [refund.paid_fen for refund in amended.refunds] == [back]
    assert amended.amendments[-1].refund_fen == back
    assert amended.payment is not None
    assert amended.payment.fine_fen == left
    with pytest.raises(Refusal) as refusal:
        propose_closure(
            walk.told(replace(amended, state=State.REVOKED_BY_SELF)), hand=walk.FIRST, terms=walk.TERMS
        )
    assert refusal.value.code == "CASE_REFUND_OPEN"


@pytest.mark.law(APL_75_2)
def test_a_change_is_served_like_a_decision_and_paid_under_a_new_reference() -> None:
    case, at = paying()
    assert case.payment is not None
    before = case.payment.reference
    case = of(case, *walk.amended(case, at, LIGHTER))
    case = of(case, walk.ordered(case, walk.AMENDED, "D-36"))

    case = of(
        case,
        *take_effect(
            case, document_id=walk.AMENDED, manner=Manner.ELECTRONIC, served_at=at, terms=walk.TERMS
        ),
    )

    assert case.state is State.PERFORMING
    assert case.payment is not None
    assert case.payment.reference == fine_reference(case.id, 1) != before
    assert case.payment.fine_fen == 2000


@pytest.mark.law(APL_75_2)
def test_a_revoked_decision_is_revoked_once_and_its_case_closes_after_the_service() -> None:
    case, at = walk.walked_to(State.ARCHIVED)
    case = of(walk.passed(case, at), *walk.amended(case, at))

    assert (case.state, case.closed_at) == (State.REVOKED_BY_SELF, None)
    assert revoked_at(case.amendments) == at
    with pytest.raises(Refusal):
        walk.passed(case, at)
    while case.state is not State.ARCHIVED:
        for fact in walk.steps(case, at := at + timedelta(hours=1)):
            case = of(case, fact)
    with pytest.raises(Refusal):
        walk.passed(case, at)


def test_the_result_of_a_remedy_needs_no_document_of_ours() -> None:
    case, at = paying()

    revoked = of(case, *overturn(case, None, hand=walk.SERVER, terms=walk.TERMS, at=at))
    changed = of(case, *overturn(case, LIGHTER, hand=walk.SERVER, terms=walk.TERMS, at=at))
    warned = replace(LIGHTER, kind=PenaltyKind.WARNING, fine_fen=0)
    told = of(case, *overturn(case, warned, hand=walk.SERVER, terms=walk.TERMS, at=at))

    assert (revoked.state, revoked.amendments[-1].is_unserved) == (State.REVOKED_BY_SELF, False)
    assert (changed.state, changed.payment and changed.payment.fine_fen) == (State.PERFORMING, 2000)
    assert told.state is State.PERFORMED


@pytest.mark.law(ARL_63)
def test_an_organ_of_remedy_may_leave_the_amount_and_binds_whatever_is_open() -> None:
    case, at = paying()
    assert case.decision is not None
    decided = case.decision.proposal
    assert decided is not None
    (doubted,) = doubt(case, document_id=walk.DECISION, step=1)

    def left(fine_fen: int) -> Case:
        proposal = replace(decided, fine_fen=fine_fen)
        return of(case, *overturn(of(case, doubted), proposal, hand=walk.SERVER, terms=walk.TERMS, at=at))

    assert left(decided.fine_fen).state is State.PERFORMING
    with pytest.raises(Refusal) as refusal:
        left(decided.fine_fen + 1)
    assert (refusal.value.code, refusal.value.article) == ("CASE_AGGRAVATION_FORBIDDEN", ARL_63)


@pytest.mark.law(APL_75_2)
@pytest.mark.parametrize(
    ("wrong", "right", "allowed"),
    [
        ("交差口", "交叉口", True),
        ("交叉口", "交叉口", False),
        ("罚款200元", "罚款100元", False),
        ("贰佰元", "壹佰元", False),
        ("￥200", "￥100", False),
    ],
    ids=["typing-error", "equal", "amount", "amount-in-words", "currency"],
)
def test_only_a_typing_error_is_corrected(wrong: str, right: str, allowed: bool) -> None:
    case, at = paying()
    assert case.decision is not None

    def corrected() -> Case:
        fact = correct(
            case, (Pair(Place.PLACE_NAME, wrong, right),), document_id=walk.AMENDED, sha256=walk.SHA,
            committed=walk.KEPT, hand=walk.HEAD, terms=walk.TERMS, at=at,
        )  # fmt: skip
        return of(case, fact)

    if allowed:
        made = corrected()
        assert (made.state, made.decision, made.payment) == (case.state, case.decision, case.payment)
        return
    with pytest.raises(Refusal) as refusal:
        corrected()
    assert refusal.value.code == "CASE_CORRECTION_SUBSTANTIAL"
