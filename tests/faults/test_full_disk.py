"""A full disk under PostgreSQL, the guard file and the pictures: refused, never half done, over when there is room."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from common.door.migrate import upgrade
from common.web.democlock import advance
from mz.demo.stage import Refused
from mz.demo.story import capture_is_pushed
from mz.operate.assembly import Installation
from mz.operate.datadir import DataDir
from mz.operate.fsck import Result, check_ledger
from mz.operate.up import STORY_BEGINS
from mz.postgres import EmbeddedPostgres, prepare
from tests import given
from tests.evidence.camera import Device, camera_in_service, captures, codes, second_camera
from tests.faults.conftest import SmallDisk
from tests.faults.journal import Journal, disorder
from tests.faults.records import notes
from tests.faults.services import Home, open_ledger, until
from tests.world import World

pytestmark = pytest.mark.slow


@pytest.fixture
async def cramped(small_disk: SmallDisk, tmp_path: Path) -> AsyncIterator[Home]:
    """The evidence service alone, its PostgreSQL on the small disk."""
    postgres = EmbeddedPostgres(small_disk.path / "pg", install=tmp_path / "install")
    try:
        server = await asyncio.to_thread(postgres.start)
        await prepare(server, ["evidence"])
        await upgrade(server.url("own_evidence", "evidence"), "evidence")
        d = DataDir(tmp_path / "D")
        d.make()
        advance(d.clock, STORY_BEGINS)
        home = Home(d.root, postgres, Installation(d, server))
        await open_ledger(home.installation)
        yield home
        for process in home.processes:
            process.kill()
    finally:
        small_disk.free()
        await asyncio.to_thread(postgres.stop)


@pytest.mark.parametrize("small_disk", [256], indirect=True)
async def test_a_full_disk_under_postgresql_costs_time_and_no_receipt(
    cramped: Home, small_disk: SmallDisk
) -> None:
    process = cramped.process("evidence")
    process.start()
    await process.ready()
    calls, journal = cramped.peers("case", process.url), Journal()
    await journal.append(calls, notes(cramped))

    small_disk.fill()
    caller = asyncio.create_task(journal.append(calls, notes(cramped, 200)))
    await until(lambda: said(process.log, "couldn't commit a batch"))
    assert not caller.done()
    small_disk.free()
    assert len(await asyncio.wait_for(caller, 60)) == 200

    # And where not even the write-ahead log has room: PostgreSQL itself stops.
    small_disk.fill()
    await exhausted(cramped)
    caller = asyncio.create_task(journal.append(calls, notes(cramped)))
    await until(lambda: said(process.log, "couldn't keep the ledger's session"))
    assert not caller.done()
    small_disk.free()
    await asyncio.to_thread(cramped.postgres.start)
    await asyncio.wait_for(caller, 60)

    conn = await cramped.admin()
    assert await journal.losses(conn) == []
    assert await disorder(conn) == []
    await conn.close()
    result = Result()
    await check_ledger(cramped.installation, result)
    assert result.clean, result.findings
    await calls.close()


async def said(log: Path, words: str) -> bool:
    return words in log.read_text(errors="replace")


async def exhausted(home: Home) -> None:
    """Use up the segments of the write-ahead log that lie ready, until PostgreSQL ends."""

    async def gone() -> bool:
        try:
            conn = await home.server.connect()
            await conn.execute("SELECT pg_current_xact_id()")
            await conn.execute("SELECT pg_switch_wal()")
            await conn.close()
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            return home.postgres.pid is None
        return False

    await until(gone)


@pytest.mark.parametrize("small_disk", [1], indirect=True)
async def test_a_full_disk_under_the_guard_stops_no_append(home: Home, small_disk: SmallDisk) -> None:
    guard = small_disk.path / "checkpoint"
    process = home.process("evidence", guard=guard)
    process.start()
    await process.ready()
    calls, journal = home.peers("case", process.url), Journal()
    await journal.append(calls, notes(home))
    kept = guard.read_bytes()

    small_disk.fill()
    await asyncio.sleep(1.1)  # it is written at most once a second
    await journal.append(calls, notes(home))

    assert guard.read_bytes() == kept
    assert "couldn't keep the published checkpoint: No space left on device" in process.said
    small_disk.free()
    await asyncio.sleep(1.1)
    await journal.append(calls, notes(home))
    assert guard.read_bytes() != kept
    await calls.close()
    assert await process.stop() == 0


@pytest.mark.parametrize("small_disk", [1], indirect=True)
async def test_a_capture_whose_pictures_find_no_room_is_refused_and_taken_in_when_there_is(
    world: World, small_disk: SmallDisk
) -> None:
    blobs = world.folder / "blobs" / "evidence"
    shutil.copytree(blobs, small_disk.path / "blobs", dirs_exist_ok=True)
    shutil.rmtree(blobs)
    blobs.symlink_to(small_disk.path / "blobs")
    watching = await given.a_camera_in_service(world)
    before = await world.record_types("evidence")

    small_disk.fill()
    with pytest.raises(Refused, match="push: 503"):
        await capture_is_pushed(given.a_scene(world), watching)
    assert await world.record_types("evidence") == before

    small_disk.free()
    await given.a_checked_capture(world, watching)
    await world.settle()
    assert (await world.fsck()).clean


@pytest.mark.parametrize("small_disk", [4], indirect=True)
async def test_no_acknowledged_push_is_lost_while_the_disk_fills_under_load(
    world: World, small_disk: SmallDisk
) -> None:
    blobs = world.folder / "blobs" / "evidence"
    shutil.copytree(blobs, small_disk.path / "blobs", dirs_exist_ok=True)
    shutil.rmtree(blobs)
    blobs.symlink_to(small_disk.path / "blobs")
    cameras = [await camera_in_service(world), await second_camera(world)]
    acknowledged, statuses = set[str](), list[int]()

    async def pushing(camera: Device) -> None:
        """Push new captures until the disk was full and there was room again."""
        serial = 0
        while statuses.count(503) < 4 or statuses[-4:] != [200] * 4:
            serial += 1
            vehicle = camera.vehicle(serial=serial, shade=serial % 200)
            answer = await camera.push(vehicle)
            statuses.append(answer.status_code)
            if answer.status_code == 200 and codes(answer) == [0]:
                acknowledged.add(vehicle["MotorVehicleID"])
            if statuses.count(503) >= 4:
                small_disk.free()
            elif len(acknowledged) == 12:
                small_disk.fill()

    await asyncio.wait_for(asyncio.gather(*map(pushing, cameras)), 120)

    assert set(statuses) == {200, 503}
    assert acknowledged <= {row["object_id"] for row in await captures(world)}
    await world.settle()
    assert (await world.fsck()).clean
