"""Arranges ledgers in a database, for the tests of the sequencer and the benchmarks."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import asyncpg

from common.values.errors import Refusal
from common.values.profile import Suite
from evidence.ledger.genesis import Enrolment, establish
from evidence.ledger.recovery import LedgerSettings
from evidence.ledger.sequencer import Sequencer
from evidence.ledger.signing import LogKeys
from evidence.ledger.workers import Checker
from ledger.keyfiles import NoteKey
from ledger.notes import encode_batch
from mz.postgres import Server
from tests.ledger.given import CASE, DEVICE, EVIDENCE, LOG, ORIGIN, ROOT, START

if TYPE_CHECKING:
    from tests.world import World

BOTH = (Suite.SHA256_ED25519, Suite.SM3_SM2)
ENROLMENTS = (
    Enrolment(EVIDENCE, ("evidence/", "log/")),
    Enrolment(CASE, ("case/", "document/")),
)
DEVICES = Enrolment(DEVICE, ("device/", "import/"))
"""The key of the registry: bundles hold its statements."""


CHECKER: Final = Checker()
"""The child processes that the ledgers of a session share. They end with its process, as their input does then."""


class Ledger:
    """One sequencer over a test's database, and the administrator's way in."""

    def __init__(
        self,
        server: Server,
        database: str,
        guard: Path | None = None,
        *,
        durable: bool = False,
        keys: Sequence[NoteKey] = (LOG,),
        suites: tuple[Suite, ...] = (Suite.SHA256_ED25519,),
        roots: Sequence[NoteKey] = (ROOT,),
        checker: Checker | None = None,
    ) -> None:
        self.server = server
        self.roots = roots
        self.database = database
        self.now = START
        connect = {
            "host": server.host,
            "port": server.port,
            "user": "ledger_seq",
            "password": server.password("ledger_seq") or None,
            "database": database,
        }
        settings = LedgerSettings(connect, ORIGIN, durable=durable, guard=guard, suites=suites)
        self.sequencer = Sequencer(
            settings,
            keys=LogKeys.of(keys),
            roots=tuple(root.verifier for root in roots),
            clock=lambda: self.now,
            checker=checker,
        )

    async def begin(self, *, threshold: int = 1, demo_clock: bool = False, devices: bool = False) -> None:
        """Lead, and write the genesis if the log is new; with `devices` the registry may write too."""
        await self.sequencer.start()
        await establish(
            self.sequencer,
            roots=self.roots,
            enrolments=[*ENROLMENTS, DEVICES] if devices else ENROLMENTS,
            clock=lambda: self.now,
            threshold=threshold,
            demo_clock=demo_clock,
        )

    async def restart(self) -> None:
        """Forget all that is not in the database."""
        await self.sequencer.stop()
        await self.sequencer.start()

    async def admin(self) -> asyncpg.Connection[Any]:
        """A superuser's connection: for looking, and for breaking things."""
        return await self.server.connect(self.database)


async def outcome(ledger: Ledger, note: bytes) -> str:
    """ "ok" once the record is in the log, else the code of the refusal."""
    try:
        await ledger.sequencer.append(note)
    except Refusal as refusal:
        return refusal.code
    return "ok"


async def send(world: World, notes: list[bytes]) -> list[dict[str, Any]]:
    """What the ledger answers for each of `notes`, sent over HTTP as the case service sends its records."""
    answer = await world.runtimes["case"].peers.post(
        "evidence",
        "/v1/ledger/record-batches",
        content=encode_batch(notes),
        media_type="application/octet-stream",
    )
    results: list[dict[str, Any]] = answer["results"]
    return results
