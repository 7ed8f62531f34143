"""What a bench leaves behind: nothing, however it ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from mz import ROOT
from mz.postgres.machine import postmaster_of
from tests.scratch import PREFIX, scratch

_RUN = """
import signal, sys, time
from pathlib import Path
from mz.postgres import EmbeddedPostgres
from tests.scratch import scratch
# A shell that runs the tests in the background has its children ignore SIGINT.
signal.signal(signal.SIGINT, signal.default_int_handler)
with scratch(Path(sys.argv[1])) as folder:
    postgres = EmbeddedPostgres(folder / "pg", fast=True)
    postgres.start()
    print(postgres.pid, flush=True)
    time.sleep(600)
"""


@pytest.fixture
def parent() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="mingzheng-test-scratch-", dir="/var/tmp") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


def stopped(parent: Path, number: signal.Signals) -> int:
    """Start a run with a PostgreSQL, end it by this signal, and return the process id of its PostgreSQL."""
    run = subprocess.Popen([sys.executable, "-c", _RUN, str(parent)], cwd=ROOT, stdout=subprocess.PIPE)
    assert run.stdout is not None
    postmaster = int(run.stdout.readline())
    run.send_signal(number)
    run.wait(60)
    return postmaster


def is_running(pid: int) -> bool:
    """Whether the process lives; a zombie that waits for its parent does not."""
    try:
        return ") Z " not in Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_run_that_is_ended_leaves_neither_a_folder_nor_a_postgresql(
    parent: Path, number: signal.Signals
) -> None:
    postmaster = stopped(parent, number)

    assert list(parent.iterdir()) == []
    assert not is_running(postmaster)


def test_what_a_killed_run_leaves_the_next_run_removes(parent: Path) -> None:
    postmaster = stopped(parent, signal.SIGKILL)
    [left] = parent.glob(f"{PREFIX}*")
    was_running = postmaster_of(left / "pg" / "data") == postmaster

    with scratch(parent) as mine:
        there = list(parent.iterdir())

    assert (was_running, there) == (True, [mine])
    assert not is_running(postmaster)


def test_a_run_leaves_alone_what_another_run_still_uses(parent: Path) -> None:
    with scratch(parent) as first, scratch(parent) as second:
        assert {path.name for path in parent.iterdir()} == {first.name, second.name}
    assert os.listdir(parent) == []
