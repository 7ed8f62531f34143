"""The query codes of cases: found by a keyed digest, sealed for printing."""

from __future__ import annotations

import asyncio
from typing import Final

import sqlalchemy as sa

from case.domain.filing import CasePrompted
from case.domain.procedure import Case, State
from case.domain.querycodes import CodeHolder
from case.store import releases, tables
from case.store.rows import Row
from case.store.texts import CodeTexts, PartyTexts, seal, unseal
from common.door.secrets import Secrets
from common.door.uow import Tx, View
from common.values.ids import CaseId, PartyId

_KEY: Final = "query-code/key"
"""The name of the one secret under which codes are digested: without it nobody can try codes on a stolen database."""

_NO_CASE: Final = CaseId("cas_00000000000000000000000000")
"""No case has this id. A code that names no case is looked up with it, so that both take the same queries."""


async def write_code(tx: Tx, case: Case, fact: CasePrompted, code: str) -> None:
    """The row of the code that the prompt prints."""
    row = {"case_id": fact.owner, "digest": await _digest(tx.secrets, code), "made_at": tx.now}
    sealed = await seal(tx.secrets, tables.query_codes, row, CodeTexts(code))
    await releases.put(tx, case, fact, tables.query_codes, row | {"sealed": sealed})


def code_of(secrets: Secrets, row: Row) -> str | None:
    """The code as it is printed; None once its case was erased."""
    texts = unseal(secrets, tables.query_codes, row, CodeTexts)
    return texts.code if texts else None


async def find_holder(v: View, code: str) -> CodeHolder | None:
    """The party of the case that `code` names, in its canonical spelling. The same queries for every code."""
    codes, cases, parties = tables.query_codes, tables.cases, tables.parties
    by_digest = sa.select(codes.c.case_id).where(codes.c.digest == await _digest(v.secrets, code))
    found = await v.conn.scalar(by_digest)
    case_id = CaseId(found) if found else _NO_CASE
    own = (
        sa.select(cases.c.state, parties, tables.erasures.c.approved_at)
        .join(parties, parties.c.case_id == cases.c.id)
        .outerjoin(tables.erasures, tables.erasures.c.case_id == cases.c.id)
        .where(cases.c.id == case_id)
    )
    row = (await v.conn.execute(own)).mappings().one_or_none()
    if row is None:
        return None
    texts = unseal(v.secrets, parties, row, PartyTexts)
    return CodeHolder(
        case_id,
        PartyId(row["party_id"]),
        State(row["state"]),
        texts is None or row["approved_at"] is not None,
        texts.identity_number if texts else "",
        (texts.phone if texts else None) or "",
    )


async def _digest(secrets: Secrets, code: str) -> bytes:
    if not secrets.has(_KEY):
        await asyncio.to_thread(secrets.make, _KEY)
    return secrets.keyed_digest(_KEY, "query-code", code.replace("-", "").encode())
