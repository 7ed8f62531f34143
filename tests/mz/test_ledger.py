"""What `./mz ledger` checks: a database, its published files over HTTP, an exported copy and nothing else."""

from __future__ import annotations

import asyncio
import base64
import json
import shutil
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from common.values.ids import EvidenceId
from evidence.ledger.fsck import Proven, Report
from ledger.checkpoint import parse
from ledger.notes import Verifier
from ledger.tiles import Tile, path_of
from mz.__main__ import _parser as command_line
from mz.operate import export, fsck, ledger
from mz.operate.fsck import Result
from mz.operate.verify import Unreadable, published
from tests.given import ARCHIVED, a_case_in_the_archive
from tests.ledger.given import START, STRANGER, Stream
from tests.snapshots import PEOPLE, Place
from tests.world import World


def offline(folder: Path) -> Result:
    """What `./mz ledger fsck --offline` finds in `folder`."""
    with export.restored(folder) as (installation, settled):
        return asyncio.run(fsck.check(installation, settled=settled))


@pytest.mark.slow
@pytest.mark.begins(ARCHIVED)
async def test_an_exported_copy_is_checked_by_whoever_has_nothing_else(world: World, tmp_path: Path) -> None:
    await a_case_in_the_archive(world)
    shutil.rmtree(world.folder / "keys")
    await export.export(world.installation, tmp_path / "copy")

    here, there = await world.fsck(), await asyncio.to_thread(offline, tmp_path / "copy")

    assert (here.findings, there.findings) == ([], [])
    assert (there.entries, there.records, there.rows) == (here.entries, here.records, here.rows)
    assert (here.unreadable, there.unreadable > 0) == (0, True)
    files = [path for path in (tmp_path / "copy").rglob("*") if path.is_file()]
    assert [path for path in files if b"PRIVATE KEY" in path.read_bytes() or path.suffix == ".key"] == []

    async with world.database("case") as conn:
        await conn.execute("SET session_replication_role = replica")
        case_id = await conn.fetchval("UPDATE cases SET fine_fen = fine_fen - 1 RETURNING id")
    await export.export(world.installation, tmp_path / "changed")
    blob = next(p for p in (tmp_path / "changed/blobs/evidence/sha256").rglob("*") if p.is_file())
    content = blob.read_bytes()
    blob.unlink()  # the copy is a link to the original
    blob.write_bytes(content + b"\0")

    changed = await asyncio.to_thread(offline, tmp_path / "changed")

    named = {(finding.place, finding.key.rpartition("/")[2]) for finding in changed.findings}
    assert named == {("case.cases", case_id), ("blobs", blob.name)}


async def test_a_folder_that_was_not_exported_is_refused_and_so_is_a_full_one(
    world: World, tmp_path: Path
) -> None:
    (tmp_path / "letter").write_text("dear")

    with pytest.raises(Unreadable):
        await asyncio.to_thread(offline, tmp_path)
    with pytest.raises(Unreadable):
        await export.export(world.installation, tmp_path)


