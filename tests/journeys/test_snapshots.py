"""A world that begins at a place of the story is the world in which the story was played as far as that place."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import pytest

from mz.operate.assembly import Installation
from mz.services import SERVICES
from tests.given import ACCEPTED, ARCHIVED, IN_SERVICE
from tests.snapshots import PEOPLE, Snapshots
from tests.world import World

STATES = {"device-registry": "devices", "evidence": "captures", "case": "cases"}


def way_to(snapshots: Snapshots, place: str) -> list[str]:
    """The places from the first after the beginning to `place`."""
    before = snapshots.places[place].before
    return [*(way_to(snapshots, before) if before != PEOPLE else []), place]


async def course_of(installation: Installation) -> dict[str, list[Any]]:
    """What happened in each service: the types of each stream's records in order, and the states that followed."""
    course = {}
    for service in SERVICES:
        types = defaultdict(list)
        connection = await installation.server.connect(installation.database(service))
        for row in await connection.fetch("SELECT stream, type FROM outbox ORDER BY stream, seq"):
            types[row["stream"]].append(row["type"])
        table = STATES.get(service)
        states = await connection.fetch(f"SELECT state FROM {table} ORDER BY 1") if table else []
        await connection.close()
        # The names of streams differ from world to world. When the twin is anchored real time decides.
        streams = sorted((name.partition("/")[0], of) for name, of in types.items() if name[:4] != "log/")
        course[service] = [*streams, *(row["state"] for row in states)]
    return course


@pytest.mark.slow
@pytest.mark.parametrize("end", ["serve decision", ARCHIVED])
async def test_the_whole_story_passes_through_every_snapshot(
    world: World, snapshots: Snapshots, end: str
) -> None:
    compared = []
    for place in way_to(snapshots, end):
        await snapshots.places[place].reach(world)
        snapshot = await snapshots.snapshot(place)
        assert await course_of(world.installation) == await course_of(snapshot.installation), place
        compared.append(place)

    assert (compared[0], compared[-1]) == (IN_SERVICE, end)
    assert ACCEPTED in compared


async def test_no_snapshot_begins_before_what_it_holds(snapshots: Snapshots) -> None:
    for place in way_to(snapshots, ACCEPTED):
        snapshot = await snapshots.snapshot(place)
        for service in SERVICES:
            connection = await snapshot.installation.server.connect(snapshot.installation.database(service))
            last = await connection.fetchval("SELECT max(recorded_at) FROM outbox")
            await connection.close()
            assert last is None or last <= snapshot.at, (place, service)
