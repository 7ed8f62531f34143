"""`./mz seed`: statutes, two cameras in service, and everybody with a fresh token, printed as one JSON document.

Running it again changes nothing but the tokens. It keeps the accounts in D/demo.json, because the
system shows the password of a camera only once.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from datetime import timedelta
from typing import Any

import httpx

from common.values.clock import BEIJING, OffsetClock
from common.values.datafiles import load_calendar
from mz.demo.camera import CAMERAS, Call, Camera, activate, ask, prepare
from mz.demo.client import Demo, NotRunning, address_of, connect
from mz.demo.stage import Refused
from mz.demo.statutes import publish_statutes
from mz.operate.clock import move
from mz.operate.datadir import DataDir, write


def main(options: argparse.Namespace) -> int:
    try:
        document = asyncio.run(_seed(options))
    except (NotRunning, Refused, ValueError) as error:
        print(f"mz: {error}", file=sys.stderr)
        return 1
    if options.json:
        print(json.dumps(document, ensure_ascii=False, indent=1))
        return 0
    for person in document["people"]:
        print(
            f"{person['name']:<6} {'/'.join(person['roles']):<24} {person['client_id']}  {person['client_secret']}"
        )
    for device in document["devices"]:
        print(f"设备 {device['device_code']}  {device['account']}  {device['password']}")
    return 0


async def _seed(options: argparse.Namespace) -> dict[str, Any]:
    d = DataDir(options.data_dir.absolute())
    base_url = address_of(options)
    async with connect(base_url) as http:
        demo = Demo(d, base_url, http)
        await cameras_in_service(demo)
        people = [{**person, "token": await demo.token(person)} for person in demo.document["people"]]
    return {
        "base_url": base_url,
        "token_url": f"{base_url}/oauth2/token",
        "agencies": demo.agencies,
        "people": people,
        "devices": demo.document["devices"],
    }


async def cameras_in_service(demo: Demo) -> None:
    """Both cameras ACTIVE, each with a push account in D/demo.json; moves the demo clock past the lead time."""
    clock = OffsetClock(demo.d.clock)
    calls = [_as_agency(demo, agency) for agency in range(len(CAMERAS))]
    await publish_statutes(calls[0])
    prepared = [await prepare(call, camera, clock()) for call, camera in zip(calls, CAMERAS, strict=True)]
    if any(device["state"] == "PUBLISHED" for device in prepared):
        await _past_lead_time(demo, calls, prepared)
    codes = {device["device_code"] for device in demo.document.setdefault("devices", [])}
    for call, camera, device in zip(calls, CAMERAS, prepared, strict=True):
        if camera.code not in codes:
            demo.document["devices"].append(await _account(call, camera, device))
            write(demo.d.demo, demo.document)


async def _past_lead_time(demo: Demo, calls: list[Call], devices: list[dict[str, Any]]) -> None:
    try:
        for call, device in zip(calls, devices, strict=True):
            await activate(call, device)
    except Refused as refused:
        if "DEV_PUBLICATION_LEAD_TIME" not in str(refused):
            raise
        now = move(demo.d.clock, timedelta(days=30, minutes=1), load_calendar())
        why = f"演示时钟前进到 {now.astimezone(BEIJING):%Y-%m-%d %H:%M}:新设备须公布满 30 日"
        print(
            f"mz: {why} (the demo clock moved: a new camera is published for 30 days first)", file=sys.stderr
        )
        for call, device in zip(calls, devices, strict=True):
            await activate(call, device)


async def _account(call: Call, camera: Camera, device: dict[str, Any]) -> dict[str, Any]:
    issued = await ask(call, "DEVICE_ADMIN", f"/v1/devices/{device['id']}/push-accounts", {"digest": True})
    return {
        "device_code": camera.code,
        "account": issued["account"],
        "password": issued["password"],
        "device_id": device["id"],
        "agency_id": device["agency_id"],
    }


def _as_agency(demo: Demo, agency: int) -> Call:
    async def call(role: str, method: str, path: str, order: dict[str, Any] | None) -> httpx.Response:
        return await demo.call(demo.person(role, agency), method, path, order)

    return call
