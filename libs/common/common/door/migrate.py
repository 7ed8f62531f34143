"""Runs the numbered migrations of a service's package, as the owner of its database.

A migration is SQL: `op.execute` takes a whole script, several statements and function bodies included, and sends it
unchanged. A colon in it is never a parameter. All that are pending run in one transaction, which is committed only if
the schema is then what the code expects: an upgrade that leads elsewhere changes nothing.
"""

from __future__ import annotations

import asyncio
import hashlib
import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
from alembic import command
from alembic.config import Config
from alembic.ddl.postgresql import PostgresqlImpl
from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import Script, ScriptDirectory
from sqlalchemy import Connection, Executable, pool
from sqlalchemy.util import await_only

from common.door.address import engine_at
from common.door.schema import advice, differing, digests, expected_of, folder_of

_LOCK_TIMEOUT = "5s"
_ATTEMPTS = 6
# Any fixed number. Every process takes this advisory lock before it migrates a database.
_TURN = 0x6D7A6D67
# The maker of a temporary table could give it a trigger. Whoever made the database may not have taken this right away:
# an operator of Kubernetes has no field for it.
_NO_TEMPORARY = """
DO $$ BEGIN
    IF has_database_privilege('public', current_database(), 'TEMPORARY') THEN
        EXECUTE format('REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC', current_database());
    END IF;
END $$
"""


class ScriptImpl(PostgresqlImpl):
    """Sends a text to PostgreSQL unchanged. Defining the class registers it with alembic for the dialect."""

    __dialect__ = "postgresql"

    def execute(self, sql: Executable | str, execution_options: dict[str, Any] | None = None) -> None:
        if not isinstance(sql, str):
            super().execute(sql, execution_options)
            return
        if self.as_sql:
            self.static_output(sql)
            return
        connection = self.connection
        assert connection is not None
        # SQLAlchemy sends BEGIN with its own first statement. Without this line the script would run and commit
        # outside the migration's transaction. The timeout ends a waiting ALTER TABLE before every reader of the table
        # waits behind it.
        connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{_LOCK_TIMEOUT}'")
        await_only(connection.connection.driver_connection.execute(sql))  # type: ignore[union-attr]


class SchemaDiffers(Exception):
    """The migrations did not lead to the schema that the code expects, and were taken back. One line says so."""


@dataclass(frozen=True)
class Migration:
    """One migration of a package: its number, the first line of its text, and the SHA-256 of the SQL that it runs."""

    revision: str
    title: str
    sha256: str


def migrations_of(package: str) -> list[Migration]:
    """The migrations of `package`, the first one first. Opens no connection."""
    scripts = ScriptDirectory.from_config(_config(package)).walk_revisions()
    return [
        Migration(script.revision, script.doc, hashlib.sha256(_sql_of(script).encode()).hexdigest())
        for script in reversed(list(scripts))
    ]


async def upgrade(database_url: str, package: str, *, check: bool = True) -> None:
    """Bring the database to the newest migration of `package`. Tries again while a table is locked.

    `database_url` signs in as the owner. Raises SchemaDiffers where the result is not what the code expects, unless
    `check` is False; then nothing was changed. Raises asyncpg.LockNotAvailableError after six attempts.
    """
    engine = engine_at(database_url, poolclass=pool.NullPool)
    try:
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                async with engine.connect() as connection:
                    await connection.run_sync(_upgrade, package, check)
                    return
            except asyncpg.LockNotAvailableError:
                if attempt == _ATTEMPTS:
                    raise
                await asyncio.sleep(attempt)
    finally:
        await engine.dispose()


async def revision_of(database_url: str) -> str | None:
    """The number of the newest migration that this database has run, None for an empty one."""
    engine = engine_at(database_url, poolclass=pool.NullPool)
    try:
        async with engine.connect() as connection:
            return await connection.run_sync(
                lambda sync: MigrationContext.configure(sync).get_current_revision()
            )
    finally:
        await engine.dispose()


def _upgrade(connection: Connection, package: str, check: bool) -> None:
    connection.exec_driver_sql(f"SELECT pg_advisory_lock({_TURN})")
    connection.exec_driver_sql(_NO_TEMPORARY)
    connection.commit()

    def require_expected(changed: Connection) -> None:
        if check and (found := differing(expected_of(package), digests(changed))):
            raise SchemaDiffers(advice(package.replace("_", "-"), found))

    config = _config(package)
    config.attributes |= {"connection": connection, "require_expected": require_expected}
    command.upgrade(config, "head")


def _config(package: str) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations_env"))
    config.set_main_option("version_locations", str(folder_of(package) / "versions"))
    config.set_main_option("path_separator", "newline")
    return config


def _sql_of(script: Script) -> str:
    """What the migration would send, without sending it."""
    written = io.StringIO()
    context = MigrationContext.configure(
        dialect_name="postgresql", opts={"as_sql": True, "output_buffer": written}
    )
    with Operations.context(context):
        script.module.upgrade()
    return written.getvalue()
