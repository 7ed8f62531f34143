"""What the ledger orders reaches the party's inbox: a prompt as information, ordered service as service."""

from __future__ import annotations

import asyncio
import hashlib
import io
from dataclasses import dataclass
from typing import Any

import pytest
from pypdf import PdfReader

from common.calendar import legal_day
from common.errors import Refusal
from common.ids import MessageId, PartyId
from common.policy import Action, Actor, authorize
from common.uow import view
from notification import jobs, store
from tests import given
from tests.notification.test_consents import sign
from tests.world import Client, World

FINDINGS = {"minor": False, "promptly_corrected": False, "harmless": False}
REPORT = {
    "no_conflict": True,
    "facts": ["机动车违法停放人行道。"],
    "reasons": ["妨碍行人通行。"],
    "circumstances": {"PRIOR_VIOLATIONS": "ONCE", "OBSTRUCTION": "PEDESTRIANS"},
    "fine_fen": 10000,
    "findings": FINDINGS,
}


@dataclass
class Story:
    """A case as these tests walk it, each act by the person whose act it is."""

    world: World
    party: Client
    path: str = ""

    async def act(self, role: str, act: str, order: dict[str, Any], nth: int = 0) -> dict[str, Any]:
        response = await self.world.person(role, nth=nth).post(f"{self.path}/{act}", json=order)
        assert response.status_code == 201, response.text
        answer: dict[str, Any] = response.json()
        return answer

    async def prompted(self) -> Story:
        """Opened on accepted evidence, the party identified and prompted."""
        await given.accepted_evidence(self.world, await given.a_camera_in_service(self.world))
        await self.world.settle()
        cases = (await self.world.person("CASE_OFFICER").get("/v1/cases")).json()["items"]
        self.path = f"/v1/cases/{cases[0]['id']}"
        identity = {
            "party_id": self.party.id,
            "kind": "PERSON",
            "age_group": "ADULT",
            "name": "张示民",
            "identity_kind": "居民身份证",
            "identity_number": "310101199001011234",
            "address": "人民路1号",
            "sources": ["VEHICLE_REGISTER", "RESIDENT_REGISTER"],
        }
        await self.act("CASE_OFFICER", "party", identity)
        await self.act("CASE_OFFICER", "prompt", {"correction": "请将车辆驶离人行道"})
        await self.world.settle()
        return self

    async def noticed(self) -> Story:
        """Filed, investigated, and the prior notice made but not yet served."""
        await self.prompted()
        self.world.clock.advance(days=3)
        second = self.world.person("CASE_OFFICER", nth=1).id
        application = {"second_officer_id": second, "findings": FINDINGS, "reason": "事实清楚"}
        await self.act("CASE_OFFICER", "filing-application", application)
        await self.act("AGENCY_HEAD", "filing", {})
        for nth, name in enumerate(("李一", "王二")):
            await self.act("CASE_OFFICER", "investigation-conclusion", REPORT | {"signed_as": name}, nth)
        await self.act("TEAM_LEAD", "prior-notice", {})
        return self

    async def order_service(self) -> None:
        await self.act("SERVICE_OFFICER", "prior-notice/service", {"manner": "ELECTRONIC"})

    async def inbox(self) -> list[dict[str, Any]]:
        response = await self.party.get("/v1/inbox")
        assert response.status_code == 200
        items: list[dict[str, Any]] = response.json()["items"]
        return items


@pytest.fixture
def story(world: World) -> Story:
    return Story(world, world.person("PARTY"))


async def records(world: World, prefix: str) -> list[str]:
    async with world.database("notification") as db:
        rows = await db.fetch(
            "SELECT type FROM outbox WHERE type LIKE $1 || '%' ORDER BY recorded_at, stream, seq", prefix
        )
    return [row["type"] for row in rows]


async def test_a_prompt_reaches_the_inbox_as_a_notice_with_its_document(story: Story) -> None:
    await story.prompted()

    (message,) = await story.inbox()
    document = await story.party.get(f"/v1/inbox/{message['message_id']}/document")

    assert (message["kind"], message["code"], message["state"]) == ("NOTICE", "N-01", "DELIVERED")
    assert message["served_on"] is None
    assert hashlib.sha256(document.content).hexdigest() == message["document_sha256"]
    assert document.headers["content-type"] == "application/pdf"
    said = "".join("".join(p.extract_text() for p in PdfReader(io.BytesIO(document.content)).pages).split())
    assert "本提示不收取任何费用" in said
    assert "张**" in said


