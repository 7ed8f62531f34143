"""`./mz up`: PostgreSQL, migrations, the ledger's first entries, the demo's people, then every service in this process.

    lock D ─ port ─ keys and clock ─ PostgreSQL ─ migrations ─ services ─ genesis ─ people ─ "ready"

Each step leaves what exists as it is, so a second start is safe. Ctrl-C stops in the opposite order; after kill -9
the next start takes over the running PostgreSQL.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import logging
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import uvicorn
import uvloop
from sqlalchemy.ext.asyncio import AsyncEngine

from common.values.clock import BEIJING
from common.web.democlock import advance
from common.web.logs import start as keep_log
from common.web.serve import SERVER, alive, inside, settle
from common.web.settings import INNER_ABOVE
from common.web.stopping import STOPPING
from common.web.traffic import TRAFFIC
from evidence.jobs.log import anchor_twin, stamp
from gateway.allinone import build
from gateway.guard import GuardedProtocol
from gateway.seeding import seed_people
from ledger.clock import real_time
from mz import PORT
from mz.demo.bureau import NOTICE, Children, beside
from mz.operate import running
from mz.operate.assembly import Installation, migrate_all
from mz.operate.datadir import DataDir, read, write
from mz.operate.draining import drain
from mz.operate.processes import Fleet, ProcessEnded, fleet_of, open_installation
from mz.operate.servers import running_server
from mz.operate.upgrade import plan
from mz.postgres import EmbeddedPostgres, PostgresUnavailable, Server, external
from mz.services import SERVICES
from outsiders.authority import NOTICE as TEST_AUTHORITY

STORY_BEGINS = datetime(2025, 3, 3, 9, 0, tzinfo=BEIJING)
_DETACHED_READY_S = 180.0
_ANSWERS_WITHIN_S = 60.0
SANDBOX = (
    "沙箱:供协作机关的系统试接,这里的一切均无法律效力 "
    "(a sandbox for the systems of partners: nothing here has legal effect)"
)

log = logging.getLogger("mz")


class CannotStart(Exception):
    """Why `up` ends; one line."""


def main(options: argparse.Namespace) -> int:
    d = DataDir(options.data_dir.absolute())
    is_new = not d.root.exists()
    try:
        _make_root(d)
        if options.detach and not running.is_running(d):
            return start_detached(d, _arguments_of(options))
        turn = running.take(d)
        if turn is None:
            return _already_running(d, options)
        try:
            return _run_here(d, options)
        finally:
            d.run.unlink(missing_ok=True)
            turn.release()
    except (CannotStart, PostgresUnavailable) as error:
        if is_new:
            _forget(d)
        print(f"mz: {error}", file=sys.stderr)
        return 2


def _run_here(d: DataDir, options: argparse.Namespace) -> int:
    try:
        _log_to(d.log)
        with contextlib.closing(_listen(PORT if options.port is None else options.port)) as listener:
            uvloop.run(_run(d, options, listener))
    except (CannotStart, PostgresUnavailable):
        raise
    except Exception as error:
        log.exception("couldn't start")
        print(f"mz: 未能启动 (couldn't start): {type(error).__name__}: {error};见 {d.log}", file=sys.stderr)
        return 1
    return 0


def _make_root(d: DataDir) -> None:
    """Make the data folder before anything else. Raises CannotStart if it cannot be written."""
    try:
        d.root.mkdir(parents=True, exist_ok=True)
        with (d.root / "run.lock").open("a"):
            pass
    except OSError as error:
        why = f"数据目录不可写: {error.strerror};请用 --data-dir 另选 (the data folder cannot be written)"
        raise CannotStart(f"{d.root}: {why}") from None


def _forget(d: DataDir) -> None:
    """Remove the files that a failed start made in a new data folder, and the folder if it is then empty."""
    with contextlib.suppress(OSError):
        for path in (d.root / "run.lock", d.log, d.root / "up.log"):
            path.unlink(missing_ok=True)
        d.root.rmdir()


async def _run(d: DataDir, options: argparse.Namespace, listener: socket.socket) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    began = time.monotonic()
    port = listener.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    if url := os.environ.get("MINGZHENG_DATABASE_URL"):
        # Connect before any key is made: a wrong password must leave nothing behind.
        await _require_new_enough(external(url, b""))
    if d.city and not options.processes:
        raise CannotStart("城市的安装以多进程运行: ./mz up --processes (a city runs as processes)")
    if strange := d.strange_ledger:
        # A city's folder that lost its city.json would be opened as a demo.
        raise CannotStart(
            f"账本 {strange} 属于另一城市,或缺少 city.json (another city's, or city.json is missing)"
        )
    d.make()
    if not d.city and not d.clock.exists():
        advance(d.clock, STORY_BEGINS)
    engines: list[AsyncEngine] = []
    async with (
        running_server(d, engines, pg_port=options.pg_port, ports_file=options.ports_file) as (
            server,
            embedded,
        ),
        _beside(Installation(d, server), address) as neighbours,
    ):
        if stop.is_set():
            return
        say("数据库结构 · migrations")
        if left := [line for step in await plan(server) if (line := step.refusal)]:
            raise CannotStart("\nmz: ".join(left))
        await migrate_all(server)
        installation = Installation(d, server)
        if options.processes:
            listener.listen(1024)  # from here on a connection waits until the gateway is there
            fleet = fleet_of(installation, listener, address, replicas=options.replicas)

            def told() -> None:
                _announce(
                    d,
                    options,
                    port,
                    address,
                    embedded,
                    fleet.ports() | (neighbours.ports() if neighbours else {}),
                )

            def ready() -> None:
                told()
                _say_ready(d, address, time.monotonic() - began)

            fleet.changed = told
            if neighbours:
                neighbours.changed = told
            await _run_apart(fleet, installation, ready, stop)
            return
        runtimes = installation.runtimes()
        engines += [runtime.db.engine for runtime in runtimes.values()]
        say("启动服务 · services")
        app = build(runtimes, base_url=address)
        inner = _listen_inner(listener)
        async with alive(app), inside(app, inner):
            await installation.open_ledger(runtimes["evidence"].ledger)
            await seed_people(runtimes["gateway"].db, d.demo)
            # Anchor and time-stamp now. The jobs first run after 30 s; entries written before that would have no
            # earlier time stamp.
            for job in (anchor_twin, stamp):
                await job(runtimes["evidence"])
            settle()
            options_of_server = {**SERVER, "lifespan": "off", "http": GuardedProtocol}
            front = uvicorn.Server(
                uvicorn.Config(STOPPING.closing(TRAFFIC.counted(app)), **options_of_server)
            )
            # Our handlers already wait for the signals. With its own, uvicorn would stop the services after PostgreSQL.
            front.capture_signals = contextlib.nullcontext  # type: ignore[method-assign,assignment]
            serving = asyncio.create_task(front.serve(sockets=[listener]))
            while not front.started and not serving.done():
                await asyncio.sleep(0.01)
            here = {"pid": os.getpid(), "port": port, "inner": inner.getsockname()[1], "log": str(d.log)}
            _announce(d, options, port, address, embedded, dict.fromkeys(SERVICES, here))
            _say_ready(d, address, time.monotonic() - began)
            stopped = asyncio.create_task(stop.wait())
            await asyncio.wait([serving, stopped], return_when=asyncio.FIRST_COMPLETED)
            say("正在停止 · stopping")
            await drain(front, stop)
            await serving


def _beside(
    installation: Installation, address: str
) -> contextlib.AbstractAsyncContextManager[Children | None]:
    """The demo's second bureau. A city's witness and monitor belong to another bureau in truth."""
    return contextlib.nullcontext() if installation.d.city else beside(installation, address)


async def _run_apart(
    fleet: Fleet, installation: Installation, ready: Callable[[], None], stop: asyncio.Event
) -> None:
    """Open the ledger, start every service as a process, and keep them running until the signal."""
    say("账本与人员 · ledger and people")
    await open_installation(installation)
    say("启动各进程 · processes")
    try:
        await fleet.start()
        ready()
        await stop.wait()
        say("正在停止 · stopping")
    except ProcessEnded as error:
        raise CannotStart(f"未能启动 (couldn't start): {error}") from None
    finally:
        await fleet.end()


async def _require_new_enough(server: Server) -> None:
    try:
        connection = await server.connect()
    except (OSError, ValueError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        # The address may hold a password, so the message names only the kind of the fault.
        raise CannotStart(
            "连接不到 MINGZHENG_DATABASE_URL 所指的数据库,请检查地址与口令 "
            f"(couldn't connect, check address and password: {type(error).__name__})"
        ) from None
    try:
        version = int(await connection.fetchval("SHOW server_version_num")) // 10_000
    finally:
        await connection.close()
    if version < 17:
        raise CannotStart(f"需要 PostgreSQL ≥ 17,所给的是 {version} (needs PostgreSQL 17 or newer)")


def _announce(
    d: DataDir,
    options: argparse.Namespace,
    port: int,
    address: str,
    embedded: EmbeddedPostgres | None,
    ports: Mapping[str, Any],
) -> None:
    """Write who runs where. Other commands look for it, and so do tests that stop a process."""
    inner_url = f"http://127.0.0.1:{ports['gateway']['inner']}"
    here = {"pid": os.getpid(), "port": port, "base_url": address, "inner_url": inner_url}
    write(d.run, {**here, "ready": True})
    if options.ports_file:
        services = dict(ports)
        if embedded is not None:
            services["postgres"] = {"pid": embedded.pid, "port": options.pg_port, "log": str(embedded.log)}
        write(options.ports_file.absolute(), services, mode=0o644)


def _say_ready(d: DataDir, address: str, took: float) -> None:
    if d.is_sandbox:
        print(f"mz: {SANDBOX}")
    if not d.city:
        print(f"mz: {NOTICE}")
        print(f"mz: {TEST_AUTHORITY}")
    print(_ready_line(d, address) + f"  ({took:.1f} s)", flush=True)


def _ready_line(d: DataDir, address: str) -> str:
    if d.city:
        return f"ready · 明证已就绪 {address}"
    people = (read(d.demo) or {}).get("people", [])
    names = " ".join(f"{p['name']}({'/'.join(p['roles'])})" for p in people[:6])
    more = f" …共 {len(people)} 人,见 {d.demo}" if len(people) > 6 else ""
    return f"ready · 明证已就绪 {address}  演示人员: {names}{more}"


def _already_running(d: DataDir, options: argparse.Namespace) -> int:
    process = running.wait_ready(d, _DETACHED_READY_S)
    if process is None:
        print(
            f"mz: 另一个进程占用着 {d.root} 而未就绪 (another process holds it and is not ready)",
            file=sys.stderr,
        )
        return 1
    if options.port not in (None, process["port"]):
        print(
            f"mz: 已在端口 {process['port']} 运行,请先 ./mz down (it runs on another port)", file=sys.stderr
        )
        return 1
    if not _answers(process["base_url"]):
        print(
            f"mz: 进程 {process['pid']} 在运行而未就绪,见 {d.log} (it runs but is not ready)", file=sys.stderr
        )
        return 1
    print(_ready_line(d, process["base_url"]) + "  (already running)")
    return 0


def _answers(base_url: str) -> bool:
    """Whether the running system becomes ready: its PostgreSQL may just be coming back."""
    deadline = time.monotonic() + _ANSWERS_WITHIN_S
    while time.monotonic() < deadline:
        with contextlib.suppress(httpx.TransportError):
            if httpx.get(f"{base_url}/readyz", timeout=5, trust_env=False).is_success:
                return True
        time.sleep(0.2)
    return False


def _arguments_of(options: argparse.Namespace) -> list[str]:
    """The options of `up` for a process of its own."""
    values = {"--port": options.port, "--pg-port": options.pg_port, "--ports-file": options.ports_file}
    values["--replicas"] = options.replicas if options.processes else None
    pairs = [[name, str(value)] for name, value in values.items() if value is not None]
    apart = ["--processes"] if options.processes else []
    return [*apart, *(part for pair in pairs for part in pair)]


def start_detached(d: DataDir, arguments: Sequence[str] = ()) -> int:
    """Start `up` as a process that outlives the terminal, show its progress, return 0 when it is ready.

    Raises CannotStart where the data folder cannot be written.
    """
    _make_root(d)
    # The process writes its progress into this file. D/log is apart: the services write it.
    path = d.root / "up.log"
    path.touch(mode=0o600)
    with path.open("wb") as output:
        child = subprocess.Popen(
            [sys.executable, "-P", "-m", "mz", "up", "--data-dir", str(d.root), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    printed = 0
    deadline = time.monotonic() + _DETACHED_READY_S
    while time.monotonic() < deadline:
        has_ended = child.poll() is not None
        text = path.read_text(errors="replace")
        lines_end = text.rfind("\n") + 1
        print(text[printed:lines_end], end="", flush=True)
        printed = max(printed, lines_end)
        if has_ended:
            return child.returncode or 1
        if running.facts(d) is not None and "ready ·" in text[:lines_end]:
            return 0
        time.sleep(0.1)
    print(f"mz: 未在 {_DETACHED_READY_S:.0f} 秒内就绪,见 {path} (not ready in time)", file=sys.stderr)
    return 1


def _listen(port: int) -> socket.socket:
    """The listening socket, opened before anything starts, so that a port in use fails at once."""
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", port))
    except (OSError, OverflowError) as error:
        listener.close()
        why = getattr(error, "strerror", None) or "1–65535"
        raise CannotStart(f"端口 {port} 不可用: {why};请用 --port 另选 (choose another port)") from None
    listener.set_inheritable(False)
    return listener


def _listen_inner(outer: socket.socket) -> socket.socket:
    """The port of the inner pages: that of the public ones and a thousand, or any free one."""
    try:
        return _listen(outer.getsockname()[1] + INNER_ABOVE)
    except CannotStart:
        return _listen(0)


def _log_to(path: Path) -> None:
    keep_log(path=path)
    log.info("started at %s", real_time().isoformat(timespec="seconds"))


def say(message: str) -> None:
    print(f"mz: {message} …", flush=True)
