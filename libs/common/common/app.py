"""The one way to make a service: routes, problems, health, telemetry, jobs, relay."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa
from fastapi import APIRouter, FastAPI, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from common import problem, telemetry
from common.errors import Kind, Refusal
from common.relay import Relay, drain
from common.runtime import Runtime
from common.telemetry import Telemetry
from common.uow import forget_answers, operational

log = logging.getLogger(__name__)

RELAY_IDLE_S: Final = 1.0
JOB_FAILED_S: Final = 2.0
DEFAULT_MAX_BODY: Final = 2 * 1024 * 1024

OPEN_PATHS: Final = frozenset({"/livez", "/readyz", "/metrics"})
"""Routes without a policy: they tell nothing about anyone. The architecture test knows no other."""


@dataclass(frozen=True)
class Job:
    """Work that a service does by itself. One pass does all that is due; a failing pass is logged and repeated."""

    name: str
    run: Callable[[Runtime], Awaitable[Any]]
    every_s: float = 0.5


async def _forget(runtime: Runtime) -> None:
    await forget_answers(runtime.db)


FORGET: Final = Job("forget", _forget, every_s=600)
"""Every service's own: answers kept for repeats go when their 48 hours are over."""


def create_app(
    runtime: Runtime,
    *,
    routers: Sequence[APIRouter],
    jobs: Sequence[Job] = (),
    max_body: int = DEFAULT_MAX_BODY,
    starting: Callable[[Runtime], Awaitable[None]] | None = None,
    stopping: Callable[[Runtime], Awaitable[None]] | None = None,
) -> FastAPI:
    """The ASGI app of `runtime.service`. `starting` runs before the first request, `stopping` after the last."""
    telemetry.start(runtime.settings.spans)
    relay = Relay(runtime.service, runtime.relay_url, runtime.peers)
    jobs = (*jobs, FORGET)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        if starting:
            await starting(runtime)
        tasks = [asyncio.create_task(_repeat(job, runtime)) for job in jobs] if runtime.background else []
        if runtime.background:
            tasks.append(asyncio.create_task(_relaying(relay, runtime)))
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            if stopping:
                await stopping(runtime)
            await relay.close()
            await runtime.peers.close()
            await runtime.db.close()

    app = FastAPI(
        title=f"Mingzheng {runtime.service}",
        version="1",
        description="明证 · off-site enforcement that can be shown to a court",
        contact={"name": "Mingzheng", "url": "https://mingzheng.example"},
        lifespan=lifespan,
        telemetry=telemetry.NATIVE,
        docs_url=None,
        redoc_url=None,
    )
    app.state.runtime = runtime
    app.state.relay = relay
    app.state.jobs = jobs
    for router in routers:
        app.include_router(router)
    app.include_router(_health(runtime))
    problem.install(app, max_body=max_body)
    app.add_middleware(Telemetry, service=runtime.service)
    return app


def _health(runtime: Runtime) -> APIRouter:
    router = APIRouter(include_in_schema=False)

    @router.get("/livez")
    async def livez() -> dict[str, str]:
        return {"status": "alive"}

    @router.get("/readyz")
    async def readyz() -> dict[str, str]:
        try:
            async with operational(runtime.db) as conn:
                await conn.execute(sa.text("SELECT 1"))
        except (OSError, sa.exc.SQLAlchemyError):
            raise Refusal(Kind.UNAVAILABLE, "NOT_READY", "The database does not answer.") from None
        return {"status": "ready"}

    @router.get("/metrics")
    async def metrics() -> Response:
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    return router


async def _repeat(job: Job, runtime: Runtime) -> None:
    while True:
        pause = job.every_s
        try:
            await job.run(runtime)
        except Exception:
            log.exception("couldn't finish a pass of %s/%s", runtime.service, job.name)
            pause = JOB_FAILED_S
        await asyncio.sleep(pause)


async def _relaying(relay: Relay, runtime: Runtime) -> None:
    """Carry as soon as something committed here, and once a second in case another process committed."""
    while True:
        try:
            await drain(relay)
        except Exception:
            log.exception("couldn't carry the records of %s", runtime.service)
            await asyncio.sleep(JOB_FAILED_S)
        try:
            await asyncio.wait_for(runtime.db.committed.wait(), RELAY_IDLE_S)
        except TimeoutError:
            continue
        finally:
            runtime.db.committed.clear()
