"""Cameras before a running installation, and pushes of two pictures of 240 kB that cost their sender next to nothing.

    camera ─Register─▶ pushes, each with its proof: the next count of one nonce; where the installation demands no
                       proof on a push (37dbcc6), without one

Runs on 37dbcc6 too, through the public API alone.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import io
import random
import re
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from itertools import count
from time import perf_counter
from typing import Any, Final
from urllib.parse import urlsplit

import httpx
from PIL import Image

from common.values.clock import BEIJING, OffsetClock
from common.web.democlock import advance
from mz.demo.camera import VIOLATION, Camera, activate, prepare, spread
from mz.demo.client import Demo

REGISTER, PUSH = "/VIID/System/Register", "/VIID/MotorVehicles"
SIZE, BYTES = (1920, 1080), 240_000
_COMMENT: Final = b"\xff\xd8\xff\xfe\x00\x23"
"""A picture begins with a comment of 33 digits, its number: bytes of its own, and the same work to decode."""

_numbers = count(1)


@cache
def picture(width: int = SIZE[0], height: int = SIZE[1], size: int = BYTES) -> str:
    """The base64 of a noisy JPEG of about `size` bytes without its first two, which `numbered` puts before it."""
    noise = random.Random(1).randbytes(width * height // 64)
    small = Image.frombytes("L", (width // 8, height // 8), noise[: (width // 8) * (height // 8)])
    image = small.resize((width, height), Image.Resampling.BILINEAR).convert("RGB")
    best = b""
    for quality in range(95, 5, -5):
        out = io.BytesIO()
        image.save(out, "JPEG", quality=quality)
        if best and len(out.getvalue()) < size:
            break
        best = out.getvalue()
    return base64.b64encode(best[2:]).decode()


def numbered(data: str) -> str:
    """The base64 of a picture of its own: `picture` behind the next number. 39 bytes end where base64 has no rest."""
    return base64.b64encode(_COMMENT + f"{next(_numbers):033d}".encode()).decode() + data


def flat(width: int, height: int) -> str:
    """The base64 of a picture of one colour: few bytes, and all its pixels are decoded."""
    out = io.BytesIO()
    Image.new("RGB", (width, height), (random.randrange(256), 90, 60)).save(out, "JPEG", quality=30)
    return base64.b64encode(out.getvalue()).decode()


@dataclass
class Wire:
    """One kept connection that sends requests and reads their answers."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    @classmethod
    async def to(cls, url: str) -> Wire:
        parts = urlsplit(url)
        return cls(*await asyncio.open_connection(parts.hostname, parts.port, limit=1 << 20))

    async def send(
        self, path: str, headers: dict[str, str], body: bytes
    ) -> tuple[int, dict[str, str], bytes]:
        """Status, headers and body of the answer to POST `path`."""
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        head = f"POST {path} HTTP/1.1\r\nhost: bench\r\ncontent-length: {len(body)}\r\n{lines}\r\n"
        self.writer.write(head.encode() + body)
        await self.writer.drain()
        head_bytes = await self.reader.readuntil(b"\r\n\r\n")
        first, *rest = head_bytes.decode("latin1").split("\r\n")
        answered = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in rest)}
        length = int(answered.get("content-length", "0"))
        return int(first.split()[1]), answered, await self.reader.readexactly(length)

    def close(self) -> None:
        self.writer.close()


