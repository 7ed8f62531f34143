"""The way in for plate cameras over ISAPI: a secret address, good from the camera's own network alone.

    /isapi/<token> ──▶ whose? from its network? ──no──▶ 404, the same for both
                            └──▶ body ──▶ event and pictures ──▶ on record, or kept for the operator ──▶ 200 OK

Most cameras never send again, whatever they are answered, so OK is answered only when the bytes are kept: 503 where
they are not. What stands in the address is a secret: it enters no log, no record and no answer.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request, Response

from common.door.blobs import sha256_hex
from common.door.uow import operational
from common.policy import Action, Actor, Mandate, authorize, not_found
from common.values.errors import Kind, Refusal
from common.web.auth import ADMITTED_HEADER, ASKED, Allow
from common.web.openapi import UNLISTED, refuses, sends
from evidence.domain.capture import Flag, Picture, Submission, Times, Transport, captured_at
from evidence.domain.signing import Words
from evidence.intake import gat1400, isapi
from evidence.intake.accounts import Account
from evidence.intake.door import Intake, intake_of
from evidence.intake.images import MAX_PICTURES, Allowance, Spent, Undecodable
from evidence.intake.multipart import Part, parts_of
from evidence.intake.protocol import length_of
from evidence.intake.receiving import BROKEN_PICTURE, MAX_BODY
from evidence.intake.recording import Delivery, record
from evidence.intake.seeing import see
from evidence.intake.signing import Carried, Proof, prove
from evidence.intake.verdict import judge
from evidence.runtime import EvidenceRuntime, Run
from evidence.store import quarantine, rejects
from evidence.store.rejects import Sender

log = logging.getLogger(__name__)

router = APIRouter()
Connecting = Annotated[Mandate, Depends(Allow(Action.CAPTURE_CONNECT, keyed=False))]

_LEVEL: Final = 3
_OK: Final = sends("text/plain") | refuses(Kind.TOO_LARGE)


@router.post("/isapi/{token}", summary="海康 ISAPI 抓拍 · Push an event over ISAPI", responses=_OK)
async def push_event(token: str, request: Request, runtime: Run, mandate: Connecting) -> Response:
    """One event with its pictures, as multipart. Signs of life and other events are answered and not kept."""
    return await _received(token, request, runtime, mandate)


@router.post(
    "/isapi/{token}/{rest:path}",
    summary="海康 ISAPI 抓拍 · Push an event over ISAPI",
    responses=_OK,
    openapi_extra=UNLISTED,
)
async def push_event_below(
    token: str, rest: str, request: Request, runtime: Run, mandate: Connecting
) -> Response:
    """As above: some firmware adds a path of its own."""
    return await _received(token, request, runtime, mandate)


async def _received(token: str, request: Request, runtime: EvidenceRuntime, mandate: Mandate) -> Response:
    intake = intake_of(request)
    account = await intake.accounts.find_addressed(token, address=mandate.actor.address or "-")
    if account is None:
        raise not_found("such address")
    if mandate.actor.admission == ASKED:
        # The gateway brings the body now.
        return Response(status_code=204, headers={ADMITTED_HEADER: "address"})
    async with intake.budget.room(length_of(request)):
        return await _answered(account, request, runtime, mandate)


async def _answered(
    account: Account, request: Request, runtime: EvidenceRuntime, mandate: Mandate
) -> Response:
    body = await request.body()
    if len(body) > MAX_BODY:
        raise Refusal(Kind.TOO_LARGE, "BODY_TOO_LARGE", wording="push")
    delivery = Delivery(body, await asyncio.to_thread(sha256_hex, body))
    kept_for = await _take_in(request, runtime, mandate, account, delivery)
    if kept_for is not None:
        await _keep_apart(runtime, account, delivery, kept_for)
    return Response("OK", media_type="text/plain")


async def _take_in(
    request: Request, runtime: EvidenceRuntime, mandate: Mandate, account: Account, delivery: Delivery
) -> str | None:
    """Put the event on record; or the code of the reason why its bytes must be kept for the operator instead.

    What is busy or away now will not be asked again: the camera never comes back with this event.
    """
    intake = intake_of(request)
    try:
        parts = await asyncio.to_thread(parts_of, delivery.body, request.headers.get("content-type", ""))
        event, raw = await asyncio.to_thread(isapi.read, parts, delivery.body_sha256)
    except ValueError as error:
        return error.code if isinstance(error, isapi.Unreadable) else "EVD_ISAPI_UNREADABLE"
    if not event.is_capture:
        return None
    try:
        pictures, flags = await _pictures(intake, account, delivery, raw)
        if not pictures:
            return "EVD_PICTURE_UNREADABLE"
        submission = await _submission(runtime, intake, account, event, pictures, flags, delivery, parts)
        await record(runtime, _device(account, mandate), delivery, [submission])
    except isapi.Unreadable as error:
        return error.code
    except Refusal as refusal:
        if refusal.kind is not Kind.UNAVAILABLE:
            raise
        return refusal.code
    if Flag.PICTURE_BROKEN in flags:
        await _count(runtime, account, BROKEN_PICTURE)
    return None


async def _pictures(
    intake: Intake, account: Account, delivery: Delivery, raw: list[tuple[str, bytes]]
) -> tuple[tuple[Picture, ...], frozenset[Flag]]:
    """The pictures that can be decoded: a broken one does not take the good ones with it, the body keeps its bytes.

    Raises Unreadable for more pictures or pixels than are looked at: no capture stands without a picture that nobody
    looked at.
    """
    if len(raw) > MAX_PICTURES:
        raise isapi.Unreadable("too many pictures", "VIID_ITEM_TOO_MANY_PICTURES")
    allowance, pictures, flags = Allowance(), list[Picture](), set[Flag]()
    for kind, data in raw:
        try:
            picture, odd = await see(intake.decoders, data, account=account.name, allowance=allowance)
        except Spent:
            raise isapi.Unreadable("too many pixels", "VIID_ITEM_TOO_MANY_PIXELS") from None
        except Undecodable:
            flags.add(Flag.PICTURE_BROKEN)
            continue
        flags |= odd
        delivery.pictures[picture.sha256] = data
        pictures.append(replace(picture, kind=kind))
    return tuple(pictures), frozenset(flags)


async def _submission(
    runtime: EvidenceRuntime,
    intake: Intake,
    account: Account,
    event: isapi.Event,
    pictures: tuple[Picture, ...],
    flags: frozenset[Flag],
    delivery: Delivery,
    parts: list[Part],
) -> Submission:
    code, device_id = next(iter(account.devices.items()))
    subject, odd = gat1400.subject_with_flags(event.plate, event.plate_color, event.plate_class)
    times, received_at = Times(passed_at=event.passed_at), runtime.clock()
    words = Words(
        code,
        event.uuid,
        captured_at(times, pictures, received_at)[0],
        subject,
        event.passage,
        event.measured,
        None,
    )
    proof = await _signed(intake, account, parts, code)
    verdict = judge(
        proof,
        words=words,
        pictures=pictures,
        times=times,
        received_at=received_at,
        is_vouched=account.digest and intake.relaxes,
    )
    return Submission(
        account=account.name,
        agency_id=account.agency_id,
        device_id=device_id,
        device_code=code,
        object_id=event.uuid,
        pictures=verdict.pictures,
        times=verdict.times,
        received_at=received_at,
        body_sha256=delivery.body_sha256,
        transport=Transport.SIGNED if verdict.is_proved else Transport.ADDRESS,
        relaxed=account.digest,
        subject=verdict.words.subject,
        passage=verdict.words.passage,
        measured=verdict.words.measured,
        flags=event.flags | flags | odd | verdict.flags,
        signed=verdict.signed,
    )


async def _signed(intake: Intake, account: Account, parts: list[Part], code: str) -> Proof | Flag | None:
    """The parts manifest.json and manifest.sig, where the camera or a gateway beside it adds them."""
    named = {part.filename or part.name: part.data for part in parts}
    manifest, signature = named.get("manifest.json"), named.get("manifest.sig")
    if manifest is None and signature is None:
        return Flag.SIG_MISSING if code in account.signing else None
    carried = Carried.of_bytes(manifest or b"", signature or b"")
    return await prove(intake.keys, carried, device_id=account.devices[code])


def _device(account: Account, mandate: Mandate) -> Mandate:
    actor = Actor(
        sub=f"device:{next(iter(account.devices.values()))}",
        kind="device",
        agency_id=account.agency_id,
        level=_LEVEL,
        visible=frozenset({account.agency_id}),
        address=mandate.actor.address,
    )
    return authorize(actor, Action.CAPTURE_PUSH, records=mandate.records)


async def _keep_apart(runtime: EvidenceRuntime, account: Account, delivery: Delivery, reason: str) -> None:
    """Count the event and keep its bytes for the operator. Refusal UNAVAILABLE where there is no room for them."""
    await _count(runtime, account, reason)
    is_kept = await quarantine.put(
        runtime.db,
        account.name,
        account.own_code,
        sha256=delivery.body_sha256,
        body=delivery.body,
        reason=reason,
        now=runtime.clock(),
    )
    log.warning(
        "couldn't take in an event of account %s for %s: %s; %d bytes, SHA-256 %s, %s",
        account.name,
        account.own_code,
        reason,
        len(delivery.body),
        delivery.body_sha256,
        "kept apart" if is_kept else "not kept",
    )
    if not is_kept:
        raise Refusal(Kind.UNAVAILABLE, "EVD_QUARANTINE_FULL")


async def _count(runtime: EvidenceRuntime, account: Account, reason: str) -> None:
    sender = Sender(account.name, account.own_code, account.agency_id)
    async with operational(runtime.db) as conn:
        await rejects.count(conn, sender, {reason: 1}, now=runtime.clock())
