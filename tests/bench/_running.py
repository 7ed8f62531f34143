"""The processes of a bench: their ports, when they are ready, and what memory they hold."""

from __future__ import annotations

import asyncio
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


async def ready(facts: Callable[[], dict[str, Any] | None], up: subprocess.Popen[bytes]) -> str:
    """The address of the installation once it is ready."""
    while up.poll() is None:
        if (process := facts()) is not None:
            return str(process["base_url"])
        await asyncio.sleep(0.2)
    raise SystemExit("couldn't start the installation")


async def answering(url: str, process: subprocess.Popen[bytes]) -> str:
    """`url` once the process listens there."""
    parts = urlsplit(url)
    while process.poll() is None:
        try:
            _, writer = await asyncio.open_connection(parts.hostname, parts.port)
        except OSError:
            await asyncio.sleep(0.1)
        else:
            writer.close()
            return url
    raise SystemExit("couldn't start the bare handler")


def resident(pid: int) -> float:
    """Megabytes of memory that the process holds."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise LookupError(f"process {pid} has ended")
