"""PostgreSQL and the world. Nothing else, and nothing by itself: a domain test starts neither."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from mz.operate.assembly import Installation
from mz.postgres import EmbeddedPostgres, Server
from tests.world import World, make_template, make_world

ENOUGH_MEMORY = 2 << 30
SLOW_FIRST = (
    "tests/faults/",
    "tests/mz/",
    "tests/evidence/",
    "tests/outsiders/",
    "tests/journeys/",
    "tests/case/",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files that take minutes begin first, or one worker would be left with them while the others are done."""

    def turn(item: pytest.Item) -> int:
        return next(
            (n for n, place in enumerate(SLOW_FIRST) if item.nodeid.startswith(place)), len(SLOW_FIRST)
        )

    items.sort(key=turn)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """An empty server for this session (one for each worker), without durability.

    In memory where there is enough of it: making a world costs a seventh there. Else below /var/tmp; pytest's
    own folders are closed to the user that the server runs as under root.
    """
    memory = Path("/dev/shm")
    in_memory = (
        memory.is_dir() and os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > ENOUGH_MEMORY
    )
    home = Path(tempfile.mkdtemp(prefix="mingzheng-test-", dir=memory if in_memory else "/var/tmp"))
    # Shared memory is often mounted so that no program runs from it.
    install = Path("/var/tmp") / f"{home.name}-install"
    embedded = EmbeddedPostgres(home, fast=True, install=install)
    try:
        yield embedded.start()
    finally:
        embedded.stop()
        shutil.rmtree(home)
        shutil.rmtree(install, ignore_errors=True)
        # obstore's threads can abort an interpreter that ends while they do.
        time.sleep(0.1)


@pytest.fixture(scope="session")
async def template(postgres: Server, tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """The installation that every world is a copy of."""
    return await make_template(tmp_path_factory.mktemp("template") / "D", postgres)


@pytest.fixture
async def world(template: Installation, tmp_path: Path) -> AsyncIterator[World]:
    """A whole system for one test: `world.person("DEVICE_ADMIN")`, `world.clock`, `await world.settle()`."""
    async with make_world(template, tmp_path / "D") as made:
        yield made
