"""The routes of GA/T 1400.4: Register, UnRegister, Keepalive, Time, MotorVehicles.

    admit (door.py) ─▶ receive (receiving.py) ─▶ the answer (answers.py)

Nothing here answers with a problem document: a camera reads ResponseStatusObject or nothing.
"""

from __future__ import annotations

import logging
from typing import Any, Final

from fastapi import Request, Response

from common.door.uow import operational
from common.values.errors import Kind, Refusal
from common.web.openapi import ANYBODY, UNLISTED
from evidence.domain.heartbeat import longest_silence
from evidence.intake import answers, gat1400, routes_directory, routes_media, routes_notifications
from evidence.intake.door import admit, intake_of
from evidence.intake.gat1400 import NON_MOTOR_VEHICLE
from evidence.intake.protocol import PUSHES, Connecting, camera_router
from evidence.intake.receiving import receive
from evidence.runtime import Run
from evidence.store import heartbeats, sessions

log = logging.getLogger(__name__)

router = camera_router()


# What a body says is read only where no header names the device: cameras send every kind of it.
_ANY: Final[dict[str, Any]] = {"requestBody": {"content": {"application/VIID+JSON": {"schema": {}}}}}


@router.post("/VIID/System/Register", summary="设备注册 · Register a camera session", openapi_extra=_ANY)
async def register(request: Request, runtime: Run, mandate: Connecting) -> Response:
    """A camera or a host proves its account by Digest and names itself; a relaxed account then has a session."""
    admitted = await admit(request, runtime, mandate, envelope="RegisterObject", proof=True)
    return answers.one(admitted.code, url=request.url.path, at=runtime.clock())


@router.post("/VIID/System/Keepalive", summary="保活 · A sign of life")
@router.get("/VIID/System/Keepalive", summary="保活 · A sign of life")
async def keepalive(request: Request, runtime: Run, mandate: Connecting) -> Response:
    """Keep the session alive; without a session the answer is the challenge, and cameras register again."""
    admitted = await admit(request, runtime, mandate, envelope="KeepaliveObject")
    # A host speaks for itself alone: that it lives says nothing about its cameras.
    if (device_id := admitted.account.devices.get(admitted.code)) is not None:
        longest = longest_silence(runtime.profile.watch)
        async with operational(runtime.db) as conn:
            await heartbeats.note(conn, device_id, longest=longest, now=runtime.clock())
    return answers.one(admitted.code, url=request.url.path, at=runtime.clock())


@router.post("/VIID/System/UnRegister", summary="注销 · End the session")
@router.post("/VIID/System/Unregister", summary="注销 · End the session")
async def unregister(request: Request, runtime: Run, mandate: Connecting) -> Response:
    """End the session, for the client that proves its account: anybody could name a device."""
    admitted = await admit(request, runtime, mandate, envelope="UnRegisterObject", proof=True)
    async with operational(runtime.db) as conn:
        await sessions.end(conn, account=admitted.account.name, device_code=admitted.code)
    return answers.one(admitted.code, url=request.url.path, at=runtime.clock())


@router.get("/VIID/System/Time", summary="校时 · The time of the platform", openapi_extra=ANYBODY)
async def system_time(runtime: Run, mandate: Connecting) -> Response:
    """Our time, by which a camera sets its clock; anyone may ask."""
    time = {
        "VIIDServerID": runtime.profile.evidence.viid_server_id,
        "TimeMode": "1",
        "LocalTime": answers.local_time(runtime.clock()),
        "TimeZone": "UTC/GMT+08:00",
    }
    return answers.respond({"SystemTimeObject": time})


@router.post(
    "/VIID/MotorVehicles", summary="上传机动车图片 · Push vehicles with pictures", openapi_extra=PUSHES
)
async def motor_vehicles(request: Request, runtime: Run, mandate: Connecting) -> Response:
    """Take in a push of vehicles with inline pictures; each object is answered for itself."""
    admitted = await admit(request, runtime, mandate, envelope=gat1400.PUSH)
    statuses = await receive(runtime, intake_of(request), admitted)
    return answers.batch(statuses, url=request.url.path, at=runtime.clock())


@router.post(
    "/VIID/NonMotorVehicles",
    summary="上传非机动车图片 · Push electric bicycles with pictures",
    openapi_extra=PUSHES,
)
async def non_motor_vehicles(request: Request, runtime: Run, mandate: Connecting) -> Response:
    """Take in a push of electric bicycles and other vehicles without a motor; each object is answered for itself."""
    admitted = await admit(request, runtime, mandate, envelope=NON_MOTOR_VEHICLE.envelope)
    statuses = await receive(runtime, intake_of(request), admitted, NON_MOTOR_VEHICLE)
    return answers.batch(statuses, url=request.url.path, at=runtime.clock())


async def not_built(request: Request, runtime: Run, mandate: Connecting) -> Response:
    """A resource of the protocol that is not built yet."""
    raise Refusal(Kind.NOT_BUILT, "NOT_BUILT", wording="gat1400")


async def private(request: Request, runtime: Run, mandate: Connecting) -> Response:
    """Faces and persons are not taken: no rule of this platform needs them (PIPL 6, 28)."""
    raise Refusal(Kind.FORBIDDEN, "VIID_PERSONS_REFUSED")


async def unknown(request: Request, runtime: Run, mandate: Connecting) -> Response:
    """Any other path. It is logged, so that operators see it."""
    log.warning(
        "couldn't answer a camera at %s: %s %s", mandate.actor.address, request.method, request.url.path[:80]
    )
    raise Refusal(Kind.NOT_FOUND, "NOT_FOUND", wording="resource")


for _further in (routes_media.router, routes_notifications.router, routes_directory.router):
    router.include_router(_further)

_METHODS = ("GET", "POST", "PUT", "DELETE")
_LATER = {
    "MotorVehicles": "GET PUT DELETE",
    "NonMotorVehicles": "GET PUT DELETE",
    "Images": "GET PUT DELETE",
    "VideoSlices": "GET PUT DELETE",
    "Files": "GET PUT DELETE",
    "APEs": "PUT DELETE",
    "APSs": "POST PUT DELETE",
    "Tollgates": "POST PUT DELETE",
    "Lanes": "GET POST PUT DELETE",
    "VIIDServers": "POST PUT DELETE",
    "Subscribes": "GET POST PUT DELETE",
    "SubscribeNotifications": "GET PUT DELETE",
}
for _name, _methods in _LATER.items():
    for _method in _methods.split():
        router.add_api_route(
            f"/VIID/{_name}",
            not_built,
            methods=[_method],
            summary="尚未建成 · Not built yet",
            openapi_extra=ANYBODY,
        )
for _method in _METHODS:
    for _name in ("Persons", "Faces"):
        for _rest in ("", "/{rest:path}"):
            router.add_api_route(f"/VIID/{_name}{_rest}", private, methods=[_method], openapi_extra=UNLISTED)
# Last, because the first route that fits is taken.
for _method in _METHODS:
    router.add_api_route("/VIID/{rest:path}", unknown, methods=[_method], openapi_extra=UNLISTED)
