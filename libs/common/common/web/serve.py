"""Starts a service from its settings, for `python -m <service> serve | relay` and for the all-in-one.

A process that cannot start says why in one line and ends with status 1. A running process ends on SIGTERM, after it
has answered the requests under way.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final, TypeVar

import uvicorn
import uvloop
from starlette.types import ASGIApp, Message

from common.calls.http import Peers
from common.calls.tokens import TokenKey
from common.door.relay import Relay
from common.web.app import create_relay
from common.web.runtime import clock_of
from common.web.settings import TOKEN_KEY, RelaySettings, Settings
from common.web.stopping import STOPPING
from common.web.traffic import TRAFFIC

log = logging.getLogger(__name__)

_COLLECT_AFTER: Final = (10_000, 20, 20)
_UNREAD_MS: Final = 60_000


S = TypeVar("S", bound=Settings)


def main(service: str, settings: type[S], create: Callable[[S], ASGIApp]) -> None:
    """Runs `python -m <service> serve | relay | migrate` with settings from the environment.

    `create` makes the app from the settings that were read. It is called only if the process serves.
    """
    match sys.argv[1:] or ["serve"]:
        case ["migrate"]:
            _migrate(service)
        case ["serve"]:
            chosen = settings.read(os.environ, service)
            app = made(service, lambda: create(chosen))
            run(app, service, host=chosen.host, port=chosen.port)
        case ["relay"]:
            alone = RelaySettings.read(os.environ, service, beside=settings)
            run(
                made(service, lambda: _relay_alone(service, alone)),
                f"the relay of {service}",
                host=alone.host,
                port=alone.relay_port,
            )
        case _:
            raise SystemExit(f"python -m {service.replace('-', '_')} serve | relay | migrate")


def made(service: str, make: Callable[[], ASGIApp]) -> ASGIApp:
    """Calls `make`. Ends the process with one line if a key, a profile or another file cannot be used."""
    try:
        return make()
    except OSError as error:
        name = Path(str(error.filename)).name
        raise SystemExit(f"couldn't start {service}: {name}: {error.strerror}") from None
    except ValueError as error:
        raise SystemExit(f"couldn't start {service}: {error}") from None


def _relay_alone(service: str, settings: RelaySettings) -> ASGIApp:
    peers = Peers(service, TokenKey.load(settings.keys / TOKEN_KEY), settings.peer_urls())
    relay = Relay(
        service, settings.relay_url, peers, clock=clock_of(settings), alarm_s=settings.relay_alarm_s
    )
    return create_relay(relay, spans=settings.spans)


def _migrate(service: str) -> None:
    url = os.environ.get("MINGZHENG_OWNER_URL")
    if not url:
        raise SystemExit(
            "couldn't migrate: MINGZHENG_OWNER_URL names the database as its owner own_<database>"
        )
    # Alembic takes longer to import than a service to start, and only this command needs it.
    from common.door.migrate import SchemaDiffers, upgrade

    try:
        asyncio.run(upgrade(url, service.replace("-", "_")))
    except SchemaDiffers as error:
        raise SystemExit(f"couldn't migrate: {error}") from None


@asynccontextmanager
async def alive(app: ASGIApp) -> AsyncIterator[None]:
    """Starts the lifespan of `app` on entry and ends it on exit. Raises the exception of an app that does not start."""
    sent: asyncio.Queue[Message] = asyncio.Queue()
    orders: asyncio.Queue[Message] = asyncio.Queue()
    life = asyncio.ensure_future(app({"type": "lifespan", "asgi": {"version": "3.0"}}, orders.get, sent.put))
    await orders.put({"type": "lifespan.startup"})
    answer = await _first(sent, life)
    if answer["type"] != "lifespan.startup.complete":
        await life  # its exception says more than its message
        raise RuntimeError(f"couldn't start: {answer.get('message', '')}")
    try:
        yield
    finally:
        await orders.put({"type": "lifespan.shutdown"})
        await life


async def _first(sent: asyncio.Queue[Message], life: asyncio.Future[None]) -> Message:
    """The first message of the app. Raises the app's exception if it ends before it sends one."""
    message = asyncio.ensure_future(sent.get())
    either: set[asyncio.Future[Any]] = {message, life}
    await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
    if not message.done():
        message.cancel()
        life.result()
        raise RuntimeError("couldn't start: the app has no lifespan")
    if life.done():
        life.exception()
    return message.result()


def run(app: ASGIApp, name: str, *, host: str, port: int, http: Any = "httptools") -> None:
    """Serves `app` until SIGTERM or SIGINT and answers the requests under way first. Says in one line why it cannot."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("common").setLevel(logging.INFO)
    try:
        # Listen before anything starts: a process whose port is in use must not take the leadership first.
        listener = socket.create_server((host, port), backlog=1024)
        # A connection inherits it: what its other side leaves unread for so long ends the connection. Otherwise a
        # reader that never reads would keep its connection even after the server has closed it.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, _UNREAD_MS)
    except OSError as error:
        raise SystemExit(
            f"couldn't start {name}: port {port} cannot be listened on: {error.strerror}"
        ) from None
    server = uvicorn.Server(
        uvicorn.Config(TRAFFIC.counted(app), **SERVER | {"lifespan": "off", "http": http})
    )
    try:
        uvloop.run(_serve(app, server, listener))
    except asyncio.CancelledError:
        pass  # the signal to stop came before the process was ready
    except Exception as error:
        log.debug("couldn't run %s", name, exc_info=True)
        doing = "stop" if server.started else "start"
        away = "the database does not answer" if isinstance(error, ConnectionError) else ""
        raise SystemExit(f"couldn't {doing} {name}: {away or str(error) or type(error).__name__}") from None


async def _serve(app: ASGIApp, server: uvicorn.Server, listener: socket.socket) -> None:
    # We handle the signals ourselves: uvicorn's handlers end the process before the app can release its lock.
    server.capture_signals = contextlib.nullcontext  # type: ignore[method-assign,assignment]
    starting = asyncio.current_task()
    assert starting is not None

    def stop() -> None:
        if not server.started:
            starting.cancel()
        server.should_exit = True
        STOPPING.begin()

    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop)
    async with alive(app):
        settle()
        await server.serve(sockets=[listener])


def settle() -> None:
    """Makes Python collect garbage less often, and never among the objects that the start has made.

    A batch of records makes and drops thousands of objects and leaves no cycle. Python would search the whole process
    for cycles every few batches, which takes a fifth of the time of a record.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_COLLECT_AFTER)


SERVER: Final[dict[str, Any]] = {
    "loop": "uvloop",
    # Every process uses the same parser: if two parsers disagree, a request can be smuggled past the first.
    "http": "httptools",
    "lifespan": "on",
    # The gateway is the edge: it takes the caller's address from the connection, not from a header.
    "proxy_headers": False,
    "server_header": False,
    "date_header": True,
    "access_log": False,
    "log_level": "warning",
    "timeout_graceful_shutdown": 10,
}
