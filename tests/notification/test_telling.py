"""Whom a notice reaches: nobody by an inbox that nobody can open, by a channel that only took it, or by silence."""

from __future__ import annotations

import asyncio
import re
from datetime import datetime
from typing import Any, Final

import pytest

from common.door.blobs import sha256_hex
from common.files.digests import digest_field
from common.values.ids import MessageId, PartyId
from common.values.law import NJ_15
from mz.demo import orders
from notification.domain.channels import Channel
from tests.case.story import OPENED, Story
from tests.notification.outbound import Outbound, arrived, bounced, expired, sent, taken
from tests.world import World

pytestmark = pytest.mark.begins(OPENED)

PHONE: Final = "13800001234"
SLIP: Final = b"%PDF-1.7 a slip that the party signed"
MAIL: Final = "zhang@mail.example"


async def a_prompted_stranger(world: World, **contacts: Any) -> Story:
    """A case whose party has no account here, and was prompted."""
    story = await Story(world).opened()
    party = orders.party(PartyId.new(world.clock())) | contacts
    for what, order in (("party", party), ("prompt", orders.PROMPT)):
        answer = await story.act("CASE_OFFICER", what, order)
        assert answer.status_code == 201, answer.text
    await world.settle()
    return story


async def a_digest_of_the_prompt(world: World) -> str:
    async with world.database("notification") as db:
        return str(await db.fetchval("SELECT document_sha256 FROM messages WHERE document_kind = 'D-02'"))


async def sendings(story: Story) -> list[dict[str, Any]]:
    """How the messages of the case went out, as its officer sees it."""
    officer = story.world.person("CASE_OFFICER")
    items: list[dict[str, Any]] = (
        await officer.get("/v1/messages", params={"case_id": story.case_id})
    ).json()["items"]
    return items


@pytest.mark.law(NJ_15)
async def test_NJ_15_2_a_prompt_leaves_at_once_and_the_next_channel_follows_after_24_hours(
    world: World,
) -> None:
    story = await a_prompted_stranger(world, phone=PHONE, email=MAIL)
    outbound = Outbound(world)
    accepted_at = datetime.fromisoformat((await story.view())["opened_at"])

    (first,) = await sendings(story)
    (sms,) = await outbound.of_id(MessageId(first["message_id"]))
    world.clock.advance(minutes=31)
    too_early = await story.apply()

    # Within one working day of the acceptance; the same commit that makes the message puts it in line.
    assert (sms.created_at - accepted_at).total_seconds() < 3600
    periods = {each["rule"]: (each["n"], each["unit"]) for each in (await story.view())["deadlines"]}
    assert periods["prompt"] == (1, "WORKING_DAY")
    assert periods["prompt_limit"] == (5, "WORKING_DAY")  # the city's last day: after it the supervisor knows
    # This installation knows no provider of the channel, so it waits there for one.
    assert [(d["channel"], d["state"]) for d in first["deliveries"]] == [("SMS", "HELD")]
    assert (first["state"], first["told_by"]) == ("CREATED", None)
    assert too_early.json()["code"] == "CASE_PROMPT_NOT_DELIVERED"

    sms = await outbound.happens(sms, sent, taken)
    assert (await story.view())["prompt_delivered_at"] is None
    world.clock.to(sms.expires_at)
    await outbound.happens(sms, expired)
    mail = (await outbound.of_id(MessageId(first["message_id"])))[-1]
    await outbound.happens(mail, sent, arrived)
    await world.settle()

    (told,) = await sendings(story)
    assert (sms.expires_at - sms.created_at).total_seconds() == 24 * 3600
    assert [(d["channel"], d["state"]) for d in told["deliveries"]] == [
        ("SMS", "EXPIRED"),
        ("EMAIL", "ARRIVED"),
    ]
    assert (told["state"], told["told_by"]) == ("DELIVERED", Channel.EMAIL)
    assert (await story.view())["prompt_delivered_at"] is not None
    stranger = await world.person("CASE_OFFICER", 1).get("/v1/messages", params={"case_id": story.case_id})
    assert stranger.json()["items"] == []

    # The channel takes its word back: nobody was told, and the party has to be prompted anew before anything is filed.
    await outbound.happens(mail, bounced)
    await world.settle()
    (denied,) = await sendings(story)
    case = await story.view()
    assert (denied["state"], denied["failure"]) == ("FAILED", "NOTI_NOBODY_REACHED")
    assert (case["state"], case["prompt_delivered_at"]) == ("SUSPECTED", None)
    types = await world.record_types("case", f"case/{story.case_id}")
    assert types[-2:] == ["case.prompt.arrival_denied", "case.prompt.failed"]


