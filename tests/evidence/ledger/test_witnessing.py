"""The client of the witnesses: a good witness is counted, and a dead, slow or lying one stops nothing."""

from __future__ import annotations

import argparse
import asyncio
import logging
import re
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from common.web.inner import Inner
from evidence.ledger.recovery import LedgerDamaged
from evidence.ledger.witnessing import REFRESH, Unwitnessed, Witnesses
from ledger.checkpoint import Checkpoint
from ledger.clock import real_time
from ledger.cosigning import CosignatureKey, make_key
from ledger.notes import parse_note
from ledger.trust import Policy, Witness, cosignature_time
from ledger.verifier.notes import Checkpoint as VerifiedCheckpoint
from ledger.verifier.report import VERIFIED, Report
from ledger.verifier.trust import Trust, check_witnesses
from mz.__main__ import _parser
from mz.operate import keys
from mz.operate.accept import accept
from mz.operate.keys import CannotDo
from outsiders.memory import Memory
from outsiders.witness import WitnessServer
from tests.given import a_camera_in_service
from tests.ledger.given import ORIGIN, note_key
from tests.outsiders.test_witness import LOG, LOGGED, History
from tests.world import World, opened

URLS = [f"http://w{n}.test" for n in range(3)]
Answer = Callable[[Request], Awaitable[Response]]


class Bureaus:
    """Three witnesses of one log, any of which can be replaced by something worse."""

    def __init__(self, folder: Path, quorum: str = "2") -> None:
        self.keys, lines = [], []
        self.transports: dict[str, httpx.AsyncBaseTransport] = {}
        for n, url in enumerate(URLS):
            (folder / f"state{n}").mkdir()
            make_key(folder / f"key{n}")
            key = CosignatureKey.load(f"w.example/w{n}", folder / f"key{n}")
            server = WitnessServer([key], {ORIGIN: [LOG.verifier]}, Memory(folder / f"state{n}"))
            self.keys.append(key)
            self.transports[url] = httpx.ASGITransport(server.app())
            lines.append(f"witness w{n} {key.cosigner.vkey} {url}\n")
        policy = f"log {LOG.vkey}\n{''.join(lines)}group all3 {quorum} w0 w1 w2\nquorum all3\n"
        self.policy = Policy.parse(policy)

    def replace(self, n: int, answer: Answer) -> None:
        app = Starlette(routes=[Route("/{rest:path}", answer, methods=["GET", "POST"])])
        self.transports[URLS[n]] = httpx.ASGITransport(app, raise_app_exceptions=False)

    def ask(self) -> Witnesses:
        return Witnesses(self.policy, transports=self.transports)


@pytest.fixture
def bureaus(tmp_path: Path) -> Bureaus:
    return Bureaus(tmp_path)


async def prove(old: int, new: int) -> list[bytes]:
    return LOGGED.proof(old, new)


async def collect(asked: Witnesses, size: int, history: History = LOGGED) -> dict[str, str]:
    """The line of each witness that cosigned, by its name."""
    lines_of = {}
    for each in asked.awake():
        try:
            lines = await asked.cosign(each, history.checkpoint(size), note=history.note(size), prove=prove)
        except Unwitnessed:
            continue
        lines_of[each.name] = lines[0]
    return lines_of


async def test_each_witness_cosigns_from_wherever_it_is(bureaus: Bureaus) -> None:
    assert set(await collect(bureaus.ask(), 5)) == {"w0", "w1", "w2"}

    lines = await collect(bureaus.ask(), 9)  # another process, which does not know where they are

    assert bureaus.policy.met(lines.values(), LOGGED.checkpoint(9).text()) == {"w0", "w1", "w2"}


async def redirects(request: Request) -> Response:
    return RedirectResponse(f"{URLS[1]}/add-checkpoint", 307)


def says(body: str | bytes, status: int = 200, headers: dict[str, str] | None = None) -> Answer:
    async def answer(request: Request) -> Response:
        return Response(body, status, headers)

    return answer


async def breaks(request: Request) -> Response:
    raise RuntimeError("broken")


LIES: dict[str, Answer] = {
    "redirect": redirects,
    "too-long": says(b"x" * 100_000),
    "breaks": breaks,
    "nothing": says(b""),
    "html": says("<html>", headers={"content-type": "text/html"}),
    "not-utf-8": says(b"\xff\xfe"),
    "a-line-of-nobody": says("— nobody.example/x AAAA\n"),
    "409-of-no-size": says("many\n", 409),
    "409-of-the-same": says("0\n", 409),
    "409-ahead": says("7777777\n", 409),
    "409-without-end": says("9" * 30, 409),
    "404": says("", 404),
    "500": says("", 500),
    "bad-gzip": says(b"no", headers={"content-encoding": "gzip"}),
}


