"""The ends beside a penalty: what each must have on record, and where the law draws its line (APL 30, 31, 33, 36)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from case.domain.contents import Findings, OtherPenalty, OthersAnswer
from case.domain.correcting import LookBack, choose, confirm_correction, note_look_back
from case.domain.ecology import limitation_of
from case.domain.education import educate
from case.domain.filing import file
from case.domain.guards import failed_guards
from case.domain.investigation import issue_notice
from case.domain.nonfiling import Ground, NonFilingProposed, approve_non_filing, propose_non_filing
from case.domain.nopenalty import decide_no_penalty
from case.domain.outcomes import (
    UNEDUCATED,
    UNEDUCATED_OUTCOMES,
    Choice,
    Education,
    Effect,
    Harm,
    Outcome,
    ShownBy,
    Told,
    Unfiled,
)
from case.domain.people import AgeGroup
from case.domain.procedure import Case, State, after
from common.values.calendar import end_of, legal_day
from common.values.errors import Kind, Refusal
from common.values.ids import AgencyId
from common.values.law import APL_29, APL_31, APL_33, APL_33_3, APL_36, CITY_PERIOD, NJ_4
from tests.case.domain import walk

MINOR = Findings(minor=True, promptly_corrected=True, harmless=True)
TOLD = Education(walk.NOTICE, walk.NOON, Told.IN_PERSON, walk.SHA)
PROMPTED, AT = walk.walked_to(State.PROMPTED)
REVIEWED, LATER = walk.walked_to(State.DEFENCE_REVIEW)


def corrected(case: Case) -> Case:
    fact = confirm_correction(
        case,
        corrected_at=walk.NOON,
        shown_by=ShownBy.ON_SITE,
        note=walk.KEPT,
        hand=walk.FIRST,
        at=LATER,
    )
    return after(case, fact)


def looked_up(case: Case, *, hits: int = 0, harm: Harm = Harm.SLIGHT) -> Case:
    found = LookBack(walk.TERMS.lookback_from(walk.NOON), (walk.CODE,), hits, 0, (), (), True)
    return after(case, note_look_back(case, found, harm=harm, hand=walk.FIRST, at=LATER))


def proposed(case: Case, reason: Unfiled, findings: Findings = walk.REPORT.findings, **changes: Any) -> Any:
    ground = Ground(reason, findings, changes.pop("exemption", None))
    order: dict[str, Any] = {"text": walk.KEPT, "hand": walk.FIRST, "terms": walk.TERMS, "at": AT} | changes
    return propose_non_filing(case, ground, **order)


def decided(case: Case, outcome: Outcome) -> Any:
    return decide_no_penalty(
        case,
        outcome=outcome,
        document_id=walk.DECISION,
        sha256_hex=walk.SHA,
        reasons=walk.KEPT,
        hand=walk.HEAD,
        terms=walk.TERMS,
        at=LATER,
    )


def with_report(**changes: Any) -> Case:
    assert REVIEWED.conclusion is not None
    return replace(REVIEWED, conclusion=replace(REVIEWED.conclusion, **changes), education=TOLD)


def waived(case: Case, choice: Choice = Choice.WAIVE) -> Case:
    known = looked_up(corrected(case))
    return after(known, choose(known, choice=choice, reason=walk.KEPT, hand=walk.FIRST, at=LATER))


CHILD = replace(PROMPTED, party=replace(walk.PARTY, age_group=AgeGroup.UNDER_14))
BARRED = limitation_of(PROMPTED, walk.TERMS).due_at

LEADS: dict[Unfiled, tuple[Case, Case, dict[str, Any]]] = {
    Unfiled.MINOR_CORRECTED: (PROMPTED, corrected(PROMPTED), {"findings": MINOR}),
    Unfiled.FIRST_OFFENCE_CORRECTED: (
        looked_up(corrected(PROMPTED)),
        waived(PROMPTED),
        {},
    ),
    Unfiled.MINOR_UNDER_14: (PROMPTED, CHILD, {}),
    Unfiled.PARTY_UNKNOWN: (PROMPTED, replace(PROMPTED, party=None), {}),
}


@pytest.mark.law(NJ_4, APL_33)
@pytest.mark.parametrize("reason", list(LEADS))
def test_a_lead_ends_for_the_reason_that_its_record_shows_and_for_no_other(reason: Unfiled) -> None:
    without, shown, changes = LEADS[reason]

    with pytest.raises(Refusal) as refusal:
        proposed(without, reason, **changes)

    assert refusal.value.code == "CASE_OUTCOME_NOT_SHOWN"
    assert proposed(shown, reason, **changes).reason is reason


@pytest.mark.law(NJ_4)
@pytest.mark.parametrize("reason", sorted(set(Unfiled) - {Unfiled.MINOR_CORRECTED}))
def test_what_is_minor_corrected_and_harmless_has_one_end_only(reason: Unfiled) -> None:
    _, shown, changes = LEADS.get(reason, (PROMPTED, PROMPTED, {}))
    if reason is Unfiled.EXEMPT:
        changes = {"exemption": walk.TERMS.profile.ruleset(walk.CODE, on=legal_day(walk.NOON)).exemptions[0]}
    if reason is Unfiled.TIME_BARRED:
        changes = {"at": BARRED}

    assert proposed(shown, reason, **changes).reason is reason
    with pytest.raises(Refusal) as refusal:
        proposed(shown, reason, findings=MINOR, **changes)
    assert refusal.value.code == "CASE_OUTCOME_NOT_SHOWN"


def test_a_proposal_falls_when_what_it_rests_on_changes() -> None:
    unknown, at = walk.opened(), walk.NOON + timedelta(hours=1)
    unknown = after(unknown, proposed(unknown, Unfiled.PARTY_UNKNOWN, at=at))
    waiver = after(waived(PROMPTED), proposed(waived(PROMPTED), Unfiled.FIRST_OFFENCE_CORRECTED))
    lead = after(PROMPTED, proposed(PROMPTED, Unfiled.NO_FACT))
    (identified,) = walk.steps(unknown, at)
    (applied,) = walk.steps(lead, AT)

    for standing in (unknown, waiver, lead):
        assert standing.non_filing is not None
    for fallen in (after(unknown, identified), looked_up(waiver, hits=1), after(lead, applied)):
        with pytest.raises(Refusal) as refusal:
            approve_non_filing(
                replace(fallen, education=TOLD),
                document_id=walk.NOTICE,
                sha256=walk.SHA,
                hand=walk.LEAD,
                terms=walk.TERMS,
                at=LATER,
            )
        assert (refusal.value.code, refusal.value.wording) == (
            "CASE_TRANSITION_NOT_ALLOWED",
            "nobody_proposed_not_to_file",
        )


@pytest.mark.law(APL_36)
def test_a_lead_is_time_barred_from_the_first_instant_after_the_period() -> None:
    with pytest.raises(Refusal):
        proposed(PROMPTED, Unfiled.TIME_BARRED, at=BARRED - timedelta(microseconds=1))

    assert proposed(PROMPTED, Unfiled.TIME_BARRED, at=BARRED).reason is Unfiled.TIME_BARRED


@pytest.mark.law(CITY_PERIOD)
def test_the_period_of_a_proposal_is_the_citys_own_and_cites_no_law() -> None:
    (deadline,) = proposed(PROMPTED, Unfiled.NO_FACT).due

    assert (deadline.law, deadline.n) == (CITY_PERIOD.cite, walk.TERMS.limits.eliminate_wd)
    longer = replace(walk.TERMS.profile.first_offence, lookback_months=36)
    terms = replace(walk.TERMS, profile=replace(walk.TERMS.profile, first_offence=longer))
    assert walk.TERMS.lookback_from(walk.NOON).isoformat() == "2023-03-03"
    assert terms.lookback_from(walk.NOON).isoformat() == "2022-03-03"


def test_only_an_exemption_of_the_rule_set_exempts() -> None:
    ruleset = walk.TERMS.profile.ruleset(walk.CODE, on=legal_day(walk.NOON))

    for exemption in ("ANYTHING", None):
        with pytest.raises(Refusal):
            proposed(PROMPTED, Unfiled.EXEMPT, exemption=exemption)

    assert proposed(PROMPTED, Unfiled.EXEMPT, exemption=ruleset.exemptions[0])
    with pytest.raises(Refusal):  # free words would stand in clear on record
        proposed(PROMPTED, Unfiled.NO_FACT, exemption="车主张某")


@pytest.mark.law(APL_33_3)
@pytest.mark.parametrize("reason", list(Unfiled))
def test_who_is_not_punished_for_a_violation_is_educated_first(reason: Unfiled) -> None:
    case = replace(PROMPTED, education=None)
    order = {"document_id": walk.NOTICE, "sha256": walk.SHA, "hand": walk.LEAD, "terms": walk.TERMS, "at": AT}

    fact = NonFilingProposed(
        case.id,
        reason,
        MINOR,
        None,
        walk.KEPT,
        walk.FIRST.officer_id,
        walk.TERMS.decide_non_filing(AT),
    )
    ready = after(case, fact)

    if reason in UNEDUCATED:
        assert approve_non_filing(ready, **order)  # type: ignore[arg-type]
        return
    with pytest.raises(Refusal) as refusal:
        approve_non_filing(ready, **order)  # type: ignore[arg-type]
    assert (refusal.value.code, refusal.value.article) == ("CASE_EDUCATION_RECORD_MISSING", APL_33_3)
    ended = approve_non_filing(replace(ready, education=TOLD), **order)  # type: ignore[arg-type]
    counts = reason in (Unfiled.MINOR_CORRECTED, Unfiled.FIRST_OFFENCE_CORRECTED)
    assert (ended.kept_until > AT) is counts


@pytest.mark.law(APL_33)
@pytest.mark.parametrize(
    ("hits", "harm"), [(1, Harm.SLIGHT), (0, Harm.SERIOUS)], ids=["second-offence", "serious-harm"]
)
def test_the_law_leaves_no_choice_after_another_offence_or_with_serious_harm(hits: int, harm: Harm) -> None:
    case = looked_up(corrected(PROMPTED), hits=hits, harm=harm)

    with pytest.raises(Refusal) as refusal:
        choose(case, choice=Choice.WAIVE, reason=walk.KEPT, hand=walk.FIRST, at=LATER)

    assert (refusal.value.code, refusal.value.article) == ("CASE_NO_CHOICE", APL_33)


@pytest.mark.law(APL_33)
def test_a_look_back_that_reached_nobody_finds_no_first_offence() -> None:
    found = LookBack(walk.TERMS.lookback_from(walk.NOON), (walk.CODE,), 0, 0, (), (), is_reached=False)

    with pytest.raises(Refusal) as refusal:
        note_look_back(corrected(PROMPTED), found, harm=Harm.SLIGHT, hand=walk.FIRST, at=LATER)

    assert (refusal.value.kind, refusal.value.code) == (Kind.UNAVAILABLE, "CASE_OTHER_AGENCIES_SILENT")


def test_a_correction_lies_between_the_act_and_now() -> None:
    for at in (PROMPTED.act_ended_at - timedelta(seconds=1), LATER + timedelta(seconds=1)):
        with pytest.raises(Refusal) as refusal:
            confirm_correction(
                PROMPTED,
                corrected_at=at,
                shown_by=ShownBy.PARTY_PROOF,
                note=walk.KEPT,
                hand=walk.FIRST,
                at=LATER,
            )
        assert refusal.value.code == "CASE_CORRECTION_TIME"


def test_an_education_of_tomorrow_is_none() -> None:
    with pytest.raises(Refusal) as refusal:
        educate(
            PROMPTED,
            replace(TOLD, told_at=end_of(AT.date())),
            sha256=walk.SHA,
            text=walk.KEPT,
            hand=walk.FIRST,
            at=AT,
        )

    assert refusal.value.code == "CASE_EDUCATION_TIME"


FINED = OtherPenalty(AgencyId.new(walk.NOON), "CM-2025-1")
FINED_ELSEWHERE = OthersAnswer(LATER, (FINED,), True, ())

CASES: dict[Outcome, Case] = {
    Outcome.NO_PENALTY_MINOR: with_report(findings=MINOR),
    Outcome.NO_PENALTY_FIRST_OFFENCE: replace(waived(REVIEWED), education=TOLD),
    Outcome.NO_PENALTY_NO_FAULT: with_report(outcome=Outcome.NO_PENALTY_NO_FAULT),
    Outcome.NO_PENALTY_CAPACITY: with_report(outcome=Outcome.NO_PENALTY_CAPACITY),
    Outcome.NO_PENALTY_DUPLICATE: replace(REVIEWED, others=FINED_ELSEWHERE),
    Outcome.NO_VIOLATION: replace(REVIEWED, defences=(replace(REVIEWED.defences[0], effect=Effect.PARTY),)),
    Outcome.TIME_BARRED: replace(REVIEWED, filed_at=BARRED, education=TOLD),
}


@pytest.mark.law(APL_31, APL_33, APL_36)
@pytest.mark.parametrize("shown", list(CASES))
@pytest.mark.parametrize("outcome", list(Outcome))
def test_an_outcome_is_decided_where_the_record_shows_it_and_nowhere_else(
    outcome: Outcome, shown: Outcome
) -> None:
    if outcome is shown:
        fact = decided(CASES[shown], outcome)
        made = after(CASES[shown], fact).decision
        assert made is not None
        assert (made.outcome, made.proposal, made.fine_fen) == (outcome, None, 0)
        return
    with pytest.raises(Refusal) as refusal:
        decided(CASES[shown], outcome)
    assert refusal.value.code == "CASE_OUTCOME_NOT_SHOWN"


@pytest.mark.law(APL_29)
def test_a_penalty_of_another_agency_that_is_about_another_act_ends_nothing() -> None:
    case = replace(CASES[Outcome.NO_PENALTY_DUPLICATE], distinct=(FINED.name,))

    with pytest.raises(Refusal) as refusal:
        decided(case, Outcome.NO_PENALTY_DUPLICATE)

    assert refusal.value.code == "CASE_OUTCOME_NOT_SHOWN"


@pytest.mark.law(NJ_4, APL_33)
def test_what_was_waived_or_may_yet_be_is_not_filed_notified_or_punished_at_any_later_step() -> None:
    ready, at = walk.walked_to(State.READY_TO_FILE)
    concluded, later = walk.walked_to(State.INVESTIGATION_CONCLUDED)
    unsettled = {
        "CASE_FIRST_OFFENCE_UNCHECKED": corrected,
        "CASE_CHOICE_REQUIRED": lambda case: looked_up(corrected(case)),
        "CASE_WAIVED": waived,
    }

    for code, left in unsettled.items():
        with pytest.raises(Refusal) as unfiled:
            file(left(ready), ready.exhibits, office=walk.OFFICE, hand=walk.HEAD, terms=walk.TERMS, at=at)
        with pytest.raises(Refusal) as untold:
            issue_notice(
                left(concluded),
                document_id=walk.NOTICE,
                sha256=walk.SHA,
                hand=walk.LEAD,
                terms=walk.TERMS,
                at=later,
            )
        failed = failed_guards(walk.question(left(REVIEWED), LATER))
        assert [unfiled.value.code, untold.value.code, *(each.code for each in failed)] == [code] * 3
    assert failed_guards(walk.question(waived(REVIEWED, Choice.PROCEED), LATER)) == ()
    for left in (lambda case: looked_up(corrected(case)), lambda case: waived(case, Choice.PROCEED)):
        with pytest.raises(Refusal) as refusal:
            decided(replace(left(REVIEWED), education=TOLD), Outcome.NO_PENALTY_FIRST_OFFENCE)
        assert refusal.value.code == "CASE_OUTCOME_NOT_SHOWN"


@pytest.mark.law(APL_33_3)
def test_a_violation_without_penalty_is_educated_and_no_violation_is_not() -> None:
    for outcome, case in CASES.items():
        if outcome in UNEDUCATED_OUTCOMES:
            assert decided(case, outcome)
            continue
        with pytest.raises(Refusal) as refusal:
            decided(replace(case, education=None), outcome)
        assert refusal.value.code == "CASE_EDUCATION_RECORD_MISSING"
