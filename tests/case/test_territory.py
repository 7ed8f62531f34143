"""Where a device stands and an act happened (NJ 2): inside the territory, by GB/T 2260, or not at all."""

from __future__ import annotations

import json
from dataclasses import replace
from importlib.resources import files
from typing import Any

import pytest

from common.values.catalogue import BasisLevel, Clause
from common.values.datafiles import parse_profile
from common.values.law import NJ_2
from common.values.overrides import Override
from tests.case.story import Story
from tests.device_registry.stories import register, registration
from tests.given import CHECKED, a_camera_in_service, accepted_evidence
from tests.snapshots import PEOPLE
from tests.world import World


def without_the_place(world: World) -> None:
    """The district of the camera is another city's from here on."""
    ours = world.runtimes["case"].profile.admin_divisions
    world.adopt(admin_divisions=tuple(each for each in ours if each.code != "310101"))


@pytest.mark.law(NJ_2)
async def test_NJ_2_1_a_device_stands_in_a_district_or_street_of_the_city(world: World) -> None:
    outside = [
        await world.person("DEVICE_ADMIN").post("/v1/devices", json=registration(division=code))
        for code in ("320106", "320106002", "3101010021")
    ]

    street = await register(world, division="310101002")
    district = await register(world, division="310101", device_code="31010100001190000077")

    shown = [
        (await world.person("DEVICE_ADMIN").get(f"/v1/devices/{device}")).json()["division"]
        for device in (street, district)
    ]
    assert shown == ["310101002", "310101"]
    assert [(a.status_code, a.json()["code"]) for a in outside] == [(422, "OUT_OF_TERRITORY")] * 3


@pytest.mark.law(NJ_2)
@pytest.mark.begins(CHECKED)
async def test_NJ_2_1_a_capture_outside_the_territory_opens_no_lead(world: World) -> None:
    watching = await a_camera_in_service(world)
    without_the_place(world)
    await accepted_evidence(world, watching)
    await world.settle()

    assert (await world.person("CASE_OFFICER").get("/v1/cases")).json()["items"] == []


@pytest.mark.law(NJ_2)
@pytest.mark.begins("prompt")
async def test_NJ_2_1_a_case_outside_the_territory_is_neither_filed_nor_decided(world: World) -> None:
    story = await (await Story(world).opened()).walk("apply")
    place = (await story.view())["admin_division"]
    profile = world.runtimes["case"].profile
    without_the_place(world)

    unfiled = await story.file()
    world.adopt(admin_divisions=profile.admin_divisions)
    await story.walk("file")
    without_the_place(world)
    undecided = await story.decide()

    assert place == "310101"
    assert (unfiled.status_code, unfiled.json()["code"], unfiled.json()["article"]) == (
        422, "OUT_OF_TERRITORY", "NJ 2",
    )  # fmt: skip
    assert "OUT_OF_TERRITORY" in {each["code"] for each in undecided.json()["violations"]}


SOURCE = {"level": "LOCAL_GOV_RULE", "name": "示范市非现场执法规定", "article": "第一条"}


def demo(**changes: Any) -> bytes:
    document = json.loads((files("common.values") / "data" / "profile-DEMO.json").read_bytes())
    limits = document["limits"] | changes.pop("limits", {})
    return json.dumps(document | {"limits": limits} | changes).encode()


@pytest.mark.law(NJ_2)
def test_NJ_2_1_a_figure_that_leaves_its_default_names_its_legal_source() -> None:
    lead = {"figure": "publication_lead_days", "source": SOURCE}
    pay = {"figure": "limits.pay_cd", "source": SOURCE}

    for changes, message in (
        ({"publication_lead_days": 10}, "no legal source is named for publication_lead_days"),
        ({"limits": {"pay_cd": 30}, "overrides": [lead]}, "no legal source is named for limits.pay_cd"),
        ({"overrides": [lead]}, "which the city does not set otherwise"),
        ({"basis_policy": "VARIANCE"}, "no legal source is named for basis_policy"),
    ):
        with pytest.raises(ValueError, match=message):
            parse_profile(demo(**changes), "DEMO")
    changed = parse_profile(
        demo(publication_lead_days=10, limits={"pay_cd": 30}, overrides=[lead, pay]), "DEMO"
    )
    assert (changed.publication_lead_days, changed.limits.pay_cd) == (10, 30)
    assert replace(changed.overrides[0]).source.name == "示范市非现场执法规定"


@pytest.mark.begins(PEOPLE)
async def test_NJ_2_1_anybody_reads_the_profile_with_its_sources_and_its_open_points(world: World) -> None:
    world.adopt(
        overrides=(Override("limits.pay_cd", Clause(BasisLevel.LOCAL_GOV_RULE, "示范规定", "第一条")),)
    )

    shown = (await world.anonymous.get("/v1/catalogue/profile")).json()

    assert (shown["profile"], len(shown["sha256"]), len(shown["points"])) == ("DEMO", 64, 15)
    assert shown["overrides"][0] == {
        "figure": "limits.pay_cd", "level": "LOCAL_GOV_RULE", "name": "示范规定", "article": "第一条",
    }  # fmt: skip
    still_open = [point["n"] for point in shown["points"] if point["closed_on"] is None]
    assert still_open == [1, 2, 3, 5, 6, 10, 11, 12, 13, 14, 15]
