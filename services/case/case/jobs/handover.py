"""Follows the transfers of leads in the exchange, and notes on the lead how they end (C-07; NJ 19)."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from case.domain.transferring import OfTransfer, end_transfer, note_transfer, transfer_out
from case.runtime import CaseRuntime
from case.store import cases
from common.door.feed import LedgerEntry, follow
from common.door.uow import Tx, change
from common.policy import Action, authorize, service_actor
from common.values.ids import AgencyId, CaseId, ExchangeId

_PREPARED: Final = "exchange.transfer_prepared"
_ACCEPTED: Final = "exchange.transfer_accepted"
_ENDED: Final = ("exchange.transfer_returned", "exchange.transfer_disapproved")
_FOLLOWED: Final = dict.fromkeys((_PREPARED, _ACCEPTED, *_ENDED), "exchange")


async def follow_transfers(runtime: CaseRuntime) -> None:
    """Note every transfer of a lead of ours: that it is prepared, that the other agency filed it, that it came back."""

    async def handle(entry: LedgerEntry) -> None:
        async with change(runtime.db, authorize(service_actor("case"), Action.CASE_NOTE_TRANSFER)) as tx:
            await _note(tx, entry)

    while await follow(runtime.db, runtime.feed, "transfers", _FOLLOWED, handle):
        continue


async def _note(tx: Tx, entry: LedgerEntry) -> None:
    data, exchange_id = entry.record["data"], ExchangeId(entry.record["stream"].partition("/")[2])
    is_prepared = entry.record["type"] == _PREPARED
    if is_prepared and (data["kind"] != "TRANSFER" or data["case_id"] is None):
        return
    if is_prepared:
        case = await cases.lock(tx, CaseId(data["case_id"]))
    else:
        found = await cases.find_by_transfer(tx, exchange_id)
        if found is None:
            return
        case = await cases.lock(tx, found)
    permit = tx.permit(cases.resource(case))
    fact: OfTransfer | None
    if is_prepared:
        agency_id = AgencyId(data["agency_id"])
        fact = note_transfer(case, exchange_id, AgencyId(data["to_agency_id"]), agency_id)
    elif entry.record["type"] == _ACCEPTED and data["filing"] == "FILED":
        fact = transfer_out(case, exchange_id, datetime.fromisoformat(entry.record["at"]))
    else:
        fact = end_transfer(case, exchange_id)
    if fact is not None:
        await cases.save(tx, permit, case, fact)
