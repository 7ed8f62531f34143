"""Submissions of one delivery on record, whatever the protocol: one change for all of them (Inv. 1, 3).

    plan: whose is each submission? ─▶ bytes on the disk, sealed ─▶ record: is each still whose we planned?

The bytes come before the record, because a record without its picture proves nothing. They are sealed for the capture
that they belong to, so the id of a capture is chosen before its row is written.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from common.door.sealed import Unsealed
from common.door.uow import Tx, change
from common.policy import Mandate, Resource
from common.values.ids import EvidenceId
from common.values.profile import Profile
from evidence.domain.capture import Submission, duplicate, ingest
from evidence.domain.transport import quarantine
from evidence.runtime import EvidenceRuntime
from evidence.store import captures, pushes, sequences


@dataclass(frozen=True)
class Delivery:
    """The bytes of one push: its message, and the pictures in it by their SHA-256 in hex."""

    body: bytes
    body_sha256: str
    pictures: dict[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True)
class _Planned:
    """A submission and the capture it belongs to: one on record, or a new one under a fresh id."""

    submission: Submission
    key: str
    id: EvidenceId
    is_new: bool


class _Overtaken(Exception):
    """An equal submission was recorded since this one was planned: plan again."""


async def record(
    runtime: EvidenceRuntime, mandate: Mandate, delivery: Delivery, submissions: Sequence[Submission]
) -> None:
    """Keep the bytes of `delivery`, then record each submission. Everything is durable on return."""
    while True:
        planned = await _plan(runtime, mandate, submissions)
        await _store(runtime, delivery, planned)
        try:
            async with change(runtime.db, mandate) as tx:
                await _record(tx, planned, profile=runtime.profile)
            return
        except _Overtaken:
            await _discard(runtime, delivery, planned)


async def _plan(
    runtime: EvidenceRuntime, mandate: Mandate, submissions: Sequence[Submission]
) -> list[_Planned]:
    """Whose each submission is. The same object twice in one delivery is one capture."""
    by_key = {s.content_key: s for s in submissions}
    known = {each.content_key: each.id for each in await pushes.list_known(runtime.db, mandate, by_key)}
    return [
        _Planned(s, key, known.get(key) or EvidenceId.new(s.received_at), key not in known)
        for key, s in by_key.items()
    ]


async def _store(runtime: EvidenceRuntime, delivery: Delivery, planned: Sequence[_Planned]) -> None:
    """Each picture for its capture; the message for all of them together, since it shows every one.

    A camera that sends again what was erased is told OK, and nothing of it is kept.
    """
    live = [item for item in planned if not runtime.db.secrets.is_erased(item.id.stream)]
    if not live:
        return
    shown = {(picture.sha256, item.id.stream) for item in live for picture in item.submission.pictures}
    streams = tuple(sorted({item.id.stream for item in live}))
    pictures = [Unsealed(delivery.pictures[sha256], (stream,), sha256) for sha256, stream in sorted(shown)]
    await runtime.sealed.put_all([Unsealed(delivery.body, streams, delivery.body_sha256), *pictures])


async def _discard(runtime: EvidenceRuntime, delivery: Delivery, planned: Sequence[_Planned]) -> None:
    """Take back what was kept for captures that never came to be."""
    for stream in [item.id.stream for item in planned if item.is_new]:
        await runtime.sealed.remove([delivery.body_sha256, *delivery.pictures], of=stream)
        await asyncio.to_thread(runtime.db.secrets.discard, stream)


async def _record(tx: Tx, planned: Sequence[_Planned], *, profile: Profile) -> None:
    """Record every submission: a new capture, a further version, or a duplicate. Raises _Overtaken."""
    locked = await pushes.lock_keys(tx, [item.key for item in planned])
    held = {each.content_key: each.id for each in locked}
    await sequences.lock_keys(tx, [item.submission.signed for item in planned])
    for item in planned:
        if (item.key not in held) != item.is_new:
            raise _Overtaken
        if item.is_new:
            await _add(tx, item, profile=profile)
        else:
            known = await captures.lock(tx, held[item.key])
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
        place=await sequences.place_of(tx, submission.device_id, submission.signed),
    )
    capture = await captures.add(tx, permit, fact, texts=submission)
    relaxed = submission.relaxed and profile.evidence.digest_by_account
    if (apart := quarantine(fact, relaxed=relaxed)) is not None:
        await captures.save(tx, permit, capture, apart)
