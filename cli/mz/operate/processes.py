"""The services of `./mz up --processes`: each a process of its own, started from its environment and from nothing else.

    ./mz up ──socket that listens, pipe, environment──▶ python -m case serve, python -m case relay, …
       │ each second: one that ended is started again, and said
       └─ SIGTERM ─▶ the gateway first, then the services; they finish what is under way

The sockets stay open here. While a process starts again its connections wait in the queue of its socket, and several
processes of one service take turns at it. The processes end with this one, even after kill -9.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import Any, Final

import httpx

from evidence.jobs import start as start_evidence
from evidence.jobs import stop as stop_evidence
from evidence.jobs.log import anchor_twin, stamp
from gateway.allinone import PER_MINUTE
from gateway.seeding import seed_people
from mz.operate.assembly import Installation
from mz.operate.environment import environment_of, surroundings
from mz.services import SERVICES

RELAYED_APART: Final = "case"
"""The service whose records a process of its own carries. Those of the others are carried by the services."""
READY_WITHIN_S: Final = 120.0
_LOOK_S: Final = 0.5
_END_WITHIN_S: Final = 25.0
_SOON_S: Final = 5.0
_LONGEST_PAUSE_S: Final = 30.0

log = logging.getLogger("mz")


class ProcessEnded(Exception):
    """A process ended before it was ready; one line."""


@dataclass
class Child:
    """One process. It answers at `own_port` alone, and at `shared` together with others of its service.

    The gateway's processes also share `for_peers`, where the services ask.
    """

    name: str
    command: list[str]
    environment: dict[str, str]
    own_port: int
    shared: socket.socket
    log: Path
    inner_port: int
    for_peers: socket.socket | None = None
    process: subprocess.Popen[bytes] | None = None
    began: float = 0.0
    pause_s: float = 0.0

    @property
    def port(self) -> int:
        return int(self.shared.getsockname()[1])

    @property
    def sockets(self) -> list[socket.socket]:
        """Those that outlive the process."""
        return [each for each in (self.shared, self.for_peers) if each is not None]

    def start(self) -> None:
        self.log.touch(mode=0o600)
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-P", "-m", *self.command],
                env=self.environment,
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=output,
                pass_fds=[each.fileno() for each in self.sockets],
                start_new_session=True,  # Ctrl-C reaches only us: we end them in order
            )
        self.began = monotonic()

    @property
    def ended(self) -> int | None:
        """Its exit status, None while it runs."""
        return self.process.poll() if self.process is not None else None

    async def ready(self) -> None:
        """Wait until it can serve. Raises ProcessEnded if it ends first, TimeoutError after two minutes."""
        async with asyncio.timeout(READY_WITHIN_S), httpx.AsyncClient(trust_env=False, timeout=5) as http:
            while self.ended is None:
                with contextlib.suppress(httpx.TransportError):
                    if (await http.get(f"http://127.0.0.1:{self.own_port}/readyz")).is_success:
                        return
                await asyncio.sleep(0.1)
        last = self.log.read_text(errors="replace").strip().splitlines()[-1:]
        raise ProcessEnded(f"{self.name}: {' '.join(last)}")

    def stop(self) -> None:
        """Ask it to end: the second signal says that nobody sends it anything more."""
        if self.process is not None and self.ended is None:
            self.process.send_signal(signal.SIGTERM)

    def wait(self) -> None:
        if self.process is None:
            return
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(_END_WITHIN_S)
            return
        self.process.kill()
        self.process.wait()


@dataclass
class Fleet:
    """All processes of one installation. `changed` is called whenever one was started again."""

    children: list[Child] = field(default_factory=list)
    changed: Callable[[], None] = lambda: None
    _watch: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Start the services, then the gateway, which asks them for their routes."""
        front = [child for child in self.children if child.name.startswith("gateway")]
        for group in ([child for child in self.children if child not in front], front):
            for child in group:
                child.start()
            await asyncio.gather(*(child.ready() for child in group))
        self._watch = asyncio.create_task(self._keep())

    async def _keep(self) -> None:
        while True:
            await asyncio.sleep(_LOOK_S)
            for child in self.children:
                if child.ended is not None and monotonic() >= child.began + child.pause_s:
                    try:
                        self._start_again(child)
                    except Exception:
                        # A full disk, no memory for a process: it may pass, and the others must be watched meanwhile.
                        log.exception("couldn't start %s again", child.name)

    def _start_again(self, child: Child) -> None:
        # A process that ends at once, again and again, must not take the processor from the others.
        lived_s = monotonic() - child.began
        child.pause_s = (
            min(_LONGEST_PAUSE_S, 2 * child.pause_s + 1) if lived_s < child.pause_s + _SOON_S else 0.0
        )
        message = f"{child.name} 已结束({child.ended}),重新启动 (it ended; starting it again), {child.log}"
        log.error("%s", message)
        print(f"mz: {message}", flush=True)
        child.start()
        self.changed()

    async def end(self) -> None:
        """The gateway first: what is under way in it still needs the services."""
        if self._watch is not None:
            self._watch.cancel()
            await asyncio.gather(self._watch, return_exceptions=True)
        front = [child for child in self.children if child.name.startswith("gateway")]
        for group in (front, [child for child in self.children if child not in front]):
            for _ in range(2):
                for child in group:
                    child.stop()
                await asyncio.sleep(0.2)
            await asyncio.gather(*(asyncio.to_thread(child.wait) for child in group))
        for listener in {each for child in self.children for each in child.sockets}:
            listener.close()

    def ports(self) -> dict[str, dict[str, Any]]:
        """{name: {pid, port, log}}, as the ports file has it."""
        return {
            child.name: {
                "pid": child.process.pid if child.process else 0,
                "port": child.port,
                "inner": child.inner_port,
                "log": str(child.log),
            }
            for child in self.children
        }


