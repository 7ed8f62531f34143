"""Every evidential column: a hundred seeded bit flips each, and fsck names every one (issue 2, acceptance 5).

And three hundred anywhere (issue 3, acceptance 3).

A flip is made as a superuser with triggers and constraints out of the way, checked, and rolled back. The
ledger's own columns are flipped in tests/evidence/ledger.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from random import Random
from typing import Any, Final, TypeAlias
from uuid import UUID

import asyncpg
import orjson
import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from common.door.address import engine_at
from common.door.rows import key_of
from common.web.settings import RECORD_KEY, record_key_name
from evidence.ledger.fsck import EVIDENTIAL
from ledger.keyfiles import NoteKey
from ledger.notes import Verifier
from mz.operate import fsck
from mz.operate.fsck import Result, check_ledger
from mz.operate.rowcheck import (
    DOOR,
    Appended,
    Finding,
    check_door,
    check_table,
    compared,
    guarded_columns,
    promises,
    tables_of,
)
from mz.services import SERVICES
from tests.data_exchange.given import ASKED, a_request, act
from tests.faults.flips import flipped
from tests.given import ARCHIVED, a_case_in_the_archive
from tests.world import World

pytestmark = pytest.mark.begins(ARCHIVED)

Conn: TypeAlias = "asyncpg.Connection[Any]"

FLIPS: Final = 100
SEED: Final = 20250303


@pytest.mark.slow
@pytest.mark.parametrize(
    "services",
    [("case",), tuple(service for service in SERVICES if service != "case")],
    ids=["case", "the-others"],
)
async def test_a_flipped_bit_in_any_evidential_column_is_found_and_named(
    world: World, services: tuple[str, ...]
) -> None:
    await a_long_log(world)
    result = Result()
    appended = await check_ledger(world.installation, result)
    assert result.entries > 256
    assert (await fsck.check(world.installation)).findings == []

    missed: list[str] = []
    for service in services:
        async with breaking(world, service) as conn:
            records = await _records(conn)
            promised = promises(records.values())
            for table in tables_of(service):
                for column in guarded_columns(table):
                    missed += await flip_rows(service, table, column, conn, promised.get(table.name, {}))
            for name, columns in DOOR.items():
                for column in columns:
                    missed += await flip_door(world, service, name, column, conn, appended)
    assert missed == []


@pytest.mark.parametrize("folder", ["blobs/evidence", "blobs/case", "backup"])
@pytest.mark.slow
async def test_a_flipped_bit_in_any_blob_is_found_and_named(world: World, folder: str) -> None:
    await a_case_in_the_archive(world)
    random = Random(SEED)
    paths = [path for path in (world.folder / folder).rglob("*") if path.is_file()]
    assert paths

    for _ in range(FLIPS):
        path = random.choice(paths)
        good = path.read_bytes()
        path.chmod(0o600)
        path.write_bytes(flipped(good, random))
        result = Result()
        fsck.check_blobs(world.installation.d, result)
        path.write_bytes(good)
        assert [finding.key.rpartition("/")[2] for finding in result.findings] == [path.name]


@pytest.mark.slow
async def test_a_blob_that_is_gone_is_named_whichever_it_is(world: World) -> None:
    await a_case_in_the_archive(world)
    paths = [path for kind in ("sha256", "sealed") for path in world.folder.rglob(f"{kind}/??/??/*")]
    assert {path.relative_to(world.folder).parts[:3] for path in paths} >= {
        ("blobs", "evidence", "sha256"),
        ("blobs", "evidence", "sealed"),
        ("blobs", "case", "sealed"),
        ("blobs", "notification", "sealed"),
    }

    for path in paths:
        kept = path.read_bytes()
        path.unlink()
        found = (await fsck.check(world.installation)).findings
        path.write_bytes(kept)
        digest = path.name.partition(".")[0]
        assert digest in {finding.key for finding in found}, path.relative_to(world.folder)


EVERYWHERE: Final = 300
AT_ONCE: Final = 20
KEYS: Final = {
    "ledger.entry": ("idx",),
    "ledger.tile": ("level", "n"),
    "ledger.checkpoint": ("size",),
    "ledger.twin_tile": ("level", "n"),
    "ledger.twin_checkpoint": ("size",),
    "outbox": ("record_id",),
}


@pytest.mark.slow
async def test_three_hundred_bits_flipped_anywhere_are_found_and_named(world: World) -> None:
    """Entries, tiles, checkpoints, the outboxes of all services, blobs (issue 3, acceptance 3)."""
    await a_long_log(world)
    random = Random(SEED)
    flips: Counter[str] = Counter()

    async with AsyncExitStack() as stack:
        databases = {
            service: await stack.enter_async_context(breaking_for_good(world, service))
            for service in SERVICES
        }
        while flips.total() < EVERYWHERE:
            made: list[Flip] = []
            while len(made) < AT_ONCE:
                made += await flip_anywhere(world, databases, random, {flip.row for flip in made})
            findings = {(f.place, f.key) for f in (await fsck.check(world.installation)).findings}
            for flip in reversed(made):
                assert flip.names & findings, (flip.names, sorted(findings)[:20])
            # The last first: a later flip may have taken the key that an earlier one left.
            for flip in reversed(made):
                await flip.undo()
                flips[flip.place] += 1

    assert (await fsck.check(world.installation)).findings == []
    assert {place for place in flips if place.startswith("ledger.")} >= {
        f"ledger.{t}" for t in ("entry", "tile", "checkpoint")
    }
    assert {"blobs", *(f"{service}.outbox" for service in SERVICES)} <= flips.keys()


@dataclass
class Flip:
    """One bit that was changed: where it lies now, what a finding about it may be called, how to change it back."""

    place: str
    row: str
    names: set[tuple[str, str]]
    undo: Callable[[], Awaitable[object]]


async def flip_anywhere(
    world: World, databases: Mapping[str, Conn], random: Random, taken: set[str]
) -> list[Flip]:
    """One flip in a row that is not `taken`, or none if the database's own rules refuse it."""
    kind = random.choice([*KEYS, "blobs"])
    if kind == "blobs":
        return flip_a_blob(world, random, taken)
    service = random.choice(list(SERVICES)) if kind == "outbox" else "evidence"
    return await flip_a_row(databases[service], kind, service, random, taken)