@pytest.mark.parametrize("lie", LIES.values(), ids=LIES.keys())
async def test_a_witness_that_answers_badly_neither_counts_nor_stops_the_others(
    bureaus: Bureaus, lie: Answer
) -> None:
    bureaus.replace(0, lie)
    asked = bureaus.ask()

    collected = await collect(asked, 5)

    assert set(collected) == {"w1", "w2"}
    assert bureaus.policy.quorum(collected.keys())
    assert [each.name for each in asked.awake()] == ["w1", "w2"], "it is not asked again at once"


async def test_a_cosignature_by_another_key_or_of_another_checkpoint_does_not_count(bureaus: Bureaus) -> None:
    text, now = LOGGED.checkpoint(5).text(), int(real_time().timestamp())
    other = LOGGED.checkpoint(6).text()
    bureaus.replace(0, says(bureaus.keys[1].line(text, now)))
    bureaus.replace(2, says(bureaus.keys[2].line(other, now)))

    assert set(await collect(bureaus.ask(), 5)) == {"w1"}


async def test_a_cosignature_of_the_future_does_not_count(bureaus: Bureaus) -> None:
    """Otherwise one lie would keep the log fresh for ever."""
    later = int((real_time() + timedelta(days=365)).timestamp())
    bureaus.replace(0, says(bureaus.keys[0].line(LOGGED.checkpoint(5).text(), later)))

    assert "w0" not in await collect(bureaus.ask(), 5)


