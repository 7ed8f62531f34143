"""Puts the parts of one installation together: databases, migrations, the ledger with its keys, and runtimes.

`./mz up` does it with its data folder, the tests with a temporary one.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any, Literal, get_type_hints

import httpx

from common.door.migrate import upgrade
from common.values.clock import OffsetClock
from common.values.datafiles import load_profile
from common.web.settings import Settings, record_keys
from evidence.ledger.genesis import Enrolment, establish
from evidence.ledger.overseer import Overseer
from evidence.ledger.patrol import Patrol, child
from evidence.ledger.recovery import LedgerSettings
from evidence.ledger.sequencer import Sequencer
from evidence.ledger.signing import LogKeys, load_log_keys, own_cosigner
from evidence.ledger.timestamp import Stamper, authorities_in
from evidence.ledger.witnessing import Witnesses
from evidence.ledger.workers import Checker
from ledger.clock import Clock, real_time
from ledger.keyfiles import NoteKey
from ledger.notes import Verifier
from ledger.trust import Policy
from mz.operate.datadir import DataDir, read, write
from mz.postgres import Server, prepare
from mz.services import SERVICES


@dataclass(frozen=True)
class Installation:
    """A data folder and the server that holds its databases. `databases` maps a service to another name."""

    d: DataDir
    server: Server
    mode: Literal["demo", "test"] = "demo"
    databases: Mapping[str, str] | None = None
    background: bool = True
    # Tests give transports by URL, which are used instead of the network.
    transports: Mapping[str, httpx.AsyncBaseTransport] = field(default_factory=dict)
    # Times of witnesses are compared with this clock; the demo clock does not move it.
    real_time: Clock = real_time
    # Tests give the child processes that their ledgers share.
    checker: Checker | None = None

    def database(self, service: str) -> str:
        return (self.databases or {}).get(service, SERVICES[service].database)

    @property
    def clock(self) -> OffsetClock:
        return OffsetClock(self.d.clock)

    @property
    def origin(self) -> str:
        """The ledger's name `ledger.<city domain>/<year>`, fixed by the first start."""
        path = self.d.root / "origin.json"
        document = read(path)
        if document is None:
            document = {"origin": f"ledger.{self.d.city_domain}/{self.clock().year}"}
            write(path, document, mode=0o644)
        return str(document["origin"])

    @property
    def log_keys(self) -> LogKeys:
        """The keys that sign the ledger's checkpoints; their name is the name of the ledger."""
        return load_log_keys(self.origin, self.d.keys / "evidence")

    @property
    def log_key(self) -> NoteKey:
        """The newest Ed25519 key of the log."""
        return self.log_keys.first[0]

    @property
    def vkeys(self) -> tuple[Verifier, tuple[Verifier, ...]]:
        """The log's key and the root keys as the genesis names them. A check of the ledger needs no other key.

        The first start writes them to D/vkeys.json, so that a check needs no private key.
        """
        path = self.d.root / "vkeys.json"
        vkeys = read(path)
        if vkeys is None:
            vkeys = self.keep_vkeys([self.d.root_key().verifier])
        return Verifier.parse(vkeys["log"]), tuple(map(Verifier.parse, vkeys["roots"]))

    def record_key(self, service: str) -> NoteKey:
        """The key that signs what `service` records: the newest in its folder."""
        return NoteKey.load(*record_keys(service, self.d.city_domain, self.d.keys / service)[-1])

    def runtimes(self, only: Sequence[str] = tuple(SERVICES)) -> dict[str, Any]:
        """The runtime of each service, of the class that it declares; evidence's sequencer is not yet started."""
        runtimes = {}
        for service in only:
            runtime_of = import_module(f"{SERVICES[service].package}.runtime").runtime_of
            more: dict[str, Any] = {}
            if service == "evidence":
                more = {"ledger": self.sequencer(), "patrol": self.patrol()}
            runtimes[service] = runtime_of(self.settings(service), background=self.background, **more)
        return runtimes

    def patrol(self) -> Patrol | None:
        """fsck of this data folder once a day; in tests only when they ask for it."""
        if self.mode == "test":
            return None
        command = [sys.executable, "-m", "mz", "ledger", "fsck", "--json", "--data-dir", str(self.d.root)]
        return Patrol(child(command), self.real_time)

    def settings(self, service: str) -> Settings:
        """The settings of `service` here, of the class that its `runtime_of` takes."""
        runtime_of = import_module(f"{SERVICES[service].package}.runtime").runtime_of
        kind: type[Settings] = get_type_hints(runtime_of)["settings"]
        mode = "production" if self.d.city else self.mode
        return self.d.settings(service, self.server, kind, database=self.database(service), mode=mode)

    def sequencer(self) -> Sequencer:
        """The one writer of the ledger, not yet started."""
        test = self.mode == "test"
        policy, monitor = self.d.policy, self.d.monitor
        settings = LedgerSettings(
            connect={"dsn": self.server.url("ledger_seq", self.database("evidence"))},
            origin=self.origin,
            durable=not test,
            suites=load_profile(self.d.profile).ledger.suites,
            witnesses=Witnesses(
                Policy.parse(policy.read_bytes()),
                transports=self.transports,
                clock=self.real_time,
                own=own_cosigner(self.origin, self.d.ml_dsa_key),
            )
            if policy.exists()
            else None,
            monitor=Overseer.parse(monitor.read_text(), self.transports, clock=self.real_time)
            if monitor.exists()
            else None,
            stamper=self._stamper(),
            # The guard notices a restored old backup of the database, which would sign a second history.
            guard=None if test else self.d.root / "checkpoint",
        )
        return Sequencer(
            settings, keys=self.log_keys, roots=self.vkeys[1], clock=self.clock, checker=self.checker
        )

    def _stamper(self) -> Stamper | None:
        if not self.d.authorities.exists():
            return None
        text = self.d.authorities.read_text()
        return Stamper(authorities_in(text, self.d.authority_certs, transports=self.transports))

    def keep_vkeys(self, roots: Iterable[Verifier]) -> dict[str, Any]:
        """Write D/vkeys.json, before the first start. From then on the ledger belongs to the log key and `roots`."""
        vkeys = {"log": self.log_key.vkey, "roots": [root.vkey for root in roots]}
        write(self.d.root / "vkeys.json", vkeys, mode=0o644)
        return vkeys

    async def open_ledger(
        self, sequencer: Sequencer, *, roots: Sequence[NoteKey] = (), threshold: int = 1
    ) -> None:
        """Write the entries about keys that the ledger lacks. Raises Refusal if it has no leader here.

        `roots` are the private root keys, by default D/keys/root.pem if it is there.
        """
        # Written now if it is missing: an operator may take the root key off this machine right after.
        _ = self.vkeys
        enrolments = [
            Enrolment(self.record_key(service.name), service.streams) for service in SERVICES.values()
        ]
        # The root key may lie elsewhere. Only the registration of a key that the ledger does not know needs it.
        own = [self.d.root_key()] if (self.d.keys / "root.pem").exists() else []
        await establish(
            sequencer,
            roots=roots or own,
            enrolments=enrolments,
            clock=self.clock,
            threshold=threshold,
            # The clock of a demo is D/clock.json, which anybody with the folder can move.
            demo_clock=not self.d.city,
        )


async def migrate_all(server: Server, *, check: bool = True) -> None:
    """Make the roles and databases of every service and run its migrations. A second run changes nothing.

    Raises SchemaDiffers where that does not lead to the schema which the code expects, unless `check` is False.
    """
    names = [service.database for service in SERVICES.values()]
    await prepare(server, names)
    # One after the other: Alembic keeps its context in module globals.
    for name in names:
        await upgrade(server.url(f"own_{name}", name), name, check=check)