def flip_a_blob(world: World, random: Random, taken: set[str]) -> list[Flip]:
    paths = [p for name in ("blobs", "backup") for p in (world.folder / name).rglob("*") if p.is_file()]
    path = random.choice(sorted(path for path in paths if str(path) not in taken))
    good = path.read_bytes()
    path.chmod(0o600)
    path.write_bytes(flipped(good, random))

    async def undo() -> None:
        path.write_bytes(good)

    return [Flip("blobs", str(path), {("blobs", str(path.relative_to(world.folder)))}, undo)]


async def flip_a_row(conn: Conn, table: str, service: str, random: Random, taken: set[str]) -> list[Flip]:
    columns = [c for c in {**EVIDENTIAL, "outbox": DOOR["outbox"]}[table] if c != "log_id"]
    place = f"{service}.outbox" if table == "outbox" else table
    query = f"SELECT tableoid::regclass AS part, ctid AS lies_at, * FROM {table} ORDER BY ctid"
    rows = [row for row in await conn.fetch(query) if f"{place} {row['lies_at']}" not in taken]
    if not rows:
        return []
    row, column = random.choice(rows), random.choice(columns)
    value = flipped(row[column], random)
    put = f"UPDATE {row['part']} SET {column} = $1 WHERE ctid = $2 RETURNING ctid"
    try:
        now = await conn.fetchval(put, value, row["lies_at"])
    except (asyncpg.IntegrityConstraintViolationError, asyncpg.DataError):
        return []
    keys = ["/".join(str(known[part]) for part in KEYS[table]) for known in (row, {**row, column: value})]
    undo = partial(conn.execute, put, row[column], now)
    return [Flip(place, f"{place} {now}", {(place, key) for key in keys}, undo)]


