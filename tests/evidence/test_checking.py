"""Captures are checked many at once, and none of them keeps another from its check."""

from __future__ import annotations

import pytest

from common.door.secrets import SecretMissing
from evidence.domain.capture import State
from tests.evidence.camera import captures
from tests.evidence.test_review import registered
from tests.given import IN_SERVICE
from tests.world import World


@pytest.mark.begins(IN_SERVICE)
async def test_a_capture_that_is_held_or_cannot_be_read_keeps_no_older_one_from_its_check(
    world: World,
) -> None:
    camera, app = await registered(world), world.app.apps["evidence"]
    [check] = [job for job in app.state.jobs if job.name == "check"]
    for serial in (1, 2, 3, 4):
        assert (await camera.push(camera.vehicle(serial=serial, shade=40 * serial))).status_code == 200
    ids = sorted(row["id"] for row in await captures(world))
    async with world.database("evidence") as connection, connection.transaction():
        await connection.execute("SELECT FROM captures WHERE id = $1 FOR NO KEY UPDATE", ids[1])
        world.runtimes["evidence"].db.secrets.discard(f"evidence/{ids[3]}")
        with pytest.raises(SecretMissing):
            await check.run(app.state.runtime)
        assert await _unchecked(world) == {ids[1], ids[3]}

    with pytest.raises(SecretMissing):
        await check.run(app.state.runtime)
    assert await _unchecked(world) == {ids[3]}


async def _unchecked(world: World) -> set[str]:
    return {row["id"] for row in await captures(world) if row["state"] == State.INGESTED}
