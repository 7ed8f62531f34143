"""The law of the act beside that of the decision (APL 37), on the days that draw the line."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from case.domain.deadlines import Terms
from case.domain.guards import failed_guards
from case.domain.investigation import Report, sign_report
from case.domain.lawoftime import as_weighed, is_repealed, item_of, note_law
from case.domain.nopenalty import require_decidable
from case.domain.opening import is_pursued, open_case
from case.domain.outcomes import Effect, Outcome
from case.domain.procedure import State, after
from case.domain.twolaws import Law, weigh
from common.values.calendar import DAY, legal_day
from common.values.catalogue import CatalogueItem, Tier, require_one_a_day
from common.values.errors import Refusal
from common.values.ids import CaseId
from common.values.law import APL_37, APL_44, APL_57, NJ_23
from common.values.profile import PenaltyKind, Profile
from common.values.profiles import with_versions
from tests.case.domain import walk

ACTED = legal_day(walk.EXHIBIT.captured_at)
CHANGED = ACTED + timedelta(days=10)
FIRST = walk.TERMS.profile.item(walk.CODE, on=ACTED)
STATED = dict(walk.REPORT.circumstances)


def later(share: float = 1, **changes: Any) -> CatalogueItem:
    """The next version, in force from `CHANGED` on, with `share` of every fine."""

    def tier(old: Tier) -> Tier:
        fen = (round(fine * share) for fine in (old.min_fen, old.max_fen, old.proposed_fen))
        return replace(old, **dict(zip(("min_fen", "max_fen", "proposed_fen"), fen, strict=True)))

    tiers = tuple(tier(old) for old in FIRST.tiers)
    low, high = round(FIRST.min_fen * share), round(FIRST.max_fen * share)
    item = replace(FIRST, version=2, valid_from=CHANGED, tiers=tiers, min_fen=low, max_fen=high)
    return replace(item, benchmark_published_on=ACTED, **changes)


def with_later(item: CatalogueItem) -> Profile:
    return with_versions(walk.TERMS.profile, [item])


def repealed(**changes: Any) -> Profile:
    """The catalogue in which the violation ends on the day before `CHANGED`."""
    end = {"valid_until": CHANGED - timedelta(days=1), "no_violation_after": True}
    return replace(walk.TERMS.profile, catalogue=(replace(FIRST, **end | changes),))


@pytest.mark.law(APL_37)
@pytest.mark.parametrize(
    ("newer", "law"),
    [
        (later(0.5), Law.OF_TODAY),
        (later(1), Law.OF_THE_ACT),
        (later(2), Law.OF_THE_ACT),
        (later(2, kind=PenaltyKind.WARNING), Law.OF_TODAY),
        (later(0.5, kind=PenaltyKind.CONFISCATE_GAINS), Law.OF_THE_ACT),
    ],
    ids=["half the fine", "the same", "twice the fine", "a warning", "a heavier kind"],
)
def test_today_counts_from_its_first_day_and_only_where_it_is_milder(newer: CatalogueItem, law: Law) -> None:
    before, after_it = (
        weigh(with_later(newer), walk.CODE, STATED, acted_on=ACTED, on=CHANGED + timedelta(days=n))
        for n in (-1, 0)
    )

    assert (before.law, before.has_changed) == (Law.OF_THE_ACT, False)
    assert (after_it.law, after_it.has_changed) == (law, True)
    assert after_it.of_today is not None
    assert (after_it.of_the_act.version, after_it.of_today.version) == (1, 2)


@pytest.mark.law(APL_37)
def test_an_act_of_the_first_day_of_the_new_law_knows_the_new_one_alone() -> None:
    weighed = weigh(with_later(later(2)), walk.CODE, STATED, acted_on=CHANGED, on=CHANGED)

    assert (weighed.of_the_act.version, weighed.has_changed) == (2, False)


@pytest.mark.law(APL_37)
def test_what_is_no_violation_any_more_is_not_punished() -> None:
    weighed = weigh(repealed(), walk.CODE, STATED, acted_on=ACTED, on=CHANGED)
    with pytest.raises(Refusal) as unstated:
        weigh(repealed(no_violation_after=False), walk.CODE, STATED, acted_on=ACTED, on=CHANGED)

    assert (weighed.law, weighed.of_today) == (Law.NONE, None)
    assert (unstated.value.code, unstated.value.article) == ("CASE_LAW_UNSTATED", APL_37)


def test_each_law_takes_the_circumstances_that_it_knows_and_no_others() -> None:
    lean = tuple(
        replace(tier, factors=tuple(f for f in tier.factors if f.code == "OBSTRUCTION"))
        for tier in FIRST.tiers
    )
    profile = with_later(replace(later(), tiers=lean))

    weighed = weigh(profile, walk.CODE, STATED, acted_on=ACTED, on=CHANGED)
    with pytest.raises(Refusal) as refusal:
        weigh(profile, walk.CODE, STATED | {"WEATHER": "RAIN"}, acted_on=ACTED, on=CHANGED)

    assert len(weighed.of_the_act.trace) > len(weighed.of_today.trace if weighed.of_today else ())
    assert refusal.value.code == "CASE_CIRCUMSTANCES_INCOMPLETE"


@pytest.mark.law(APL_37)
def test_a_law_that_comes_after_the_report_still_counts_for_the_party() -> None:
    case, at = walk.walked_to(State.DEFENCE_REVIEW)
    # The walk takes less than a day; the new law comes into force in the middle of it.
    milder = replace(later(0.5), valid_from=legal_day(at), benchmark_published_on=ACTED)
    terms = Terms(with_later(milder), walk.TERMS.calendar)
    question = replace(walk.question(case, at, fine_fen=2000), terms=terms)

    (noted,) = note_law(case, terms=terms, at=at)
    dear = failed_guards(replace(question, proposal=replace(question.proposal, fine_fen=4000)))

    assert noted.weighed.law is Law.OF_TODAY
    assert item_of(after(case, noted), terms).version == 2
    assert note_law(after(case, noted), terms=terms, at=at) == ()
    assert failed_guards(question) == ()
    assert [each.code for each in dear] == ["CASE_BENCHMARK_EXCEEDED"]


@pytest.mark.law(APL_37)
def test_a_repealed_violation_ends_without_a_penalty() -> None:
    case, at = walk.walked_to(State.FILED)
    gone = replace(FIRST, valid_until=legal_day(at) - timedelta(days=1), no_violation_after=True)
    terms = Terms(replace(walk.TERMS.profile, catalogue=(gone,)), walk.TERMS.calendar)

    def sign(report: Report) -> str:
        signed = sign_report(
            case, report, commitment=walk.KEPT, no_conflict=True, hand=walk.FIRST, terms=terms, at=at
        )
        return str(signed.conclusion.outcome)

    with pytest.raises(Refusal) as refusal:
        sign(walk.REPORT)
    assert refusal.value.code == "CASE_NO_VIOLATION_ANY_MORE"
    assert sign(replace(walk.REPORT, fine_fen=0, outcome=Outcome.NO_VIOLATION)) == "NO_VIOLATION"
    decided, later_at = walk.walked_to(State.DEFENCE_REVIEW)
    assert is_repealed(decided, terms=terms, at=later_at)
    failed = failed_guards(replace(walk.question(decided, later_at), terms=terms))
    assert ("CASE_NO_VIOLATION_ANY_MORE", APL_37.cite) in {(v.code, v.law) for v in failed}


@pytest.mark.law(APL_37)
@pytest.mark.parametrize(("days", "pursued"), [(-1, False), (0, True)])
def test_the_rules_of_a_city_reach_no_act_before_their_first_day(days: int, pursued: bool) -> None:
    profile = replace(walk.TERMS.profile, valid_from=ACTED)

    assert is_pursued(walk.CODE, profile, on=ACTED + timedelta(days=days)) is pursued


def test_two_versions_are_never_in_force_on_one_day() -> None:
    ended = replace(FIRST, valid_until=CHANGED - timedelta(days=1))

    require_one_a_day((ended, later()))
    for earlier in (FIRST, replace(ended, valid_until=CHANGED)):
        with pytest.raises(ValueError, match="are in force on one day"):
            require_one_a_day((earlier, later()))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"valid_until": date(2024, 12, 31)}, "ends before it begins"),
        ({"no_violation_after": True}, "after a day that is not named"),
        ({"max_fen": 19999}, "SERIOUS leaves the range of the law"),
    ],
)
def test_a_version_that_contradicts_itself_does_not_load(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        replace(FIRST, **changes)


@pytest.mark.law(NJ_23)
def test_no_case_is_opened_on_a_capture_before_the_first_day_of_the_rules() -> None:
    terms = Terms(replace(walk.TERMS.profile, valid_from=ACTED + timedelta(days=1)), walk.TERMS.calendar)

    with pytest.raises(Refusal) as refusal:
        open_case(
            CaseId.new(walk.NOON), walk.EXHIBIT, agency_id=walk.AGENCY, number="1", division=walk.DIVISION,
            code=walk.CODE, terms=terms, at=walk.NOON,
        )  # fmt: skip

    assert (refusal.value.code, refusal.value.article) == ("CASE_BEFORE_THE_RULES", NJ_23)


@pytest.mark.law(APL_37, APL_44)
def test_a_milder_law_of_another_clause_needs_a_notice_that_names_it() -> None:
    case, at = walk.walked_to(State.DEFENCE_REVIEW)
    milder = replace(later(0.5), valid_from=legal_day(at) + DAY, benchmark_published_on=ACTED)
    # Told on the day before: by the old law.
    at += 2 * DAY
    moved = replace(milder, penalty=replace(milder.penalty, article="another article"))
    failed = []
    for item in (milder, moved):
        terms = Terms(with_later(item), walk.TERMS.calendar)
        question = replace(walk.question(case, at, fine_fen=2000), terms=terms)
        failed.append([each.code for each in failed_guards(question)])

    assert failed == [[], ["CASE_NOTICE_CHANGED"]]


@pytest.mark.law(APL_37, APL_57)
def test_what_the_record_shows_needs_no_law_of_today() -> None:
    case, at = walk.walked_to(State.DEFENCE_REVIEW)
    stated = replace(case.defences[0], effect=Effect.FACTS)
    case = replace(case, defences=(stated, *case.defences[1:]))
    unstated = replace(FIRST, valid_until=legal_day(at) - DAY)
    terms = Terms(replace(walk.TERMS.profile, catalogue=(unstated,)), walk.TERMS.calendar)

    require_decidable(case, Outcome.NO_VIOLATION, hand=walk.HEAD, terms=terms, at=at)

    assert as_weighed(case, terms=terms, at=at) == case
    assert note_law(case, terms=terms, at=at) == ()
