"""Files of subjects: their lock, their parts, their progress and their results."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Final, TypeAlias, assert_never

import orjson
import sqlalchemy as sa

from common.door.rows import changed, name_of
from common.door.secrets import Erased
from common.door.uow import Tx, View
from common.policy import Permit, not_found
from common.values.ids import AgencyId, AgreementId, CaseId, ComparisonId
from data_exchange.domain.batches import (
    Batch,
    BatchCompleted,
    BatchDone,
    BatchFailed,
    BatchOpened,
    BatchPartReceived,
    BatchRowsCompared,
    Part,
)
from data_exchange.domain.comparison import Comparison, ComparisonKind, ComparisonState
from data_exchange.domain.exchange import Purpose
from data_exchange.domain.subjects import SubjectKind
from data_exchange.store import comparisons, tables_batches
from data_exchange.store.comparisons import AnswerTexts
from data_exchange.store.tables_comparisons import comparisons as table

BatchFact: TypeAlias = BatchPartReceived | BatchCompleted | BatchRowsCompared | BatchDone | BatchFailed
_LEASE: Final = timedelta(seconds=30)


@dataclass(frozen=True)
class ResultTexts:
    """The result of some rows, one line of NDJSON each."""

    lines: tuple[str, ...]


async def lock(tx: Tx, comparison_id: ComparisonId) -> Batch:
    """The batch, held until commit. Refusal NOT_FOUND if there is none, or it is another agency's."""
    return await _batch(tx, await comparisons.lock(tx, comparison_id))


async def get(v: View | Tx, comparison_id: ComparisonId) -> Batch:
    """The batch. Refusal NOT_FOUND as `lock`."""
    return await _batch(v, await comparisons.get(v, comparison_id))


async def find_same(
    tx: Tx,
    sha256: str,
    *,
    agency_id: AgencyId,
    case_id: CaseId,
    kind: ComparisonKind,
    purpose: Purpose,
    agreement_id: AgreementId | None,
) -> Batch | None:
    """The batch of the same file for the same case and purpose, under the same agreement or none, unless it failed.

    Announcements of one file for one case take turns until commit, so that the second one finds the first.
    """
    turn = sa.text("SELECT pg_advisory_xact_lock(hashtext(:name))")
    await tx.conn.execute(turn, {"name": f"batch/{case_id}/{sha256}"})
    own = tables_batches.batches.c
    query = sa.select(own.comparison_id).where(
        own.agreement_id.is_not_distinct_from(agreement_id),
        own.sha256 == sha256,
        own.agency_id == agency_id,
        own.case_id == case_id,
        own.kind == kind,
        own.purpose == purpose,
        ~own.failed,
    )
    comparison_id = (await tx.conn.execute(query)).scalar_one_or_none()
    return await get(tx, ComparisonId(comparison_id)) if comparison_id else None


async def list_due(v: View) -> list[ComparisonId]:
    """The batches whose rows wait to be compared, oldest first."""
    waiting = (ComparisonState.QUEUED, ComparisonState.RUNNING)
    query = sa.select(table.c.id).where(table.c.state.in_(waiting)).order_by(table.c.id)
    return [ComparisonId(id) for id in (await v.conn.execute(query)).scalars()]


async def list_lines(v: View | Tx, comparison_id: ComparisonId) -> list[str]:
    """Every line of the result in the order of the rows; none once the comparison was erased."""
    results = tables_batches.results
    query = sa.select(results).where(results.c.comparison_id == comparison_id).order_by(results.c.first_row)
    lines: list[str] = []
    for row in (await v.conn.execute(query)).mappings():
        name = name_of(results, row)
        try:
            lines += orjson.loads(v.secrets.open(comparison_id.stream, name, row["sealed"]))
        except Erased:
            return []
    return lines


async def add(tx: Tx, permit: Permit, fact: BatchOpened, *, texts: AnswerTexts) -> Batch:
    """Record that a file was announced, and write its rows."""
    comparison = await comparisons.add(tx, permit, fact, texts=texts)
    batch = Batch(comparison, fact.subject_kind, fact.media_type, fact.sha256, fact.count)
    await tx.add(fact, tables_batches.batches, _columns(batch))
    return batch


