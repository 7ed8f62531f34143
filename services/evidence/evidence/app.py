"""The evidence service: intake, captures, bundles, the ledger."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from fastapi import FastAPI

from common.app import create_app
from common.crypto import NoteKey, Verifier
from common.runtime import Runtime
from common.settings import Settings
from evidence.api import bundle, captures, ledger
from evidence.intake import routes as viid
from evidence.intake.accounts import Accounts
from evidence.intake.door import Intake
from evidence.jobs import JOBS
from evidence.ledger.recovery import LedgerSettings
from evidence.ledger.sequencer import Sequencer


class EvidenceSettings(Settings):
    """What this service needs besides the others' settings: the log that it keeps.

    `ledger_url` is postgresql://ledger_seq@…, `roots` names a file of vkeys, one a line, `guard` the file that
    remembers the last published checkpoint, outside the database and its backups.
    """

    origin: str
    ledger_url: str
    log_key: Path
    roots: Path
    guard: Path


def create(runtime: Runtime) -> FastAPI:
    """`runtime.ledger` is the sequencer, not yet started; without one it is made from the settings."""
    if runtime.ledger is None:
        runtime = replace(runtime, ledger=sequencer_of(runtime))
    intake = Intake(Accounts(runtime.peers))

    async def starting(runtime: Runtime) -> None:
        await runtime.ledger.start()

    async def stopping(runtime: Runtime) -> None:
        intake.decoder.close()
        await runtime.ledger.stop()

    app = create_app(
        runtime,
        routers=[captures.router, bundle.router, ledger.router, viid.router],
        jobs=JOBS,
        max_body=viid.MAX_BODY + 1,
        starting=starting,
        stopping=stopping,
    )
    app.state.intake = intake
    return app


def sequencer_of(runtime: Runtime) -> Sequencer:
    """The sequencer of a service that runs in its own process."""
    settings = runtime.settings
    if not isinstance(settings, EvidenceSettings):
        raise TypeError("the evidence service starts with EvidenceSettings or with a sequencer")
    return Sequencer(
        LedgerSettings(connect={"dsn": settings.ledger_url}, origin=settings.origin, guard=settings.guard),
        key=NoteKey.load(settings.origin, settings.log_key),
        roots=tuple(Verifier.parse(line) for line in settings.roots.read_text().split()),
        clock=runtime.clock,
    )
