"""A camera at the real door: Digest answers, pushes, and the rows that they leave."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import httpx
import uvicorn

from common.door.uow import view
from common.policy import Action, authorize
from common.values.clock import BEIJING
from common.values.ids import EvidenceId
from common.web.serve import SERVER
from evidence.runtime import SELF
from evidence.store import captures as rows
from gateway.guard import GuardedProtocol
from mz.demo.camera import spread
from tests import given
from tests.evidence.intake.given import digest_response, jpeg, md5, picture, push, vehicle
from tests.world import World

TABLES = (
    "captures",
    "media",
    "reviews",
    "openings",
    "bundles",
    "outbox",
    "viid_sessions",
    "quarantined_bodies",
)


@dataclass
class Device:
    """A camera in service, its account, and the address it speaks from. It answers one nonce with a rising count."""

    world: World
    id: str
    code: str
    account: str
    password: str
    headers: dict[str, str] = field(default_factory=dict)
    nonce: str = ""
    count: int = 0

    async def call(self, method: str, path: str, body: bytes = b"", **headers: str) -> httpx.Response:
        """One request as it is, without any Digest answer."""
        sent = {"content-type": "application/VIID+JSON", **self.headers, **headers}
        return await self.world.http.request(method, path, content=body, headers=sent)

    async def digest(
        self,
        path: str,
        body: bytes,
        *,
        password: str | None = None,
        nonce: str | None = None,
        account: str | None = None,
        count: int = 1,
    ) -> httpx.Response:
        """Answer a fresh challenge, or the given `nonce` for the `count`th time."""
        nonce = nonce or nonce_of(await self.call("POST", path))
        account, password = account or self.account, password or self.password
        nc = f"{count:08x}"
        answer = digest_response(md5(f"{account}:viid.local:{password}"), nonce, path, nc=nc)
        header = (
            f'Digest username="{account}", realm="viid.local", nonce="{nonce}", uri="{path}",'
            f' response="{answer}", algorithm="MD5", qop=auth, nc={nc}, cnonce="c0ffee"'
        )
        return await self.call("POST", path, body, authorization=header)

    async def proved(self, path: str, body: bytes) -> httpx.Response:
        """One more answer to the nonce that this camera has; to a fresh one where it has none, or an old one."""
        self.nonce = self.nonce or nonce_of(await self.call("POST", path))
        self.count += 1
        answer = await self.digest(path, body, nonce=self.nonce, count=self.count)
        if "stale=true" not in answer.headers.get("www-authenticate", ""):
            return answer
        self.nonce, self.count = nonce_of(answer), 1
        return await self.digest(path, body, nonce=self.nonce)

    async def register(self) -> httpx.Response:
        """Register, and name the device in User-Identify from now on."""
        body = f'{{"RegisterObject":{{"DeviceID":"{self.code}"}}}}'.encode()
        answer = await self.proved("/VIID/System/Register", body)
        self.headers["user-identify"] = self.code
        return answer

    async def push(self, *vehicles: Any) -> httpx.Response:
        """A push with its proof."""
        return await self.proved("/VIID/MotorVehicles", push(*(vehicles or (self.vehicle(),))))

    async def push_unproved(self, *vehicles: Any) -> httpx.Response:
        """A push that names its sender in User-Identify alone."""
        return await self.call("POST", "/VIID/MotorVehicles", push(*(vehicles or (self.vehicle(),))))

    async def issue(self, **order: Any) -> None:
        """Speak with a fresh account of this device from here on."""
        path = f"/v1/devices/{self.id}/push-accounts"
        issued = (await self.world.person("DEVICE_ADMIN").post(path, json={"digest": True} | order)).json()
        self.account, self.password, self.nonce, self.count = issued["account"], issued["password"], "", 0

    def vehicle(self, *, serial: int = 1, shade: int = 90, **fields: Any) -> dict[str, Any]:
        """A parked car a minute ago, in two pictures; another `serial` is another object."""
        at = (self.world.clock() - timedelta(minutes=1)).astimezone(BEIJING)
        times = [f"{at - back:%Y%m%d%H%M%S}" for back in (timedelta(minutes=1), timedelta(0))]
        source = f"{self.code}02{times[1]}{serial:05d}"
        pictures = [picture(jpeg(shade=shade + n), ShotTime=time) for n, time in enumerate(times)]
        own = {
            "MotorVehicleID": f"{source}02{serial:05d}",
            "SourceID": source,
            "DeviceID": self.code,
            "PassTime": times[1],
            "X-ViolationCode": "CM-0107",
        }
        return vehicle(*pictures, **{**own, **fields})


@asynccontextmanager
async def served(world: World) -> AsyncIterator[str]:
    """The whole system behind a real socket, with the gateway's limits of a connection; its address."""
    options = {**SERVER, "lifespan": "off", "http": GuardedProtocol}
    config = uvicorn.Config(world.app, port=0, **options)
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    await serving


