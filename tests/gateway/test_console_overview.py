"""The supervisor's overview: scoped to the city, a district or a new area, and to the subtree of its reader."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.case.story import Story
from tests.gateway.browser import Browser
from tests.world import World


def figures(page: str) -> list[str]:
    """The figures at the head of the overview: cases, overdue, devices, out of use."""
    return re.findall(r"<strong[^>]*>(\d+)</strong>", page)


async def count(world: World, role: str, query: str = "", agency: int = 0) -> tuple[int, int]:
    """Cases and devices that the API counts for somebody with this role."""
    person = world.person(role, agency)
    cases = (await person.get(f"/v1/overview{query}")).json()
    devices = (await person.get(f"/v1/device-overview{query}")).json()
    return sum(row["count"] for row in cases["states"]), sum(row["count"] for row in devices["states"])


@pytest.mark.begins("review")
async def test_NJ_5_1_overviews_are_scoped_and_a_district_user_sees_only_its_subtree(world: World) -> None:
    story = await Story(world).opened()
    division = (await story.view())["admin_division"]
    city, elsewhere = f"{division[:4]}00", "320111"
    area = f"?area={elsewhere}&area={division}"  # the divisions of a new area
    supervisor = await Browser.of(world, "SUPERVISOR")
    found: dict[str, Any] = {}
    for name, query in (("all", ""), ("city", f"?area={city}"), ("district", f"?area={division}")):
        found[name] = figures(await supervisor.open(f"/console/overview{query}"))
    found["new area"] = figures(await supervisor.open(f"/console/overview{area}"))
    found["elsewhere"] = figures(await supervisor.open(f"/console/overview?area={elsewhere}"))
    page = await supervisor.open("/console/overview")
    own = figures(await (await Browser.of(world, "AGENCY_HEAD")).open("/console/overview"))
    other = figures(await (await Browser.of(world, "AGENCY_HEAD", agency=1)).open("/console/overview"))
    refused = await world.person("CASE_OFFICER").get("/v1/overview")
    wrong = await world.person("SUPERVISOR").get("/v1/overview?area=31%25")

    assert all(found[name] == ["1", "0", "1", "0"] for name in ("all", "city", "district", "new area"))
    assert found["elsewhere"] == ["0", "0", "0", "0"]
    assert (own, other) == (["1", "0", "1", "0"], ["0", "0", "0", "0"])
    assert await count(world, "SUPERVISOR", f"?area={city}") == (1, 1)
    assert await count(world, "AGENCY_HEAD", agency=1) == (0, 0)
    assert (refused.status_code, wrong.status_code) == (403, 422)
    # It only shows: no form of the page acts, and no case and nobody is named.
    assert re.findall(r'<form method="post" action="([^"]+)"', page) == ["/sign-in/out"]
    assert not {story.case_id, "示*01", "张**"} & set(re.findall(r"cas_\w+|示\*01|张\*\*", page))
