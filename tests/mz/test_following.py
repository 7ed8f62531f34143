"""Receiving the log and copying the files: what a backup holds at its end, and what it leaves on the server."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pyrage
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ledger.keyfiles import NoteKey
from mz.operate.backup import Backup, run
from mz.operate.datadir import DataDir
from mz.operate.restore import Trust, restore
from mz.operate.walstream import SLOT, WalStream, ask, free_commits
from mz.postgres import EmbeddedPostgres, PostgresUnavailable, Server
from mz.postgres.machine import processes_in
from tests.scratch import scratch

pytestmark = pytest.mark.slow

SIGNER = NoteKey("ledger.demo.invalid/2025", Ed25519PrivateKey.generate())

_FOLLOW = """
import sys, time
from pathlib import Path
from mz.operate.walstream import WalStream
from mz.postgres import EmbeddedPostgres
wal = WalStream(EmbeddedPostgres(Path(sys.argv[1])).server, Path(sys.argv[2]))
wal.start()
wal.hold_commits()
print("holds", flush=True)
time.sleep(600)
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    with scratch() as made:
        yield made


@pytest.fixture
def server(folder: Path) -> Server:
    home = folder / "D" / "pg"
    home.mkdir(parents=True)
    server = EmbeddedPostgres(home).start()
    ask(server, "CREATE TABLE pictures (name text)")
    return server


def backup_of(folder: Path, identity: pyrage.x25519.Identity) -> Backup:
    to = folder / "to" / "1"
    to.mkdir(parents=True)
    return Backup(DataDir(folder / "D"), folder / "to", to, identity.to_public(), None, SIGNER)


class Camera(threading.Thread):
    """Makes a file durable, then commits its name, again and again until `ends`."""

    def __init__(self, server: Server, folder: Path) -> None:
        super().__init__()
        self.server, self.folder, self.ends = server, folder, threading.Event()

    def run(self) -> None:
        asyncio.run(self._push())

    async def _push(self) -> None:
        self.folder.mkdir(parents=True)
        connection = await self.server.connect()
        count = 0
        while not self.ends.is_set():
            count += 1
            (self.folder / str(count)).write_text("picture")
            await connection.execute("INSERT INTO pictures VALUES ($1)", str(count))
        await connection.close()


def test_no_restored_row_names_a_file_that_came_after_the_files_were_walked(
    folder: Path, server: Server
) -> None:
    identity = pyrage.x25519.Identity.generate()
    backup = backup_of(folder, identity)
    camera = Camera(server, folder / "D" / "blobs" / "evidence")
    camera.start()

    left = run(backup, server, threading.Event(), follow=False, no_loss=False)
    camera.ends.set()
    camera.join()
    restore(backup.folder, DataDir(folder / "new"), identity, trust=Trust(SIGNER.verifier))

    restored = EmbeddedPostgres((folder / "new" / "pg").resolve())
    names = ask(restored.start(), "SELECT array_agg(name) FROM pictures")
    restored.stop()
    there = {path.name for path in (folder / "new" / "blobs" / "evidence").iterdir()}
    assert left == []
    assert len(names) > 1
    assert set(names) <= there


def test_a_backup_whose_server_stopped_first_says_what_stays_and_the_next_start_frees_commits(
    folder: Path, server: Server
) -> None:
    stop, left = threading.Event(), list[str]()
    backup = backup_of(folder, pyrage.x25519.Identity.generate())

    def stopped() -> None:
        EmbeddedPostgres(folder / "D" / "pg").stop()
        stop.set()

    left = run(backup, server, stop, follow=True, no_loss=True, ready=stopped)
    again = EmbeddedPostgres(folder / "D" / "pg").start()

    assert [("提交仍等待" in line, SLOT in line) for line in left] == [(True, False), (False, True)]
    assert (backup.folder / "manifest.json").exists()
    assert free_commits(again)
    assert ask(again, "INSERT INTO pictures VALUES ('1') RETURNING name") == "1"
    assert not free_commits(again)


def test_a_killed_backup_leaves_no_receiver_and_the_next_one_takes_its_slot(
    folder: Path, server: Server
) -> None:
    home = folder / "D" / "pg"
    command = [sys.executable, "-P", "-c", _FOLLOW, str(home), str(folder / "spool")]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as killed:
        assert killed.stdout is not None
        assert killed.stdout.readline() == b"holds\n"
        os.kill(killed.pid, signal.SIGKILL)
    deadline = time.monotonic() + 20
    while ask(server, f"SELECT active FROM pg_replication_slots WHERE slot_name = '{SLOT}'"):
        assert time.monotonic() < deadline
        time.sleep(0.1)

    wal = WalStream(server, folder / "next")
    wal.start()

    assert wal.end() == []
    assert free_commits(server)
    assert ask(server, "SELECT count(*) FROM pg_replication_slots") == 0


def test_a_follower_ends_with_a_line_once_its_receiver_has_ended(folder: Path, server: Server) -> None:
    backup = backup_of(folder, pyrage.x25519.Identity.generate())

    def ended() -> None:
        receivers = [
            int(path.name)
            for path in Path("/proc").iterdir()
            if path.name.isdigit() and _is_receiver(path, backup.folder)
        ]
        for receiver in receivers:
            os.kill(receiver, signal.SIGKILL)

    left = run(backup, server, threading.Event(), follow=True, no_loss=False, ready=ended)

    assert ["已结束" in line for line in left] == [True]
    assert (backup.folder / "manifest.json").exists()
    assert ask(server, "SELECT count(*) FROM pg_replication_slots") == 0


def _is_receiver(process: Path, folder: Path) -> bool:
    try:
        words = (process / "cmdline").read_bytes()
    except OSError:
        return False
    return b"pg_receivewal" in words and bytes(folder) in words


def test_a_start_that_replays_may_take_longer_than_any_other(folder: Path, server: Server) -> None:
    embedded = EmbeddedPostgres(folder / "D" / "pg")
    embedded.stop()

    with pytest.raises(PostgresUnavailable, match="was not ready"):
        embedded.start(within_s=0)

    deadline = time.monotonic() + 20
    while processes_in(embedded.data):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert ask(embedded.start(within_s=float("inf")), "SELECT 1") == 1
