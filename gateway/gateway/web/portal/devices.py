"""The public devices: searched by road, as a list, on a plan, and one by one (APL 41(1); NJ 10)."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from starlette.responses import Response

from gateway.web.portal.around import shown
from gateway.web.portal.plan import Plan, plan_of
from gateway.web.visitor import Anybody

router = APIRouter()


@router.get("/portal/devices")
async def list_devices(request: Request, visitor: Anybody, q: str = "", cursor: str = "") -> Response:
    """The list is the content; the plan illustrates it."""
    words = q.strip()[:60]
    page = await visitor.get("/v1/public/devices", q=words or None, cursor=cursor or None, limit=50)
    following = page["next_cursor"]
    more = urlencode({"q": words, "cursor": following}) if following else ""
    table = "/v1/public/device-table" + (f"?{urlencode({'q': words})}" if words else "")
    return await shown(
        request,
        "portal/devices.html",
        devices=page["items"],
        q=words,
        more=more,
        table=table,
        plan=_plan(page["items"]),
    )


@router.get("/portal/devices/{device_id}")
async def read_device(device_id: str, request: Request, visitor: Anybody) -> Response:
    """Everything that is public of one device."""
    device = await visitor.get(f"/v1/public/devices/{device_id}")
    return await shown(
        request, "portal/device.html", agency_id=device["agency_id"], device=device, plan=_plan([device])
    )


def _plan(devices: list[dict[str, Any]]) -> Plan | None:
    return plan_of(
        [
            (n, float(each["longitude"]), float(each["latitude"]))
            for n, each in enumerate(devices, 1)
            if each["longitude"] is not None and each["latitude"] is not None
        ]
    )
