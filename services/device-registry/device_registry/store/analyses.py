"""The quarterly analyses, their decisions, and the report that closed them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any, Final

import sqlalchemy as sa

from common.door.uow import Tx, View
from common.policy import Permit, Resource, not_found
from common.values.calendar import start_of
from common.values.ids import AgencyId, AnalysisId, DeviceId
from device_registry.domain.abnormality import Flag
from device_registry.domain.analyses import (
    Analysis,
    AnalysisClosed,
    AnalysisDecided,
    AnalysisOpened,
    Flagged,
    Totals,
    begun,
    closed,
)
from device_registry.store import tables_abnormality as tables
from device_registry.store.tables import devices

_TABLE = tables.analyses


@dataclass(frozen=True)
class Decided:
    """A decision about a flagged device: from its review (`review_id`) or made in the analysis."""

    device_id: DeviceId
    decision: str
    reason: str
    by: str
    at: datetime
    review_id: str | None


@dataclass(frozen=True)
class Coded:
    """A device and its 20-digit code; None for one that has none."""

    device_id: DeviceId
    code: str | None


@dataclass(frozen=True)
class AnalysisText:
    """The report that closes an analysis: canonical JSON, and the bytes of its document."""

    report: str
    document: bytes


@dataclass(frozen=True)
class Report:
    """The report of a closed analysis, and the bytes of its document."""

    report: str
    report_sha256: str
    document: bytes
    document_sha256: str


def resource(analysis: Analysis | AnalysisOpened) -> Resource:
    """The analysis as the policy sees it."""
    return Resource(analysis.id if isinstance(analysis, Analysis) else analysis.owner, analysis.agency_id)


async def lock(tx: Tx, analysis_id: AnalysisId) -> Analysis:
    """The analysis, held until commit. Another agency's does not exist for us."""
    return _analysis(await _one(tx, analysis_id, lock=True))


async def get(at: Tx | View, analysis_id: AnalysisId) -> Analysis:
    """The analysis. Refusal NOT_FOUND without one that the caller sees."""
    return _analysis(await _one(at, analysis_id, lock=False))


async def find_report(v: Tx | View, analysis_id: AnalysisId) -> Report | None:
    """The report; None while the analysis is open."""
    row = await _one(v, analysis_id, lock=False)
    if row["report"] is None:
        return None
    return Report(row["report"], row["report_sha256"], row["document"], row["document_sha256"])


async def list_all(v: View, *, after: str, limit: int) -> list[Analysis]:
    """The analyses of the agencies that the caller sees, oldest first, after the id `after`."""
    query = sa.select(_TABLE).where(_TABLE.c.id > after).order_by(_TABLE.c.id).limit(limit)
    return [_analysis(row) for row in (await v.conn.execute(query)).mappings()]


_DECIDED: Final = sa.text("""
SELECT device_id, outcome AS decision, reason, decided_by AS by, decided_at AS at, id AS review_id
FROM anomaly_reviews WHERE agency_id = :agency AND device_id = ANY (:devices) AND decided_at >= :since
    AND outcome IN ('KEEP', 'MOVE', 'RE_PARAMETERISE', 'STOP')
UNION ALL
SELECT device_id, decision, reason, decided_by, decided_at, NULL FROM analysis_decisions WHERE analysis_id = :analysis
ORDER BY device_id, at
""")


async def list_decided(at: Tx | View, analysis: Analysis) -> list[Decided]:
    """The decisions about its flagged devices, by device and time: of reviews since the quarter began, and its own."""
    values = {
        "agency": analysis.agency_id,
        "devices": [str(each.device_id) for each in analysis.flagged],
        "since": start_of(analysis.quarter),
        "analysis": analysis.id,
    }
    rows = await at.conn.execute(_DECIDED, values)
    return [
        Decided(DeviceId(row.device_id), row.decision, row.reason, row.by, row.at, row.review_id)
        for row in rows
    ]


_TOTALS: Final = sa.text("""
SELECT d.agency_id,
    count(DISTINCT d.id) FILTER (
        WHERE d.in_service_from < :ended AND d.state IN ('ACTIVE', 'SUSPENDED', 'MAINTENANCE')),
    coalesce(sum(f.captures), 0)::bigint, coalesce(sum(f.accepted), 0)::bigint, coalesce(sum(f.fines), 0)::bigint,
    coalesce(sum(f.fine_fen), 0)::bigint, coalesce(sum(f.disputes), 0)::bigint, coalesce(sum(f.upheld), 0)::bigint
FROM devices d LEFT JOIN device_figures f ON f.device_id = d.id AND f.month >= :quarter AND f.month < :ended_on
WHERE d.registered_at < :ended
    AND NOT EXISTS (SELECT FROM device_analyses a WHERE a.agency_id = d.agency_id AND a.quarter = :quarter)
GROUP BY d.agency_id ORDER BY d.agency_id
""")


