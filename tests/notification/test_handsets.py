"""A party's phones over HTTP: registered, told of a new address, taken back; the address is shown and kept nowhere."""

from __future__ import annotations

import asyncio
from typing import Any

from common.door.uow import view
from common.policy import Action, authorize, service_actor
from common.values.ids import PartyId
from notification.domain.handsets import Handset, PushAddress, PushService
from notification.store import handsets
from tests.notification.domain.test_handsets import WEB
from tests.world import World

ORDER = {"push": "HMS", "token": "token-of-a-phone-1"}
SUBSCRIPTION = {
    "endpoint": WEB.target,
    "keys": {"p256dh": WEB.p256dh, "auth": WEB.auth},
}


async def addresses(world: World) -> list[Handset]:
    """What the engine that sends finds."""
    mandate = authorize(service_actor("notification"), Action.HANDSET_READ)
    async with view(world.runtimes["notification"].db, mandate) as v:
        return await handsets.list_of_party(v, PartyId(world.person("PARTY").id))


async def test_phones_are_registered_readdressed_and_taken_back(world: World) -> None:
    party = world.person("PARTY")

    phone = (await party.post("/v1/handsets", json=ORDER)).json()
    again = (await party.post("/v1/handsets", json=ORDER)).json()
    browser = (await party.post("/v1/push-subscriptions", json=SUBSCRIPTION)).json()
    path = f"/v1/handsets/{phone['handset_id']}"
    key = {"idempotency-key": "rotation-1"}
    moved = await party.request("PUT", path, json=ORDER | {"token": "token-of-a-phone-2"}, headers=key)
    wrong = await party.post("/v1/push-subscriptions", json=SUBSCRIPTION | {"endpoint": "https://a:b@c/"})

    assert again == phone
    assert (moved.status_code, moved.json()["readdressed_at"] is not None) == (200, True)
    assert (wrong.status_code, wrong.json()["code"]) == (422, "NOTI_PUSH_ADDRESS")
    found: list[tuple[Any, Any]] = [(each.push, each.address) for each in await addresses(world)]
    assert found == [
        (PushService.HMS, PushAddress("token-of-a-phone-2")),
        (PushService.WEBPUSH, WEB),
    ]
    listed = await party.get("/v1/handsets")
    assert [each["handset_id"] for each in listed.json()["items"]] == [
        phone["handset_id"],
        browser["handset_id"],
    ]
    ends = await asyncio.gather(
        *(party.request("DELETE", path, headers={"idempotency-key": f"ending-{n}"}) for n in range(8))
    )
    gone = f"/v1/push-subscriptions/{browser['handset_id']}"
    last = await party.request("DELETE", gone, headers={"idempotency-key": "ending-browser"})
    after = await party.request("PUT", path, json=ORDER, headers={"idempotency-key": "rotation-2"})
    assert sorted(answer.status_code for answer in ends) == [200] + [409] * 7
    assert (last.status_code, after.json()["code"]) == (200, "NOTI_HANDSET_ENDED")
    assert await addresses(world) == []
    assert sorted(await world.record_types("notification")) == [
        "handset.ended",
        "handset.ended",
        "handset.readdressed",
        "handset.registered",
        "handset.registered",
    ]
    async with world.database("notification") as db:
        rows = [bytes(row["sealed"] or b"") for row in await db.fetch("SELECT sealed FROM handsets")]
        notes = [bytes(row["note"]) for row in await db.fetch("SELECT note FROM outbox")]
    assert rows == [b"", b""]
    told = b"".join(notes) + moved.content + listed.content
    assert b"token-of-a-phone" not in told
    assert b"push.example" not in told
