"""Comparisons: their search, their answers, and what was asked and answered, sealed."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Final

import orjson
import sqlalchemy as sa
from pydantic import TypeAdapter

from common.door.rows import name_of
from common.door.secrets import Erased
from common.door.uow import Tx, View
from common.policy import Permit, Resource, not_found
from common.values.ids import AgencyId, AgreementId, CaseId, ComparisonId, PurposeId
from data_exchange.domain.batches import BatchOpened
from data_exchange.domain.comparison import (
    Comparison,
    ComparisonAnswered,
    ComparisonKind,
    ComparisonRead,
    ComparisonRefused,
    ComparisonState,
    Verdict,
)
from data_exchange.domain.exchange import Purpose
from data_exchange.domain.filtering import Withheld
from data_exchange.store import tables_comparisons as tables
from data_exchange.store.rows import Row

_PERSONAL: Final = 3


@dataclass(frozen=True)
class AnswerTexts:
    """About whom was asked, on which provisions, and what the register gave, as JSON texts. Nothing of it is in clear.

    `verdict` and `rows` stand here too, because the row of a sealed comparison has no outcome.
    """

    subject: str
    basis: tuple[str, ...]
    verdict: str | None = None
    rows: tuple[str, ...] = ()
    withheld: tuple[Withheld, ...] = ()


_TEXTS: Final = TypeAdapter(AnswerTexts)


def resource(comparison: Comparison) -> Resource:
    """The comparison as the policy sees it."""
    return Resource(comparison.id, comparison.agency_id, level=_PERSONAL)


async def lock(tx: Tx, comparison_id: ComparisonId) -> Comparison:
    """The comparison, held until commit. Refusal NOT_FOUND if there is none, or it is another agency's."""
    return _comparison(await _row(tx, comparison_id, for_update=True))


async def get(v: View | Tx, comparison_id: ComparisonId) -> Comparison:
    """The comparison. Refusal NOT_FOUND as `lock`."""
    return _comparison(await _row(v, comparison_id, for_update=False))


async def find(v: View | Tx, comparison_id: ComparisonId) -> Comparison | None:
    """The comparison, None if there is none, or it is another agency's."""
    query = sa.select(tables.comparisons).where(tables.comparisons.c.id == comparison_id)
    row = (await v.conn.execute(query)).mappings().one_or_none()
    return _comparison(row) if row is not None else None


async def find_texts(v: View | Tx, comparison_id: ComparisonId) -> AnswerTexts | None:
    """What was asked and answered; None once the comparison was erased. Refusal NOT_FOUND as `lock`."""
    row = await _row(v, comparison_id, for_update=False)
    name = name_of(tables.comparisons, row)
    try:
        texts: AnswerTexts = _TEXTS.validate_json(v.secrets.open(comparison_id.stream, name, row["sealed"]))
    except Erased:
        return None
    return texts


async def list_page(
    v: View,
    *,
    after_id: str,
    case_id: CaseId | None,
    state: ComparisonState | None,
    agreement_id: AgreementId | None,
    limit: int,
) -> list[Comparison]:
    """Up to `limit` comparisons after `after_id` in the order of asking; those under `agreement_id` if it is given."""
    table = tables.comparisons
    query = sa.select(table).where(table.c.id > after_id).order_by(table.c.id).limit(limit)
    if case_id is not None:
        query = query.where(table.c.case_id == case_id)
    if state is not None:
        query = query.where(table.c.state == state)
    if agreement_id is not None:
        query = query.where(table.c.agreement_id == agreement_id)
    return [_comparison(row) for row in (await v.conn.execute(query)).mappings()]


async def add(
    tx: Tx, permit: Permit, fact: ComparisonAnswered | ComparisonRefused | BatchOpened, *, texts: AnswerTexts
) -> Comparison:
    """Record what came of a question, and write its row."""
    tx.record(permit, fact)
    comparison = fact.begun(by=tx.mandate.actor.id, at=tx.now)
    row = columns(comparison)
    name = name_of(tables.comparisons, row)
    row["sealed"] = await tx.secrets.sealed(comparison.id.stream, name, orjson.dumps(asdict(texts)))
    await tx.add(fact, tables.comparisons, row)
    return comparison


def record_reading(tx: Tx, permit: Permit, fact: ComparisonRead) -> None:
    """Record that somebody read an answer. It changes no row."""
    tx.record(permit, fact)


def columns(comparison: Comparison) -> dict[str, Any]:
    """The comparison's own row, but for what is sealed."""
    own = {name: getattr(comparison, name) for name in comparison.__dataclass_fields__}
    return own | {"fields": list(comparison.fields)}


def _comparison(row: Row) -> Comparison:
    return Comparison(
        ComparisonId(row["id"]),
        AgencyId(row["agency_id"]),
        row["by"],
        ComparisonKind(row["kind"]),
        Purpose(row["purpose"]),
        CaseId(row["case_id"]) if row["case_id"] else None,
        ComparisonState(row["state"]),
        row["register"],
        row["asked_at"],
        is_sealed=row["is_sealed"],
        code=row["code"],
        rows=row["rows"],
        verdict=Verdict(row["verdict"]) if row["verdict"] else None,
        fields=tuple(row["fields"]),
        latency_ms=row["latency_ms"],
        agreement_id=AgreementId(row["agreement_id"]) if row["agreement_id"] else None,
        purpose_id=PurposeId(row["purpose_id"]) if row["purpose_id"] else None,
    )


async def _row(v: View | Tx, comparison_id: ComparisonId, *, for_update: bool) -> Row:
    query = sa.select(tables.comparisons).where(tables.comparisons.c.id == comparison_id)
    row = (await v.conn.execute(query.with_for_update() if for_update else query)).mappings().one_or_none()
    if row is None:
        raise not_found(comparison_id)
    return row
