"""An agency's system is told when its feed of delivery events goes on: challenged, signed, repeated under one id."""

from __future__ import annotations

import json
from typing import Any, Final

import pytest

from mz.demo import orders
from tests.case.story import OPENED, Story
from tests.data_exchange.test_webhooks import Partner, a_partner, is_signed
from tests.notification.outbound import PHONE, Outbound, arrived, sent, taken
from tests.notification.test_telling import sendings
from tests.world import World

PATH: Final = "/v1/delivery-webhooks"


async def named(world: World, partner: Partner) -> dict[str, Any]:
    """The agency's address, after its challenge."""
    answer = await world.person("EXCHANGE_OFFICER").post(PATH, json={"url": partner.url})
    assert answer.status_code == 201, answer.text
    await world.settle(slow_jobs=False)
    hook: dict[str, Any] = answer.json()
    return hook


async def state_of(world: World, hook: dict[str, Any]) -> tuple[str, str | None]:
    listed = (await world.person("EXCHANGE_OFFICER").get(PATH)).json()["items"]
    (mine,) = [each for each in listed if each["hook_id"] == hook["hook_id"]]
    return mine["state"], mine["ended_for"]


async def later(world: World, **time: float) -> None:
    world.clock.advance(**time)
    await world.settle(slow_jobs=False)


@pytest.mark.begins(OPENED)
async def test_an_address_is_told_from_where_on_the_feed_has_news_and_reads_them_there(world: World) -> None:
    story = await Story(world).opened()
    async with a_partner() as partner:
        hook = await named(world, partner)
        assert await state_of(world, hook) == ("ACTIVE", None)
        party = orders.party(world.person("PARTY").id) | {"phone": PHONE}
        await story.act("CASE_OFFICER", "party", party)
        await story.act("CASE_OFFICER", "prompt", orders.PROMPT)
        await world.settle()
        await later(world, seconds=6)

        headers, body = partner.hints[0]
        cursor = json.loads(body)["data"]["after"]
        feed = await world.person("CASE_OFFICER").get("/v1/delivery-events", params={"after": cursor})
        assert is_signed((headers, body), hook["secret"])
        assert feed.json()["items"][0]["type"] == "delivery.accepted"
        assert not any(word in body for word in (story.case_id.encode(), PHONE.encode(), b"msg_"))
        await later(world, minutes=1)
        told = len(partner.hints)
        await later(world, minutes=1)
        assert len(partner.hints) == told  # nothing new: silence

        # The address is away: the same hint comes again, and what happens meanwhile is behind the same place.
        partner.status = 503
        outbound = Outbound(world)
        (sms,) = await outbound.of_id((await sendings(story))[0]["message_id"])
        await outbound.happens(sms, sent, taken)
        await world.settle(slow_jobs=False)
        await later(world, seconds=6)
        await outbound.happens(sms, arrived)
        partner.status = 204
        await later(world, minutes=10)
        ids = partner.ids()[told:]
        assert len(ids) >= 2
        assert ids[0] == ids[1]

        partner.status = 410
        async with world.database("notification") as db:
            await db.execute("UPDATE hook_work SET told = 0, due_at = now() - interval '9 years'")
        await later(world, seconds=6)
        assert await state_of(world, hook) == ("ENDED", "GONE")


async def test_an_address_that_does_not_answer_the_challenge_hears_nothing_and_others_may_not_end_it(
    world: World,
) -> None:
    async with a_partner(answers_challenges=False) as partner:
        hook = await named(world, partner)
        keeper, end = world.person("EXCHANGE_OFFICER"), f"{PATH}/{hook['hook_id']}/disablement"

        assert await state_of(world, hook) == ("PENDING", None)
        assert partner.hints == []
        stranger = await world.person("EXCHANGE_OFFICER", 1).post(end, json={})
        ungranted = await world.person("CASE_OFFICER").post(end, json={})
        query = await keeper.post(PATH, json={"url": partner.url + "?token=1"})
        ended = await keeper.post(end, json={})
        again = await keeper.post(end, json={})

    assert [each.status_code for each in (stranger, ungranted, query, ended, again)] == [
        404,
        403,
        422,
        201,
        409,
    ]
    assert await state_of(world, hook) == ("ENDED", "BY_AGENCY")
