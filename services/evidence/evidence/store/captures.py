"""A capture with its pictures, its reviews and its erasure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, assert_never

import sqlalchemy as sa

from common.door import erasure
from common.door.rows import changed
from common.door.secrets import Erased
from common.door.uow import Tx, View
from common.policy import Permit, Resource, not_found
from common.values.ids import DeviceId, EvidenceId
from evidence.domain.capture import EvidenceDuplicated, EvidenceIngested, Flag, State, Submission
from evidence.domain.checks import EvidenceChecked
from evidence.domain.custody import EvidenceBackedUp, EvidenceDisclosed, EvidenceExported, EvidenceFrozen
from evidence.domain.erasure import ErasureProposed, EvidenceErased
from evidence.domain.invalidation import EvidenceInvalidated
from evidence.domain.lifecycle import Capture, CaptureFact, after, begin
from evidence.domain.review import (
    AcceptanceProposed,
    Attribute,
    EvidenceAccepted,
    EvidenceRejected,
    LateReviewAllowed,
    ReviewStarted,
)
from evidence.domain.transport import EvidenceQuarantined
from evidence.store.rows import (
    capture_of,
    columns_of,
    erasure_columns,
    invalidation_row,
    media_row,
    review_row,
    seal_subject,
)
from evidence.store.tables import bundles, captures, erasures, invalidations, media, openings, reviews

LEVEL: Final = 3
"""A capture is sensitive: it is read for a stated purpose, by people who need to know (PIPL 6, 28)."""

LATE_REASON: Final = "late_ingest_reason"
"""The field of the commitment to why a capture came in late."""

FAILED: Final = {attribute: f"review_{attribute.lower()}" for attribute in Attribute}
"""The field of the commitment to why an attribute is not present."""


def resource(capture: Capture) -> Resource:
    """The capture as the policy sees it."""
    return Resource(id=capture.id, agency_id=capture.agency_id, level=LEVEL)


# ---- reading ------------------------------------------------------------------------------------------


async def lock(tx: Tx, evidence_id: EvidenceId) -> Capture:
    """The capture, held until commit. Another agency's capture does not exist for us: Refusal NOT_FOUND."""
    query = sa.select(captures).where(captures.c.id == evidence_id)
    # NO KEY: nobody who only names this capture, as a near duplicate or by its pictures, has to wait.
    return await _read(tx, evidence_id, query.with_for_update(key_share=True))


async def get(v: View | Tx, evidence_id: EvidenceId) -> Capture:
    """The capture as it stands. Refusal NOT_FOUND."""
    return await _read(v, evidence_id, sa.select(captures).where(captures.c.id == evidence_id))


async def lock_free(tx: Tx, ids: Sequence[EvidenceId]) -> list[Capture]:
    """Those of these captures that nobody else holds, held until commit, the oldest first.

    It waits for nobody, so that work on many captures at once stands in nobody's way, in whatever order they lock.
    """
    query = sa.select(captures).where(captures.c.id.in_(ids)).order_by(captures.c.id)
    return await _read_all(tx, query.with_for_update(skip_locked=True, key_share=True))


async def _read(v: View | Tx, evidence_id: EvidenceId, query: sa.Select[Any]) -> Capture:
    found = await _read_all(v, query)
    if not found:
        raise not_found(evidence_id)
    return found[0]


async def _read_all(v: View | Tx, query: sa.Select[Any]) -> list[Capture]:
    rows = (await v.conn.execute(query)).mappings().all()
    ids = [row["id"] for row in rows]
    if not ids:
        return []
    shown, acts = await _parts(v, media, ids), await _parts(v, reviews, ids)
    marks = await _parts(v, invalidations, ids)
    proposals = {}
    for proposal in await v.conn.execute(sa.select(erasures).where(erasures.c.evidence_id.in_(ids))):
        proposals[proposal.evidence_id] = proposal._mapping
    found = []
    for row in rows:
        capture = capture_of(
            row,
            media=shown[row["id"]],
            reviews=acts[row["id"]],
            invalidations=marks[row["id"]],
            erasure=proposals.get(row["id"]),
            secrets=v.secrets,
        )
        late = Flag.LATE_INGEST in capture.flags and capture.proposed_by is not None
        has_reasons = late or capture.rejected_at is not None
        found.append(replace(capture, reasons=await _reasons(v, capture.id)) if has_reasons else capture)
    return found


