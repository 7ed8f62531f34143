"""An installation whose services are processes: started from the environment alone, killed, frozen, started again.

Its PostgreSQL is as durable as in production where that matters here: `fsync` is on, but the files lie in memory
where there is some. Killing processes loses nothing that reached the kernel; a power cut is not what is tested.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import uvicorn

from common.calls.http import Peers
from common.calls.tokens import TokenKey
from common.web.democlock import advance
from common.web.settings import TOKEN_KEY
from mz import ROOT
from mz.operate.assembly import Installation, migrate_all
from mz.operate.datadir import DataDir
from mz.operate.environment import settings_of, surroundings, variables
from mz.operate.up import STORY_BEGINS
from mz.postgres import EmbeddedPostgres, Server
from tests.scratch import scratch

READY_WITHIN_S = 180
STOPS_WITHIN_S = 15


@dataclass
class Process:
    """One `python -m <module> <command> …`, which listens on `port`."""

    module: str
    command: tuple[str, ...]
    environment: dict[str, str]
    port: int
    log: Path
    child: subprocess.Popen[bytes] | None = None
    inner_port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def said(self) -> str:
        """What it has written, over all its lives."""
        return self.log.read_text(errors="replace")

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.child = subprocess.Popen(
                [sys.executable, "-m", self.module, *self.command],
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    async def ready(self, path: str = "/readyz", status: int = 200) -> None:
        """Wait until it answers so. Raises AssertionError with what it said if it ended instead."""
        async with asyncio.timeout(READY_WITHIN_S), httpx.AsyncClient(trust_env=False, timeout=5) as http:
            while True:
                if self.child is None or self.child.poll() is not None:
                    raise AssertionError(f"{self.module} ended: {self.said}")
                with contextlib.suppress(httpx.TransportError):
                    if (await http.get(self.url + path)).status_code == status:
                        return
                await asyncio.sleep(0.05)

    async def metric(self, name: str) -> float:
        """The value of the first line of /metrics that begins with `name`; 0 where there is none."""
        async with httpx.AsyncClient(trust_env=False, timeout=5) as http:
            text = (await http.get(f"http://127.0.0.1:{self.inner_port}/metrics")).text
        return next(
            (float(line.rpartition(" ")[2]) for line in text.splitlines() if line.startswith(name)), 0.0
        )

    def send(self, number: signal.Signals) -> None:
        assert self.child is not None
        self.child.send_signal(number)

    def kill(self) -> None:
        """SIGKILL, and gone when this returns."""
        if self.child is not None:
            self.child.kill()
            self.child.wait()
            self.child = None

    async def stop(self) -> int:
        """SIGTERM; its exit status."""
        assert self.child is not None
        self.send(signal.SIGTERM)
        status = await asyncio.to_thread(self.child.wait, STOPS_WITHIN_S)
        self.child = None
        return status


@dataclass
class Home:
    """A data folder and a PostgreSQL, the ledger opened, nothing running: the services are the test's."""

    folder: Path
    postgres: EmbeddedPostgres
    installation: Installation
    processes: list[Process] = field(default_factory=list)

    @property
    def server(self) -> Server:
        return self.installation.server

    @property
    def socket(self) -> str:
        """The path of PostgreSQL's socket."""
        return f"{self.server.host}/.s.PGSQL.{self.server.port}"

    def process(self, service: str, command: str = "serve", **settings: Any) -> Process:
        """A process of `service` on a free port, not yet started. `settings` are its own, over the installation's."""
        port = settings.pop("port", 0) or free_port()
        given = settings_of(
            self.installation,
            service,
            command,
            **{
                "relay": False,
                "drain_s": 0,
                "peers": "evidence=http://127.0.0.1:1",
                "relay_port" if command == "relay" else "port": port,
                **settings,
            },
        )
        if service == "gateway" and command == "serve":
            given.setdefault("peer_port", free_port())
        # A relay has one port, which is an inner one.
        inner = port if command == "relay" else given.setdefault("inner_port", free_port())
        module = service.replace("-", "_")
        environment = surroundings() | variables(service, given)
        log = self.folder / f"{module}-{command}-{port}.log"
        made = Process(module, (command,), environment, port, log, inner_port=inner)
        self.processes.append(made)
        return made

    def peers(self, service: str, evidence: str) -> Peers:
        """What `service` calls the ledger at `evidence` with: its own key, real tokens."""
        key = TokenKey.load(self.installation.d.keys / service / TOKEN_KEY)
        return Peers(service, key, {"evidence": evidence})

    async def admin(self, service: str = "evidence") -> asyncpg.Connection[Any]:
        """A superuser's connection, once PostgreSQL takes any: a fault before may have sent it into recovery."""
        async with asyncio.timeout(30):
            while True:
                try:
                    return await self.server.connect(self.installation.database(service))
                except (asyncpg.CannotConnectNowError, OSError):
                    await asyncio.sleep(0.05)


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


@contextlib.asynccontextmanager
async def served(app: Any) -> AsyncIterator[int]:
    """`app` on a free port, which this gives."""
    port = free_port()
    server = uvicorn.Server(uvicorn.Config(app, port=port, lifespan="off", log_level="warning"))
    # The signals of a test session are the session's own.
    server.capture_signals = contextlib.nullcontext  # type: ignore[method-assign,assignment]
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.02)
    try:
        yield port
    finally:
        server.should_exit = True
        await serving


async def until(holds: Any, *, seconds: float = 120) -> None:
    """Wait until the coroutine function `holds` gives something true."""
    async with asyncio.timeout(seconds):
        while not await holds():
            await asyncio.sleep(0.05)


@contextlib.asynccontextmanager
async def installed(folder: Path, place: Path) -> AsyncIterator[Home]:
    """A migrated installation with an open ledger: data in `folder`, PostgreSQL in `place`."""
    # Memory is often mounted so that no program runs from it.
    with scratch() as programs:
        async with _installed(folder, EmbeddedPostgres(place, install=programs / "install")) as home:
            yield home


@contextlib.asynccontextmanager
async def _installed(folder: Path, postgres: EmbeddedPostgres) -> AsyncIterator[Home]:
    try:
        server = await asyncio.to_thread(postgres.start)
        d = DataDir(folder)
        d.make()
        advance(d.clock, STORY_BEGINS)
        await migrate_all(server)
        installation = Installation(d, server)
        await open_ledger(installation)
        home = Home(folder, postgres, installation)
        try:
            yield home
        finally:
            for process in home.processes:
                process.kill()
    finally:
        await asyncio.to_thread(postgres.stop)


async def open_ledger(installation: Installation) -> None:
    """Genesis and keys, and nobody leads afterwards."""
    sequencer = installation.sequencer()
    await sequencer.start()
    try:
        await installation.open_ledger(sequencer)
    finally:
        await sequencer.stop()
