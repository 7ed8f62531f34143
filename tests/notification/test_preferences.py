"""How a party wishes to be told over HTTP, and that every way out keeps to it, up to the last moment."""

from __future__ import annotations

import asyncio
import json
from typing import Any, Final

import pytest

from common.values.ids import CaseId
from common.values.law import NJ_15, PIPL_44
from mz.demo import orders
from notification.channels.letters import letter_of
from notification.channels.postfile import manifest_of
from notification.domain.delivery import State, Why
from notification.store.deliveries import Sending
from notification.telling.context import Asked
from notification.telling.making import tell
from tests.case.story import OPENED, Story
from tests.notification.domain.test_delivery import accepted
from tests.notification.outbound import MAIL, PHONE, Outbound
from tests.notification.providers import Outside, outside
from tests.notification.test_telling import sendings
from tests.world import World

PATH: Final = "/v1/notification-preferences"
REMINDER, PROMPT = "N-02", "N-01"


async def stated(world: World, key: str = "wishes-1", **wishes: Any) -> Any:
    """The answer to the party's word."""
    headers = {"idempotency-key": key}
    return await world.person("PARTY").request("PUT", PATH, json=wishes, headers=headers)


async def a_prompted_party(world: World) -> Story:
    """A case whose party has an account, a telephone and a mailbox, and was prompted."""
    story = await Story(world).opened()
    party = orders.party(world.person("PARTY").id) | {"phone": PHONE, "email": MAIL}
    for what, order in (("party", party), ("prompt", orders.PROMPT)):
        answer = await story.act("CASE_OFFICER", what, order)
        assert answer.status_code == 201, answer.text
    await world.settle()
    return story


async def reminded(story: Story, n: int) -> list[dict[str, Any]]:
    """The deliveries of one more reminder."""
    cause = f"018f0000-0000-7000-8000-{n:012}"
    await tell(Outbound(story.world).runtime, Asked(REMINDER, CaseId(story.case_id), cause))
    lines: list[dict[str, Any]] = (await sendings(story))[-1]["deliveries"]
    return lines


@pytest.mark.law(NJ_15, PIPL_44)
async def test_a_party_says_how_it_wishes_to_be_told_and_what_the_law_demands_stays(world: World) -> None:
    party = world.person("PARTY")
    before = (await party.get(PATH)).json()

    refused = [
        await stated(world, "refused-1", statutory=False),
        await stated(world, "refused-2", channels=["SMS", "SMS"]),
        await stated(world, "refused-3", quiet_from="20:00", quiet_until="09:00"),
        await stated(world, "refused-4", quiet_from="20:00"),
    ]
    wishes = {
        "reminder": False,
        "channels": ["EMAIL"],
        "quiet_from": "20:00",
        "language": "en",
        "voice": True,
    }
    same = await asyncio.gather(
        *(stated(world, f"agreed-{n}", **wishes, quiet_until="08:00") for n in range(8))
    )

    assert (before["statutory"], before["reminder"], before["campaign"]) == (True, True, False)
    assert (before["channels"][0], before["quiet_from"], before["stated_at"]) == ("WECHAT", "21:00", None)
    assert [answer.json()["code"] for answer in refused] == [
        "NOTI_STATUTORY_STAYS",
        "NOTI_PREFERRED_CHANNELS",
        "NOTI_QUIET_HOURS",
        "NOTI_QUIET_HOURS",
    ]
    assert {answer.status_code for answer in same} == {200}
    after = (await party.get(PATH)).json()
    assert after == same[0].json()
    assert (after["reminder"], after["channels"][:2], after["quiet_until"]) == (
        False,
        ["EMAIL", "WECHAT"],
        "08:00",
    )
    # Said eight times and recorded once; the record says what the party does without, and nothing else about it.
    assert await world.record_types("notification") == ["preference.stated"]
    async with world.database("notification") as db:
        notes = b"".join(bytes(row["note"]) for row in await db.fetch("SELECT note FROM outbox"))
    assert b"REMINDER" in notes
    assert not any(word in notes for word in (b"voice", b"20:00", b"EMAIL", b'"en"'))
    officer = await world.person("CASE_OFFICER").get(PATH)
    assert officer.status_code == 403


