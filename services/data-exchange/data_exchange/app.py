"""The exchange as an ASGI app."""

from __future__ import annotations

from fastapi import FastAPI

from common.files.declared import PART_BODY_BYTES
from common.web.app import create_app
from data_exchange import connectors, jobs
from data_exchange.api import ROUTERS
from data_exchange.jobs.erasures import look_again
from data_exchange.runtime import DataExchangeRuntime
from data_exchange.sandbox.faults import time_of_call
from data_exchange.sandbox.recorder import Recorder
from data_exchange.wire.ledgered import Ledgered
from data_exchange.wire.signed import Signed, caller_of


def create(runtime: DataExchangeRuntime) -> FastAPI:
    """The app of this service over `runtime`. No answer leaves it before its records are in the ledger (Inv. 1)."""
    app = create_app(
        runtime,
        routers=ROUTERS,
        jobs=jobs.JOBS,
        starting=look_again,
        stopping=connectors.close,
        max_body=PART_BODY_BYTES,
    )
    app.add_middleware(Ledgered, runtime=runtime, relay=app.state.relay)
    # The last one added is the first one asked: what Ledgered answers is signed too.
    if runtime.settings.sandbox:
        app.add_middleware(Signed, runtime=runtime, time_of_call=time_of_call)
        app.add_middleware(Recorder, runtime=runtime, caller_of=caller_of)
    else:
        app.add_middleware(Signed, runtime=runtime)
    return app
