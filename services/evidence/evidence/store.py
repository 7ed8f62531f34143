"""Rows of evidence. With the ledger, the intake and `erasures`, the only file of this service that speaks SQL.

Whom a capture shows is sealed in its row (`subject`) and opened as the row is read; after its erasure it is None.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from common.door.secrets import Erased, Secrets
from common.door.uow import Tx, View
from common.policy import Permit, Resource, not_found
from common.values.ids import AgencyId, DeviceId, EvidenceId, OfficerId
from evidence.domain.anchoring import Anchored, TwinId
from evidence.domain.capture import Claims, Flag, Picture, State, Subject
from evidence.domain.checks import Checked, EvidenceChecked, Result
from evidence.domain.custody import (
    EvidenceBackedUp,
    EvidenceDisclosed,
    EvidenceExported,
    EvidenceFrozen,
    Kept,
)
from evidence.domain.review import (
    AcceptanceProposed,
    EvidenceAccepted,
    EvidenceRejected,
    LateReviewAllowed,
    ReviewStarted,
    UnderReview,
)
from evidence.tables import bundles, captures, erasures, media, openings, reviews
from ledger.entry import data_of

Row = sa.RowMapping

LEVEL = 3
"""A capture is sensitive: need to know, and a purpose (spec/law/09 §9.2)."""


@dataclass(frozen=True)
class Capture:
    """A capture with all that hangs on it, as rows. `media` and `reviews` are in order of their numbers.

    `row` has its subject opened (`plate`, `plate_color`, `plate_class`). `erasure` is the erasure that somebody
    proposed; `is_erased` says that one was approved, or that the secret is destroyed whatever the rows say.
    """

    row: Mapping[str, Any]
    media: Sequence[Row]
    reviews: Sequence[Row]
    erasure: Row | None = None
    is_erased: bool = False

    @property
    def id(self) -> EvidenceId:
        return EvidenceId(self.row["id"])

    @property
    def resource(self) -> Resource:
        return Resource(id=self.row["id"], agency_id=AgencyId(self.row["agency_id"]), level=LEVEL)

    @property
    def under_review(self) -> UnderReview:
        row = self.row
        return UnderReview(
            id=self.id,
            device_id=DeviceId(row["device_id"]),
            state=State(row["state"]),
            pictures=frozenset(m["n"] for m in self.media),
            violation_code=row["violation_code"],
            violation_codes=tuple(row["violation_codes"]),
            taken_by=OfficerId(row["taken_by"]) if row["taken_by"] else None,
            proposed_by=OfficerId(row["proposed_by"]) if row["proposed_by"] else None,
            late_allowed_by=next(
                (OfficerId(r["officer_id"]) for r in self.reviews if r["act"] == "LATE_ALLOWED"), None
            ),
            late_ingest=Flag.LATE_INGEST in row["flags"],
        )

    @property
    def kept(self) -> Kept:
        row = self.row
        digests = {row["body_sha256"], row["capability_sha256"], *(m["sha256"] for m in self.media)} - {None}
        state = State(row["state"])
        return Kept(self.id, DeviceId(row["device_id"]), state, tuple(sorted(digests)), row["backed_up_at"])

    @property
    def checked(self) -> Checked:
        row = self.row
        return Checked(
            id=self.id,
            device_id=DeviceId(row["device_id"]),
            state=State(row["state"]),
            captured_at=row["captured_at"],
            violation_code=row["violation_code"],
            flags=frozenset(Flag(flag) for flag in row["flags"]),
            pictures=tuple(_picture(m) for m in self.media),
        )


def _picture(row: Row) -> Picture:
    claims = Claims(row["claimed_format"], row["claimed_size"], row["claimed_width"], row["claimed_height"])
    return Picture(
        sha256=row["sha256"],
        sm3=row["sm3"],
        size=row["size"],
        media_type=row["media_type"],
        width=row["width"],
        height=row["height"],
        colour=row["colour"],
        kind=row["kind"],
        image_id=row["image_id"],
        shot_at=row["shot_at"],
        claims=claims,
    )


# ---- reading ------------------------------------------------------------------------------------------


async def lock(tx: Tx, evidence_id: EvidenceId) -> Capture:
    """The capture, held until commit. Another agency's capture does not exist for us: Refusal NOT_FOUND."""
    query = sa.select(captures).where(captures.c.id == evidence_id).with_for_update()
    return await _read(tx, evidence_id, query)


async def get(view: View, evidence_id: EvidenceId) -> Capture:
    """The capture as it stands. Refusal NOT_FOUND."""
    return await _read(view, evidence_id, sa.select(captures).where(captures.c.id == evidence_id))