async def drips(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
    while True:
        writer.write(b"x")
        await writer.drain()
        await asyncio.sleep(0.2)


async def never_ends(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
    while True:
        writer.write(b"x" * 65_536)
        await writer.drain()


async def hangs(writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(3_600)


@pytest.mark.parametrize(
    ("serve", "patience_s", "why"),
    [(drips, 0.5, "in time"), (hangs, 0.5, "in time"), (never_ends, 5, "more than")],
)
async def test_a_witness_that_never_comes_to_an_end_is_given_up(
    bureaus: Bureaus, serve: Callable[[asyncio.StreamWriter], Awaitable[None]], patience_s: float, why: str
) -> None:
    server = await asyncio.start_server(lambda _, writer: serve(writer), "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    slow = Witness("w0", bureaus.keys[0].cosigner.vkey, url)
    asked = Witnesses(Policy((), {"w0": slow}, {}, "w0"), patience_s=patience_s)

    with pytest.raises(Unwitnessed, match=why):
        await asked.cosign(slow, LOGGED.checkpoint(5), note=LOGGED.note(5), prove=prove)

    await asked.close()
    server.close()


async def test_a_log_that_was_cut_back_is_not_cosigned_again(bureaus: Bureaus) -> None:
    asked = bureaus.ask()
    await collect(asked, 9)

    assert await collect(asked, 5) == {}
    assert await collect(bureaus.ask(), 5) == {}


async def standing(world: World) -> dict[str, Any]:
    answer = await world.anonymous.get("/v1/ledger/standing")
    assert answer.status_code == 200, answer.text
    shown: dict[str, Any] = answer.json()
    return shown


async def test_the_newest_checkpoint_is_served_with_its_cosignature(world: World) -> None:
    await a_camera_in_service(world)
    await world.settle()

    served = (await world.anonymous.get("/ledger/checkpoint")).content

    policy = world.runtimes["evidence"].ledger.settings.witnesses.policy
    lines = served.decode().rpartition("\n\n")[2].splitlines()
    assert policy.quorum(policy.met(lines, parse_note(served).text))
    shown = await standing(world)
    assert (shown["witnessed_size"], shown["unwitnessed"]) == (shown["size"], False)
    assert shown["age_s"] < 60


async def test_a_log_at_rest_is_cosigned_again_when_a_minute_has_passed(world: World) -> None:
    before = await standing(world)
    world.bureau.passed += REFRESH + timedelta(seconds=1)
    aged = await standing(world)

    await world.witness()

    after = await standing(world)
    assert aged["age_s"] > before["age_s"] + 60
    assert (after["size"], after["witnessed_size"]) == (before["size"], before["size"])
    assert after["age_s"] < 60
    served = (await world.anonymous.get("/ledger/checkpoint")).text.rpartition("\n\n")[2].splitlines()
    times = [cosignature_time(line) for line in served if line.split(" ")[1].endswith("w1")]
    assert len(times) == 1, "of each witness the newest line alone is served"


async def test_without_a_witness_the_ledger_goes_on_and_says_so(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.bureau.die(minutes=11)
    await a_camera_in_service(world)
    with caplog.at_level(logging.ERROR, logger="evidence.ledger.witnessing"):
        await world.settle()

    shown = await standing(world)
    assert (shown["unwitnessed"], shown["age_s"] > 600) == (True, True)
    assert "unwitnessed" in caplog.text
    assert "mingzheng_ledger_unwitnessed 1.0" in await _metrics(world)


async def _metrics(world: World) -> str:
    transport = httpx.ASGITransport(Inner(world.app.apps["evidence"]))
    async with httpx.AsyncClient(transport=transport, base_url="http://evidence.internal") as http:
        return (await http.get("/metrics")).text


async def test_a_restored_older_copy_of_the_ledger_is_not_led(world: World) -> None:
    """A checkpoint that a witness saw and the database lacks means an old backup, or a second history."""
    sequencer = world.runtimes["evidence"].ledger
    async with world.database("evidence") as conn:
        size = await conn.fetchval("SELECT size FROM ledger.log")
    ahead = Checkpoint(sequencer.origin, size + 1, bytes(32)).signed(world.installation.log_key)
    world.bureau.witness.app = _serving(ahead)

    again = world.installation.sequencer()
    await sequencer.stop()

    with pytest.raises(
        LedgerDamaged, match=rf"demo-second-bureau cosigned {size + 1} entries.* holds {size}"
    ):
        await again.start()


async def test_a_second_history_of_the_same_size_is_not_led(world: World) -> None:
    sequencer = world.runtimes["evidence"].ledger
    async with world.database("evidence") as conn:
        size = await conn.fetchval("SELECT size FROM ledger.log")
    other = Checkpoint(sequencer.origin, size, bytes(32)).signed(world.installation.log_key)
    world.bureau.witness.app = _serving(other)
    again = world.installation.sequencer()
    await sequencer.stop()

    with pytest.raises(LedgerDamaged, match="are not those of this database"):
        await again.start()


NEVER_SAW = {
    "dead": None,
    "never-saw-it": says("", 404),
    "broken": says("", 500),
    "unavailable": says("", 503),
    "redirect": redirects,
}


@pytest.mark.parametrize("answer", NEVER_SAW.values(), ids=NEVER_SAW.keys())
async def test_a_witness_that_never_saw_this_log_or_does_not_answer_stops_nobody(
    world: World, answer: Answer | None
) -> None:
    sequencer = world.runtimes["evidence"].ledger
    world.bureau.die(minutes=11)
    if answer is not None:
        world.bureau.witness.app = _answering(answer)
    again = world.installation.sequencer()
    await sequencer.stop()

    await again.start()

    assert again.leads
    await again.stop()
    await world.witness()
    assert (await standing(world))["age_s"] > 600
    (age,) = re.findall(r"^mingzheng_ledger_witness_age_seconds (\S+)$", await _metrics(world), re.MULTILINE)
    assert float(age) > 600


def shown_without_the_log(world: World, size: int) -> list[bytes]:
    """Memories of a witness that no key of the log signed: by junk lines, by a key of nobody, and no note at all."""
    text = Checkpoint(world.installation.origin, size, bytes(32)).text()
    junk = b"".join(note_key(world.installation.origin, 100 + n).line(text) for n in range(16))
    return [text + b"\n" + junk, text + b"\n" + LOG.line(text), b"<html>"]


async def test_a_memory_that_no_key_of_the_log_signed_stops_the_start_until_a_person_decides(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    """Junk lines under the log's name in front of the real one once made a forgetful witness look like a new one."""
    sequencer = world.runtimes["evidence"].ledger
    size = (await standing(world))["size"]
    await sequencer.stop()
    for memory in shown_without_the_log(world, size + 1):
        world.bureau.witness.app = _serving(memory)
        with pytest.raises(
            LedgerDamaged, match=r"older copy.*\./mz ledger accept --witness demo-second-bureau"
        ):
            await world.installation.sequencer().start()

    officer = world.person("SUPERVISOR").id
    for wrong in (
        ["--officer", officer],
        ["--reason", "NEWEST_BACKUP"],
        ["--officer", "off_" + "0" * 26, "--reason", "NEWEST_BACKUP"],
        ["--officer", officer, "--reason", "because it is so"],
        ["--officer", officer, "--reason", "NEWEST_BACKUP", "--clock"],
    ):
        with pytest.raises((CannotDo, ValueError)):
            await accept(world.installation, _asked("--witness", "demo-second-bureau", *wrong))
    decided = ["--officer", officer, "--reason", "NEWEST_BACKUP"]
    await accept(world.installation, _asked("--witness", "demo-second-bureau", *decided))

    assert "shows something that is no checkpoint" in capsys.readouterr().out
    async with opened(world.installation) as again:
        again.bureau.witness.app = _serving(memory)
        records = await again.anonymous.get("/v1/ledger/streams/log/overruled/records")
        (record,) = [each["record"] for each in records.json()["items"]]
        assert (record["type"], record["data"]["officer_id"]) == ("witness.overruled", officer)
        assert record["data"] | {"witness": "demo-second-bureau", "reason": "NEWEST_BACKUP"} == record["data"]
        await again.runtimes["evidence"].ledger.stop()
        third = again.installation.sequencer()
        await third.start()
        assert third.leads, "the decision holds for every later start"
        await third.stop()
        other = shown_without_the_log(again, size + 2)[0]
        again.bureau.witness.app = _serving(other)
        with pytest.raises(LedgerDamaged, match="older copy"):
            await again.installation.sequencer().start()


async def test_a_proof_that_the_database_is_older_is_never_overruled(world: World) -> None:
    size = (await standing(world))["size"]
    own = Checkpoint(world.installation.origin, size + 1, bytes(32))
    junk = note_key(world.installation.origin, 100).line(own.text())
    world.bureau.witness.app = _serving(
        own.text() + b"\n" + junk + world.installation.log_key.line(own.text())
    )
    await world.runtimes["evidence"].ledger.stop()

    decided = ["--officer", world.person("SUPERVISOR").id, "--reason", "NEWEST_BACKUP"]
    with pytest.raises(CannotDo, match="no doubt that a person can overrule"):
        await accept(world.installation, _asked("--witness", "demo-second-bureau", *decided))

    with pytest.raises(LedgerDamaged, match=f"cosigned {size + 1} entries, this database holds {size}"):
        await world.installation.sequencer().start()


async def test_an_unsigned_memory_of_our_own_checkpoint_raises_no_doubt(world: World) -> None:
    served = (await world.anonymous.get("/ledger/checkpoint")).content
    text = parse_note(served).text
    world.bureau.witness.app = _serving(text + b"\n" + LOG.line(text))
    again = world.installation.sequencer()
    await world.runtimes["evidence"].ledger.stop()

    await again.start()

    assert again.leads
    await again.stop()


async def test_by_setting_the_log_cosigns_its_own_checkpoints_with_ml_dsa(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    assert keys.main(_parser().parse_args(["keys", "ml-dsa", "--data-dir", str(world.folder)])) == 0
    name, vkey = capsys.readouterr().out.split()[1:]
    await world.runtimes["evidence"].ledger.stop()
    with pytest.raises(ValueError, match=f"the policy lacks the log's own cosigner; add: witness {name}"):
        world.installation.sequencer()

    async with opened(world.installation) as again:
        await again.settle()
        served = (await again.anonymous.get("/ledger/checkpoint")).content
        policy = again.runtimes["evidence"].ledger.settings.witnesses.policy
        shown = await standing(again)

    lines = served.decode().rpartition("\n\n")[2].splitlines()
    assert policy.met(lines, parse_note(served).text) == {"demo-second-bureau", name}
    assert not policy.quorum({name}), "a log is no witness of its own"
    report, trust = Report(), Trust.of([], witnesses=[vkey])
    check_witnesses(report, trust, VerifiedCheckpoint.parse(served))
    assert [step.verdict for step in report.steps] == [VERIFIED]
    assert (shown["unwitnessed"], len(shown["witnesses"])) == (False, 2)


def _asked(*arguments: str) -> argparse.Namespace:
    return _parser().parse_args(["ledger", "accept", *arguments])


def _answering(answer: Answer) -> Starlette:
    return Starlette(routes=[Route("/{rest:path}", answer, methods=["GET", "POST"])])


def _serving(note: bytes) -> Starlette:
    return Starlette(routes=[Route("/{rest:path}", says(note))])
