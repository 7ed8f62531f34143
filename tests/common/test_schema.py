"""A database is what this code expects, or the service says so and does nothing."""

from __future__ import annotations

import asyncio
import json
import signal
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from common.door.address import engine_at
from common.door.migrate import SchemaDiffers, revision_of, upgrade
from common.door.schema import SchemaCheck, differing, digests, expected_of
from common.web.fitting import Fitting, begin_once_it_fits
from common.web.stopping import Stopping
from evidence.ledger.recovery import LedgerDamaged
from mz.build.schemas import live
from mz.operate.upgrade import State, step
from mz.postgres import Server, prepare
from mz.services import SERVICES
from tests.world import World


@asynccontextmanager
async def connected(world: World, service: str, role: str) -> AsyncIterator[AsyncConnection]:
    """A connection of `role` to the world's database of `service`."""
    engine = engine_at(world.installation.server.url(role, world.installation.database(service)))
    async with engine.connect() as connection:
        yield connection
        await connection.rollback()
    await engine.dispose()


async def strange(connection: AsyncConnection, service: str) -> tuple[str, ...]:
    """The objects that this code does not expect there."""
    return differing(expected_of(SERVICES[service].database), await connection.run_sync(digests))


async def test_the_migrations_lead_to_the_schema_that_the_code_expects(world: World) -> None:
    for service, entry in SERVICES.items():
        async with connected(world, service, f"svc_{entry.database}") as connection:
            assert await strange(connection, service) == (), "run ./mz golden and look at the difference"


FAULTS = {
    "ALTER TABLE cases ALTER COLUMN number DROP NOT NULL": "table cases",
    "ALTER TABLE cases ADD COLUMN note text": "table cases",
    "ALTER TABLE cases DISABLE TRIGGER ALL": "table cases",
    "ALTER TABLE cases NO FORCE ROW LEVEL SECURITY": "table cases",
    "GRANT DELETE ON outbox TO svc_case": "table outbox",
    "GRANT EXECUTE ON FUNCTION guard TO PUBLIC": "function guard",
    "CREATE TABLE mine (id int)": "table mine",
    "DROP TABLE publications CASCADE": "table publications",
    "COMMENT ON TABLE cases IS 'operational'": "table cases",
    "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'": (
        "function refuse_change"
    ),
}


async def test_whatever_is_changed_past_the_migrations_is_named(world: World) -> None:
    found = {}
    for change in FAULTS:
        async with connected(world, "case", world.installation.server.admin) as connection:
            await connection.exec_driver_sql(change)
            found[change] = await strange(connection, "case")

    assert found == {change: (name,) for change, name in FAULTS.items()}


async def test_a_service_over_another_schema_is_not_ready_and_answers_nothing_but_that(world: World) -> None:
    officer = world.person("CASE_OFFICER")
    transport = httpx.ASGITransport(world.app.apps["case"])
    async with (
        httpx.AsyncClient(transport=transport, base_url="http://case.internal") as inside,
        world.database("case") as admin,
    ):
        assert (await officer.get("/v1/cases")).status_code == 200

        await admin.execute("ALTER TABLE cases ADD COLUMN note text")
        told = await inside.get("/readyz")
        assert (told.status_code, told.json()["code"]) == (503, "SCHEMA_DIFFERS")
        assert "table cases" in told.json()["detail"]
        assert "./mz upgrade" in told.json()["detail"]
        assert (await officer.get("/v1/cases")).json()["code"] == "SCHEMA_DIFFERS"
        assert (await inside.get("/livez")).status_code == 200

        await admin.execute("ALTER TABLE cases DROP COLUMN note")
        assert (await inside.get("/readyz")).status_code == 200
        assert (await officer.get("/v1/cases")).status_code == 200


