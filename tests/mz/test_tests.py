"""`./mz test` ends when it is told to, and leaves neither a folder nor a PostgreSQL."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from mz import ROOT
from mz.postgres.machine import postmaster_of
from tests.scratch import MEMORY, PARENT, PREFIX


def started(*command: str) -> subprocess.Popen[str]:
    pipe = subprocess.PIPE
    return subprocess.Popen([sys.executable, *command], cwd=ROOT, stdin=pipe, stdout=pipe, text=True)


def postmaster(folder: Path) -> int | None:
    """Which process serves the PostgreSQL in `folder`; None before it has said so."""
    return postmaster_of(folder / "pg" / "data")


def runs(pid: int) -> bool:
    """Whether `pid` is a process that has not ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 120
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.2)


def folders_of(process: subprocess.Popen[str]) -> list[Path]:
    """The folders that `process` or a child of it locks."""
    everywhere = [folder for parent in (MEMORY, PARENT) for folder in parent.glob(f"{PREFIX}*")]
    return [folder for folder in everywhere if process.pid in _ancestors_of_holder(folder)]


def _ancestors_of_holder(folder: Path) -> list[int]:
    """The process that locks `folder`, its parent, and so on."""
    try:
        inode = (folder / ".lock").stat().st_ino
    except OSError:
        return []
    held = [line.split() for line in Path("/proc/locks").read_text().splitlines()]
    pid = next((int(lock[4]) for lock in held if lock[5].endswith(f":{inode}")), 0)
    line = []
    while pid > 1:
        line.append(pid)
        try:
            pid = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            break
    return line


def test_a_test_run_that_is_told_to_end_leaves_nothing() -> None:
    run = started("-P", "-m", "mz", "test", "tests/mz/test_world.py", "-q", "-p", "no:cacheprovider")
    servers: list[int] = []

    def serves() -> bool:
        servers[:] = [pid for folder in folders_of(run) if (pid := postmaster(folder))]
        return bool(servers)

    until(serves)
    made = folders_of(run)

    run.terminate()

    assert run.wait(60) != 0
    assert not [folder for folder in made if folder.exists()]
    assert not [pid for pid in servers if runs(pid)]