async def _parts(v: View | Tx, table: sa.Table, ids: Sequence[str]) -> dict[str, list[sa.RowMapping]]:
    """The rows of `table` that belong to these captures, in order of their numbers."""
    parts: dict[str, list[sa.RowMapping]] = {id: [] for id in ids}
    query = sa.select(table).where(table.c.evidence_id.in_(ids)).order_by(table.c.evidence_id, table.c.n)
    for row in (await v.conn.execute(query)).mappings():
        parts[row["evidence_id"]].append(row)
    return parts


async def _reasons(v: View | Tx, evidence_id: EvidenceId) -> dict[str, str]:
    """The officers' words, out of what opens their commitments; none once the capture was erased."""
    query = sa.text(
        "SELECT field, digest, sealed FROM disclosures WHERE stream = :stream AND field = ANY(:fields)"
    )
    fields = [LATE_REASON, *FAILED.values()]
    reasons = {}
    for row in await v.conn.execute(query, {"stream": evidence_id.stream, "fields": fields}):
        try:
            opened = v.secrets.open_disclosure(evidence_id.stream, row.field, row.digest, row.sealed)
        except Erased:
            continue
        reasons[row.field] = opened.value
    return reasons


@dataclass(frozen=True)
class Summary:
    """A capture in a list: nothing personal. `pictures` is their number."""

    id: str
    state: str
    agency_id: str
    device_id: str
    captured_at: datetime
    received_at: datetime
    violation_code: str | None
    check_codes: list[str]
    flags: list[str]
    pictures: int


async def list_newest(
    v: View, *, states: Sequence[State], before: EvidenceId | None, limit: int
) -> list[Summary]:
    """Captures, newest first, older than the capture `before`; of any state if `states` is empty."""
    count = sa.select(sa.func.count()).where(media.c.evidence_id == captures.c.id).scalar_subquery()
    columns = [captures.c[name] for name in Summary.__dataclass_fields__ if name != "pictures"]
    query: sa.Select[*tuple[Any, ...]] = (
        sa.select(*columns, count).order_by(captures.c.id.desc()).limit(limit)
    )
    if states:
        query = query.where(captures.c.state.in_(states))
    if before is not None:
        query = query.where(captures.c.id < before)
    return [Summary(*row) for row in (await v.conn.execute(query)).all()]


async def list_of_interval(
    v: View, device_id: DeviceId, *, since: datetime, until: datetime, source: str, limit: int = 50
) -> list[EvidenceId]:
    """The captures of the device in [since, until) that may be evidence and that `source` did not mark, oldest first.

    By the time about which the registry was asked. One that failed, was put apart or was rejected is none any more.
    """
    moment = sa.func.least(captures.c.captured_at, captures.c.received_at)
    ended = (State.TECH_FAILED, State.QUARANTINED, State.REJECTED)
    marked = sa.select(invalidations.c.evidence_id).where(invalidations.c.source == source)
    query = sa.select(captures.c.id).where(
        captures.c.device_id == device_id,
        # For the index alone: what was captured later was received later.
        captures.c.captured_at >= since,
        moment >= since,
        moment < until,
        captures.c.state.not_in(ended),
        captures.c.id.not_in(marked),
    )
    return [EvidenceId(id) for id in (await v.conn.scalars(query.order_by(captures.c.id).limit(limit))).all()]


@dataclass(frozen=True)
class Unchecked:
    """A capture that waits for its check, and what the registry is asked about it."""

    id: EvidenceId
    device_id: DeviceId
    captured_at: datetime
    received_at: datetime


async def list_unchecked(v: View, *, after: str = "", limit: int = 50) -> list[Unchecked]:
    """Ingested captures after the id `after`, oldest first. Those of a device that is held wait."""
    columns = [captures.c[name] for name in Unchecked.__dataclass_fields__]
    query = sa.select(*columns).where(
        captures.c.state == State.INGESTED,
        captures.c.id > after,
        sa.text("NOT EXISTS (SELECT FROM held_devices h WHERE h.device_id = captures.device_id)"),
    )
    rows = (await v.conn.execute(query.order_by(captures.c.id).limit(limit))).all()
    return [Unchecked(EvidenceId(row[0]), DeviceId(row[1]), *row[2:]) for row in rows]


async def list_without_copy(v: View, *, limit: int = 50) -> list[Capture]:
    """Accepted captures whose second copy is not on record, oldest first."""
    without_copy = captures.c.accepted_at.is_not(None), captures.c.backed_up_at.is_(None)
    return await _oldest(v, sa.select(captures.c.id).where(*without_copy), limit)


async def _oldest(v: View, query: sa.Select[Any], limit: int) -> list[Capture]:
    ids = (await v.conn.scalars(query.order_by(captures.c.id).limit(limit))).all()
    return [await get(v, EvidenceId(id)) for id in ids]


