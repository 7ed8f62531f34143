"""The findings of the clean-up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, assert_never

import sqlalchemy as sa

from common.door.uow import Tx, View
from common.policy import Permit, Resource, not_found
from common.values.errors import Violation
from common.values.ids import AgencyId, DeviceId, FindingId
from common.values.refusals import fact as plain
from device_registry.domain.cleanup import Category, Origin
from device_registry.domain.findings import (
    CleanupFinding,
    FindingDecided,
    FindingProposed,
    FindingState,
    Outcome,
    Raised,
    after,
    begun,
)
from device_registry.store import tables_cleanup as tables


@dataclass(frozen=True)
class FindingEntry:
    """A finding with the words that people wrote about it."""

    finding: CleanupFinding
    words: str
    proposal_reason: str
    decision_reason: str
    decided_by: str | None


@dataclass(frozen=True)
class FindingText:
    """What a person wrote: of `FindingRaised` the situation, of the others the reason."""

    text: str


def resource(finding: CleanupFinding) -> Resource:
    """The finding as the policy sees it."""
    return Resource(finding.id, finding.agency_id)


async def lock(tx: Tx, finding_id: FindingId) -> CleanupFinding:
    """The finding, held until commit. Lock its device before it."""
    query = sa.select(tables.findings).where(tables.findings.c.id == finding_id).with_for_update()
    row = (await tx.conn.execute(query)).mappings().one_or_none()
    if row is None:
        raise not_found(finding_id)
    return finding_of(row)


async def get(at: Tx | View, finding_id: FindingId) -> FindingEntry:
    """The finding. Refusal NOT_FOUND without one that the caller sees."""
    row = (
        (await at.conn.execute(sa.select(tables.findings).where(tables.findings.c.id == finding_id)))
        .mappings()
        .one_or_none()
    )
    if row is None:
        raise not_found(finding_id)
    return _entry(row)


async def list_all(
    v: View, *, device_id: DeviceId | None, state: FindingState | None, after: str, limit: int
) -> list[FindingEntry]:
    """The findings that the caller sees, oldest first, after the id `after`."""
    table = tables.findings
    query = sa.select(table).where(table.c.id > after).order_by(table.c.id).limit(limit)
    if device_id is not None:
        query = query.where(table.c.device_id == device_id)
    if state is not None:
        query = query.where(table.c.state == state)
    return [_entry(row) for row in (await v.conn.execute(query)).mappings()]


async def list_by_device(at: Tx | View, device_id: DeviceId) -> list[CleanupFinding]:
    """Every finding about one device, oldest first."""
    table = tables.findings
    query = sa.select(table).where(table.c.device_id == device_id).order_by(table.c.id)
    return [finding_of(row) for row in (await at.conn.execute(query)).mappings()]


async def add(
    tx: Tx, permit: Permit, *raised: Raised, texts: FindingText | None = None
) -> list[CleanupFinding]:
    """The new findings. `texts` are the words of a person about them."""
    tx.record(permit, *(each.fact for each in raised))
    made = [begun(each, at=tx.now) for each in raised]
    words = {"words": texts.text if texts else "", "proposal_reason": "", "decision_reason": ""}
    rows = [(each.fact, _columns(finding) | words) for each, finding in zip(raised, made, strict=True)]
    await tx.add_all(tables.findings, rows)
    return made


async def save(
    tx: Tx,
    permit: Permit,
    finding: CleanupFinding,
    *facts: FindingProposed | FindingDecided,
    texts: FindingText,
) -> CleanupFinding:
    """The finding as `facts` leave it; `texts` is the reason."""
    tx.record(permit, *facts)
    by = tx.mandate.actor.sub
    for fact in facts:
        finding = after(finding, fact, by=by, at=tx.now)
        match fact:
            case FindingProposed():
                values = {"proposal": fact.outcome, "proposed_by": by, "proposed_at": tx.now}
                values["proposal_reason"] = texts.text
            case FindingDecided():
                values = {"decided_by": by, "decided_at": tx.now, "decision_reason": texts.text}
            case _:
                assert_never(fact)
        await tx.set(fact, tables.findings, {"id": finding.id}, values | {"state": finding.state})
    return finding


def _columns(finding: CleanupFinding) -> dict[str, Any]:
    return {
        "id": finding.id,
        "device_id": finding.device_id,
        "agency_id": finding.agency_id,
        "category": finding.category,
        "origin": finding.origin,
        "grounds": [_ground_row(ground) for ground in finding.grounds],
        "state": finding.state,
        "raised_at": finding.raised_at,
    }


def _ground_row(ground: Violation) -> dict[str, Any]:
    facts = {name: plain(value) for name, value in ground.facts.items()}
    return {"code": ground.code, "law": ground.law, "wording": ground.wording, "facts": facts}


def grounds_of(rows: Sequence[Mapping[str, Any]]) -> tuple[Violation, ...]:
    """The grounds of an element of the column `grounds`."""
    return tuple(Violation(row["code"], row["law"], row["facts"], row["wording"]) for row in rows)


def finding_of(row: sa.RowMapping) -> CleanupFinding:
    """The finding of a row."""
    return CleanupFinding(
        id=FindingId(row["id"]),
        device_id=DeviceId(row["device_id"]),
        agency_id=AgencyId(row["agency_id"]),
        category=Category(row["category"]),
        origin=Origin(row["origin"]),
        grounds=grounds_of(row["grounds"]),
        raised_at=row["raised_at"],
        state=FindingState(row["state"]),
        proposal=Outcome(row["proposal"]) if row["proposal"] else None,
        proposed_by=row["proposed_by"],
        decided_at=row["decided_at"],
    )


def _entry(row: sa.RowMapping) -> FindingEntry:
    reasons = row["proposal_reason"], row["decision_reason"]
    return FindingEntry(finding_of(row), row["words"], *reasons, row["decided_by"])
