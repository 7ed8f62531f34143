"""Hints to browsers and phones, subscription messages, and the folder of a print house."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import http_ece
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jose import jwk, jws
from py_vapid import Vapid02

from common.door.uow import change
from common.values.ids import HandsetId, PartyId
from notification.channels.postfile import acknowledgements
from notification.domain.channels import Channel, Role
from notification.domain.delivery import Delivery, State
from notification.domain.engagement import see
from notification.domain.handsets import HandsetRegistered, PushAddress, PushService
from notification.store import handsets, messages
from notification.store.deliveries import Sending
from notification.store.parties import resource
from tests.notification.given import a_message
from tests.notification.outbound import DOCUMENT, work
from tests.notification.providers import Outside, outside
from tests.snapshots import Snapshots
from tests.world import World

MORE = """
[[provider]]
name = "web-push"
channel = "WEBPUSH"
level = 1
[provider.webpush]
key = "vapid.pem"
contact = "mailto:it@city.example"

[[provider]]
name = "print-house"
channel = "POST"
level = 4
[provider.post]
folder = "{folder}"
"""
HINT = Sending("", "有新消息", "请打开应用查看。", values=(("type", "inbox"), ("cursor", "7")))
_POINT = (Encoding.X962, PublicFormat.UncompressedPoint)


@pytest.fixture(scope="module")
async def world(snapshots: Snapshots) -> AsyncIterator[World]:
    async with snapshots.world() as made:
        yield made


@pytest.fixture
async def out(world: World) -> AsyncIterator[Outside]:
    key = Vapid02()
    key.generate_keys()
    (world.folder / "vapid.pem").write_bytes(key.private_pem())
    async with outside(world, more=MORE.format(folder=world.folder / "print")) as made:
        yield made


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def subscribed(out: Outside, ending: str) -> tuple[str, Any, bytes]:
    """A subscription whose push service answers with the status `ending`, and the browser's two secrets."""
    private, auth = ec.generate_private_key(ec.SECP256R1()), hashlib.sha256(ending.encode()).digest()[:16]
    keys = {"p256dh": b64(private.public_key().public_bytes(*_POINT)), "auth": b64(auth)}
    return json.dumps({"endpoint": f"{out.url}/push/{ending}", "keys": keys}), private, auth


async def sent(out: Outside, channel: Channel, address: str, **more: Any) -> Delivery:
    message = await out.outbound.message()
    await out.outbound.send(message, channel, address, **more)
    await out.dispatch()
    (delivery,) = await out.outbound.of(message)
    return delivery


async def test_only_the_browser_reads_a_push_and_it_says_nothing_personal(out: Outside) -> None:
    address, private, auth = subscribed(out, "201")

    delivery = await sent(out, Channel.WEBPUSH, address, sending=HINT, level=1)

    (push,) = out.channels.pushes
    headers = push["headers"]
    plain = http_ece.decrypt(push["body"], private_key=private, auth_secret=auth)
    assert json.loads(plain) == {"type": "inbox", "cursor": "7"}
    assert 0 < int(headers["ttl"]) <= 86_400
    assert (headers["urgency"], headers["topic"]) == ("normal", "inbox")
    token, key = (
        part.partition("=")[2] for part in headers["authorization"].removeprefix("vapid ").split(",")
    )
    point = base64.urlsafe_b64decode(key + "==")
    public = {"kty": "EC", "crv": "P-256", "x": b64(point[1:33]), "y": b64(point[33:])}
    claims = json.loads(jws.verify(token, jwk.construct(public, "ES256"), algorithms=["ES256"]))
    assert (claims["aud"], claims["sub"]) == (out.url, "mailto:it@city.example")
    # The push service took it. Nobody knows whether a phone showed it, so the message is not delivered by it.
    assert (delivery.state, delivery.arrived_at) == (State.SUBMITTED, None)
    assert (await out.outbound.message_row_of(delivery))["state"] == "CREATED"


async def test_each_answer_of_a_push_service_has_its_meaning(out: Outside) -> None:
    expected = {
        "404": State.UNDELIVERED_PERMANENT,
        "410": State.UNDELIVERED_PERMANENT,
        "413": State.REJECTED,
        "429": State.UNDELIVERED_TEMPORARY,
        "503": State.UNDELIVERED_TEMPORARY,
    }
    before = out.world.clock()

    found = {
        status: await sent(out, Channel.WEBPUSH, subscribed(out, status)[0], sending=HINT)
        for status in expected
    }

    assert {status: each.state for status, each in found.items()} == expected
    assert {status: each.code for status, each in found.items()} == {status: status for status in expected}
    asked_for = found["429"].due_at
    assert asked_for is not None
    assert (asked_for - before).total_seconds() >= 120  # Retry-After


async def phones_of(out: Outside, party_id: PartyId, *registered: tuple[PushService, PushAddress]) -> None:
    """The party registers phones. Their push services are the simulator, at an address that a route would refuse."""
    async with change(out.outbound.runtime.db, work()) as tx:
        for push, address in registered:
            fact = HandsetRegistered(HandsetId.new(tx.now), party_id, push)
            await handsets.add(tx, tx.permit(resource(fact.owner, party_id)), fact, texts=address)


