"""The evidence service: intake, captures, bundles, the ledger."""

from __future__ import annotations

from fastapi import FastAPI
from prometheus_client import Gauge

from common.door import erasure
from common.web.app import create_app
from evidence.api import anchors, bundle, captures, erasures, ledger
from evidence.intake import routes as viid
from evidence.intake.accounts import Accounts
from evidence.intake.door import Intake
from evidence.jobs import JOBS
from evidence.ledger.follower import Follower
from evidence.runtime import EvidenceRuntime

LEADS = Gauge("mingzheng_ledger_leads", "1 in the process that appends to the ledger, 0 where one stands by")


def create(runtime: EvidenceRuntime) -> FastAPI:
    """The app of this service over `runtime`, whose sequencer it starts."""
    intake = Intake(Accounts(runtime.peers))
    sequencer = runtime.ledger
    follower = Follower(runtime.db, origin=sequencer.origin, url=sequencer.settings.url)

    async def starting(runtime: EvidenceRuntime) -> None:
        await runtime.ledger.start()
        await erasure.look_again(runtime.db)
        LEADS.set_function(lambda: float(sequencer.leads))

    async def stopping(runtime: EvidenceRuntime) -> None:
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
