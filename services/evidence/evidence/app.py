"""The evidence service: intake, captures, bundles, the ledger."""

from __future__ import annotations

from fastapi import FastAPI

from common.web.app import create_app
from evidence.api import ROUTERS
from evidence.intake.completing import going_on
from evidence.intake.door import Intake
from evidence.intake.receiving import MAX_BODY
from evidence.jobs import JOBS, start, stop
from evidence.jobs.log import standing
from evidence.runtime import EvidenceRuntime


def create(runtime: EvidenceRuntime) -> FastAPI:
    """The app of this service over `runtime`, whose sequencer it starts."""
    intake = Intake.of(runtime)

    async def starting(runtime: EvidenceRuntime) -> None:
        if runtime.background:
            # Before the service is ready: a decoder that cannot start is found here and not by a camera.
            await intake.decoders.start()
        await start(runtime)

    async def stopping(runtime: EvidenceRuntime) -> None:
        intake.close()
        await stop(runtime)

    # One byte more than a push may have: the camera then gets an answer in its own protocol.
    app = create_app(
        runtime,
        routers=ROUTERS,
        jobs=(*JOBS, going_on(intake)),
        max_body=MAX_BODY + 1,
        starting=starting,
        stopping=stopping,
        standing=standing,
    )
    app.state.intake = intake
    return app