@asynccontextmanager
async def served(app: Any) -> AsyncIterator[str]:
    """The address of `app` on a free port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="warning", lifespan="off"))
    task = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{port}/ledger"
    finally:
        server.should_exit = True
        await task


async def a_log_of(world: World, size: int) -> None:
    """A log of `size` entries."""
    sequencer, signer = world.runtimes["evidence"].ledger, world.runtimes["evidence"].db.signer
    now = int((await world.anonymous.get("/ledger/checkpoint")).text.split("\n")[1])
    await sequencer.append_all(Stream(EvidenceId.new(START).stream, signer).take(size - now))


class Altered:
    """The app, but for the files whose bytes were changed, cut or taken away on their way."""

    def __init__(self, app: Any) -> None:
        self.app = app
        self.changes: dict[str, Callable[[bytes], bytes | None]] = {}
        self.asked: list[str] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        path = scope["path"].removeprefix("/ledger/")
        self.asked.append(path)
        change = self.changes.get(path)
        if change is None:
            await self.app(scope, receive, send)
            return
        scope["headers"] = [pair for pair in scope["headers"] if pair[0] != b"accept-encoding"]
        body, status = b"", 200

        async def collect(message: Any) -> None:
            nonlocal body, status
            body += message.get("body", b"")
            status = message.get("status", status)

        await self.app(scope, receive, collect)
        changed = change(body)
        status = 404 if changed is None else status
        await send({"type": "http.response.start", "status": status, "headers": []})
        await send({"type": "http.response.body", "body": changed or b""})


def flipped(at: int) -> Callable[[bytes], bytes]:
    return lambda data: data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


def with_another_root(note: bytes) -> bytes:
    lines = note.split(b"\n")
    return b"\n".join([*lines[:2], base64.b64encode(bytes(32)), *lines[3:]])


async def audited(world: World, app: Any, key: Verifier | None = None, **options: Any) -> Report:
    async with served(app) as url:
        return await published(url, key or world.installation.vkeys[1][0], **options)


SIZE = 700


async def _to_a_log(world: World) -> None:
    await a_log_of(world, SIZE)


A_LOG = pytest.mark.begins(f"log of {SIZE}", Place(PEOPLE, _to_a_log))


@A_LOG
async def test_a_log_is_verified_from_its_published_files_alone(world: World) -> None:
    for key in (world.installation.vkeys[0], world.installation.vkeys[1][0]):
        report = await audited(world, world.app, key)
        assert (report.findings, report.entries) == ([], SIZE)


CHANGES: dict[str, tuple[Tile, Callable[[bytes], bytes | None], tuple[str, str]]] = {
    "an entry": (Tile(None, 1), flipped(4_000), ("ledger.entry", "261")),
    "the last entry": (Tile(None, 2, SIZE - 512), flipped(-5), ("ledger.entry", "699")),
    "a leaf hash": (Tile(0, 1), flipped(32 * 10), ("ledger.tile", "tile/0/001")),
    "a node": (Tile(1, 0, 2), flipped(0), ("ledger.tile", "tile/1/000.p/2")),
    "a bundle cut": (Tile(None, 1), lambda data: data[:-10], ("ledger.tile", "tile/entries/001")),
    "a bundle gone": (Tile(None, 1), lambda data: None, ("ledger.tile", "tile/entries/001")),
    "a tile of the twin": (Tile(0, 2, 188), flipped(64), ("ledger.twin_tile", "sm3/tile/0/002.p/188")),
    "a tile gone": (Tile(0, 1), lambda data: None, ("ledger.tile", "tile/0/001")),
}


@pytest.mark.parametrize("what", CHANGES)
@A_LOG
@pytest.mark.slow
async def test_what_was_changed_in_a_published_file_is_named_first(world: World, what: str) -> None:
    tile, change, named = CHANGES[what]
    app = Altered(world.app)
    app.changes[named[1] if named[1].startswith("sm3/") else path_of(tile)] = change

    report = await audited(world, app)

    assert [(finding.table, finding.key) for finding in report.findings][:1] == [named]


async def test_a_checkpoint_that_the_log_s_key_did_not_sign_is_not_believed(world: World) -> None:
    app = Altered(world.app)
    app.changes["checkpoint"] = lambda note: note.replace(b"\n\n", b"\n\n" + STRANGER.line(b"x\n"))
    assert (await audited(world, app)).findings == []

    app.changes["checkpoint"] = with_another_root

    with pytest.raises(Unreadable):
        await audited(world, app, world.installation.vkeys[0])
    assert {f.table for f in (await audited(world, app)).findings} == {"ledger.checkpoint"}
    app.changes = {"sm3/checkpoint": with_another_root}
    assert {f.table for f in (await audited(world, app)).findings} == {"ledger.twin_checkpoint"}
    app.changes = {"sm3/checkpoint": lambda note: b"no note\n"}
    assert {f.table for f in (await audited(world, app)).findings} == {"ledger.twin_checkpoint"}
    app.changes = {"sm3/checkpoint": lambda note: None}
    assert {f.table for f in (await audited(world, app)).findings} == {"ledger.twin_checkpoint"}


async def test_a_log_is_verified_for_no_other_key(world: World) -> None:
    with pytest.raises(Unreadable):
        await audited(world, world.app, STRANGER.verifier)


async def test_a_log_that_does_not_continue_what_was_kept_is_found(world: World) -> None:
    await a_log_of(world, 300)
    kept, _ = parse((await world.anonymous.get("/ledger/checkpoint")).content)
    await a_log_of(world, SIZE)
    forked = replace(kept, root=bytes(32))
    ahead = replace(kept, size=SIZE + 1)

    assert (await audited(world, world.app, trusted=kept)).findings == []
    for other in (forked, ahead):
        report = await audited(world, world.app, trusted=other)
        assert [(f.table, f.key) for f in report.findings] == [("ledger.checkpoint", str(other.size))]


@A_LOG
async def test_an_interrupted_reading_goes_on_where_it_stood(world: World, tmp_path: Path) -> None:
    app, state = Altered(world.app), tmp_path / "state"

    await audited(world, app, state=state, every_s=0)
    app.asked.clear()
    await a_log_of(world, SIZE + 100)
    report = await audited(world, app, state=state)

    assert (report.findings, report.entries) == ([], SIZE + 100)
    assert [path for path in app.asked if path.startswith("tile/entries/001")] == []
    assert [path for path in app.asked if path.startswith("tile/entries/00")] == [
        "tile/entries/000",
        "tile/entries/002",
        "tile/entries/003.p/32",
    ]


@A_LOG
async def test_what_changed_since_the_saved_state_is_found(world: World, tmp_path: Path) -> None:
    app, state = Altered(world.app), tmp_path / "state"
    await audited(world, app, state=state, every_s=0)
    app.changes[path_of(Tile(None, 2, SIZE - 512))] = flipped(300)

    report = await audited(world, app, state=state)

    assert ("ledger.entry", "512") in {(f.table, f.key) for f in report.findings}


@A_LOG
async def test_the_state_of_another_log_is_refused(world: World, tmp_path: Path) -> None:
    state = tmp_path / "state"
    await audited(world, world.app, state=state, every_s=0)

    with pytest.raises(Unreadable):
        await audited(world, world.app, world.installation.vkeys[0], state=state)
    state.write_text(json.dumps(json.loads(state.read_text()) | {"origin": "ledger.elsewhere.example/1"}))
    with pytest.raises(Unreadable):
        await audited(world, world.app, state=state)


@A_LOG
async def test_the_command_names_the_first_bad_row_and_ends_with_what_it_means(
    world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    app, key = Altered(world.app), world.installation.vkeys[1][0].vkey

    async def ends(*arguments: str) -> int:
        options = command_line().parse_args(["ledger", *arguments, "--json"])
        return await asyncio.to_thread(ledger.main, options)

    async with served(app) as url:
        published = ("verify", "--url", url, "--key", key)
        assert await ends(*published, "--state", str(tmp_path / "state")) == 0
        assert json.loads(capsys.readouterr().out)["entries"] == SIZE
        app.changes[path_of(Tile(None, 1))] = flipped(4_000)
        assert await ends(*published) == 1
        assert json.loads(capsys.readouterr().out)["first"]["key"] == "261"
        (tmp_path / "kept").write_text("no checkpoint\n")
        for wrong in (("--key", STRANGER.vkey), ("--key", "x"), ("--trusted", str(tmp_path / "kept"))):
            assert await ends(*published, *wrong) == 2, wrong
    assert await ends(*published) == 2
    assert await ends("fsck", "--offline", str(tmp_path)) == 2
    assert await ends("verify", "--data-dir", str(tmp_path / "nowhere")) == 2


async def test_a_database_is_checked_against_what_was_kept(world: World) -> None:
    await a_log_of(world, 300)
    kept, _ = parse((await world.anonymous.get("/ledger/checkpoint")).content)
    await a_log_of(world, 400)

    for trusted, named in (
        (kept, []),
        (replace(kept, root=bytes(32)), [("ledger.checkpoint", "300")]),
        (replace(kept, size=401), [("ledger.checkpoint", "401")]),
        (replace(kept, origin="ledger.elsewhere.example/1"), [("ledger.checkpoint", "300")]),
    ):
        result = Result()
        await fsck.check_ledger(world.installation, result, trusted=trusted)
        assert [(finding.place, finding.key) for finding in result.findings] == named


async def test_signatures_that_were_proven_are_not_checked_again_unless_the_log_changed(
    world: World,
) -> None:
    await a_log_of(world, 2_100)
    saved: list[int] = []
    proven = Proven(save=lambda proven: saved.append(proven.size))
    await fsck.check_ledger(world.installation, Result(), proven=proven)
    assert saved[-1] == 2_100
    assert len(saved) == 3

    result = Result()
    async with world.database("evidence") as conn:
        await conn.execute("SET session_replication_role = replica")
        await conn.execute(
            "UPDATE ledger.entry SET entry = set_byte(entry, 400, get_byte(entry, 400) # 1) WHERE idx = 1000"
        )
    await fsck.check_ledger(world.installation, result, proven=proven)

    assert (result.findings[0].place, result.findings[0].key) == ("ledger.entry", "1000")


async def test_an_entry_younger_than_the_copy_of_its_service_is_counted_and_an_older_one_is_missed(
    world: World,
) -> None:
    before = await fsck.size_of(world.installation)
    await a_log_of(world, before + 3)  # in the ledger, and in no outbox

    younger = await fsck.check(world.installation, settled=before)
    older = await fsck.check(world.installation, settled=before + 3)

    assert (younger.findings, younger.uncompared) == ([], 3)
    assert ({finding.place for finding in older.findings}, len(older.findings)) == ({"evidence.outbox"}, 3)
