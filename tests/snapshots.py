"""Stopped worlds, and worlds that begin where one of them stopped.

    people ──▶ camera in service ──▶ … ──▶ case opened ──▶ …      made once in a session, each from the one before it
                     ╎                          ╎
                   world                      world              copies, with databases and a data folder of their own

`@pytest.mark.begins("case opened")` lets the world of a test begin there. The places of the story are listed in
`tests.given` and `tests.case.story`.
"""

from __future__ import annotations

import shutil
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from common.web.democlock import advance
from gateway.seeding import seed_people
from mz.operate.assembly import Installation, migrate_all
from mz.operate.datadir import DataDir
from mz.operate.up import STORY_BEGINS
from mz.postgres import Server, clone_all
from mz.services import SERVICES
from tests.world import World, opened

PEOPLE: Final = "people"
"""Where the story begins: an installation as `./mz up` leaves it."""


@dataclass(frozen=True)
class Place:
    """A place in the story: which one comes before it, and how a world gets from there to here.

    `reach` writes what a test will want to know into `world.ready`.
    """

    before: str
    reach: Callable[[World], Awaitable[None]]


@dataclass(frozen=True)
class Snapshot:
    """A stopped world. Nobody is connected to its databases, and nobody writes into its folder."""

    installation: Installation
    at: datetime  # no world that begins here sees an earlier time
    ready: Mapping[str, Any] = field(default_factory=dict)


class Snapshots:
    """The snapshots of one session on `server`, in `folder`. A place is reached when the first test asks for it."""

    def __init__(self, server: Server, folder: Path, places: Mapping[str, Place]) -> None:
        self.places = dict(places)
        self._server = server
        self._folder = folder
        self._made: dict[str, Snapshot] = {}

    def add(self, name: str, place: Place) -> None:
        """A place of one file's own."""
        assert self.places.setdefault(name, place) is place, f"two places are called {name}"

    async def snapshot(self, place: str) -> Snapshot:
        """The world that stopped at `place`."""
        if place not in self._made:
            self._made[place] = await (self._people() if place == PEOPLE else self._reached(place))
        return self._made[place]

    @asynccontextmanager
    async def world(self, place: str = PEOPLE) -> AsyncIterator[World]:
        """A world that begins at `place`. Its folder and its databases are removed afterwards."""
        begin = await self.snapshot(place)
        name = uuid.uuid4().hex[:12]
        installation = await self._copy(begin, name)
        try:
            async with opened(installation) as world:
                world.ready.update(begin.ready)
                # A notice or a decision needs a fresh cosignature, in real time: as fresh as after `./mz up`.
                await world.witness()
                yield world
        finally:
            admin = await self._server.connect()
            for database in (installation.databases or {}).values():
                await admin.execute(f'DROP DATABASE "{database}" WITH (FORCE)')
            await admin.close()
            shutil.rmtree(installation.d.root)

    async def _people(self) -> Snapshot:
        """Migrated, genesis written, the demo's people made."""
        d = DataDir(self._folder / PEOPLE)
        d.make()
        advance(d.clock, STORY_BEGINS)
        # tests/common/test_schema.py compares it with what the code expects, once.
        await migrate_all(self._server, check=False)
        installation = Installation(d, self._server, mode="test", background=False)
        async with opened(installation) as world:
            await installation.open_ledger(world.runtimes["evidence"].ledger)
            await seed_people(world.runtimes["gateway"].db, d.demo)
            # Now, or every world would read these records again when it settles. No time stamp yet: tests request it.
            await world.settle(slow_jobs=False)
        for service in SERVICES:
            await self._pack(installation.database(service))
        return Snapshot(installation, STORY_BEGINS + timedelta(minutes=1))

    async def _pack(self, database: str) -> None:
        """Make `database` smaller. Each world copies it file by file, and the migrations left free space in it."""
        connection = await self._server.connect(database)
        await connection.execute("VACUUM (FULL)")
        await connection.close()
        # The vacuum removed PostgreSQL's cache of the catalogue. A connection writes it again, and copies have it too.
        await (await self._server.connect(database)).close()

    async def _reached(self, place: str) -> Snapshot:
        begin = await self.snapshot(self.places[place].before)
        installation = await self._copy(begin, place.replace(" ", "_"))
        async with opened(installation) as world:
            world.ready.update(begin.ready)
            await world.witness()
            await self.places[place].reach(world)
        return Snapshot(installation, world.clock() + timedelta(seconds=1), dict(world.ready))

    async def _copy(self, snapshot: Snapshot, name: str) -> Installation:
        """A copy of `snapshot`. Its clock goes on from there, however long ago the snapshot was made."""
        made = snapshot.installation
        folder = self._folder / name
        shutil.copytree(made.d.root, folder)
        databases = {service: f"{entry.database}_{name}" for service, entry in SERVICES.items()}
        await clone_all(self._server, {made.database(service): databases[service] for service in SERVICES})
        (folder / "clock.json").unlink()
        advance(folder / "clock.json", snapshot.at)
        return Installation(DataDir(folder), self._server, mode="test", databases=databases, background=False)
