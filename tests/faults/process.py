"""A real `./mz up` in processes of its own, to be killed."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mz import ROOT


@dataclass(frozen=True)
class System:
    """One installation under `folder`, on `port`, started with these further options of `up`."""

    folder: Path
    port: int
    more: tuple[str, ...] = ()

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def inner_url(self) -> str:
        """Where the inner pages of the running system are."""
        return str(json.loads((self.folder / "run.json").read_text())["inner_url"])

    def mz(
        self, *arguments: str, timeout: float = 180, database_url: str | None = None
    ) -> subprocess.CompletedProcess[str]:
        """`./mz …` on this installation, with its databases on the server at `database_url` if one is given."""
        given = {"MINGZHENG_DATABASE_URL": database_url} if database_url else {}
        command = [sys.executable, "-m", "mz", *arguments, "--data-dir", str(self.folder)]
        return subprocess.run(
            command,
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
            timeout=timeout,
            env=_environment() | given,
        )

    def up(self) -> None:
        """Up and ready, whatever was left behind."""
        ports = ("--ports-file", str(self.ports_file))
        done = self.mz("up", "--port", str(self.port), "--detach", *ports, *self.more)
        assert done.returncode == 0, done.stdout + done.stderr

    def remove(self) -> None:
        """Stopped and gone, with what lies under /var/tmp because root's `nobody` could not get here."""
        self.mz("down")
        pg = self.folder / "pg"
        if pg.is_symlink():
            shutil.rmtree(pg.resolve(), ignore_errors=True)

    @property
    def ports_file(self) -> Path:
        return self.folder.parent / "ports.json"

    def seed(self) -> dict[str, Any]:
        """What `./mz seed --json` prints."""
        done = self.mz("seed", "--json")
        assert done.returncode == 0, done.stderr
        document: dict[str, Any] = json.loads(done.stdout)
        return document

    def kill(self, name: str) -> None:
        """SIGKILL to `gateway` (the whole process: all-in-one) or `postgres`."""
        os.kill(self.pid(name), signal.SIGKILL)

    def pid(self, name: str) -> int:
        """Of the process `name`, as the ports file has it now."""
        return int(json.loads(self.ports_file.read_text())[name]["pid"])


def free_port() -> int:
    """A port of this machine that nobody listens on now."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@contextmanager
def running(folder: Path, *more: str) -> Iterator[System]:
    """A system under `folder` on a free port, up until the end; `more` are options of `up`."""
    system = System(folder, free_port(), more)
    try:
        system.up()
        yield system
    finally:
        system.remove()


def _environment() -> dict[str, str]:
    dropped = ("PYTHONDONTWRITEBYTECODE", "MINGZHENG_DATABASE_URL")
    return {name: value for name, value in os.environ.items() if name not in dropped}
