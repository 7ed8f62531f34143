"""The remedies of cases: what each fact writes, and which duties in them are late."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from case.domain.procedure import Case
from case.domain.reconsidering import OfRemedy, RemedyApplied, remedy_of
from case.domain.remedies import Late, Stage
from case.domain.remedying import RemedyAccepted, RemedyAnswered
from case.store import tables
from case.store.remedyrows import remedy_columns
from case.store.remedytables import remedies
from case.store.remedytexts import AnsweredRemedy, RemedyTexts
from case.store.texts import Texts, given, seal, unseal
from common.door.secrets import Secrets
from common.door.uow import Tx, View
from common.values.ids import CaseId


async def write(tx: Tx, case: Case, fact: OfRemedy, texts: Texts | None) -> None:
    """The row of the remedy of `fact`. `case` is the case after `fact`."""
    columns = remedy_columns(case.id, remedy_of(case, fact.number))
    if isinstance(fact, RemedyAnswered):
        await tx.add(fact, tables.documents, asdict(given(texts, AnsweredRemedy).document))
        texts = None
    query = sa.select(remedies).where(remedies.c.case_id == case.id, remedies.c.number == fact.number)
    row = (await tx.conn.execute(query)).mappings().one_or_none()
    if row is None:
        assert isinstance(fact, (RemedyApplied, RemedyAccepted))
        columns["sealed"] = await seal(tx.secrets, remedies, columns, given(texts, RemedyTexts))
        await tx.add(fact, remedies, columns)
        return
    if texts is not None:
        known = texts_of(tx.secrets, row) or RemedyTexts()
        columns["sealed"] = await seal(tx.secrets, remedies, columns, known.joined(given(texts, RemedyTexts)))
    key = {"case_id": case.id, "number": fact.number}
    written = {name: value for name, value in columns.items() if name not in key and row[name] != value}
    await tx.set(fact, remedies, key, written)


async def list_late(v: View, now: datetime) -> list[CaseId]:
    """Cases with a remedy in which a duty of the agency passed before `now` and no record reports it yet."""
    table = remedies
    unanswered = table.c.answer_document_id.is_(None)
    waiting = (
        (Late.HANDLING, table.c.handle_until, table.c.stage == Stage.RECEIVED),
        (Late.ANSWER, table.c.answer_until, sa.and_(table.c.stage == Stage.TAKEN_UP, unanswered)),
        (Late.ANEW, table.c.anew_until, tables.cases.c.decided_at.is_(None)),
    )
    passed = [
        sa.and_(is_due, until <= now, sa.literal(duty) != sa.all_(table.c.late))
        for duty, until, is_due in waiting
    ]
    query = sa.select(table.c.case_id).join(tables.cases, tables.cases.c.id == table.c.case_id)
    query = query.where(sa.or_(*passed)).distinct().order_by(table.c.case_id)
    return [CaseId(case_id) for case_id in (await v.conn.execute(query)).scalars()]


@dataclass(frozen=True)
class Words:
    """The words of one remedy; `texts` is None once the case was erased."""

    number: int
    texts: RemedyTexts | None


async def list_words(v: View | Tx, case_id: CaseId) -> list[Words]:
    """The words of each remedy of the case, in the order of their numbers."""
    query = sa.select(remedies).where(remedies.c.case_id == case_id).order_by(remedies.c.number)
    rows = (await v.conn.execute(query)).mappings()
    return [Words(row["number"], texts_of(v.secrets, row)) for row in rows]


def texts_of(secrets: Secrets, row: Mapping[Any, Any]) -> RemedyTexts | None:
    """The words of the remedy in `row`; None once its case was erased."""
    return unseal(secrets, remedies, row, RemedyTexts)