async def _read(at: Tx | View, evidence_id: EvidenceId, query: sa.Select[Any]) -> Capture:
    conn = at.conn
    row = (await conn.execute(query)).mappings().one_or_none()
    if row is None:
        raise not_found(evidence_id)
    pictures = sa.select(media).where(media.c.evidence_id == evidence_id).order_by(media.c.n)
    steps = sa.select(reviews).where(reviews.c.evidence_id == evidence_id).order_by(reviews.c.n)
    of_it = sa.select(erasures).where(erasures.c.evidence_id == evidence_id)
    erasure = (await conn.execute(of_it)).mappings().one_or_none()
    erased = erasure is not None and erasure["approved_at"] is not None
    return Capture(
        {**row, **_opened(at.secrets, row)},
        await _rows(conn, pictures),
        await _rows(conn, steps),
        erasure,
        # The second is true of a database that was restored to before the erasure.
        erased or at.secrets.is_erased(evidence_id.stream),
    )


_SUBJECT = "captures.subject"


def seal_subject(secrets: Secrets, evidence_id: EvidenceId, subject: Subject) -> bytes:
    """`subject` as the row of the capture keeps it. Waits for the disk."""
    plain = orjson.dumps([subject.plate, subject.plate_color, subject.plate_class])
    return secrets.seal(evidence_id.stream, _SUBJECT, plain)


def _opened(secrets: Secrets, row: Row) -> dict[str, str | None]:
    opened = [None, None, None]
    if row["subject"] is not None:
        try:
            opened = orjson.loads(secrets.open(EvidenceId(row["id"]).stream, _SUBJECT, row["subject"]))
        except Erased:
            pass  # The secret is gone before the row is cleared.
    return dict(zip(("plate", "plate_color", "plate_class"), opened, strict=True))


async def _rows(
    conn: AsyncConnection, query: sa.Executable, values: Mapping[str, Any] | None = None
) -> list[Row]:
    return list((await conn.execute(query, values)).mappings())


async def list_page(view: View, *, states: Sequence[State], after: str | None, limit: int) -> list[Row]:
    """Captures newest first, each with `pictures`, their number; `after` is the last id of the page before."""
    counted = sa.select(sa.func.count()).where(media.c.evidence_id == captures.c.id).scalar_subquery()
    query = sa.select(captures, counted.label("pictures")).order_by(captures.c.id.desc()).limit(limit)
    if states:
        query = query.where(captures.c.state.in_(states))
    if after is not None:
        query = query.where(captures.c.id < after)
    return await _rows(view.conn, query)


async def ids_that_wait(view: View, *, limit: int = 50) -> list[EvidenceId]:
    """Ingested captures, oldest first."""
    query = (
        sa.select(captures.c.id)
        .where(captures.c.state == State.INGESTED)
        .order_by(captures.c.id)
        .limit(limit)
    )
    return [EvidenceId(id) for id in (await view.conn.scalars(query)).all()]


async def ids_without_copy(view: View, *, limit: int = 50) -> list[EvidenceId]:
    """Accepted captures whose second copy is not on record, oldest first."""
    query = (
        sa.select(captures.c.id)
        .where(captures.c.accepted_at.is_not(None), captures.c.backed_up_at.is_(None))
        .order_by(captures.c.id)
        .limit(limit)
    )
    return [EvidenceId(id) for id in (await view.conn.scalars(query)).all()]


async def opened_by(tx: Tx, evidence_id: EvidenceId, viewer: str) -> frozenset[int]:
    """The numbers of the pictures that `viewer` has opened."""
    query = sa.select(openings.c.n).where(openings.c.evidence_id == evidence_id, openings.c.viewer == viewer)
    return frozenset((await tx.conn.scalars(query)).all())


async def bundle(view: View, sha256: str, *, exported_by: str) -> Row | None:
    """One row of a bundle that this person exported."""
    query = (
        sa.select(bundles).where(bundles.c.sha256 == sha256, bundles.c.exported_by == exported_by).limit(1)
    )
    return (await view.conn.execute(query)).mappings().one_or_none()


async def erased_since_export(view: View, sha256: str) -> EvidenceId | None:
    """A capture in the bundle whose erasure was approved after the bundle was made; None if there is none."""
    query = (
        sa.select(bundles.c.evidence_id)
        .join(erasures, erasures.c.evidence_id == bundles.c.evidence_id)
        .where(bundles.c.sha256 == sha256, erasures.c.approved_at >= bundles.c.exported_at)
        .limit(1)
    )
    found = await view.conn.scalar(query)
    return None if found is None else EvidenceId(found)


async def all_visible(view: View, ids: Sequence[EvidenceId]) -> bool:
    """Whether every one of these captures exists for the caller."""
    return await view.conn.scalar(sa.select(sa.func.count()).where(captures.c.id.in_(ids))) == len(ids)


async def on_their_way(view: View, streams: Sequence[str]) -> bool:
    """Whether records of `streams` wait for the ledger."""
    query = sa.text("SELECT EXISTS (SELECT FROM outbox_pending WHERE stream = ANY(:streams))")
    return bool(await view.conn.scalar(query, {"streams": list(streams)}))


async def plates_of(view: View, streams: Sequence[str]) -> list[dict[str, Any]]:
    """Salts and values behind the commitments to plates in `streams`; of no other field, and of nobody erased."""
    query = (
        "SELECT digest, stream, field, sealed FROM disclosures"
        " WHERE stream = ANY(:streams) AND field = 'plate' ORDER BY digest"
    )
    found = []
    for row in await _rows(view.conn, sa.text(query), {"streams": list(streams)}):
        try:
            kept = view.secrets.open_disclosure(row["stream"], row["field"], row["digest"], row["sealed"])
        except Erased:
            continue
        found.append({**row, **kept._asdict()})
    return found


