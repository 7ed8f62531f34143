"""Statements that go to the driver itself: SQLAlchemy's way takes about five times the CPU of one statement.

For the few statements that every request makes. They are plain SQL with $1, $2, … and fixed text.
"""

from __future__ import annotations

from typing import Any

import asyncpg
from sqlalchemy.ext.asyncio import AsyncConnection


async def fetch(conn: AsyncConnection, statement: str, *values: Any) -> list[asyncpg.Record]:
    """The rows of `statement` ($1, $2, …), asked of the driver itself: SQLAlchemy's way takes five times the CPU.

    It is part of the transaction of `conn`, which an earlier statement has begun.
    """
    rows: list[asyncpg.Record] = await driver_of(conn).fetch(statement, *values)
    return rows


async def execute(conn: AsyncConnection, statement: str, *values: Any) -> str:
    """The status of `statement` ("INSERT 0 500"), which returns no rows; otherwise as `fetch`."""
    status: str = await driver_of(conn).execute(statement, *values)
    return status


def driver_of(conn: AsyncConnection) -> Any:
    """The connection of asyncpg below `conn`, which must have been opened."""
    opened = conn.sync_connection
    assert opened is not None
    return opened.connection.driver_connection
