"""Pictures that are elsewhere: a small server of pictures, and the messages that name them or announce them."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.evidence.camera import Device, nonce_of
from tests.evidence.intake.given import digest_response, md5
from tests.world import World

HOST = "31010100005030000001"


@dataclass
class PictureServer:
    """Serves `files` by path and remembers what it was asked for; anything else is 404. `answers` go before both.

    What lies under /slow/ is not answered before `hurry` is set.
    """

    port: int = 0
    files: dict[str, bytes] = field(default_factory=dict)
    answers: dict[str, bytes] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    hurry: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    def url(self, path: str) -> str:
        return f"http://{self.host}{path}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One request of one connection."""
        head = await reader.readuntil(b"\r\n\r\n")
        path = head.split(b" ")[1].decode()
        self.asked.append(path)
        if path.startswith("/slow/"):
            await self.hurry.wait()
        body = self.files.get(path, b"")
        status = b"200 OK" if path in self.files else b"404 Not Found"
        whole = b"HTTP/1.1 %s\r\ncontent-length: %d\r\n\r\n%s" % (status, len(body), body)
        writer.write(self.answers.get(path, whole))
        await writer.drain()
        writer.close()


@asynccontextmanager
async def pictures_elsewhere() -> AsyncIterator[PictureServer]:
    """A server of pictures on this machine."""
    pictures = PictureServer()
    server = await asyncio.start_server(pictures.serve, "127.0.0.1", 0)
    async with server:
        pictures.port = server.sockets[0].getsockname()[1]
        yield pictures


def by_url(thing: dict[str, Any], *urls: str) -> dict[str, Any]:
    """The vehicle with its pictures at `urls` instead of inside."""
    entries = [
        {"ImageID": f"{thing['SourceID'][:-1]}{n}", "Type": "14", "StoragePath": url}
        for n, url in enumerate(urls)
    ]
    return thing | {"SubImageList": {"SubImageInfoObject": entries}}


def image(thing: dict[str, Any], data: bytes | None = None, **info: Any) -> dict[str, Any]:
    """An Image whose one vehicle is `thing`; without `data` its first phase."""
    bare = {key: value for key, value in thing.items() if key != "SubImageList"}
    given = {
        "ImageID": thing["SourceID"],
        "DeviceID": thing["DeviceID"],
        "ShotTime": thing["PassTime"],
    } | info
    inside = {} if data is None else {"Data": base64.b64encode(data).decode()}
    return {"ImageInfo": given, **inside, "MotorVehicleList": {"MotorVehicleObject": [bare]}}


def images(*entries: dict[str, Any]) -> bytes:
    """The body of a push of images."""
    return json.dumps({"ImageListObject": {"Image": list(entries)}}).encode()


def notification(id: str, *things: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A notification with `things` as its motor vehicles."""
    vehicles = {"MotorVehicleObjectList": {"MotorVehicleObject": list(things)}} if things else {}
    return {"NotificationID": id, "SubscribeID": "3" * 33, "TriggerTime": "20250303120000"} | vehicles | more


def notifications(*objects: dict[str, Any]) -> bytes:
    """The body of a push of notifications."""
    return json.dumps(
        {"SubscribeNotificationListObject": {"SubscribeNotificationObject": list(objects)}}
    ).encode()


def ids_of(answer: httpx.Response) -> list[tuple[str | None, int]]:
    """Id and StatusCode of each object of a batch."""
    objects = answer.json()["ResponseStatusListObject"]["ResponseStatusObject"]
    return [(thing["Id"], thing["StatusCode"]) for thing in objects]


async def get(device: Device, path: str) -> httpx.Response:
    """GET with a proof of its own."""
    bare = path.partition("?")[0]
    nonce = nonce_of(await device.call("GET", path))
    ha1 = md5(f"{device.account}:viid.local:{device.password}")
    response = md5(f"{ha1}:{nonce}:00000001:c0ffee:auth:" + md5(f"GET:{path}"))
    header = (
        f'Digest username="{device.account}", realm="viid.local", nonce="{nonce}", uri="{path}",'
        f' response="{response}", algorithm="MD5", qop=auth, nc=00000001, cnonce="c0ffee"'
    )
    assert digest_response(ha1, nonce, bare)
    return await device.call("GET", path, authorization=header)


async def held_rows(world: World) -> list[dict[str, Any]]:
    """Every object on hold, in the order of its object id."""
    async with world.database("evidence") as connection:
        return [dict(row) for row in await connection.fetch("SELECT * FROM held_objects ORDER BY object_id")]
