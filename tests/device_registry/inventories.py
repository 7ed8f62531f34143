"""Small inventories of our own, with the quirks of those that offices have, and the way in over HTTP."""

from __future__ import annotations

from typing import Any

import httpx

from common.files.workbooks import MEDIA_TYPE
from tests.world import Client, World

HEADER = "设置地点,行政区,经度(WGS84),纬度(WGS84),违法指数\r\n"
GOOD = "衡山路进东平路北约5米,徐汇区,121.445721,31.210443,11662\r\n"
OTHER = "莘朱路莲花南路东约80米,闵行区,121.416938,31.086092,14470\r\n"


async def send(
    client: Client, data: bytes | str, *, source: str = "sites", media_type: str = "text/csv", **params: Any
) -> httpx.Response:
    """Import `data`; `params` are those of the query, and `key` the Idempotency-Key."""
    key = params.pop("key", None)
    headers = {"content-type": media_type, "inventory-source": source}
    content = data.encode() if isinstance(data, str) else data
    return await client.post("/v1/device-imports", key=key, content=content, headers=headers, params=params)


async def send_workbook(client: Client, data: bytes, **params: Any) -> httpx.Response:
    return await send(client, data, media_type=MEDIA_TYPE, **params)


async def carried(world: World, client: Client, import_id: str) -> dict[str, Any]:
    """The import once its job has done every row."""
    await world.settle(slow_jobs=False)
    answer: dict[str, Any] = (await client.get(f"/v1/device-imports/{import_id}")).json()
    return answer


async def counts(world: World) -> tuple[int, int]:
    """The devices, and the records of the registry."""
    async with world.database("device-registry") as db:
        return (
            await db.fetchval("SELECT count(*) FROM devices"),
            await db.fetchval("SELECT count(*) FROM outbox"),
        )


async def imported(world: World, **cells: str) -> dict[str, Any]:
    """The answer to the one row of an inventory of devices that were there before the platform."""
    told = {
        "设置地点": "示范路1号",
        "行政区": "黄浦区",
        "经度(WGS84)": "121.480000",
        "纬度(WGS84)": "31.230000",
    }
    told |= {
        "违法行为": "违法停车",
        "设置依据": "《道路交通安全法》第一百一十四条",
        "依据层级": "法律",
    } | cells
    table = f"{','.join(told)}\n{','.join(told.values())}\n"
    answer = await send(world.person("DEVICE_ADMIN"), table, source="old")
    assert answer.status_code == 201, answer.text
    [row] = answer.json()["rows"]
    return dict(row)
