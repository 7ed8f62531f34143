"""Runs the numbered migrations of a service's package, as the owner of its database.

A migration is SQL: `op.execute` takes a whole script, several statements and function bodies included, and sends it
unchanged. A colon in it is never a parameter.
"""

from __future__ import annotations

import asyncio
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import asyncpg
from alembic import command
from alembic.config import Config
from alembic.ddl.postgresql import PostgresqlImpl
from sqlalchemy import Connection, Executable, pool
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.util import await_only

_LOCK_TIMEOUT = "5s"
_ATTEMPTS = 6
# Any fixed number. Every process takes this advisory lock before it migrates a database.
_TURN = 0x6D7A6D67


class ScriptImpl(PostgresqlImpl):
    """Sends a text to PostgreSQL unchanged. Defining the class registers it with alembic for the dialect."""

    __dialect__ = "postgresql"

    def execute(self, sql: Executable | str, execution_options: dict[str, Any] | None = None) -> None:
        if not isinstance(sql, str):
            super().execute(sql, execution_options)
            return
        connection = self.connection
        assert connection is not None
        # SQLAlchemy sends BEGIN with its own first statement. Without this line the script would run and commit
        # outside the migration's transaction. The timeout ends a waiting ALTER TABLE before every reader of the table
        # waits behind it.
        connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{_LOCK_TIMEOUT}'")
        await_only(connection.connection.driver_connection.execute(sql))  # type: ignore[union-attr]


async def upgrade(database_url: str, package: str) -> None:
    """Bring the database to the newest migration of `package`. Tries again while a table is locked.

    `database_url` signs in as the owner. Raises asyncpg.LockNotAvailableError after six attempts.
    """
    engine = create_async_engine(database_url, poolclass=pool.NullPool)
    try:
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                async with engine.connect() as connection:
                    await connection.run_sync(_upgrade, package)
                    return
            except asyncpg.LockNotAvailableError:
                if attempt == _ATTEMPTS:
                    raise
                await asyncio.sleep(attempt)
    finally:
        await engine.dispose()


def _upgrade(connection: Connection, package: str) -> None:
    connection.exec_driver_sql(f"SELECT pg_advisory_lock({_TURN})")
    connection.commit()
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations_env"))
    config.set_main_option("version_locations", str(_versions(package)))
    config.set_main_option("path_separator", "newline")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _versions(package: str) -> Path:
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise ValueError(f"there is no package {package}")
    return Path(spec.origin).parent / "migrations" / "versions"
