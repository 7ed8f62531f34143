"""Orders on the ledger reach the party's inbox: a prompt as information, an ordered service as service."""

from __future__ import annotations

import asyncio
import hashlib
import io

import pytest
from pypdf import PdfReader

from common.door.uow import view
from common.policy import Action, Actor, authorize
from common.values.calendar import legal_day
from common.values.errors import Refusal
from common.values.ids import MessageId, PartyId
from notification import jobs
from notification.store import messages
from notification.telling.following import follow_triggers
from tests.case.story import OPENED, Story
from tests.world import World

pytestmark = pytest.mark.begins(OPENED)


@pytest.fixture
async def story(world: World) -> Story:
    return await Story(world).opened()


async def test_a_prompt_reaches_the_inbox_as_a_notice_with_its_document(story: Story) -> None:
    await story.walk("prompt")
    await story.world.settle()

    (message,) = await story.inbox()
    document = await story.world.person("PARTY").get(f"/v1/inbox/{message['message_id']}/document")

    assert (message["kind"], message["code"], message["state"]) == ("NOTICE", "N-01", "DELIVERED")
    assert message["served_on"] is None
    assert hashlib.sha256(document.content).hexdigest() == message["document_sha256"]
    assert document.headers["content-type"] == "application/pdf"
    text = "".join("".join(p.extract_text() for p in PdfReader(io.BytesIO(document.content)).pages).split())
    assert "本提示不收取任何费用" in text
    assert "张**" in text


async def test_a_message_is_acknowledged_and_disputed_once_each_and_a_stranger_finds_none(
    story: Story,
) -> None:
    await story.walk("prompt")
    await story.world.settle()
    (message,) = await story.inbox()
    path, party = f"/v1/inbox/{message['message_id']}", story.world.person("PARTY")

    receipts = await asyncio.gather(*(party.post(f"{path}/acknowledgements", json={}) for _ in range(8)))
    disputes = await asyncio.gather(
        *(party.post(f"{path}/disputes", json={"reason": "NOT_ME"}) for _ in range(8))
    )

    assert [sorted(a.status_code for a in answers) for answers in (receipts, disputes)] == [
        [201] + [409] * 7
    ] * 2
    shown = (await party.get(path)).json()
    assert (shown["acknowledged_by"], shown["dispute_reason"]) == ("CLIENT_SECRET", "NOT_ME")
    assert (shown["state"], shown["served_on"], shown["unread"]) == ("DELIVERED", None, 0)
    types = await story.world.record_types("notification")
    assert [types.count(f"message.{what}") for what in ("acknowledged", "disputed", "read")] == [1, 1, 0]
    # The officers of the case see that it is disputed; those of another agency see nothing of it.
    asked = {"case_id": story.case_id}
    (seen,) = (await story.world.person("CASE_OFFICER").get("/v1/messages", params=asked)).json()["items"]
    other = await story.world.person("CASE_OFFICER", 1).get("/v1/messages", params=asked)
    assert (seen["dispute_reason"], seen["acknowledged_by"], other.json()["items"]) == (
        "NOT_ME",
        "CLIENT_SECRET",
        [],
    )
    stranger = Actor(sub=f"party:{PartyId.new(story.world.clock())}", kind="party")
    async with view(story.world.runtimes["notification"].db, authorize(stranger, Action.MESSAGE_READ)) as v:
        with pytest.raises(Refusal) as refusal:
            await messages.get(v, MessageId(message["message_id"]))
    assert refusal.value.code == "NOT_FOUND"


async def test_what_a_phone_showed_is_recorded_once_for_each_message(story: Story) -> None:
    await story.walk("consent")
    await story.serve_notice()
    party = story.world.person("PARTY")
    first, filed, second = await story.inbox()
    said = {"seen_up_to": 3, "ids": [filed["message_id"], second["message_id"]]}

    answers = await asyncio.gather(*(party.post("/v1/inbox/state", json=said) for _ in range(8)))
    later = await party.post("/v1/inbox/state", json={"read_up_to": 1})

    told = [answer.json() for answer in answers]
    assert sorted((each["seen"], each["read"], each["unread"]) for each in told) == [(0, 0, 1)] * 7 + [
        (3, 2, 1)
    ]
    assert (later.json()["read"], later.json()["unread"]) == (1, 0)
    page = (await party.get("/v1/inbox", params={"cursor": "3"})).json()
    # Two facts of one message at once are one entry.
    assert [(entry["place"], entry["change"]) for entry in page["items"]] == [
        (4, "UPDATE"),
        (5, "UPDATE"),
        (6, "UPDATE"),
        (7, "UPDATE"),
    ]
    now = {message["message_id"]: message for message in await story.inbox()}
    assert all(
        now[each["message_id"]][what] for each in (first, filed, second) for what in ("seen_at", "read_at")
    )
    types = await story.world.record_types("notification")
    assert (types.count("message.seen"), types.count("message.read")) == (3, 3)


