"""Every figure of a profile is read by the product, or another value of it does not load (fault C14)."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Final, get_args, get_type_hints

import pytest

from common.values.datafiles import parse_profile
from common.values.law import NJ_2
from common.values.profile import Profile

ROOT: Final = Path(__file__).parents[2]
_PRODUCT: Final = ("services", "gateway", "cli", "libs/common")

REFUSED: Final[dict[str, object]] = {
    "basis_policy": "VARIANCE",
    "summary_for_offsite": True,
    "service.consent_required": False,
    "annex1.amount_unit": "WAN_YUAN",
    "annex1.fine_basis": "COLLECTED",
    "siting.prohibited_places.0.signed_off_on": "2025-01-02",
    "rulesets.0.media.panorama_min": 1,
    "rulesets.0.media.closeup_min": 1,
    "rulesets.0.media.video_min_s": 1,
    "rulesets.0.reviewers_to_accept": 3,
    "rulesets.0.reviewers_to_reject": 2,
    "rulesets.0.ai_auto_accept": True,
    "rulesets.0.ai_auto_reject": True,
}
"""A value that asks for what is not built, or what the law forbids: the profile with it does not load."""

WAITING: Final = {
    "clock_stops": "the suspension of a case",
    "limits.dispute_wd": "the period of an objection to a capture",
    "limits.file_extension_cd": "the extension of the decision on filing",
    "limits.hearing_request_wd": "the hearing",
    "limits.hearing_notice_wd": "the hearing",
    "limits.publish_wd": "the publication of decisions",
    "limits.withdraw_publication_wd": "the withdrawal of a publication",
    "limits.demand_wait_wd": "the demand",
    "limits.court_apply_months": "the application to the court",
    "performance.apply_months": "the application to the court",
    "performance.demand_cd": "the demand",
    "performance.demand_wd": "the demand",
    "performance.instalments_at_most": "instalments",
    "performance.relief_answer_wd": "instalments and deferral",
    "performance.suspended_years": "the end of an enforcement",
    "rulesets.required_fields": "a check of each named field",
    "rulesets.merge.key": "captures merged into one act",
    "rulesets.merge.split_on": "captures merged into one act",
}
"""Figures that nothing reads yet, and the act that will. The list only becomes shorter."""


@cache
def figures(kind: type = Profile, path: str = "") -> tuple[str, ...]:
    """The place of every figure, `limits.pay_cd`; of a list it is that of its items."""
    return tuple(_figures(kind, path))


def _figures(kind: type, path: str) -> Iterator[str]:
    hints = get_type_hints(kind)
    for field in fields(kind):
        where = f"{path}.{field.name}".lstrip(".")
        inner = next((each for each in _kinds(hints[field.name]) if is_dataclass(each)), None)
        if inner is None:
            yield where
        else:
            yield from _figures(inner, where)


def _kinds(hint: Any) -> Iterator[Any]:
    yield hint
    for inner in get_args(hint):
        yield from _kinds(inner)


@cache
def read() -> frozenset[str]:
    """The names of the attributes that the product reads, but for what defines and checks the profile itself."""
    names = set()
    for folder in _PRODUCT:
        for path in (ROOT / folder).rglob("*.py"):
            if path.parent.name == "values" and path.stem not in ("discretion", "profiles", "datafiles"):
                continue
            tree = ast.parse(path.read_text())
            names |= {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    return frozenset(names)


@pytest.mark.parametrize("n", [4, 7, 8, 9])
def test_a_profile_does_not_rest_on_a_point_that_its_legal_office_left_open(n: int) -> None:
    closed = json.loads(changed("version", "2025.9"))["closed_points"]

    with pytest.raises(ValueError, match=rf"DEMO/closed_points: point {n} \("):
        parse_profile(changed("closed_points", [point for point in closed if point["n"] != n]), "DEMO")
    with pytest.raises(ValueError, match="there is no point 16"):
        parse_profile(changed("closed_points.0.n", 16), "DEMO")


def changed(place: str, value: object) -> bytes:
    """The profile DEMO with `value` at `place`."""
    document = json.loads((files("common.values") / "data" / "profile-DEMO.json").read_bytes())
    *way, last = place.split(".")
    inner = document
    for step in way:
        inner = inner[int(step) if step.isdigit() else step]
    inner[last] = value
    return json.dumps(document).encode()


@pytest.mark.parametrize(("place", "value"), REFUSED.items(), ids=list(REFUSED))
def test_a_figure_that_asks_for_what_is_not_built_does_not_load(place: str, value: object) -> None:
    parse_profile(changed("version", "2025.9"), "DEMO")

    with pytest.raises(ValueError, match=r"DEMO|EVD_RULESET_AUTO_ACCEPT"):
        parse_profile(changed(place, value), "DEMO")


@pytest.mark.law(NJ_2)
def test_every_figure_is_read_or_refused_or_named_with_the_act_that_waits_for_it() -> None:
    refused = {".".join(step for step in place.split(".") if not step.isdigit()) for place in REFUSED}
    by_values = {  # what the values themselves ask of a profile
        "admin_divisions.aliases", "siting.prohibited_places.place_type", "siting.prohibited_places.signed_off_by",
        "siting.compatible_violations", "overrides.figure", "overrides.source.level", "overrides.source.name",
        "overrides.source.article", "closed_points.n", "closed_points.by", "closed_points.on",
        "closed_points.in_document", "seal.demanded",
    }  # fmt: skip

    unread = {each for each in figures() if each.rsplit(".", 1)[-1] not in read()}

    assert unread - refused - by_values - set(WAITING) == set()
    assert set(WAITING) <= set(figures())