async def test_a_message_is_viewed_once_and_a_stranger_finds_none(story: Story) -> None:
    await story.prompted()
    (message,) = await story.inbox()
    path = f"/v1/inbox/{message['message_id']}"

    answers = await asyncio.gather(*(story.party.post(f"{path}/receipt") for _ in range(8)))

    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 7
    assert (await story.party.get(path)).json()["state"] == "VIEWED"
    assert await records(story.world, "message.viewed") == ["message.viewed"]
    stranger = Actor(sub=f"party:{PartyId.new(story.world.clock())}", kind="party")
    async with view(story.world.runtimes["notification"].db, authorize(stranger, Action.MESSAGE_READ)) as v:
        with pytest.raises(Refusal) as refusal:
            await store.get_message(v, MessageId(message["message_id"]))
    assert refusal.value.code == "NOT_FOUND"


async def test_without_a_signed_consent_electronic_service_is_refused(story: Story) -> None:
    await story.noticed()

    officer = story.world.person("SERVICE_OFFICER")
    refused = await officer.post(f"{story.path}/prior-notice/service", json={"manner": "ELECTRONIC"})
    await story.world.settle()

    assert (refused.status_code, refused.json()["article"]) == (409, "APL 61(2)")
    assert [message["kind"] for message in await story.inbox()] == ["NOTICE"]


async def test_with_a_consent_the_notice_is_served_on_arrival_and_the_case_goes_on(story: Story) -> None:
    await story.noticed()
    consent = await sign(story.party)

    await story.order_service()
    await story.world.settle()

    message = (await story.inbox())[-1]
    assert (message["kind"], message["code"], message["state"]) == ("SERVICE", "N-06", "DELIVERED")
    assert message["served_on"] == str(legal_day(story.world.clock()))
    assert await records(story.world, "document") == ["document.served"]
    case = (await story.world.person("CASE_OFFICER").get(story.path)).json()
    assert case["state"] == "PRIOR_NOTICE_SERVED"
    async with story.world.database("notification") as db:
        note = bytes(await db.fetchval("SELECT note FROM outbox WHERE type = 'document.served'"))
    assert consent["consent_id"].encode() in note
    assert "张示民".encode() not in note


async def test_a_consent_withdrawn_before_delivery_serves_nothing(story: Story) -> None:
    await story.noticed()
    consent = await sign(story.party)
    await story.order_service()

    await story.party.post(f"/v1/e-service-consents/{consent['consent_id']}/withdrawal")
    await story.world.settle()

    assert [message["kind"] for message in await story.inbox()] == ["NOTICE"]
    assert "message.failed" in await records(story.world, "message")
    assert await records(story.world, "document") == []


async def test_an_order_that_is_read_twice_makes_one_message(story: Story) -> None:
    await story.prompted()
    async with story.world.database("notification") as db:
        await db.execute("UPDATE cursors SET position = -1 WHERE name = 'inbox'")

    await jobs.fill_inboxes(story.world.runtimes["notification"])

    assert len(await story.inbox()) == 1


async def test_a_document_that_was_swapped_after_its_record_is_not_delivered(story: Story) -> None:
    await story.noticed()
    await sign(story.party)
    await story.order_service()
    async with story.world.database("case") as db:
        await db.execute("SET session_replication_role = replica")
        await db.execute(
            "UPDATE documents SET sha256 = (SELECT sha256 FROM documents WHERE kind = 'D-02') WHERE kind = 'D-14'"
        )

    await story.world.settle()

    assert [message["kind"] for message in await story.inbox()] == ["NOTICE"]
    async with story.world.database("notification") as db:
        assert (
            await db.fetchval("SELECT failure FROM messages WHERE state = 'FAILED'")
            == "NOTI_DOCUMENT_DIFFERS"
        )


async def test_the_inbox_is_read_page_by_page(story: Story) -> None:
    await story.noticed()
    await sign(story.party)
    await story.order_service()
    await story.world.settle()

    first = (await story.party.get("/v1/inbox", params={"limit": 1})).json()
    second = (await story.party.get("/v1/inbox", params={"limit": 1, "cursor": first["next_cursor"]})).json()

    assert [page["items"][0]["seq"] for page in (first, second)] == [1, 2]
    assert second["next_cursor"] is None