@pytest.mark.slow
async def test_a_party_that_nobody_reaches_is_not_told_and_can_be_prompted_anew(world: World) -> None:
    story = await a_prompted_stranger(world)

    (waiting,) = await sendings(story)
    assert (waiting["state"], waiting["deliveries"]) == ("CREATED", [])
    world.clock.advance(hours=24, minutes=1)
    await world.settle()
    (failed,) = await sendings(story)
    again = await story.act("CASE_OFFICER", "prompt", orders.PROMPT)
    await world.settle()

    assert (failed["state"], failed["failure"]) == ("FAILED", "NOTI_NOBODY_REACHED")
    assert (again.status_code, again.json()["state"]) == (201, "PROMPTED")
    assert [each["state"] for each in await sendings(story)] == ["FAILED", "CREATED"]


async def test_an_officer_tells_the_party_in_person_and_the_party_counts_as_told(world: World) -> None:
    story = await a_prompted_stranger(world)
    (waiting,) = await sendings(story)
    path = f"/v1/messages/{waiting['message_id']}/hand-deliveries"
    order = {
        "how": "TELEPHONE",
        "told_at": world.clock().isoformat(),
        "to_whom": "张示民",
        "proof_sha256": sha256_hex(SLIP),
    }
    officer = world.person("SERVICE_OFFICER")
    proofs = f"/v1/messages/{waiting['message_id']}/proofs"
    headers = {"content-digest": digest_field(SLIP), "content-type": "application/octet-stream"}

    absent = await officer.post(path, json=order)
    foreign = await world.person("SERVICE_OFFICER", 1).post(proofs, content=SLIP, headers=headers)
    prompt = await officer.post(path, json=order | {"proof_sha256": await a_digest_of_the_prompt(world)})
    kept = await officer.post(proofs, content=SLIP, headers=headers)
    assert [(each.status_code, each.json()["code"]) for each in (absent, prompt)] == [
        (409, "NOTI_PROOF_ABSENT")
    ] * 2
    assert (foreign.status_code, kept.status_code) == (404, 201)
    assert kept.json() == {"proof_sha256": order["proof_sha256"]}

    in_future = await officer.post(path, json=order | {"told_at": "2030-01-01T00:00:00Z"})
    answers = await asyncio.gather(*(officer.post(path, json=order) for _ in range(8)))
    stranger = await world.person("SERVICE_OFFICER", 1).post(path, json=order)
    await world.settle()

    assert in_future.json()["code"] == "NOTI_TOLD_WHEN"
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 7
    assert stranger.status_code == 404
    assert [each["told_by"] for each in await sendings(story)] == ["TELEPHONE"]
    assert (await story.view())["prompt_delivered_at"] is not None


async def test_NJ_15_3_a_prompt_that_lacks_what_it_must_say_is_not_sent_and_says_what_is_missing(
    world: World,
) -> None:
    story = await Story(world).opened()
    party = orders.party(world.person("PARTY").id) | {"phone": PHONE}
    await story.act("CASE_OFFICER", "party", party)
    await story.act("CASE_OFFICER", "prompt", orders.PROMPT)
    async with world.database("case") as db:
        await db.execute("SET session_replication_role = replica")
        place = await db.fetchval("UPDATE exhibits SET place = '' RETURNING device_code")

    await world.settle()

    (refused,) = await sendings(story)
    assert (refused["state"], refused["failure"]) == ("FAILED", "NOTI_VARIABLE_MISSING")
    assert (refused["failed_because"], refused["deliveries"]) == (["place"], [])
    assert await story.inbox() == []
    assert (await story.view())["state"] == "SUSPECTED"

    async with world.database("case") as db:
        await db.execute("SET session_replication_role = replica")
        await db.execute("UPDATE exhibits SET place = $1", f"示范路 {place}")
    await story.act("CASE_OFFICER", "prompt", orders.PROMPT)
    await world.settle()

    (message,) = await story.inbox()
    assert len(message["text"]) <= 300
    said = (
        "示范市城市管理行政执法局",
        "示范路",
        "机动车违法停放人行道",
        orders.PROMPT["correction"],
        "021-00000000",
    )
    assert all(part in message["text"] for part in said)
    assert "涉嫌" in message["text"]
    assert re.search("查询码[0-9A-Z]{4}(-[0-9A-Z]{4}){3}", message["text"])
    assert "本提示不收取任何费用" in message["text"]
    assert [each["deliveries"][0]["channel"] for each in await sendings(story) if each["deliveries"]] == [
        "SMS"
    ]
