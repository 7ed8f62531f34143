"""What stands against the erasure of a capture: cases that rest on it, and captures of the same message."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import sqlalchemy as sa

from common.door.uow import Database, Tx, View, operational
from common.values.errors import Kind, Refusal
from common.values.ids import CaseId, EvidenceId
from evidence.domain.capture import State
from evidence.domain.erasure import Erasable, Hold
from evidence.domain.lifecycle import Capture
from evidence.store.outbox import list_repeated_messages
from evidence.store.tables import bundles, captures, redactions

HOLDS: Final = "holds"
"""The name of the cursor with which the job reads the records of cases into the table `holds`."""

_FAR_BEHIND: Final = 1_000

# A message must be kept while another capture from it is in one of these states: that capture is or may be evidence.
_STILL_NEEDED: Final = (State.INGESTED, State.TECH_PASSED, State.IN_REVIEW, State.ACCEPTED, State.FROZEN)


async def get_erasable(tx: Tx, capture: Capture) -> Erasable:
    """The locked `capture` as its erasure sees it. Refusal LEDGER_BEHIND while records of cases are unread."""
    await require_cases_read(tx)
    messages = sorted({capture.body_sha256, *await list_repeated_messages(tx, capture.id)})
    return Erasable(
        id=capture.id,
        device_id=capture.device_id,
        state=capture.state,
        captured_at=capture.captured_at,
        ended_at=capture.ended_at,
        holds=tuple(await _list_holds(tx, capture.id)),
        media=tuple(sorted({picture.sha256 for picture in capture.pictures})),
        messages=tuple(messages),
        bundles=tuple(await _list_bundles(tx, capture.id)),
        needed_by=tuple(await _list_needing(tx, capture.id, messages)),
        proposal=capture.erasure,
        is_erased=capture.is_erased,
    )


async def require_cases_read(at: Tx | View) -> None:
    """Refuse with LEDGER_BEHIND while there are cases whose records we have not read: one may rest on the capture."""
    query = (
        "SELECT (SELECT max(size) FROM ledger.log)"
        " - coalesce((SELECT position + 1 FROM cursors WHERE name = :holds), 0)"
    )
    behind = await at.conn.scalar(sa.text(query), {"holds": HOLDS})
    if behind is None or behind > _FAR_BEHIND:
        raise Refusal(Kind.UNAVAILABLE, "LEDGER_BEHIND", wording="cases")


async def _list_holds(tx: Tx, id: EvidenceId) -> list[Hold]:
    query = (
        "SELECT case_id, closed_at, archived_at, kept_until FROM holds WHERE evidence_id = :id"
        " ORDER BY case_id"
    )
    rows = await tx.conn.execute(sa.text(query), {"id": id})
    return [Hold(CaseId(row[0]), row[1], row[2], row[3]) for row in rows]


async def _list_bundles(tx: Tx, id: EvidenceId) -> list[str]:
    """The bundles with the capture in them, and the covered copies of its pictures."""
    query = sa.union(
        sa.select(bundles.c.sha256).where(bundles.c.evidence_id == id),
        sa.select(redactions.c.sha256).where(redactions.c.evidence_id == id),
    )
    return sorted((await tx.conn.scalars(query)).all())


async def _list_needing(tx: Tx, id: EvidenceId, messages: list[str]) -> list[EvidenceId]:
    query = sa.select(captures.c.id).where(
        captures.c.body_sha256.in_(messages), captures.c.id != id, captures.c.state.in_(_STILL_NEEDED)
    )
    return [EvidenceId(other) for other in (await tx.conn.scalars(query)).all()]


# ---- which cases rest on which captures ---------------------------------------------------------------


async def note_opened(db: Database, case_id: CaseId, evidence_id: EvidenceId) -> None:
    """The case rests on the capture from now on."""
    statement = (
        "INSERT INTO holds (evidence_id, case_id) VALUES (:evidence_id, :case_id) ON CONFLICT DO NOTHING"
    )
    async with operational(db) as conn:
        await conn.execute(sa.text(statement), {"evidence_id": evidence_id, "case_id": case_id})


async def note_closed(db: Database, case_id: CaseId, at: datetime) -> None:
    """The case was closed `at` that time."""
    statement = "UPDATE holds SET closed_at = :at WHERE case_id = :case_id"
    async with operational(db) as conn:
        await conn.execute(sa.text(statement), {"at": at, "case_id": case_id})


async def note_reopened(db: Database, case_id: CaseId) -> None:
    """The closed case is open again: its captures are held as before its end."""
    statement = (
        "UPDATE holds SET closed_at = NULL, archived_at = NULL, kept_until = NULL WHERE case_id = :case_id"
    )
    async with operational(db) as conn:
        await conn.execute(sa.text(statement), {"case_id": case_id})


async def note_archived(db: Database, case_id: CaseId, at: datetime, *, kept_until: datetime | None) -> None:
    """The file of the case was archived, to be kept until then; None is for ever."""
    statement = "UPDATE holds SET archived_at = :at, kept_until = :kept_until WHERE case_id = :case_id"
    values = {"at": at, "kept_until": kept_until, "case_id": case_id}
    async with operational(db) as conn:
        await conn.execute(sa.text(statement), values)
