"""A folder for one run of a bench or of the tests, of which nothing is left: neither files nor a PostgreSQL.

The run holds a lock on the folder as long as it lives. SIGTERM ends it like Ctrl-C, so that its own `finally`
cleans up. A run that was killed cannot: the next run finds its folder without a lock, stops the PostgreSQL in
it, and removes it. Two runs at once do not touch each other's folders.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType

from mz.postgres import EmbeddedPostgres

MEMORY = Path("/dev/shm")
PARENT = Path("/var/tmp")
PREFIX = "mingzheng-run-"
_LOCK = ".lock"
_ENOUGH_MEMORY = 2 << 30


def roomy() -> Path:
    """The fastest parent for a folder: memory where there is enough of it. Making a world costs a seventh there."""
    usable = MEMORY.is_dir() and os.access(MEMORY, os.W_OK)
    return MEMORY if usable and shutil.disk_usage(MEMORY).free > _ENOUGH_MEMORY else PARENT


@contextmanager
def scratch(parent: Path = PARENT) -> Iterator[Path]:
    """A fresh folder below `parent`, gone with all it holds at the end. Removes what killed runs left first."""
    remove_leftovers(parent)
    with _alone(parent):
        folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=parent))
        lock = _lock(folder)
    folder.chmod(0o755)  # as root PostgreSQL runs as `nobody`, who must get there
    before = signal.getsignal(signal.SIGTERM)
    if before is signal.SIG_DFL:
        signal.signal(signal.SIGTERM, _end)
    try:
        yield folder
    finally:
        # A second signal must not stop the cleaning half way.
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        _remove(folder)
        if lock is not None:
            os.close(lock)
        signal.signal(signal.SIGTERM, before)


def remove_leftovers(*parents: Path) -> None:
    """Stop and remove what runs left that did not live to do it themselves: in memory, on the disk, in `parents`."""
    for parent in {MEMORY, PARENT, *parents}:
        if not parent.is_dir():
            continue
        with _alone(parent):
            for folder in parent.glob(f"{PREFIX}*"):
                with suppress(OSError):
                    if (lock := _lock(folder)) is not None:
                        _remove(folder)
                        os.close(lock)


def _lock(folder: Path) -> int | None:
    """A handle that locks `folder` until it is closed or its process ends; None while another run holds it."""
    handle = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(handle)
        return None
    return handle


@contextmanager
def _alone(parent: Path) -> Iterator[None]:
    """No other run makes or removes folders below `parent` meanwhile: a new one is not yet locked for a moment."""
    handle = os.open(parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _remove(folder: Path) -> None:
    for version in folder.glob("**/data/PG_VERSION"):
        EmbeddedPostgres(version.parent.parent).stop()
    shutil.rmtree(folder, ignore_errors=True)


def _end(number: int, _: FrameType | None) -> None:
    sys.exit(128 + number)
