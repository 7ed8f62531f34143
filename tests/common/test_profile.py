"""The shipped profiles: what they hold, and what the loader refuses."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal
from hashlib import sha256
from importlib.resources import files
from itertools import product
from typing import Any

import pytest

from common.values.datafiles import decoded, load_profile, parse_profile
from common.values.errors import Refusal
from common.values.profile import BasisPolicy, CatalogueItem, Limits

DEMO = load_profile("DEMO")
ON = date(2025, 3, 3)


def read(name: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(
        (files("common.values") / "data" / f"profile-{name}.json").read_bytes()
    )
    return document


@pytest.mark.parametrize("name", ["NJ", "PJ"])
def test_a_city_that_set_no_figures_ships_without_them(name: str) -> None:
    profile = load_profile(name)

    assert profile.thresholds.hearing_fine_person is None
    assert profile.thresholds.collective_fine is None
    assert (profile.offices, profile.catalogue, profile.basis_policy) == ((), (), BasisPolicy.STRICT)


def test_the_fictitious_city_fills_every_figure() -> None:
    thresholds = DEMO.thresholds

    assert None not in (
        thresholds.hearing_fine_person,
        thresholds.hearing_fine_org,
        thresholds.collective_fine,
    )
    assert DEMO.office("示范市交通执法支队").document_prefix == "示交执"
    assert (DEMO.trial.min_captures, DEMO.publication_lead_days) == (100, 30)
    assert (
        DEMO.digest == sha256((files("common.values") / "data" / "profile-DEMO.json").read_bytes()).digest()
    )


@pytest.mark.parametrize(
    ("spelling", "code"),
    [("崇明区", "310151"), ("崇明县", "310151"), ("310115", "310115"), ("浦东新区", "310115")],
)
def test_a_division_is_found_by_its_name_its_code_and_its_older_spelling(spelling: str, code: str) -> None:
    division = DEMO.division(spelling)

    assert division is not None
    assert division.code == code
    assert DEMO.division("吴江区") is None


@pytest.mark.parametrize(
    ("longitude", "latitude", "ours"),
    [
        ("121.407287", "31.142884", True),
        ("-999.000000", "-999.000000", False),
        ("118.780000", "32.060000", False),
    ],
)
def test_the_territory_is_a_box_that_knows_inside_from_outside(
    longitude: str, latitude: str, ours: bool
) -> None:
    assert DEMO.covers(Decimal(longitude), Decimal(latitude)) is ours


def test_every_combination_of_circumstances_has_a_tier_inside_the_statutory_range() -> None:
    item = DEMO.item("CM-0107", on=ON)
    factors = [factor for tier in item.tiers for factor in tier.factors]
    codes = {f.code: {v for g in factors if g.code == f.code for v in g.values} for f in factors}

    for values in product(*codes.values()):
        circumstances = dict(zip(codes, values, strict=True))
        matching = [t for t in item.tiers if all(circumstances[f.code] in f.values for f in t.factors)]
        assert matching
        assert item.min_fen <= matching[0].min_fen <= matching[0].proposed_fen
        assert matching[0].proposed_fen <= matching[0].max_fen <= item.max_fen


def test_a_violation_outside_the_catalogue_is_refused() -> None:
    with pytest.raises(Refusal, match="CM-0107") as refusal:
        DEMO.item("CM-9999", on=ON)

    assert refusal.value.code == "NOT_IN_CATALOGUE"
    assert DEMO.ruleset("CM-0107", on=ON).id == "CITY.SIDEWALK_PARKING@3"


@pytest.mark.parametrize(
    ("name", "n"),
    [
        ("pay_cd", 14),
        ("reconsideration_cd", 59),
        ("litigation_months", 5),
        ("hearing_request_wd", 4),
        ("hearing_notice_wd", 6),
        ("public_notice_cd", 29),
        ("demand_wait_wd", 9),
        ("service_wd", 8),
        ("withdraw_publication_wd", 4),
        ("limitation_years", 6),
    ],
)
def test_no_city_shortens_the_partys_time_or_lengthens_its_own(name: str, n: int) -> None:
    with pytest.raises(ValueError, match=f"the law says: {name}"):
        replace(DEMO.limits, **{name: n})


@pytest.mark.parametrize("code", ["3100000000503000000", "31000000002000000001", "3100000000503000000x"])
def test_a_platform_has_a_code_of_twenty_digits_and_the_type_of_a_platform(code: str) -> None:
    with pytest.raises(ValueError, match="viid_server_id has 20 digits"):
        replace(DEMO.evidence, viid_server_id=code)


@pytest.mark.parametrize(
    ("damage", "place"),
    [
        ({"review_wd": "5"}, "DEMO/limits/review_wd: int_type"),
        ({"review_wd": 5.0}, "DEMO/limits/review_wd: int_type"),
        ({"review_wd": True}, "DEMO/limits/review_wd: int_type"),
        ({"review_wd": None}, "DEMO/limits/review_wd: int_type"),
        ({"unknown": 1}, "DEMO/limits/unknown: unexpected_keyword_argument"),
        ({"pay_cd": 14}, "DEMO/limits: value_error, Value error, the law says: pay_cd is at least 15"),
    ],
)
def test_a_profile_file_that_says_something_else_is_not_loaded(damage: dict[str, object], place: str) -> None:
    limits = read("DEMO")["limits"]

    assert decoded(Limits, limits, "DEMO/limits") == DEMO.limits
    with pytest.raises(ValueError, match=place):
        decoded(Limits, limits | damage, "DEMO/limits")


def test_every_missing_key_is_named_with_its_place() -> None:
    with pytest.raises(
        ValueError, match=r"DEMO/catalogue/0/code: missing.*; DEMO/catalogue/0/ruleset: missing"
    ):
        decoded(CatalogueItem, {}, "DEMO/catalogue/0")


def test_a_number_with_a_point_is_refused_with_its_place() -> None:
    text = json.dumps(read("DEMO")).replace('"120.850000"', "120.85")

    with pytest.raises(ValueError, match="DEMO/territory/west: decimal_type"):
        parse_profile(text.encode(), "DEMO")


@pytest.mark.parametrize(
    "url", ["http://organ.example/", "javascript:alert(1)", "//organ.example", "HTTPS:organ"]
)
def test_the_organ_of_reconsideration_is_reached_over_tls(url: str) -> None:
    profile = read("DEMO")
    profile["offices"][0]["reconsideration_url"] = url

    with pytest.raises(ValueError, match="reconsideration_url begins with https://"):
        parse_profile(json.dumps(profile).encode(), "DEMO")
