"""Rows of erasures of cases: who proposed and approved them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from case import store
from case.domain.erasure import CaseErased, CaseErasureProposed, File, Proposal, Reason, gone
from case.domain.procedure import Case
from case.rows import PERSONAL
from case.store import Row
from case.tables import documents, erasures, metadata
from common.door import erasure
from common.door.uow import Tx
from common.policy import Permit
from common.values.ids import OfficerId
from ledger.entry import data_of


async def require_kept(tx: Tx, case: Case) -> None:
    """Refusal CASE_ERASED if the locked case was erased."""
    if _is_erased(tx, case, await find(tx, case)):
        raise gone(case.id)


async def find(tx: Tx, case: Case) -> Row | None:
    """The erasure of `case` as it stands: proposed, or done."""
    query = sa.select(erasures).where(erasures.c.case_id == case.id)
    return (await tx.conn.execute(query)).mappings().one_or_none()


async def file_of(tx: Tx, case: Case) -> File:
    """The locked case as its erasure sees it."""
    erasure = await find(tx, case)
    archived = await _last_note(tx, case, "case.archived")
    named = sa.select(documents.c.sha256).where(documents.c.case_id == case.id).order_by(documents.c.sha256)
    return File(
        case,
        archived_at=datetime.fromisoformat(archived["archived_at"]) if archived else None,
        retention_class=archived["retention_class"] if archived else None,
        documents=tuple((await tx.conn.scalars(named)).all()),
        proposal=Proposal(Reason(erasure["reason"]), OfficerId(erasure["proposed_by"])) if erasure else None,
        is_erased=_is_erased(tx, case, erasure),
    )


def _is_erased(tx: Tx, case: Case, erasure: Row | None) -> bool:
    # The second is true of a database that was restored to before the erasure.
    approved = erasure is not None and erasure["approved_at"] is not None
    return approved or tx.secrets.is_erased(case.id.stream)


async def _last_note(tx: Tx, case: Case, type: str) -> Mapping[str, Any] | None:
    query = "SELECT note FROM outbox WHERE stream = :stream AND type = :type ORDER BY seq DESC LIMIT 1"
    note = await tx.conn.scalar(sa.text(query), {"stream": case.id.stream, "type": type})
    return None if note is None else data_of(bytes(note))


async def save_proposal(tx: Tx, permit: Permit, fact: CaseErasureProposed, case: Case) -> None:
    """The proposal, in the place of one that nobody approved."""
    await store.save(tx, permit, case, fact)
    said = {"reason": fact.reason, "proposed_by": fact.proposed_by, "proposed_at": tx.now}
    if await find(tx, case) is not None:
        await tx.set(fact, erasures, {"case_id": case.id}, said)
    else:
        await tx.add(fact, erasures, {"case_id": case.id, **said})


async def save_approval(tx: Tx, permit: Permit, fact: CaseErased, case: Case) -> None:
    """The erasure on record, and what is left to do about it. The rows lose what they said of the person."""
    await store.save(tx, permit, case, fact)
    approval = {"approved_by": fact.approved_by, "approved_at": tx.now}
    await tx.set(fact, erasures, {"case_id": case.id}, approval)
    for name, columns in PERSONAL.items():
        table = metadata.tables[name]
        keys = list(table.primary_key.columns)
        held = await tx.conn.execute(sa.select(*keys).where(table.c.case_id == case.id))
        for key in held.mappings().all():
            await tx.set(fact, table, dict(key), dict.fromkeys((*columns, "sealed")))
    await erasure.order(tx, case.id.stream)
