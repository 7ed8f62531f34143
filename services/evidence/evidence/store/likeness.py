"""What the captures before a capture show."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

import sqlalchemy as sa

from common.door.uow import Tx
from common.values.ids import EvidenceId
from evidence.domain.capture import State
from evidence.domain.lifecycle import Capture
from evidence.domain.likeness import Look
from evidence.store.rows import subject_of
from evidence.store.tables import captures, media

_NEVER_EVIDENCE: Final = (State.QUARANTINED, State.TECH_FAILED)
_MOST: Final = 20
"""So many captures are compared, because each plate is decrypted for it."""


async def list_looks_before(tx: Tx, capture: Capture, *, within: timedelta) -> list[Look]:
    """What the newest captures of the device, taken for the same violation `within` this time before, show.

    But for those on which nothing can ever rest.
    """
    earlier = (
        sa.select(captures.c.id, captures.c.subject)
        .where(
            captures.c.device_id == capture.device_id,
            captures.c.captured_at.between(capture.captured_at - within, capture.captured_at),
            captures.c.id < capture.id,
            captures.c.state.not_in(_NEVER_EVIDENCE),
            # A violation that the device did not name is known after the check alone.
            captures.c.violation_code.is_(None)
            | (captures.c.violation_code == capture.violation_code)
            | sa.literal(capture.violation_code is None),
        )
        .order_by(captures.c.captured_at.desc(), captures.c.id.desc())
        .limit(_MOST)
    )
    rows = (await tx.conn.execute(earlier)).mappings().all()
    ids = [row["id"] for row in rows]
    pictures = sa.select(media.c.evidence_id, media.c.dhash).where(
        media.c.evidence_id.in_(ids), media.c.dhash.is_not(None)
    )
    hashes: dict[str, list[str]] = {id: [] for id in ids}
    for picture in await tx.conn.execute(pictures):
        hashes[picture.evidence_id].append(picture.dhash)
    return [_look(tx, row, hashes[row["id"]]) for row in rows]


def _look(tx: Tx, row: sa.RowMapping, hashes: list[str]) -> Look:
    id = EvidenceId(row["id"])
    subject = subject_of(row, id, tx.secrets)
    return Look(id, subject.plate if subject else None, tuple(hashes))


def look_of(capture: Capture) -> Look:
    """What a capture shows."""
    hashes = tuple(picture.dhash for picture in capture.pictures if picture.dhash is not None)
    return Look(capture.id, capture.subject.plate if capture.subject else None, hashes)
