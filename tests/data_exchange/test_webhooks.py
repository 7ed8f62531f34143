"""Webhooks are hints: challenged, signed, repeated under one id, logged, and never the only word."""

from __future__ import annotations

import asyncio
import base64
import hmac
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from common.calls.webhooks import RETRIES_S, Answer, next_try, signed
from common.door.uow import change
from common.policy import Action, authorize, service_actor
from data_exchange.store import webhooks
from tests.data_exchange.given import ASKED, ASKING, a_request, officer
from tests.world import Client, World


@dataclass
class Partner:
    """A partner's small server. `status` and `extra` are its answer to hints; it answers challenges by itself.

    With a `secret` it answers 401 to a hint that is not signed with it.
    """

    url: str = ""
    status: int = 204
    extra: str = ""
    answers_challenges: bool = True
    secret: str = ""
    hints: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:])}
        body = await reader.readexactly(int(headers["content-length"]))
        status, answer = self.status, ""
        if b'"challenge"' in body:
            status = 200
            answer = json.loads(body)["challenge"] if self.answers_challenges else "no"
        else:
            self.hints.append((headers, body))
            if self.secret and not is_signed((headers, body), self.secret):
                status = 401
        writer.write(
            f"HTTP/1.1 {status} X\r\ncontent-length: {len(answer)}\r\n{self.extra}\r\n{answer}".encode()
        )
        await writer.drain()
        writer.close()

    def ids(self) -> list[str]:
        return [headers["webhook-id"] for headers, _ in self.hints]


@asynccontextmanager
async def a_partner(**answers: Any) -> AsyncIterator[Partner]:
    partner = Partner(**answers)
    server = await asyncio.start_server(partner.serve, "127.0.0.1", 0)
    partner.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hints"
    async with server:
        yield partner


async def named(world: World, partner: Partner) -> dict[str, Any]:
    """The endpoint of the asked agency at the partner's address, after its challenge."""
    answer = await officer(world, ASKED).post("/v1/webhook-endpoints", json={"url": partner.url})
    assert answer.status_code == 201, answer.text
    await world.settle(slow_jobs=False)
    endpoint: dict[str, Any] = answer.json()
    return endpoint


async def state_of(reader: Client, endpoint: dict[str, Any]) -> tuple[str, str | None]:
    view = (await reader.get(f"/v1/webhook-endpoints/{endpoint['webhook_id']}")).json()
    return view["state"], view["disabled_for"]


async def attempts_of(world: World, endpoint: dict[str, Any]) -> list[dict[str, Any]]:
    answer = await officer(world, ASKED).get(f"/v1/webhook-endpoints/{endpoint['webhook_id']}/attempts")
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


def is_signed(hint: tuple[dict[str, str], bytes], secret: str) -> bool:
    headers, body = hint
    content = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    mac = hmac.digest(base64.b64decode(secret.removeprefix("whsec_")), content, "sha256")
    return f"v1,{base64.b64encode(mac).decode()}" in headers["webhook-signature"].split(" ")


async def test_a_hint_is_signed_holds_the_event_and_is_in_the_log_that_the_agency_reads(world: World) -> None:
    async with a_partner() as partner:
        endpoint = await named(world, partner)
        exchange = await a_request(world)
        await world.settle(slow_jobs=False)

        [hint] = partner.hints
        feed = (await officer(world, ASKED).get("/v1/events")).json()["items"]
        event = next(each for each in feed if each["subject"] == f"exchange/{exchange['exchange_id']}")
        assert json.loads(hint[1]) == event
        assert hint[0]["webhook-id"] == event["id"]
        assert is_signed(hint, endpoint["secret"])
        log = [
            (each["index"], each["message_id"], each["status"]) for each in await attempts_of(world, endpoint)
        ]
        assert log == [
            (event["data"]["index"], event["id"], 204),
            (-1, f"challenge_{endpoint['webhook_id']}", 200),
        ]
        stranger = await officer(world, ASKING).get(
            f"/v1/webhook-endpoints/{endpoint['webhook_id']}/attempts"
        )
        assert stranger.status_code == 404
    assert (await world.fsck()).clean


async def test_nothing_is_sent_to_an_address_that_does_not_answer_the_challenge(world: World) -> None:
    async with a_partner(answers_challenges=False) as partner:
        endpoint = await named(world, partner)
        await a_request(world)
        await world.settle(slow_jobs=False)

        assert partner.hints == []
        assert await state_of(officer(world, ASKED), endpoint) == ("PENDING", None)
        assert {each["why"] for each in await attempts_of(world, endpoint)} == {"CHALLENGE"}


