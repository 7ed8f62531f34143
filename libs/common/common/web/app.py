"""The one way to make a service: routes, problems, health, telemetry, jobs, relay."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

import asyncpg
import sqlalchemy as sa
from fastapi import APIRouter, FastAPI, Request, Response
from sqlalchemy.ext.asyncio import AsyncEngine

from common.door.relay import Backlog, Relay, drain
from common.door.schema import SchemaCheck
from common.door.turn import Turn
from common.door.uow import forget_answers
from common.values.errors import Kind, Refusal
from common.web import problem, telemetry
from common.web.fitting import Fitting, begin_once_it_fits, differs
from common.web.measures import JOB_DONE, JOB_FAILED, MEASURES
from common.web.openapi import DescribedApp, Document
from common.web.otlp import OtlpSpans, sender
from common.web.runtime import Runtime
from common.web.settings import RelaySettings
from common.web.stopping import STOPPING
from common.web.telemetry import Telemetry
from common.web.traffic import TRAFFIC

log = logging.getLogger(__name__)

RELAY_IDLE_S: Final = 1.0
RELAY_FAILED_S: Final = (0.5, 10.0)
"""The first pause after a pass that failed, and the longest: it doubles in between."""
GATHERING_S: Final = 0.05
"""How long a relay lets records gather while several writes are under way."""
LOOK_S: Final = 5.0
JOB_FAILED_S: Final = 2.0
DEFAULT_MAX_BODY: Final = 2 * 1024 * 1024

OPEN_PATHS: Final = frozenset({"/livez", "/readyz", "/openapi.json"})
"""Routes without a policy: their answers name no person. The architecture test permits no other."""


R = TypeVar("R", bound=Runtime)
Needs = TypeVar("Needs", bound=Runtime, contravariant=True)


@dataclass(frozen=True)
class Job(Generic[Needs]):
    """Work that a service does by itself. A pass does all work that is due; a failed pass is logged and repeated.

    Of several processes one does it (`common.door.turn`). `everywhere`: it is about the memory of each process, or it
    locks row by row, so that the processes share the work.
    """

    name: str
    run: Callable[[Needs], Awaitable[Any]]
    every_s: float = 0.5
    everywhere: bool = False


async def _forget(runtime: Runtime) -> None:
    await forget_answers(runtime.db)


FORGET: Final[Job[Runtime]] = Job("forget", _forget, every_s=600)
"""A job in every service: it deletes a stored answer 48 hours after its request."""


_OWN_ROUTES: Final = APIRouter(include_in_schema=False)
"""Health, and the document of the API: the same routes for every app, so they are made once."""


@_OWN_ROUTES.get("/openapi.json")
async def _openapi(request: Request) -> Response:
    document: Document = request.app.state.document
    return document.answer(request)


@_OWN_ROUTES.get("/livez")
async def _livez() -> dict[str, str]:
    return {"status": "alive"}


@_OWN_ROUTES.get("/readyz")
async def _readyz(request: Request) -> dict[str, Any]:
    if STOPPING.has_begun:
        raise Refusal(Kind.UNAVAILABLE, "NOT_READY")
    engine: AsyncEngine = request.app.state.engine
    try:
        async with engine.connect() as conn:
            await conn.execute(sa.text("SELECT 1"))
        found = await request.app.state.schema.look()
    except (OSError, asyncpg.PostgresError, sa.exc.SQLAlchemyError):
        raise Refusal(Kind.UNAVAILABLE, "NOT_READY") from None
    if found:
        raise differs(found)
    return {"status": "ready", **request.app.state.standing()}


def create_app(
    runtime: R,
    *,
    routers: Sequence[APIRouter],
    jobs: Sequence[Job[R]] = (),
    max_body: int = DEFAULT_MAX_BODY,
    starting: Callable[[R], Awaitable[None]] | None = None,
    stopping: Callable[[R], Awaitable[None]] | None = None,
    standing: Callable[[R], dict[str, Any]] | None = None,
) -> FastAPI:
    """The ASGI app of `runtime.service`. `starting` runs before the first request, `stopping` after the last.

    `standing` is what /readyz tells beside being ready. It names no person: anybody may read it.
    """
    trace(runtime.settings, sender(runtime.service, runtime.settings.port))
    alarm_s = runtime.settings.relay_alarm_s
    relay = Relay(runtime.service, runtime.relay_url, runtime.peers, clock=runtime.clock, alarm_s=alarm_s)
    jobs = (*jobs, FORGET)
    schema = SchemaCheck(runtime.service, runtime.db.engine)

    def loops() -> list[Coroutine[Any, Any, None]]:
        if not runtime.background:
            return []
        # The service watches the backlog too: a dead relay process raises no alarm itself.
        watching = _watch(Backlog(runtime.service, runtime.db.engine, runtime.clock, alarm_s))
        carrying = [_carry(relay, runtime.db.committed)] if runtime.settings.relay else []
        turn = Turn(runtime.service, runtime.settings.database_url)
        return [turn.hold(), *(_repeat(job, runtime, turn) for job in jobs), watching, *carrying]

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        tasks: list[asyncio.Task[None]] = []

        async def begin() -> None:
            await asyncio.to_thread(runtime.settings.prove_places)
            if starting:
                await starting(runtime)
            tasks.extend(asyncio.create_task(loop) for loop in loops())

        MEASURES.watch(runtime)
        try:
            # A test's database is a copy of one that was compared once.
            if not runtime.background:
                await begin()
            elif later := await begin_once_it_fits(schema, begin):
                tasks.append(later)
            yield
        finally:
            MEASURES.forget(runtime)
            await _end(tasks)
            if stopping:
                await stopping(runtime)
            await relay.close()
            await runtime.peers.close()
            await runtime.db.close()

    app = _app(runtime.service, lifespan, runtime.db.engine)
    app.state.runtime = runtime
    app.state.schema = schema
    if standing is not None:
        app.state.standing = lambda: standing(runtime)
    app.state.relay = relay
    app.state.jobs = jobs
    for router in routers:
        app.router.routes.extend(router.routes)
    problem.install(app, max_body=max_body)
    app.add_middleware(Fitting, schema=schema, open_paths=OPEN_PATHS)
    app.add_middleware(Telemetry, service=runtime.service)
    return app


def create_relay(relay: Relay, settings: RelaySettings) -> FastAPI:
    """The ASGI app of a process that only carries the records of `relay.service`: health, no routes."""
    trace(settings, sender(f"{relay.service}-relay", settings.relay_port))

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        tasks = [
            asyncio.create_task(loop) for loop in (_carry(relay, asyncio.Event()), _watch(relay.backlog))
        ]
        try:
            yield
        finally:
            await _end(tasks)
            await relay.close()

    app = _app(relay.service, lifespan, relay.engine)
    app.state.schema = SchemaCheck(relay.service, relay.engine)
    problem.install(app, max_body=DEFAULT_MAX_BODY)
    return app


def trace(settings: RelaySettings, resource: Mapping[str, Any]) -> None:
    """Install the tracer of this process, which is `resource`, as `settings` want it."""
    exporter = OtlpSpans(settings.otlp, resource) if settings.otlp else None
    telemetry.start(settings.spans, ratio=settings.trace_ratio, exporter=exporter)


def _app(service: str, lifespan: Callable[[FastAPI], Any], engine: AsyncEngine) -> FastAPI:
    app = DescribedApp(
        service,
        title=f"明证 Mingzheng {service}",
        version="1",
        description="经得起法庭检验的非现场执法 · off-site enforcement that can be shown to a court",
        contact={"name": "明证 Mingzheng", "url": "https://mingzheng.example"},
        lifespan=lifespan,
        telemetry=telemetry.NATIVE,
        openapi_url=None,  # our own route answers it from memory, with its ETag
        docs_url=None,
        redoc_url=None,
    )
    app.state.document = Document(app.openapi)
    app.state.engine = engine
    app.state.standing = dict
    app.router.routes.extend(_OWN_ROUTES.routes)
    return app


async def _end(tasks: Sequence[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def _repeat(job: Job[R], runtime: R, turn: Turn) -> None:
    while True:
        if not job.everywhere:
            await turn.mine.wait()
        await TRAFFIC.lull()
        pause = job.every_s
        try:
            await job.run(runtime)
            JOB_DONE.labels(runtime.service, job.name).set_to_current_time()
        except Exception as error:  # noqa: BLE001
            JOB_FAILED.labels(runtime.service, job.name).inc()
            _log_failure(f"finish a pass of {runtime.service}/{job.name}", error)
            pause = JOB_FAILED_S
        await asyncio.sleep(pause)


async def _carry(relay: Relay, committed: asyncio.Event) -> None:
    """Carries records as soon as this process commits, and once a second in case another process committed."""
    first, longest = RELAY_FAILED_S
    pause = first
    while True:
        try:
            await drain(relay)
            pause = first
        except Exception as error:  # noqa: BLE001
            _log_failure(f"carry the records of {relay.service}", error)
            # Back off with jitter and ignore new commits meanwhile, so that an unavailable ledger is not flooded by
            # the relays of all services at once.
            await asyncio.sleep(pause * random.uniform(0.5, 1))
            pause = min(2 * pause, longest)
            continue
        try:
            async with asyncio.timeout(RELAY_IDLE_S):
                await committed.wait()
            if TRAFFIC.under_way > 1:
                # The others commit soon: a batch costs as much for one record as for several.
                await asyncio.sleep(GATHERING_S)
        except TimeoutError:
            continue
        finally:
            committed.clear()


async def _watch(backlog: Backlog) -> None:
    while True:
        try:
            await backlog.look()
        except Exception as error:  # noqa: BLE001
            _log_failure(f"look at what waits in {backlog.service}", error)
        await asyncio.sleep(min(LOOK_S, backlog.alarm_s / 4))


def _log_failure(task: str, error: Exception) -> None:
    """Logs one line if a peer or a database is away, because that passes by itself; for a bug the stack trace."""
    is_away = isinstance(error, OSError | asyncpg.PostgresConnectionError | asyncpg.CannotConnectNowError)
    if isinstance(error, Refusal) and error.kind is Kind.UNAVAILABLE:
        log.warning("couldn't %s: %s", task, error.code)
    elif is_away or (isinstance(error, sa.exc.DBAPIError) and error.connection_invalidated):
        log.warning("couldn't %s: %s", task, type(error).__name__)
    else:
        log.error("couldn't %s", task, exc_info=error)
