"""`./mz simulate`: many cameras, or one platform that speaks for many, push to a running system over real Digest.

    cameras    each camera has an account: Register, Keepalive, pushes with its pictures inside, UnRegister
    platform   one account: notifications of a subscription, each with vehicles of several cameras; their pictures by
               URL, which this program serves

Afterwards every object that was acknowledged is looked for, among the captures and the objects on hold. One that is
neither is lost: exit 1.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import json
import struct
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any, Final

import httpx
from PIL import Image, ImageDraw

from common.values.clock import BEIJING, OffsetClock
from mz.demo import fleet
from mz.demo.client import Demo, NotRunning, address_of, connect
from mz.demo.fleet import HOST_CODE, Simulated, say
from mz.demo.stage import Refused
from mz.operate.datadir import DataDir

_PATIENCE_S: Final = 60.0
_REPORT_S: Final = 5.0
_Moment = tuple[str, datetime]
"""A capture as its device and its second name it: this program sends no two in one second of one camera."""


def main(options: argparse.Namespace) -> int:
    try:
        lost = asyncio.run(_simulate(options))
    except (NotRunning, Refused, ValueError, httpx.HTTPError) as error:
        print(f"mz: {error}", file=sys.stderr)
        return 1
    return 1 if lost else 0


async def _simulate(options: argparse.Namespace) -> int:
    d = DataDir(options.data_dir.absolute())
    async with connect(address_of(options)) as http:
        demo = Demo(d, str(http.base_url), http)
        cameras = await fleet.devices(demo, options.cameras if options.kind == "platform" else options.count)
        run = _cameras if options.kind == "cameras" else _platform
        return await run(demo, cameras, options)


@dataclass
class Tally:
    """What was sent and answered. `acknowledged` are the objects that were answered OK."""

    acknowledged: dict[str, _Moment] = field(default_factory=dict)
    answers: Counter[str] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)
    began: float = field(default_factory=time.monotonic)

    def note(self, answer: httpx.Response, objects: dict[str, dict[str, _Moment]], took: float) -> None:
        """The answer to one request. `objects`: for each id that is answered, the objects that it answers for."""
        self.seconds.append(took)
        try:
            statuses = answer.json()["ResponseStatusListObject"]["ResponseStatusObject"]
        except (ValueError, KeyError):
            statuses = []
        for status in statuses if answer.status_code == 200 else []:
            self.answers[f"[{status['StatusCode']}]"] += 1
            if status["StatusCode"] == 0:
                self.acknowledged |= objects[status["Id"]]
        if answer.status_code != 200:
            self.answers[f"HTTP {answer.status_code}"] += 1

    def line(self) -> str:
        """The state in one line, Chinese first."""
        rate = len(self.acknowledged) / max(time.monotonic() - self.began, 0.001)
        answers = ", ".join(f"{what} × {n}" for what, n in sorted(self.answers.items())) or "—"
        ranked = sorted(self.seconds) or [0.0]
        p50, p99 = (ranked[min(int(len(ranked) * share), len(ranked) - 1)] * 1000 for share in (0.5, 0.99))
        return (
            f"已确认 {len(self.acknowledged)} 个对象,{rate:.1f} 个/秒;应答 {answers};p50 {p50:.0f} ms,p99 {p99:.0f} ms"
            f" (acknowledged {len(self.acknowledged)}, {rate:.1f}/s)"
        )


# ---- cameras ------------------------------------------------------------------------------------------


async def _cameras(demo: Demo, cameras: Sequence[Simulated], options: argparse.Namespace) -> int:
    """Each camera pushes in its turn, `rate` pushes a second over all of them; the next does not wait for an answer."""
    ready = await fleet.with_accounts(demo, cameras)
    sessions = {camera.code: httpx.DigestAuth(camera.account, camera.password) for camera in ready}
    pictures, tally = Pictures(), Tally()

    async def system(camera: Simulated, act: str) -> None:
        body = {f"{act}Object": {"DeviceID": camera.code}}
        answer = await _post(demo, f"/VIID/System/{act}", body, camera.code, sessions[camera.code])
        tally.answers[f"{act} HTTP {answer.status_code}"] += 1

    await fleet.each(ready, lambda camera: system(camera, "Register"))
    await fleet.each(ready, lambda camera: system(camera, "Keepalive"))
    rounds = max(1, round(options.seconds * options.rate / len(ready)))
    say(f"{len(ready)} 台摄像机,{rounds} 轮,每秒 {options.rate:g} 次 ({len(ready)} cameras, {rounds} rounds)")
    start, tally.began = OffsetClock(demo.d.clock)(), time.monotonic()

    async def push(turn: int) -> None:
        camera, n = ready[turn % len(ready)], turn // len(ready)
        at = start - timedelta(seconds=rounds - n + 1)
        thing = vehicle(
            camera.code, at, [pictures.inline(f"{camera.code}-{start}-{n}-{k}") for k in range(2)]
        )
        body = {"MotorVehicleListObject": {"MotorVehicleObject": [thing]}}
        began = time.monotonic()
        answer = await _post(demo, "/VIID/MotorVehicles", body, camera.code, sessions[camera.code])
        own = {thing["MotorVehicleID"]: (camera.id, _second(at))}
        tally.note(answer, {thing["MotorVehicleID"]: own}, time.monotonic() - began)

    await _paced(push, range(rounds * len(ready)), options.rate, tally)
    await fleet.each(ready, lambda camera: system(camera, "UnRegister"))
    return await _account_for(demo, tally, since=start)


# ---- a platform ---------------------------------------------------------------------------------------


async def _platform(demo: Demo, cameras: Sequence[Simulated], options: argparse.Namespace) -> int:
    """Notifications with vehicles of `per` cameras each, `rate` notifications a second; each camera has one vehicle."""
    pictures, tally = Pictures(), Tally()
    async with pictures.served() as host:
        auth = await fleet.platform_account(demo, cameras, host)
        registered = await _post(
            demo, "/VIID/System/Register", {"RegisterObject": {"DeviceID": HOST_CODE}}, HOST_CODE, auth
        )
        tally.answers[f"Register HTTP {registered.status_code}"] += 1
        start, tally.began = OffsetClock(demo.d.clock)(), time.monotonic()
        at = start - timedelta(seconds=60)
        groups = [cameras[n : n + options.per] for n in range(0, len(cameras), options.per)]
        say(f"平台推送 {len(groups)} 条通知,{len(cameras)} 台摄像机 ({len(groups)} notifications)")

        async def notify(turn: int) -> None:
            things = {
                camera.id: vehicle(
                    camera.code, at, [pictures.elsewhere(host, f"{camera.code}-{k}") for k in range(2)]
                )
                for camera in groups[turn]
            }
            id = f"{HOST_CODE[:12]}04{at.astimezone(BEIJING):%Y%m%d%H%M%S}{turn:05d}"
            held = {"MotorVehicleObjectList": {"MotorVehicleObject": list(things.values())}}
            notification = {"NotificationID": id, "SubscribeID": f"{id[:12]}03{id[14:]}", **held}
            body = {"SubscribeNotificationListObject": {"SubscribeNotificationObject": [notification]}}
            began = time.monotonic()
            answer = await _post(demo, "/VIID/SubscribeNotifications", body, HOST_CODE, auth)
            own = {thing["MotorVehicleID"]: (device, _second(at)) for device, thing in things.items()}
            tally.note(answer, {id: own}, time.monotonic() - began)

        await _paced(notify, range(len(groups)), options.rate, tally)
        say(
            f"图片由平台取走 {pictures.served_count} 次,等待其余… (pictures fetched so far; waiting for the rest)"
        )
        return await _account_for(demo, tally, since=start, patience_s=_PATIENCE_S)


# ---- both ---------------------------------------------------------------------------------------------


def vehicle(code: str, at: datetime, pictures: list[dict[str, Any]]) -> dict[str, Any]:
    """A vehicle without a plate, at `at`."""
    moment = f"{at.astimezone(BEIJING):%Y%m%d%H%M%S}"
    source = f"{code}02{moment}00001"
    entries = [
        {
            "ImageID": f"{source[:-5]}{n:05d}",
            "DeviceID": code,
            "Type": "14",
            "FileFormat": "Jpeg",
            "ShotTime": moment,
        }
        | picture
        for n, picture in enumerate(pictures, 1)
    ]
    return {
        "MotorVehicleID": f"{source}0200001", "InfoKind": 1, "SourceID": source, "DeviceID": code, "PassTime": moment,
        "HasPlate": "false", "PlateNo": "无车牌", "SubImageList": {"SubImageInfoObject": entries},
    }  # fmt: skip


class Pictures:
    """JPEGs that differ by a comment, so that each is another picture; inside a message, or served over HTTP."""

    def __init__(self) -> None:
        image = Image.new("RGB", (1280, 720), (168, 190, 208))
        ImageDraw.Draw(image).rectangle((420, 310, 820, 460), fill=(30, 62, 120))
        out = BytesIO()
        image.save(out, "JPEG", quality=80)
        self._jpeg = out.getvalue()
        self.served_count = 0

    def of(self, name: str) -> bytes:
        """The picture of this name."""
        comment = name.encode()
        return b"\xff\xd8\xff\xfe" + struct.pack(">H", len(comment) + 2) + comment + self._jpeg[2:]

    def inline(self, name: str) -> dict[str, Any]:
        return {"Data": base64.b64encode(self.of(name)).decode()}

    def elsewhere(self, host: str, name: str) -> dict[str, Any]:
        return {"StoragePath": f"http://{host}/{name}.jpg"}

    @asynccontextmanager
    async def served(self) -> AsyncIterator[str]:
        """Every picture, by its name, at the host that is yielded."""
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        async with server:
            yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}"

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            name = head.split(b" ")[1].decode().strip("/").removesuffix(".jpg")
            body = self.of(name)
            writer.write(
                b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: %d\r\n\r\n%s" % (len(body), body)
            )
            await writer.drain()
            self.served_count += 1
        except (asyncio.IncompleteReadError, ConnectionError):
            return
        finally:
            writer.close()


async def _post(
    demo: Demo, path: str, body: dict[str, Any], sender: str, auth: httpx.DigestAuth
) -> httpx.Response:
    headers = {"user-identify": sender, "content-type": "application/VIID+JSON"}
    content = json.dumps(body, ensure_ascii=False).encode()
    try:
        return await demo.http.post(path, content=content, headers=headers, auth=auth)
    except httpx.TransportError:
        return httpx.Response(599)


async def _paced(act: Callable[[int], Awaitable[None]], turns: range, rate: float, tally: Tally) -> None:
    """Start `rate` turns a second, whether or not earlier ones have ended; a line every few seconds."""
    began, said = time.monotonic(), time.monotonic()
    async with asyncio.TaskGroup() as group:
        for turn in turns:
            await asyncio.sleep(max(0.0, began + turn / rate - time.monotonic()))
            group.create_task(_turn(act, turn))
            if time.monotonic() - said > _REPORT_S:
                said = time.monotonic()
                say(f"  … {turn + 1}/{len(turns)}  {tally.line()}")


async def _turn(act: Callable[[int], Awaitable[None]], turn: int) -> None:
    await act(turn)


def _second(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(microsecond=0)


async def _account_for(demo: Demo, tally: Tally, *, since: datetime, patience_s: float = 0.0) -> int:
    """Look for every acknowledged object, and return how many are lost.

    Waits for those on hold while they become fewer, and `patience_s` longer.
    """
    fewest, until = len(tally.acknowledged) + 1, time.monotonic() + patience_s
    while True:
        waiting = await _on_hold(demo) & tally.acknowledged.keys()
        if len(waiting) < fewest:
            fewest, until = len(waiting), time.monotonic() + patience_s
        if not waiting or time.monotonic() > until:
            break
        say(f"  … {len(waiting)} 个对象等待图片 ({len(waiting)} objects wait for pictures)")
        await asyncio.sleep(3)
    # Objects on hold first, captures after: in between one becomes the other, and none is overlooked.
    taken = await _captured(demo, since)
    missing = {id for id, moment in tally.acknowledged.items() if moment not in taken}
    lost = missing - waiting
    print(tally.line())
    print(
        f"取证记录 {len(tally.acknowledged) - len(missing)} 件,待补图片 {len(missing & waiting)} 件,丢失 {len(lost)} 件"
        f" (captures {len(tally.acknowledged) - len(missing)}, on hold {len(missing & waiting)}, lost {len(lost)})"
    )
    print(
        "模拟设备已安装、未启用,其记录不会通过技术审核"
        " (these cameras are not in service: their captures fail the checks)"
    )
    return len(lost) or int(not tally.acknowledged)


async def _on_hold(demo: Demo) -> set[str]:
    found, cursor = set(), ""
    while True:
        page = await fleet.read(demo, "EVIDENCE_REVIEWER", f"/v1/held-captures?limit=200{cursor}")
        found |= {held["object_id"] for held in page["items"]}
        if not page.get("next_cursor"):
            return found
        cursor = f"&cursor={page['next_cursor']}"


async def _captured(demo: Demo, since: datetime) -> set[_Moment]:
    """Device and second of each capture that was received since then."""
    found: set[_Moment] = set()
    cursor = ""
    while True:
        page = await fleet.read(demo, "EVIDENCE_REVIEWER", f"/v1/captures?limit=200{cursor}")
        new = [c for c in page["items"] if datetime.fromisoformat(c["received_at"]) >= since]
        found |= {(c["device_id"], _second(datetime.fromisoformat(c["captured_at"]))) for c in new}
        if len(new) < len(page["items"]) or not page.get("next_cursor"):
            return found
        cursor = f"&cursor={page['next_cursor']}"
