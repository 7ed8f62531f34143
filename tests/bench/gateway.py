"""What the gateway costs: requests of 1 kB and bodies of 5 MB through it and past it, in interleaved rounds.

    direct   the service alone in a process, called with an internal token that is ready
    inside   the gateway and the service in one process          bar: 0.8 times direct
    front    the gateway in a process before that service        bar: 0.7 times bare
    bare     an aiohttp proxy in a process before that service   told: times direct
    nginx    the same by nginx with one worker, where there is one; told
    slow     p95 of one caller of `front` while 800 connections send a byte a second, to the p95 without them

A closed loop over 32 connections, over 4 for 5 MB. The service is the registry's app. It is asked for one device, which
it reads from the database, and for 1 kB that it has in memory, where nothing hides what the gateway does. The caller
runs in this process; CPU is that of all others, PostgreSQL among them. `--quick` makes one short round.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import os
import secrets
import shutil
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from statistics import median
from typing import Any, Final

import httpx
import uvloop

from common.calls.tokens import GATEWAY, TokenKey, mint
from gateway.identity.runtime import EDGE_KEY
from gateway.seeding import seed_people
from ledger.clock import real_time
from mz.demo.client import Demo
from mz.operate.assembly import Installation, migrate_all
from mz.operate.datadir import DataDir
from mz.postgres import EmbeddedPostgres, Server
from tests.bench._bars import Bar, judge
from tests.bench._city import fill
from tests.bench._fronts import BODY, LARGE, SERVICE, SMALL, UPLOAD, installed
from tests.bench._loop import Round, closed_loop, request
from tests.bench._meters import Meter, cpu_of
from tests.bench._running import answering, free_port
from tests.bench.registry import City
from tests.scratch import scratch

ROUNDS: Final = 5
SECONDS: Final = 3.0
CONNECTIONS: Final = 32
LARGE_CONNECTIONS: Final = 4
SLOW: Final = 800
DEVICE: Final = f"/v1/devices/dev_0{1:025d}"
WHERE: Final = ("direct", "inside", "front", "bare", "nginx")
NGINX: Final = """daemon off; master_process off; worker_processes 1; pid {home}/nginx.pid; error_log {home}/nginx.log;
events {{ worker_connections 1024; }}
http {{ access_log off; client_max_body_size 50m; client_body_temp_path {home}/body; proxy_temp_path {home}/proxy;
fastcgi_temp_path {home}/f; uwsgi_temp_path {home}/u; scgi_temp_path {home}/s;
upstream service {{ server 127.0.0.1:{service}; keepalive 64; }}
server {{ listen 127.0.0.1:{port}; keepalive_requests 10000000; location / {{ proxy_pass http://service;
proxy_http_version 1.1; proxy_set_header Connection ""; }} }} }}
"""

Requests = Callable[[str, str, bytes], bytes]


class Callers:
    """Makes the requests: with an access token for the gateway, with an internal token for the service itself."""

    def __init__(self, d: DataDir, person: dict[str, Any], agency: str, access: str) -> None:
        self._key = TokenKey.load(d.keys / "gateway" / EDGE_KEY)
        self._person = person
        self._agency = agency
        self.access = access

    def through(self, method: str, path: str, body: bytes = b"") -> bytes:
        return request(method, path, {"authorization": f"Bearer {self.access}"}, body)

    def past(self, method: str, path: str, body: bytes = b"") -> bytes:
        """With a token of its own: one with a body is good for one request."""
        now = int(real_time().timestamp())
        person = self._person
        claims = {
            "iss": GATEWAY,
            "aud": SERVICE,
            "sub": person["sub"],
            "kind": "officer",
            "tnt": self._agency,
            "roles": person["roles"],
            "conf": 3,
            "vis": [self._agency],
            "scope": "device.read",
            "htm": method,
            "htu": path,
            "bdy": hashlib.sha256(body).hexdigest(),
            "rid": secrets.token_hex(16),
            "iat": now,
            "nbf": now,
            "exp": now + 60,
            "jti": secrets.token_urlsafe(16),
        }
        return request(method, path, {"mingzheng-token": mint(self._key, "gwi+jwt", claims)}, body)


async def main(options: argparse.Namespace) -> int:
    rounds, seconds = (1, 1.0) if options.quick else (ROUNDS, SECONDS)
    print(f"load before it began: {os.getloadavg()[0]:.1f}", flush=True)
    with scratch() as home:
        server = EmbeddedPostgres(home / "pg").start()
        await migrate_all(server)
        installation = installed(home / "data", server)
        installation.d.make()
        await _seed(installation)
        async with _running(home, server) as urls:
            callers = await _callers(installation.d, urls["front"])
            bars = [
                *await small(callers, urls, server, "a device", DEVICE, rounds, seconds),
                *await small(callers, urls, server, "1 kB from memory", SMALL, rounds, seconds),
            ]
            for path, method, body in ((LARGE, "GET", b""), (UPLOAD, "POST", BODY)):
                bars += await large(callers, urls, path, method, body, rounds, seconds)
            bars += await slow(callers, urls["front"], home, server, seconds)
    return judge(bars)


async def _seed(installation: Installation) -> None:
    """The demo's people, and one device."""
    runtimes = installation.runtimes(["gateway", SERVICE])
    await seed_people(runtimes["gateway"].db, installation.d.demo)
    async with httpx.AsyncClient() as nobody:
        demo = Demo(installation.d, "", nobody)
        await fill(City(installation, runtimes, nobody, demo), 1)
    for runtime in runtimes.values():
        await runtime.db.close()