def fleet_of(installation: Installation, public: socket.socket, address: str, *, replicas: int = 1) -> Fleet:
    """The processes of `installation`, not yet started; the gateway's socket is `public`, which has `address`."""
    listeners = {name: public if name == "gateway" else _listening() for name in SERVICES}
    ports = {name: each.getsockname()[1] for name, each in listeners.items()}
    # At the public port nobody speaks for a service: the services ask the gateway at another one.
    for_peers = _listening()
    ports["gateway"] = for_peers.getsockname()[1]
    peers = ",".join(f"{name}=http://127.0.0.1:{port}" for name, port in ports.items())
    fleet = Fleet()
    for name, listener in listeners.items():
        for number in range(1, replicas + 1):
            child = _child(installation, name, listener, address, peers, number, for_peers)
            fleet.children.append(child)
    fleet.children.append(_relay(installation, RELAYED_APART, peers))
    return fleet


def _child(
    installation: Installation,
    service: str,
    listener: socket.socket,
    address: str,
    peers: str,
    number: int,
    for_peers: socket.socket,
) -> Child:
    name = service if number == 1 else f"{service}-{number}"
    own: dict[str, Any] = {
        "port": _free_port(),
        "inner_port": _free_port(),
        "socket": listener.fileno(),
        "peers": peers,
        "relay": service != RELAYED_APART,
    }
    if service == "gateway":
        own |= {"peer_port": _free_port(), "peer_socket": for_peers.fileno()}
    if not installation.d.city:
        own |= {"origin": address, "issuer": address, "requests_per_minute": PER_MINUTE}
    if service == "evidence":
        # Its origin is the name of the ledger, and each process has a memory of its own of the last checkpoint.
        own["origin"] = installation.origin
        own |= {"guard": installation.d.root / f"checkpoint-{number}"} if number > 1 else {}
    environment = surroundings() | environment_of(installation, service, **own)
    module = service.replace("-", "_")
    log_file = installation.d.root / f"{name}.log"
    return Child(
        name,
        [module, "serve"],
        environment,
        own["port"],
        listener,
        log_file,
        own["inner_port"],
        for_peers if service == "gateway" else None,
    )


def _relay(installation: Installation, service: str, peers: str) -> Child:
    port, listener = _free_port(), _listening()
    own = {"relay_port": port, "socket": listener.fileno(), "peers": peers}
    environment = surroundings() | environment_of(installation, service, "relay", **own)
    name, module = f"relay-{service}", service.replace("-", "_")
    return Child(
        name, [module, "relay"], environment, port, listener, installation.d.root / f"{name}.log", port
    )


async def open_installation(installation: Installation) -> None:
    """What an installation needs once, before its first process: the ledger's first entries, and the demo's people."""
    runtimes = installation.runtimes(only=("evidence", "gateway"))
    evidence = runtimes["evidence"]
    try:
        await start_evidence(evidence)
        await installation.open_ledger(evidence.ledger)
        if not installation.d.city:
            await seed_people(runtimes["gateway"].db, installation.d.demo)
        for job in (anchor_twin, stamp):
            await job(evidence)
    finally:
        await stop_evidence(evidence)
        for runtime in runtimes.values():
            await runtime.db.close()


def _listening() -> socket.socket:
    listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
    listener.set_inheritable(False)
    return listener


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
