"""A whole installation in one process, for one test: real databases, tokens, relays, ledger. No wire."""

from __future__ import annotations

import asyncio
import math
import uuid
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import sqlalchemy as sa

from common.door.blobs import BlobStore
from common.door.sealed import SealedBlobs
from common.door.stores import Folder
from common.values.clock import OffsetClock
from common.values.datafiles import load_calendar
from common.web.app import Job
from common.web.democlock import advance
from common.web.serve import alive
from gateway.allinone import AllInOne, build
from ledger.clock import real_time
from mz.demo.bureau import Bureau
from mz.demo.client import Demo, purpose_of
from mz.operate.assembly import Installation
from mz.operate.clock import destination
from mz.operate.fsck import Result, check
from outsiders.authority import create
from outsiders.monitor import Monitor
from tests.contract import contract_of
from tests.evidence.ledger.given import CHECKER

BASE_URL = "http://127.0.0.1:8080"
WITNESS_URL, MONITOR_URL = "http://witness.test", "http://monitor.test"
AUTHORITY_URL = "http://authority.test"
_MOST_PASSES = 60
_SLOW_S, _RARE_S = 1.0, 600.0
"""A job that looks less often than this is slow, or rare: nothing else waits for what it does."""


class WorldClock:
    """The clock of every service of one world. Forward only."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._now = OffsetClock(path)

    def __call__(self) -> datetime:
        return self._now()

    def advance(self, **by: float) -> datetime:
        """Forward by `timedelta(**by)`; returns the new now."""
        return self.to(self._now() + timedelta(**by))

    def working_days(self, count: int) -> datetime:
        """Forward by `count` working days of the published calendar, to the same time of day."""
        return self.to(destination(f"{count}wd", self._now(), load_calendar()))

    def to(self, at: datetime) -> datetime:
        """Forward to `at`."""
        advance(self._path, at)
        return self._now()


class Client:
    """Somebody who calls the public API: `person` is None for anonymous. Sends Idempotency-Key by itself."""

    def __init__(self, world: World, person: dict[str, Any] | None) -> None:
        self._world = world
        self._person = person

    @property
    def sub(self) -> str:
        """`officer:off_…`, `party:pty_…`."""
        return str(self._person["sub"]) if self._person else "anonymous"

    @property
    def id(self) -> str:
        """The typed id alone: `off_…`."""
        return self.sub.partition(":")[2]

    @property
    def agency_id(self) -> str | None:
        return self._person["agency_id"] if self._person else None

    @property
    def name(self) -> str:
        return str(self._person["name"]) if self._person else ""

    async def get(self, path: str, **options: Any) -> httpx.Response:
        return await self.request("GET", path, **options)

    async def post(self, path: str, *, key: str | None = None, **options: Any) -> httpx.Response:
        """POST with a fresh Idempotency-Key, or with `key`."""
        headers = {"idempotency-key": key or uuid.uuid4().hex, **options.pop("headers", {})}
        return await self.request("POST", path, headers=headers, **options)

    async def request(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Any request; an `authorization` header of the test's own wins."""
        headers = {**options.pop("headers", {})}
        if self._person and "authorization" not in {name.lower() for name in headers}:
            headers["authorization"] = f"Bearer {await self.token()}"
        if self._person and "x-purpose-of-use" not in {name.lower() for name in headers}:
            headers |= purpose_of(self._person, method, path)
        return await self._world.http.request(method, path, headers=headers, **options)

    async def token(self) -> str:
        """A real access token from /oauth2/token."""
        assert self._person is not None
        return await self._world.demo.token(self._person)


@dataclass(frozen=True)
class _State:
    """Numbers that grow with every record and every step of a consumer; equal means that nothing happened."""

    size: int | None  # of the ledger
    records: Mapping[str, int | None]
    cursors: Mapping[str, Mapping[str, int]]
    waiting: tuple[str, ...]  # the services with records that their relay has not carried

    def has_work(self, service: str, job: Job) -> bool:
        """False for a consumer that has read the whole ledger. Its cursor bears its job's name."""
        return self.size is None or self.cursors[service].get(job.name, -1) < self.size - 1

    def moved_since(self, before: _State | None) -> list[str]:
        """What is another than in `before`: the ledger, the services with new records, the consumers that went on."""
        if before is None:
            return []
        ledger = [f"ledger {before.size} to {self.size}"] if before.size != self.size else []
        records = [
            f"{name}'s records {before.records[name]} to {self.records[name]}"
            for name in self.records
            if before.records[name] != self.records[name]
        ]
        cursors = [
            f"{service}'s {name}"
            for service, places in self.cursors.items()
            for name, place in places.items()
            if before.cursors[service].get(name) != place
        ]
        return ledger + records + cursors


