"""What a released party leaves in the rows of a case: it counts no more, and the next party's rows take its place."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any, Final

import sqlalchemy as sa

from case.domain.procedure import Case
from case.domain.releasing import PartyReleased
from case.store import collecting, tables
from case.store.correctiontables import correction_orders
from case.store.datarequesttables import data_requests
from case.store.executiontables import suspensions
from case.store.filetables import files
from common.door.rows import SALT
from common.door.uow import Tx, View
from common.values.facts import Fact
from common.values.ids import CaseId

LEFT: Final = (
    tables.parties,
    tables.notices,
    tables.defences,
    files,
    tables.signatures,
    tables.reports,
    correction_orders,
    suspensions,
    data_requests,
)
"""The tables whose rows are about one party: after a release they stay and are read no more."""


async def write_release(tx: Tx, case: Case, fact: PartyReleased) -> None:
    """Mark every row about the released party. Nobody finds its other cases by this one any more."""
    for table in LEFT:
        query = sa.select(*table.primary_key.columns).where(
            table.c.case_id == fact.owner, table.c.released_at.is_(None)
        )
        forgotten = {"identity_digest": None} if table is tables.parties else {}
        for key in (await tx.conn.execute(query)).mappings().all():
            await tx.set(fact, table, dict(key), {"released_at": fact.released_at} | forgotten)
    await collecting.write_fallen(tx, case, fact)
    await collecting.drop_proposals(tx, case, fact)


async def put(tx: Tx, case: Case, fact: Fact, table: sa.Table, row: Mapping[str, Any]) -> None:
    """Add a row about the party, or write it over the one that a released party left."""
    key = {column.name: row[column.name] for column in table.primary_key.columns}
    if case.released is None or not await _is_there(tx, table, key):
        await tx.add(fact, table, row)
        return
    names = {column.name for column in table.columns} - {SALT}
    rest = names - key.keys() - row.keys()
    await tx.set(fact, table, key, dict.fromkeys(rest) | {k: v for k, v in row.items() if k not in key})


async def end_code(tx: Tx, fact: Fact, case_id: CaseId) -> None:
    """The query code that the released party holds opens nothing from now on."""
    codes = tables.query_codes
    if await _is_there(tx, codes, {"case_id": case_id}):
        nobodys = {"digest": secrets.token_bytes(32), "sealed": None}
        await tx.set(fact, codes, {"case_id": case_id}, nobodys)


async def _is_there(tx: Tx | View, table: sa.Table, key: Mapping[str, Any]) -> bool:
    query = sa.select(sa.literal(True)).where(*(table.c[name] == value for name, value in key.items()))
    return bool(await tx.conn.scalar(query))
