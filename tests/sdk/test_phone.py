"""The phone of `examples/phone` against the running platform: sign-in, stream, acknowledgement, push, sign-out."""

from __future__ import annotations

import asyncio
import json
import shutil
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from py_vapid import Vapid02

from common.calls.fetch import Guard
from common.calls.providers import Lines, Reply
from mz import ROOT
from notification.channels.configs import Provider, WebPush
from notification.channels.webpush import WebPushCarrier
from notification.domain.channels import Channel
from tests.case.story import Story
from tests.nodejs import installed, run
from tests.served import served
from tests.world import BASE_URL, World

pytestmark = pytest.mark.slow

OWN = ROOT / "examples/phone"
ENDPOINT = "https://push.example/send/phone-1"


async def built(world: World, place: Path) -> Path:
    """The example, with types that are generated from the platform's own document."""
    pinned = json.loads((OWN / "package.json").read_text())["devDependencies"]
    folder = await installed("phone", *(f"{name}@{version}" for name, version in pinned.items()))
    copy = place / "phone"
    shutil.copytree(OWN, copy, ignore=shutil.ignore_patterns("node_modules", "dist"))
    (copy / "node_modules").symlink_to(folder / "node_modules")
    (copy / "openapi.json").write_text((await world.http.get("/openapi.json")).text)
    await run("npm", "run", "--silent", "models", cwd=copy)
    await run("npm", "run", "--silent", "build", cwd=copy)
    return copy / "dist/phone.js"


def a_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def settings(world: World, *, port: int, push_port: int) -> dict[str, Any]:
    people = json.loads(world.installation.d.demo.read_text())["people"]
    party = next(one for one in people if "PARTY" in one["roles"])
    return {
        "origin": BASE_URL,
        "connect": f"http://127.0.0.1:{port}",
        "client_id": party["client_id"],
        "client_secret": party["client_secret"],
        "push_endpoint": ENDPOINT,
        "push_port": push_port,
    }


@dataclass
class ToThePhone(Lines):
    """The network of this test: what is posted to the subscription's address reaches the phone at its own port."""

    port: int = 0

    async def call(self, method: str, url: str, **order: Any) -> Reply:
        assert (method, url) == ("POST", ENDPOINT)
        own = f"http://127.0.0.1:{self.port}"
        async with aiohttp.ClientSession() as http, http.post(own, data=order["content"]) as answer:
            return Reply(answer.status, {}, b"")


def pushing(world: World, port: int) -> None:
    """The platform pushes to browsers and phones by Web Push."""
    key = Vapid02()
    key.generate_keys()
    form = WebPush(key=Path("vapid.pem"), contact="mailto:it@city.example")
    provider = Provider(name="web-push", channel=Channel.WEBPUSH, level=1, webpush=form)
    lines = ToThePhone(Guard(loopback=True), port=port)
    carrier = WebPushCarrier(provider, lines, key=key)
    world.runtimes["notification"].roster.carriers[provider.name] = carrier


@pytest.mark.begins("notify")
async def test_a_phone_of_a_hundred_and_fifty_lines_lives_on_its_inbox(world: World, tmp_path: Path) -> None:
    story = await Story(world).opened()
    await story.walk("consent")
    waiting = await story.inbox()
    program = await built(world, tmp_path)
    push_port = a_port()
    pushing(world, push_port)
    async with served(world) as port:
        path = tmp_path / "settings.json"
        path.write_text(json.dumps(settings(world, port=port, push_port=push_port)))
        phone = await asyncio.create_subprocess_exec(
            "node", str(program), str(path), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
        )
        said = await lines(phone, until="following")
        served_notice = await story.walk("serve notice")
        said += await lines(phone, until="signed-out")
        errors = (await phone.communicate())[1]

    assert (await phone.wait(), errors) == (0, b"")
    assert served_notice is story
    words = [line.split(" ") for line in said]
    synced = [word[3] for word in words if word[0] == "synced"]
    arrived = next(word[2] for word in words if word[0] == "arrived")
    messages = {message["message_id"]: message for message in await story.inbox()}
    before = {message["message_id"] for message in waiting}
    assert arrived in messages.keys() - before
    assert before <= set(synced)
    assert messages.keys() == set(synced) | {arrived}  # list and stream together miss nothing
    assert ["acknowledged", arrived, "CLIENT_SECRET"] in words
    assert ["pushed", "inbox"] in words
    assert ["signed-out", "yes"] in words
    assert messages[arrived]["acknowledged_at"] is not None
    session = next(word[1] for word in words if word[0] == "signed-in")
    assert await world.record_types("gateway", f"session/{session}") == ["session.begun", "session.ended"]
    assert not [line for line in said if "eyJ" in line]


async def lines(phone: asyncio.subprocess.Process, *, until: str) -> list[str]:
    """What the phone says, up to the line that begins with `until`."""
    said: list[str] = []
    assert phone.stdout is not None
    assert phone.stderr is not None
    async with asyncio.timeout(60):
        while not (said and said[-1].startswith(until)):
            line = (await phone.stdout.readline()).decode().strip()
            assert line, (said, (await phone.stderr.read()).decode())
            said.append(line)
    return said


def test_its_own_code_has_at_most_150_lines() -> None:
    code = [
        line
        for path in sorted((OWN / "src").glob("*.ts"))
        if path.name != "schema.d.ts"
        for line in path.read_text().splitlines()
        if line.strip() and not line.strip().startswith(("//", "/**"))
    ]
    assert len(code) <= 150
    assert max(map(len, code)) <= 180
