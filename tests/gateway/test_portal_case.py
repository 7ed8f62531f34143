"""The party's case in the portal: read, answered, signed for, and nothing of anybody else's."""

from __future__ import annotations

import re

import pytest

from tests.case.story import Story
from tests.gateway.browser import Browser
from tests.world import World

NOTIFIED = "serve notice"


@pytest.mark.begins(NOTIFIED)
async def test_the_party_signs_for_a_document_or_declines_once_and_gets_a_receipt(world: World) -> None:
    story = await Story(world).opened()
    me = await Browser.of(world, "PARTY")
    await me.open(f"/portal/cases/{story.case_id}")
    linked = re.findall(rf'href="(/portal/cases/{story.case_id}/messages/[^"]+)"', me.page)
    first, second = linked[0], linked[-1]  # the prior notice, and the prompt

    await me.open(first)
    await me.follow(await me.submit(f"{first}/refuse"))
    assert "您已于 2025 年" in me.page
    assert "拒绝签收。" in me.page
    assert f"{first}/sign" not in me.page
    again = await me.world.person("PARTY").post(
        f"/v1/inbox/{first.rpartition('/')[2]}/acknowledgements", json={}
    )
    assert (again.status_code, again.json()["code"]) == (409, "NOTI_ENGAGED_ALREADY")

    await me.open(second)
    await me.follow(await me.submit(f"{second}/sign"))
    assert "签收。" in me.page
    assert (await world.record_types("notification", "message/%"))[-2:] == [
        "message.read",
        "message.acknowledged",
    ]
