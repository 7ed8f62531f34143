"""A data folder is taken up as it is, upgraded when somebody says so, or refused in one line. Never in silence."""

from __future__ import annotations

import gzip
import uuid
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from common.door.migrate import upgrade
from mz.build.releases import FILE, KEPT, released
from mz.operate.datadir import DataDir
from mz.operate.ledger import server_of
from mz.operate.upgrade import State, plan, step
from mz.postgres import Server, prepare
from mz.postgres.machine import find_binaries
from mz.services import SERVICES
from tests.backups import ran
from tests.faults.process import System, running
from tests.world import World

pytestmark = pytest.mark.slow

VERSIONS = sorted({one.version for one in released(FILE.read_text())})


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """A running system."""
    with running(tmp_path_factory.mktemp("releases") / "D") as made:
        yield made


async def _alter(folder: Path, sql: str) -> None:
    with server_of(DataDir(folder)) as server:
        admin = await server.connect("case")
        await admin.execute(sql)
        await admin.close()


async def test_a_data_folder_whose_schema_no_release_made_is_refused_and_not_upgraded(system: System) -> None:
    assert system.mz("upgrade", "--yes").returncode == 2  # it runs
    assert system.mz("down").returncode == 0
    current = system.mz("upgrade", "--yes")
    assert current.returncode == 0
    assert current.stdout.count("已是最新") == len(SERVICES)

    await _alter(system.folder, "ALTER TABLE cases ADD COLUMN note text")
    refused = system.mz("up", "--port", str(system.port))
    assert refused.returncode == 2
    [said] = [line for line in refused.stderr.splitlines() if line.startswith("mz: case")]
    assert "table cases" in said
    assert "没有升级路径" in said
    assert "Traceback" not in refused.stderr
    upgraded = system.mz("upgrade", "--yes")
    assert (upgraded.returncode, upgraded.stderr.strip()) == (2, said)

    await _alter(system.folder, "ALTER TABLE cases DROP COLUMN note")
    system.up()


async def test_an_older_data_folder_is_told_what_an_upgrade_would_do(system: System) -> None:
    assert system.mz("down").returncode == 0
    await _alter(system.folder, "UPDATE alembic_version SET version_num = '9999'")
    refused = system.mz("up", "--port", str(system.port))
    assert refused.returncode == 2
    assert "由更新的版本建立" in refused.stderr
    await _alter(system.folder, "UPDATE alembic_version SET version_num = '0001'")
    system.up()


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("service", SERVICES)
async def test_the_databases_of_every_release_are_taken_up(
    postgres: Server, version: str, service: str
) -> None:
    package = SERVICES[service].database
    name = f"{package}_{uuid.uuid4().hex[:8]}"
    await prepare(postgres, [package])
    admin = await postgres.connect()
    await admin.execute(f'CREATE DATABASE "{name}" OWNER own_{package}')
    psql = find_binaries(Path("/var/tmp/mingzheng-pg-tools")) / "psql"
    command = [psql, "-q", "-v", "ON_ERROR_STOP=1", "-h", postgres.host, "-p", str(postgres.port)]
    dump = gzip.decompress((KEPT / version / f"{package}.sql.gz").read_bytes())
    await ran([str(word) for word in [*command, "-U", postgres.admin, name]], dump)
    records = await _records(postgres, name)

    await upgrade(postgres.url(f"own_{package}", name), package)

    assert (await step(postgres, package, name)).state is State.CURRENT
    assert await _records(postgres, name) == records
    await admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
    await admin.close()


async def test_the_data_folder_of_the_release_in_preparation_is_taken_up(world: World) -> None:
    installation = world.installation
    steps = [
        await step(installation.server, entry.database, installation.database(service))
        for service, entry in SERVICES.items()
    ]

    assert {one.state for one in steps} == {State.CURRENT}
    assert await plan(installation.server)


async def _records(server: Server, database: str) -> int:
    connection: asyncpg.Connection = await server.connect(database)
    try:
        return int(await connection.fetchval("SELECT count(*) FROM outbox"))
    finally:
        await connection.close()
