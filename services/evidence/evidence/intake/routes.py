"""The routes of GA/T 1400.4: Register, UnRegister, Keepalive, Time, MotorVehicles.

    admit (door.py) ─▶ receive (receiving.py) ─▶ the answer (answers.py)

Nothing here answers with a problem document: a camera reads ResponseStatusObject or nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Coroutine
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Request, Response
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException

from common.calls.tokens import AuthError
from common.door.uow import operational
from common.policy import Action, Mandate
from common.values.errors import Kind, Refusal
from common.web.auth import ADMITTED_HEADER, Allow
from common.web.openapi import UNLISTED, takes
from common.web.problem import is_storage_away
from evidence.intake import answers, digest, gat1400
from evidence.intake.door import REALM, Challenged, Known, admit, intake_of
from evidence.intake.gat1400 import NON_MOTOR_VEHICLE
from evidence.intake.receiving import receive
from evidence.runtime import EvidenceRuntime, Run
from evidence.store import challenges, sessions

log = logging.getLogger(__name__)

SERVER_ID: Final = "32010000005030000001"


class ViidRoute(APIRoute):
    """A route whose every answer, refusals and our own bugs included, is in the protocol."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def within_budget(request: Request) -> Response:
            try:
                async with intake_of(request).budget.room(_length(request)):
                    return await handle(request)
            except AuthError:
                raise
            except Known as known:
                # The gateway asks who speaks before it reads the body, which then comes with this answer's word.
                return Response(status_code=204, headers={ADMITTED_HEADER: known.speaker.written})
            except Refusal as refusal:
                return await _refused(request, refusal)
            except HTTPException as error:
                if error.status_code == 413:
                    return await _refused(request, Refusal(Kind.TOO_LARGE, "BODY_TOO_LARGE", wording="push"))
                return await _refused(request, Refusal(Kind.MALFORMED, "VIID_REQUEST"))

        async def answered(request: Request) -> Response:
            try:
                return await within_budget(request)
            except AuthError:
                raise
            except Exception as error:  # noqa: BLE001
                return _failed(request, error)

        return answered


_IN_PROTOCOL: dict[str, Any] = {"content": {"application/VIID+JSON": {"schema": {"type": "object"}}}}
router = APIRouter(
    route_class=ViidRoute,
    default_response_class=Response,
    responses=dict.fromkeys((200, 400, 401, 403, 404, 409, 413, 415, 429, 500, 501, 503), _IN_PROTOCOL),
)
_PUSHES = takes("application/VIID+JSON")
Connecting = Annotated[Mandate, Depends(Allow(Action.CAPTURE_CONNECT, keyed=False))]


@router.post("/VIID/System/Register", summary="设备注册 · Register a camera session", openapi_extra=_PUSHES)
async def register(request: Request, runtime: Run, mandate: Connecting) -> Response:
    """A camera or a host proves its account by Digest and names itself; a relaxed account then has a session."""
    admitted = await admit(request, runtime, mandate, envelope="RegisterObject", proof=True)
    return answers.one(admitted.code, url=request.url.path, at=runtime.clock())


@router.post("/VIID/System/Keepalive", summary="保活 · A sign of life")
@router.get("/VIID/System/Keepalive", summary="保活 · A sign of life")
async def keepalive(request: Request, runtime: Run, mandate: Connecting) -> Response:
    """Keep the session alive; without a session the answer is the challenge, and cameras register again."""
    admitted = await admit(request, runtime, mandate, envelope="KeepaliveObject")
    return answers.one(admitted.code, url=request.url.path, at=runtime.clock())


@router.post("/VIID/System/UnRegister", summary="注销 · End the session")
@router.post("/VIID/System/Unregister", summary="注销 · End the session")
async def unregister(request: Request, runtime: Run, mandate: Connecting) -> Response:
    """End the session, for the client that proves its account: anybody could name a device."""
    admitted = await admit(request, runtime, mandate, envelope="UnRegisterObject", proof=True)
    async with operational(runtime.db) as conn:
        await sessions.end(conn, account=admitted.account.name, device_code=admitted.code)
    return answers.one(admitted.code, url=request.url.path, at=runtime.clock())


