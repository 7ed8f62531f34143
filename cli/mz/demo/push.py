"""`./mz push [CODE]`: pushes one capture as a camera does, over GA/T 1400, and prints the answers.

Without CODE the first of the demo's two cameras pushes; both are put into service first, if they are not.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from typing import Any

import httpx

from common.values.clock import OffsetClock
from mz.demo.client import Demo, NotRunning, address_of, connect
from mz.demo.picture import vehicle
from mz.demo.seed import cameras_in_service
from mz.demo.stage import Refused, records_of
from mz.operate.datadir import DataDir


def main(options: argparse.Namespace) -> int:
    try:
        return asyncio.run(_push(options))
    except (NotRunning, Refused, ValueError) as error:
        print(f"mz: {error}", file=sys.stderr)
        return 1


async def _push(options: argparse.Namespace) -> int:
    d = DataDir(options.data_dir.absolute())
    async with connect(address_of(options)) as http:
        demo = Demo(d, str(http.base_url), http)
        await cameras_in_service(demo)
        device = _device(demo, options.device_code)
        answers = await pushed(http, device, vehicle(device["device_code"], OffsetClock(d.clock)()))
    for path, response in answers.items():
        print(f"POST {path}  {response.status_code}  {json.dumps(response.json(), ensure_ascii=False)}")
    last = answers["/VIID/MotorVehicles"]
    print(f"账本记录 · records: {', '.join(records_of(last)) or '—'}")
    return 0 if all(response.is_success for response in answers.values()) else 1


def _device(demo: Demo, code: str | None) -> dict[str, Any]:
    devices: list[dict[str, Any]] = demo.document["devices"]
    for device in devices:
        if code in (None, device["device_code"]):
            return device
    codes = ", ".join(device["device_code"] for device in devices)
    raise ValueError(f"没有设备 {code} 的口令,可选: {codes} (its password is known for these devices alone)")


async def pushed(
    http: httpx.AsyncClient, device: dict[str, Any], message: dict[str, Any]
) -> dict[str, httpx.Response]:
    """Register, then push `message`, as the camera with the account in `device`. The answers by path."""
    auth = httpx.DigestAuth(device["account"], device["password"])
    headers = {"user-identify": device["device_code"], "content-type": "application/VIID+JSON"}
    messages = {
        "/VIID/System/Register": {"RegisterObject": {"DeviceID": device["device_code"]}},
        "/VIID/MotorVehicles": message,
    }
    return {
        path: await http.post(path, content=json.dumps(body).encode(), headers=headers, auth=auth)
        for path, body in messages.items()
    }
