"""Rows of erasures: who proposed and approved them, which cases stand against them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa

from common.door import erasure
from common.door.erasure import Due
from common.door.uow import Database, Tx, operational
from common.policy import Permit
from common.values.errors import Kind, Refusal
from common.values.ids import CaseId, EvidenceId, OfficerId
from evidence.domain.capture import State
from evidence.domain.erasure import Erasable, ErasureProposed, EvidenceErased, Hold, Proposal, Reason
from evidence.store import Capture
from evidence.tables import bundles, captures, erasures
from ledger.canonical import parse_instant
from ledger.entry import data_of

HOLDING: Final = {"case.opened": "case", "case.closed": "case", "case.archived": "case"}
"""What of a case's records says whether it still rests on a capture."""

HOLDS: Final = "holds"
"""The cursor that reads them."""

_BEHIND: Final = 1_000

# One message brought them too, and they may yet be evidence or are.
_STILL_NEEDED: Final = (State.INGESTED, State.TECH_PASSED, State.IN_REVIEW, State.ACCEPTED, State.FROZEN)


async def erasable(tx: Tx, capture: Capture) -> Erasable:
    """The locked capture as its erasure sees it."""
    row, id = capture.row, capture.id
    await _require_cases_read(tx)
    messages = await _messages(tx, capture)
    held = sa.text(
        "SELECT case_id, closed_at, archived_at, retention_class FROM holds WHERE evidence_id = :id ORDER BY case_id"
    )
    made = sa.select(bundles.c.sha256).where(bundles.c.evidence_id == id).order_by(bundles.c.sha256)
    needing = sa.select(captures.c.id).where(
        captures.c.body_sha256.in_(messages), captures.c.id != id, captures.c.state.in_(_STILL_NEEDED)
    )
    proposed, approved = capture.erasure, capture.is_erased
    return Erasable(
        id=id,
        device_id=capture.kept.device_id,
        state=State(row["state"]),
        captured_at=row["captured_at"],
        ended_at=_ended_at(row),
        holds=tuple(Hold(CaseId(h[0]), h[1], h[2], h[3]) for h in await tx.conn.execute(held, {"id": id})),
        media=tuple(sorted({picture["sha256"] for picture in capture.media})),
        messages=tuple(messages),
        bundles=tuple((await tx.conn.scalars(made)).all()),
        needed_by=tuple(EvidenceId(other) for other in (await tx.conn.scalars(needing)).all()),
        proposal=Proposal(Reason(proposed["reason"]), OfficerId(proposed["proposed_by"]))
        if proposed
        else None,
        is_erased=approved,
    )


async def _require_cases_read(tx: Tx) -> None:
    """A case that we have not read of yet may rest on the capture."""
    query = (
        "SELECT (SELECT max(size) FROM ledger.log)"
        " - coalesce((SELECT position + 1 FROM cursors WHERE name = :holds), 0)"
    )
    behind = await tx.conn.scalar(sa.text(query), {"holds": HOLDS})
    if behind is None or behind > _BEHIND:
        message = "The records of cases are still being read; repeat shortly."
        raise Refusal(Kind.UNAVAILABLE, "LEDGER_BEHIND", message)


def _ended_at(row: Mapping[str, Any]) -> datetime | None:
    match State(row["state"]):
        case State.TECH_FAILED:
            return row["checked_at"]  # type: ignore[no-any-return]
        case State.REJECTED:
            return row["rejected_at"]  # type: ignore[no-any-return]
        case State.ACCEPTED | State.FROZEN:
            return row["accepted_at"]  # type: ignore[no-any-return]
    return None


async def _messages(tx: Tx, capture: Capture) -> list[str]:
    """The digests of every message that brought the capture: the first, and those that repeated it."""
    query = "SELECT note FROM outbox WHERE stream = :stream AND type = 'evidence.duplicated'"
    notes = (await tx.conn.execute(sa.text(query), {"stream": capture.id.stream})).scalars()
    repeated = {data_of(bytes(note))["body_sha256"] for note in notes}
    return sorted(repeated | {capture.row["body_sha256"]})


async def save_proposal(tx: Tx, permit: Permit, fact: ErasureProposed, capture: Capture) -> None:
    """The proposal, in the place of one that nobody approved."""
    tx.record(permit, fact)
    said = {"reason": fact.reason, "proposed_by": fact.proposed_by, "proposed_at": tx.now}
    if capture.erasure is not None:
        await tx.set(fact, erasures, {"evidence_id": capture.id}, said)
        return
    row = {"evidence_id": capture.id, "agency_id": capture.row["agency_id"], **said}
    await tx.add(fact, erasures, row)


async def save_approval(tx: Tx, permit: Permit, fact: EvidenceErased, capture: Capture) -> None:
    """The erasure on record, and what is left to do about it. The row loses what it said of the person."""
    tx.record(permit, fact)
    approval = {"approved_by": fact.approved_by, "approved_at": tx.now}
    await tx.set(fact, erasures, {"evidence_id": capture.id}, approval)
    await tx.set(fact, captures, {"id": capture.id}, {"subject": None})
    await erasure.order(tx, capture.id.stream)


async def note_hold(db: Database, record: Mapping[str, Any]) -> None:
    """One record of a case, of a type in HOLDING."""
    case_id, data = record["stream"].partition("/")[2], record["data"]
    match record["type"]:
        case "case.opened":
            values = {"evidence_id": data["evidence_id"], "case_id": case_id}
            statement = (
                "INSERT INTO holds (evidence_id, case_id) VALUES (:evidence_id, :case_id)"
                " ON CONFLICT DO NOTHING"
            )
        case "case.closed":
            values = {"case_id": case_id, "at": parse_instant(data["closed_at"])}
            statement = "UPDATE holds SET closed_at = :at WHERE case_id = :case_id"
        case _:
            values = {
                "case_id": case_id,
                "at": parse_instant(data["archived_at"]),
                "kept": data["retention_class"],
            }
            statement = "UPDATE holds SET archived_at = :at, retention_class = :kept WHERE case_id = :case_id"
    async with operational(db) as conn:
        await conn.execute(sa.text(statement), values)


def digests_of(erased: Due) -> list[str]:
    """What the record says is gone, by digest."""
    return [*erased.data["media"], *erased.data["messages"], *erased.data["bundles"]]
