"""A push of vehicles, from the admitted message to captures on record: one change for one push (Inv. 1, 3).

    read ─▶ decode every picture ─▶ plan: whose is each object? ─▶ bytes on the disk, sealed ─▶ record

Cameras do not send again reliably: an OK leaves only when bytes and record are durable (Inv. 1). The bytes come
before the record and are sealed for the capture that they belong to, so the id of a capture is chosen before its row
is written.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from common.door.blobs import sha256_hex
from common.door.uow import Tx, View, change, operational, view
from common.policy import Action, Actor, Mandate, Resource, authorize
from common.values.errors import Kind, Refusal
from common.values.ids import EvidenceId
from common.values.profile import Profile
from evidence.domain.capture import Flag, Picture, Submission, content_key, duplicate, ingest
from evidence.intake import gat1400
from evidence.intake.accounts import Account
from evidence.intake.answers import ItemStatus, Status
from evidence.intake.door import Admitted, Intake, challenged
from evidence.intake.gat1400 import Broken, Item
from evidence.intake.images import Decoder, Undecodable
from evidence.runtime import EvidenceRuntime
from evidence.store import captures, pushes, quarantine
from evidence.store.sessions import Session
from ledger import notes

MAX_BODY: Final = 50 << 20

_DEVICE_LEVEL: Final = 3


@dataclass(frozen=True)
class _Push:
    """One push: its bytes, its objects, and the pictures that were decoded so far, by hash."""

    session: Session
    body: bytes
    body_sha256: str
    items: list[Item | Broken]
    flags: frozenset[Flag]
    received_at: datetime
    pictures: dict[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True)
class _Planned:
    """A submission and the capture it belongs to: one on record, or a new one under a fresh id."""

    submission: Submission
    key: str
    id: EvidenceId
    is_new: bool


class _Overtaken(Exception):
    """An equal push was recorded since this one was planned: plan again."""


async def receive(runtime: EvidenceRuntime, intake: Intake, admitted: Admitted) -> list[ItemStatus]:
    """Take in a push; called once for each. One status for each object, in the order in which they came."""
    account = await intake.accounts.find(admitted.session.account)
    if account is None:
        # The account was revoked since the session began.
        raise challenged()
    push = await _read(admitted)
    outcomes = [await _look_at(intake.decoder, account, push, item) for item in push.items]
    submissions = [outcome for outcome in outcomes if isinstance(outcome, Submission)]
    if submissions:
        mandate = _mandate(account, admitted)
        while not await _keep(runtime, mandate, push, submissions):
            continue
    elif any(isinstance(o, ItemStatus) and o.status is Status.INVALID_JSON_CONTENT for o in outcomes):
        await _quarantine(runtime, push)
    return [
        outcome if isinstance(outcome, ItemStatus) else ItemStatus(outcome.object_id, Status.OK)
        for outcome in outcomes
    ]


def _mandate(account: Account, admitted: Admitted) -> Mandate:
    """The device behind the session, for the policy and the record."""
    address, records = admitted.mandate.actor.address, admitted.mandate.records
    actor = Actor(
        sub=f"device:{account.devices[admitted.session.device_code]}",
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
    flags = vehicles.flags if admitted.named else vehicles.flags | {Flag.NO_USER_IDENTIFY}
    return _Push(admitted.session, body, sha256_hex(body), vehicles.items, flags, admitted.received_at)


async def _look_at(
    decoder: Decoder, account: Account, push: _Push, item: Item | Broken
) -> Submission | ItemStatus:
    """One object with its pictures decoded; or its own refusal, while the others stand."""
    if isinstance(item, Broken):
        return ItemStatus(item.object_id, Status.INVALID_JSON_CONTENT, item.reason)
    code = item.device_code or push.session.device_code
    if code not in account.devices:
        return ItemStatus(item.object_id, Status.INVALID_OPERATION, "the device is not on the account's list")
    try:
        pictures = tuple([await _decode(decoder, push, raw) for raw in item.pictures])
    except Undecodable as error:
        return ItemStatus(item.object_id, Status.INVALID_JSON_CONTENT, str(error))
    flags = push.flags | item.flags
    if code != push.session.device_code:
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
    decoded = await decoder.decode(raw.data)
    sha256 = sha256_hex(raw.data)
    push.pictures[sha256] = raw.data
    return Picture(
        sha256=sha256,
        sm3=notes.digest("sm3", raw.data).hex(),
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


async def _quarantine(runtime: EvidenceRuntime, push: _Push) -> None:
    async with operational(runtime.db) as conn:
        await quarantine.put(
            conn,
            runtime.db.secrets,
            push.session,
            sha256=push.body_sha256,
            body=push.body,
            now=push.received_at,
        )


# ---- keeping and recording ----------------------------------------------------------------------------


async def _keep(
    runtime: EvidenceRuntime, mandate: Mandate, push: _Push, submissions: Sequence[Submission]
) -> bool:
    """Keep the bytes, then record them; False if an equal push came in between, whose captures are then on record."""
    async with view(runtime.db, mandate) as v:
        planned = await _plan(v, submissions)
    # Durable bytes before the record that names them: a record without its picture proves nothing.
    await _store(runtime, push, planned)
    try:
        async with change(runtime.db, mandate) as tx:
            await _record(tx, planned, profile=runtime.profile)
    except _Overtaken:
        await _discard(runtime, push, planned)
        return False
    return True


async def _plan(v: View, submissions: Sequence[Submission]) -> list[_Planned]:
    """Whose each submission is. The same object twice in one push is one capture; the second says nothing new."""
    by_key = {content_key(s.account, s.object_id, s.pictures): s for s in submissions}
    known = {capture.content_key: capture.id for capture in await pushes.list_known(v, by_key)}
    return [
        _Planned(s, key, known.get(key) or EvidenceId.new(s.received_at), key not in known)
        for key, s in by_key.items()
    ]


async def _store(runtime: EvidenceRuntime, push: _Push, planned: Sequence[_Planned]) -> None:
    """Each picture for its capture; the message for all of them together, since it shows every one.

    A camera that sends again what was erased is told OK, and nothing of it is kept.
    """
    live = [item for item in planned if not runtime.db.secrets.is_erased(item.id.stream)]
    if live:
        await runtime.sealed.put(push.body, of=[item.id.stream for item in live])
    # Side by side: most of the time is waiting for the disk.
    shown = {(picture.sha256, item.id.stream) for item in live for picture in item.submission.pictures}
    puts = (runtime.sealed.put(push.pictures[sha256], of=[stream]) for sha256, stream in shown)
    await asyncio.gather(*puts)


async def _discard(runtime: EvidenceRuntime, push: _Push, planned: Sequence[_Planned]) -> None:
    """Take back what was kept for captures that never came to be."""
    for stream in [item.id.stream for item in planned if item.is_new]:
        await runtime.sealed.remove([push.body_sha256, *push.pictures], of=stream)
        await asyncio.to_thread(runtime.db.secrets.discard, stream)


async def _record(tx: Tx, planned: Sequence[_Planned], *, profile: Profile) -> None:
    """Record every submission: a new capture, a further version, or a duplicate. Raises _Overtaken."""
    await pushes.lock_keys(tx, [item.key for item in planned])
    for item in planned:
        known = await pushes.find_by_key(tx, item.key)
        if (known is None) != item.is_new:
            raise _Overtaken
        if known is None:
            await _add(tx, item, profile=profile)
        else:
            permit = tx.permit(captures.resource(known))
            fact = duplicate(known.id, item.submission, pushed_before=known.duplicate_count)
            await captures.save(tx, permit, known, fact)


async def _add(tx: Tx, planned: _Planned, *, profile: Profile) -> None:
    id, submission = planned.id, planned.submission
    permit = tx.permit(Resource(id=id, agency_id=submission.agency_id, level=captures.LEVEL))
    plate = submission.subject.plate
    fact = ingest(
        submission,
        id=id,
        earlier=await pushes.find_newest_of_object(tx, submission.account, submission.object_id),
        plate=await tx.commit_to(id, "plate", plate) if plate else None,
        drift=timedelta(seconds=profile.evidence.max_clock_drift_s),
        ingest_within=timedelta(hours=profile.limits.ingest_hours),
    )
    await captures.add(tx, permit, fact, texts=submission)
