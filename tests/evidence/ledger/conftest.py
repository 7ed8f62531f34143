"""A ledger of one's own for each test: a real PostgreSQL, a fresh copy of the migrated database."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from common.door.migrate import upgrade
from mz.postgres import Server, clone, prepare
from tests.evidence.ledger.given import CHECKER, Ledger

_number = itertools.count()


@pytest.fixture(scope="session")
async def empty_ledger(postgres: Server) -> str:
    """A migrated database of evidence without a log, to be copied."""
    return await migrated(postgres)


async def migrated(postgres: Server) -> str:
    """What the fixture `empty_ledger` gives, for a program that is no test."""
    await prepare(postgres, ["evidence"])
    admin = await postgres.connect()
    # Tests in other folders import this fixture, and each import is a fixture of its own to pytest.
    known = await admin.fetchval("SELECT 1 FROM pg_database WHERE datname = 'empty_ledger'")
    if not known:
        await admin.execute(
            "CREATE DATABASE empty_ledger OWNER own_evidence TEMPLATE template0 ENCODING UTF8"
        )
    await admin.close()
    await upgrade(postgres.url("own_evidence", "empty_ledger"), "evidence")
    return "empty_ledger"


@pytest.fixture
async def open_ledger(
    postgres: Server, empty_ledger: str, tmp_path: Path
) -> AsyncIterator[Callable[..., Ledger]]:
    """Makes sequencers over one fresh database; all are stopped afterwards."""
    async with ledgers(postgres, empty_ledger, tmp_path) as make:
        yield make


@asynccontextmanager
async def ledgers(postgres: Server, empty_ledger: str, folder: Path) -> AsyncIterator[Callable[..., Ledger]]:
    """What the fixture `open_ledger` gives, for a fixture that lives longer than a test."""
    database = f"ledger_{next(_number)}"
    await clone(postgres, empty_ledger, database)
    async with AsyncExitStack() as stack:

        def make(**changes: Any) -> Ledger:
            ledger = Ledger(
                postgres, database, folder / "last-checkpoint", **({"checker": CHECKER} | changes)
            )
            stack.push_async_callback(ledger.sequencer.stop)
            return ledger

        yield make


@pytest.fixture
async def ledger(open_ledger: Callable[..., Ledger]) -> Ledger:
    """A log with its genesis and the keys of evidence and case."""
    made = open_ledger()
    await made.begin()
    return made