def postmaster(server: Server) -> int:
    """The process id of the server, by its lock file beside its socket."""
    return int((Path(server.host) / f".s.PGSQL.{server.port}.lock").read_text().split()[0])


async def _callers(d: DataDir, url: str) -> Callers:
    async with httpx.AsyncClient(base_url=url, trust_env=False) as http:
        demo = Demo(d, url, http)
        person = demo.person("DEVICE_ADMIN")
        return Callers(d, person, demo.agencies[0]["id"], await demo.token(person))


def _way(callers: Callers, where: str) -> Requests:
    return callers.through if where in ("inside", "front") else callers.past


async def small(
    callers: Callers, urls: dict[str, str], server: Server, what: str, path: str, rounds: int, seconds: float
) -> list[Bar]:
    """Small answers: the median of the rounds' ratios, and the CPU of one request."""
    rates: dict[str, list[float]] = {where: [] for where in urls}
    cpu: dict[str, list[float]] = {where: [] for where in urls}
    for number in range(rounds + 1):
        for where, url in urls.items():
            once = [_way(callers, where)("GET", path, b"")]
            with Meter(os.getpid(), postmaster(server)) as meter:
                mine = cpu_of([os.getpid()])
                told = await closed_loop(
                    url, once, connections=CONNECTIONS, seconds=seconds if number else 0.5
                )
                mine = cpu_of([os.getpid()]) - mine
            if number:  # the first one warms up
                rates[where].append(told.rate)
                cpu[where].append((meter.cpu - mine) / len(told.took) * 1_000)
        if number:
            print("  ".join(f"{where} {each[-1]:6.0f}/s" for where, each in rates.items()), flush=True)
    print(what + ": " + ", ".join(f"{where} {median(each):.2f} ms of CPU" for where, each in cpu.items()))
    told_only = [
        ("bare", "direct"),
        ("front", "direct"),
        *([("nginx", "direct")] if "nginx" in rates else []),
    ]
    return [
        Bar(f"{what}, inside, times direct", _ratio(rates, "inside", "direct"), 0.8, least=True),
        Bar(f"{what}, front, times bare", _ratio(rates, "front", "bare"), 0.7, least=True),
        *(Bar(f"{what}, {one}, times {other}", _ratio(rates, one, other)) for one, other in told_only),
    ]