async def test_a_hint_that_fails_is_repeated_under_its_id_by_the_schedule_and_not_before_retry_after(
    world: World,
) -> None:
    async with a_partner() as partner:
        await named(world, partner)
        partner.status, partner.extra = 503, "retry-after: 900\r\n"
        await a_request(world)
        await world.settle(slow_jobs=False)
        world.clock.advance(minutes=10)
        await world.settle(slow_jobs=False)
        early = len(partner.hints)
        partner.status, partner.extra = 204, ""
        world.clock.advance(minutes=6)
        await world.settle(slow_jobs=False)
        world.clock.advance(days=2)
        await world.settle(slow_jobs=False)

    assert early == 1
    assert len(partner.hints) == 2
    assert len(set(partner.ids())) == 1


async def test_an_address_that_answers_410_gets_no_more_hints(world: World) -> None:
    async with a_partner() as partner:
        endpoint = await named(world, partner)
        partner.status = 410
        await a_request(world)
        await world.settle(slow_jobs=False)
        await a_request(world)
        await world.settle(slow_jobs=False)

        assert len(partner.hints) == 1
        assert await state_of(officer(world, ASKED), endpoint) == ("DISABLED", "GONE")
    types = await world.record_types("data-exchange", f"webhook/{endpoint['webhook_id']}")
    assert types == ["webhook.created", "webhook.verified", "webhook.disabled"]


async def test_after_a_rotation_both_secrets_sign_for_a_day(world: World) -> None:
    async with a_partner() as partner:
        endpoint = await named(world, partner)
        rotated = await officer(world, ASKED).post(
            f"/v1/webhook-endpoints/{endpoint['webhook_id']}/secret-rotations", json={}
        )
        await a_request(world)
        await world.settle(slow_jobs=False)
        world.clock.advance(hours=25)
        await a_request(world)
        await world.settle(slow_jobs=False)

    old, new = endpoint["secret"], rotated.json()["secret"]
    assert [(is_signed(hint, old), is_signed(hint, new)) for hint in partner.hints] == [
        (True, True),
        (False, True),
    ]


async def test_a_process_that_dies_between_two_steps_of_a_delivery_loses_no_hint(world: World) -> None:
    runtime = world.runtimes["data-exchange"]
    mandate = authorize(service_actor("data-exchange"), Action.WEBHOOK_WORK)
    async with a_partner() as partner:
        endpoint = await named(world, partner)
        await a_request(world)
        await world.carry()
        feed = next(job for job in world.app.apps["data-exchange"].state.jobs if job.name == "events")
        await feed.run(runtime)
        async with change(runtime.db, mandate) as tx:
            await webhooks.queue_hints(tx)
        async with change(runtime.db, mandate) as tx:
            taken = await webhooks.take_due(tx)  # and here it dies: before sending, or after it

        await world.settle(slow_jobs=False)
        while_leased = len(partner.hints)
        world.clock.advance(seconds=61)
        await world.settle(slow_jobs=False)
        repeated = await officer(world, ASKED).post(
            f"/v1/webhook-endpoints/{endpoint['webhook_id']}/redeliveries", json={}
        )
        await world.settle(slow_jobs=False)

    assert while_leased == 0
    assert repeated.json() == {"due": 1}
    assert partner.ids() == [taken[0].message_id] * 2


async def test_eight_ends_at_once_end_the_hints_once(world: World) -> None:
    async with a_partner() as partner:
        endpoint = await named(world, partner)
        path = f"/v1/webhook-endpoints/{endpoint['webhook_id']}"

        answers = await asyncio.gather(
            *(officer(world, ASKED).post(f"{path}/disablement", json={}) for _ in range(8))
        )
        repeat = await officer(world, ASKED).post(f"{path}/redeliveries", json={})
        secret_in_url = await officer(world, ASKED).post(
            "/v1/webhook-endpoints", json={"url": "https://hints.example/in?key=1"}
        )

    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 7
    assert (repeat.status_code, repeat.json()["code"]) == (409, "DX_WEBHOOK_STATE")
    assert secret_in_url.status_code == 422


def test_a_signature_is_the_one_that_standard_webhooks_publish() -> None:
    at = datetime.fromtimestamp(1_614_265_330, UTC)

    headers = signed(
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        at,
        b'{"test": 2432232314}',
        ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
    )

    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_the_schedule_ends_and_retry_after_makes_it_later_only() -> None:
    at = datetime(2025, 3, 3, tzinfo=UTC)

    pauses = [next_try(n, Answer(500), at=at) for n in range(1, len(RETRIES_S) + 2)]

    assert pauses[-1] is None
    for pause, least in zip(pauses, RETRIES_S, strict=False):
        assert pause is not None
        assert timedelta(seconds=least) <= pause - at <= timedelta(seconds=least * 1.21)
    assert next_try(1, Answer(503, "", 900), at=at) == at + timedelta(seconds=900)
