"""Authorities outside stamp checkpoints. The ledger goes on, however they behave."""

from __future__ import annotations

import asyncio
import base64
import logging
import os
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import asyncpg
import httpx
import pytest
from prometheus_client import REGISTRY
from rfc3161_client import decode_timestamp_response
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response, StreamingResponse

from common.values.ids import CaseId
from evidence.jobs.log import stamp
from evidence.ledger.log import Log
from evidence.ledger.timestamp import (
    Authority,
    NotStamped,
    Stamped,
    Stamper,
    anchors,
    authorities_in,
    check_token,
    request,
)
from ledger.clock import real_time
from ledger.verifier.timestamps import time_token
from outsiders.authority import REPLY, Signer, create
from tests.evidence.ledger.given import Ledger
from tests.ledger.given import START, Stream
from tests.outsiders.stamping import (
    NOTE,
    OpensslAuthority,
    openssl_accepts,
    pem,
    query,
    reversed_certificates,
    signer,
)
from tests.world import World

Answering = Callable[[Request], Awaitable[Response]]


def authority(
    name: str = "one", made: Signer | None = None, *, behind: timedelta = timedelta(0)
) -> Authority:
    """Our test authority in this process; its clock is `behind` ours."""
    made = made or signer()
    app = create(made, lambda: real_time() - behind)
    return Authority(name, "http://tsa.test/", (made.root,), transport=httpx.ASGITransport(app))


def answering(name: str, made: Signer, answer: Answering) -> Authority:
    """An authority that we trust as `made`, and that answers as it likes."""

    async def app(scope: dict[str, object], receive: object, send: object) -> None:
        await (await answer(Request(scope, receive)))(scope, receive, send)  # type: ignore[arg-type]

    transport = httpx.ASGITransport(app)  # type: ignore[arg-type]
    return Authority(name, "http://tsa.test/", (made.root,), transport=transport)


def replying(
    made: Signer, content: Callable[[bytes], bytes], *, status: int = 200, kind: str = REPLY
) -> Authority:
    async def answer(asked: Request) -> Response:
        return Response(content(await asked.body()), status, media_type=kind)

    return answering("liar", made, answer)


async def append(world: World, count: int = 1) -> None:
    stream = Stream(CaseId.new(START).stream, world.runtimes["case"].db.signer)
    for answer in await world.runtimes["evidence"].ledger.append_all(stream.take(count)):
        assert not isinstance(answer, Exception)


async def kept(world: World) -> list[tuple[int, str]]:
    async with world.database("evidence") as connection:
        rows = await connection.fetch("SELECT size, authority FROM ledger.time_token ORDER BY 1, 2")
    return [(row["size"], row["authority"]) for row in rows]


async def head(world: World) -> tuple[int, bytes]:
    async with world.database("evidence") as connection:
        row = await connection.fetchrow("SELECT size, note FROM ledger.checkpoint ORDER BY size DESC LIMIT 1")
    assert row is not None
    return row["size"], row["note"]


async def test_the_newest_checkpoint_is_stamped_once_and_an_idle_log_not_again(world: World) -> None:
    stamper, runtime = Stamper([authority()]), world.runtimes["evidence"]
    size, note = await head(world)

    for _ in range(3):
        await stamper.stamp_due(runtime)

    assert await kept(world) == [(size, "one")]
    (held,) = await stamper.stamp_now(runtime.db, size)
    assert (held.note, check_token(stamper.authorities[0], held.token, note)) == (note, None)


async def test_entries_after_a_token_wait_for_the_interval_and_are_stamped_then(world: World) -> None:
    made, runtime = signer(), world.runtimes["evidence"]
    every = timedelta(seconds=runtime.profile.ledger.time_stamp_every_s)
    fresh, first = authority(made=made), (await head(world))[0]
    old = replace(authority(made=made, behind=every + timedelta(minutes=1)), drift=timedelta(days=1))

    await Stamper([old]).stamp_due(runtime)
    await append(world, 2)
    await Stamper([fresh]).stamp_due(runtime)
    await append(world)
    await Stamper([fresh]).stamp_due(runtime)

    assert await kept(world) == [(first, "one"), (first + 2, "one")]


