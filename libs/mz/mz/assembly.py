"""Puts the parts of one installation together: databases, migrations, the ledger with its keys, and runtimes.

What `./mz up` does with a data folder and the tests do with a temporary one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final, Literal

from common.clock import OffsetClock
from common.crypto import NoteKey
from common.migrate import upgrade
from common.postgres import Server, prepare
from common.runtime import Runtime
from common.serve import build_runtime
from common.settings import RECORD_KEY, record_key_name
from evidence.ledger.genesis import Enrolment, establish
from evidence.ledger.recovery import LedgerSettings
from evidence.ledger.sequencer import Sequencer
from mz.datadir import LOG_KEY, SERVICES, DataDir, database_of, read, write

STREAMS: Final[Mapping[str, tuple[str, ...]]] = {
    "gateway": ("agency/", "officer/", "party/", "partner/", "client/"),
    "device-registry": ("device/", "import/"),
    "evidence": ("evidence/", "log/"),
    "case": ("case/", "document/"),
    "notification": ("message/", "consent/"),
}
"""A stream belongs to one service: only its key may write there."""


@dataclass(frozen=True)
class Installation:
    """A data folder and the server that holds its databases. `databases` maps a service to another name."""

    d: DataDir
    server: Server
    mode: Literal["demo", "test"] = "demo"
    databases: Mapping[str, str] | None = None
    background: bool = True

    def database(self, service: str) -> str:
        return (self.databases or {}).get(service, database_of(service))

    @property
    def clock(self) -> OffsetClock:
        return OffsetClock(self.d.clock)

    @property
    def origin(self) -> str:
        """The ledger's name `ledger.<city domain>/<year>`, fixed by the first start."""
        path = self.d.root / "origin.json"
        kept = read(path)
        if kept is None:
            kept = {"origin": f"ledger.{self.d.city_domain}/{self.clock().year}"}
            write(path, kept, mode=0o644)
        return str(kept["origin"])

    @property
    def log_key(self) -> NoteKey:
        """The key that signs the ledger's checkpoints; its name is the ledger's."""
        return NoteKey.load(self.origin, self.d.keys / "evidence" / LOG_KEY)

    def record_key(self, service: str) -> NoteKey:
        """The key that signs what `service` records."""
        return NoteKey.load(record_key_name(service, self.d.city_domain), self.d.keys / service / RECORD_KEY)

    def runtimes(self) -> dict[str, Runtime]:
        """A runtime for each service; evidence's holds the sequencer, not yet started."""
        made = {}
        for service in SERVICES:
            settings = self.d.settings(service, self.server, database=self.database(service), mode=self.mode)
            made[service] = build_runtime(service, settings, background=self.background)
        made["evidence"] = replace(made["evidence"], ledger=self.sequencer())
        return made

    def sequencer(self) -> Sequencer:
        test = self.mode == "test"
        settings = LedgerSettings(
            connect={
                "host": self.server.host,
                "port": self.server.port,
                "user": "ledger_seq",
                "password": self.server.password("ledger_seq") or None,
                "database": self.database("evidence"),
            },
            origin=self.origin,
            durable=not test,
            # A restored old backup of the database must not sign a second history.
            guard=None if test else self.d.root / "checkpoint",
        )
        roots = (self.d.root_key().verifier,)
        return Sequencer(settings, key=self.log_key, roots=roots, clock=self.clock)

    async def open_ledger(self, sequencer: Sequencer) -> None:
        """Write the entries about keys that the ledger lacks. Raises Refusal if it has no leader here."""
        enrolments = [Enrolment(self.record_key(name), streams) for name, streams in STREAMS.items()]
        await establish(
            sequencer, log=self.log_key, root=self.d.root_key(), enrolments=enrolments, clock=self.clock
        )


async def migrate_all(server: Server) -> None:
    """Roles, databases and migrations of every service; changes nothing that is up to date."""
    names = [database_of(service) for service in SERVICES]
    await prepare(server, names)
    for name in names:  # one after the other: alembic keeps its context in module globals
        await upgrade(server.url(f"own_{name}", name), name)