@asynccontextmanager
async def breaking_for_good(world: World, service: str) -> AsyncIterator[Conn]:
    """The database of `service` as a superuser whom no trigger stops and who commits."""
    async with world.database(service) as conn:
        await conn.execute("SET session_replication_role = replica")
        yield conn


async def a_long_log(world: World) -> None:
    """A whole case, requests between agencies, and an inventory of 150 cameras: more than 256 entries."""
    await a_case_in_the_archive(world)
    for _ in range(5):
        exchange = await a_request(world, purpose="STATISTICS", case_id=None)
        assert (await act(world, ASKED, exchange, "acknowledgement")).is_success
    rows = [f"示范路{n}号,黄浦区,{121.40 + n / 1000:.6f},{31.20 + n / 1000:.6f},{n}" for n in range(150)]
    csv = "设置地点,行政区,经度(WGS84),纬度(WGS84),违法指数\n" + "\n".join(rows)
    headers = {"content-type": "text/csv", "inventory-source": "bit-flips"}
    response = await world.person("DEVICE_ADMIN").post(
        "/v1/device-imports", content=csv.encode(), headers=headers
    )
    assert response.json()["imported"] == 150
    await world.settle()


@asynccontextmanager
async def breaking(world: World, service: str) -> AsyncIterator[AsyncConnection]:
    """The database of `service` as a superuser whom no trigger stops."""
    url = world.installation.server.url("postgres", world.installation.database(service))
    engine = engine_at(url)
    try:
        async with engine.connect() as conn:
            await conn.execute(sa.text("SET session_replication_role = replica"))
            await _drop_constraints(conn)
            await conn.commit()
            yield conn
    finally:
        await engine.dispose()


async def _drop_constraints(conn: AsyncConnection) -> None:
    """What a CHECK or a unique index would refuse, a bad disk would not ask. Keys stay, under another name."""
    query = (
        "SELECT conrelid::regclass::text AS tbl, conname FROM pg_constraint WHERE connamespace = 'public'::regnamespace"
        " AND contype IN ('c', 'f', 'u', 'x', 'p') ORDER BY contype = 'p', contype <> 'f'"
    )
    for row in (await conn.execute(sa.text(query))).all():
        await conn.execute(
            sa.text(f'ALTER TABLE {row.tbl} DROP CONSTRAINT IF EXISTS "{row.conname}" CASCADE')
        )
    query = (
        "SELECT indexrelid::regclass::text FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid"
        " WHERE c.relnamespace = 'public'::regnamespace AND indisunique"
    )
    for (index,) in (await conn.execute(sa.text(query))).all():
        await conn.execute(sa.text(f"DROP INDEX IF EXISTS {index}"))


async def _records(conn: AsyncConnection) -> dict[str, list[dict[str, Any]]]:
    records: dict[str, list[dict[str, Any]]] = {}
    for (note,) in await conn.execute(sa.text("SELECT note FROM outbox ORDER BY stream, seq")):
        record = orjson.loads(bytes(note).partition(b"\n")[0])
        records.setdefault(record["stream"], []).append(record)
    await conn.rollback()
    return records