async def save(
    tx: Tx, permit: Permit, batch: Batch, *facts: BatchFact, texts: ResultTexts | None = None
) -> Batch:
    """Record `facts`, and write the batch as they leave it, its part or its results."""
    tx.record(permit, *facts)
    for fact in facts:
        before, batch = batch, fact.applied(batch)
        await _write_part(tx, batch, fact, texts)
        values = changed(_columns(before), _columns(batch))
        if values:
            await tx.set(fact, tables_batches.batches, {"comparison_id": batch.id}, values)
        values = changed(comparisons.columns(before.comparison), comparisons.columns(batch.comparison))
        if values:
            await tx.set(fact, table, {"id": batch.id}, values)
    return batch


async def take_lease(conn: Any, comparison_id: ComparisonId, holder: str, now: datetime) -> bool:
    """Whether `holder` may work on the batch now: nobody else does, or their lease has run out."""
    query = sa.text(
        "INSERT INTO batch_leases VALUES (:id, :holder, :until) ON CONFLICT (comparison_id) DO UPDATE"
        " SET holder = excluded.holder, until = excluded.until"
        " WHERE batch_leases.until < :now OR batch_leases.holder = excluded.holder RETURNING 1"
    )
    values = {"id": comparison_id, "holder": holder, "until": now + _LEASE, "now": now}
    return (await conn.execute(query, values)).scalar_one_or_none() is not None


async def _write_part(tx: Tx, batch: Batch, fact: BatchFact, texts: ResultTexts | None) -> None:
    match fact:
        case BatchPartReceived():
            row = {"comparison_id": batch.id} | asdict(Part(fact.n, fact.sha256, fact.size))
            known = sa.select(tables_batches.parts.c.n).where(
                tables_batches.parts.c.comparison_id == batch.id, tables_batches.parts.c.n == fact.n
            )
            if (await tx.conn.execute(known)).scalar_one_or_none() is None:
                await tx.add(fact, tables_batches.parts, row)
            else:
                key = {"comparison_id": batch.id, "n": fact.n}
                values = {"sha256": fact.sha256, "size": fact.size}
                await tx.set(fact, tables_batches.parts, key, values)
        case BatchRowsCompared():
            assert texts is not None
            results = tables_batches.results
            result: dict[str, Any] = {"comparison_id": batch.id, "first_row": fact.first_row}
            name = name_of(results, result)
            result["sealed"] = await tx.secrets.sealed(batch.id.stream, name, orjson.dumps(texts.lines))
            await tx.add(fact, results, result)
        case BatchCompleted() | BatchDone() | BatchFailed():
            pass  # these change the batch's own rows alone
        case _:
            assert_never(fact)


def _columns(batch: Batch) -> dict[str, Any]:
    comparison = batch.comparison
    return {
        "comparison_id": batch.id,
        "agency_id": comparison.agency_id,
        "case_id": comparison.case_id,
        "kind": comparison.kind,
        "purpose": comparison.purpose,
        "agreement_id": comparison.agreement_id,
        "subject_kind": batch.subject_kind,
        "media_type": batch.media_type,
        "sha256": batch.sha256,
        "rows": batch.rows,
        "done": batch.done,
        "matched": batch.matched,
        "unmatched": batch.unmatched,
        "ambiguous": batch.ambiguous,
        "unreadable": batch.unreadable,
        "failed": comparison.state is ComparisonState.FAILED,
    }


async def _batch(v: View | Tx, comparison: Comparison) -> Batch:
    own, parts = tables_batches.batches, tables_batches.parts
    row = (
        (await v.conn.execute(sa.select(own).where(own.c.comparison_id == comparison.id)))
        .mappings()
        .one_or_none()
    )
    if row is None:
        raise not_found(comparison.id)
    query = sa.select(parts).where(parts.c.comparison_id == comparison.id).order_by(parts.c.n)
    return Batch(
        comparison,
        SubjectKind(row["subject_kind"]),
        row["media_type"],
        row["sha256"],
        row["rows"],
        row["done"],
        row["matched"],
        row["unmatched"],
        row["ambiguous"],
        row["unreadable"],
        tuple(Part(p["n"], p["sha256"], p["size"]) for p in (await v.conn.execute(query)).mappings()),
    )
