"""Follows the ledger: a disclosure opens a use, and the closing of a case makes the disposal due (GDS 27)."""

from __future__ import annotations

from typing import Final

from common.door.feed import LedgerEntry, follow
from common.door.uow import Tx, change, view
from common.policy import Action, Mandate, Resource, authorize, service_actor
from common.values.calendar import legal_day
from common.values.ids import AgencyId, CaseId, ComparisonId, DataUseId, ExchangeId
from data_exchange import inquiry
from data_exchange.documents.addresses import Addresses, addresses_of
from data_exchange.domain import usefacts as rules
from data_exchange.domain.clocks import Terms
from data_exchange.domain.exchange import Purpose
from data_exchange.domain.uses import DataUse
from data_exchange.runtime import DataExchangeRuntime
from data_exchange.store import comparisons, datarequests, uses

_FOLLOWED: Final = {
    "comparison.answered": "comparison",
    "comparison.batch.done": "comparison",
    "exchange.fulfilled": "exchange",
    "case.closed": "case",
    "case.not_filed": "case",
    "case.merged": "case",
    "case.transferred_out": "case",
}


async def follow_uses(runtime: DataExchangeRuntime) -> None:
    """Open a use for each disclosure, and ask for the disposal of a closed case's data. Each entry has one effect."""

    async def handle(entry: LedgerEntry) -> None:
        name = entry.record["stream"].partition("/")[2]
        match entry.record["type"]:
            case "comparison.answered" | "comparison.batch.done":
                await _compared(runtime, ComparisonId(name))
            case "exchange.fulfilled":
                await _delivered(runtime, ExchangeId(name))
            case "case.closed" | "case.not_filed" | "case.merged" | "case.transferred_out":
                await _closed(runtime, CaseId(name))

    while await follow(runtime.db, runtime.feed, "uses", _FOLLOWED, handle):
        continue


async def watch_disposals(runtime: DataExchangeRuntime) -> None:
    """Record every disposal that was not made in its time."""
    async with view(runtime.db, _mandate()) as v:
        passed = await uses.list_passed(v, legal_day(v.now))
    for use_id in passed:
        async with change(runtime.db, _mandate()) as tx:
            use = await uses.lock(tx, use_id)
            permit = tx.permit(uses.resource(use, tx.mandate.actor))
            # Read under the lock: the receiver may have disposed of the data meanwhile.
            fact = rules.miss(use, at=tx.now)
            if fact is not None:
                await uses.save(tx, permit, use, fact)


async def _compared(runtime: DataExchangeRuntime, comparison_id: ComparisonId) -> None:
    async with view(runtime.db, _mandate()) as v:
        comparison = await comparisons.get(v, comparison_id)
    assert comparison.register is not None, "a register answered"
    register = runtime.registers.get(comparison.register)
    addresses = await addresses_of(runtime)
    await _open(
        runtime,
        addresses,
        source=str(comparison_id),
        agency_id=comparison.agency_id,
        provider_id=addresses.find(register.provider) if register else None,
        what=comparison.register,
        purpose=comparison.purpose,
        case_id=comparison.case_id,
    )


async def _delivered(runtime: DataExchangeRuntime, exchange_id: ExchangeId) -> None:
    async with view(runtime.db, _mandate()) as v:
        request = await datarequests.find(v, exchange_id)
    if request is None:
        return  # Assistance is no sharing of government data: its answer is under no log of this kind.
    await _open(
        runtime,
        await addresses_of(runtime),
        source=str(exchange_id),
        agency_id=request.agency_id,
        provider_id=request.provider_id,
        what=str(request.item_id),
        purpose=request.purpose,
        case_id=request.case_id,
    )


async def _open(
    runtime: DataExchangeRuntime,
    addresses: Addresses,
    *,
    source: str,
    agency_id: AgencyId,
    provider_id: AgencyId | None,
    what: str,
    purpose: Purpose,
    case_id: CaseId | None,
) -> None:
    # The case may have closed before this entry was read: its closing is then an entry that finds no use of it.
    standing = await inquiry.standing_of(runtime, case_id)
    async with change(runtime.db, _mandate()) as tx:
        if await uses.find_of_source(tx, source) is not None:
            return
        use_id = DataUseId.new(tx.now)
        permit = tx.permit(Resource(use_id, agency_id, level=3))
        use = await uses.add(
            tx,
            permit,
            rules.open_use(
                use_id,
                agency_id=agency_id,
                provider_id=provider_id,
                authority_id=addresses.find_authority(),
                source=source,
                what=what,
                purpose=purpose,
                case_id=case_id,
            ),
        )
        if standing is not None and not standing.is_open:
            await _due(tx, runtime, use)


async def _closed(runtime: DataExchangeRuntime, case_id: CaseId) -> None:
    async with view(runtime.db, _mandate()) as v:
        listed = await uses.list_of_case(v, case_id)
    for listed_use in listed:
        async with change(runtime.db, _mandate()) as tx:
            await _due(tx, runtime, await uses.lock(tx, listed_use.id))


async def _due(tx: Tx, runtime: DataExchangeRuntime, use: DataUse) -> None:
    permit = tx.permit(uses.resource(use, tx.mandate.actor))
    fact = rules.case_closed(use, terms=Terms(runtime.profile, runtime.calendar), at=tx.now)
    if fact is not None:
        await uses.save(tx, permit, use, fact)


def _mandate() -> Mandate:
    return authorize(service_actor("data-exchange"), Action.USE_WATCH)
