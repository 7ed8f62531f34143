"""The evidence service: intake, captures, bundles, the ledger."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from fastapi import FastAPI
from prometheus_client import Gauge

from common.door import erasure
from common.web.app import create_app
from common.web.runtime import Runtime
from common.web.settings import Settings
from evidence.api import anchors, bundle, captures, erasures, ledger
from evidence.intake import routes as viid
from evidence.intake.accounts import Accounts
from evidence.intake.door import Intake
from evidence.jobs import JOBS
from evidence.ledger.follower import Follower
from evidence.ledger.overseer import Overseer
from evidence.ledger.recovery import LedgerSettings
from evidence.ledger.sequencer import Sequencer
from evidence.ledger.signing import load_log_keys
from evidence.ledger.timestamp import DRIFT_S, Stamper, authorities_in
from evidence.ledger.witnessing import Witnesses
from ledger.notes import Verifier
from ledger.trust import Policy

LEADS = Gauge("mingzheng_ledger_leads", "1 in the process that appends to the ledger, 0 where one stands by")


class EvidenceSettings(Settings):
    """What this service needs besides the others' settings: the log that it keeps.

    `ledger_url` is postgresql://ledger_seq@…, `roots` names a file of vkeys, one a line, `guard` the file that
    remembers the last published checkpoint, outside the database and its backups.
    """

    origin: str
    ledger_url: str
    log_key: str = ""  # a log key that lies elsewhere than KEYS: a file, or agent:<socket>#<fingerprint>
    roots: Path
    guard: Path
    url: str = ""  # where other processes of this service reach this one; else HOST and PORT
    leader_lost_after_s: float = 15
    monitor: Path | None = None  # one line `<vkey> <url>`: who says at export where streams end
    policy: Path | None = None  # a c2sp.org/tlog-policy: the witnesses that cosign this log's checkpoints
    authorities: str = ""  # "<name>=<url>,…", at most two: RFC 3161 authorities that stamp checkpoints
    authority_certs: Path | None = None  # the folder of <name>.pem, to which their tokens must lead
    authority_drift_s: float = DRIFT_S  # how far their clocks may lie from ours

    def _must_exist(self) -> tuple[str, ...]:
        return (*super()._must_exist(), "roots", "policy", "monitor", "authority_certs")


def create(runtime: Runtime) -> FastAPI:
    """`runtime.ledger` is the sequencer, not yet started; without one it is made from the settings."""
    if runtime.ledger is None:
        runtime = replace(runtime, ledger=sequencer_of(runtime))
    intake = Intake(Accounts(runtime.peers))
    sequencer: Sequencer = runtime.ledger
    follower = Follower(runtime.db, origin=sequencer.origin, url=sequencer.settings.url)

    async def starting(runtime: Runtime) -> None:
        await runtime.ledger.start()
        await erasure.look_again(runtime.db)
        LEADS.set_function(lambda: float(sequencer.leads))

    async def stopping(runtime: Runtime) -> None:
        intake.decoder.close()
        await runtime.ledger.stop()
        if sequencer.settings.witnesses is not None:
            await sequencer.settings.witnesses.close()
        await follower.close()

    app = create_app(
        runtime,
        routers=[captures.router, erasures.router, bundle.router, ledger.router, anchors.router, viid.router],
        jobs=JOBS,
        max_body=viid.MAX_BODY + 1,
        starting=starting,
        stopping=stopping,
    )
    app.state.intake = intake
    app.state.follower = follower
    return app


def sequencer_of(runtime: Runtime) -> Sequencer:
    """The sequencer of a service that runs in its own process."""
    settings = runtime.settings
    if not isinstance(settings, EvidenceSettings):
        raise TypeError("the evidence service starts with EvidenceSettings or with a sequencer")
    return Sequencer(
        LedgerSettings(
            connect={"dsn": settings.ledger_url},
            origin=settings.origin,
            durable=settings.mode != "test",
            guard=settings.guard,
            url=settings.url or f"http://{settings.host}:{settings.port}",
            lost_after_s=settings.leader_lost_after_s,
            suites=runtime.profile.ledger.suites,
            witnesses=Witnesses(Policy.parse(settings.policy.read_bytes())) if settings.policy else None,
            stamper=Stamper(
                authorities_in(
                    settings.authorities, settings.authority_certs, drift_s=settings.authority_drift_s
                )
            ),
            monitor=Overseer.parse(settings.monitor.read_text()) if settings.monitor else None,
        ),
        keys=load_log_keys(
            settings.origin, settings.keys, more=[settings.log_key] if settings.log_key else []
        ),
        roots=tuple(Verifier.parse(line) for line in settings.roots.read_text().split()),
        clock=runtime.clock,
    )