@dataclass
class Pusher:
    """A camera in service. `push` sends one capture and returns how long its answer took.

    `records` are those that its acknowledged pushes named.
    """

    url: str
    clock: OffsetClock
    code: str
    account: str
    password: str
    proves: bool = True
    nonce: str = ""
    used: int = 0
    serials: count[int] = field(default_factory=lambda: count(1))
    free: list[Wire] = field(default_factory=list)
    records: list[str] = field(default_factory=list)

    async def register(self) -> None:
        """Register, and find out whether a push needs its proof here."""
        hello = f'{{"RegisterObject":{{"DeviceID":"{self.code}"}}}}'.encode()
        status, body = await self._proved(REGISTER, hello)
        if status != 200:
            raise SystemExit(f"couldn't register {self.code}: {status} {body.decode()[:400]}")
        status, _ = await self._send(PUSH, self.capture(), {})
        self.proves = status == 401

    async def push(self, body: bytes | None = None, *, since: float | None = None) -> float:
        """Seconds until one capture was acknowledged, counted from `since`, else from its sending."""
        body = body or self.capture()
        began = perf_counter() if since is None else since
        status, answer = await (self._proved(PUSH, body) if self.proves else self._send(PUSH, body, {}))
        if status != 200 or b'"ResponseStatusObject":{"Id":' not in answer or not _is_ok(answer):
            raise SystemExit(f"couldn't push a capture: {status} {answer.decode()[:600]}")
        return perf_counter() - began

    async def attempt(self, body: bytes) -> int:
        """The HTTP status of a push that may be refused."""
        return (await self._proved(PUSH, body))[0] if self.proves else (await self._send(PUSH, body, {}))[0]

    def capture(self, *pictures: str) -> bytes:
        """A push of one vehicle in `pictures` (base64), else in two of 240 kB, taken half a minute ago."""
        at = self.clock().astimezone(BEIJING)
        times = [f"{at - timedelta(seconds=back):%Y%m%d%H%M%S}" for back in (90, 30)]
        serial = next(self.serials)
        source = f"{self.code}02{times[1]}{serial % 100_000:05d}"
        pictures = pictures or (numbered(picture()), numbered(picture()))
        shown = ",".join(
            f'{{"ImageID":"{self.code}02{times[n % 2]}{n:05d}","EventSort":16,"DeviceID":"{self.code}","Type":"14",'
            f'"FileFormat":"Jpeg","ShotTime":"{times[n % 2]}","Data":"{data}"}}'
            for n, data in enumerate(pictures)
        )
        return (
            f'{{"MotorVehicleListObject":{{"MotorVehicleObject":[{{'
            f'"MotorVehicleID":"{source}02{serial // 100_000:05d}","InfoKind":1,"SourceID":"{source}",'
            f'"DeviceID":"{self.code}","PlateNo":"沪A示{serial % 1000:03d}",'
            f'"PlateColor":"5","PassTime":"{times[1]}","X-ViolationCode":"{VIOLATION}",'
            f'"SubImageList":{{"SubImageInfoObject":[{shown}]}}}}]}}}}'
        ).encode()

    async def _proved(self, path: str, body: bytes) -> tuple[int, bytes]:
        for _ in range(3):
            if not self.nonce:
                await self._send(path, b"", {})
            status, answer = await self._send(path, body, {"authorization": self._answer(path)})
            if status != 401:
                return status, answer
        return status, answer

    def _answer(self, path: str) -> str:
        self.used += 1
        nc = f"{self.used:08x}"
        ha1 = _md5(f"{self.account}:viid.local:{self.password}")
        response = _md5(f"{ha1}:{self.nonce}:{nc}:c0ffee:auth:" + _md5(f"POST:{path}"))
        return (
            f'Digest username="{self.account}", realm="viid.local", nonce="{self.nonce}", uri="{path}",'
            f' response="{response}", algorithm="MD5", qop=auth, nc={nc}, cnonce="c0ffee"'
        )

    async def _send(self, path: str, body: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
        sent = {"content-type": "application/VIID+JSON", "user-identify": self.code} | headers
        while True:
            is_fresh = not self.free
            wire = await Wire.to(self.url) if is_fresh else self.free.pop()
            try:
                status, answered, answer = await wire.send(path, sent, body)
                break
            except (OSError, asyncio.IncompleteReadError):
                # The server has ended a connection that lay idle.
                wire.close()
                if is_fresh:
                    raise
        if status == 200 and (records := answered.get("mingzheng-record")):
            self.records += records.split(", ")
        if answered.get("connection") == "close":
            wire.close()
        else:
            self.free.append(wire)
        if match := re.search(r' nonce="([0-9a-f]+)"', answered.get("www-authenticate", "")):
            self.nonce, self.used = match[1], 0
        return status, answer


async def in_service(demo: Demo, base_url: str, number: int) -> list[Pusher]:
    """So many cameras of the first agency, published, active, each with an account of its own, registered."""
    clock = OffsetClock(demo.d.clock)

    async def call(role: str, method: str, path: str, order: dict[str, Any] | None) -> httpx.Response:
        return await demo.call(demo.person(role), method, path, order)

    cameras = [
        Camera(f"310101000011908{n:05d}", f"中山路示范段{n}号", *spread(n)) for n in range(1, number + 1)
    ]
    devices = [await prepare(call, camera, clock()) for camera in cameras]
    advance(demo.d.clock, clock() + timedelta(days=31))
    pushers = []
    for camera, device in zip(cameras, devices, strict=True):
        await activate(call, device)
        path = f"/v1/devices/{device['id']}/push-accounts"
        issued = await call("DEVICE_ADMIN", "POST", path, {"digest": True})
        if issued.status_code == httpx.codes.UNPROCESSABLE_ENTITY:
            issued = await call("DEVICE_ADMIN", "POST", path, {})  # 37dbcc6 has one kind of account
        issued.raise_for_status()
        pushers.append(
            Pusher(base_url, clock, camera.code, issued.json()["account"], issued.json()["password"])
        )
    advance(demo.d.clock, clock() + timedelta(minutes=10))
    for pusher in pushers:
        await pusher.register()
    return pushers


def _is_ok(answer: bytes) -> bool:
    codes = re.findall(rb'"StatusCode":(\d+)', answer)
    return bool(codes) and all(code == b"0" for code in codes)


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
