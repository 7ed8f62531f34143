"""Devices of an old inventory, of which little is known, on the officers' pages."""

from __future__ import annotations

import pytest

from tests.gateway.browser import Browser
from tests.world import World

_INVENTORY = (
    "设置地点,行政区,经度(WGS84),纬度(WGS84)\n"
    "示范路1号,黄浦区,121.480000,31.230000\n"
    "示范路2号,没有这个区,121.490000,31.230000\n"
)


@pytest.mark.begins("camera in service")
async def test_devices_of_which_little_is_known_are_listed_counted_and_imported(world: World) -> None:
    admin, supervisor = await Browser.of(world, "DEVICE_ADMIN"), await Browser.of(world, "SUPERVISOR")
    await admin.open("/console/imports")
    file = ("清单.csv", _INVENTORY.encode(), "text/csv")
    unreadable = await admin.submit("/console/imports", source="旧清单", file=file)
    read = await admin.submit("/console/imports", source="old", file=file)
    answer = await world.person("DEVICE_ADMIN").post(
        "/v1/device-imports",
        content=_INVENTORY.encode(),
        headers={"content-type": "text/csv", "inventory-source": "old"},
    )
    assert answer.status_code == 201
    device = answer.json()["rows"][0]["device_id"]
    listed = await admin.open("/console/devices")
    shown = await admin.open(f"/console/devices/{device}")
    counted = await supervisor.open("/console/overview")

    assert (unreadable.status_code, "旧清单" in unreadable.text) == (422, True)
    assert (read.status_code, "按" in read.text) == (200, True)
    assert "示范路1号" in listed
    assert "示范路1号" in shown
    assert "历史设备" in counted