async def test_a_document_is_fetched_whole_or_in_parts_and_the_whole_alone_is_a_download(
    story: Story,
) -> None:
    await story.walk("prompt")
    await story.world.settle()
    (message,) = await story.inbox()
    party, path = story.world.person("PARTY"), f"/v1/inbox/{message['message_id']}/document"

    async def downloads() -> int:
        return (await story.world.record_types("notification")).count("message.downloaded")

    head = await party.request("HEAD", path)
    etag = head.headers["etag"]
    current = await party.get(path, headers={"if-none-match": f'"x", W/{etag}'})
    begin = await party.get(path, headers={"range": "bytes=0-99"})
    end = await party.get(path, headers={"range": "bytes=100-", "if-range": etag})
    last = await party.get(path, headers={"range": "bytes=-1"})
    assert (last.status_code, len(last.content), await downloads()) == (206, 1, 0)
    other = await party.get(path, headers={"range": "bytes=100-", "if-range": '"older"'})
    assert await downloads() == 1
    behind = await party.get(path, headers={"range": "bytes=99999999-"})
    wholes = await asyncio.gather(*(party.get(path) for _ in range(8)))

    assert await downloads() == 1
    assert (head.status_code, head.content, int(head.headers["content-length"])) == (
        200,
        b"",
        len(wholes[0].content),
    )
    assert (current.status_code, current.content, current.headers["etag"]) == (304, b"", etag)
    assert [begin.status_code, end.status_code, other.status_code, behind.status_code] == [206, 206, 200, 416]
    assert begin.content + end.content == wholes[0].content == other.content
    assert hashlib.sha256(wholes[0].content).hexdigest() == message["document_sha256"] == etag.strip('"')
    assert {answer.headers["cache-control"] for answer in (head, current, begin, end)} == {"no-store"}
    (now,) = await story.inbox()
    assert now["downloaded_at"] is not None
    assert now["acknowledged_at"] is None


async def test_without_a_signed_consent_electronic_service_is_refused(story: Story) -> None:
    await story.walk("notify")

    refused = await story.serve_notice()

    assert (refused.status_code, refused.json()["article"]) == (409, "APL 61(2)")
    assert {message["kind"] for message in await story.inbox()} == {"NOTICE"}


async def test_with_a_consent_the_notice_is_served_on_arrival_and_the_case_goes_on(story: Story) -> None:
    await story.walk("notify")
    consent = (await story.consent()).json()

    await story.serve_notice()

    message = (await story.inbox())[-1]
    detail = (await story.world.person("PARTY").get(f"/v1/inbox/{message['message_id']}")).json()
    sender = detail["sender"]
    assert detail["level"] in (1, 2, 3, 4)
    assert all(sender[name] for name in ("agency_name", "agency_phone", "agency_window", "case_number"))
    (defence,) = detail["periods"]
    assert (defence["act"], defence["law"], defence["days_left"] > 0) == ("DEFEND", "APL 45", True)
    assert detail["next_acts"][-1] == {
        "act": "DEFEND",
        "method": "POST",
        "href": f"/v1/cases/{story.case_id}/defences",
        "until": defence["until"],
    }
    assert (message["kind"], message["code"], message["state"]) == ("SERVICE", "N-06", "DELIVERED")
    assert message["served_on"] == str(legal_day(story.world.clock()))
    assert (await story.world.record_types("notification")).count("document.served") == 1
    assert (await story.view())["state"] == "PRIOR_NOTICE_SERVED"
    async with story.world.database("notification") as db:
        note = bytes(await db.fetchval("SELECT note FROM outbox WHERE type = 'document.served'"))
    assert consent["consent_id"].encode() in note
    assert "张示民".encode() not in note


async def test_a_consent_withdrawn_before_delivery_serves_nothing(story: Story) -> None:
    await story.walk("notify")
    consent = (await story.consent()).json()
    await story.order_service()

    await story.world.person("PARTY").post(f"/v1/e-service-consents/{consent['consent_id']}/withdrawal")
    await story.world.settle()

    assert {message["kind"] for message in await story.inbox()} == {"NOTICE"}
    types = await story.world.record_types("notification")
    assert "service.step_failed" in types
    assert "document.served" not in types
    assert (await story.view())["service_ordered"] is not None


