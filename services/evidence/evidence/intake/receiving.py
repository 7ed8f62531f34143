"""A push of vehicles over GA/T 1400, from the admitted message to one status for each object.

    read ─▶ decode every picture ─▶ submissions ─▶ on record (recording.py) ─▶ statuses

Cameras do not send again reliably: an OK leaves only when bytes and record are durable (Inv. 1).
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from common.door.blobs import sha256_hex
from common.door.uow import operational
from common.policy import Action, Actor, Mandate, authorize
from common.values.errors import Kind, Refusal
from evidence.domain.capture import Flag, Picture, Submission
from evidence.intake import gat1400
from evidence.intake.accounts import Account
from evidence.intake.answers import ItemStatus, Status
from evidence.intake.door import Admitted, Intake
from evidence.intake.gat1400 import Broken, Item
from evidence.intake.images import MAX_PICTURES, Allowance, Decoders, Undecodable
from evidence.intake.recording import Delivery, record
from evidence.runtime import EvidenceRuntime
from evidence.store import quarantine
from ledger import notes

MAX_BODY: Final = 50 << 20

_DEVICE_LEVEL: Final = 3


@dataclass(frozen=True)
class _Push:
    """One push: who speaks, its objects, and in `delivery` the bytes; each picture is added as it is decoded."""

    admitted: Admitted
    items: list[Item | Broken]
    flags: frozenset[Flag]
    received_at: datetime
    delivery: Delivery
    allowance: Allowance = field(default_factory=Allowance)


async def receive(runtime: EvidenceRuntime, intake: Intake, admitted: Admitted) -> list[ItemStatus]:
    """Take in a push; called once for each. One status for each object, in the order in which they came."""
    account = admitted.account
    push = await _read(admitted)
    outcomes = [await _look_at(intake.decoders, account, push, item) for item in push.items]
    submissions = [outcome for outcome in outcomes if isinstance(outcome, Submission)]
    if submissions:
        await record(runtime, _mandate(account, admitted), push.delivery, submissions)
    elif any(isinstance(o, ItemStatus) and o.status is Status.INVALID_JSON_CONTENT for o in outcomes):
        await _quarantine(runtime, push)
    return [
        outcome if isinstance(outcome, ItemStatus) else ItemStatus(outcome.object_id, Status.OK)
        for outcome in outcomes
    ]


def _mandate(account: Account, admitted: Admitted) -> Mandate:
    """The camera or the host that speaks, for the policy and the record."""
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


async def _read(admitted: Admitted) -> _Push:
    body = await admitted.message.body()
    if len(body) > MAX_BODY:
        raise Refusal(Kind.TOO_LARGE, "BODY_TOO_LARGE", wording="push")
    vehicles = await admitted.message.vehicles()
    if not 0 < vehicles.count <= gat1400.MAX_OBJECTS:
        raise Refusal(Kind.MALFORMED, "VIID_OBJECT_COUNT", {"most": gat1400.MAX_OBJECTS})
    flags = vehicles.flags | admitted.flags
    delivery = Delivery(body, await asyncio.to_thread(sha256_hex, body))
    return _Push(admitted, vehicles.items, flags, admitted.received_at, delivery)


async def _look_at(
    decoders: Decoders, account: Account, push: _Push, item: Item | Broken
) -> Submission | ItemStatus:
    """One object with its pictures decoded; or its own refusal, while the others stand."""
    if isinstance(item, Broken):
        return ItemStatus(item.object_id, Status.INVALID_JSON_CONTENT, item.reason)
    code = item.device_code or push.admitted.default_device
    if code is None:
        return ItemStatus(item.object_id, Status.INVALID_OPERATION, "the object names no device")
    if code not in account.devices:
        return ItemStatus(item.object_id, Status.INVALID_OPERATION, "the device is not on the account's list")
    if len(item.pictures) > MAX_PICTURES:
        reason = f"an object has at most {MAX_PICTURES} pictures"
        return ItemStatus(item.object_id, Status.INVALID_JSON_CONTENT, reason)
    try:
        pictures = tuple([await _decode(decoders, push, raw) for raw in item.pictures])
    except Undecodable as error:
        return ItemStatus(item.object_id, Status.INVALID_JSON_CONTENT, str(error))
    flags = push.flags | item.flags
    if code != push.admitted.code and push.admitted.code in account.devices:
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
        body_sha256=push.delivery.body_sha256,
        transport=push.admitted.transport,
        relaxed=account.digest,
        subject=item.subject,
        passage=item.passage,
        measured=item.measured,
        violation_code=item.violation_code,
        flags=flags,
    )


async def _decode(decoders: Decoders, push: _Push, raw: gat1400.RawPicture) -> Picture:
    account = push.admitted.account.name
    decoded = await decoders.decode(raw.data, account=account, allowance=push.allowance)
    # In a thread, where hashing a picture keeps no other request waiting.
    sha256, sm3 = await asyncio.to_thread(_digests, raw.data)
    push.delivery.pictures[sha256] = raw.data
    return Picture(
        sha256=sha256,
        sm3=sm3,
        size=len(raw.data),
        media_type=decoded.media_type,
        width=decoded.width,
        height=decoded.height,
        colour=decoded.colour,
        kind=raw.kind,
        image_id=raw.image_id,
        shot_at=raw.shot_at,
        claims=raw.claims,
    )


def _digests(data: bytes) -> tuple[str, str]:
    return sha256_hex(data), notes.digest("sm3", data).hex()


async def _quarantine(runtime: EvidenceRuntime, push: _Push) -> None:
    async with operational(runtime.db) as conn:
        await quarantine.put(
            conn,
            runtime.db.secrets,
            push.admitted.account.name,
            push.admitted.code,
            sha256=push.delivery.body_sha256,
            body=push.delivery.body,
            now=push.received_at,
        )