async def list_unopened(v: View, quarter: date, ended_on: date) -> list[tuple[AgencyId, Totals]]:
    """The agencies with devices that have no analysis of the quarter, with the totals of it."""
    values = {"quarter": quarter, "ended_on": ended_on, "ended": start_of(ended_on)}
    return [(AgencyId(row[0]), Totals(*row[1:])) for row in (await v.conn.execute(_TOTALS, values)).all()]


_FLAGGED: Final = sa.text("""
SELECT device_id, array_agg(DISTINCT flag ORDER BY flag) FROM anomaly_reviews, unnest(flags) flag, unnest(months) month
WHERE agency_id = :agency AND month >= :quarter AND month < :ended_on GROUP BY device_id ORDER BY device_id
""")


async def list_flagged(
    at: Tx | View, agency_id: AgencyId, quarter: date, ended_on: date
) -> tuple[Flagged, ...]:
    """The devices of the agency that were out of line in a month of the quarter."""
    values = {"agency": agency_id, "quarter": quarter, "ended_on": ended_on}
    rows = (await at.conn.execute(_FLAGGED, values)).all()
    return tuple(Flagged(DeviceId(row[0]), tuple(Flag(flag) for flag in row[1])) for row in rows)


async def is_opened(tx: Tx, agency_id: AgencyId, quarter: date) -> bool:
    """Whether the agency has its analysis of the quarter."""
    query = sa.select(sa.exists().where(_TABLE.c.agency_id == agency_id, _TABLE.c.quarter == quarter))
    return bool(await tx.conn.scalar(query))


async def add(tx: Tx, permit: Permit, fact: AnalysisOpened) -> Analysis:
    """The analysis that `fact` opens."""
    tx.record(permit, fact)
    analysis = begun(fact, at=tx.now)
    row: dict[str, Any] = {
        "id": analysis.id,
        "agency_id": analysis.agency_id,
        "quarter": analysis.quarter,
        "totals": asdict(analysis.totals),
        "flagged": [[each.device_id, list(each.flags)] for each in analysis.flagged],
        "opened_at": analysis.opened_at,
        "due_on": analysis.due_on,
        "closed_at": None,
        "closed_by": None,
        "report": None,
        "report_sha256": None,
        "document": None,
        "document_sha256": None,
    }
    await tx.add(fact, _TABLE, row)
    return analysis


async def add_decision(tx: Tx, permit: Permit, fact: AnalysisDecided, *, reason: str) -> None:
    """The decision that `fact` makes. The analysis must be locked."""
    tx.record(permit, fact)
    table = tables.analysis_decisions
    query = sa.select(sa.func.coalesce(sa.func.max(table.c.n), 0) + 1).where(
        table.c.analysis_id == fact.owner
    )
    row = {
        "analysis_id": fact.owner,
        "n": await tx.conn.scalar(query),
        "device_id": fact.device_id,
        "decision": fact.decision,
        "reason": reason,
        "decided_by": fact.by,
        "decided_at": tx.now,
    }
    await tx.add(fact, table, row)


async def save(
    tx: Tx, permit: Permit, analysis: Analysis, *facts: AnalysisClosed, texts: AnalysisText
) -> Analysis:
    """Record `facts`, and keep the report and its document as they are."""
    tx.record(permit, *facts)
    for fact in facts:
        analysis = closed(analysis, at=tx.now)
        await tx.set(fact, _TABLE, {"id": analysis.id}, _closure(analysis, fact, texts))
    return analysis


async def list_coded(at: Tx | View, ids: Sequence[DeviceId]) -> list[Coded]:
    """The 20-digit codes of these devices."""
    query = sa.select(devices.c.id, devices.c.code).where(devices.c.id.in_(ids))
    return [Coded(DeviceId(row.id), row.code) for row in await at.conn.execute(query)]


async def hold_agency(tx: Tx, agency_id: AgencyId) -> None:
    """Let no other analysis of the agency be opened before this change ends."""
    name = f"analyses of {agency_id}"
    await tx.conn.execute(sa.text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"), {"name": name})


def _closure(analysis: Analysis, fact: AnalysisClosed, texts: AnalysisText) -> dict[str, Any]:
    return {
        "closed_at": analysis.closed_at,
        "closed_by": fact.by,
        "report": texts.report,
        "report_sha256": fact.report_sha256,
        "document": texts.document,
        "document_sha256": fact.document_sha256,
    }


async def _one(at: Tx | View, analysis_id: AnalysisId, *, lock: bool) -> sa.RowMapping:
    query = sa.select(_TABLE).where(_TABLE.c.id == analysis_id)
    row = (await at.conn.execute(query.with_for_update() if lock else query)).mappings().one_or_none()
    if row is None:
        raise not_found(analysis_id)
    return row


def _analysis(row: sa.RowMapping) -> Analysis:
    return Analysis(
        AnalysisId(row["id"]),
        AgencyId(row["agency_id"]),
        row["quarter"],
        Totals(**row["totals"]),
        tuple(
            Flagged(DeviceId(device), tuple(Flag(flag) for flag in flags)) for device, flags in row["flagged"]
        ),
        row["opened_at"],
        row["due_on"],
        row["closed_at"],
    )