async def test_a_message_that_comes_wakes_each_phone_once_and_a_phone_that_is_gone_is_forgotten(
    out: Outside,
) -> None:
    def web(ending: str) -> tuple[PushService, PushAddress]:
        asked = json.loads(subscribed(out, ending)[0])
        keys = asked["keys"]
        return PushService.WEBPUSH, PushAddress(asked["endpoint"], keys["p256dh"], keys["auth"])

    async def pushed() -> int:
        for name in ("hints", "deliveries", "hints"):
            await out.world.carry()  # these messages have no case, so the jobs of case would fail
            await out.job(name)
        return len(out.channels.pushes)

    party = PartyId(out.outbound.party_id)
    asked, private, auth = subscribed(out, "201")
    living = json.loads(asked)
    keys = living["keys"]
    here = (PushService.WEBPUSH, PushAddress(living["endpoint"], keys["p256dh"], keys["auth"]))
    await phones_of(out, party, here, web("410"), (PushService.HMS, PushAddress("token-of-a-phone")))

    message = await a_message(out.world, party)
    first = await pushed()
    hints = await out.outbound.of(message)
    async with change(out.outbound.runtime.db, work()) as tx:
        held = await messages.lock(tx, message.id)
        seen = see(held)
        assert seen is not None
        await messages.save(tx, tx.permit(resource(held.id, party)), held, seen)
    again = await pushed()

    # The phone that is gone was pushed to once; a change of the message wakes nobody.
    assert (first, again) == (2, 2)
    assert {(each.channel, each.role) for each in hints} == {
        (Channel.WEBPUSH, Role.HINTS),
        (Channel.PUSH, Role.HINTS),
    }
    assert len(hints) == 3
    body = next(each["body"] for each in out.channels.pushes if each["id"] == "201")
    assert json.loads(http_ece.decrypt(body, private_key=private, auth_secret=auth)) == {
        "type": "inbox",
        "cursor": "1",
    }
    assert out.channels.orders[0]["data"] == {"type": "inbox", "cursor": "1"}
    async with change(out.outbound.runtime.db, work()) as tx:
        left = await handsets.list_of_party(tx, party)
    assert {each.push: each.address for each in left} == {
        PushService.WEBPUSH: here[1],
        PushService.HMS: PushAddress("token-of-a-phone"),
    }

    await a_message(out.world, party)
    assert await pushed() == 3


async def test_a_subscription_that_nobody_can_encrypt_for_is_an_address_that_does_not_work(
    out: Outside,
) -> None:
    for address in ("{}", "no json", '{"endpoint": "https://x.example", "keys": {}}'):
        delivery = await sent(out, Channel.WEBPUSH, address, sending=HINT)

        assert (delivery.state, delivery.code) == (State.UNDELIVERED_PERMANENT, "SUBSCRIPTION")


async def test_a_subscription_message_that_the_user_refused_is_not_tried_again(out: Outside) -> None:
    refused = await sent(out, Channel.WECHAT, "openid_43101")
    again = await sent(out, Channel.WECHAT, "openid_43101")
    template = await sent(out, Channel.WECHAT, "openid_47003")
    taken = await sent(out, Channel.WECHAT, "openid")

    assert (refused.state, refused.code, refused.attempts) == (State.SUPPRESSED, "NOT_WANTED", 1)
    assert (again.state, again.code, again.attempts) == (State.SUPPRESSED, "ADDRESS_FAULTY", 0)
    assert (template.state, template.code) == (State.REJECTED, "47003")
    assert taken.state is State.SUBMITTED


async def test_the_push_of_a_vendor_is_one_more_configuration(out: Outside) -> None:
    taken = await sent(out, Channel.PUSH, "token-1", sending=HINT, level=1)
    gone = await sent(out, Channel.PUSH, "token-0007", sending=HINT)

    assert (taken.state, gone.state) == (State.SUBMITTED, State.UNDELIVERED_PERMANENT)
    assert out.channels.orders[0]["data"] == {"type": "inbox", "cursor": "7"}


async def test_a_print_house_gets_a_whole_folder_once_and_says_that_it_took_it(out: Outside) -> None:
    message = await out.outbound.message("D-14")
    words = Sending("", "事先告知书", "见附件。", attachment_sha256=message.document_sha256)
    await out.outbound.send(message, Channel.POST, "示范路 1 号 张示民 收", sending=words)
    await out.dispatch()
    (delivery,) = await out.outbound.of(message)

    folder = Path(out.world.folder) / "print"
    (order,) = (folder / "out").iterdir()
    letter = json.loads((order / "letter.json").read_bytes())
    assert (delivery.state, order.name) == (State.SUBMITTED, delivery.id)
    assert (letter["format"], letter["address"]) == ("mingzheng-print/1", "示范路 1 号 张示民 收")
    (file,) = letter["files"]
    assert (order / file["name"]).read_bytes() == DOCUMENT
    assert file["sha256"] == hashlib.sha256(DOCUMENT).hexdigest()
    carrier = out.roster.carriers["print-house"]
    assert (await carrier.ask(delivery.id)).verdict == "TAKEN"  # type: ignore[union-attr]
    assert (await carrier.ask("dlv_00000000000000000000000000")).verdict == "AWAY"  # type: ignore[union-attr]
    (folder / "taken").mkdir()
    (folder / "taken" / f"{delivery.id}.json").write_text('{"code": "PRINTED"}')
    assert acknowledgements(folder) == [(delivery.id, "PRINTED")]
