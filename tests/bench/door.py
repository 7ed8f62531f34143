"""What the door costs: two kinds of change against a plain commit of one row, on one connection each.

    bare     one row, one fact
    whole    a request with an Idempotency-Key whose answer is kept, one row, one fact with one sealed value
    plain    UPDATE of one row and COMMIT, through SQLAlchemy, no record

In interleaved rounds; each ratio is the median of the rounds. `--sync-ms 1.5` makes every sync of the write-ahead
log take that much longer, for all three, as on a disk that really writes; the bars are lower there, since a change
waits for one sync, as a plain commit does. CPU is that of this process and of PostgreSQL with its children.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from statistics import median
from typing import Any, ClassVar, Final

import sqlalchemy as sa
import uvloop
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pydantic import BaseModel

from common.door.migrate import upgrade
from common.door.rows import business_table
from common.door.secrets import Secrets
from common.door.uow import Database, change
from common.policy import Action, Actor, RequestKey, Resource, authorize
from common.values.facts import Commitment, Fact
from common.values.ids import AgencyId, DeviceId, OfficerId
from ledger.clock import real_time
from ledger.keyfiles import RecordSigner
from mz.postgres import EmbeddedPostgres, Server, prepare
from tests.bench._bars import Bar, judge
from tests.bench._meters import Meter
from tests.bench._slow_disk import SlowDisk
from tests.scratch import scratch

ROUNDS: Final = 7
CHANGES: Final = 150
BARS: Final = {"bare": (3.5, 2.0), "whole": (4.5, 2.5)}
"""Times a plain commit: on this machine's disk, and with `--sync-ms`."""

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
Act = Callable[[int], Awaitable[None]]


@dataclass(frozen=True)
class ThingMoved(Fact):
    type: ClassVar[str] = "thing.moved"
    state: str
    reason: Commitment | None = None


class ThingView(BaseModel):
    id: str
    state: str
    plate: str = "苏A12345"
    place: str = "中山北路与福建路交叉口"


async def main(options: argparse.Namespace) -> int:
    """Run it; the exit code says whether the bars were met."""
    with scratch() as home:
        postgres = (
            SlowDisk(home / "pg", options.sync_ms) if options.sync_ms else EmbeddedPostgres(home / "pg")
        )
        server = postgres.start()
        await prepare(server, ["device_registry"])
        await upgrade(server.url("own_device_registry", "device_registry"), "device_registry")
        owner = await server.connect("device_registry")
        await owner.execute("SET ROLE own_device_registry")
        await owner.execute(SCHEMA)
        settings = {name: await owner.fetchval(f"SHOW {name}") for name in ("fsync", "synchronous_commit")}
        await owner.close()
        print(", ".join(f"{name}={value}" for name, value in settings.items()), f"+{options.sync_ms:g} ms")
        db = database(server, home / "secrets")
        try:
            return await measure(acts(db), slow=bool(options.sync_ms))
        finally:
            await db.close()


def database(server: Server, secrets: Path) -> Database:
    return Database.connect(
        server.url("svc_device_registry", "device_registry"),
        service="device-registry",
        signer=RecordSigner("device-registry.bench/k1", Ed25519PrivateKey.generate()),
        clock=real_time,
        secrets=Secrets(secrets),
    )


def acts(db: Database) -> dict[str, Act]:
    """What is compared, by name. Every round moves the same rows."""
    now = real_time()
    agency, things = AgencyId.new(now), {name: DeviceId.new(now) for name in ("bare", "whole")}
    actor = Actor(
        f"officer:{OfficerId.new(now)}", "officer", agency, frozenset({"DEVICE_ADMIN"}), 3, None,
        frozenset({agency}),
    )  # fmt: skip

    async def write(tx: Any, name: str, n: int, reason: Commitment | None = None) -> ThingView:
        fact = ThingMoved(things[name], f"S{n}", reason)
        tx.record(tx.permit(Resource(things[name], agency)), fact)
        if n < 0:
            await tx.add(fact, THINGS, {"id": things[name], "state": fact.state})
        else:
            await tx.set(fact, THINGS, {"id": things[name]}, {"state": fact.state})
        return ThingView(id=things[name], state=fact.state)

    async def bare(n: int) -> None:
        async with change(db, authorize(actor, Action.DEVICE_REGISTER)) as tx:
            await write(tx, "bare", n)

    async def whole(n: int) -> None:
        key = RequestKey(actor.sub, f"key-{DeviceId.new(real_time())}", sha256(b"%d" % n).digest(), 201)
        # A person as the tokens make one afresh for each request.
        async with change(db, authorize(replace(actor), Action.DEVICE_REGISTER, request=key)) as tx:
            reason = await tx.commit_to(things["whole"], "reason", "镜头偏移,已向主管部门报告")
            tx.answer(await write(tx, "whole", n, reason))

    async def plain(n: int) -> None:
        query = (
            "UPDATE plain SET state = :s WHERE id = 'x'"
            if n >= 0
            else "INSERT INTO plain VALUES ('x', :s, '')"
        )
        async with db.engine.begin() as conn:
            await conn.execute(sa.text(query), {"s": f"S{n}"})

    return {"bare": bare, "whole": whole, "plain": plain}


async def measure(acts: dict[str, Act], *, slow: bool) -> int:
    took: dict[str, list[Meter]] = {name: [] for name in acts}
    for act in acts.values():
        for n in range(-1, 20):
            await act(n)
    for _ in range(ROUNDS):
        for name, act in acts.items():
            with Meter(os.getpid()) as meter:
                for n in range(CHANGES):
                    await act(n)
            took[name].append(meter)
    bars = []
    for name in acts:
        ms, cpu = (
            median(getattr(m, part) for m in took[name]) / CHANGES * 1e3 for part in ("seconds", "cpu")
        )
        print(f"{name:6} {ms:6.2f} ms, {cpu:5.2f} ms of CPU")
        if name in BARS:
            ratio = median(m.seconds / p.seconds for m, p in zip(took[name], took["plain"], strict=True))
            bars += [Bar(f"{name} change, times a plain commit", ratio, BARS[name][slow])]
            bars += [Bar(f"{name} change, ms of CPU", cpu, of_old=0.5)]
    return judge(bars)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="./mz bench door")
    parser.add_argument("--sync-ms", type=float, default=0)
    sys.exit(uvloop.run(main(parser.parse_args())))
