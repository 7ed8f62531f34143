"""A process over a schema that is not its own: alive, not ready, doing nothing, until the schema fits.

    start ──▶ fits? ──yes──▶ begin: leadership, jobs, relay, answers ──cannot──▶ the process ends
                └──no──▶ one line in the log; 503 SCHEMA_DIFFERS to everything but health; looks again every two seconds

A job that runs over tables it does not know, or a capture that is taken and then answered with 500, does harm that a
process which waits does not.
"""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Awaitable, Callable, Iterable
from typing import Final

import asyncpg
import sqlalchemy as sa
from starlette.types import ASGIApp, Receive, Scope, Send

from common.door.schema import NAMED_AT_MOST, SchemaCheck, advice
from common.values.errors import Kind, Refusal
from common.web import problem
from common.web.stopping import STOPPING, Stopping

log = logging.getLogger(__name__)

LOOK_AGAIN_S: Final = 2.0
"""The migration of a release may still be running."""


def differs(objects: Iterable[str]) -> Refusal:
    """503: what a caller is told while the schema does not fit."""
    names = list(objects)
    shown = "、".join(names[:NAMED_AT_MOST])
    return Refusal(Kind.UNAVAILABLE, "SCHEMA_DIFFERS", {"count": len(names), "objects": shown})


async def begin_once_it_fits(
    schema: SchemaCheck,
    begin: Callable[[], Awaitable[None]],
    *,
    every_s: float = LOOK_AGAIN_S,
    stopping: Stopping = STOPPING,
) -> asyncio.Task[None] | None:
    """Await `begin` if the schema fits, and pass on what it raises. Otherwise the task that does it later.

    What `begin` raises in that task ends the process, unless it passes by itself: a process that could not begin must
    not look ready.
    """
    if not (found := await schema.look()):
        await begin()
        return None
    log.error(advice(schema.service, found))
    return asyncio.create_task(_later(schema, begin, every_s, stopping))


async def _later(
    schema: SchemaCheck, begin: Callable[[], Awaitable[None]], every_s: float, stopping: Stopping
) -> None:
    while True:
        await asyncio.sleep(every_s)
        try:
            if not await schema.look():
                log.warning("the schema of %s fits now", schema.service)
                await begin()
                return
        except (OSError, asyncpg.PostgresError, sa.exc.SQLAlchemyError, Refusal) as error:
            log.warning("couldn't begin %s: %s", schema.service, type(error).__name__)
        except Exception as error:  # noqa: BLE001
            log.critical("couldn't begin %s; the process ends", schema.service, exc_info=error)
            stopping.fail(str(error) or type(error).__name__)
            signal.raise_signal(signal.SIGTERM)
            return


class Fitting:
    """ASGI middleware: refuses every request but those to `open_paths` while the schema is not what it should be."""

    def __init__(self, app: ASGIApp, schema: SchemaCheck, open_paths: frozenset[str]) -> None:
        self._app = app
        self._schema = schema
        self._open = open_paths

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._schema.fits or scope["type"] != "http" or scope["path"] in self._open:
            await self._app(scope, receive, send)
        else:
            # What was seen last: a flood of requests must not read the catalogue while the migration runs.
            await problem.answer(differs(self._schema.found))(scope, receive, send)
