"""The GA/T 1400 door: Register, UnRegister, Keepalive, Time, MotorVehicles (§A.1-A.5).

    authenticate ─▶ parse ─▶ decode every picture ─▶ bytes on disk, sealed ─▶ one change ─▶ the answer

Cameras do not send again reliably: an OK leaves only when bytes and record are durable (Inv. 1). Nothing
here answers with a problem document: a camera reads ResponseStatusObject or nothing.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException

from common.calls.tokens import AuthError
from common.door.blobs import sha256_hex
from common.door.uow import change, operational, view
from common.policy import Action, Mandate, authorize
from common.values.errors import Kind, Refusal
from common.web.auth import Allow
from common.web.openapi import UNLISTED, takes
from evidence.domain.capture import Flag, Picture, Submission
from evidence.intake import answers, digest, gat1400, session
from evidence.intake.accounts import Account
from evidence.intake.answers import ItemStatus, Status
from evidence.intake.door import REALM, account_of, begin, device_actor, intake_of, parsed, prove, speaking_of
from evidence.intake.images import Decoder, Undecodable
from evidence.intake.ingest import Overtaken, Planned, plan, take_in
from evidence.intake.session import Session
from evidence.runtime import EvidenceRuntime, Run
from ledger import notes

log = logging.getLogger(__name__)

SERVER_ID = "32010000005030000001"
MAX_BODY = 50 << 20


class ViidRoute(APIRoute):
    """A route whose every answer, refusals and our own bugs included, is in the protocol."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def answered(request: Request) -> Response:
            try:
                return await handle(request)
            except AuthError:
                raise
            except Refusal as refusal:
                return await _refused(request, refusal)
            except HTTPException as error:
                kind = Kind.TOO_LARGE if error.status_code == 413 else Kind.MALFORMED
                return await _refused(request, Refusal(kind, "VIID_REQUEST", "The request cannot be read."))
            except Exception:
                log.exception("couldn't answer %s", request.url.path)
                runtime: EvidenceRuntime = request.app.state.runtime
                broken = Refusal(Kind.CONFLICT, "VIID_INTERNAL", "An error of ours; nothing was stored.")
                return answers.refused(broken, url=request.url.path, at=runtime.clock())

        return answered


_IN_PROTOCOL: dict[str, Any] = {"content": {"application/VIID+JSON": {"schema": {"type": "object"}}}}
router = APIRouter(
    route_class=ViidRoute,
    default_response_class=Response,
    responses=dict.fromkeys((200, 400, 401, 403, 404, 409, 413, 429, 501, 503), _IN_PROTOCOL),
)
_PUSHES = takes("application/VIID+JSON")
Connecting = Annotated[Mandate, Depends(Allow(Action.CAPTURE_CONNECT, keyed=False))]


@router.post("/VIID/System/Register", summary="设备注册 · Register a camera session", openapi_extra=_PUSHES)
async def register(request: Request, runtime: Run, mandate: Connecting) -> Response:
    """Prove an account by Digest, name a device of it, and have a session from this address."""
    account = await prove(request, runtime, mandate)
    begun = await begin(request, runtime, mandate, account, envelope="RegisterObject")
    return answers.one(begun.device_code, url=request.url.path, at=runtime.clock())


@router.post("/VIID/System/Keepalive", summary="保活 · A sign of life")
@router.get("/VIID/System/Keepalive", summary="保活 · A sign of life")
async def keepalive(request: Request, runtime: Run, mandate: Connecting) -> Response:
    """A sign of life; without a session the challenge, upon which cameras register again."""
    speaking = await speaking_of(request, runtime, mandate, envelope="KeepaliveObject")
    return answers.one(speaking.device_code, url=request.url.path, at=runtime.clock())


@router.post("/VIID/System/UnRegister", summary="注销 · End the session")
@router.post("/VIID/System/Unregister", summary="注销 · End the session")
async def unregister(request: Request, runtime: Run, mandate: Connecting) -> Response:
    """End the session."""
    speaking = await speaking_of(request, runtime, mandate, envelope="UnRegisterObject")
    async with operational(runtime.db) as conn:
        await session.end(conn, speaking)
    return answers.one(speaking.device_code, url=request.url.path, at=runtime.clock())


@router.get("/VIID/System/Time", summary="校时 · The time of the platform")
async def system_time(runtime: Run, mandate: Connecting) -> Response:
    """Our time, by which a camera sets its clock; anyone may ask."""
    told = {
        "VIIDServerID": SERVER_ID,
        "TimeMode": "1",
        "LocalTime": answers.local_time(runtime.clock()),
        "TimeZone": "UTC/GMT+08:00",
    }
    return answers.respond({"SystemTimeObject": told})


