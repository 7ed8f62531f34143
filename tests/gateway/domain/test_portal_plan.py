"""What the portal computes by itself: the plan of points, sums as people type them, and words for every code."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from case.documents import INTERNAL, DocumentKind
from case.domain import deadlines
from case.domain.outcomes import Outcome
from case.domain.procedure import State
from common.values.catalogue import PenaltyKind
from device_registry.domain.words import DeviceKind
from gateway.web.portal.cases import rule_of
from gateway.web.portal.money import fen_of
from gateway.web.portal.plan import HEIGHT, WIDTH, plan_of
from gateway.web.words import entries


def test_a_plan_is_to_scale_with_north_up_and_holds_every_point() -> None:
    plan = plan_of([(1, 121.40, 31.20), (2, 121.50, 31.20), (3, 121.40, 31.25)])

    assert plan is not None
    one, two, three = plan.points
    assert (one.y, one.x) == (two.y, three.x)
    assert one.x < two.x
    assert three.y < one.y
    # A degree of longitude is shorter than one of latitude by the cosine of the latitude.
    assert (two.x - one.x) / (one.y - three.y) == pytest.approx(2 * 0.8552, rel=0.001)
    assert all(0 < point.x < WIDTH and 0 < point.y < HEIGHT for point in plan.points)
    assert float(plan.bar_km) / plan.bar == pytest.approx(0.05 * 111.32 / (one.y - three.y), rel=0.01)


def test_one_point_has_a_plan_and_none_has_not() -> None:
    plan = plan_of([(1, 121.4, 31.2)])

    assert plan is not None
    assert (plan.points[0].x, plan.points[0].y, plan.bar > 0) == (WIDTH / 2, HEIGHT / 2, True)
    assert plan_of([]) is None


@pytest.mark.parametrize(
    ("typed", "fen"),
    [
        ("100", 10_000),
        ("100.5", 10_050),
        ("1,000.05", 100_005),
        ("", None),
        ("-1", None),
        ("1.005", None),
        ("一百", None),
    ],
)
def test_yuan_are_read_as_people_type_them(typed: str, fen: int | None) -> None:
    assert fen_of(typed) == fen


def _rules() -> set[str]:
    source = Path(deadlines.__file__).read_text()
    named = re.findall(r"""(?:Period|_agency|_party|_court)\(\s*f?"([a-z_]+)""", source)
    named += re.findall(r"""rule = f?"([a-z_]+)""", source)
    return {rule_of(name.rstrip("_")) for name in named}


def test_every_code_that_a_case_can_show_its_party_has_words() -> None:
    codes = [f"state.{each}" for each in State]
    codes += [f"outcome.{each}" for each in Outcome]
    codes += [f"penalty.{each}" for each in PenaltyKind]
    codes += [f"document.{each}" for each in DocumentKind if each not in INTERNAL]
    codes += [f"device.kinds.{each}" for each in DeviceKind]
    codes += [f"due.{each}" for each in _rules()]

    assert len(_rules()) > 20
    assert [each for each in codes if f"portal.{each}" not in entries()] == []
