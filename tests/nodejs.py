"""Node and npm, where they are there: packages are installed once, with the versions that a file pins."""

from __future__ import annotations

import asyncio
import os
import shutil
from pathlib import Path
from typing import Final

import pytest

_NPM: Final = (
    "--no-package-lock", "--no-audit", "--no-fund", "--ignore-scripts", "--silent",
)  # fmt: skip


async def run(*command: str, cwd: Path | None = None) -> str:
    """The standard output of a command that must succeed."""
    process = await asyncio.create_subprocess_exec(
        *command, cwd=cwd, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    out, errors = await process.communicate()
    assert process.returncode == 0, (out + errors).decode()[-3000:]
    return out.decode()


async def installed(name: str, *packages: str) -> Path:
    """A folder in which npm has installed `packages` (`name@version`), downloaded once.

    Skips only without node. Where node is there, a package that cannot be had fails the test, or it would pass for ever
    on a machine without a registry although nobody is asked.
    """
    if shutil.which("node") is None:
        pytest.skip("there is no node here")
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "mingzheng-independent"
    folder = cache / name
    folder.mkdir(parents=True, exist_ok=True)
    wanted = "\n".join(packages)
    stamp = folder / "installed.txt"
    if not stamp.exists() or stamp.read_text() != wanted:
        await run("npm", "install", *_NPM, "--no-save", "--prefix", str(folder), *packages)
        stamp.write_text(wanted)
    return folder