# ---- what happens to a capture ------------------------------------------------------------------------

Act = (
    EvidenceChecked
    | ReviewStarted
    | AcceptanceProposed
    | EvidenceAccepted
    | EvidenceRejected
    | LateReviewAllowed
    | EvidenceBackedUp
    | EvidenceFrozen
)


async def save(tx: Tx, permit: Permit, fact: Act, capture: Capture) -> None:
    """The capture as `fact` leaves it, and the line of the review where it is one."""
    tx.record(permit, fact)
    await tx.set(fact, captures, {"id": capture.id}, _after(fact, tx.now))
    step = _step(fact)
    if step is not None:
        officer, act, attributes, codes = step
        values = {
            "evidence_id": capture.id,
            "n": len(capture.reviews) + 1,
            "agency_id": capture.row["agency_id"],
            "officer_id": officer,
            "act": act,
            "attributes": list(attributes),
            "codes": list(codes),
            "reviewed_at": tx.now,
        }
        await tx.add(fact, reviews, values)


def _after(fact: Act, at: datetime) -> dict[str, Any]:
    match fact:
        case EvidenceChecked():
            return {
                "state": State.TECH_PASSED if fact.result is Result.PASSED else State.TECH_FAILED,
                "check_codes": list(fact.codes),
                "device_failures": list(fact.device_failures),
                "flags": list(fact.flags),
                "lawful": fact.lawful,
                "capability_sha256": fact.capability_sha256,
                "violation_code": fact.violation_code,
                "violation_codes": list(fact.violation_codes),
                "ruleset": fact.ruleset,
                "checked_at": at,
            }
        case ReviewStarted():
            return {"state": State.IN_REVIEW, "taken_by": fact.reviewer}
        case AcceptanceProposed():
            return {"proposed_by": fact.reviewer, "violation_code": fact.violation_code}
        case EvidenceAccepted():
            return {"state": State.ACCEPTED, "confirmed_by": fact.confirmed_by, "accepted_at": at}
        case EvidenceRejected():
            return {"state": State.REJECTED, "rejection_codes": list(fact.codes), "rejected_at": at}
        case LateReviewAllowed():
            return {"late_allowed": True}
        case EvidenceBackedUp():
            return {"backed_up_at": at, "copies": list(fact.digests)}
        case EvidenceFrozen():
            return {"state": State.FROZEN, "case_id": fact.case_id, "frozen_at": at}


def _step(fact: Act) -> tuple[OfficerId, str, Sequence[str], Sequence[str]] | None:
    match fact:
        case ReviewStarted():
            return fact.reviewer, "TAKEN", (), ()
        case AcceptanceProposed():
            return fact.reviewer, "PROPOSED", fact.attributes, ()
        case EvidenceAccepted():
            return fact.confirmed_by, "CONFIRMED", fact.attributes, ()
        case EvidenceRejected():
            return fact.reviewer, "REJECTED", (), fact.codes
        case LateReviewAllowed():
            return fact.allowed_by, "LATE_ALLOWED", (), ()
    return None


async def note_disclosure(tx: Tx, permit: Permit, fact: EvidenceDisclosed, capture: Capture) -> None:
    """Someone looked; the first look at each picture is kept as a row, because the review asks for it."""
    tx.record(permit, fact)
    viewer = tx.mandate.actor.sub
    if fact.picture is None or fact.picture in await opened_by(tx, capture.id, viewer):
        return
    values = {
        "evidence_id": capture.id,
        "n": fact.picture,
        "viewer": viewer,
        "agency_id": capture.row["agency_id"],
        "purpose": fact.purpose,
        "opened_at": tx.now,
    }
    await tx.add(fact, openings, values)


async def note_export(tx: Tx, permit: Permit, fact: EvidenceExported, capture: Capture) -> None:
    """A bundle left."""
    tx.record(permit, fact)
    values = {
        "evidence_id": capture.id,
        "sha256": fact.bundle_sha256,
        "agency_id": capture.row["agency_id"],
        "manifest_sha256": fact.manifest_sha256,
        "size": fact.size,
        "log_size": fact.log_size,
        "case_id": fact.case_id,
        "purpose": fact.purpose,
        "exported_by": tx.mandate.actor.sub,
        "exported_at": tx.now,
    }
    await tx.add(fact, bundles, values)


async def last_anchor(view: View) -> Anchored | None:
    """The last `log.anchor` that this service recorded, whether the ledger has it yet or not."""
    query = sa.text("SELECT note, recorded_at FROM outbox WHERE stream = :stream ORDER BY seq DESC LIMIT 1")
    row = (await view.conn.execute(query, {"stream": TwinId().stream})).one_or_none()
    if row is None:
        return None
    return Anchored(data_of(bytes(row.note))["size"], row.recorded_at)
