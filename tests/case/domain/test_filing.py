"""Before filing (NJ 4, 15; APL 30, 33, 36, 39, 40, 42): who, told, corrected, in time, by whom."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from case.domain.contents import Findings
from case.domain.ecology import limitation_of
from case.domain.filing import (
    age_group_of,
    apply_filing,
    born_on,
    deny_prompt,
    file,
    identify_party,
    note_prompt,
    prompt,
    prompt_failed,
)
from case.domain.lawoftime import ruleset_of
from case.domain.opening import open_case
from case.domain.people import AgeGroup, Hand, Party, PartyKind
from case.domain.procedure import Case, State, after
from case.domain.prompting import draft_prompt
from common.values.calendar import legal_day
from common.values.errors import Refusal
from common.values.ids import CaseId
from common.values.law import (
    APL_17,
    APL_30,
    APL_33,
    APL_36,
    APL_39,
    APL_40,
    APL_41,
    APL_42,
    APL_60,
    NJ_4,
    NJ_15,
)
from tests.case.domain import walk


def applied(case: Case, **changes: Any) -> Any:
    order: dict[str, Any] = {
        "second_officer": walk.SECOND.officer_id,
        "second_until": walk.SECOND.certificate_until,
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
        "birth": None,
        "identity": walk.KEPT,
        "address": walk.KEPT,
        "sources": ("VEHICLE_REGISTRY",),
        "hand": walk.FIRST,
        "has_note": False,
        "at": walk.NOON,
    }
    return identify_party(walk.opened(), **(order | changes))


@pytest.mark.law(APL_40)
def test_a_party_is_identified_from_two_sources_or_from_one_with_a_note() -> None:
    with pytest.raises(Refusal) as refusal:
        identified(sources=("VEHICLE_REGISTRY", "VEHICLE_REGISTRY"))

    assert (refusal.value.code, refusal.value.article) == ("CASE_PARTY_NOT_IDENTIFIED", APL_40)
    assert identified(has_note=True).party_id == walk.PARTY.id


@pytest.mark.law(APL_30)
def test_a_child_under_fourteen_is_no_party_to_a_penalty() -> None:
    child = Party(walk.PARTY.id, PartyKind.PERSON, AgeGroup.UNDER_14)
    case = after(walk.opened(), identified(party=child, has_note=True))

    with pytest.raises(Refusal) as refusal:
        prompt(
            case,
            document_id=walk.NOTICE,
            sha256=walk.SHA,
            template="D-02@1",
            hand=walk.FIRST,
            terms=walk.TERMS,
            at=walk.NOON,
        )

    assert draft_prompt(case, terms=walk.TERMS, at=walk.NOON) == ()
    assert (refusal.value.code, refusal.value.article) == ("CASE_MINOR_UNDER_14", APL_30)


@pytest.mark.law(APL_30)
@pytest.mark.parametrize(
    ("number", "group"),
    [
        ("310101201103021234", AgeGroup.UNDER_14),  # 14 today: the year is full tomorrow
        ("310101201103011234", AgeGroup.FROM_14_TO_17),
        ("310101200703021234", AgeGroup.FROM_14_TO_17),
        ("31010120070301123X", AgeGroup.ADULT),
    ],
)
def test_the_identity_number_decides_the_age_at_the_act(number: str, group: AgeGroup) -> None:
    birth = born_on(number)
    assert birth is not None

    assert age_group_of(birth, date(2025, 3, 2)) is group
    for stated in set(AgeGroup) - {group}:
        with pytest.raises(Refusal) as refusal:
            identified(party=replace(walk.PARTY, age_group=stated), birth=birth, has_note=True)
        assert (refusal.value.code, refusal.value.article) == ("CASE_AGE_GROUP_DIFFERS", APL_30)
        assert number not in refusal.value.message


@pytest.mark.parametrize(
    "party",
    [
        Party(walk.PARTY.id, PartyKind.PERSON, AgeGroup.NOT_A_PERSON),
        Party(walk.PARTY.id, PartyKind.ORGANISATION, AgeGroup.ADULT),
    ],
)
def test_a_person_has_an_age_and_an_organisation_has_none(party: Party) -> None:
    with pytest.raises(Refusal) as refusal:
        identified(party=party, has_note=True)

    assert refusal.value.code == "CASE_AGE_GROUP_DIFFERS"


def test_a_person_cannot_be_called_an_organisation_to_raise_the_hearing_threshold() -> None:
    firm = Party(walk.PARTY.id, PartyKind.ORGANISATION, AgeGroup.NOT_A_PERSON)

    assert born_on("91310101MA1FL0000X") is None
    with pytest.raises(Refusal) as nobody_acts:
        identified(party=firm, has_note=True)
    with pytest.raises(Refusal) as nobody_may_act:
        identified(has_note=True, has_representative=True)
    assert {nobody_acts.value.code, nobody_may_act.value.code} == {"CASE_PARTY_NOT_IDENTIFIED"}
    assert identified(party=firm, has_note=True, has_representative=True).kind is PartyKind.ORGANISATION
    with pytest.raises(Refusal):
        identified(party=firm, birth=date(1990, 1, 1), has_note=True)


def test_an_officer_whose_certificate_ended_identifies_nobody() -> None:
    with pytest.raises(Refusal) as refusal:
        identified(hand=replace(walk.FIRST, certificate_until=date(2025, 3, 2)), has_note=True)

    assert (refusal.value.code, refusal.value.article) == ("CASE_OFFICER_UNQUALIFIED", APL_42)


@pytest.mark.law(APL_41)
def test_a_capture_of_an_unlawful_device_is_not_filed() -> None:
    case, at = walk.walked_to(State.READY_TO_FILE)
    unlawful = replace(case, exhibits=(replace(walk.EXHIBIT, device_lawful=False),))

    with pytest.raises(Refusal) as refusal:
        file(unlawful, unlawful.exhibits, office=walk.OFFICE, hand=walk.HEAD, terms=walk.TERMS, at=at)

    assert (refusal.value.code, refusal.value.article) == ("CASE_DEVICE_INVALID", APL_41)


@pytest.mark.law(APL_17)
def test_an_act_from_before_the_published_list_opens_no_case() -> None:
    acted_on = legal_day(walk.EXHIBIT.captured_at)
    listed = replace(walk.TERMS.profile.item(walk.CODE, on=acted_on), valid_from=acted_on + timedelta(days=1))
    terms = replace(walk.TERMS, profile=replace(walk.TERMS.profile, catalogue=(listed,)))

    with pytest.raises(Refusal) as refusal:
        open_case(
            CaseId.new(walk.NOON), walk.EXHIBIT, agency_id=walk.AGENCY, number="1", division=walk.DIVISION,
            code=walk.CODE, terms=terms, at=walk.NOON,
        )  # fmt: skip

    assert (refusal.value.code, refusal.value.article) == ("CASE_NO_JURISDICTION", APL_17)


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


@pytest.mark.law(NJ_4)
def test_filing_waits_for_the_end_of_the_correction_window() -> None:
    case, _ = walk.walked_to(State.PROMPTED)
    assert case.correction_until is not None

    with pytest.raises(Refusal) as refusal:
        applied(case, at=case.correction_until - timedelta(seconds=1))

    assert (refusal.value.code, refusal.value.article) == ("CASE_CORRECTION_WINDOW_RUNNING", NJ_4)
    assert applied(case).officers == (walk.FIRST.officer_id, walk.SECOND.officer_id)


@pytest.mark.law(APL_33)
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


@pytest.mark.law(APL_42)
def test_one_officer_is_not_two() -> None:
    case, _ = walk.walked_to(State.PROMPTED)

    with pytest.raises(Refusal) as refusal:
        applied(case, second_officer=walk.FIRST.officer_id)

    assert (refusal.value.code, refusal.value.article) == ("CASE_TWO_OFFICERS_REQUIRED", APL_42)


@pytest.mark.law(APL_42)
@pytest.mark.parametrize(
    "hand",
    [Hand(walk.FIRST.officer_id), replace(walk.FIRST, certificate_until=date(2025, 3, 2))],
    ids=["no certificate", "expired yesterday"],
)
def test_an_officer_without_a_valid_certificate_does_nothing_with_effect(hand: Hand) -> None:
    case, _ = walk.walked_to(State.PROMPTED)

    with pytest.raises(Refusal) as refusal:
        applied(case, hand=hand)

    assert (refusal.value.code, refusal.value.article) == ("CASE_OFFICER_UNQUALIFIED", APL_42)
    assert replace(walk.FIRST, certificate_until=date(2025, 3, 3)).is_qualified(walk.NOON)


@pytest.mark.law(APL_36)
def test_the_last_day_of_two_years_is_in_time_and_the_next_is_barred() -> None:
    case, _ = walk.walked_to(State.READY_TO_FILE)
    last = limitation_of(case, walk.TERMS).due_at

    filed = file(
        case,
        case.exhibits,
        office=walk.OFFICE,
        hand=walk.HEAD,
        terms=walk.TERMS,
        at=last - timedelta(minutes=1),
    )
    assert filed.by == walk.HEAD.officer_id
    with pytest.raises(Refusal) as refusal:
        file(case, case.exhibits, office=walk.OFFICE, hand=walk.HEAD, terms=walk.TERMS, at=last)
    assert (refusal.value.code, refusal.value.article) == ("CASE_TIME_BARRED", APL_36)


@pytest.mark.law(APL_39)
def test_an_agency_without_a_public_page_files_no_case() -> None:
    case, at = walk.walked_to(State.READY_TO_FILE)

    def filed(published_on: date | None) -> object:
        office = replace(walk.OFFICE, page_published_on=published_on)
        return file(case, case.exhibits, office=office, hand=walk.HEAD, terms=walk.TERMS, at=at)

    assert filed(legal_day(at))
    for published_on in (None, legal_day(at) + timedelta(days=1)):
        with pytest.raises(Refusal) as refusal:
            filed(published_on)
        assert (refusal.value.code, refusal.value.article) == ("PROFILE_INCOMPLETE", APL_39)


@pytest.mark.law(APL_60)
def test_filing_starts_the_ninety_days() -> None:
    case, at = walk.walked_to(State.READY_TO_FILE)

    (deadline,) = file(case, case.exhibits, office=walk.OFFICE, hand=walk.HEAD, terms=walk.TERMS, at=at).due

    assert (deadline.rule, deadline.law, deadline.n) == ("decide", "APL 60", 90)
    assert (deadline.due_on - deadline.trigger_on).days == 90


def prompted() -> Case:
    case = after(walk.opened(), identified(has_note=True))
    told = prompt(
        case,
        document_id=walk.NOTICE,
        sha256=walk.SHA,
        template="D-02@1",
        hand=walk.FIRST,
        terms=walk.TERMS,
        at=walk.NOON,
    )
    return after(case, told)


@pytest.mark.law(NJ_15)
def test_nobody_is_filed_against_who_was_not_told() -> None:
    """The prompt counts when it arrived, not when it was written (NJ 15)."""
    with pytest.raises(Refusal) as refusal:
        applied(prompted(), at=walk.NOON + timedelta(days=2))

    assert (refusal.value.code, refusal.value.article) == ("CASE_PROMPT_NOT_DELIVERED", NJ_15)


def test_a_late_arrival_moves_the_window_to_correct() -> None:
    case = prompted()
    late = walk.NOON + timedelta(days=1)

    arrived = note_prompt(case, document_id=walk.NOTICE, delivered_at=late, terms=walk.TERMS)

    assert arrived is not None
    assert arrived.correction_until == walk.TERMS.correction(late, ruleset_of(case, walk.TERMS))
    assert (
        note_prompt(after(case, arrived), document_id=walk.NOTICE, delivered_at=late, terms=walk.TERMS)
        is None
    )


def test_a_prompt_that_failed_has_told_nobody() -> None:
    case = prompted()

    failed = prompt_failed(case, document_id=walk.NOTICE, reason="NOTI_DOCUMENT_DIFFERS")

    assert failed is not None
    assert after(case, failed).state is State.SUSPECTED
    assert prompt_failed(after(case, failed), document_id=walk.NOTICE, reason="X") is None


@pytest.mark.law(NJ_15)
def test_an_arrival_that_is_denied_has_told_nobody_and_an_application_falls_with_it() -> None:
    ready, at = walk.walked_to(State.READY_TO_FILE)
    prompted_again = replace(ready, state=State.PROMPTED, officers=())
    assert ready.prompt_document_id is not None

    for told in (ready, prompted_again):
        denied = deny_prompt(told, document_id=ready.prompt_document_id)

        assert denied is not None
        case = after(told, denied)
        assert (case.state, case.prompt_delivered_at, case.officers) == (State.PROMPTED, None, ())
        assert deny_prompt(case, document_id=ready.prompt_document_id) is None  # taken back once
        failed = prompt_failed(case, document_id=ready.prompt_document_id, reason="NOTI_RECALLED")
        assert failed is not None
        assert after(case, failed).state is State.SUSPECTED
    filed, _ = walk.walked_to(State.FILED)
    assert deny_prompt(filed, document_id=ready.prompt_document_id) is None
    with pytest.raises(Refusal) as refusal:
        file(
            replace(ready, prompt_delivered_at=None),
            ready.exhibits,
            office=walk.OFFICE,
            hand=walk.HEAD,
            terms=walk.TERMS,
            at=at,
        )
    assert (refusal.value.code, refusal.value.article) == ("CASE_PROMPT_NOT_DELIVERED", NJ_15)
