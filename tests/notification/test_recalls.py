"""An agency takes back what nobody was told yet; technical staff see what stands still, and put it in line again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from common.values.law import NJ_15
from notification.domain.channels import Address, Channel
from notification.domain.delivery import State
from tests.case.story import OPENED, Story
from tests.notification.outbound import MAIL, arrived, sent, taken
from tests.notification.providers import Outside, outside
from tests.notification.test_joints import reminder
from tests.notification.test_preferences import a_prompted_party
from tests.notification.test_telling import sendings
from tests.snapshots import Snapshots
from tests.world import World

WRONG = {"reason": "WRONG_PARTY"}
REJECTING = "13800000008"


@pytest.fixture(scope="module")
async def shared(snapshots: Snapshots) -> AsyncIterator[World]:
    async with snapshots.world() as made:
        yield made


@pytest.fixture
async def out(shared: World) -> AsyncIterator[Outside]:
    async with outside(shared) as made:
        yield made


def path_of(sending: dict[str, Any]) -> str:
    return f"/v1/messages/{sending['message_id']}/recall"


@pytest.mark.begins(OPENED)
@pytest.mark.law(NJ_15)
async def test_a_prompt_that_nobody_saw_is_taken_back_and_the_party_is_prompted_anew(world: World) -> None:
    story = await a_prompted_party(world)
    officer, path = world.person("CASE_OFFICER"), path_of((await sendings(story))[0])
    assert (await story.view())["state"] == "PROMPTED"

    stranger = await world.person("CASE_OFFICER", 1).post(path, json=WRONG)
    ungranted = await world.person("DEVICE_ADMIN").post(path, json=WRONG)
    answers = await asyncio.gather(*(officer.post(path, json=WRONG) for _ in range(8)))
    await world.settle()

    assert (stranger.status_code, ungranted.status_code) == (404, 403)
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 7
    (recalled,) = await sendings(story)
    assert (recalled["state"], recalled["failure"]) == ("FAILED", "NOTI_RECALLED")
    assert [(line["state"], line["code"]) for line in recalled["deliveries"]] == [("CANCELLED", "RECALLED")]
    page = (await world.person("PARTY").get("/v1/inbox")).json()
    assert [(entry["change"], entry["message"]) for entry in page["items"]] == [
        ("ITEM", None),
        ("TOMBSTONE", None),
    ]
    assert page["unread"] == 0
    case = await story.view()
    assert (case["state"], case["prompt_delivered_at"]) == ("SUSPECTED", None)


@pytest.mark.begins(OPENED)
async def test_what_a_party_saw_cannot_be_taken_back(world: World) -> None:
    story = await a_prompted_party(world)
    await world.person("PARTY").post("/v1/inbox/state", json={"seen_up_to": 1})

    answer = await world.person("CASE_OFFICER").post(path_of((await sendings(story))[0]), json=WRONG)

    assert (answer.status_code, answer.json()["code"]) == (409, "NOTI_RECALL_TOO_LATE")
    assert (await story.view())["state"] == "PROMPTED"


@pytest.mark.begins("file")
@pytest.mark.law(NJ_15)
async def test_a_prompt_stays_once_its_case_is_filed(world: World) -> None:
    story = await Story(world).opened()
    prompt = next(each for each in await sendings(story) if each["code"] == "N-01")

    answer = await world.person("CASE_OFFICER").post(path_of(prompt), json=WRONG)
    await world.settle()

    assert (answer.status_code, answer.json()["code"]) == (409, "NOTI_RECALL_TOO_LATE")
    assert "已经立案" in answer.text
    case = await story.view()
    assert (case["state"], case["prompt_delivered_at"] is None) == ("FILED", False)


async def test_what_a_provider_has_or_serves_process_cannot_be_taken_back(out: Outside) -> None:
    outbound, officer = out.outbound, out.world.person("CASE_OFFICER")
    (on_its_way, reminded), serving = (
        await reminder(out, 1, number="13800000060"),
        await outbound.message("D-14"),
    )
    out.world.clock.advance(minutes=6)
    await outbound.happens(reminded, sent, taken)

    answers = [
        await officer.post(f"/v1/messages/{each.id}/recall", json=WRONG) for each in (on_its_way, serving)
    ]

    assert [(each.status_code, each.json()["code"]) for each in answers] == [
        (409, "NOTI_RECALL_TOO_LATE")
    ] * 2
    assert await outbound.states(on_its_way) == [(Channel.SMS, State.SUBMITTED)]


async def test_what_a_provider_rejected_is_sent_again_once_the_fault_is_mended(out: Outside) -> None:
    world, outbound = out.world, out.outbound
    keeper = world.person("EXCHANGE_OFFICER")
    message = await outbound.message()
    await outbound.send(message, address=REJECTING, others=[Address(Channel.FAX, "025-1")])
    await out.dispatch()
    listed = (await keeper.get("/v1/stopped-deliveries")).json()["items"]
    mine = [each for each in listed if each["message_id"] == message.id]
    path = f"/v1/deliveries/{mine[0]['delivery_id']}/replays"

    stranger = await world.person("EXCHANGE_OFFICER", 1).post(path, json={})
    ungranted = await world.person("CASE_OFFICER").post(path, json={})
    answers = await asyncio.gather(*(keeper.post(path, json={}) for _ in range(8)))
    out.channels.asked.clear()
    await out.dispatch()

    assert [(each["stopped_by"], each["code"], each["channel"]) for each in mine] == [
        ("REJECTED", "SIGNATURE_ILLEGAL", "SMS")
    ]
    assert (stranger.status_code, ungranted.status_code) == (404, 403)
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 7
    first = (await outbound.of(message))[0]
    assert (first.state, first.attempts) == (State.REJECTED, 2)
    other = await world.person("EXCHANGE_OFFICER", 1).get("/v1/stopped-deliveries")
    assert other.json()["items"] == []


async def test_a_rejected_order_without_another_way_waits_for_its_mending_and_is_given_up_at_its_end(
    out: Outside,
) -> None:
    keeper, message = out.world.person("EXCHANGE_OFFICER"), await out.outbound.message()
    delivery = await out.outbound.send(message, address=REJECTING, hours=25)
    await out.dispatch()
    waiting = (await out.outbound.message_row(message))["state"]

    replayed = await keeper.post(f"/v1/deliveries/{delivery.id}/replays", json={})
    await out.dispatch()
    out.world.clock.advance(hours=24, minutes=30)
    await out.job("unreached")
    still = (await out.outbound.message_row(message))["state"]
    out.world.clock.advance(hours=1)
    await out.job("unreached")

    assert (waiting, replayed.status_code, still) == ("CREATED", 201, "CREATED")
    assert (await out.outbound.message_row(message))["failure"] == "NOTI_NOBODY_REACHED"


async def test_what_another_channel_told_meanwhile_is_not_told_again(out: Outside) -> None:
    keeper, message = out.world.person("EXCHANGE_OFFICER"), await out.outbound.message()
    rejected = await out.outbound.send(message, address=REJECTING, others=[Address(Channel.EMAIL, MAIL)])
    await out.dispatch()
    mail = (await out.outbound.of(message))[-1]
    await out.outbound.happens(mail, *([] if mail.attempts else [sent, taken]), arrived)

    listed = (await keeper.get("/v1/stopped-deliveries", params={"limit": 200})).json()["items"]
    refused = await keeper.post(f"/v1/deliveries/{rejected.id}/replays", json={})

    assert (await out.outbound.message_row(message))["state"] == "DELIVERED"
    assert rejected.id not in [each["delivery_id"] for each in listed]
    assert (refused.status_code, refused.json()["code"]) == (409, "NOTI_NOT_TO_BE_REPLAYED")


async def test_what_a_fault_of_the_program_stopped_is_listed_and_goes_on_when_it_is_mended(
    out: Outside,
) -> None:
    message = await out.outbound.message()
    delivery = await out.outbound.send(message)
    async with out.world.database("notification") as db:
        await db.execute(
            "UPDATE delivery_work SET faults = 5, next_at = next_at + interval '3 days' WHERE delivery_id = $1",
            delivery.id,
        )
    keeper = out.world.person("EXCHANGE_OFFICER")

    listed = (await keeper.get("/v1/stopped-deliveries", params={"limit": 200})).json()["items"]
    await out.dispatch()
    (waiting,) = await out.outbound.of(message)
    resumed = await keeper.post(f"/v1/deliveries/{delivery.id}/replays", json={})
    again = await keeper.post(f"/v1/deliveries/{delivery.id}/replays", json={})
    await out.dispatch()

    assert [each["stopped_by"] for each in listed if each["delivery_id"] == delivery.id] == ["FAULT"]
    assert (waiting.state, resumed.status_code, again.status_code) == (State.ACCEPTED, 201, 409)
    assert [state for _, state in await out.outbound.states(message)] == [State.SUBMITTED]
