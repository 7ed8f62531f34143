"""Report, notice and defence (APL 34, 42–45, 63): two signatures under one text, told, heard, answered."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from case.domain.contents import Findings, Proposal
from case.domain.deadlines import DEFENCE_FLOOR_WD, Terms
from case.domain.decision import require_decider
from case.domain.defence import Answer, defend, is_window_over, review
from case.domain.discretion import assess
from case.domain.investigation import PriorNoticeIssued, issue_notice, must_offer_hearing, sign_report
from case.domain.outcomes import Choice, Correction, Effect, FirstOffence, Harm, Outcome, ShownBy
from case.domain.people import PartyKind
from case.domain.procedure import Case, State, after
from common.values.calendar import legal_day
from common.values.errors import Refusal
from common.values.law import APL_33, APL_34, APL_42, APL_43, APL_45, APL_57, APL_63
from common.values.profile import PenaltyKind
from tests.case.domain import walk

ITEM = walk.TERMS.profile.item(walk.CODE, on=legal_day(walk.NOON))


def signed(case: Case, **changes: Any) -> Any:
    order: dict[str, Any] = {
        "commitment": walk.KEPT,
        "no_conflict": True,
        "hand": walk.FIRST,
        "terms": walk.TERMS,
        "at": walk.NOON,
    }
    return sign_report(case, changes.pop("report", walk.REPORT), **(order | changes))


def with_thresholds(**changes: Any) -> Terms:
    profile = walk.TERMS.profile
    return Terms(replace(profile, thresholds=replace(profile.thresholds, **changes)), walk.TERMS.calendar)


@pytest.mark.parametrize(
    ("prior", "obstruction", "tier"),
    [("NONE", "NONE", "LIGHT"), ("ONCE", "NONE", "ORDINARY"), ("REPEATED", "TACTILE_PAVING", "SERIOUS")],
)
def test_the_circumstances_lead_to_one_tier_and_leave_a_line_for_each_factor(
    prior: str, obstruction: str, tier: str
) -> None:
    found = assess(ITEM, {"PRIOR_VIOLATIONS": prior, "OBSTRUCTION": obstruction}, on=legal_day(walk.NOON))

    assert found.tier.code == tier
    assert found.trace[-1].startswith(f"{tier}: {found.tier.min_fen}-")
    assert len([line for line in found.trace if line.startswith(f"{tier}: ")]) == 3


@pytest.mark.parametrize(
    "stated",
    [{}, {"PRIOR_VIOLATIONS": "NONE"}, {"PRIOR_VIOLATIONS": "NONE", "OBSTRUCTION": "SMELL"},
     {"PRIOR_VIOLATIONS": "NONE", "OBSTRUCTION": "NONE", "WEATHER": "RAIN"}],
)  # fmt: skip
def test_a_circumstance_that_nobody_stated_is_not_guessed(stated: dict[str, str]) -> None:
    with pytest.raises(Refusal) as refusal:
        assess(ITEM, stated, on=legal_day(walk.NOON))

    assert (refusal.value.code, refusal.value.article) == ("CASE_CIRCUMSTANCES_INCOMPLETE", APL_34)


@pytest.mark.law(APL_34)
@pytest.mark.parametrize("published", [None, legal_day(walk.NOON) + timedelta(days=1)])
def test_an_unpublished_benchmark_cannot_be_used(published: date | None) -> None:
    item = replace(ITEM, benchmark_published_on=published)

    with pytest.raises(Refusal) as refusal:
        assess(item, walk.REPORT.circumstances, on=legal_day(walk.NOON))

    assert (refusal.value.code, refusal.value.article) == ("CASE_BENCHMARK_UNPUBLISHED", APL_34)


@pytest.mark.law(APL_34)
def test_the_officers_propose_within_the_tier() -> None:
    case, _ = walk.walked_to(State.FILED)

    with pytest.raises(Refusal) as refusal:
        signed(case, report=replace(walk.REPORT, fine_fen=5001))

    assert (refusal.value.code, refusal.value.article) == ("CASE_BENCHMARK_EXCEEDED", APL_34)


@pytest.mark.law(APL_33, APL_57)
def test_a_report_proposes_only_what_can_be_decided_upon_it() -> None:
    filed, _ = walk.walked_to(State.FILED)
    minor = Findings(minor=True, promptly_corrected=True, harmless=True)
    corrected = replace(filed, correction=Correction(walk.NOON, ShownBy.ON_SITE))
    first = FirstOffence(walk.NOON, date(2023, 3, 3), 0, 0, Harm.SLIGHT)
    waived = replace(corrected, first_offence=replace(first, choice=Choice.WAIVE))
    proceeding = replace(corrected, first_offence=replace(first, choice=Choice.PROCEED))

    def tried(case: Case, outcome: Outcome, findings: Findings = walk.REPORT.findings) -> str:
        report = replace(walk.REPORT, outcome=outcome, findings=findings, fine_fen=0)
        try:
            signed(case, report=report)
        except Refusal as refusal:
            return refusal.code
        return "signed"

    for outcome in set(Outcome) - {Outcome.PENALTY, Outcome.NO_PENALTY_MINOR}:
        assert tried(filed, outcome, minor) == "CASE_OUTCOME_NOT_SHOWN"
        assert tried(waived, outcome) == "signed"
    assert tried(filed, Outcome.NO_PENALTY_MINOR) == "CASE_OUTCOME_NOT_SHOWN"
    assert tried(filed, Outcome.NO_PENALTY_MINOR, minor) == "signed"
    for unwaived in (filed, corrected, proceeding):
        assert tried(unwaived, Outcome.NO_PENALTY_FIRST_OFFENCE) == "CASE_OUTCOME_NOT_SHOWN"


def test_the_second_officer_signs_the_same_report_or_none() -> None:
    case, _ = walk.walked_to(State.INVESTIGATING)

    with pytest.raises(Refusal) as refusal:
        signed(case, report=replace(walk.REPORT, text=b"\x01" * 32), hand=walk.SECOND)

    assert (refusal.value.code, refusal.value.article) == ("CASE_REPORT_DIFFERS", APL_42)


@pytest.mark.law(APL_43)
def test_an_officer_with_a_conflict_cannot_sign() -> None:
    case, _ = walk.walked_to(State.FILED)

    with pytest.raises(Refusal) as refusal:
        signed(case, no_conflict=False)

    assert (refusal.value.code, refusal.value.article) == ("CASE_RECUSAL_PENDING", APL_43)


@pytest.mark.law(APL_63)
@pytest.mark.parametrize("kind", list(PenaltyKind))
def test_whatever_is_heavier_than_a_fine_gives_a_right_to_a_hearing(kind: PenaltyKind) -> None:
    mild = {PenaltyKind.WARNING, PenaltyKind.CIRCULATED_CRITICISM, PenaltyKind.FINE}

    owed = must_offer_hearing(Proposal((walk.CODE,), kind, 100), walk.PARTY, walk.TERMS.profile)

    assert owed is (kind not in mild)


@pytest.mark.law(APL_63)
@pytest.mark.parametrize(("threshold", "is_offered"), [(4000, True), (4001, False)])
def test_a_notice_of_a_fine_that_reaches_the_threshold_offers_a_hearing(
    threshold: int, is_offered: bool
) -> None:
    assert _issued(threshold).hearing_offered is is_offered


def _issued(threshold: int | None) -> PriorNoticeIssued:
    case, at = walk.walked_to(State.INVESTIGATION_CONCLUDED)
    return issue_notice(
        case,
        document_id=walk.NOTICE,
        sha256=walk.SHA,
        hand=walk.LEAD,
        terms=with_thresholds(hearing_fine_person=threshold),
        at=at,
    )


@pytest.mark.law(APL_63)
def test_no_notice_is_issued_while_the_city_has_no_threshold_for_a_hearing() -> None:
    with pytest.raises(Refusal) as refusal:
        _issued(None)

    assert (refusal.value.code, refusal.value.article) == ("PROFILE_INCOMPLETE", APL_63)


@pytest.mark.law(APL_63)
def test_an_organisation_has_a_threshold_of_its_own() -> None:
    case, at = walk.walked_to(State.INVESTIGATION_CONCLUDED)
    case = replace(case, party=replace(walk.PARTY, kind=PartyKind.ORGANISATION))
    terms = with_thresholds(hearing_fine_person=1, hearing_fine_org=4001)

    assert not issue_notice(
        case, document_id=walk.NOTICE, sha256=walk.SHA, hand=walk.LEAD, terms=terms, at=at
    ).hearing_offered


@pytest.mark.law(APL_45)
def test_the_party_may_answer_until_the_last_minute_of_the_period() -> None:
    case, _ = walk.walked_to(State.PRIOR_NOTICE_SERVED)
    until = case.notices[0].defence_until
    assert until is not None
    last = until - timedelta(minutes=1)

    statement = defend(case, party_id=walk.PARTY.id, statement=walk.KEPT, final=False, at=last)

    assert not is_window_over(after(case, statement), last)


@pytest.mark.law(APL_45)
def test_what_the_party_says_after_the_period_and_after_the_review_is_heard_and_answered() -> None:
    case, at = walk.walked_to(State.DEFENCE_REVIEW)
    late = defend(case, party_id=walk.PARTY.id, statement=walk.KEPT, final=False, at=at + timedelta(days=30))

    case = after(case, late)

    assert (case.state, [each.answered for each in case.defences]) == (
        State.PRIOR_NOTICE_SERVED,
        [True, False],
    )
    at += timedelta(days=31)
    for answers in ((), (Answer(1, False, walk.KEPT), Answer(2, False, walk.KEPT))):
        with pytest.raises(Refusal, match="Answer each statement once"):
            review(case, answers=answers, hand=walk.LEAD, at=at)
    reviewed = after(case, review(case, answers=(Answer(2, False, walk.KEPT),), hand=walk.LEAD, at=at))
    assert all(each.answered for each in reviewed.defences)


def test_nobody_who_answered_any_statement_decides() -> None:
    case, at = walk.walked_to(State.DEFENCE_REVIEW)
    other = walk.hand()
    said = defend(case, party_id=walk.PARTY.id, statement=walk.KEPT, final=True, at=at)
    again = after(case, said)
    case = after(again, review(again, answers=(Answer(2, False, walk.KEPT),), hand=other, at=at))

    assert (case.defence_reviewers, case.defence_reviewed_by) == (
        (walk.LEAD.officer_id, other.officer_id),
        other.officer_id,
    )
    for reviewer in (walk.LEAD, other):
        with pytest.raises(Refusal) as refusal:
            require_decider(case, reviewer)
        assert refusal.value.code == "ROLE_CONFLICT"


def test_a_party_who_said_that_they_were_done_may_still_speak_until_the_last_minute() -> None:
    case, at = walk.walked_to(State.PRIOR_NOTICE_SERVED)
    done = after(case, defend(case, party_id=walk.PARTY.id, statement=walk.KEPT, final=True, at=at))

    more = defend(done, party_id=walk.PARTY.id, statement=walk.KEPT, final=False, at=at)

    assert is_window_over(done, at)
    assert not is_window_over(after(done, more), at)


def test_an_officer_whose_certificate_ended_neither_notifies_nor_reviews() -> None:
    ended = replace(walk.LEAD, certificate_until=date(2025, 3, 2))
    concluded, at = walk.walked_to(State.INVESTIGATION_CONCLUDED)
    told, _ = walk.walked_to(State.PRIOR_NOTICE_SERVED)
    until = told.notices[0].defence_until
    assert until is not None

    for act in (
        lambda: issue_notice(
            concluded, document_id=walk.NOTICE, sha256=walk.SHA, hand=ended, terms=walk.TERMS, at=at
        ),
        lambda: review(told, answers=(), hand=ended, at=until),
    ):
        with pytest.raises(Refusal) as refusal:
            act()
        assert (refusal.value.code, refusal.value.article) == ("CASE_OFFICER_UNQUALIFIED", APL_42)


def test_the_defence_is_reviewed_when_nothing_more_can_come() -> None:
    case, at = walk.walked_to(State.PRIOR_NOTICE_SERVED)
    until = case.notices[0].defence_until
    assert until is not None

    with pytest.raises(Refusal) as refusal:
        review(case, answers=(), hand=walk.LEAD, at=at)

    assert refusal.value.code == "CASE_DEFENCE_PERIOD_RUNNING"
    assert review(case, answers=(), hand=walk.LEAD, at=until).answers == ()


@pytest.mark.law(APL_45)
def test_every_statement_is_answered_once_and_in_order() -> None:
    case, at = walk.walked_to(State.PRIOR_NOTICE_SERVED)
    for final in (False, True):
        case = after(case, defend(case, party_id=walk.PARTY.id, statement=walk.KEPT, final=final, at=at))
    first, second = Answer(1, True, walk.KEPT, Effect.AMOUNT), Answer(2, False, walk.KEPT)

    for answers in ((first,), (second, first), (first, first)):
        with pytest.raises(Refusal, match="Answer each statement once"):
            review(case, answers=answers, hand=walk.LEAD, at=at)
    assert all(
        d.answered for d in after(case, review(case, answers=(first, second), hand=walk.LEAD, at=at)).defences
    )
    for unexplained in (replace(first, effect=None), replace(first, adopted=False)):
        with pytest.raises(Refusal, match="names what it removes"):
            review(case, answers=(unexplained, second), hand=walk.LEAD, at=at)


def test_no_profile_makes_the_period_to_answer_shorter_than_three_working_days() -> None:
    profile = replace(walk.TERMS.profile, limits=replace(walk.TERMS.profile.limits, defence_wd=1))

    deadline = Terms(profile, walk.TERMS.calendar).defence(walk.NOON)

    assert (deadline.n, deadline.due_on.isoformat()) == (DEFENCE_FLOOR_WD, "2025-03-06")