async def test_two_authorities_stamp_each_on_its_own(world: World) -> None:
    async def hanging(asked: Request) -> Response:
        raise OSError("the line is cut")

    runtime, (size, _) = world.runtimes["evidence"], await head(world)

    await Stamper([answering("cut", signer(), hanging), authority("two")]).stamp_due(runtime)
    await Stamper([authority("one"), authority("two")]).stamp_due(runtime)

    assert await kept(world) == [(size, "one"), (size, "two")]


async def test_a_process_that_stands_by_requests_no_token(world: World) -> None:
    runtime = world.runtimes["evidence"]
    runtime.ledger.settings = replace(runtime.ledger.settings, stamper=Stamper([authority()]))
    await runtime.ledger.stop()

    await stamp(runtime)

    assert (runtime.ledger.leads, await kept(world)) == (False, [])


LIES: dict[str, Callable[[Signer, Signer], Authority]] = {
    "another-nonce": lambda made, _: replying(made, lambda _: made.reply(query(), real_time())),
    "another-document": lambda made, _: replying(made, lambda _: made.reply(query(b"else"), real_time())),
    "no-signature-of-its-own": lambda made, other: replying(made, lambda q: other.reply(q, real_time())),
    "yesterday": lambda made, _: replying(made, lambda q: made.reply(q, real_time() - timedelta(days=1))),
    "tomorrow": lambda made, _: replying(made, lambda q: made.reply(q, real_time() + timedelta(days=1))),
    "a-refusal": lambda made, _: replying(made, lambda _: made.reply(b"?", real_time())),
    "junk": lambda made, _: replying(made, lambda _: b"\x30\x82\xff\xff"),
    "nothing": lambda made, _: replying(made, lambda _: b""),
    "a-page": lambda made, _: replying(made, lambda q: made.reply(q, real_time()), kind="text/html"),
    "an-error": lambda made, _: replying(made, lambda q: made.reply(q, real_time()), status=500),
    "too-much": lambda made, _: replying(made, lambda q: made.reply(q, real_time()) + bytes(70_000)),
    "more-after-it": lambda made, _: replying(made, lambda q: made.reply(q, real_time()) + b"\0"),
}


@pytest.mark.parametrize("lie", LIES)
async def test_an_answer_that_is_not_the_requested_token_is_not_stored(lie: str) -> None:
    made, other = signer(), signer()

    with pytest.raises(NotStamped):
        await request(LIES[lie](made, other), NOTE)
    assert await request(authority(made=made), NOTE)


async def test_an_authority_that_redirects_or_never_ends_is_given_up() -> None:
    made = signer()

    async def elsewhere(asked: Request) -> Response:
        return RedirectResponse("http://127.0.0.1/")

    async def endless(asked: Request) -> Response:
        async def drops() -> object:
            while True:
                yield b"\0"
                await asyncio.sleep(0.01)

        return StreamingResponse(drops(), media_type=REPLY)  # type: ignore[arg-type]

    async def silent(asked: Request) -> Response:
        await asyncio.Event().wait()
        raise AssertionError

    for answer in (elsewhere, endless, silent):
        with pytest.raises(NotStamped):
            await request(answering("slow", made, answer), NOTE, within_s=0.2)
    with pytest.raises(NotStamped, match="ConnectError"):
        await request(Authority("dead", "http://127.0.0.1:9/", (made.root,)), NOTE)


