"""Which process runs on a data folder: its lock, and the file that it wrote about itself.

The lock is a kernel lock on D/run.lock, so it ends with the process, even after kill -9. The process writes its pid,
port, address, and whether it is ready, into D/run.json.
"""

from __future__ import annotations

import fcntl
import os
import time
from dataclasses import dataclass
from typing import IO, Any

from mz.operate.datadir import DataDir, read


@dataclass
class Turn:
    """The lock on `D`. The one process that runs `D` holds it."""

    file: IO[str]

    def release(self) -> None:
        self.file.close()


def take(d: DataDir) -> Turn | None:
    """The turn to run `d`, None while another process has it."""
    d.root.mkdir(parents=True, exist_ok=True)
    file = open(d.root / "run.lock", "w")  # noqa: SIM115
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        return None
    # A child, PostgreSQL for one, must not keep the lock of its parent.
    os.set_inheritable(file.fileno(), False)
    return Turn(file)


def is_running(d: DataDir) -> bool:
    """Whether some process runs `d`."""
    turn = take(d) if d.root.exists() else None
    if turn is None:
        return d.root.exists()
    turn.release()
    return False


def facts(d: DataDir) -> dict[str, Any] | None:
    """The content of D/run.json; None if no process runs or it is not ready yet."""
    process = read(d.run) if is_running(d) else None
    return process if isinstance(process, dict) and process.get("ready") else None


def wait_ready(d: DataDir, seconds: float) -> dict[str, Any] | None:
    """As `facts`, waiting for a process that is just starting."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and is_running(d):
        if process := facts(d):
            return process
        time.sleep(0.1)
    return facts(d)
