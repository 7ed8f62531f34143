"""A monitor trusts only its own reading, stores it, and notices when the log takes an entry back."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from evidence.ledger.log import Log
from evidence.ledger.overseer import Overseer
from evidence.ledger.witnessing import NOBODY
from ledger.checkpoint import Checkpoint, parse
from ledger.cosigning import CosignatureKey
from ledger.keyfiles import NoteKey
from ledger.notes import STREAM_HEADS, encode_batch, open_statement, parse_note
from ledger.tiles import WIDTH, parse_path
from outsiders.monitor import Monitor
from outsiders.notebook import Notebook
from tests.device_registry.stories import register
from tests.evidence.ledger.conftest import empty_ledger, ledger, open_ledger
from tests.evidence.ledger.given import Ledger
from tests.ledger.given import ORIGIN, ROOT, STRANGER, Stream
from tests.world import World

__all__ = ["empty_ledger", "ledger", "open_ledger"]

Alter = Callable[[str, bytes], bytes]


class Between:
    """A proxy between the monitor and the platform that can alter answers. By default it alters none."""

    def __init__(self, world: World) -> None:
        self._platform = httpx.ASGITransport(world.app)
        self.alter: Alter = lambda path, body: body
        world.bureau.platform.app = self

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        request = Request(scope, receive)
        async with httpx.AsyncClient(transport=self._platform) as http:
            answer = await http.get(str(request.url))
        path = scope["path"].removeprefix("/ledger/")
        try:
            response = Response(self.alter(path, answer.content), answer.status_code)
        except LookupError:
            response = Response("gone", 500)
        await response(scope, receive, send)


@pytest.fixture
def between(world: World) -> Between:
    return Between(world)


@pytest.fixture
async def monitor(world: World, between: Between) -> Monitor:
    watching = world.bureau.watch()
    await watching.read_on()
    assert watching.notebook.chain.size > 90
    return watching


def overseer(world: World) -> Overseer:
    client: Overseer | None = world.runtimes["evidence"].ledger.settings.monitor
    assert client is not None
    return client


async def state(world: World) -> dict[str, Any]:
    async with httpx.AsyncClient(transport=world.bureau.monitor, base_url="http://m") as http:
        standing: dict[str, Any] = (await http.get("/standing")).json()
        return standing


def checkpoint_of(world: World, size: int, root: bytes) -> bytes:
    return Checkpoint(world.installation.origin, size, root).signed(*world.installation.log_keys.first)


async def grow(world: World) -> None:
    await register(world)
    await world.carry()
    await world.witness()


async def test_a_statement_says_where_each_stream_ends(world: World, monitor: Monitor) -> None:
    async with world.database("evidence") as conn:
        query = "SELECT DISTINCT ON (stream) stream, seq, entry FROM ledger.entry ORDER BY stream, seq DESC"
        rows = await conn.fetch(query)
    streams = [row["stream"] for row in rows] + ["evidence/evd_none"]

    note = await overseer(world).statement(streams)

    assert note is not None
    stated = open_statement(note, STREAM_HEADS, [overseer(world).verifier])
    notes = [row["entry"].partition(b"\n")[2] for row in rows]
    ends = [(row["seq"], hashlib.sha256(note).hexdigest()) for row, note in zip(rows, notes, strict=True)]
    assert [(each["seq"], each["sha256"]) for each in stated["streams"]] == [*ends, (-1, "00" * 32)]
    assert [each["stream"] for each in stated["streams"]] == streams
    checkpoint, parsed = parse(stated["checkpoint"].encode())
    assert (checkpoint.size, checkpoint.origin) == (stated["size"], stated["origin"])
    policy = world.runtimes["evidence"].ledger.settings.witnesses.policy
    lines = stated["checkpoint"].rpartition("\n\n")[2].splitlines()
    assert policy.quorum(policy.met(lines, parsed.text))


async def test_it_resumes_after_a_restart_and_has_forgotten_nothing(
    world: World, between: Between, monitor: Monitor
) -> None:
    await grow(world)

    another = world.bureau.watch()
    await another.read_on()

    assert another.notebook.chain.size > monitor.notebook.chain.size
    assert parse(another.notebook.note)[0].root == another.notebook.chain.root()


async def test_an_interrupted_reading_leaves_the_stored_progress(
    world: World, between: Between, monitor: Monitor
) -> None:
    size = monitor.notebook.chain.size
    await grow(world)

    def broken(path: str, body: bytes) -> bytes:
        if path.startswith("tile/entries/"):
            raise LookupError
        return body

    between.alter = broken
    await monitor.read_on()
    during = (monitor.notebook.chain.size, (await state(world))["alarm"])
    between.alter = lambda path, body: body
    await monitor.read_on()

    assert during == (size, None)
    assert monitor.notebook.chain.size > size


def cut_back(world: World, note: bytes) -> Alter:
    return lambda path, body: note if path == "checkpoint" else body


async def test_a_log_that_shrank_is_read_no_further_and_the_alarm_outlives_the_monitor(
    world: World, between: Between, monitor: Monitor
) -> None:
    own, earlier = monitor.notebook.note, checkpoint_of(world, 5, bytes(32))
    between.alter = cut_back(world, earlier)
    await monitor.read_on()
    between.alter = lambda path, body: body

    another = world.bureau.watch()
    await another.read_on()

    alarm = (await state(world))["alarm"]
    assert "shows 5 entries after" in alarm["reason"]
    assert (alarm["kept"].encode(), alarm["offered"].encode()) == (own, earlier)
    assert await overseer(world).statement(["log"]) is None, "it states nothing of a log in alarm"


async def test_two_roots_of_one_size_are_an_alarm(world: World, between: Between, monitor: Monitor) -> None:
    forked = checkpoint_of(world, monitor.notebook.chain.size, bytes(32))
    between.alter = cut_back(world, forked)

    await monitor.read_on()

    assert "two roots" in (await state(world))["alarm"]["reason"]


def flip_in(path: str, at: int) -> Alter:
    def alter(asked: str, body: bytes) -> bytes:
        if not asked.startswith(path):
            return body
        flipped = bytearray(body)
        flipped[at % len(body)] ^= 1
        return bytes(flipped)

    return alter


@pytest.mark.parametrize("at", [-2, -200, -400])
async def test_an_entry_that_differs_from_the_signed_tree_is_an_alarm(
    world: World, between: Between, monitor: Monitor, at: int
) -> None:
    size = monitor.notebook.chain.size
    await grow(world)
    between.alter = flip_in("tile/entries/", at)

    await monitor.read_on()

    assert "an entry after" in (await state(world))["alarm"]["reason"]
    assert monitor.notebook.chain.size == size


async def test_a_larger_tree_that_is_no_continuation_is_an_alarm(
    world: World, between: Between, monitor: Monitor
) -> None:
    """The log and every witness signed it, but the entries give another root."""
    await grow(world)
    policy = world.runtimes["evidence"].ledger.settings.witnesses.policy
    size = (await world.anonymous.get("/v1/ledger/standing")).json()["size"]
    forged = checkpoint_of(world, size, bytes(32))
    folder = world.folder / "second-bureau"
    key = CosignatureKey.load(policy.witnesses["demo-second-bureau"].key.name, folder / "witness.pem")
    line = key.line(parse_note(forged).text, 1_800_000_000)
    assert policy.quorum(policy.met([line.decode()], parse_note(forged).text))
    between.alter = cut_back(world, forged + line)
    world.bureau.die()

    await monitor.read_on()

    assert "do not give the root" in (await state(world))["alarm"]["reason"]


async def test_a_larger_checkpoint_of_a_stranger_is_no_alarm(
    world: World, between: Between, monitor: Monitor
) -> None:
    text = Checkpoint(world.installation.origin, 10**6, bytes(32)).text()
    between.alter = cut_back(world, text + b"\n" + STRANGER.line(text))

    await monitor.read_on()

    standing = await state(world)
    assert (standing["alarm"], standing["failure"] is not None) == (None, True)


async def test_a_witness_that_lies_does_not_keep_it_from_reading(
    world: World, between: Between, monitor: Monitor
) -> None:
    size = monitor.notebook.chain.size
    await grow(world)
    text = Checkpoint(world.installation.origin, 10**6, bytes(32)).text()
    lies = [b"<html>", text + b"\n" + STRANGER.line(text)]

    for lie in lies:
        world.bureau.witness.app = Starlette(routes=[Route("/{rest:path}", lambda _, lie=lie: Response(lie))])
        await monitor.read_on()

    assert (await state(world))["failure"] is None
    assert monitor.notebook.chain.size > size


async def test_a_witness_that_never_ends_its_answer_does_not_keep_it_from_reading(
    world: World, between: Between, monitor: Monitor
) -> None:
    async def drip(request: Request) -> Response:
        await asyncio.Event().wait()
        return Response()

    size, monitor.patience_s = monitor.notebook.chain.size, 0.2
    await grow(world)
    world.bureau.witness.app = Starlette(routes=[Route("/{rest:path}", drip)])

    await monitor.read_on()

    assert (await state(world))["failure"] is None
    assert monitor.notebook.chain.size > size


async def test_a_line_that_was_taken_off_on_the_way_is_no_alarm(
    world: World, between: Between, monitor: Monitor
) -> None:
    await grow(world)
    served = (await world.anonymous.get("/ledger/checkpoint")).content
    lines = served.split(b"\n")
    assert sum(line.startswith("— ledger".encode()) for line in lines) == 2, "Ed25519 and SM2"
    world.bureau.die()
    between.alter = cut_back(world, b"\n".join(lines[:4] + lines[5:]))

    await monitor.read_on()

    standing = await state(world)
    assert (standing["alarm"], standing["failure"] is not None) == (None, True)


@pytest.mark.parametrize("body", [b"", b"<html>", b"x\n1\nAAAA\n\n", b"\xff" * 100], ids=range(4))
async def test_a_checkpoint_that_the_log_did_not_sign_is_no_alarm(
    world: World, between: Between, monitor: Monitor, body: bytes
) -> None:
    between.alter = cut_back(world, body)

    await monitor.read_on()

    standing = await state(world)
    assert (standing["alarm"], standing["failure"] is not None) == (None, True)


async def test_a_stranger_s_checkpoint_is_no_alarm(world: World, between: Between, monitor: Monitor) -> None:
    text = Checkpoint(world.installation.origin, 3, bytes(32)).text()
    between.alter = cut_back(world, text + b"\n" + STRANGER.line(text))

    await monitor.read_on()

    assert (await state(world))["alarm"] is None


async def test_without_a_quorum_nothing_is_read(world: World, between: Between, monitor: Monitor) -> None:
    size = monitor.notebook.chain.size
    world.bureau.die()
    await grow(world)

    await monitor.read_on()

    assert monitor.notebook.chain.size == size
    assert (await state(world))["alarm"] is None


async def published(conn: asyncpg.Connection[Any], request: Request) -> Response:
    """The log as static files, straight from its tables."""
    log = await Log.newest(conn)
    assert log is not None
    path = request.path_params["path"]
    if path == "checkpoint":
        signed = await log.checkpoint()
        assert signed is not None
        return Response(signed[1])
    tile = parse_path("entries", path.removeprefix("tile/entries/"))
    rows = await log.entries(tile.n * WIDTH, tile.width)
    return Response(encode_batch([row.entry for row in rows]), 200 if len(rows) == tile.width else 404)


async def test_a_reading_goes_on_across_bundles_from_the_middle_of_one(
    ledger: Ledger, tmp_path: Path
) -> None:
    conn = await ledger.admin()
    app = Starlette(routes=[Route("/{path:path}", partial(published, conn))])
    stream = Stream()

    def monitor() -> Monitor:
        notebook = Notebook(tmp_path / "monitor", origin=ORIGIN, roots=(ROOT.verifier,))
        key = NoteKey("monitor.test/k1", Ed25519PrivateKey.generate())
        transports = {"http://log": httpx.ASGITransport(app)}
        return Monitor(notebook, url="http://log", key=key, policy=NOBODY, transports=transports)

    for count in (200, 60, 250, 1, 300):
        await ledger.sequencer.append_all(stream.take(count))
        watching = monitor()
        await watching.read_on()
        book = watching.notebook
        assert (book.alarm, book.chain.root()) == (None, parse(book.note)[0].root)
        assert book.end_of(stream.name) == (stream.seq, stream.prev)
        await watching.close()
    assert parse(book.note)[0].size == book.chain.size > 3 * WIDTH
    await conn.close()


@pytest.mark.parametrize("body", [b"", "evidence/übung\n".encode(), b"log\n" * 1_001], ids=range(3))
async def test_a_malformed_list_of_streams_is_refused(world: World, monitor: Monitor, body: bytes) -> None:
    async with httpx.AsyncClient(transport=world.bureau.monitor, base_url="http://m") as http:
        answer = await http.post("/statements", content=body)

    assert answer.status_code == 400
