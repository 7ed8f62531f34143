"""The exchange as an ASGI app."""

from __future__ import annotations

from fastapi import FastAPI

from common.web.app import create_app
from data_exchange import connectors, jobs
from data_exchange.api import ROUTERS
from data_exchange.runtime import DataExchangeRuntime
from data_exchange.wire.ledgered import Ledgered


def create(runtime: DataExchangeRuntime) -> FastAPI:
    """The app of this service over `runtime`. No answer leaves it before its records are in the ledger (Inv. 1)."""
    app = create_app(runtime, routers=ROUTERS, jobs=jobs.JOBS, stopping=connectors.close)
    app.add_middleware(Ledgered, runtime=runtime, relay=app.state.relay)
    return app
