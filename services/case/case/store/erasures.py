"""Erasures of cases: who proposed and approved them, and what an approval takes out of the rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa

from case.domain.erasure import CaseErased, CaseErasureProposed, ErasureProposal, File, Reason, gone
from case.domain.procedure import Case
from case.store import files, tables
from case.store.texts import SEALED
from common.door import erasure as destruction
from common.door.uow import Tx
from common.policy import not_found
from common.values.ids import CaseId, OfficerId
from ledger.entry import data_of

_FOUND_BY: Final[Mapping[sa.Table, tuple[str, ...]]] = {
    tables.exhibits: ("plate_digest",),
    tables.parties: ("identity_digest",),
}
"""The keyed digests by which a person is found: they go with the sealed column."""


@dataclass(frozen=True)
class Erasure:
    """An erasure as it stands: proposed, and approved once `approved_at` is there."""

    case_id: CaseId
    reason: Reason
    proposed_by: OfficerId
    proposed_at: datetime
    approved_by: OfficerId | None
    approved_at: datetime | None


async def find(tx: Tx, case: Case) -> Erasure | None:
    """The erasure of `case`, if somebody proposed one."""
    query = sa.select(tables.erasures).where(tables.erasures.c.case_id == case.id)
    row = (await tx.conn.execute(query)).one_or_none()
    if row is None:
        return None
    return Erasure(
        CaseId(row.case_id),
        Reason(row.reason),
        OfficerId(row.proposed_by),
        row.proposed_at,
        OfficerId(row.approved_by) if row.approved_by else None,
        row.approved_at,
    )


async def get(tx: Tx, case: Case) -> Erasure:
    """The erasure of `case`. Refusal NOT_FOUND if nobody proposed one."""
    erasure = await find(tx, case)
    if erasure is None:
        raise not_found(case.id)
    return erasure


async def get_file(tx: Tx, case: Case) -> File:
    """The locked case as the rules of its erasure see it."""
    proposed = await find(tx, case)
    kept = await _last_record(
        tx, case, "case.archived", "case.not_filed", "case.merged", "case.transferred_out"
    )
    digests = (
        sa.select(tables.documents.c.sha256)
        .where(tables.documents.c.case_id == case.id)
        .order_by(tables.documents.c.sha256)
    )
    proofs = (case.education.proof_sha256,) if case.education else ()
    handed_in = await files.list_digests(tx, case.id)
    return File(
        case,
        kept_until=datetime.fromisoformat(kept["kept_until"]) if kept and kept["kept_until"] else None,
        documents=(*(await tx.conn.scalars(digests)).all(), *proofs, *handed_in),
        proposal=ErasureProposal(proposed.reason, proposed.proposed_by) if proposed else None,
        is_erased=_is_erased(tx, case, proposed),
    )


async def require_present(tx: Tx, case: Case) -> None:
    """Refusal CASE_ERASED if the locked case was erased."""
    if _is_erased(tx, case, await find(tx, case)):
        raise gone(case.id)


async def write_proposal(tx: Tx, fact: CaseErasureProposed) -> None:
    """The row of a proposal. It takes the place of a proposal that nobody approved."""
    columns = {"reason": fact.reason, "proposed_by": fact.proposed_by, "proposed_at": tx.now}
    query = sa.select(tables.erasures.c.case_id).where(tables.erasures.c.case_id == fact.owner)
    if await tx.conn.scalar(query) is None:
        await tx.add(fact, tables.erasures, {"case_id": fact.owner, **columns})
    else:
        await tx.set(fact, tables.erasures, {"case_id": fact.owner}, columns)


async def write_approval(tx: Tx, fact: CaseErased) -> None:
    """The row of an approval. Every row of the case loses its sealed column, and the secret is due."""
    approval = {"approved_by": fact.approved_by, "approved_at": tx.now}
    await tx.set(fact, tables.erasures, {"case_id": fact.owner}, approval)
    for table in SEALED:
        query = sa.select(*table.primary_key.columns).where(table.c.case_id == fact.owner)
        for key in (await tx.conn.execute(query)).mappings().all():
            await tx.set(fact, table, dict(key), {"sealed": None} | dict.fromkeys(_FOUND_BY.get(table, ())))
    await destruction.order(tx, fact.stream)


def _is_erased(tx: Tx, case: Case, proposed: Erasure | None) -> bool:
    # If the database was restored from an older backup, the row is missing but the secret is gone.
    approved = proposed is not None and proposed.approved_at is not None
    return approved or tx.secrets.is_erased(case.id.stream)


async def _last_record(tx: Tx, case: Case, *types: str) -> Mapping[str, Any] | None:
    query = (
        "SELECT note FROM outbox WHERE stream = :stream AND type = ANY(CAST(:types AS text[]))"
        " ORDER BY seq DESC LIMIT 1"
    )
    note = await tx.conn.scalar(sa.text(query), {"stream": case.id.stream, "types": list(types)})
    return None if note is None else data_of(bytes(note))
