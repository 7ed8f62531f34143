"""Arranges transfers and the files of their packages, through the API."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Any, Final

import httpx

from common.files.digests import digest_field
from tests.data_exchange.given import ASKED, ASKING
from tests.world import Client, World

PDF: Final = b"%PDF-1.7\n" + b"0123456789" * 40 + b"\n%%EOF\n"
POLICE: Final = 3
ENCLOSURES: Final = {
    "TRANSFER_LETTER": "移送书.pdf",
    "INVESTIGATION_REPORT": "调查报告.pdf",
    "GOODS_LIST": "涉案物品清单.pdf",
}


def agency(world: World, number: int) -> str:
    return str(world.demo.agencies[number]["id"])


def preparer(world: World) -> Client:
    return world.person("EXCHANGE_OFFICER", ASKING)


def head(world: World, number: int = ASKING) -> Client:
    return world.person("AGENCY_HEAD", number)


def receiver(world: World, transfer: dict[str, Any]) -> Client:
    numbers = {agency(world, number): number for number in range(4)}
    return world.person("EXCHANGE_OFFICER", numbers[transfer["to_agency_id"]])


def order(world: World, **changes: Any) -> dict[str, Any]:
    """An order for a transfer from the first agency to the second."""
    return {
        "to_agency_id": agency(world, ASKED),
        "recognised_at": world.clock().isoformat(),
        "basis": [{"name": "南京市非现场执法管理暂行办法", "article": "第十九条"}],
        "subject": "移送违法停车线索",
        "summary": "经审查,该违法行为由贵机关管辖",
        "handling": ["已发送告知提示"],
        "contact": "示范市城市管理行政执法局 韩示甲",
        "limitation_on": "2027-03-02",
    } | changes


async def prepared(world: World, *, by: Client | None = None, **changes: Any) -> dict[str, Any]:
    """A draft; its view."""
    answer = await (by or preparer(world)).post("/v1/case-transfers", json=order(world, **changes))
    assert answer.status_code == 201, answer.text
    view: dict[str, Any] = answer.json()
    return view


def announced(data: bytes, **changes: Any) -> dict[str, Any]:
    return {
        "enclosure": "TRANSFER_LETTER",
        "name": "移送书.pdf",
        "media_type": "application/pdf",
        "size": len(data),
        "sha256": hashlib.sha256(data).hexdigest(),
    } | changes


async def begun(world: World, transfer: dict[str, Any], data: bytes, **changes: Any) -> str:
    """An upload that was announced; its path."""
    path = f"/v1/case-transfers/{transfer['exchange_id']}/uploads"
    answer = await preparer(world).post(path, json=announced(data, **changes))
    assert answer.status_code == 201, answer.text
    return f"{path}/{answer.json()['upload']}"


async def put(world: World, upload: str, part: int, data: bytes, digest: str | None = None) -> httpx.Response:
    headers = {
        "content-digest": digest_field(data) if digest is None else digest,
        "content-type": "application/octet-stream",
    }
    return await preparer(world).request("PUT", f"{upload}/parts/{part}", content=data, headers=headers)


async def uploaded(
    world: World, transfer: dict[str, Any], data: bytes = PDF, **changes: Any
) -> httpx.Response:
    """The answer to the completion of a file that was sent in one part."""
    upload = await begun(world, transfer, data, **changes)
    assert (await put(world, upload, 1, data)).status_code == 200
    return await preparer(world).post(f"{upload}/completion", json={})


async def packed(world: World, **changes: Any) -> dict[str, Any]:
    """A draft with the enclosures that every package needs."""
    transfer = await prepared(world, **changes)
    for enclosure, name in ENCLOSURES.items():
        answer = await uploaded(
            world, transfer, PDF + name.encode() + b"\n%%EOF\n", enclosure=enclosure, name=name
        )
        assert answer.status_code == 201, answer.text
    return transfer


async def do(
    client: Client, transfer: dict[str, Any], act: str, order: dict[str, Any] | None = None
) -> httpx.Response:
    return await client.post(f"/v1/case-transfers/{transfer['exchange_id']}/{act}", json=order or {})


async def done(
    client: Client, transfer: dict[str, Any], act: str, order: dict[str, Any] | None = None
) -> dict[str, Any]:
    answer = await do(client, transfer, act, order)
    assert answer.status_code == 201, answer.text
    view: dict[str, Any] = answer.json()
    return view


async def submitted(world: World, **changes: Any) -> dict[str, Any]:
    return await done(preparer(world), await packed(world, **changes), "submission")


async def approved(world: World, **changes: Any) -> dict[str, Any]:
    transfer = await submitted(world, **changes)
    return await done(head(world), transfer, "approval", {"manifest_sha256": transfer["manifest_sha256"]})


async def dispatched(world: World, **changes: Any) -> dict[str, Any]:
    return await done(preparer(world), await approved(world, **changes), "dispatch")


def verified(transfer: dict[str, Any]) -> dict[str, Any]:
    """The order for a receipt that names every file as it is in the manifest."""
    files = [{"n": file["n"], "sha256": file["sha256"]} for file in transfer["files"]]
    return {"manifest_sha256": transfer["manifest_sha256"], "files": files}


async def received(world: World, **changes: Any) -> dict[str, Any]:
    transfer = await dispatched(world, **changes)
    return await done(receiver(world, transfer), transfer, "receipt", verified(transfer))


async def seen(world: World, transfer: dict[str, Any], client: Client | None = None) -> dict[str, Any]:
    path = f"/v1/case-transfers/{transfer['exchange_id']}"
    answer = await (client or preparer(world)).get(path)
    assert answer.status_code == 200, answer.text
    view: dict[str, Any] = answer.json()
    return view


def crime(world: World) -> dict[str, Any]:
    """What makes an order one for a suspected crime, to the police."""
    return {"kind": "CRIMINAL_TRANSFER", "to_agency_id": agency(world, POLICE)}


def hours(world: World, n: float) -> None:
    world.clock.to(world.clock() + timedelta(hours=n))
