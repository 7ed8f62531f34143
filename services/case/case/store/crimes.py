"""The rows of suspected crimes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, assert_never

import sqlalchemy as sa

from case.domain.crimes import (
    CrimeAnswered,
    CrimeEnded,
    CrimeReported,
    CrimeTeamNamed,
    CrimeTransferDecided,
    CrimeTransferNoted,
)
from case.domain.erasure import gone
from case.domain.procedure import Case
from case.domain.suspicion import CourtResult, PoliceAnswer, SuspectedCrime
from case.store import tables
from case.store.crimetables import crimes
from case.store.crimetexts import Judged
from case.store.executiontexts import Said
from case.store.texts import Texts, given, seal, unseal
from common.door.uow import Tx, View
from common.values.ids import AgencyId, CaseId, DocumentId, ExchangeId, OfficerId

CrimeFact = (
    CrimeTeamNamed | CrimeReported | CrimeTransferDecided | CrimeTransferNoted | CrimeAnswered | CrimeEnded
)


async def write(tx: Tx, case: Case, fact: CrimeFact, texts: Texts | None) -> None:
    """The row of the suspicion that `fact` is about, as `case` holds it after the fact."""
    crime = next(each for each in case.crimes if each.number == fact.number)
    key, row = {"case_id": case.id, "number": fact.number}, _row(case, crime)
    match fact:
        case CrimeTeamNamed():
            await tx.add(fact, crimes, row)
        case CrimeReported():
            sealed = await seal(tx.secrets, crimes, row, given(texts, Said))
            reported = {"reported_at": crime.reported_at, "decide_by": crime.decide_by}
            await tx.set(fact, crimes, key, reported | {"sealed": sealed})
        case CrimeTransferDecided():
            decided = given(texts, Judged)
            if decided.document is not None:
                await tx.add(fact, tables.documents, asdict(decided.document))
            words = await report_of(tx, case.id, fact.number)
            sealed = await seal(tx.secrets, crimes, row, Said(words.words, decided.reason))
            values = {"approved": crime.approved, "document_id": crime.document_id, "sealed": sealed}
            await tx.set(fact, crimes, key, values)
        case CrimeTransferNoted():
            if fact.number > await _most(tx, case.id):
                await tx.add(fact, crimes, row)
            else:
                sent = {"exchange_id": crime.exchange_id, "to_agency": crime.to_agency_id, "answer": None}
                await tx.set(fact, crimes, key, sent)
        case CrimeAnswered():
            await tx.set(fact, crimes, key, {"answer": crime.answer})
        case CrimeEnded():
            await tx.set(fact, crimes, key, {"result": crime.result})
        case _:
            assert_never(fact)


async def report_of(v: View | Tx, case_id: CaseId, number: int) -> Said:
    """The report of the team. Refusal CASE_ERASED once the case was erased."""
    query = sa.select(crimes).where(crimes.c.case_id == case_id, crimes.c.number == number)
    row = (await v.conn.execute(query)).mappings().one()
    said = unseal(v.secrets, crimes, row, Said)
    if said is None:
        raise gone(case_id)
    return said


async def find_by_transfer(tx: Tx, exchange_id: ExchangeId) -> CaseId | None:
    """The id of the case that this transfer hands over to the police."""
    query = sa.select(crimes.c.case_id).where(crimes.c.exchange_id == exchange_id)
    case_id = (await tx.conn.execute(query)).scalar_one_or_none()
    return CaseId(case_id) if case_id else None


def crime_of(row: Mapping[Any, Any]) -> SuspectedCrime:
    """The suspicion that `row` holds."""
    return SuspectedCrime(
        row["number"],
        tuple(OfficerId(officer) for officer in row["team"]),
        row["named_at"],
        row["reported_at"],
        row["decide_by"],
        row["approved"],
        DocumentId(row["document_id"]) if row["document_id"] else None,
        ExchangeId(row["exchange_id"]) if row["exchange_id"] else None,
        AgencyId(row["to_agency"]) if row["to_agency"] else None,
        PoliceAnswer(row["answer"]) if row["answer"] else None,
        CourtResult(row["result"]) if row["result"] else None,
    )


def _row(case: Case, crime: SuspectedCrime) -> dict[str, Any]:
    row = asdict(crime) | {"case_id": case.id, "team": list(crime.team)}
    return row | {"to_agency": row.pop("to_agency_id")}


async def _most(tx: Tx, case_id: CaseId) -> int:
    query = sa.select(sa.func.coalesce(sa.func.max(crimes.c.number), 0)).where(crimes.c.case_id == case_id)
    return int((await tx.conn.execute(query)).scalar_one())