@pytest.mark.begins(OPENED)
@pytest.mark.law(NJ_15)
async def test_what_a_party_does_without_leaves_by_no_channel_and_the_prompt_leaves_as_before(
    world: World,
) -> None:
    await stated(world, reminder=False, channels=["EMAIL"], voice=True)
    story = await a_prompted_party(world)

    (prompt,) = await sendings(story)
    assert [line["channel"] for line in prompt["deliveries"]] == ["EMAIL"]
    assert await reminded(story, 1) == []
    # The inbox shows it nevertheless, and the officers learn that the party would rather be called.
    assert [each["code"] for each in await story.inbox()] == [PROMPT, REMINDER]
    listed = await world.person("CASE_OFFICER").get("/v1/messages", params={"case_id": story.case_id})
    assert listed.json()["to_be_called"] == [world.person("PARTY").id]

    # What stands in line when the party changes its mind is asked about once more.
    await stated(world, "wishes-2")
    assert [line["channel"] for line in await reminded(story, 2)] == ["SMS"]
    await stated(world, "wishes-3", reminder=False)
    async with outside(world) as out:
        async with world.database("notification") as db:
            await db.execute("INSERT INTO delivery_work SELECT id, 1, created_at FROM deliveries")
        await out.dispatch()
        await out.dispatch()
    states = [
        (each["code"], [line["state"] for line in each["deliveries"]]) for each in await sendings(story)
    ]
    assert states == [(PROMPT, ["HELD"]), (REMINDER, []), (REMINDER, ["CANCELLED"])]


@pytest.mark.begins(OPENED)
async def test_english_goes_out_beside_the_chinese_to_whom_asked_for_it(world: World) -> None:
    await stated(world, language="en", channels=["SMS"])
    story = await a_prompted_party(world)

    (message,) = await story.inbox()
    (sent,) = await sendings(story)
    assert "涉嫌" in message["text"]
    assert "is suspected at" in message["supplement"]
    assert "Beijing time" in message["supplement"]
    assert sent["template"] == "N-01@1/zh+N-01@1/en"


async def test_a_second_language_is_dropped_where_the_sms_would_be_too_long_and_hours_are_kept(
    shared: Outside,
) -> None:
    """The simulator's account sends five segments at the most."""
    outbound, channels = shared.outbound, shared.channels
    short = Sending("", "提醒", "您有一条提醒。", supplement="You have a reminder.")
    long = Sending("", "提醒", "您有一条提醒。" * 20, supplement="You have a reminder. " * 20)
    for number, sending in (("13800000001", short), ("13800000002", long)):
        await outbound.send(await outbound.message(), address=number, sending=sending)
    above = await outbound.message()
    await outbound.send(above, address="13800000003", sending=short, level=3)

    await shared.dispatch()

    said = {order["mobile"]: order["content"] for order in channels.orders}
    assert said["13800000001"].endswith("您有一条提醒。\nYou have a reminder.")
    assert said["13800000002"].endswith(long.text)
    assert said["13800000003"].endswith("A document waits for you; please read it in your inbox.")


async def test_the_party_s_own_quiet_hours_hold_in_place_of_the_city_s_and_what_hurries_comes_through(
    shared: Outside,
) -> None:
    world, outbound = shared.world, shared.outbound
    party = world.person("PARTY").id
    await stated(world, quiet_from="11:00", quiet_until="15:00")  # it is noon in the city
    waits, hurries, serves = [await outbound.message(kind, party=party) for kind in ("D-02", "D-02", "D-14")]
    await outbound.consent()
    await outbound.send(waits, address="13800000021")
    await outbound.send(hurries, address="13800000012", is_urgent=True)
    await outbound.send(serves, address="13800000013")
    others = await outbound.message()
    await outbound.send(others, address="13800000014")

    await shared.dispatch()

    (held,) = await outbound.of(waits)
    assert (held.state, held.code) == (State.HELD, Why.QUIET_HOURS)
    assert held.due_at == world.clock().replace(hour=7, minute=0, second=0, microsecond=0)
    for message in (hurries, serves, others):
        assert [state for _, state in await outbound.states(message)] == [State.SUBMITTED]
    # At night the city's hours do not hold for this party.
    world.clock.to(world.clock().replace(hour=15))
    await shared.dispatch()
    assert [state for _, state in await outbound.states(waits)] == [State.SUBMITTED]


def test_a_print_house_is_told_to_print_large() -> None:
    letter = letter_of(
        accepted(level=2), Sending("示范路1号", "提醒", "您有一条提醒。", large_print=True), level=2
    )

    assert json.loads(manifest_of(letter, {}))["large_print"] is True


@pytest.fixture
async def shared(world: World) -> Any:
    async with outside(world) as made:
        yield made
