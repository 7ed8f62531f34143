"""Every page of the desk as every role: it shows no more than the API gives this person, and hostile text is inert."""

from __future__ import annotations

import re

import httpx
import pytest

from common.policy.matrix import ROLES
from mz.demo import orders
from tests.case.story import Story
from tests.gateway.browser import Browser
from tests.world import World

_HOSTILE = "<img src=x onerror=alert(1)>\"'{{7*7}}</textarea><script>alert(2)</script>"
_PAGES = (
    "/console/today",
    "/console/cases",
    "/console/cases?view=board",
    "/console/cases?state=%3Cscript%3E",
    "/console/devices",
    "/console/devices/{device}",
    "/console/imports",
    "/console/cleanup",
    "/console/exchange",
    "/console/overview",
    "/console/purpose?to=//evil.example",
    "/console/cases/{case}",
    "/console/cases/{case}/acts/defence-review",
    "/console/cases/{case}/acts/unmaskings",
)


async def every_page(world: World, story: Story, role: str, agency: int) -> list[httpx.Response]:
    """The pages as somebody with `role` gets them, with a purpose stated."""
    browser = await Browser.of(world, role, agency)
    page = await browser.open("/console/purpose")
    offered = re.findall(r'name="purpose" value="(\w+)"', page)
    await browser.submit("/console/purpose", purpose=offered[0])
    device = (await story.view())["exhibits"][0]["device_id"]
    paths = [path.format(case=story.case_id, device=device) for path in _PAGES]
    return [await browser.request("GET", path) for path in paths]


@pytest.mark.slow
@pytest.mark.begins("serve notice")
async def test_no_page_shows_whom_the_api_masks_and_hostile_text_is_inert(world: World) -> None:
    story = await Story(world).opened()
    assert (await story.act("PARTY", "defences", {"statement": _HOSTILE, "final": False})).status_code == 201
    party = orders.party(world.person("PARTY").id)
    planted = [party["name"], party["identity_number"], party["address"], "沪A·示0001", "沪A示0001"]
    seen: dict[tuple[str, str], int] = {}

    for role in ROLES:
        for agency in (0, 1):
            try:
                world.person(role, agency)
            except LookupError:
                continue
            for answer in await every_page(world, story, role, agency):
                where = (role, answer.request.url.path)
                shown = answer.text
                assert answer.status_code in (200, 303, 403, 404, 422), (where, answer.status_code)
                assert not [text for text in planted if text in shown], where
                assert "<img src=x" not in shown, where
                assert "<script>alert" not in shown, where
                assert "evil.example" not in answer.headers.get("location", ""), where
                if agency == 1 and story.case_id in str(answer.request.url):
                    assert answer.status_code in (403, 404), where
                if agency == 0:
                    seen[where] = answer.status_code

    assert seen["CASE_OFFICER", f"/console/cases/{story.case_id}"] == 200
    assert seen["SUPERVISOR", f"/console/cases/{story.case_id}"] == 403
    assert seen["SUPERVISOR", "/console/overview"] == 200


@pytest.mark.begins("serve notice")
async def test_a_statement_is_shown_as_it_was_written(world: World) -> None:
    story = await Story(world).opened()
    await story.act("PARTY", "defences", {"statement": _HOSTILE, "final": False})
    browser = await Browser.of(world, "TEAM_LEAD")
    await browser.open("/console/purpose")
    await browser.submit("/console/purpose", purpose="CASE_HANDLING")

    page = await browser.open(f"/console/cases/{story.case_id}/acts/defence-review")

    assert "&lt;img src=x onerror=alert(1)&gt;" in page
    assert "{{7*7}}" in page
    assert 'name="answers.0.number" value="1" readonly' in page
