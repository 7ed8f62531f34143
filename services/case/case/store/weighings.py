"""Writes the two laws that were weighed for a case."""

from __future__ import annotations

from case.domain.lawoftime import LawWeighed
from case.domain.procedure import Case
from case.store.weighingrows import weighed_columns, weighings
from common.door.uow import Tx


async def write(tx: Tx, case: Case, fact: LawWeighed) -> None:
    """The row of `fact`. `case` is the case after it."""
    row = {"case_id": case.id, "n": len(case.weighings)}
    await tx.add(fact, weighings, row | weighed_columns(fact.weighed))
