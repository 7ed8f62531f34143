"""The registry with a whole city in it: how fast an inventory comes in, and what 100,000 devices cost beside 1,000.

    import     20,000 rows over HTTP, in this process; beside it the same rows as one batched INSERT into `devices`
    nightly    every guard of every device in use, asked again: seconds a device, and the memory that it takes
    capability p95 of one question about one device        map window   p95 of one page of the public list

The tables are filled by their owner for the last three, by statements that no service could make. `--rows` and
`--devices` make a short run. Against an older commit (`--against`) only the import is measured: see `--only`.
"""

from __future__ import annotations

import argparse
import importlib
import sys
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from time import perf_counter
from typing import Any, Final

import httpx
import uvloop

from gateway.allinone import build
from gateway.seeding import seed_people
from mz.demo.client import Demo
from mz.operate.assembly import Installation, migrate_all
from mz.operate.datadir import DataDir
from mz.postgres import EmbeddedPostgres
from tests.bench._bars import Bar, judge
from tests.scratch import scratch

ROWS: Final = 20_000
DEVICES: Final = 100_000
FEW: Final = 1_000
ASKED: Final = 400
BASE_URL: Final = "http://127.0.0.1:8080"
HEADER: Final = "设置地点,行政区,经度(WGS84),纬度(WGS84),违法指数,设备编号\r\n"


@dataclass(frozen=True)
class City:
    """A running installation with nobody else in it. `admin` and `owner` are its registry's database."""

    installation: Installation
    runtimes: dict[str, Any]
    http: httpx.AsyncClient
    demo: Demo

    @asynccontextmanager
    async def owner(self) -> AsyncIterator[Any]:
        connection = await self.installation.server.connect(self.installation.database("device-registry"))
        try:
            yield connection
        finally:
            await connection.close()

    async def bearer(self, role: str) -> dict[str, str]:
        return {"authorization": f"Bearer {await self.demo.token(self.demo.person(role))}"}


@asynccontextmanager
async def a_city() -> AsyncIterator[City]:
    with scratch() as home:
        server = EmbeddedPostgres(home / "pg").start()
        await migrate_all(server)
        d = DataDir(home / "data")
        d.make()
        installation = Installation(d, server, background=False)
        runtimes = installation.runtimes()
        await seed_people(runtimes["gateway"].db, d.demo)
        transport = httpx.ASGITransport(build(runtimes, base_url=BASE_URL), client=("127.0.0.1", 40_000))
        async with httpx.AsyncClient(transport=transport, base_url=BASE_URL, timeout=600) as http:
            yield City(installation, runtimes, http, Demo(d, BASE_URL, http))
        for runtime in runtimes.values():
            await runtime.db.close()


async def import_rows(city: City, rows: int) -> list[Bar]:
    """An inventory of `rows` rows until each is answered, and the same rows written without registry or record."""
    lines = [
        f"示例路{n}号杆,徐汇区,121.{n:06d},31.{n:06d},{n},{31010400001190000001 + n}" for n in range(rows)
    ]
    headers = await city.bearer("DEVICE_ADMIN") | {
        "content-type": "text/csv",
        "inventory-source": "bench",
        "idempotency-key": uuid.uuid4().hex,
    }
    began = perf_counter()
    answer = await city.http.post(
        "/v1/device-imports", content=(HEADER + "\r\n".join(lines)).encode(), headers=headers
    )
    if answer.status_code == 202:  # an older commit answers when it is done
        await importlib.import_module("device_registry.inventories.queue").carry_imports(
            city.runtimes["device-registry"]
        )
    took = perf_counter() - began
    async with city.owner() as owner:
        count = await owner.fetchval("SELECT count(*) FROM devices")
        assert count == rows, (answer.status_code, count)
        bare = await _insert_again(owner)
    print(f"import      {rows / took:8.0f} rows a second; the bare INSERT {rows / bare:8.0f}")
    return [
        Bar("import, s of 20,000 rows", took * ROWS / rows, of_old=0.25),
        Bar("import, times the batched INSERT of the same rows", took / bare),
    ]


async def _insert_again(owner: Any) -> float:
    """Seconds for the same rows in batches into a copy of the table, each batch a transaction of its own."""
    await owner.execute("CREATE TABLE copied (LIKE devices INCLUDING ALL)")
    rows = await owner.fetch("SELECT * FROM devices")
    names = list(rows[0].keys())
    marks = ", ".join(f"${n}" for n in range(1, len(names) + 1))
    statement = f"INSERT INTO copied ({', '.join(names)}) VALUES ({marks})"
    values = [[row[name] for name in names] for row in rows]
    began = perf_counter()
    for start in range(0, len(values), 500):
        async with owner.transaction():
            await owner.executemany(statement, values[start : start + 500])
    took = perf_counter() - began
    await owner.execute("DROP TABLE copied")
    return took


async def main(options: argparse.Namespace) -> int:
    bars: list[Bar] = []
    async with a_city() as city:
        bars += await import_rows(city, options.rows)
    if options.only != "import":
        sizes = importlib.import_module("tests.bench._city")
        async with a_city() as city:
            bars += await sizes.at_two_sizes(city, few=FEW, many=options.devices, asked=options.asked)
    return judge(bars)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="./mz bench registry", allow_abbrev=False)
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--devices", type=int, default=DEVICES)
    parser.add_argument("--asked", type=int, default=ASKED)
    parser.add_argument("--only", choices=("import", "all"), default="all")
    sys.exit(uvloop.run(main(parser.parse_args())))
