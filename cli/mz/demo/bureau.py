"""The demo's neighbours: a witness, a monitor, a test time authority and a trial register, each a process of its own.

A sandbox has a trial data authority too (`outsiders.dataauthority`).

    ./mz up ──socket that listens, pipe──▶ python -m outsiders.witness
                                    ├────▶ python -m outsiders.monitor
                                    ├────▶ python -m outsiders.authority
                                    ╰────▶ python -m outsiders.register

D/second-bureau/   witness.pem, monitor.pem    private keys; a real bureau keeps them where we cannot read them
                   witness/, monitor/          the state of both; never restore the witness's from a backup
                   logs.txt, roots.txt         the keys that they trust
                   authority/                  certificates and key of the test time-stamping authority
                   witness.log, monitor.log, authority.log, register.log    their output
D/registers.json   the registers that the exchange may ask; the first start names the trial register here

These processes end with ours, even after kill -9. If one ends before, it is started again. A witness that the operator
runs proves nothing to anybody else. It only shows how the parts work together until another bureau runs one.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import httpx
from cryptography.hazmat.primitives.serialization import Encoding

from evidence.ledger.signing import own_cosigner
from ledger.clock import real_time
from ledger.cosigning import CosignatureKey
from ledger.cosigning import make_key as make_cosignature_key
from ledger.keyfiles import NoteKey, make_key
from ledger.notes import Verifier
from ledger.trust import Policy
from mz.operate.assembly import Installation
from mz.operate.datadir import DataDir, read, write
from outsiders.authority import Signer
from outsiders.memory import Memory
from outsiders.monitor import Monitor
from outsiders.notebook import Notebook
from outsiders.witness import WitnessServer, logs_of

WITNESS: Final = "demo-second-bureau"
AUTHORITY: Final = "demo-test"
NOTICE: Final = (
    "账本见证人与监督人由本演示自带,密钥在同一台机器上:在另一机关运行之前,它们不证明任何事 "
    "(the witness is the demo's own and proves nothing until another bureau runs one)"
)
TRIAL_REGISTER: Final[dict[str, Any]] = {
    "name": "trial",
    "provider": "示范市公安局",
    "kinds": ["PLATE_OWNER", "SHOP_LICENCE", "PERMIT", "PERSON_CONTACT", "VERIFY"],
    "timeout_s": 2,
    "rules": {
        "fields": [
            {"pointer": "/owner/name", "transform": "PASS", "clause": "协议第三条"},
            {"pointer": "/owner/phone", "transform": "MASK", "clause": "协议第三条"},
            {"pointer": "/licence/state", "transform": "PASS", "clause": "协议第三条"},
            {"pointer": "/vehicle/weight", "transform": "BUCKET", "clause": "协议第四条", "step": 500},
        ],
        "testable": ["/owner/id", "/owner/name"],
        "max_rows": 3,
        "clause": "协议第二条",
    },
}
"""The trial register as the exchange knows it, but for its address: what its agreement lets through."""
_ADDRESS: Final = re.compile(r"http://127\.0\.0\.1:(\d+)")
_LOOK_S: Final = 1.0
_END_S: Final = 3.0

log = logging.getLogger("mz")


@dataclass(frozen=True)
class Bureau:
    """The second bureau of one installation, at these addresses."""

    installation: Installation
    witness_url: str
    monitor_url: str
    authority_url: str

    @property
    def d(self) -> DataDir:
        return self.installation.d

    @property
    def folder(self) -> Path:
        return self.d.root / "second-bureau"

    @property
    def witness_name(self) -> str:
        return f"witness.second-bureau.{self.d.city_domain}/w1"

    @property
    def monitor_name(self) -> str:
        return f"monitor.second-bureau.{self.d.city_domain}/k1"

    def settle(self) -> None:
        """Make the missing keys and memories, and write the files that tell each side about the other."""
        if not (self.folder / "witness").exists():
            # The memory comes last. The witness does not start without it, so a crash in between leaves no witness that
            # has a key and has forgotten its checkpoints.
            self.folder.mkdir(mode=0o700, exist_ok=True)
            for name, make in (("witness", make_cosignature_key), ("monitor", make_key)):
                if not (self.folder / f"{name}.pem").exists():
                    make(self.folder / f"{name}.pem")
            (self.folder / "witness").mkdir(mode=0o700)
        logs = [f"log {vkey}\n" for vkey in self._log_vkeys()]
        witness = f"witness {WITNESS} {self._witness_key().cosigner.vkey} {self.witness_url}\n"
        _, roots = self.installation.vkeys
        (self.folder / "logs.txt").write_text("".join(logs) + "quorum none\n")
        (self.folder / "roots.txt").write_text("".join(f"{root.vkey}\n" for root in roots))
        own = own_cosigner(self.installation.origin, self.d.ml_dsa_key)
        ours = f"witness {own.cosigner.name} {own.cosigner.vkey}\n" if own else ""
        self.d.policy.write_text(f"# {NOTICE}\n{''.join(logs)}{witness}{ours}quorum {WITNESS}\n")
        self.d.monitor.write_text(f"{self._monitor_key().vkey} {self.monitor_url}\n")
        self.d.authority_certs.mkdir(mode=0o700, exist_ok=True)
        root = self.authority().root.public_bytes(Encoding.PEM)
        certificate = self.d.authority_certs / f"{AUTHORITY}.pem"
        certificate.touch(mode=0o600)
        certificate.write_bytes(root)
        self.d.authorities.write_text(f"{AUTHORITY}={self.authority_url}\n")

    def witness(self) -> WitnessServer:
        """The witness, to be served in this process."""
        logs = logs_of(Policy.parse((self.folder / "logs.txt").read_bytes()))
        memory, clock = Memory(self.folder / "witness"), self.installation.real_time
        return WitnessServer([self._witness_key()], logs, memory, clock=clock)

    def authority(self) -> Signer:
        """The signer of the time stamps."""
        return Signer.open(self.folder / "authority", real_time())

    def monitor(self, url: str, transports: Mapping[str, httpx.AsyncBaseTransport]) -> Monitor:
        """The monitor of the log at `url`, to be served in this process."""
        _, roots = self.installation.vkeys
        notebook = Notebook(self.folder / "monitor", origin=self.installation.origin, roots=roots)
        policy = Policy.parse(self.d.policy.read_bytes())
        key, clock = self._monitor_key(), self.installation.real_time
        return Monitor(
            notebook, url=url, key=key, policy=policy, transports=transports, clock=clock, is_story=True
        )

    def commands(self, address: str) -> dict[str, list[str]]:
        """The arguments of each process, for a platform at `address`."""
        commands = {
            "witness": [
                *("--name", self.witness_name, "--key", str(self.folder / "witness.pem")),
                *("--policy", str(self.folder / "logs.txt"), "--state", str(self.folder / "witness")),
            ],
            "monitor": [
                *("--name", self.monitor_name, "--key", str(self.folder / "monitor.pem")),
                *("--url", f"{address}/ledger", "--origin", self.installation.origin),
                *("--roots", str(self.folder / "roots.txt"), "--policy", str(self.d.policy)),
                *("--state", str(self.folder / "monitor"), "--story-clock"),
            ],
            "authority": ["--folder", str(self.folder / "authority")],
            "register": [],
        }
        return commands | ({"dataauthority": []} if self.d.is_sandbox else {})

    def _log_vkeys(self) -> list[str]:
        keys = self.installation.log_keys.by_vkey.values()
        return [
            key.vkey for key in keys if key.name == self.installation.origin and key.algorithm is Verifier
        ]

    def _witness_key(self) -> CosignatureKey:
        return CosignatureKey.load(self.witness_name, self.folder / "witness.pem")

    def _monitor_key(self) -> NoteKey:
        return NoteKey.load(self.monitor_name, self.folder / "monitor.pem")


@dataclass
class Children:
    """The processes of `bureau`. Its `sockets` stay open here, so that a restarted child has the same port.

    `changed` is called when one was started again.
    """

    bureau: Bureau
    sockets: dict[str, socket.socket]
    changed: Callable[[], None] = lambda: None
    _running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    _watch: asyncio.Task[None] | None = None

    def start(self, address: str) -> None:
        """Start the processes, and restart each one that ends before ours."""
        commands = self.bureau.commands(address)
        for name, command in commands.items():
            self._spawn(name, command)
        self._watch = asyncio.create_task(self._keep(commands))

    def _spawn(self, name: str, command: list[str]) -> None:
        path = self.bureau.folder / f"{name}.log"
        path.touch(mode=0o600)
        handle = self.sockets[name].fileno()
        module = [sys.executable, "-P", "-m", f"outsiders.{name}"]
        with path.open("ab") as output:
            self._running[name] = subprocess.Popen(
                [*module, *command, "--with-parent", f"--socket={handle}"],
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=output,
                pass_fds=[handle],
                start_new_session=True,  # Ctrl-C reaches only us: we end the children last
            )

    async def _keep(self, commands: dict[str, list[str]]) -> None:
        while True:
            await asyncio.sleep(_LOOK_S)
            for name, child in list(self._running.items()):
                if child.poll() is not None:
                    log.error("the %s is gone (%s); starting it again", name, child.returncode)
                    self._spawn(name, commands[name])
                    self.changed()

    def ports(self) -> dict[str, dict[str, Any]]:
        """{name: {pid, port, log}} of the witness, the monitor and the others."""
        return {
            name: {
                "pid": child.pid,
                "port": self.sockets[name].getsockname()[1],
                "log": str(self.bureau.folder / f"{name}.log"),
            }
            for name, child in self._running.items()
        }

    async def end(self) -> None:
        if self._watch is not None:
            self._watch.cancel()
            await asyncio.gather(self._watch, return_exceptions=True)
        await asyncio.to_thread(self._end)
        for each in self.sockets.values():
            each.close()

    def _end(self) -> None:
        for child in self._running.values():
            assert child.stdin is not None
            child.stdin.close()
        for child in self._running.values():
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.wait(_END_S)
                continue
            child.kill()
            child.wait()


@asynccontextmanager
async def beside(installation: Installation, address: str) -> AsyncIterator[Children]:
    """The second bureau beside a platform at `address`, until the end of the block."""
    names = ["witness", "monitor", "authority", "register"]
    names += ["dataauthority"] if installation.d.is_sandbox else []
    sockets = {name: _listening(installation.d, name) for name in names}
    urls = {name: f"http://127.0.0.1:{each.getsockname()[1]}" for name, each in sockets.items()}
    bureau = Bureau(installation, urls["witness"], urls["monitor"], urls["authority"])
    bureau.settle()
    name_register(installation.d, f"{urls['register']}/lookups")
    if installation.d.is_sandbox:
        write(installation.d.data_authority, {"url": f"{urls['dataauthority']}/v1"}, mode=0o644)
    children = Children(bureau, sockets)
    children.start(address)
    try:
        yield children
    finally:
        await children.end()


def _listening(d: DataDir, name: str) -> socket.socket:
    """A listening socket, on the port of the last start if it is free: the policy file then stays as it is."""
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", _last_port(d, name)))
    except OSError:
        listener.bind(("127.0.0.1", 0))
    listener.listen(64)
    return listener


def _last_port(d: DataDir, name: str) -> int:
    paths = {
        "witness": d.policy,
        "monitor": d.monitor,
        "authority": d.authorities,
        "register": d.registers,
        "dataauthority": d.data_authority,
    }
    try:
        address = _ADDRESS.search(paths[name].read_text())
    except OSError:
        return 0
    return int(address[1]) if address else 0


def name_register(d: DataDir, url: str) -> None:
    """Write D/registers.json with the trial register at `url`. A register of the operator's own stays as it is."""
    entries = read(d.registers) or []
    others = [entry for entry in entries if entry["name"] != TRIAL_REGISTER["name"]]
    write(d.registers, [*others, TRIAL_REGISTER | {"url": url}], mode=0o644)
