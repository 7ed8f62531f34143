"""The drafts of prompts, and what the prompts that were sent ask of the party."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import sqlalchemy as sa

from case.domain.procedure import Case, State
from case.domain.prompting import Draft, Missed
from case.store import tables
from case.store.rows import Row
from case.store.texts import PromptTexts, unseal
from common.door.uow import Tx, View
from common.policy import not_found
from common.values.ids import AgencyId, CaseId, DocumentId

_RULES: Final = ("prompt", "prompt_limit")
"""The deadlines that a draft has: the usual period, and the last day that the city allows."""


@dataclass(frozen=True)
class DraftLine:
    """A draft in the list of those that wait: nothing personal."""

    case_id: CaseId
    agency_id: AgencyId
    number: str
    draft: Draft


async def get_draft(v: View | Tx, case: Case) -> Draft:
    """The draft of the case. Refusal NOT_FOUND where none was made."""
    row = (await v.conn.execute(_drafts().where(tables.cases.c.id == case.id))).mappings().one_or_none()
    if row is None:
        raise not_found(case.id)
    return _draft(row)


async def list_waiting(v: View, *, after_id: str, overdue: bool, limit: int) -> list[DraftLine]:
    """Up to `limit` drafts after `after_id` that nobody sent, in the order of their cases."""
    query = _drafts().where(tables.cases.c.id > after_id, tables.cases.c.state == State.SUSPECTED)
    if overdue:
        query = query.where(tables.prompt_drafts.c.sla_missed_at.is_not(None))
    rows = (await v.conn.execute(query.limit(limit))).mappings()
    return [
        DraftLine(CaseId(row["id"]), AgencyId(row["agency_id"]), row["number"], _draft(row)) for row in rows
    ]


async def list_overdue(v: View, today: date) -> list[CaseId]:
    """Cases whose prompt missed a day before `today` that no record reports yet."""
    drafts, (due, limit) = tables.prompt_drafts, _ALIASES
    query = _drafts().where(
        tables.cases.c.state == State.SUSPECTED,
        sa.or_(
            sa.and_(drafts.c.sla_missed_at.is_(None), due.c.due_on < today),
            sa.and_(drafts.c.limit_missed_at.is_(None), limit.c.due_on < today),
        ),
    )
    return [CaseId(row["id"]) for row in (await v.conn.execute(query)).mappings()]


async def find_correction(v: View | Tx, document_id: DocumentId | None) -> str | None:
    """What the prompt with this document asks of the party; None without one, and once the case was erased."""
    query = sa.select(tables.prompts).where(tables.prompts.c.document_id == document_id)
    row = (await v.conn.execute(query)).mappings().one_or_none()
    texts = unseal(v.secrets, tables.prompts, row, PromptTexts) if row is not None else None
    return texts.correction if texts else None


_ALIASES: Final[Sequence[Any]] = tuple(tables.deadlines.alias(rule) for rule in _RULES)


def _drafts() -> sa.Select[Any]:
    cases, drafts, (due, limit) = tables.cases, tables.prompt_drafts, _ALIASES
    columns = (cases.c.id, cases.c.agency_id, cases.c.number, drafts)
    query = sa.select(*columns, due.c.due_on.label("due"), limit.c.due_on.label("last")).select_from(cases)
    query = query.join(drafts, drafts.c.case_id == cases.c.id)
    for rule, deadline in zip(_RULES, _ALIASES, strict=True):
        query = query.join(deadline, sa.and_(deadline.c.case_id == cases.c.id, deadline.c.rule == rule))
    return query.order_by(cases.c.id)


def _draft(row: Row) -> Draft:
    reported = {Missed.SLA: row["sla_missed_at"], Missed.LIMIT: row["limit_missed_at"]}
    missed = frozenset(which for which, at in reported.items() if at is not None)
    return Draft(row["drafted_at"], row["due"], row["last"], missed)
