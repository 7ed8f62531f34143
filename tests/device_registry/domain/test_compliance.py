"""Each guard fails alone, and for its own reason (APL 41(1); NJ 8–10; Metrology 9; PJ §1–2). Inv. 1."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from common.values.clock import BEIJING
from common.values.datafiles import load_profile
from common.values.errors import Kind, Refusal
from common.values.law import (
    APL_41_1,
    METROLOGY_9,
    NJ_2,
    NJ_8,
    NJ_9,
    NJ_10,
    PJ_1,
    PJ_2_1,
    PJ_2_4,
    PJ_2_6,
    VSR_8,
    Article,
)
from common.values.profile import BasisLevel
from device_registry.domain import compliance
from device_registry.domain.device import (
    AcceptanceTest,
    Dossier,
    Funding,
    InstallerType,
    Metrology,
    OwnerType,
    PaperKind,
    PlaceType,
    Result,
    RevenueLink,
    Review,
)
from device_registry.domain.siting import PROHIBITED_PLACES
from tests.device_registry.domain.dossiers import (
    CERTIFICATE,
    COMPLETE,
    DAY,
    LAW,
    NOON,
    PROFILE,
    with_contract,
    with_function,
    with_provision,
    with_site,
)


def codes(dossier: Dossier, at: datetime = NOON) -> list[str]:
    return [violation.code for violation in compliance.evaluate(dossier, PROFILE, at)]


def test_a_complete_dossier_fails_no_guard() -> None:
    assert codes(COMPLETE) == []


SPOILT = {
    "local regulation alone": (
        with_function(bases=(replace(LAW, level=BasisLevel.LOCAL_REGULATION),)),
        "DEV_LEGAL_BASIS_INSUFFICIENT",
    ),
    "repealed law": (
        with_function(bases=(replace(LAW, until_day=date(2025, 6, 1)),)),
        "DEV_LEGAL_BASIS_INSUFFICIENT",
    ),
    "law not yet in force": (
        with_function(bases=(replace(LAW, from_day=date(2025, 6, 3)),)),
        "DEV_LEGAL_BASIS_INSUFFICIENT",
    ),
    "no legal review": (replace(COMPLETE, legal_reviews=()), "DEV_LEGAL_REVIEW_MISSING"),
    "failed legal review": (
        replace(COMPLETE, legal_reviews=(Review(Result.FAIL, "officer:legal", NOON - 85 * DAY, ("L1",)),)),
        "DEV_LEGAL_REVIEW_MISSING",
    ),
    "no technical review": (replace(COMPLETE, technical_reviews=()), "DEV_TECH_REVIEW_MISSING"),
    "technical review after the approval": (
        replace(COMPLETE, technical_reviews=(Review(Result.PASS, "officer:tech", NOON - 83 * DAY),)),
        "DEV_TECH_REVIEW_MISSING",
    ),
    "no standard": (replace(COMPLETE, conformities=()), "DEV_STANDARD_NONCONFORM"),
    "failed standard": (
        replace(COMPLETE, conformities=(replace(COMPLETE.conformities[0], result=Result.FAIL),)),
        "DEV_STANDARD_NONCONFORM",
    ),
    "standard failed since": (
        replace(
            COMPLETE,
            conformities=(
                *COMPLETE.conformities,
                replace(COMPLETE.conformities[0], result=Result.FAIL, from_day=date(2025, 5, 30)),
            ),
        ),
        "DEV_STANDARD_NONCONFORM",
    ),
    "no certificate": (replace(COMPLETE, certificates=()), "DEV_VERIFICATION_MISSING"),
    "calibration instead of verification": (
        replace(COMPLETE, certificates=(replace(CERTIFICATE, kind=PaperKind.CALIBRATION),)),
        "DEV_VERIFICATION_MISSING",
    ),
    "certificate of another function": (
        replace(COMPLETE, certificates=(replace(CERTIFICATE, functions=("CM-0001",)),)),
        "DEV_VERIFICATION_MISSING",
    ),
    "expired certificate": (
        replace(COMPLETE, certificates=(replace(CERTIFICATE, valid_until=date(2025, 6, 1)),)),
        "DEV_VERIFICATION_EXPIRED",
    ),
    "failed verification": (
        replace(
            COMPLETE,
            certificates=(
                CERTIFICATE,
                replace(CERTIFICATE, result=Result.FAIL, verified_on=date(2025, 5, 30)),
            ),
        ),
        "DEV_VERIFICATION_FAILED",
    ),
    "no sign": (replace(COMPLETE, signs=()), "DEV_SIGNAGE_MISSING"),
    "sign gone": (
        replace(COMPLETE, signs=(replace(COMPLETE.signs[0], until_day=date(2025, 6, 1)),)),
        "DEV_SIGNAGE_MISSING",
    ),
    "sign reported gone": (
        replace(
            COMPLETE,
            signs=(
                *COMPLETE.signs,
                replace(COMPLETE.signs[0], until_day=date(2025, 6, 1), recorded_at=NOON + DAY),
            ),
        ),
        "DEV_SIGNAGE_MISSING",
    ),
    "kind of place unknown": (with_site(place_type=PlaceType.UNKNOWN), "DEV_PLACE_UNKNOWN"),
    "regulated party without a duty": (
        with_provision(owner=OwnerType.REGULATED_PARTY),
        "DEV_OBLIGATION_MISSING",
    ),
    "market entity pays for the agency's device": (
        with_provision(funding=Funding.MARKET_ENTITY),
        "DEV_MARKET_ENTITY_REVENUE",
    ),
    "not published": (replace(COMPLETE, publications=()), "DEV_NOT_PUBLISHED"),
    "lead time runs": (
        replace(COMPLETE, publications=(replace(COMPLETE.publications[0], lead_ends_at=NOON + DAY),)),
        "DEV_PUBLICATION_LEAD_TIME",
    ),
    "no acceptance test": (replace(COMPLETE, acceptance_tests=()), "DEV_ACCEPTANCE_TEST_MISSING"),
    "99 captures": (
        replace(COMPLETE, acceptance_tests=(AcceptanceTest(99, 99, date(2025, 3, 20), NOON - 70 * DAY),)),
        "DEV_ACCEPTANCE_TEST_FAILED",
    ),
    "94.9 percent": (
        replace(COMPLETE, acceptance_tests=(AcceptanceTest(1000, 949, date(2025, 3, 20), NOON - 70 * DAY),)),
        "DEV_ACCEPTANCE_TEST_FAILED",
    ),
    "secret unit without consent": (
        with_site(place_type=PlaceType.MILITARY_OR_SECRET_VICINITY),
        "DEV_SECRET_SITE_CONSENT_MISSING",
    ),
    "party pays": (with_provision(funding=Funding.PARTY), "DEV_COST_SHIFTED"),
    "party shares": (with_provision(funding=Funding.SHARED_WITH_PARTY), "DEV_COST_SHIFTED"),
    "market entity without contract": (
        with_provision(installer=InstallerType.MARKET_ENTITY),
        "DEV_CONTRACT_MISSING",
    ),
    "market entity paid by fines": (
        with_contract(
            with_provision(installer=InstallerType.MARKET_ENTITY, revenue_link=RevenueLink.INDIRECT)
        ),
        "DEV_MARKET_ENTITY_REVENUE",
    ),
    "another city's division": (with_site(division="320106"), "OUT_OF_TERRITORY"),
    "another city's coordinates": (
        with_site(longitude=Decimal("113.646149"), latitude=Decimal("34.800671")),
        "OUT_OF_TERRITORY",
    ),
    "no division": (with_site(division=None), "TERRITORY_UNKNOWN"),
    "no coordinates": (with_site(longitude=None, latitude=None), "NO_LOCATION"),
}


@pytest.mark.parametrize("dossier, code", SPOILT.values(), ids=SPOILT.keys())
def test_each_guard_fails_alone(dossier: Dossier, code: str) -> None:
    assert codes(dossier) == [code]


LAW_OF: dict[str, list[Article]] = {
    "local regulation alone": [APL_41_1, PJ_2_1],
    "no legal review": [APL_41_1, NJ_9],
    "no technical review": [APL_41_1, NJ_9],
    "no standard": [APL_41_1, NJ_8],
    "no acceptance test": [APL_41_1, NJ_8],
    "expired certificate": [METROLOGY_9, APL_41_1, PJ_2_4],
    "no sign": [APL_41_1, NJ_10],
    "not published": [APL_41_1, NJ_10],
    "lead time runs": [NJ_10],
    "market entity paid by fines": [PJ_1, PJ_2_6],
    "market entity without contract": [PJ_1],
    "another city's division": [NJ_2],
}


@pytest.mark.law(APL_41_1, METROLOGY_9, NJ_2, NJ_8, NJ_9, NJ_10, PJ_1, PJ_2_1, PJ_2_4, PJ_2_6)
@pytest.mark.parametrize("spoilt, articles", LAW_OF.items(), ids=LAW_OF.keys())
def test_each_guard_names_the_law_it_rests_on(spoilt: str, articles: list[Article]) -> None:
    (violation,) = compliance.evaluate(SPOILT[spoilt][0], PROFILE, NOON)

    assert violation.law == "; ".join(str(article) for article in articles)


@pytest.mark.law(NJ_9, VSR_8)
def test_a_private_place_offends_both_regulations() -> None:
    (violation,) = compliance.evaluate(with_site(place_type=PlaceType.TOILET), PROFILE, NOON)

    assert violation.law == f"{NJ_9}; {VSR_8}"


@pytest.mark.law(NJ_9, VSR_8)
@pytest.mark.parametrize("place", sorted(PROHIBITED_PLACES))
def test_NJ_9_4_no_device_stands_in_a_private_place(place: PlaceType) -> None:
    assert codes(with_site(place_type=place)) == ["DEV_PROHIBITED_PLACE"]


def test_a_party_may_pay_for_its_own_device_under_a_legal_duty() -> None:
    own = with_provision(
        funding=Funding.PARTY, owner=OwnerType.REGULATED_PARTY, obligation_basis="《X法》第九条"
    )

    assert codes(own) == []


@pytest.mark.law(PJ_1)
def test_a_market_entity_may_build_for_the_treasury_with_its_contract_on_record() -> None:
    built = with_provision(installer=InstallerType.MARKET_ENTITY)
    tomorrow = with_contract(built, declared_on=(NOON + DAY).date())

    assert codes(with_contract(built)) == []
    assert codes(built) == codes(tomorrow) == ["DEV_CONTRACT_MISSING"]


@pytest.mark.law(METROLOGY_9, PJ_2_4)
def test_a_certificate_counts_to_the_end_of_its_last_day_in_shanghai() -> None:
    last = datetime(2025, 6, 30, 23, 59, 59, tzinfo=BEIJING)
    midnight = datetime(2025, 7, 1, 0, 0, tzinfo=BEIJING)

    assert codes(COMPLETE, last) == []
    assert codes(COMPLETE, midnight) == ["DEV_VERIFICATION_EXPIRED"]


def test_a_certificate_does_not_count_before_it_is_on_record() -> None:
    backdated = replace(CERTIFICATE, recorded_at=NOON + DAY)

    assert codes(replace(COMPLETE, certificates=(backdated,))) == ["DEV_VERIFICATION_MISSING"]


def test_a_verification_passed_after_a_failed_one_counts_again() -> None:
    failed = replace(CERTIFICATE, result=Result.FAIL, verified_on=date(2025, 5, 1))
    again = replace(CERTIFICATE, verified_on=date(2025, 5, 20))

    assert codes(replace(COMPLETE, certificates=(CERTIFICATE, failed, again))) == []


@pytest.mark.parametrize("kind", [PaperKind.CALIBRATION, PaperKind.TYPE_TEST])
def test_where_no_regulation_exists_a_calibration_or_type_test_is_asked(kind: PaperKind) -> None:
    bare = with_function(metrology=Metrology.NO_REGULATION)
    proved = replace(bare, certificates=(replace(CERTIFICATE, kind=kind),))

    assert codes(bare) == ["DEV_VERIFICATION_MISSING"]
    assert codes(proved) == []


def test_a_picture_that_measures_nothing_needs_no_certificate() -> None:
    assert codes(replace(with_function(metrology=Metrology.NONE), certificates=())) == []


@pytest.mark.law(APL_41_1)
@pytest.mark.parametrize("days, passes", [(365, True), (366, False)])
def test_a_review_is_at_most_twelve_months_old_at_the_approval(days: int, passes: bool) -> None:
    approved_at = COMPLETE.approvals[0].at
    old = Review(Result.PASS, "officer:tech", approved_at - days * DAY)

    failed = codes(replace(COMPLETE, technical_reviews=(old,)))

    assert failed == ([] if passes else ["DEV_TECH_REVIEW_MISSING"])


def test_a_review_does_not_grow_too_old_after_the_approval() -> None:
    later = datetime(2026, 5, 1, tzinfo=UTC)
    certified = replace(COMPLETE, certificates=(replace(CERTIFICATE, valid_until=date(2026, 12, 31)),))

    assert codes(certified, later) == []


def test_a_profile_without_its_figure_refuses_instead_of_guessing() -> None:
    with pytest.raises(Refusal) as refusal:
        compliance.evaluate(COMPLETE, load_profile("NJ"), NOON)

    assert refusal.value.code == "PROFILE_INCOMPLETE"


@pytest.mark.law(APL_41_1)
def test_every_failed_guard_is_named_in_one_refusal() -> None:
    bare = Dossier(COMPLETE.device)

    with pytest.raises(Refusal) as refusal:
        compliance.require(compliance.evaluate(bare, PROFILE, NOON), "Device x")

    assert (refusal.value.kind, refusal.value.code) == (Kind.CONFLICT, "DEV_GUARD_FAILED")
    assert refusal.value.article is APL_41_1
    assert [violation.code for violation in refusal.value.violations] == [
        "DEV_LEGAL_REVIEW_MISSING",
        "DEV_TECH_REVIEW_MISSING",
        "DEV_STANDARD_NONCONFORM",
        "DEV_VERIFICATION_MISSING",
        "DEV_SIGNAGE_MISSING",
        "DEV_ACCEPTANCE_TEST_MISSING",
        "DEV_NOT_PUBLISHED",
    ]
