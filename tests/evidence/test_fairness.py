"""The door under load and without its storage: others go on, a fault of ours is 503, and nothing is lost."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from evidence.intake.door import Intake
from evidence.intake.images import PROGRAM, Decoders
from tests.evidence.camera import (
    Device,
    camera_in_service,
    captures,
    codes,
    grown,
    row_counts,
    second_camera,
    status,
)
from tests.evidence.intake.given import jpeg, picture, push
from tests.given import IN_SERVICE
from tests.world import World

pytestmark = pytest.mark.begins(IN_SERVICE)

PUSH = "/VIID/MotorVehicles"
SLOW = """
import os.path, runpy, time
look_at = runpy.run_path({child!r})["answer"]
def answer(data):
    if data.endswith(b"SLOW") and not os.path.exists({enough!r}):
        time.sleep(60)
    return look_at(data)
"""
"""A decoder to which a certain picture is endless work, until there is the file `enough`."""


@pytest.fixture
async def camera(world: World) -> Device:
    return await camera_in_service(world)


@asynccontextmanager
async def decoding_by(program: Path, world: World) -> AsyncIterator[Decoders]:
    """The door decodes by another `program`."""
    state, decoders = world.app.apps["evidence"].state, Decoders(program=program)
    intake: Intake = state.intake
    state.intake = replace(intake, decoders=decoders)
    yield decoders
    state.intake = intake
    decoders.close()


def is_busy(answer: httpx.Response) -> bool:
    """503 in the protocol, with the time after which the camera may send again."""
    return status(answer) == (503, 2) and int(answer.headers["retry-after"]) > 0


async def test_while_one_account_keeps_a_decoder_busy_every_other_goes_on(
    world: World, camera: Device, tmp_path: Path
) -> None:
    other = await second_camera(world)
    slow = tmp_path / "slow.py"
    enough = tmp_path / "enough"
    slow.write_text(SLOW.format(child=str(PROGRAM), enough=str(enough)))
    endless = camera.vehicle(serial=1)
    endless["SubImageList"]["SubImageInfoObject"] = [picture(jpeg() + b"SLOW")] * 12

    async with decoding_by(slow, world) as decoders:
        await other.push(other.vehicle(serial=1))
        rude = [asyncio.create_task(camera.digest(PUSH, push(endless))) for _ in range(3)]
        await asyncio.sleep(0.5)
        answers = [await other.push(other.vehicle(serial=n, shade=n)) for n in (2, 3)]

        assert [status(answer) for answer in answers] == [(200, 0), (200, 0)]
        assert not any(task.done() for task in rude)
        enough.touch()
        for child in decoders.children:
            child.end()
        for task in rude:
            task.cancel()
        await asyncio.gather(*rude, return_exceptions=True)


async def test_an_object_over_a_limit_is_refused_by_name_and_the_others_stand(
    world: World, camera: Device
) -> None:
    many = camera.vehicle(serial=1)
    many["SubImageList"]["SubImageInfoObject"] = [picture(jpeg(64, 48, shade=n)) for n in range(17)]
    large = camera.vehicle(serial=2)
    large["SubImageList"]["SubImageInfoObject"] = [picture(jpeg(8_000, 5_000))] * 13

    answer = await camera.push(many, camera.vehicle(serial=3), large)

    said = [s["StatusString"] for s in answer.json()["ResponseStatusListObject"]["ResponseStatusObject"]]
    assert codes(answer) == [8, 0, 8]
    assert said[0].startswith("Invalid JSON Content: 一个对象最多 16 张图片")
    assert said[2].startswith("Invalid JSON Content: 一次推送最多 500000000 像素")
    assert len(await captures(world)) == 1


async def test_a_decoder_that_cannot_start_is_our_fault_and_never_the_cameras(
    world: World, camera: Device, tmp_path: Path
) -> None:
    before = await row_counts(world)

    async with decoding_by(tmp_path / "absent.py", world):
        without = await camera.push()

    assert is_busy(without)
    assert grown(before, await row_counts(world)) == {}
    assert status(await camera.push()) == (200, 0)


@asynccontextmanager
async def no_database(world: World) -> AsyncIterator[None]:
    """The database of evidence ends its connections and takes no new ones."""
    name = world.installation.database("evidence")
    async with world.database("gateway") as connection:
        await connection.execute(f'ALTER DATABASE "{name}" CONNECTION LIMIT 0')
        await connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1 AND usename LIKE 'svc%'",
            name,
        )
        yield
        await connection.execute(f'ALTER DATABASE "{name}" CONNECTION LIMIT -1')


async def test_without_its_database_the_door_is_busy_and_the_next_push_after_it_is_taken(
    world: World, camera: Device
) -> None:
    await camera.push(camera.vehicle(serial=1))

    async with no_database(world):
        proved = await camera.push(camera.vehicle(serial=2, shade=10))
        stranger = await camera.push_unproved()

    assert is_busy(proved)
    assert is_busy(stranger)
    assert status(await camera.push(camera.vehicle(serial=2, shade=10))) == (200, 0)
    assert len(await captures(world)) == 2
    await world.settle()
    assert (await world.fsck()).clean
