"""What the door costs: a change with its signed record against a plain commit of the same row.

`./mz bench door` prints the ratio of the two, median of 5 interleaved rounds on one connection each, and
exits 1 if a change takes more than 12 times a plain commit.
"""

from __future__ import annotations

import asyncio
import statistics
import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any, ClassVar, Final

import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from common.door.migrate import upgrade
from common.door.rows import business_table
from common.door.secrets import Secrets
from common.door.uow import Database, change
from common.policy import Action, Actor, Resource, authorize
from common.values.facts import Fact
from common.values.ids import AgencyId, DeviceId, OfficerId
from ledger.clock import real_time
from ledger.keyfiles import RecordSigner
from mz.postgres import EmbeddedPostgres, prepare, reachable_home

BAR: Final = 12.0
ROUNDS: Final = 5
CHANGES: Final = 200

THINGS = business_table(
    "things",
    sa.MetaData(),
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("state", sa.Text),
    owner="id",
)
SCHEMA = """
CREATE TABLE things (id text PRIMARY KEY, state text NOT NULL,
                     row_salt bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()));
SELECT guard('things', 'device', 'id');
CREATE TABLE plain (id text PRIMARY KEY, state text NOT NULL, row_salt bytea NOT NULL);
"""


@dataclass(frozen=True)
class ThingMoved(Fact):
    type: ClassVar[str] = "thing.moved"
    state: str


async def main() -> int:
    """Run it; the exit code says whether the bar was met."""
    with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:
        postgres = EmbeddedPostgres(reachable_home(Path(folder) / "pg"))
        server = postgres.start()
        try:
            await prepare(server, ["device_registry"])
            await upgrade(server.url("own_device_registry", "device_registry"), "device_registry")
            return await _measure(server)
        finally:
            postgres.stop()


async def _measure(server: Any) -> int:
    owner = await server.connect("device_registry")
    await owner.execute("SET ROLE own_device_registry")
    await owner.execute(SCHEMA)
    settings = {name: await owner.fetchval(f"SHOW {name}") for name in ("fsync", "synchronous_commit")}
    await owner.close()
    db = Database.connect(
        server.url("svc_device_registry", "device_registry"),
        service="device-registry",
        signer=RecordSigner("device-registry.bench/k1", Ed25519PrivateKey.generate()),
        clock=real_time,
        secrets=Secrets(Path(tempfile.mkdtemp(prefix="mingzheng-bench-secrets-"))),
    )
    now = real_time()
    agency, thing = AgencyId.new(now), DeviceId.new(now)
    actor = Actor(
        f"officer:{OfficerId.new(now)}",
        "officer",
        agency,
        frozenset({"DEVICE_ADMIN"}),
        3,
        None,
        frozenset({agency}),
    )

    async def by_the_door(n: int) -> None:
        async with change(db, authorize(actor, Action.DEVICE_REGISTER)) as tx:
            fact = ThingMoved(thing, f"S{n}")
            tx.record(tx.permit(Resource(thing, agency)), fact)
            if n < 0:
                await tx.add(fact, THINGS, {"id": thing, "state": "NEW"})
            else:
                await tx.set(fact, THINGS, {"id": thing}, {"state": f"S{n}"})

    async def plainly(n: int) -> None:
        async with db.engine.begin() as conn:
            await conn.execute(sa.text("UPDATE plain SET state = :s WHERE id = 'x'"), {"s": f"S{n}"})

    await by_the_door(-1)
    async with db.engine.begin() as conn:
        await conn.execute(sa.text("INSERT INTO plain VALUES ('x', 'NEW', ''::bytea)"))
    rounds = [(await _time(by_the_door), await _time(plainly)) for _ in range(ROUNDS)]
    await db.close()
    door, plain = (statistics.median(column) for column in zip(*rounds, strict=True))
    print(f"fsync={settings['fsync']} synchronous_commit={settings['synchronous_commit']}")
    print(f"a change {door * 1e3:.2f} ms, a plain commit {plain * 1e3:.2f} ms")
    print(f"door: {door / plain:.1f} times a plain commit (bar {BAR:.0f})")
    return 0 if door / plain <= BAR else 1


async def _time(act: Callable[[int], Awaitable[None]]) -> float:
    began = perf_counter()
    for n in range(CHANGES):
        await act(n)
    return (perf_counter() - began) / CHANGES


if __name__ == "__main__":
    raise SystemExit(asyncio.run(main()))