async def pictures_opened(tx: Tx, evidence_id: EvidenceId, viewer: str) -> frozenset[int]:
    """The numbers of the pictures that `viewer` has opened."""
    query = sa.select(openings.c.n).where(openings.c.evidence_id == evidence_id, openings.c.viewer == viewer)
    return frozenset((await tx.conn.scalars(query)).all())


# ---- writing ------------------------------------------------------------------------------------------


async def add(tx: Tx, permit: Permit, fact: EvidenceIngested, *, texts: Submission) -> Capture:
    """A new capture with its pictures; `texts` are the device's words, which the record only commits to."""
    tx.record(permit, fact)
    capture = begin(fact, texts)
    subject = await seal_subject(tx.secrets, capture.id, texts.subject)
    await tx.add(fact, captures, {**columns_of(capture), "subject": subject})
    rows = [(fact, media_row(capture, n, picture)) for n, picture in enumerate(capture.pictures, 1)]
    await tx.add_all(media, rows)
    return capture


async def save(tx: Tx, permit: Permit, capture: Capture, *facts: CaptureFact) -> Capture:
    """The capture as `facts` leave it, and the rows beside it that they make."""
    tx.record(permit, *facts)
    for fact in facts:
        before, capture = capture, after(capture, fact, at=tx.now)
        values = changed(columns_of(before), columns_of(capture))
        if capture.subject is None and before.subject is not None:
            values["subject"] = None
        if values:
            await tx.set(fact, captures, {"id": capture.id}, values)
        await _save_parts(tx, before, capture, fact)
    return capture


async def _save_parts(tx: Tx, before: Capture, capture: Capture, fact: CaptureFact) -> None:
    count = len(before.reviews)
    for n, review in enumerate(capture.reviews[count:], count + 1):
        await tx.add(fact, reviews, review_row(capture, n, review))
    match fact:
        case EvidenceDisclosed():
            await _add_opening(tx, capture, fact)
        case EvidenceExported():
            await _add_bundle(tx, capture, fact)
        case EvidenceInvalidated():
            n = len(capture.invalidations)
            row = invalidation_row(capture, n, capture.invalidations[-1])
            await tx.add(fact, invalidations, {**row, "recorded_at": tx.now})
        case ErasureProposed() | EvidenceErased():
            await _save_erasure(tx, before, capture, fact)
        case (
            EvidenceDuplicated()
            | EvidenceChecked()
            | EvidenceQuarantined()
            | ReviewStarted()
            | AcceptanceProposed()
            | EvidenceAccepted()
            | EvidenceRejected()
            | LateReviewAllowed()
            | EvidenceBackedUp()
            | EvidenceFrozen()
        ):
            pass  # these change columns and reviews alone, which are written above
        case _:
            assert_never(fact)


async def _add_opening(tx: Tx, capture: Capture, fact: EvidenceDisclosed) -> None:
    """The first look of each person at each picture, because the review asks for it."""
    viewer = tx.mandate.actor.sub
    if fact.picture is None or fact.picture in await pictures_opened(tx, capture.id, viewer):
        return
    row = {
        "evidence_id": capture.id,
        "n": fact.picture,
        "viewer": viewer,
        "agency_id": capture.agency_id,
        "purpose": fact.purpose,
        "opened_at": tx.now,
    }
    await tx.add(fact, openings, row)


async def _add_bundle(tx: Tx, capture: Capture, fact: EvidenceExported) -> None:
    row = {
        "evidence_id": capture.id,
        "sha256": fact.bundle_sha256,
        "agency_id": capture.agency_id,
        "manifest_sha256": fact.manifest_sha256,
        "size": fact.size,
        "log_size": fact.log_size,
        "case_id": fact.case_id,
        "purpose": fact.purpose,
        "exported_by": tx.mandate.actor.sub,
        "exported_at": tx.now,
    }
    await tx.add(fact, bundles, row)


async def _save_erasure(
    tx: Tx, before: Capture, capture: Capture, fact: ErasureProposed | EvidenceErased
) -> None:
    """The proposal takes the place of an older one; an approval orders the destruction that a job carries out."""
    if capture.erasure is None:
        return
    key, values = {"evidence_id": capture.id}, erasure_columns(capture.erasure)
    if before.erasure is None:
        await tx.add(fact, erasures, {**key, "agency_id": capture.agency_id, **values})
    else:
        await tx.set(fact, erasures, key, values)
    if isinstance(fact, EvidenceErased):
        await erasure.order(tx, capture.id.stream)
