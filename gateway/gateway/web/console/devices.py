"""The devices of an agency, and of one device everything that makes it lawful."""

from __future__ import annotations

import asyncio
from typing import Any, Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from gateway.web.shell import render
from gateway.web.visitor import SignedIn

router = APIRouter()

STATES: Final = (
    "LEGACY", "DRAFT", "UNDER_REVIEW", "REJECTED", "APPROVED", "INSTALLED", "TRIAL", "PUBLISHED", "ACTIVE",
    "MAINTENANCE", "SUSPENDED", "STOPPED", "RECTIFYING", "RETIRED",
)  # fmt: skip


@router.get("/console/devices")
async def show(
    request: Request, visitor: SignedIn, state: str = "", near: str = "", cursor: str = ""
) -> Response:
    """The list; `near=verification` shows those whose certificate runs out."""
    expiring, counted = await asyncio.gather(
        visitor.find("/v1/verification-expiries", limit=200, cursor=(cursor or None) if near else None),
        visitor.find("/v1/device-overview"),
    )
    ends = {each["device_id"]: each for each in (expiring["items"] if expiring else ())}
    if near:
        page = {
            "items": [each | {"id": each["device_id"], "kind": None} for each in ends.values()],
            "next_cursor": expiring["next_cursor"] if expiring else None,
        }
    else:
        page = await visitor.get("/v1/devices", state=state or None, cursor=cursor or None, limit=100)
    counts: dict[str, int] = {}
    for row in counted["states"] if counted else ():
        counts[row["state"]] = counts.get(row["state"], 0) + row["count"]
    return render(
        request,
        "console/devices.html",
        devices=page["items"],
        ends=ends,
        counts=counts,
        state=state,
        near=near,
        states=STATES,
        next_cursor=page["next_cursor"],
    )


@router.get("/console/devices/{device_id}")
async def device(request: Request, visitor: SignedIn, device_id: str) -> Response:
    """One device: its standing through time, its papers, its upkeep, and what was found of it."""
    path = f"/v1/devices/{device_id}"
    shown = await visitor.get(path)
    parts: list[Any] = await asyncio.gather(
        visitor.find(f"{path}/corrections"),
        visitor.find(f"{path}/maintenance"),
        visitor.find(f"{path}/inspections"),
        visitor.find(f"{path}/contracts"),
        visitor.find(f"{path}/application"),
        visitor.find(f"/v1/public/devices/{device_id}"),
        visitor.find("/v1/verification-expiries", limit=200),
    )
    corrections, upkeep, inspections, contracts, application, public, expiring = parts
    ends = [each for each in (expiring["items"] if expiring else ()) if each["device_id"] == device_id]
    return render(
        request,
        "console/device.html",
        device=shown,
        corrections=corrections,
        upkeep=upkeep,
        inspections=inspections["inspections"] if inspections else [],
        contracts=contracts,
        application=application,
        public=public,
        ends=ends,
    )