@router.get("/VIID/System/Time", summary="校时 · The time of the platform")
async def system_time(runtime: Run, mandate: Connecting) -> Response:
    """Our time, by which a camera sets its clock; anyone may ask."""
    time = {
        "VIIDServerID": SERVER_ID,
        "TimeMode": "1",
        "LocalTime": answers.local_time(runtime.clock()),
        "TimeZone": "UTC/GMT+08:00",
    }
    return answers.respond({"SystemTimeObject": time})


@router.post(
    "/VIID/MotorVehicles", summary="上传机动车图片 · Push vehicles with pictures", openapi_extra=_PUSHES
)
async def motor_vehicles(request: Request, runtime: Run, mandate: Connecting) -> Response:
    """Take in a push of vehicles with inline pictures; each object is answered for itself."""
    admitted = await admit(request, runtime, mandate, envelope=gat1400.PUSH)
    statuses = await receive(runtime, intake_of(request), admitted)
    return answers.batch(statuses, url=request.url.path, at=runtime.clock())


@router.post(
    "/VIID/NonMotorVehicles",
    summary="上传非机动车图片 · Push electric bicycles with pictures",
    openapi_extra=_PUSHES,
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


_METHODS = ("GET", "POST", "PUT", "DELETE")
_LATER = (
    "Images", "VideoSlices", "Files", "APEs", "APSs", "Tollgates", "Lanes", "VIIDServers",
    "Subscribes", "SubscribeNotifications",
)  # fmt: skip
for _method in _METHODS:
    for _name in _LATER:
        router.add_api_route(f"/VIID/{_name}", not_built, methods=[_method], openapi_extra=UNLISTED)
    for _name in ("Persons", "Faces"):
        router.add_api_route(f"/VIID/{_name}", private, methods=[_method], openapi_extra=UNLISTED)
        router.add_api_route(
            f"/VIID/{_name}/{{rest:path}}", private, methods=[_method], openapi_extra=UNLISTED
        )
for _method in ("GET", "PUT", "DELETE"):
    for _name in ("MotorVehicles", "NonMotorVehicles"):
        router.add_api_route(f"/VIID/{_name}", not_built, methods=[_method], openapi_extra=UNLISTED)
# Last, because the first route that fits is taken.
for _method in _METHODS:
    router.add_api_route("/VIID/{rest:path}", unknown, methods=[_method], openapi_extra=UNLISTED)


def _length(request: Request) -> int:
    """The bytes of the body, as the gateway states them."""
    length = request.headers.get("content-length", "0")
    return int(length) if length.isascii() and length.isdigit() else 0


def _failed(request: Request, error: Exception) -> Response:
    """503 where storage is away or full, because a camera may send again then; else 500 for a bug of ours."""
    runtime: EvidenceRuntime = request.app.state.runtime
    if is_storage_away(error):
        log.error("couldn't reach storage for %s: %s", request.url.path, type(error).__name__)
        refusal = Refusal(Kind.UNAVAILABLE, "STORAGE_UNAVAILABLE")
    else:
        log.error("couldn't answer %s", request.url.path, exc_info=error)
        refusal = Refusal(Kind.CONFLICT, "VIID_INTERNAL")
    return answers.refused(refusal, url=request.url.path, at=runtime.clock())


async def _refused(request: Request, refusal: Refusal) -> Response:
    runtime: EvidenceRuntime = request.app.state.runtime
    now, challenge = runtime.clock(), None
    if isinstance(refusal, Challenged):
        async with operational(runtime.db) as conn:
            nonce = await challenges.add_nonce(conn, now=now)
        challenge = digest.challenge(REALM, nonce, stale=refusal.is_stale)
    return answers.refused(refusal, url=request.url.path, at=now, challenge=challenge)