async def test_an_order_that_is_read_twice_makes_one_message(story: Story) -> None:
    await story.walk("prompt")
    await story.world.settle()
    async with story.world.database("notification") as db:
        await db.execute("UPDATE cursors SET position = -1 WHERE name = 'notices'")

    await follow_triggers(story.world.runtimes["notification"])

    assert len(await story.inbox()) == 1


async def test_a_document_that_was_swapped_after_its_record_is_not_delivered(story: Story) -> None:
    await story.walk("consent")
    await story.order_service()
    async with story.world.database("case") as db:
        await db.execute("SET session_replication_role = replica")
        await db.execute(
            "UPDATE documents SET sha256 = (SELECT sha256 FROM documents WHERE kind = 'D-02') WHERE kind = 'D-14'"
        )

    await story.world.settle()

    assert {message["kind"] for message in await story.inbox()} == {"NOTICE"}
    async with story.world.database("notification") as db:
        assert (
            await db.fetchval("SELECT abandoned_for FROM services WHERE state = 'ABANDONED'")
            == "DOCUMENT_DIFFERS"
        )
    assert (await story.view())["service_ordered"] is None


async def test_the_inbox_is_read_page_by_page(story: Story) -> None:
    await story.walk("consent")
    await story.serve_notice()

    party = story.world.person("PARTY")
    first = (await party.get("/v1/inbox", params={"limit": 2})).json()
    second = (await party.get("/v1/inbox", params={"limit": 2, "cursor": first["next_cursor"]})).json()

    third = (await party.get("/v1/inbox", params={"cursor": second["next_cursor"]})).json()
    assert [page["items"][0]["place"] for page in (first, second)] == [1, 3]
    assert [page["has_more"] for page in (first, second, third)] == [True, False, False]
    assert (third["items"], third["next_cursor"], third["unread"]) == ([], second["next_cursor"], 3)


async def test_a_cursor_older_than_what_is_kept_begins_anew_and_finds_every_message(story: Story) -> None:
    await story.walk("consent")
    await story.serve_notice()
    party, runtime = story.world.person("PARTY"), story.world.runtimes["notification"]
    begun = (await party.get("/v1/inbox", params={"limit": 1})).json()
    for message in await story.inbox():
        await party.post(f"/v1/inbox/{message['message_id']}/acknowledgements", json={})

    await jobs.thin_out_inboxes(runtime)
    kept = (await party.get("/v1/inbox", params={"cursor": begun["next_cursor"]})).json()
    story.world.clock.advance(days=runtime.profile.notification.entries_kept_d + 1)
    await jobs.thin_out_inboxes(runtime)
    refused = await party.get("/v1/inbox", params={"cursor": begun["next_cursor"]})
    anew = (await party.get("/v1/inbox", params={"limit": 1})).json()
    rest = (await party.get("/v1/inbox", params={"cursor": anew["next_cursor"]})).json()

    assert begun["next_cursor"] == "1"
    assert [(e["place"], e["change"]) for e in kept["items"]] == [
        (2, "ITEM"),
        (3, "ITEM"),
        (4, "UPDATE"),
        (5, "UPDATE"),
        (6, "UPDATE"),
    ]
    assert (refused.status_code, refused.json()["code"]) == (410, "NOTI_CURSOR_GONE")
    assert [(e["place"], e["message"]["kind"]) for e in anew["items"] + rest["items"]] == [
        (4, "NOTICE"),
        (5, "NOTICE"),
        (6, "SERVICE"),
    ]


async def test_a_filter_leaves_entries_out_and_keeps_the_meaning_of_the_cursor(story: Story) -> None:
    await story.walk("consent")
    await story.serve_notice()
    party = story.world.person("PARTY")
    first = (await story.inbox())[0]
    await party.post("/v1/inbox/state", json={"ids": [first["message_id"]]})

    pages = [
        (await party.get("/v1/inbox", params=filters)).json()
        for filters in ({"unread": True}, {"kind": "NOTICE"}, {"case_id": story.case_id})
    ]

    assert [[entry["place"] for entry in page["items"]] for page in pages] == [
        [2, 3],
        [1, 2, 4],
        [1, 2, 3, 4],
    ]
    assert [(page["next_cursor"], page["unread"]) for page in pages] == [("4", 2)] * 3
