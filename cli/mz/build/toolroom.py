"""Environments of tools that the platform does not need: the commands that use one install it, never a first run.

A room is a folder beside the code with what one lock pins (a dependency group of pyproject.toml).
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import subprocess
import sys
import venv
from dataclasses import dataclass
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from typing import Any

from mz import ROOT


class ToolFailed(Exception):
    """What a tool said when it refused; its last lines."""


@dataclass(frozen=True)
class Room:
    """`.venv-<group>` from `requirements-<group>.lock`. `what` is what is in it, in words."""

    group: str
    what: str

    @property
    def place(self) -> Path:
        return ROOT / f".venv-{self.group}"

    def tool(self, name: str) -> str:
        """The path of a tool. Installs the environment if it is not there."""
        self._install()
        return str(self.place / "bin" / name)

    def environment(self) -> dict[str, str]:
        """The variables of a tool that looks for others of its room by name."""
        return os.environ | {"PATH": f"{self.place / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}"}

    def _install(self) -> None:
        """Make the environment, unless the one that is there came from the same lock."""
        lock = ROOT / f"requirements-{self.group}.lock"
        stamp = self.place / ".mingzheng-stamp"
        wanted = hashlib.sha256(lock.read_bytes()).hexdigest()
        self.place.mkdir(exist_ok=True)
        with (self.place / ".mingzheng-lock").open("w") as turn:
            fcntl.flock(turn, fcntl.LOCK_EX)
            if stamp.exists() and stamp.read_text() == wanted:
                return
            print(f"mz: 安装{self.what} …", file=sys.stderr, flush=True)
            venv.create(self.place, with_pip=False)
            environment = bootstrap().child_environment() | {"VIRTUAL_ENV": str(self.place)}
            uv = [str(Path(sys.executable).with_name("uv")), "pip", "sync", "--quiet"]
            run(
                [*uv, "--python", str(self.place / "bin/python"), "--require-hashes", str(lock)],
                env=environment,
            )
            stamp.write_text(wanted)


def run(command: list[str], *, given: str | None = None, env: dict[str, str] | None = None) -> str:
    """What `command` writes to its standard output. Raises ToolFailed with its last lines."""
    done = subprocess.run(
        command, cwd=ROOT, env=env, input=given, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise ToolFailed("\n".join((done.stderr or done.stdout).strip().splitlines()[-12:]))
    return done.stdout


def bootstrap() -> Any:
    """The file `mz` as a module: it knows how pip's settings of this machine are said to uv."""
    loader = SourceFileLoader("mz_bootstrap", str(ROOT / "mz"))
    spec = spec_from_loader(loader.name, loader)
    assert spec is not None
    module = module_from_spec(spec)
    loader.exec_module(module)
    return module