@router.post(
    "/VIID/MotorVehicles", summary="上传机动车图片 · Push vehicles with pictures", openapi_extra=_PUSHES
)
async def motor_vehicles(request: Request, runtime: Run, mandate: Connecting) -> Response:
    """Take in a push of vehicles with inline pictures; each object is answered for itself."""
    received_at = runtime.clock()
    speaking = await speaking_of(request, runtime, mandate, envelope="MotorVehicleListObject")
    account = await account_of(request, speaking.account)
    push = await _read(request, speaking, received_at)
    read = [await _look_at(request, account, push, item) for item in push.items]
    submissions = [item for item in read if isinstance(item, Submission)]
    if submissions:
        actor = device_actor(account, speaking, mandate.actor.address)
        pushing = authorize(actor, Action.CAPTURE_PUSH, records=mandate.records)
        while not await _taken_in(runtime, pushing, push, submissions):
            continue
    elif any(item.status is Status.INVALID_JSON_CONTENT for item in read if isinstance(item, ItemStatus)):
        async with operational(runtime.db) as conn:
            await session.quarantine(
                conn,
                runtime.db.secrets,
                speaking,
                sha256=push.body_sha256,
                body=push.body,
                now=received_at,
            )
    told = [item if isinstance(item, ItemStatus) else ItemStatus(item.object_id, Status.OK) for item in read]
    return answers.batch(told, url=request.url.path, at=runtime.clock())


async def not_built(request: Request, runtime: Run, mandate: Connecting) -> Response:
    """A resource of the protocol that is not there yet."""
    raise Refusal(Kind.NOT_BUILT, "NOT_BUILT", "This resource of GA/T 1400 is not built yet.")


async def private(request: Request, runtime: Run, mandate: Connecting) -> Response:
    """Faces and persons are not taken: no rule of this platform needs them (PIPL 6, 28)."""
    raise Refusal(Kind.FORBIDDEN, "VIID_PERSONS_REFUSED", "Faces and persons are not accepted.")


async def unknown(request: Request, runtime: Run, mandate: Connecting) -> Response:
    """Anything else a camera tries; logged, so that operators see it."""
    log.warning(
        "couldn't answer a camera at %s: %s %s", mandate.actor.address, request.method, request.url.path[:80]
    )
    raise Refusal(Kind.NOT_FOUND, "NOT_FOUND", "There is no such resource.")


_METHODS = ("GET", "POST", "PUT", "DELETE")
_LATER = (
    "NonMotorVehicles", "Images", "VideoSlices", "Files", "APEs", "APSs", "Tollgates", "Lanes", "VIIDServers",
    "Subscribes", "SubscribeNotifications",
)  # fmt: skip
for _method in _METHODS:
    for _name in _LATER:
        router.add_api_route(f"/VIID/{_name}", not_built, methods=[_method], openapi_extra=UNLISTED)
    for _name in ("Persons", "Faces"):
        router.add_api_route(f"/VIID/{_name}", private, methods=[_method], openapi_extra=UNLISTED)
for _method in ("GET", "PUT", "DELETE"):
    router.add_api_route("/VIID/MotorVehicles", not_built, methods=[_method], openapi_extra=UNLISTED)
# Last, because the first route that fits is taken.
for _method in _METHODS:
    router.add_api_route("/VIID/{rest:path}", unknown, methods=[_method], openapi_extra=UNLISTED)


# ---- what was pushed ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Push:
    """One request: its bytes, its objects, and the pictures that were decoded, by hash."""

    body: bytes
    body_sha256: str
    speaking: Session
    items: list[gat1400.Item | gat1400.Broken]
    flags: frozenset[Flag]
    received_at: datetime
    pictures: dict[str, bytes] = field(default_factory=dict)


async def _read(request: Request, speaking: Session, received_at: datetime) -> _Push:
    body = await request.body()
    if len(body) > MAX_BODY:
        raise Refusal(Kind.TOO_LARGE, "BODY_TOO_LARGE", "A push has at most 50 MiB.")
    document, flags = await parsed(body)
    try:
        objects, more = gat1400.vehicles(document)
    except gat1400.Unreadable as error:
        raise Refusal(Kind.MALFORMED, "VIID_NO_ENVELOPE", str(error)) from None
    if not 0 < len(objects) <= gat1400.MAX_OBJECTS:
        raise Refusal(
            Kind.MALFORMED, "VIID_OBJECT_COUNT", f"A push holds 1 to {gat1400.MAX_OBJECTS} objects."
        )
    items = await asyncio.to_thread(lambda: [gat1400.parse(thing) for thing in objects])
    if request.headers.get("user-identify") is None:
        flags |= {Flag.NO_USER_IDENTIFY}
    return _Push(body, sha256_hex(body), speaking, items, flags | more, received_at)