async def flip_rows(
    service: str, table: sa.Table, column: str, conn: AsyncConnection, promised: Mapping[str, tuple[str, str]]
) -> list[str]:
    """Flip one bit in up to a hundred rows at once, as often as it takes to make a hundred; what was not named.

    The first round is stored and read again by the check. The check's own comparison judges the later rounds in
    memory, because a table of one row needs a hundred of them.
    """
    random = Random(f"{SEED}/{service}/{table.name}/{column}")
    every = sa.select(sa.text("ctid::text AS lies_at"), table)
    rows = {row["lies_at"]: row for row in (await conn.execute(every)).mappings()}
    await conn.rollback()
    # An empty array of numbers has no bit to flip.
    is_numbers = isinstance(kind := table.c[column].type, sa.ARRAY) and isinstance(kind.item_type, sa.Integer)
    full = [row for row in rows.values() if row[column] is not None and not (is_numbers and not row[column])]
    missed, left, is_stored = [], FLIPS if full else 0, False
    while left > 0:
        chosen = random.sample(full, min(left, len(full)))
        left -= len(chosen)
        new = {row["lies_at"]: {**row, column: flipped(row[column], random)} for row in chosen}
        if is_stored:
            findings = compared(service, table, (rows | new).values(), promised)
        else:
            findings = await _store_and_check(service, table, column, conn, new, promised)
            is_stored = True
        named = {finding.key for finding in findings}
        missed += [
            f"{service}.{table.name}.{column} {key_of(table, row)}"
            for row in new.values()
            if key_of(table, row) not in named
        ]
    return missed


async def _store_and_check(
    service: str,
    table: sa.Table,
    column: str,
    conn: AsyncConnection,
    new: Mapping[str, Mapping[Any, Any]],
    promised: Mapping[str, tuple[str, str]],
) -> list[Finding]:
    """What the check finds while the rows `new` are in the database, by where they lie."""
    statement = (
        sa.update(table)
        .where(sa.text("ctid = CAST(CAST(:lies_at AS text) AS tid)"))
        .values({column: sa.bindparam("flipped")})
    )
    await conn.execute(
        statement, [{"lies_at": lies_at, "flipped": row[column]} for lies_at, row in new.items()]
    )
    findings = await check_table(service, table, conn, promised)
    await conn.rollback()
    return findings


async def flip_door(
    world: World,
    service: str,
    table: str,
    column: str,
    conn: AsyncConnection,
    appended: Mapping[UUID, Appended],
) -> list[str]:
    """As `flip_rows`, for the door's own tables; every flip of a round must be named by its row."""
    random = Random(f"{SEED}/{service}/{table}/{column}")
    keys = [_verifier(world, service)]
    rows = (await conn.execute(sa.text(f"SELECT ctid::text AS lies_at, * FROM {table}"))).mappings().all()
    await conn.rollback()
    missed, left = [], FLIPS if rows else 0
    while left > 0:
        chosen = random.sample(rows, min(left, len(rows)))
        left -= len(chosen)
        new = {row["lies_at"]: flipped(row[column], random) for row in chosen}
        kind = {"bytes": "bytea", "UUID": "uuid", "int": "bigint", "datetime": "timestamptz"}
        cast = kind.get(type(next(iter(new.values()))).__name__, "text")
        where = "ctid = CAST(CAST(:lies_at AS text) AS tid)"
        statement = f'UPDATE {table} SET "{column}" = CAST(:new AS {cast}) WHERE {where}'
        await conn.execute(
            sa.text(statement), [{"new": value, "lies_at": lies_at} for lies_at, value in new.items()]
        )
        vault = fsck.vault_of(world.folder, service)
        checked, _ = await check_door(service, conn, appended, keys, vault=vault)
        missed += [
            f"{service}.{table}.{column} {row['lies_at']}"
            for row in chosen
            if not _names(checked.findings, service, table, row, column, new[row["lies_at"]])
        ]
        await conn.rollback()
    return missed


def _names(
    findings: list[Finding], service: str, table: str, row: Mapping[Any, Any], column: str, new: Any
) -> bool:
    key = {"outbox": "record_id", "receipts": "record_id", "stream_head": "stream", "disclosures": "digest"}[
        table
    ]
    names = {row[key], new if column == key else row[key]}
    wanted = {name.hex() if isinstance(name, bytes) else str(name) for name in names}
    return any(finding.place == f"{service}.{table}" and finding.key in wanted for finding in findings)


def _verifier(world: World, service: str) -> Verifier:
    d = world.installation.d
    return NoteKey.load(record_key_name(service, d.city_domain), d.keys / service / RECORD_KEY).verifier