async def test_an_hour_without_a_token_is_an_alarm_and_nothing_else(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    made, runtime = signer(), world.runtimes["evidence"]
    stamper = Stamper([Authority("away", "http://127.0.0.1:9/", (made.root,))])
    await append(world)
    world.clock.advance(hours=2)

    with caplog.at_level(logging.WARNING, "evidence.ledger.timestamp"):
        await stamper.stamp_due(runtime)
        await stamper.stamp_due(runtime)

    levels = [record.levelno for record in caplog.records]
    assert levels.count(logging.ERROR) == 1
    assert (waiting_s("away") or 0) >= 7_000
    await append(world)
    await Stamper([authority("away", made)]).stamp_due(runtime)
    assert waiting_s("away") == 0


def waiting_s(name: str) -> float | None:
    return REGISTRY.get_sample_value("mingzheng_ledger_time_stamp_age_seconds", {"authority": name})


async def test_an_export_gets_a_token_at_once_or_goes_on_without(world: World) -> None:
    runtime, (size, note) = world.runtimes["evidence"], await head(world)
    dead = Authority("dead", "http://127.0.0.1:9/", (signer().root,))
    one = authority("one")

    first = await Stamper([one, dead]).stamp_now(runtime.db, size)
    again = await Stamper([one, dead]).stamp_now(runtime.db, size)

    assert [(held.authority, held.note) for held in first] == [("one", note)]
    assert again == first
    assert await Stamper([one]).stamp_now(runtime.db, size + 1) == []
    assert await Stamper().stamp_now(runtime.db, size) == first


async def test_anyone_reads_between_which_times_an_entry_came(world: World, tmp_path: Path) -> None:
    made, runtime = signer(), world.runtimes["evidence"]
    stamper, (before, note) = Stamper([authority(made=made)]), await head(world)
    await stamper.stamp_now(runtime.db, before)
    await append(world)

    lower = (await world.anonymous.get(f"/v1/ledger/anchors/{before}")).json()
    await stamper.stamp_now(runtime.db, before + 1)
    both = (await world.anonymous.get(f"/v1/ledger/anchors/{before}")).json()
    missing = await world.anonymous.get(f"/v1/ledger/anchors/{before + 1}")

    assert ([one["size"] for one in lower["lower"]], lower["upper"]) == ([before], [])
    assert [one["size"] for one in both["lower"] + both["upper"]] == [before, before + 1]
    (shown,) = both["lower"]
    token = base64.b64decode(shown["token"])
    assert shown["checkpoint"].encode() == note
    assert time_token(token, note, pem(made.root)) == datetime.fromisoformat(shown["at"])
    assert openssl_accepts(tmp_path, token, pem(made.root), note=note)
    assert (missing.status_code, missing.json()["code"]) == (404, "NOT_FOUND")


async def store(connection: asyncpg.Connection[object], size: int, name: str, token: bytes) -> None:
    await connection.execute("SELECT ledger.add_time_token(1, $1, $2, $3)", size, name, token)


async def test_the_anchors_are_the_nearest_of_each_authority(ledger: Ledger) -> None:
    connection, stream, made = await ledger.admin(), Stream(), signer()
    sizes = [(await ledger.sequencer.append(note)).size for note in stream.take(6)]
    for name, places in (("one", (0, 2, 4)), ("two", (1, 5))):
        for place in places:
            note = await connection.fetchval(
                "SELECT note FROM ledger.checkpoint WHERE size = $1", sizes[place]
            )
            await store(connection, sizes[place], name, made.reply(query(note), real_time()))
    log = Log(connection, 1)

    def shown(found: list[Stamped]) -> dict[str, int]:
        return {one.authority: sizes.index(one.size) for one in found}

    # sizes[p] is the size right after record p: a checkpoint of that size is the last that lacks entry sizes[p].
    lower, upper = await anchors(log, sizes[2], sizes[3])
    assert (shown(lower), shown(upper)) == ({"one": 2, "two": 1}, {"one": 4, "two": 5})
    lower, upper = await anchors(log, sizes[2] - 1, sizes[2] - 1)
    assert (shown(lower), shown(upper)) == ({"one": 0, "two": 1}, {"one": 2, "two": 5})
    lower, upper = await anchors(log, 0, sizes[5])
    assert (lower, upper) == ([], [])
    await connection.close()


async def test_a_token_of_any_length_is_kept_and_one_that_nobody_can_read_is_left_out(ledger: Ledger) -> None:
    """An authority that sends its whole chain makes tokens of 6 kB and more: longer than a key of an index."""
    connection = await ledger.admin()
    size, note = await Log(connection, 1).checkpoint() or (0, b"")
    token = signer().reply(query(note), real_time())

    for _ in range(2):
        await store(connection, size, "long", os.urandom(40_000))
        await store(connection, size, "short", token)

    await store(connection, size, "long", token)
    assert await connection.fetchval("SELECT count(*) FROM ledger.time_token") == 4
    _, upper = await anchors(Log(connection, 1), 0, 0)
    assert [(one.authority, one.token) for one in upper] == [("long", token), ("short", token)]
    await connection.close()


async def test_a_token_is_not_found_twice_nor_altered(ledger: Ledger) -> None:
    connection = await ledger.admin()
    size, note = await Log(connection, 1).checkpoint() or (0, b"")
    await store(connection, size, "one", signer().reply(query(note), real_time()))

    for command in ("UPDATE ledger.time_token SET token = ''", "DELETE FROM ledger.time_token"):
        with pytest.raises(asyncpg.PostgresError):
            await connection.execute(command)
    await connection.close()


async def test_openssl_is_an_authority_like_any_other_with_certificates_in_any_order(
    tmp_path: Path,
) -> None:
    theirs, made = OpensslAuthority.make(tmp_path / "tsa", "P-256", "P-256", "P-256"), signer()
    roots = authority_of(theirs)
    asked = (
        replying(made, theirs.stamp).transport,
        replying(made, lambda q: reversed_certificates(theirs.stamp(q))).transport,
    )

    tokens = [await request(replace(roots, transport=transport), NOTE) for transport in asked]

    known = b"".join((theirs.folder / f"{name}.pem").read_bytes() for name in ("root", "intermediate"))
    (theirs.folder / "theirs.pem").write_bytes(known)
    (both,) = authorities_in("theirs=http://tsa.test/", theirs.folder)
    assert check_token(both, theirs.stamp(chain=()), NOTE) is None
    assert check_token(roots, theirs.stamp(chain=()), NOTE) is not None
    unread = 0
    for token in tokens:
        assert check_token(roots, token, NOTE) is None
        try:
            decode_timestamp_response(token)
        except ValueError:
            unread += 1
    assert unread == 1  # one of the two orders is that of a DER SET; the other only our copy of it


def authority_of(theirs: OpensslAuthority) -> Authority:
    (theirs.folder / "theirs.pem").write_bytes(theirs.root)
    (made,) = authorities_in("theirs=http://tsa.test/", theirs.folder, drift_s=60)
    return made


def test_a_token_that_is_wrong_is_told_from_one_that_is_right() -> None:
    made = signer()
    token, one = made.reply(query(), real_time()), authority(made=made)

    assert check_token(one, token, NOTE) is None
    for wrong in (
        check_token(one, token, NOTE + b"\n"),
        check_token(authority("other"), token, NOTE),
        check_token(one, token[:-1] + bytes([token[-1] ^ 1]), NOTE),
        check_token(one, b"", NOTE),
    ):
        assert wrong is not None
        assert wrong.startswith("is no token of o")


def test_the_setting_names_two_authorities_at_most_with_their_certificates(tmp_path: Path) -> None:
    for name in ("one", "two", "three"):
        (tmp_path / f"{name}.pem").write_bytes(pem(signer().root))
    (tmp_path / "empty.pem").write_bytes(b"")

    both = authorities_in("one=http://a/, two=https://b/tsa?x=1", tmp_path, drift_s=5)

    assert [(each.name, each.url, len(each.certificates)) for each in both] == [
        ("one", "http://a/", 1),
        ("two", "https://b/tsa?x=1", 1),
    ]
    assert authorities_in("", None, drift_s=5) == ()
    for wrong in (
        "one=http://a,two=http://b,three=http://c",
        "one=http://a,one=http://b",
        "../one=http://a",
        "one=ftp://a",
        "one",
        "four=http://a",
        "empty=http://a",
    ):
        with pytest.raises(ValueError):
            authorities_in(wrong, tmp_path, drift_s=5)


async def test_the_demo_has_a_test_authority_of_its_own_and_is_stamped_by_its_job(world: World) -> None:
    await world.settle()

    (size, name), *_ = await kept(world)
    (token,) = await world.runtimes["evidence"].ledger.settings.stamper.stamp_now(
        world.runtimes["evidence"].db, size
    )
    root = (world.installation.d.authority_certs / f"{name}.pem").read_bytes()
    assert name == "demo-test"
    assert time_token(token.token, token.note, root) == token.at
    assert (await world.fsck()).clean
