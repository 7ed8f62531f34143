"""The geometry behind NJ 9: which cells a circle touches, which mask covers a window, which device is near."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from itertools import product

import pytest

from common.values.errors import Refusal
from common.values.law import VSR_8
from common.values.sitingrules import ProhibitedPlace, SitingRules
from device_registry.domain import coverage, siting
from device_registry.domain.device import DeviceKind, State
from device_registry.domain.places import metres_apart
from device_registry.domain.privacy import FieldOfView, Polygon, require_masked
from tests.device_registry.domain.dossiers import AGENCY, DEVICE, NOON, PROFILE, SITE

SQUARE: Polygon = ((100, 100), (200, 100), (200, 200), (100, 200))
LONGITUDE, LATITUDE = Decimal("121.445721"), Decimal("31.210443")


@pytest.mark.parametrize(
    ("mask", "covers"),
    [
        (SQUARE, True),
        (((100, 100), (201, 100), (201, 201), (100, 201)), True),
        (((101, 100), (200, 100), (200, 200), (101, 200)), False),
        (((0, 0), (1000, 0), (0, 250)), True),
        (((0, 0), (300, 0), (0, 300)), False),
        # Every corner of the window lies in this mask, but a notch reaches into it from above.
        (((50, 50), (140, 50), (150, 150), (160, 50), (250, 50), (250, 250), (50, 250)), False),
        (
            (((50, 50), (150, 50), (150, 200), (160, 200), (160, 50), (250, 50), (250, 250), (50, 250))),
            False,
        ),
        (((300, 300), (400, 300), (400, 400)), False),
    ],
    ids=["equal", "larger", "edge-short", "triangle", "triangle-short", "notch", "slit", "elsewhere"],
)
@pytest.mark.law(VSR_8)
def test_one_mask_covers_a_window_from_edge_to_edge(mask: Polygon, covers: bool) -> None:
    view = FieldOfView("ab" * 32, (SQUARE,), (mask,))

    if covers:
        require_masked(view)
    else:
        with pytest.raises(Refusal) as refusal:
            require_masked(view)
        assert (refusal.value.code, refusal.value.facts) == ("DEV_PRIVACY_MASK_MISSING", {"windows": [0]})


def test_a_circle_lies_in_the_cells_that_are_named_for_it() -> None:
    for radius in (1, 200, 1_500):
        cells = coverage.cells_around(LONGITUDE, LATITUDE, metres=radius)
        for east, north in product((-1, 0, 1), repeat=2):
            point = (
                LONGITUDE + east * Decimal(radius) / 96_000,
                LATITUDE + north * Decimal(radius) / 111_500,
            )
            if metres_apart((LONGITUDE, LATITUDE), point) <= radius:
                assert coverage.cell_of(*point) in cells
        assert list(cells) == sorted(cells)


def test_cells_are_whole_numbers_of_the_database_everywhere_on_earth() -> None:
    for longitude, latitude in product(("-180", "0", "180"), ("-90", "0", "90")):
        cell = coverage.cell_of(Decimal(longitude), Decimal(latitude))
        assert cell is not None
        assert 0 <= cell < 2**31


def neighbour(**changes: object) -> coverage.Standing:
    here = coverage.Standing(
        DEVICE.id,
        AGENCY,
        None,
        DeviceKind.FIXED_CAMERA,
        State.ACTIVE,
        "示例路",
        LONGITUDE,
        LATITUDE,
        ("CM-0107",),
    )
    return replace(here, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "offered"),
    [
        ({}, True),
        ({"latitude": Decimal("31.212240")}, True),  # 199.8 m
        ({"latitude": Decimal("31.212251")}, False),  # 201 m, rounded up
        *(({"state": state}, state not in coverage.NOT_STANDING) for state in State),
        ({"kind": DeviceKind.UAV}, False),
        ({"functions": ("CM-0301",)}, False),
        ({"functions": ("CM-0301", "CM-0107")}, True),
    ],
)
def test_a_device_is_offered_that_stands_near_and_records_the_same(
    changes: dict[str, object], offered: bool
) -> None:
    found = coverage.near([neighbour(**changes)], SITE, violations=["CM-0107"], profile=PROFILE)

    assert bool(found) is offered


def test_the_city_says_which_violations_one_device_may_record_together() -> None:
    rules = SitingRules((), (("CM-0107", "CM-0301"),))
    profile = replace(PROFILE, siting=rules)
    speed = neighbour(functions=("CM-0301",))

    assert coverage.near([speed], SITE, violations=["CM-0107"], profile=profile)
    assert not coverage.near([speed], SITE, violations=["CM-0999"], profile=profile)


@pytest.mark.law(VSR_8)
def test_the_city_adds_places_and_takes_none_of_the_floor_away() -> None:
    added = ProhibitedPlace("SCHOOL", "市司法局", NOON.date())
    profile = replace(PROFILE, siting=SitingRules((added,), ()))
    refused = {
        place
        for place in siting.PlaceType
        if siting.prohibited_place(replace(SITE, place_type=place), profile) is not None
    }

    assert refused == siting.PROHIBITED_PLACES | {siting.PlaceType.SCHOOL}
    with pytest.raises(ValueError, match="legal office"):
        ProhibitedPlace("SCHOOL", " ", NOON.date())
