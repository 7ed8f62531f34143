"""Everything the registry holds follows from its records: fsck finds nothing, and a changed row is named."""

from __future__ import annotations

import pytest

from mz.operate import fsck
from tests.device_registry.stories import ACTIVE, in_service, take
from tests.world import World

INVENTORY = "place,district,lon,lat\n衡山路,徐汇区,121.445721,31.210443\n火星路,火星区,121.4,31.2\n"


@pytest.mark.begins(ACTIVE)
@pytest.mark.slow
async def test_a_whole_life_and_an_import_leave_nothing_unexplained(world: World) -> None:
    admin = world.person("DEVICE_ADMIN")
    device = await in_service(world)
    await take(world, device, "suspension")
    await take(world, device, "resumption")
    await admin.post(f"/v1/devices/{device}/push-accounts", json={})
    headers = {"content-type": "text/csv", "inventory-source": "survey"}
    await admin.post("/v1/device-imports", content=INVENTORY.encode(), headers=headers)
    await world.settle()

    sound = await fsck.check(world.installation)
    async with world.database("device-registry") as db:
        # The administrator walks round the guard, as a thief with the machine in his hands could.
        await db.execute("SET session_replication_role = replica")
        await db.execute("UPDATE device_certificates SET valid_until = valid_until + 365")
    spoilt = await fsck.check(world.installation)

    assert sound.findings == []
    assert [finding.place for finding in spoilt.findings] == ["device-registry.device_certificates"]