async def _look_at(
    request: Request, account: Account, push: _Push, item: gat1400.Item | gat1400.Broken
) -> Submission | ItemStatus:
    """One object, decoded; or its own refusal, while the others stand."""
    if isinstance(item, gat1400.Broken):
        return ItemStatus(item.object_id, Status.INVALID_JSON_CONTENT, item.reason)
    code = item.device_code or push.speaking.device_code
    if code not in account.devices:
        return ItemStatus(item.object_id, Status.INVALID_OPERATION, "the device is not on the account's list")
    try:
        pictures = tuple([await _decode(intake_of(request).decoder, push, raw) for raw in item.pictures])
    except Undecodable as error:
        return ItemStatus(item.object_id, Status.INVALID_JSON_CONTENT, str(error))
    flags = push.flags | item.flags
    if code != push.speaking.device_code:
        flags |= {Flag.DEVICE_ID_DIFFERS}
    return Submission(
        account=account.name,
        agency_id=account.agency_id,
        device_id=account.devices[code],
        device_code=code,
        object_id=item.object_id,
        pictures=pictures,
        times=item.times,
        received_at=push.received_at,
        body_sha256=push.body_sha256,
        subject=item.subject,
        violation_code=item.violation_code,
        flags=flags,
    )


async def _decode(decoder: Decoder, push: _Push, raw: gat1400.RawPicture) -> Picture:
    found = await decoder.decode(raw.data)
    sha256 = sha256_hex(raw.data)
    push.pictures[sha256] = raw.data
    return Picture(
        sha256=sha256,
        sm3=notes.digest("sm3", raw.data).hex(),
        size=len(raw.data),
        media_type=found.media_type,
        width=found.width,
        height=found.height,
        colour=found.colour,
        kind=raw.kind,
        image_id=raw.image_id,
        shot_at=raw.shot_at,
        claims=raw.claims,
    )


async def _taken_in(
    runtime: EvidenceRuntime, pushing: Mandate, push: _Push, submissions: list[Submission]
) -> bool:
    """Keep the bytes, then record them; False if an equal push came in between, which is then known."""
    async with view(runtime.db, pushing) as v:
        planned = await plan(v, submissions)
    # Durable bytes before the record that names them: a record without its picture proves nothing.
    await _keep(runtime, push, planned)
    try:
        async with change(runtime.db, pushing) as tx:
            await take_in(tx, planned, profile=runtime.profile)
    except Overtaken:
        await _discard(runtime, push, planned)
        return False
    return True


async def _keep(runtime: EvidenceRuntime, push: _Push, planned: list[Planned]) -> None:
    """Each picture for its capture; the message for all of them together, since it shows every one.

    A camera that sends again what was erased is told OK, and nothing of it is kept.
    """
    sealed, secrets = runtime.sealed, runtime.db.secrets
    live = [item for item in planned if not secrets.is_erased(item.id.stream)]
    if live:
        await sealed.put(push.body, of=[item.id.stream for item in live])
    # Side by side: most of it is waiting for the disk.
    shown = {(picture.sha256, item.id.stream) for item in live for picture in item.submission.pictures}
    await asyncio.gather(*(sealed.put(push.pictures[sha256], of=[stream]) for sha256, stream in shown))


async def _discard(runtime: EvidenceRuntime, push: _Push, planned: list[Planned]) -> None:
    """Take back what was kept for captures that never came to be."""
    for stream in [item.id.stream for item in planned if item.is_new]:
        await runtime.sealed.remove([push.body_sha256, *push.pictures], of=stream)
        await asyncio.to_thread(runtime.db.secrets.discard, stream)


async def _refused(request: Request, refusal: Refusal) -> Response:
    runtime: EvidenceRuntime = request.app.state.runtime
    now, challenge = runtime.clock(), None
    if refusal.code == answers.DIGEST_REQUIRED:
        async with operational(runtime.db) as conn:
            challenge = digest.challenge(REALM, await session.new_nonce(conn, now=now))
    return answers.refused(refusal, url=request.url.path, at=now, challenge=challenge)
