"""A push of vehicles over GA/T 1400, from the admitted message to one status for each object.

    read ─▶ decode every picture ─▶ submissions ─▶ on record (recording.py) ─▶ statuses
        └─▶ pictures that are elsewhere ─▶ on hold (holding.py) ───────────────┘

Cameras do not send again reliably: an OK leaves only when bytes and record are durable (Inv. 1).
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from common.door.uow import operational
from common.policy import Action, Actor, Mandate, authorize
from common.values.errors import Kind, Refusal
from common.web.viid import Status
from evidence.domain.capture import Flag, Picture, Submission, Transport
from evidence.intake import gat1400
from evidence.intake.answers import ItemStatus, of_item
from evidence.intake.door import Admitted, Intake
from evidence.intake.gat1400 import MOTOR_VEHICLE, Broken, Item, Sort
from evidence.intake.holding import Waiting, awaited, hold
from evidence.intake.images import MAX_PICTURES, MAX_PIXELS_OF_PUSH, Allowance, Decoders, Spent, Undecodable
from evidence.intake.nested import Group, Shape, groups_of, items_of
from evidence.intake.recording import Delivery, record
from evidence.intake.seeing import see
from evidence.intake.verdict import signature_of
from evidence.runtime import EvidenceRuntime
from evidence.store import quarantine, rejects
from evidence.store.rejects import Sender

log = logging.getLogger(__name__)

MAX_BODY: Final = 50 << 20
BROKEN_PICTURE: Final = "VIID_ITEM_BROKEN_PICTURE"

_DEVICE_LEVEL: Final = 3


@dataclass(frozen=True)
class Push:
    """One push: who speaks, its objects, and in `delivery` the bytes; each picture is added as it is decoded.

    `shape` says which message it is, so that its objects are found in it again when their last pictures have come.
    """

    admitted: Admitted
    items: list[Item | Broken]
    flags: frozenset[Flag]
    received_at: datetime
    delivery: Delivery
    shape: Shape = Shape.VEHICLES
    allowance: Allowance = field(default_factory=Allowance)


async def receive(
    runtime: EvidenceRuntime, intake: Intake, admitted: Admitted, sort: Sort = MOTOR_VEHICLE
) -> list[ItemStatus]:
    """Take in a push; called once for each. One status for each object, in the order in which they came.

    Refusal MALFORMED or TOO_LARGE where nothing of it can be read: then it is counted, and kept for the operator.
    """
    try:
        push = await _read(admitted, sort)
    except Refusal as refusal:
        await set_aside(runtime, admitted, {refusal.code: 1})
        raise
    return await take(runtime, intake, push)


async def take(runtime: EvidenceRuntime, intake: Intake, push: Push) -> list[ItemStatus]:
    """Take in the objects of any message. An OK is durable: a capture on record, or an object on hold."""
    outcomes = [await look_at(intake, push, item, place=n) for n, item in enumerate(push.items)]
    waiting = [outcome for outcome in outcomes if isinstance(outcome, Waiting)]
    if waiting:
        await hold(runtime, push.delivery, push.admitted, waiting, shape=push.shape, flags=push.flags)
    submissions = [outcome for outcome in outcomes if isinstance(outcome, Submission)]
    if submissions:
        await record(runtime, mandate_of(push.admitted), push.delivery, submissions)
    await _count(runtime, push.admitted, outcomes)
    return [
        outcome if isinstance(outcome, ItemStatus) else ItemStatus(outcome.object_id, Status.OK)
        for outcome in outcomes
    ]


def mandate_of(admitted: Admitted) -> Mandate:
    """The camera or the host that speaks, for the policy and the record."""
    account = admitted.account
    address, records = admitted.mandate.actor.address, admitted.mandate.records
    device_id = account.devices.get(admitted.code)
    actor = Actor(
        sub=f"device:{device_id}" if device_id else f"host:{account.name}",
        kind="device",
        agency_id=account.agency_id,
        level=_DEVICE_LEVEL,
        visible=frozenset({account.agency_id}),
        address=address,
    )
    return authorize(actor, Action.CAPTURE_PUSH, records=records)


# ---- reading ------------------------------------------------------------------------------------------


async def body_of(admitted: Admitted) -> bytes:
    """The exact bytes of the message. Refusal TOO_LARGE."""
    body = await admitted.message.body()
    if len(body) > MAX_BODY:
        raise Refusal(Kind.TOO_LARGE, "BODY_TOO_LARGE", wording="push")
    return body


async def push_of(runtime: EvidenceRuntime, admitted: Admitted, shape: Shape) -> tuple[list[Group], Push]:
    """The groups of a message that holds vehicles inside other objects, and all its vehicles as one push.

    Refusal as of `receive`.
    """
    try:
        body = await body_of(admitted)
        document, odd = await admitted.message.document()
        groups = await asyncio.to_thread(groups_of, document, shape)
        count = max(len(groups), sum(len(group.vehicles) for group in groups))
        if not 0 < count <= gat1400.MAX_OBJECTS:
            raise Refusal(Kind.MALFORMED, "VIID_OBJECT_COUNT", {"most": gat1400.MAX_OBJECTS})
        items = await asyncio.to_thread(items_of, document, shape)
    except Refusal as refusal:
        await set_aside(runtime, admitted, {refusal.code: 1})
        raise
    delivery = Delivery(body, await admitted.message.sha256())
    return groups, Push(admitted, items, odd | admitted.flags, admitted.received_at, delivery, shape)


async def _read(admitted: Admitted, sort: Sort) -> Push:
    body = await body_of(admitted)
    vehicles = await admitted.message.vehicles(sort)
    if not 0 < vehicles.count <= gat1400.MAX_OBJECTS:
        raise Refusal(Kind.MALFORMED, "VIID_OBJECT_COUNT", {"most": gat1400.MAX_OBJECTS})
    flags = vehicles.flags | admitted.flags
    delivery = Delivery(body, await admitted.message.sha256())
    shape = Shape.VEHICLES if sort == MOTOR_VEHICLE else Shape.CYCLES
    return Push(admitted, vehicles.items, flags, admitted.received_at, delivery, shape)


async def look_at(
    intake: Intake, push: Push, item: Item | Broken, *, place: int = 0
) -> Submission | Waiting | ItemStatus:
    """One object with its pictures decoded; or waiting for some; or its own refusal, while the others stand."""
    account = push.admitted.account
    if isinstance(item, Broken):
        return of_item(item.object_id, item.refusal)
    code = item.device_code or push.admitted.default_device
    if code is None:
        return of_item(item.object_id, Refusal(Kind.FORBIDDEN, "VIID_ITEM_NO_DEVICE"))
    if code not in account.devices:
        return of_item(item.object_id, Refusal(Kind.FORBIDDEN, "VIID_DEVICE_NOT_LISTED"))
    parts = awaited(item, account.media_hosts, shape=push.shape)
    if len(item.pictures) + len(parts) > MAX_PICTURES:
        return of_item(
            item.object_id, Refusal(Kind.INVALID, "VIID_ITEM_TOO_MANY_PICTURES", {"most": MAX_PICTURES})
        )
    if parts:
        return Waiting(place, item, code, parts)
    if not item.pictures:
        return of_item(item.object_id, Refusal(Kind.FORBIDDEN, "VIID_ITEM_BY_URL"))
    try:
        seen = await _decode_all(intake.decoders, push, item)
    except Spent:
        # Nobody looked at this picture, so it is not known to be broken: the object does not stand without it.
        return of_item(
            item.object_id, Refusal(Kind.INVALID, "VIID_ITEM_TOO_MANY_PIXELS", {"most": MAX_PIXELS_OF_PUSH})
        )
    if not seen.pictures:
        refusal = Refusal(Kind.INVALID, "VIID_ITEM_BROKEN_PICTURE")
        return replace(of_item(item.object_id, refusal), reason=seen.fault)
    flags = push.flags | item.flags | seen.flags
    if code != push.admitted.code and push.admitted.code in account.devices:
        flags |= {Flag.DEVICE_ID_DIFFERS}
    pictures = tuple(seen.pictures)
    verdict = await signature_of(
        intake.keys,
        account,
        item,
        code,
        pictures,
        received_at=push.received_at,
        is_vouched=push.admitted.transport is Transport.MUTUAL_TLS or (account.digest and intake.relaxes),
    )
    return Submission(
        account=account.name,
        agency_id=account.agency_id,
        device_id=account.devices[code],
        device_code=code,
        object_id=item.object_id,
        pictures=verdict.pictures,
        times=verdict.times,
        received_at=push.received_at,
        body_sha256=push.delivery.body_sha256,
        transport=Transport.SIGNED if verdict.is_proved else push.admitted.transport,
        relaxed=account.digest,
        subject=verdict.words.subject,
        passage=verdict.words.passage,
        measured=verdict.words.measured,
        violation_code=verdict.words.violation_code,
        flags=flags | verdict.flags,
        signed=verdict.signed,
    )


@dataclass
class _Seen:
    """The pictures of one object that could be decoded, their oddities, and why the first of the others could not."""

    pictures: list[Picture]
    flags: frozenset[Flag] = frozenset()
    fault: str = ""


async def _decode_all(decoders: Decoders, push: Push, item: Item) -> _Seen:
    """One picture that cannot be decoded does not take the good ones with it: the message keeps its bytes."""
    seen = _Seen([])
    for raw in item.pictures:
        try:
            picture, flags = await _decode(decoders, push, raw)
        except Spent:
            raise
        except Undecodable as error:
            seen.flags |= {Flag.PICTURE_BROKEN}
            seen.fault = seen.fault or str(error)
        else:
            seen.pictures.append(picture)
            seen.flags |= flags
    return seen


async def _decode(decoders: Decoders, push: Push, raw: gat1400.RawPicture) -> tuple[Picture, frozenset[Flag]]:
    account = push.admitted.account.name
    picture, flags = await see(decoders, raw.data, account=account, allowance=push.allowance)
    push.delivery.pictures[picture.sha256] = raw.data
    claimed = replace(picture, kind=raw.kind, image_id=raw.image_id, shot_at=raw.shot_at, claims=raw.claims)
    return claimed, flags


# ---- what could not be taken in -----------------------------------------------------------------------


async def _count(
    runtime: EvidenceRuntime, admitted: Admitted, outcomes: list[Submission | Waiting | ItemStatus]
) -> None:
    """Count refused objects and broken pictures; keep a push of which nothing could be read."""
    reasons = Counter(outcome.code for outcome in outcomes if isinstance(outcome, ItemStatus))
    reasons[BROKEN_PICTURE] += sum(
        Flag.PICTURE_BROKEN in outcome.flags for outcome in outcomes if isinstance(outcome, Submission)
    )
    unread = {o.status for o in outcomes if isinstance(o, ItemStatus)} & {Status.INVALID_JSON_CONTENT}
    keep = bool(unread) and not any(isinstance(outcome, Submission | Waiting) for outcome in outcomes)
    if reasons := +reasons:
        await set_aside(runtime, admitted, reasons, keep=keep)


async def set_aside(
    runtime: EvidenceRuntime, admitted: Admitted, reasons: Mapping[str, int], *, keep: bool = True
) -> None:
    """Count what was refused to this sender, and with `keep` seal the whole message for the operator."""
    body, account = await admitted.message.body(), admitted.account
    sender = Sender(account.name, admitted.code, account.agency_id)
    sha256 = await admitted.message.sha256()
    async with operational(runtime.db) as conn:
        await rejects.count(conn, sender, reasons, now=admitted.received_at)
    if keep and 0 < len(body) <= MAX_BODY:
        # Not kept beyond the bounds: the sender hears the refusal in either case.
        await quarantine.put(
            runtime.db,
            account.name,
            admitted.code,
            sha256=sha256,
            body=body,
            reason=next(iter(reasons)),
            now=admitted.received_at,
        )
    log.warning(
        "couldn't take in all of a push of account %s for %s: %s; %d bytes, SHA-256 %s",
        account.name,
        admitted.code,
        ", ".join(f"{n} × {reason}" for reason, n in reasons.items()),
        len(body),
        sha256,
    )
