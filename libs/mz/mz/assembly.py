"""Puts the parts of one installation together: databases, migrations, ledger, and a runtime for each service.

What `./mz up` does with a data folder and the tests do with a temporary one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

from common.clock import OffsetClock
from common.migrate import upgrade
from common.postgres import Server, prepare
from common.runtime import Runtime
from common.serve import build_runtime
from evidence.ledger.recovery import LedgerSettings
from evidence.ledger.sequencer import Sequencer
from mz.datadir import SERVICES, DataDir, database_of
from mz.genesis import log_key, origin_of


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

    def runtimes(self) -> dict[str, Runtime]:
        """A runtime for each service; evidence's holds the sequencer, not yet started."""
        made = {}
        for service in SERVICES:
            settings = self.d.settings(service, self.server, database=self.database(service), mode=self.mode)
            made[service] = build_runtime(service, settings, background=self.background)
        made["evidence"] = replace(made["evidence"], ledger=self.sequencer())
        return made

    def sequencer(self) -> Sequencer:
        origin = origin_of(self.d, self.clock)
        test = self.mode == "test"
        settings = LedgerSettings(
            connect={
                "host": self.server.host,
                "port": self.server.port,
                "user": "ledger_seq",
                "password": self.server.password("ledger_seq") or None,
                "database": self.database("evidence"),
            },
            origin=origin,
            durable=not test,
            # A restored old backup of the database must not sign a second history.
            guard=None if test else self.d.root / "checkpoint",
        )
        return Sequencer(
            settings, key=log_key(self.d, origin), roots=(self.d.root_key().verifier,), clock=self.clock
        )


async def migrate_all(server: Server) -> None:
    """Roles, databases and migrations of every service; changes nothing that is up to date."""
    names = [database_of(service) for service in SERVICES]
    await prepare(server, names)
    for name in names:  # one after the other: alembic keeps its context in module globals
        await upgrade(server.url(f"own_{name}", name), name)
