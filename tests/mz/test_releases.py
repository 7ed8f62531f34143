"""A data folder is taken up as it is, upgraded when somebody says so, or refused in one line. Never in silence."""

from __future__ import annotations

import asyncio
import gzip
import shutil
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import pytest

from common.door import migrate
from common.door.migrate import SchemaDiffers, migrations_of, revision_of, upgrade
from common.door.schema import folder_of
from mz.build.releases import FILE, changed, cut, in_preparation, present, released
from mz.contract.breaking import breaks
from mz.contract.document import KEPT, document, kept
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


def _alter(folder: Path, sql: str) -> None:
    async def alter(server: Server) -> None:
        admin = await server.connect("case")
        await admin.execute(sql)
        await admin.close()

    with server_of(DataDir(folder)) as server:
        asyncio.run(alter(server))


def test_a_data_folder_whose_schema_no_release_made_is_refused_and_not_upgraded(system: System) -> None:
    assert system.mz("upgrade", "--yes").returncode == 2  # it runs
    assert system.mz("down").returncode == 0
    current = system.mz("upgrade", "--yes")
    assert current.returncode == 0
    assert current.stdout.count("已是最新") == len(SERVICES)

    _alter(system.folder, "ALTER TABLE cases ADD COLUMN note text")
    refused = system.mz("up", "--port", str(system.port))
    assert refused.returncode == 2
    [said] = [line for line in refused.stderr.splitlines() if line.startswith("mz: case")]
    assert "table cases" in said
    assert "没有升级路径" in said
    assert "Traceback" not in refused.stderr
    upgraded = system.mz("upgrade", "--yes")
    assert (upgraded.returncode, upgraded.stderr.strip()) == (2, said)

    _alter(system.folder, "ALTER TABLE cases DROP COLUMN note")
    system.up()


def test_an_older_data_folder_is_told_what_an_upgrade_would_do(system: System) -> None:
    assert system.mz("down").returncode == 0
    _alter(system.folder, "UPDATE alembic_version SET version_num = '9999'")
    refused = system.mz("up", "--port", str(system.port))
    assert refused.returncode == 2
    assert "由更新的版本建立" in refused.stderr
    _alter(system.folder, "UPDATE alembic_version SET version_num = '0001'")
    system.up()


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("service", SERVICES)
async def test_the_databases_of_every_release_are_taken_up(
    postgres: Server, version: str, service: str
) -> None:
    await _taken_up(postgres, SERVICES[service].database, KEPT / version)


async def test_a_release_that_is_cut_here_is_taken_up_by_this_code(world: World, tmp_path: Path) -> None:
    installation = world.installation
    names = {entry.database: installation.database(service) for service, entry in SERVICES.items()}
    text = cut("9.9.0 -\n", "9.9.0", "0" * 40, installation.server, names, tmp_path)

    assert changed(released(text), present()) == []
    assert {one.database for one in released(text)} == set(names)
    assert in_preparation(text) == []
    told = kept(tmp_path)
    assert told is not None
    assert (told[0], breaks(told[1], document())) == ("9.9.0", [])
    for database in names:
        await _taken_up(installation.server, database, tmp_path / "9.9.0")


async def test_a_migration_after_a_release_keeps_its_rows_and_is_asked_for_first(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next release makes one table more in case."""
    installation = world.installation
    names = {"case": installation.database("case")}
    cut("9.9.0 -\n", "9.9.0", "0" * 40, installation.server, names, tmp_path)
    async with _database(installation.server, "case", tmp_path / "9.9.0") as name:
        url = installation.server.url("own_case", name)
        records = await _records(installation.server, name)
        last = migrations_of("case")[-1].revision
        _next_release(tmp_path / "next", last, monkeypatch)

        behind = await step(installation.server, "case", name)
        with pytest.raises(SchemaDiffers):  # the table of 9999 stands in no expected schema yet
            await upgrade(url, "case")
        assert (await step(installation.server, "case", name)).state is State.BEHIND
        await upgrade(url, "case", check=False)

        assert (behind.state, [one.revision for one in behind.pending]) == (State.BEHIND, ["9999"])
        assert "make a table" in behind.line
        assert await revision_of(url) == "9999"
        assert await _records(installation.server, name) == records


def _next_release(folder: Path, last: str, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(folder_of("case"), folder)
    (folder / "versions" / "9999_next.py").write_text(
        f'''"""make a table"""
from alembic import op
revision, down_revision, branch_labels, depends_on = "9999", {last!r}, None, None


def upgrade():
    op.execute("CREATE TABLE afterwards (id bigint PRIMARY KEY)")
'''
    )
    monkeypatch.setattr(migrate, "folder_of", lambda package: folder)


async def _taken_up(postgres: Server, package: str, folder: Path) -> None:
    """The dump of `package` in `folder` becomes a database that this code takes as its own, with every record."""
    async with _database(postgres, package, folder) as name:
        records = await _records(postgres, name)
        await upgrade(postgres.url(f"own_{package}", name), package)

        assert (await step(postgres, package, name)).state is State.CURRENT
        assert await _records(postgres, name) == records


@asynccontextmanager
async def _database(postgres: Server, package: str, folder: Path) -> AsyncIterator[str]:
    """The name of a database that holds the dump of `package`."""
    name = f"{package}_{uuid.uuid4().hex[:8]}"
    await prepare(postgres, [package])
    admin = await postgres.connect()
    await admin.execute(f'CREATE DATABASE "{name}" OWNER own_{package}')
    psql = find_binaries(Path("/var/tmp/mingzheng-pg-tools")) / "psql"
    command = [psql, "-q", "-v", "ON_ERROR_STOP=1", "-h", postgres.host, "-p", str(postgres.port)]
    dump = gzip.decompress((folder / f"{package}.sql.gz").read_bytes())
    await ran([str(word) for word in [*command, "-U", postgres.admin, name]], dump)
    try:
        yield name
    finally:
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