@dataclass
class World:
    """One installation, its people and its clock. `folder` is its data folder.

    `ready` is what had happened here before the test began, by the name of its place in the story (`tests.snapshots`).
    The functions that arrange a test take from it before they make anything, each thing once.
    """

    installation: Installation
    app: AllInOne
    runtimes: dict[str, Any]
    http: httpx.AsyncClient
    clock: WorldClock
    bureau: SecondBureau
    ready: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.demo = Demo(self.installation.d, BASE_URL, self.http)
        self._clients: dict[str, Client] = {}

    @property
    def folder(self) -> Path:
        return self.installation.d.root

    @property
    def agencies(self) -> list[str]:
        """The ids of the two enforcing agencies."""
        return [agency["id"] for agency in self.demo.agencies[:2]]

    @property
    def anonymous(self) -> Client:
        return Client(self, None)

    def person(self, role: str, agency: int = 0, nth: int = 0) -> Client:
        """The `nth` person with `role` in the first or second agency, see `Demo.person`."""
        person = self.demo.person(role, agency, nth)
        return self._clients.setdefault(person["sub"], Client(self, person))

    def adopt(self, **figures: Any) -> None:
        """From here on the city's profile says `figures` instead, in every service."""
        for runtime in self.runtimes.values():
            runtime.profiles.__init__(replace(runtime.profile, **figures))

    def blobs(self, service: str) -> BlobStore:
        """What `service` keeps by its hash and not sealed."""
        return BlobStore(Folder(self.folder / "blobs" / service))

    @property
    def sealed(self) -> SealedBlobs:
        """What evidence keeps sealed, because it concerns somebody."""
        sealed: SealedBlobs = self.runtimes["evidence"].sealed
        return sealed

    @asynccontextmanager
    async def database(self, service: str) -> AsyncIterator[asyncpg.Connection[Any]]:
        """The database of `service` as its administrator: to look, and to break things. Never to arrange."""
        connection = await self.installation.server.connect(self.installation.database(service))
        try:
            yield connection
        finally:
            await connection.close()

    async def record_types(self, service: str, stream: str = "%") -> list[str]:
        """The types of the records of `service` in the streams LIKE `stream`, in the order they were made."""
        query = "SELECT type FROM outbox WHERE stream LIKE $1 ORDER BY recorded_at, stream, seq"
        async with self.database(service) as connection:
            return [row["type"] for row in await connection.fetch(query, stream)]

    async def settle(self, *, slow_jobs: bool = True) -> None:
        """Relays and jobs until nothing changes. Raises what a job raises, and AssertionError for a stuck record.

        The first pass runs every job, the rare ones for the only time. After it the slow jobs wait until the quick ones
        change nothing any more. Without `slow_jobs` nothing is stamped or anchored.
        """
        before: _State | None = None
        seen_by_all: _State | None = None
        moved: list[str] = []
        for _ in range(_MOST_PASSES):
            now = await self.carry()
            if now == before == seen_by_all:
                break
            slow_too = slow_jobs and (before is None or now == before)
            bound = _SLOW_S if not slow_too else math.inf if before is None else _RARE_S
            moved = now.moved_since(before) or moved
            before, seen_by_all = now, now if slow_too or not slow_jobs else seen_by_all
            for service, app in self.app.apps.items():
                for job in app.state.jobs:
                    if job.every_s < bound and now.has_work(service, job):
                        await job.run(app.state.runtime)
        else:
            raise AssertionError(f"after {_MOST_PASSES} passes there still moved {moved}")
        stuck = [row for service in now.waiting for row in await self._waiting(service)]
        assert not stuck, f"the ledger does not take {stuck[:5]}"

    async def witness(self) -> None:
        """Let the second bureau cosign the newest checkpoint, as `settle` does."""
        app = self.app.apps["evidence"]
        await next(job for job in app.state.jobs if job.name == "witness").run(app.state.runtime)

    async def rested(self) -> None:
        """As `witness`, once the witnesses that failed us are asked again."""
        witnesses = self.runtimes["evidence"].ledger.settings.witnesses
        while len(witnesses.awake()) < len(witnesses.policy.witnesses):
            await asyncio.sleep(0.05)
        await self.witness()

    async def fsck(self) -> Result:
        """Everything this installation holds, checked against its ledger: `result.clean`, `result.findings`."""
        return await check(self.installation)

    async def carry(self) -> _State:
        """Let each relay carry what waits for it; the state after that."""
        looks = {service: await self._look(service) for service in self.runtimes}
        waiting = tuple(service for service, look in looks.items() if look["waits"])
        for service in waiting:
            while await self.app.apps[service].state.relay.carry():
                pass
        async with self.runtimes["evidence"].db.engine.connect() as conn:
            size = await conn.scalar(sa.text("SELECT size FROM ledger.log ORDER BY log_id DESC LIMIT 1"))
        return _State(
            size,
            {service: look["records"] for service, look in looks.items()},
            {service: look["cursors"] or {} for service, look in looks.items()},
            waiting,
        )

    async def _look(self, service: str) -> Mapping[str, Any]:
        """The records and cursors of `service` as its own role reads them: its connection is open already."""
        query = (
            "SELECT (SELECT sum(seq + 1)::bigint FROM stream_head) AS records,"
            # The time since which evidence listens is no place in the ledger, and it moves with every second.
            " (SELECT json_object_agg(name, position) FROM cursors WHERE name <> 'heartbeats-listened') AS cursors,"
            " EXISTS (SELECT FROM outbox_pending) AS waits"
        )
        async with self.runtimes[service].db.engine.connect() as conn:
            return (await conn.execute(sa.text(query))).mappings().one()

    async def _waiting(self, service: str) -> list[str]:
        async with self.database(service) as connection:
            rows = await connection.fetch(
                "SELECT o.stream, o.seq, o.type FROM outbox_pending p JOIN outbox o USING (record_id) LIMIT 5"
            )
        return [f"{service}: {row['type']} {row['stream']} #{row['seq']}" for row in rows]