async def camera_in_service(world: World) -> Device:
    """A device that has been ACTIVE for ten minutes."""
    watching = await given.a_camera_in_service(world)
    world.clock.advance(minutes=10)
    return Device(world, watching.id, watching.code, watching.account, watching.password)


async def second_camera(world: World) -> Device:
    """Another device of the same agency, in service for ten minutes."""
    longitude, latitude = spread(1)
    elsewhere = replace(given.CAMERA, code="31010100001190000077", longitude=longitude, latitude=latitude)
    watching = await given.a_camera_in_service(world, elsewhere)
    world.clock.advance(minutes=10)
    return Device(world, watching.id, watching.code, watching.account, watching.password)


def status(answer: httpx.Response) -> tuple[int, int]:
    """HTTP status and StatusCode of an answer, whose form is checked on the way."""
    assert answer.headers["content-type"] == "application/VIID+JSON;charset=UTF-8"
    object = answer.json()["ResponseStatusObject"]
    assert set(object) == {"Id", "RequestURL", "StatusCode", "StatusString", "LocalTime"}
    assert type(object["StatusCode"]) is int
    assert re.fullmatch(r"\d{14}", object["LocalTime"])
    return answer.status_code, object["StatusCode"]


def codes(answer: httpx.Response) -> list[int]:
    """The StatusCode of each object of a batch."""
    return [s["StatusCode"] for s in answer.json()["ResponseStatusListObject"]["ResponseStatusObject"]]


def nonce_of(answer: httpx.Response) -> str:
    """The nonce of the one challenge that suits every client."""
    form = (
        r'Digest realm="viid\.local", qop="auth", nonce="([0-9a-f]{32})", algorithm=MD5,'
        r' opaque="v=1,qop=auth,nonce=\1,e=1"(?:, stale=true)?'
    )
    challenge = re.fullmatch(form, answer.headers["www-authenticate"])
    assert challenge is not None
    return challenge[1]


async def row_counts(world: World) -> dict[str, int]:
    """How many rows each table of evidence holds, and how many blobs lie in its folder."""
    async with world.database("evidence") as connection:
        rows = {table: int(await connection.fetchval(f"SELECT count(*) FROM {table}")) for table in TABLES}
    return rows | {"blobs": len([p for p in (world.folder / "blobs/evidence").rglob("*") if p.is_file()])}


async def captures(world: World) -> list[dict[str, Any]]:
    """Every capture row, oldest first."""
    async with world.database("evidence") as connection:
        return [dict(row) for row in await connection.fetch("SELECT * FROM captures ORDER BY id")]


async def plate_of(world: World, evidence_id: str) -> str | None:
    """The plate as the service reads it from its row."""
    async with view(world.runtimes["evidence"].db, authorize(SELF, Action.CAPTURE_CHECK)) as v:
        subject = (await rows.get(v, EvidenceId(evidence_id))).subject
    return subject.plate if subject else None


def grown(before: dict[str, int], after: dict[str, int]) -> dict[str, int]:
    """How many rows of each table `after` counts more than `before`."""
    return {name: after[name] - before[name] for name in after if after[name] != before[name]}