async def test_nothing_begins_over_another_schema_until_it_fits(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    begun = asyncio.Event()

    async def begin() -> None:
        begun.set()

    async with world.database("case") as admin:
        await admin.execute("ALTER TABLE cases ADD COLUMN note text")
        later = await begin_once_it_fits(
            SchemaCheck("case", world.runtimes["case"].db.engine), begin, every_s=0.02
        )
        assert later is not None
        assert not begun.is_set()
        [said] = [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]
        assert said.startswith("case: 数据库结构与本程序不符,共 1 处(table cases)")
        assert "\n" not in said

        await admin.execute("ALTER TABLE cases DROP COLUMN note")
        await asyncio.wait_for(later, 10)
        assert begun.is_set()


async def test_a_migration_forbids_temporary_tables_where_nobody_did(world: World) -> None:
    server, database = world.installation.server, world.installation.database("case")
    admin = await server.connect(database)
    may = "SELECT has_database_privilege('svc_case', current_database(), 'TEMPORARY')"
    await admin.execute(f'GRANT TEMPORARY ON DATABASE "{database}" TO PUBLIC')
    assert await admin.fetchval(may)

    await upgrade(server.url("own_case", database), "case")

    assert not await admin.fetchval(may)
    await admin.close()


async def test_a_process_that_cannot_begin_once_it_fits_ends(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    asked = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, asked.set)
    stopping = Stopping()

    async def begin() -> None:
        raise LedgerDamaged("a second history")

    async with world.database("case") as admin:
        await admin.execute("ALTER TABLE cases ADD COLUMN note text")
        schema = SchemaCheck("case", world.runtimes["case"].db.engine)
        later = await begin_once_it_fits(schema, begin, every_s=0.02, stopping=stopping)
        assert later is not None
        await admin.execute("ALTER TABLE cases DROP COLUMN note")
    try:
        await asyncio.wait_for(asked.wait(), 10)
    finally:
        asyncio.get_running_loop().remove_signal_handler(signal.SIGTERM)

    await later
    assert (stopping.has_begun, stopping.failure) == (True, "a second history")
    assert [one.levelname for one in caplog.records][-1] == "CRITICAL"


async def test_a_request_to_a_process_that_does_not_fit_reads_no_catalogue(world: World) -> None:
    engine = world.runtimes["case"].db.engine
    schema = SchemaCheck("case", engine, found=("table cases",))
    fitting = Fitting(world.app.apps["case"], schema, frozenset({"/livez"}))
    statements: list[str] = []

    @sa.event.listens_for(engine.sync_engine, "before_cursor_execute")
    def note(*args: Any) -> None:
        statements.append(args[2])

    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(fitting), base_url="http://case.internal"
    ) as inside:
        told = await inside.get("/v1/cases")

    assert (told.status_code, told.json()["code"]) == (503, "SCHEMA_DIFFERS")
    assert statements == []


async def test_an_upgrade_that_leads_elsewhere_changes_nothing(
    postgres: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = f"upgraded_{uuid.uuid4().hex[:8]}"
    versions = tmp_path / package / "migrations" / "versions"
    versions.mkdir(parents=True)
    (tmp_path / package / "__init__.py").write_text("")
    monkeypatch.syspath_prepend(tmp_path)
    url = postgres.url(f"own_{package}", package)

    def migration(number: int, sql: str) -> None:
        down = f"'{number - 1:04}'" if number > 1 else None
        head = f'"""Number {number}."""\nfrom alembic import op\nrevision = "{number:04}"\n'
        text = f"{head}down_revision = {down}\ndef upgrade(): op.execute({sql!r})\n"
        (versions / f"{number:04}_made.py").write_text(text)

    async def expect() -> None:
        objects = await live(postgres, package, package)
        (versions.parent / "expected.json").write_text(json.dumps({"objects": objects}))

    migration(1, "CREATE TABLE things (id int PRIMARY KEY)")
    await prepare(postgres, [package])
    assert (await step(postgres, package, package)).state is State.NEW
    await upgrade(url, package, check=False)
    await expect()
    assert (await step(postgres, package, package)).state is State.CURRENT

    migration(2, "ALTER TABLE things ADD COLUMN name text; INSERT INTO things VALUES (1, '甲')")
    behind = await step(postgres, package, package)
    assert (behind.state, [one.title for one in behind.pending]) == (State.BEHIND, ["Number 2."])
    assert "./mz upgrade" in str(behind.refusal)
    with pytest.raises(SchemaDiffers, match="table things"):
        await upgrade(url, package)
    assert await revision_of(url) == "0001"
    assert (await step(postgres, package, package)).state is State.BEHIND

    await upgrade(url, package, check=False)
    assert (await step(postgres, package, package)).state is State.STRANGE
    await expect()
    assert (await step(postgres, package, package)).state is State.CURRENT
    (versions / "0002_made.py").unlink()
    assert (await step(postgres, package, package)).state is State.AHEAD
