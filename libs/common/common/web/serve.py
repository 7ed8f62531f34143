"""Starts a service from its settings, for `python -m <service> serve | relay | migrate | check` and for the all-in-one.

A process that cannot start says why in one line and ends with status 1. A running process ends on SIGTERM, after it
has answered the requests under way (`common.web.stopping`).
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
import threading
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

import asyncpg
import uvicorn
import uvloop
from starlette.types import ASGIApp, Message
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from common.calls.http import Peers
from common.calls.tokens import TokenKey
from common.door.address import said_by
from common.door.relay import Relay
from common.web.app import create_relay
from common.web.inner import Inner
from common.web.logs import start as keep_log
from common.web.otlp import send_metrics, sender
from common.web.runtime import clock_of
from common.web.settings import INNER_ABOVE, TOKEN_KEY, MigrateSettings, RelaySettings, Settings
from common.web.stopping import STOPPING
from common.web.traffic import TRAFFIC

log = logging.getLogger(__name__)

_COLLECT_AFTER: Final = (10_000, 20, 20)
_UNREAD_MS: Final = 60_000
_STDIN: Final = 0
_FIRST_REQUEST_S: Final = 1.0


S = TypeVar("S", bound=Settings)


@dataclass(frozen=True)
class Beside:
    """What a process answers at another port, and at a listening `socket` that its parent passes, where there is one.

    Several processes may share a socket. It outlives each of them: while one starts again no connection is refused.
    """

    app: ASGIApp
    port: int
    socket: int | None = None


def main(
    service: str,
    settings: type[S],
    create: Callable[[S], ASGIApp],
    *,
    http: type[Any] | str = "httptools",
    beside: Callable[[S, ASGIApp], Sequence[Beside]] = lambda settings, app: (),
) -> None:
    """Runs `python -m <service> serve | relay | migrate | check` with settings from the environment.

    `create` makes the app from the settings that were read. It is called only if the process serves, or says whether
    it could. `beside` names what the process answers at other ports: the life of `app` is theirs too.
    """
    match sys.argv[1:] or ["serve"]:
        case ["migrate"]:
            _migrate(service, settings)
        case ["serve"]:
            chosen = settings.read(os.environ, service)
            app = made(service, lambda: create(chosen))
            run(app, service, chosen, port=chosen.port, http=http, beside=beside(chosen, app))
        case ["relay"]:
            alone = RelaySettings.read(os.environ, service, beside=settings)
            app = made(service, lambda: _relay_alone(service, alone))
            # Nobody outside calls a relay: its one port is an inner one.
            run(Inner(app), f"{service}-relay", alone, port=alone.relay_port, inner=False)
        case ["check"]:
            chosen = settings.read(os.environ, service)
            made(service, lambda: create(chosen))
            _say(service, chosen)
        case ["check", "relay"]:
            alone = RelaySettings.read(os.environ, service, beside=settings)
            made(service, lambda: _relay_alone(service, alone))
            _say(service, alone)
        case _:
            raise SystemExit(f"python -m {service.replace('-', '_')} serve | relay | migrate | check [relay]")


def _say(service: str, settings: RelaySettings) -> None:
    """Prints what `check` finds. Ends with status 1 if the process could not do its work."""
    from common.web.checking import look

    findings = asyncio.run(look(service, settings))
    for finding in findings:
        print(finding.line)
    if any(finding.is_fault for finding in findings):
        raise SystemExit(1)


def made(service: str, make: Callable[[], ASGIApp]) -> ASGIApp:
    """Calls `make`. Ends the process with one line if a key, a profile or another file cannot be used."""
    try:
        return make()
    except OSError as error:
        name = Path(str(error.filename)).name
        raise SystemExit(f"未能启动 (couldn't start {service}): {name}: {error.strerror}") from None
    except ValueError as error:
        raise SystemExit(f"未能启动 (couldn't start {service}): {error}") from None


def _relay_alone(service: str, settings: RelaySettings) -> ASGIApp:
    peers = Peers(service, TokenKey.load(settings.keys / TOKEN_KEY), settings.peer_urls(service))
    relay = Relay(
        service, settings.relay_url, peers, clock=clock_of(settings), alarm_s=settings.relay_alarm_s
    )
    return create_relay(relay, settings)


def _migrate(service: str, settings: type[Settings]) -> None:
    owner = MigrateSettings.read(os.environ, service, beside=settings)
    # Alembic takes longer to import than a service to start, and only this command needs it.
    from common.door.migrate import SchemaDiffers, upgrade

    try:
        asyncio.run(upgrade(owner.owner_url, service.replace("-", "_")))
    except SchemaDiffers as error:
        raise SystemExit(f"未能迁移 (couldn't migrate {service}): {error}") from None
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise SystemExit(
            f"未能迁移 (couldn't migrate {service}): {type(error).__name__}: {said_by(error)}"
        ) from None


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


def run(
    app: ASGIApp,
    name: str,
    settings: RelaySettings,
    *,
    port: int,
    http: type[Any] | str = "httptools",
    beside: Sequence[Beside] = (),
    inner: bool = True,
) -> None:
    """Serves `app` until SIGTERM or SIGINT and answers the requests under way first. Says in one line why it cannot.

    With `inner` the inner pages have a port of their own: that of the settings, or `port` and a thousand.

    After the signal it goes on for DRAIN_S seconds, because a proxy notices late that it is not ready; a second signal
    ends that.
    """
    keep_log(level=settings.log_level, path=settings.log, keep_d=settings.log_retention_days)
    # Listen before anything starts: a process whose port is in use must not take the leadership first.
    listeners = [_listening(name, settings.host, port)]
    if settings.socket is not None:
        listeners.append(socket.socket(fileno=settings.socket))
        threading.Thread(target=_end_with_parent, daemon=True).start()
    for listener in listeners:
        # A connection inherits it: what its other side leaves unread for so long ends the connection. Otherwise a
        # reader that never reads would keep its connection even after the server has closed it.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, _UNREAD_MS)
    server = _server(TRAFFIC.counted(app), http)
    pages = [*beside]
    if inner:
        pages.append(Beside(Inner(app), settings.inner_port or port + INNER_ABOVE))
    others = [
        (
            _server(other.app, "httptools"),
            [
                _listening(name, settings.host, other.port),
                *([socket.socket(fileno=other.socket)] if other.socket is not None else []),
            ],
        )
        for other in pages
    ]
    try:
        uvloop.run(_serve(app, [(server, listeners), *others], settings, sender(name, port)))
    except asyncio.CancelledError:
        pass  # the signal to stop came before the process was ready
    except Exception as error:
        log.debug("couldn't run %s", name, exc_info=True)
        doing = "未能正常停止 (couldn't stop" if server.started else "未能启动 (couldn't start"
        away = "数据库没有应答 (the database does not answer)" if isinstance(error, ConnectionError) else ""
        raise SystemExit(f"{doing} {name}): {away or str(error) or type(error).__name__}") from None
    if STOPPING.failure:
        raise SystemExit(f"未能启动 (couldn't start {name}): {STOPPING.failure}")


def _server(app: ASGIApp, http: type[Any] | str) -> uvicorn.Server:
    config = uvicorn.Config(STOPPING.closing(app), **SERVER | {"lifespan": "off", "http": http})
    server = uvicorn.Server(config)
    # We handle the signals ourselves: uvicorn's handlers end the process before the app can release its lock.
    server.capture_signals = contextlib.nullcontext  # type: ignore[method-assign,assignment]
    return server


def _listening(name: str, host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=1024)
    except (OSError, OverflowError) as error:
        why = getattr(error, "strerror", None) or "1–65535"
        raise SystemExit(
            f"未能启动 (couldn't start {name}): 端口 {port} 不可用 (port {port} cannot be listened on): {why}"
        ) from None


def _end_with_parent() -> None:
    """Ends this process with the one that passed it a socket, even after kill -9."""
    # Not sys.stdin: Python locks it while a thread reads it, and a process that ends meanwhile would abort.
    while os.read(_STDIN, 4096):
        continue
    os.kill(os.getpid(), signal.SIGTERM)


async def _serve(
    app: ASGIApp,
    servers: Sequence[tuple[uvicorn.Server, list[socket.socket]]],
    settings: RelaySettings,
    resource: Mapping[str, Any],
) -> None:
    starting = asyncio.current_task()
    assert starting is not None
    loop = asyncio.get_running_loop()

    closing: list[asyncio.Task[None]] = []

    def close() -> None:
        closing.extend(asyncio.create_task(finish(server)) for server, _ in servers)

    def stop() -> None:
        is_started = servers[0][0].started
        if not is_started:
            starting.cancel()
        if STOPPING.has_begun or not is_started or not settings.drain_s:
            close()
        else:
            loop.call_later(settings.drain_s, close)
        STOPPING.begin()

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop)
    async with alive(app):
        settle()
        sending = asyncio.create_task(send_metrics(settings.otlp, resource)) if settings.otlp else None
        await asyncio.gather(*(server.serve(sockets=listeners) for server, listeners in servers))
        if sending is not None:
            sending.cancel()


async def finish(server: uvicorn.Server) -> None:
    """Takes no more connections, then lets `server` end.

    uvicorn closes every connection on which it has read no request. A caller who connected last has sent one, and it
    would be lost: so each gets a second for it. His answer closes the connection.
    """
    for listening in server.servers if server.started else ():
        listening.close()
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_FIRST_REQUEST_S):
            # The loop makes the connections that it accepted last before it goes on here.
            await asyncio.sleep(0.01)
            while any(_is_unread(connection) for connection in server.server_state.connections):
                await asyncio.sleep(0.01)
    server.should_exit = True


def _is_unread(connection: asyncio.Protocol) -> bool:
    """Whether no request has come on it yet."""
    return isinstance(connection, HttpToolsProtocol) and connection.cycle is None


@asynccontextmanager
async def inside(app: ASGIApp, listener: socket.socket) -> AsyncIterator[None]:
    """The inner pages of `app` at `listener` for so long, where another server than `run` serves `app`."""
    server = _server(Inner(app), "httptools")
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        yield
    finally:
        server.should_exit = True
        await serving


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
    # Its own configuration would close the handlers of every other logger, our file among them.
    "log_config": None,
    "timeout_graceful_shutdown": 10,
    # Longer than any proxy in front and than our own clients keep an idle connection: they close it, not we.
    "timeout_keep_alive": 75,
}
