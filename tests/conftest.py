"""PostgreSQL and the world. Nothing else, and nothing by itself: a domain test starts neither."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from common.postgres import EmbeddedPostgres, Server
from mz.assembly import Installation
from tests.world import World, make_template, make_world


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """An empty server for this session (one for each worker), without durability."""
    # Below /var/tmp, because as root the server's user must get there; pytest's own folders are closed to it.
    home = Path(tempfile.mkdtemp(prefix="mingzheng-test-", dir="/var/tmp"))
    embedded = EmbeddedPostgres(home, fast=True)
    try:
        yield embedded.start()
    finally:
        embedded.stop()
        shutil.rmtree(home)
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