class SecondBureau:
    """The demo's witness, monitor and test authority in this process. `transports` reach them and the platform."""

    def __init__(self) -> None:
        self.passed = timedelta()
        self._monitors: list[Monitor] = []
        self.platform = httpx.ASGITransport(_nobody)
        self.witness = httpx.ASGITransport(_nobody)
        self.monitor = httpx.ASGITransport(_nobody)
        self.authority = httpx.ASGITransport(_nobody)
        self.transports: dict[str, httpx.AsyncBaseTransport] = {
            f"{BASE_URL}/ledger": self.platform,
            WITNESS_URL: self.witness,
            MONITOR_URL: self.monitor,
            AUTHORITY_URL: self.authority,
        }

    def now(self) -> datetime:
        """Real time, and as much more as a test has let pass."""
        return real_time() + self.passed

    def die(self, *, minutes: float = 0) -> None:
        """From now on no witness answers, and `minutes` of real time go by."""
        self.witness.app = _nobody
        self.passed += timedelta(minutes=minutes)

    def live(self) -> None:
        """The witness answers, with what it remembers."""
        self.witness.app = self._bureau.witness().app()

    def open(self, installation: Installation) -> None:
        """Keys and memories, and the two servers. Before the platform starts: it asks what the witness saw."""
        self._bureau = Bureau(installation, WITNESS_URL, MONITOR_URL, AUTHORITY_URL)
        self._bureau.settle()
        self.authority.app = create(self._bureau.authority())
        self.live()

    def watch(self) -> Monitor:
        """The monitor; it reads the log from here on, when it is asked."""
        monitor = self._bureau.monitor(f"{BASE_URL}/ledger", self.transports)
        self.monitor.app = monitor.app(every_s=None)
        self._monitors.append(monitor)
        return monitor

    async def close(self) -> None:
        for monitor in self._monitors:
            await monitor.close()


async def _nobody(scope: Any, receive: Any, send: Any) -> None:
    raise httpx.ConnectError("nobody is there")


@asynccontextmanager
async def opened(installation: Installation) -> AsyncIterator[World]:
    """The world of `installation`, running until the end of the block."""
    bureau = SecondBureau()
    installation = replace(installation, transports=bureau.transports, real_time=bureau.now, checker=CHECKER)
    bureau.open(installation)
    runtimes = installation.runtimes()
    app = build(runtimes, base_url=BASE_URL)
    bureau.platform.app = app
    transport = httpx.ASGITransport(app, raise_app_exceptions=False, client=("127.0.0.1", 40_000))
    checks = {"response": [contract_of(app).check]}
    async with (
        alive(app),
        httpx.AsyncClient(transport=transport, base_url=BASE_URL, event_hooks=checks) as http,
    ):
        yield World(installation, app, runtimes, http, WorldClock(installation.d.clock), bureau)
    await bureau.close()
