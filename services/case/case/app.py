"""The case service as an ASGI app."""

from __future__ import annotations

from fastapi import FastAPI

from case import jobs
from case.api import routers
from common.app import Job, create_app
from common.runtime import Runtime


def create(runtime: Runtime) -> FastAPI:
    """The app of this service over `runtime`."""
    work = (Job("evidence", jobs.follow_evidence), Job("service", jobs.follow_service))
    return create_app(runtime, routers=routers, jobs=work)
