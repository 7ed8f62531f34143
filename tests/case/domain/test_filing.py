"""Before filing (NJ 4, 15; APL 30, 33, 36, 39, 40, 42): who, told, corrected, in time, by whom."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from case.domain.deadlines import Terms
from case.domain.filing import apply_filing, file, identify_party, prompt
from case.domain.procedure import AgeGroup, Case, Findings, Hand, Party, PartyKind, State
from common.datafiles import load_profile
from common.errors import Refusal
from common.law import APL_30, APL_33, APL_36, APL_39, APL_40, APL_42, NJ_4
from tests.case.domain import walk


def applied(case: Case, **changes: Any) -> Any:
    order: dict[str, Any] = {
        "second_officer": walk.SECOND.officer_id,
        "findings": walk.REPORT.findings,
        "reason": walk.KEPT,
        "hand": walk.FIRST,
        "terms": walk.TERMS,
        "at": case.correction_until,
    }
    return apply_filing(case, **(order | changes))


def identified(**changes: Any) -> Any:
    order: dict[str, Any] = {
        "party": walk.PARTY,
        "identity": walk.KEPT,
        "address": walk.KEPT,
        "sources": ("VEHICLE_REGISTRY",),
        "hand": walk.FIRST,
        "has_note": False,
    }
    return identify_party(walk.opened(), **(order | changes))


def test_a_party_is_identified_from_two_sources_or_from_one_with_a_note() -> None:
    with pytest.raises(Refusal) as refusal:
        identified(sources=("VEHICLE_REGISTRY", "VEHICLE_REGISTRY"))

    assert (refusal.value.code, refusal.value.article) == ("CASE_PARTY_NOT_IDENTIFIED", APL_40)
    assert identified(has_note=True).party_id == walk.PARTY.id


def test_a_child_under_fourteen_is_no_party_to_a_penalty() -> None:
    with pytest.raises(Refusal) as refusal:
        identified(party=Party(walk.PARTY.id, PartyKind.PERSON, AgeGroup.UNDER_14), has_note=True)

    assert (refusal.value.code, refusal.value.article) == ("CASE_MINOR_UNDER_14", APL_30)


def test_nobody_is_prompted_before_the_party_is_known() -> None:
    with pytest.raises(Refusal) as refusal:
        prompt(
            walk.opened(),
            document_id=walk.NOTICE,
            sha256=walk.SHA,
            template="D-02@1",
            hand=walk.FIRST,
            terms=walk.TERMS,
            at=walk.NOON,
        )

    assert refusal.value.code == "CASE_PARTY_NOT_IDENTIFIED"


def test_filing_waits_for_the_end_of_the_correction_window() -> None:
    case, _ = walk.walked_to(State.PROMPTED)
    assert case.correction_until is not None

    with pytest.raises(Refusal) as refusal:
        applied(case, at=case.correction_until - timedelta(seconds=1))

    assert (refusal.value.code, refusal.value.article) == ("CASE_CORRECTION_WINDOW_RUNNING", NJ_4)
    assert applied(case).officers == (walk.FIRST.officer_id, walk.SECOND.officer_id)


@pytest.mark.parametrize("minor", [True, False])
@pytest.mark.parametrize("corrected", [True, False])
@pytest.mark.parametrize("harmless", [True, False])
def test_only_what_is_minor_and_corrected_and_harmless_is_not_filed(
    minor: bool, corrected: bool, harmless: bool
) -> None:
    case, _ = walk.walked_to(State.PROMPTED)
    findings = Findings(minor, corrected, harmless)

    if minor and corrected and harmless:
        with pytest.raises(Refusal) as refusal:
            applied(case, findings=findings)
        assert (refusal.value.code, refusal.value.article) == ("CASE_MUST_NOT_PENALISE_MINOR", APL_33)
    else:
        assert applied(case, findings=findings)


def test_one_officer_is_not_two() -> None:
    case, _ = walk.walked_to(State.PROMPTED)

    with pytest.raises(Refusal) as refusal:
        applied(case, second_officer=walk.FIRST.officer_id)

    assert (refusal.value.code, refusal.value.article) == ("CASE_TWO_OFFICERS_REQUIRED", APL_42)


@pytest.mark.parametrize(
    "hand",
    [Hand(walk.FIRST.officer_id), replace(walk.FIRST, certificate_until=date(2025, 3, 2))],
    ids=["no certificate", "expired yesterday"],
)
def test_an_officer_without_a_valid_certificate_does_nothing_with_effect(hand: Hand) -> None:
    case, _ = walk.walked_to(State.PROMPTED)

    with pytest.raises(Refusal) as refusal:
        applied(case, hand=hand)

    assert refusal.value.code == "CASE_OFFICER_UNQUALIFIED"
    assert replace(walk.FIRST, certificate_until=date(2025, 3, 3)).is_qualified(walk.NOON)


def test_the_last_day_of_two_years_is_in_time_and_the_next_is_barred() -> None:
    case, _ = walk.walked_to(State.READY_TO_FILE)
    last = walk.TERMS.limitation(case.act_ended_at).due_at

    filed = file(case, hand=walk.HEAD, terms=walk.TERMS, at=last - timedelta(minutes=1))
    assert filed.by == walk.HEAD.officer_id
    with pytest.raises(Refusal) as refusal:
        file(case, hand=walk.HEAD, terms=walk.TERMS, at=last)
    assert (refusal.value.code, refusal.value.article) == ("CASE_TIME_BARRED", APL_36)


def test_a_city_that_published_no_filing_basis_files_no_case() -> None:
    case, at = walk.walked_to(State.READY_TO_FILE)
    nanjing = Terms(load_profile("NJ"), walk.TERMS.calendar)

    with pytest.raises(Refusal) as refusal:
        file(case, hand=walk.HEAD, terms=nanjing, at=at)

    assert (refusal.value.code, refusal.value.article) == ("PROFILE_INCOMPLETE", APL_39)


def test_filing_starts_the_ninety_days() -> None:
    case, at = walk.walked_to(State.READY_TO_FILE)

    (deadline,) = file(case, hand=walk.HEAD, terms=walk.TERMS, at=at).due

    assert (deadline.rule, deadline.law, deadline.n) == ("decide", "APL 60", 90)
    assert (deadline.due_on - deadline.trigger_on).days == 90
