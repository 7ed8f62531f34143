"""Follows the transfers of leads and of suspected crimes in the exchange, and notes on the case how they end.

A lead goes to the competent agency (C-07; NJ 19), a suspected crime to the police (C-13; APL 27).
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from case.domain.crimes import note_answer, note_crime_transfer, note_result
from case.domain.facts import CaseFact
from case.domain.procedure import Case
from case.domain.suspicion import CourtResult, PoliceAnswer
from case.domain.transferring import end_transfer, note_transfer, transfer_out
from case.runtime import CaseRuntime
from case.store import cases, crimes
from common.door.feed import LedgerEntry, follow
from common.door.uow import Tx, change
from common.policy import Action, authorize, service_actor
from common.values.ids import AgencyId, CaseId, ExchangeId

_PREPARED: Final = "exchange.transfer_prepared"
_ACCEPTED: Final = "exchange.transfer_accepted"
_ENDED: Final = ("exchange.transfer_returned", "exchange.transfer_disapproved")
_RECONSIDERED: Final = "exchange.reconsideration_decided"
_RESULT: Final = "exchange.transfer_result_given"
_FOLLOWED: Final = dict.fromkeys((_PREPARED, _ACCEPTED, _RECONSIDERED, _RESULT, *_ENDED), "exchange")


async def follow_transfers(runtime: CaseRuntime) -> None:
    """Note every transfer of a lead of ours: that it is prepared, that the other agency filed it, that it came back."""

    async def handle(entry: LedgerEntry) -> None:
        async with change(runtime.db, authorize(service_actor("case"), Action.CASE_NOTE_TRANSFER)) as tx:
            await _note(tx, entry)

    while await follow(runtime.db, runtime.feed, "transfers", _FOLLOWED, handle):
        continue


async def _note(tx: Tx, entry: LedgerEntry) -> None:
    data, exchange_id = entry.record["data"], ExchangeId(entry.record["stream"].partition("/")[2])
    kind, at = entry.record["type"], datetime.fromisoformat(entry.record["at"])
    if kind == _PREPARED and data["case_id"] is None:
        return
    is_crime = kind == _PREPARED and data["kind"] == "CRIMINAL_TRANSFER"
    if kind == _PREPARED:
        found: CaseId | None = CaseId(data["case_id"])
    else:
        charged = await crimes.find_by_transfer(tx, exchange_id)
        is_crime, found = charged is not None, charged or await cases.find_by_transfer(tx, exchange_id)
    if found is None:
        return
    case = await cases.lock(tx, found)
    permit = tx.permit(cases.resource(case))
    follow_one = _of_crime if is_crime else _of_lead
    fact = follow_one(case, exchange_id, kind, data, at)
    if fact is not None:
        await cases.save(tx, permit, case, fact)


def _of_lead(
    case: Case, exchange_id: ExchangeId, kind: str, data: dict[str, Any], at: datetime
) -> CaseFact | None:
    if kind == _PREPARED:
        return note_transfer(case, exchange_id, AgencyId(data["to_agency_id"]), AgencyId(data["agency_id"]))
    if kind == _ACCEPTED and data["filing"] == "FILED":
        return transfer_out(case, exchange_id, at)
    # A result comes after the lead left, and changes nothing here.
    return end_transfer(case, exchange_id)


def _of_crime(
    case: Case, exchange_id: ExchangeId, kind: str, data: dict[str, Any], at: datetime
) -> CaseFact | None:
    if kind == _PREPARED:
        to, by = AgencyId(data["to_agency_id"]), AgencyId(data["agency_id"])
        return note_crime_transfer(case, exchange_id, to, by, at)
    if kind == _RESULT:
        return note_result(case, exchange_id, CourtResult(data["outcome"]), at)
    answer = data["filing"] if kind in (_ACCEPTED, _RECONSIDERED) else PoliceAnswer.RETURNED
    return note_answer(case, exchange_id, PoliceAnswer(answer), at)