async def large(
    callers: Callers, urls: dict[str, str], path: str, method: str, body: bytes, rounds: int, seconds: float
) -> list[Bar]:
    """5 MB in one direction."""
    rates: dict[str, list[float]] = {where: [] for where in urls}
    for _ in range(min(rounds, 3)):
        for where, url in urls.items():
            made = [_way(callers, where)(method, path, body) for _ in range(1 if not body else 12)]
            told = await closed_loop(
                url, made, connections=LARGE_CONNECTIONS, seconds=seconds * (3 if body else 1)
            )
            rates[where].append(told.rate)
        print("  ".join(f"{where} {each[-1] * 5:6.0f} MB/s" for where, each in rates.items()), flush=True)
    what = f"5 MB {'up' if body else 'down'}"
    return [
        Bar(f"{what}, inside, times direct", _ratio(rates, "inside", "direct"), 0.6, least=True),
        Bar(f"{what}, front, times bare", _ratio(rates, "front", "bare"), 0.6, least=True),
        *(
            Bar(f"{what}, {where}, times direct", _ratio(rates, where, "direct"))
            for where in rates
            if where in ("bare", "nginx")
        ),
    ]


async def slow(callers: Callers, url: str, home: Path, server: Server, seconds: float) -> list[Bar]:
    """One caller, alone and beside connections that send almost nothing."""
    once = [callers.through("GET", SMALL)]

    async def alone() -> Round:
        return await closed_loop(url, once, connections=1, seconds=2 * seconds)

    await alone()
    before = await alone()
    dripping = _child("slow", home, server, str(SLOW), url, callers.access)
    try:
        await asyncio.sleep(3)
        beside = await alone()
    finally:
        dripping.send_signal(signal.SIGTERM)
        dripping.wait()
    print(f"one caller: p95 {before.p95_ms:.2f} ms alone, {beside.p95_ms:.2f} ms beside {SLOW} slow ones")
    return [Bar(f"p95 beside {SLOW} slow connections, times alone", beside.p95_ms / before.p95_ms, 1.5)]


def _ratio(rates: dict[str, list[float]], one: str, other: str) -> float:
    return median(a / b for a, b in zip(rates[one], rates[other], strict=True))


def _child(kind: str, home: Path, server: Server, listen: str, *more: str) -> subprocess.Popen[bytes]:
    words = [kind, str(home / "data"), server.host, str(server.port), listen, *more]
    return subprocess.Popen([sys.executable, "-m", "tests.bench._fronts", *words])


@asynccontextmanager
async def _running(home: Path, server: Server) -> AsyncIterator[dict[str, str]]:
    """The address of each kind. Each is a process; those that are not called do nothing."""
    ports = {where: free_port() for where in WHERE}
    urls = {where: f"http://127.0.0.1:{port}" for where, port in ports.items()}
    children = {
        where: _child(
            where, home, server, str(ports[where]), *([] if where == "inside" else [urls["direct"]])
        )
        for where in ("direct", "inside", "front", "bare")
    }
    if (nginx := shutil.which(os.environ.get("NGINX", "nginx"))) is not None:
        file = home / "nginx.conf"
        file.write_text(NGINX.format(home=home, service=ports["direct"], port=ports["nginx"]))
        children["nginx"] = subprocess.Popen([nginx, "-c", str(file), "-e", str(home / "nginx.log")])
    else:
        print("nginx is not here (Debian: nginx-light): its figure is left out")
    try:
        yield {where: await answering(urls[where], child) for where, child in children.items()}
    finally:
        _end(children.values())


def _end(children: Sequence[subprocess.Popen[bytes]] | Any) -> None:
    for child in children:
        child.send_signal(signal.SIGTERM)
    for child in children:
        try:
            child.wait(20)
        except subprocess.TimeoutExpired:
            child.kill()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="./mz bench gateway")
    parser.add_argument("--quick", action="store_true")
    sys.exit(uvloop.run(main(parser.parse_args())))
