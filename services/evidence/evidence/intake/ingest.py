"""From decoded objects to captures on record: one change for one push (Inv. 1, 3).

    plan (whose is each object?) ─▶ bytes, sealed for those captures ─▶ take in: is each still whose we planned?

The bytes come first and are sealed for the capture they belong to, so its id is chosen before its row is written.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from common.door.uow import Tx, View
from common.policy import Permit, Resource
from common.values.facts import Fact
from common.values.ids import EvidenceId
from common.values.profile import Profile
from evidence import store
from evidence.domain.capture import (
    EvidenceDuplicated,
    EvidenceIngested,
    Picture,
    State,
    Submission,
    content_key,
    duplicate,
    ingest,
)
from evidence.store import Capture
from evidence.tables import captures, media


class Overtaken(Exception):
    """An equal push was recorded since this one was planned: plan again."""


@dataclass(frozen=True)
class Planned:
    """A submission and the capture it belongs to: one on record, or a new one under a fresh id."""

    submission: Submission
    key: str
    id: EvidenceId
    is_new: bool


async def plan(view: View, submissions: Sequence[Submission]) -> list[Planned]:
    """Whose each submission is. The same object twice in one push is one capture; the second says nothing new."""
    keyed = {content_key(s.account, s.object_id, s.pictures): s for s in submissions}
    query = sa.select(captures.c.content_key, captures.c.id).where(captures.c.content_key.in_(keyed))
    known = {row.content_key: EvidenceId(row.id) for row in await view.conn.execute(query)}
    return [
        Planned(s, key, known.get(key) or EvidenceId.new(s.received_at), key not in known)
        for key, s in keyed.items()
    ]


async def take_in(tx: Tx, planned: Sequence[Planned], *, profile: Profile) -> None:
    """Record every submission of one push: a new capture, a further version, or a duplicate. Raises Overtaken."""
    await lock_keys(tx, [item.key for item in planned])
    for item in planned:
        known = await find_pushed(tx, item.key)
        if (known is None) != item.is_new:
            raise Overtaken
        if known is not None:
            permit = tx.permit(known.resource)
            fact = duplicate(known.id, item.submission, pushed_before=known.row["duplicate_count"])
            await note_duplicate(tx, permit, fact, known)
        else:
            await _new(tx, item.submission, item.id, profile=profile)


async def _new(tx: Tx, submission: Submission, id: EvidenceId, *, profile: Profile) -> None:
    permit = tx.permit(Resource(id=id, agency_id=submission.agency_id, level=store.LEVEL))
    plate = submission.subject.plate
    fact = ingest(
        submission,
        id=id,
        earlier=await newest_of_object(tx, submission.account, submission.object_id),
        plate=await tx.commit_to(id, "plate", plate) if plate else None,
        drift=timedelta(seconds=profile.evidence.max_clock_drift_s),
        ingest_within=timedelta(hours=profile.limits.ingest_hours),
    )
    await add(tx, permit, fact, submission)


async def lock_keys(tx: Tx, keys: Sequence[str]) -> None:
    """Hold these content keys until commit: of two equal pushes at once, the second sees the first."""
    for key in sorted(set(keys)):
        await tx.conn.execute(
            sa.text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 1))"), {"key": key}
        )


async def find_pushed(tx: Tx, content_key: str) -> Capture | None:
    """The capture of this push, held, if it came before."""
    id = await tx.conn.scalar(sa.select(captures.c.id).where(captures.c.content_key == content_key))
    return await store.lock(tx, EvidenceId(id)) if id else None


async def newest_of_object(tx: Tx, account: str, object_id: str) -> EvidenceId | None:
    """The newest capture that this account sent under this object id."""
    query = (
        sa.select(captures.c.id)
        .where(captures.c.account == account, captures.c.object_id == object_id)
        .order_by(captures.c.id.desc())
        .limit(1)
    )
    id = await tx.conn.scalar(query)
    return EvidenceId(id) if id else None


async def add(tx: Tx, permit: Permit, fact: EvidenceIngested, submission: Submission) -> None:
    """A new capture with its pictures."""
    tx.record(permit, fact)
    id = EvidenceId(fact.owner)
    await tx.add(
        fact,
        captures,
        {
            "id": fact.owner,
            "agency_id": fact.agency_id,
            "device_id": fact.device_id,
            "device_code": submission.device_code,
            "account": fact.account,
            "object_id": submission.object_id,
            "state": State.INGESTED,
            "captured_at": fact.captured_at,
            "captured_from": fact.captured_from,
            "received_at": fact.received_at,
            "violation_code": fact.violation_code,
            "subject": await asyncio.to_thread(store.seal_subject, tx.secrets, id, submission.subject),
            "flags": list(fact.flags),
            "body_sha256": fact.body_sha256,
            "content_key": fact.content_key,
            "version_of": fact.version_of,
            "duplicate_count": 1,
            "check_codes": [],
            "violation_codes": [],
            "device_failures": [],
            "late_allowed": False,
            "rejection_codes": [],
            "copies": [],
        },
    )
    rows: list[tuple[Fact, Mapping[str, Any]]] = []
    for n, picture in enumerate(submission.pictures, 1):
        rows.append((fact, _media_row(fact, n, picture)))
    await tx.add_all(media, rows)


def _media_row(fact: EvidenceIngested, n: int, picture: Picture) -> dict[str, Any]:
    return {
        "evidence_id": fact.owner,
        "n": n,
        "agency_id": fact.agency_id,
        "sha256": picture.sha256,
        "sm3": picture.sm3,
        "size": picture.size,
        "media_type": picture.media_type,
        "width": picture.width,
        "height": picture.height,
        "colour": picture.colour,
        "kind": picture.kind,
        "image_id": picture.image_id,
        "shot_at": picture.shot_at,
        "claimed_format": picture.claims.format,
        "claimed_size": picture.claims.size,
        "claimed_width": picture.claims.width,
        "claimed_height": picture.claims.height,
    }


async def note_duplicate(tx: Tx, permit: Permit, fact: EvidenceDuplicated, capture: Capture) -> None:
    """A push that came again. The row of a frozen or an erased capture stands still; the record counts on (Inv. 6)."""
    tx.record(permit, fact)
    if capture.row["state"] != State.FROZEN and not capture.is_erased:
        await tx.set(fact, captures, {"id": fact.owner}, {"duplicate_count": fact.duplicate_count})
