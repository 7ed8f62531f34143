"""The guards of the decision (APL 57–60): each fails alone, and all that fail are told at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from case.domain.contents import Findings, Proposal
from case.domain.deadlines import Terms
from case.domain.decision import decide, evidence_digest, require_decidable
from case.domain.deliberation import Discussion, Hearing, HearingGround, Recusal, RecusalGround
from case.domain.guards import GUARDS, failed_guards
from case.domain.guards.question import Mitigation, Question
from case.domain.lawoftime import weigh_at
from case.domain.outcomes import Choice, Correction, Effect, FirstOffence, Harm, ShownBy
from case.domain.people import AgeGroup
from case.domain.procedure import State
from case.domain.suspicion import SuspectedCrime
from case.domain.weighing import is_covered, is_not_aggravated, severity
from common.values.calendar import legal_day
from common.values.errors import Refusal
from common.values.ids import CaseId
from common.values.law import (
    AEL_45,
    APL_17,
    APL_27,
    APL_28_1,
    APL_29,
    APL_30,
    APL_33,
    APL_34,
    APL_36,
    APL_37,
    APL_40,
    APL_41,
    APL_42,
    APL_43,
    APL_44,
    APL_45,
    APL_45_2,
    APL_57,
    APL_57_2,
    APL_58,
    APL_59,
    APL_60,
    APL_63,
    APL_65,
    NJ_2,
    NJ_14,
    NJ_17,
    Article,
)
from common.values.profile import PenaltyKind
from tests.case.domain import walk

CASE, AT = walk.walked_to(State.DEFENCE_REVIEW)
READY = walk.question(CASE, AT)
assert CASE.conclusion is not None
assert CASE.party is not None
ASKED = Hearing(1, walk.NOTICE, HearingGround.REQUESTED, AT)
DISCUSSED = replace(
    READY.case,
    discussion=Discussion(
        1, READY.proposal, walk.HEAD.officer_id, AT, 1, agreed=READY.proposal, concluded_at=AT
    ),
)


def on_case(**changes: Any) -> Question:
    return replace(READY, case=replace(CASE, **changes))


def on_notice(**changes: Any) -> Question:
    return on_case(notices=(replace(CASE.notices[0], **changes),))


def on_exhibit(**changes: Any) -> Question:
    return replace(READY, exhibits=(replace(walk.EXHIBIT, **changes),))


def on_conclusion(**changes: Any) -> Question:
    assert CASE.conclusion is not None
    return on_case(conclusion=replace(CASE.conclusion, **changes))


def with_profile(**changes: Any) -> Question:
    return replace(READY, terms=Terms(replace(walk.TERMS.profile, **changes), walk.TERMS.calendar))


def with_item(**changes: Any) -> Question:
    item = walk.TERMS.profile.item(walk.CODE, on=legal_day(walk.NOON))
    return with_profile(catalogue=(replace(item, **changes),))


def with_review(**changes: Any) -> Question:
    return with_profile(review=replace(walk.TERMS.profile.review, **changes))


def with_thresholds(**changes: Any) -> Question:
    return with_profile(thresholds=replace(walk.TERMS.profile.thresholds, **changes))


def signed_by_expired() -> Question:
    first, second = CASE.signatures
    expired = replace(first, hand=replace(first.hand, certificate_until=date(2025, 3, 2)))
    return on_case(signatures=(expired, second))


def adopted(effect: Effect) -> Question:
    return on_case(defences=(replace(CASE.defences[0], effect=effect),))


ALONE: dict[str, tuple[Article, Callable[[], Question]]] = {
    "CASE_TWO_OFFICERS_REQUIRED": (APL_42, lambda: on_case(signatures=CASE.signatures[:1])),
    "CASE_OFFICER_UNQUALIFIED": (APL_42, signed_by_expired),
    "CASE_RECUSAL_PENDING": (
        APL_43,
        lambda: on_case(signatures=(CASE.signatures[0], replace(CASE.signatures[1], no_conflict=False))),
    ),
    "CASE_PARTY_NOT_IDENTIFIED": (APL_40, lambda: on_case(party=None)),
    "CASE_MINOR_UNDER_14": (
        APL_30,
        lambda: on_case(party=replace(walk.PARTY, age_group=AgeGroup.UNDER_14)),
    ),
    "CASE_MITIGATION_REQUIRED": (
        APL_30,
        lambda: replace(
            on_case(
                party=replace(walk.PARTY, age_group=AgeGroup.FROM_14_TO_17),
                notices=(replace(CASE.notices[0], proposal=replace(READY.proposal, fine_fen=5000)),),
            ),
            proposal=replace(READY.proposal, fine_fen=5000),
        ),
    ),
    "OUT_OF_TERRITORY": (NJ_2, lambda: on_case(admin_division="320106")),
    "CASE_NO_JURISDICTION": (APL_17, lambda: with_item(in_offsite_list=False)),
    "CASE_CATALOGUE_CHANGED": (APL_37, lambda: with_item(version=2)),
    "CASE_TIME_BARRED": (APL_36, lambda: on_case(filed_at=walk.NOON + timedelta(days=731))),
    "CASE_EVIDENCE_NOT_ACCEPTED": (NJ_14, lambda: on_exhibit(accepted=False)),
    "CASE_DEVICE_INVALID": (APL_41, lambda: on_exhibit(device_lawful=False)),
    "CASE_BACKUP_INCOMPLETE": (NJ_17, lambda: on_exhibit(backed_up=False)),
    "CASE_MUST_NOT_PENALISE_MINOR": (APL_33, lambda: on_conclusion(findings=Findings(True, True, True))),
    "CASE_WAIVED": (
        APL_33,
        lambda: on_case(
            correction=Correction(AT, ShownBy.ON_SITE),
            first_offence=FirstOffence(AT, legal_day(AT), 0, 0, Harm.SLIGHT, Choice.WAIVE),
        ),
    ),
    "CASE_CRIME_PENDING": (
        APL_27,
        lambda: on_case(crimes=(SuspectedCrime(1, (), walk.NOON, approved=True),)),
    ),
    "CASE_DUPLICATE_PENALTY": (APL_29, lambda: replace(READY, twins=(CaseId.new(walk.NOON),))),
    "CASE_PENALTY_EXCLUDED": (APL_57, lambda: adopted(Effect.FACTS)),
    "CASE_ADOPTED_DEFENCE_IGNORED": (APL_45, lambda: adopted(Effect.AMOUNT)),
    "CASE_MITIGATION_UNFOUNDED": (
        APL_30,
        lambda: replace(READY, mitigation=Mitigation.FROM_14_TO_17),
    ),
    "CASE_FINE_AND_KIND_DIFFER": (
        APL_44,
        lambda: replace(READY, proposal=replace(READY.proposal, kind=PenaltyKind.WARNING)),
    ),
    "CASE_PRIOR_NOTICE_REQUIRED": (APL_44, lambda: on_notice(served_at=None)),
    "CASE_NOTICE_CHANGED": (
        APL_44,
        lambda: on_notice(proposal=replace(READY.proposal, violations=("CM-9999",))),
    ),
    "CASE_DEFENCE_PERIOD_RUNNING": (
        APL_45,
        lambda: on_case(defences=(replace(CASE.defences[0], final=False),)),
    ),
    "CASE_DEFENCE_NOT_REVIEWED": (APL_45, lambda: on_case(defence_reviewers=())),
    "CASE_AGGRAVATION_FORBIDDEN": (APL_45_2, lambda: walk.question(CASE, AT, fine_fen=4100)),
    "CASE_BENCHMARK_EXCEEDED": (APL_34, lambda: walk.question(CASE, AT, fine_fen=1900)),
    "PROFILE_INCOMPLETE": (APL_63, lambda: with_thresholds(hearing_fine_person=None)),
    "CASE_HEARING_NOT_OFFERED": (
        APL_63,
        lambda: replace(with_thresholds(hearing_fine_person=4000), case=DISCUSSED),
    ),
    "CASE_HEARING_PENDING": (APL_65, lambda: on_case(hearing=ASKED)),
    "CASE_LEGAL_REVIEW_REQUIRED": (APL_58, lambda: with_review(legal_fine=4000)),
    "CASE_COLLECTIVE_DISCUSSION_REQUIRED": (APL_57_2, lambda: with_thresholds(collective_fine=4000)),
    "CASE_DECISION_OVERDUE": (APL_60, lambda: on_case(decide_until=AT)),
    "CASE_REMEDY_TEXT_MISSING": (APL_59, lambda: with_profile(offices=())),
    "CASE_SURCHARGE_NOT_STATED": (AEL_45, lambda: replace(READY, surcharge_stated=False)),
    "CASE_CORRECTION_NOT_ORDERED": (APL_28_1, lambda: replace(READY, orders_correction=False)),
}


def test_a_case_that_came_the_whole_way_passes_every_guard() -> None:
    assert failed_guards(READY) == ()
    fact = decide(READY, document_id=walk.DECISION, sha256_hex=walk.SHA, deviation=None, hand=walk.HEAD)

    assert fact.notice == walk.NOTICE
    assert fact.evidence_ids == (walk.EXHIBIT.evidence_id,)
    assert fact.evidence_sha256 == evidence_digest(CASE.exhibits)
    assert (fact.profile, fact.profile_digest) == ("DEMO@2025.1", walk.TERMS.profile.digest)
    assert [deadline.rule for deadline in fact.due] == ["serve_decision"]


@pytest.mark.law(
    APL_17, APL_28_1, APL_29, APL_30, APL_33, APL_34, APL_36, APL_37, APL_40, APL_41, APL_42, APL_43, APL_44, APL_45,
    APL_45_2, APL_57, APL_57_2, APL_58, APL_59, APL_60, APL_63, APL_65, AEL_45, NJ_14, NJ_17,
    APL_45_2, APL_57, APL_59, APL_60, APL_63, AEL_45, NJ_2, NJ_14, NJ_17,
)  # fmt: skip
@pytest.mark.parametrize("code", list(ALONE))
def test_each_guard_fails_alone_and_names_its_article(code: str) -> None:
    law, broken = ALONE[code]

    failed = failed_guards(broken())

    assert [(violation.code, violation.law) for violation in failed] == [(code, law.cite)]


@pytest.mark.law(APL_57, APL_58)
def test_a_complex_case_needs_legal_review_and_discussion() -> None:
    failed = failed_guards(on_conclusion(complex_case=True))

    assert [(v.code, v.law) for v in failed] == [
        ("CASE_LEGAL_REVIEW_REQUIRED", "APL 58"),
        ("CASE_COLLECTIVE_DISCUSSION_REQUIRED", "APL 57(2)"),
    ]


@pytest.mark.law(APL_43)
def test_an_application_that_an_officer_withdraw_is_decided_before_the_case() -> None:
    waiting = Recusal(1, walk.FIRST.officer_id, RecusalGround.INTEREST, AT, is_head=False)

    failed = failed_guards(on_case(recusals=(waiting,)))

    assert [(v.code, v.law, v.wording) for v in failed] == [("CASE_RECUSAL_PENDING", "APL 43", "applied")]
    assert failed_guards(on_case(recusals=(replace(waiting, granted=False),))) == ()


@pytest.mark.law(APL_57)
def test_the_refusal_lists_every_guard_that_fails() -> None:
    broken = replace(walk.question(CASE, AT, fine_fen=30000), surcharge_stated=False)

    with pytest.raises(Refusal) as refusal:
        require_decidable(broken, hand=walk.HEAD)

    assert (refusal.value.code, refusal.value.article) == ("CASE_GUARD_FAILED", APL_57)
    assert [v.code for v in refusal.value.violations] == [
        "CASE_AGGRAVATION_FORBIDDEN",
        "CASE_BENCHMARK_EXCEEDED",
        "CASE_SURCHARGE_NOT_STATED",
    ]


def test_a_case_just_filed_lacks_everything_that_comes_between() -> None:
    filed, at = walk.walked_to(State.FILED)
    asked = replace(READY, case=filed, at=at)

    assert [v.code for v in failed_guards(asked)] == [
        "CASE_TWO_OFFICERS_REQUIRED",
        "CASE_PRIOR_NOTICE_REQUIRED",
    ]


@pytest.mark.law(APL_37)
def test_the_law_in_force_on_the_day_of_the_act_is_the_one_applied() -> None:
    act_on = legal_day(CASE.act_ended_at)

    failed = failed_guards(with_item(valid_from=act_on + timedelta(days=1)))

    assert failed_guards(with_item(valid_from=act_on)) == ()
    assert [(v.code, v.law) for v in failed] == [("NOT_IN_CATALOGUE", APL_37.cite)]


@pytest.mark.law(APL_34)
def test_a_milder_penalty_than_the_tier_needs_a_reason_and_never_leaves_the_law() -> None:
    stated = {"PRIOR_VIOLATIONS": "REPEATED", "OBSTRUCTION": "TACTILE_PAVING"}
    serious = on_case(weighings=(weigh_at(CASE, stated, terms=walk.TERMS, at=AT),))

    assert [v.code for v in failed_guards(serious)] == ["CASE_BENCHMARK_EXCEEDED"]
    assert failed_guards(replace(serious, has_deviation_reason=True)) == ()
    below = replace(serious, has_deviation_reason=True, proposal=replace(READY.proposal, fine_fen=1900))
    assert [v.code for v in failed_guards(below)] == ["CASE_BENCHMARK_EXCEEDED"]


def test_without_a_tier_nothing_is_allowed() -> None:
    assert [v.code for v in failed_guards(on_case(weighings=()))] == ["CASE_BENCHMARK_EXCEEDED"]


@pytest.mark.law(APL_30)
def test_a_party_under_eighteen_pays_less_than_an_adult_would() -> None:
    young = on_case(party=replace(walk.PARTY, age_group=AgeGroup.FROM_14_TO_17))

    assert failed_guards(young) == ()


@pytest.mark.law(APL_60)
def test_the_last_minute_of_the_ninety_days_is_in_time() -> None:
    assert CASE.decide_until is not None
    assert failed_guards(replace(READY, at=CASE.decide_until - timedelta(minutes=1))) == ()


def test_every_guard_is_asked_by_a_test_of_its_own() -> None:
    twice = {"CASE_RECUSAL_PENDING"}

    assert len(GUARDS) == len(ALONE) + len(twice)


PROPOSALS = st.builds(
    Proposal,
    violations=st.lists(st.sampled_from(["A", "B", "C"]), min_size=1, unique=True).map(tuple),
    kind=st.sampled_from(list(PenaltyKind)),
    fine_fen=st.integers(0, 20000),
    duration_days=st.integers(0, 30),
)


@pytest.mark.law(APL_45_2)
@given(PROPOSALS, st.lists(PROPOSALS, max_size=4).map(tuple))
def test_a_decision_is_never_heavier_than_one_notice_that_covers_it_whole(
    decided: Proposal, served: tuple[Proposal, ...]
) -> None:
    if is_not_aggravated(decided, served):
        assert any(
            set(decided.violations) <= set(n.violations) and severity(decided) <= severity(n) for n in served
        )
    else:
        assert all(
            set(decided.violations) - set(n.violations) or severity(decided) > severity(n) for n in served
        )


@pytest.mark.law(APL_44, APL_45_2)
@given(PROPOSALS, st.lists(PROPOSALS, min_size=1, max_size=4))
def test_one_notice_alone_names_the_violations_and_is_as_heavy(
    decided: Proposal, served: list[Proposal]
) -> None:
    notices = tuple(replace(CASE.notices[0], proposal=proposal) for proposal in served)
    failed = {v.code for v in failed_guards(replace(on_case(notices=notices), proposal=decided))}

    told = [n for n in served if set(decided.violations) <= set(n.violations)]
    assert ("CASE_NOTICE_CHANGED" in failed) is (not told)
    heavier = bool(told) and all(severity(decided) > severity(n) for n in told)
    assert ("CASE_AGGRAVATION_FORBIDDEN" in failed) is heavier


@given(PROPOSALS, st.lists(PROPOSALS, max_size=4).map(tuple), PROPOSALS)
def test_another_notice_never_forbids_what_was_allowed(
    decided: Proposal, served: tuple[Proposal, ...], more: Proposal
) -> None:
    if is_not_aggravated(decided, served):
        assert is_not_aggravated(decided, (*served, more))


@pytest.mark.law(APL_45_2)
@given(PROPOSALS, st.integers(1, 10000))
def test_a_milder_decision_is_always_covered_and_a_heavier_one_never(notified: Proposal, more: int) -> None:
    assert is_covered(notified, notified)
    assert is_covered(replace(notified, fine_fen=max(0, notified.fine_fen - more)), notified)
    assert not is_covered(replace(notified, fine_fen=notified.fine_fen + more), notified)
    assert not is_covered(replace(notified, violations=(*notified.violations, "D")), notified)
