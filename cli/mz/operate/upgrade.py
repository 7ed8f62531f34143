"""`./mz upgrade`: says what it will do to the databases of a data folder, and does it after a yes.

    NEW       no database yet, or an empty one        `up` makes it
    CURRENT   the schema is what this code expects    nothing to do
    BEHIND    migrations are pending                  `up` refuses; `upgrade` runs them, all of a database or none
    AHEAD     made by a newer release                 nobody goes back: take the newer program
    STRANGE   no release made it                      nothing leads from here: its own commit still reads it

Nothing else upgrades a data folder, so none is upgraded by accident.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from dataclasses import dataclass
from enum import StrEnum

import asyncpg
from sqlalchemy.exc import SQLAlchemyError

from common.door.address import engine_at, said_by
from common.door.migrate import Migration, SchemaDiffers, migrations_of, revision_of, upgrade
from common.door.schema import differing, digests, expected_of
from mz.operate import running
from mz.operate.datadir import DataDir
from mz.operate.ledger import server_of
from mz.postgres import PostgresUnavailable, Server
from mz.services import SERVICES

_NAMED_AT_MOST = 5


class State(StrEnum):
    """How a database stands to this code."""

    NEW = "NEW"
    CURRENT = "CURRENT"
    BEHIND = "BEHIND"
    AHEAD = "AHEAD"
    STRANGE = "STRANGE"


@dataclass(frozen=True)
class Step:
    """One database: how it stands, the migrations to run, and the objects that fit no release."""

    database: str
    state: State
    pending: tuple[Migration, ...] = ()
    strange: tuple[str, ...] = ()

    @property
    def line(self) -> str:
        """What will be done to it, for a person to read."""
        match self.state:
            case State.NEW:
                return f"{self.database}: 新建 (will be made)"
            case State.CURRENT:
                return f"{self.database}: 已是最新 (nothing to do)"
            case State.BEHIND:
                todo = "; ".join(f"{one.revision} {one.title}" for one in self.pending)
                return f"{self.database}: 将执行 {len(self.pending)} 项迁移 (will run): {todo}"
            case State.AHEAD:
                return (
                    f"{self.database}: 由更新的版本建立,请用该版本的程序 (made by a newer release: use that)"
                )
            case State.STRANGE:
                shown = "、".join(self.strange[:_NAMED_AT_MOST])
                return (
                    f"{self.database}: 结构不属于任何已发布的版本,有 {len(self.strange)} 处不同({shown});"
                    "没有升级路径:请用建立它的那一版程序导出,或另建数据目录 "
                    "(no release made this schema and nothing leads from it: export with the commit that made it, "
                    "or begin a new data folder)"
                )

    @property
    def refusal(self) -> str | None:
        """Why `up` does not start over this database; None if it may."""
        if self.state in (State.NEW, State.CURRENT):
            return None
        if self.state is State.BEHIND:
            return (
                f"{self.line}。请先备份,再运行 ./mz upgrade "
                "(an older data folder is not upgraded by starting: back it up, then run ./mz upgrade)"
            )
        return self.line

    @property
    def is_possible(self) -> bool:
        return self.state not in (State.AHEAD, State.STRANGE)


async def plan(server: Server) -> list[Step]:
    """How each service's database on `server` stands to this code. Changes nothing."""
    admin = await server.connect()
    try:
        there = {row["datname"] for row in await admin.fetch("SELECT datname FROM pg_database")}
    finally:
        await admin.close()
    names = [service.database for service in SERVICES.values()]
    return [
        await step(server, name, name) if name in there else Step(name, State.NEW, tuple(migrations_of(name)))
        for name in names
    ]


async def step(server: Server, name: str, database: str) -> Step:
    """How `database` on `server`, that of the package `name`, stands to this code."""
    known = migrations_of(name)
    url = server.url(f"own_{name}", database)
    revision = await revision_of(url)
    if revision is None:
        return Step(name, State.NEW, tuple(known))
    numbers = [migration.revision for migration in known]
    if revision not in numbers:
        return Step(name, State.AHEAD)
    if pending := known[numbers.index(revision) + 1 :]:
        return Step(name, State.BEHIND, tuple(pending))
    engine = engine_at(url)
    try:
        async with engine.connect() as connection:
            strange = differing(expected_of(name), await connection.run_sync(digests))
    finally:
        await engine.dispose()
    return Step(name, State.STRANGE if strange else State.CURRENT, strange=strange)


def main(options: argparse.Namespace) -> int:
    d = DataDir(options.data_dir.absolute())
    if not d.root.exists():
        print(f"mz: {d.root} 不存在 (there is no such data folder)", file=sys.stderr)
        return 2
    turn = running.take(d)
    if turn is None:
        print("mz: 正在运行:请先 ./mz down (it runs; stop it first)", file=sys.stderr)
        return 2
    try:
        with server_of(d, alone=True) as server:
            return asyncio.run(_run(server, yes=options.yes))
    except (PostgresUnavailable, SchemaDiffers) as error:
        print(f"mz: {error}", file=sys.stderr)
        return 1
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, SQLAlchemyError) as error:
        print(f"mz: 未能升级 (couldn't upgrade): {said_by(error)}", file=sys.stderr)
        return 1
    finally:
        turn.release()


async def _run(server: Server, *, yes: bool) -> int:
    steps = await plan(server)
    for step in steps:
        print(f"mz: {step.line}", file=sys.stdout if step.is_possible else sys.stderr)
    if not all(step.is_possible for step in steps):
        return 2
    pending = [step for step in steps if step.state is State.BEHIND]
    if not pending:
        return 0
    print("mz: 升级不能撤回,请先备份:./mz backup (there is no way back but a backup)")
    if not yes and not _agreed():
        print("mz: 未改动任何内容 (nothing was changed)")
        return 1
    for step in pending:
        await upgrade(server.url(f"own_{step.database}", step.database), step.database)
        print(f"mz: {step.database}: 已升级 (upgraded)")
    print("mz: 完成;请运行 ./mz up,再运行 ./mz ledger fsck (done; start, then check)")
    return 0


def _agreed() -> bool:
    if not sys.stdin.isatty():
        print("mz: 不在终端中运行时请加 --yes (say --yes where nobody can be asked)", file=sys.stderr)
        return False
    return input("mz: 现在升级? (upgrade now?) [y/N] ").strip().lower() in ("y", "yes")
