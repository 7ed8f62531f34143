"""What parties asked about their data, and the answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from case.domain.datarequests import DataCopied, DataRequest, DataRequestDecided, DataRequested, Right
from case.domain.procedure import Case
from case.store import tables, worklist
from case.store.datarequesttables import data_requests
from case.store.executiontexts import Said
from case.store.texts import PartyTexts, seal, unseal
from common.door.uow import Tx, View
from common.policy import Permit, not_found
from common.values.ids import CaseId, PartyId


@dataclass(frozen=True)
class RequestLine:
    """A request with its words and its answer; `said` is None once the case was erased."""

    request: DataRequest
    party_id: PartyId
    ground: str | None
    law: str | None
    decided_at: datetime | None
    said: Said | None


async def list_of_case(v: View | Tx, case_id: CaseId) -> list[RequestLine]:
    """Every request of the party of the case, the oldest first.

    What a released party asked is none of it: granted now, it would be carried out on the data of the next one.
    """
    query = sa.select(data_requests).where(
        data_requests.c.case_id == case_id, data_requests.c.released_at.is_(None)
    )
    rows = (await v.conn.execute(query.order_by(data_requests.c.number))).mappings()
    return [_line(v, row) for row in rows]


async def next_number(tx: Tx, case_id: CaseId) -> int:
    """The number of the next request in the case, after those of a released party."""
    query = sa.select(sa.func.count()).where(data_requests.c.case_id == case_id)
    return int(await tx.conn.scalar(query) or 0) + 1


async def get(v: View | Tx, case_id: CaseId, number: int) -> RequestLine:
    """One request. Refusal NOT_FOUND."""
    found = [each for each in await list_of_case(v, case_id) if each.request.number == number]
    if not found:
        raise not_found(f"{case_id}/{number}")
    return found[0]


async def record_request(tx: Tx, permit: Permit, case: Case, fact: DataRequested, words: str) -> None:
    """Record the request, its row and its deadline, which the work list shows whatever the state of the case is."""
    tx.record(permit, fact)
    row = {
        "case_id": fact.owner,
        "number": fact.number,
        "party_id": fact.party_id,
        "kind": fact.right,
        "asked_at": tx.now,
    }
    sealed = await seal(tx.secrets, data_requests, row, Said(words))
    await tx.add(fact, data_requests, row | {"sealed": sealed})
    await tx.add(fact, tables.deadlines, {"case_id": fact.owner, **asdict(fact.answer_by)})
    await worklist.keep(tx, case)


async def record_answer(tx: Tx, permit: Permit, case: Case, fact: DataRequestDecided, reasons: str) -> None:
    """Record the decision, and write it into the row of the request."""
    tx.record(permit, fact)
    key = {"case_id": fact.owner, "number": fact.number}
    said = (await get(tx, CaseId(fact.owner), fact.number)).said
    words = replace(said, answer=reasons) if said else Said("", reasons)
    decided = {
        "granted": fact.granted,
        "ground": fact.ground,
        "law": fact.law,
        "decided_by": fact.by,
        "decided_at": tx.now,
        "sealed": await seal(tx.secrets, data_requests, key, words),
    }
    await tx.set(fact, data_requests, key, decided)
    await worklist.keep(tx, case)


def record_copy(tx: Tx, permit: Permit, fact: DataCopied) -> None:
    """Record that the party was given its copy. No row changes."""
    tx.record(permit, fact)


async def correct_party(
    tx: Tx, fact: DataRequestDecided, case: Case, texts: PartyTexts, corrected: Mapping[str, str]
) -> None:
    """Write the corrected particulars of the party of `case`, which is locked."""
    assert case.party is not None
    query = sa.select(tables.parties).where(
        tables.parties.c.case_id == case.id, tables.parties.c.released_at.is_(None)
    )
    row = (await tx.conn.execute(query)).mappings().one()
    key = {column.name: row[column.name] for column in tables.parties.primary_key.columns}
    sealed = await seal(tx.secrets, tables.parties, dict(row), replace(texts, **corrected))
    await tx.set(fact, tables.parties, key, {"sealed": sealed})


def _line(v: View | Tx, row: Mapping[Any, Any]) -> RequestLine:
    request = DataRequest(row["number"], Right(row["kind"]), row["asked_at"], row["granted"])
    said = unseal(v.secrets, data_requests, row, Said)
    return RequestLine(request, PartyId(row["party_id"]), row["ground"], row["law"], row["decided_at"], said)
