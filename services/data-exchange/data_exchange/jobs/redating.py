"""Dates every provisional period again whose year has its notice now, each with a record of its own (HOL 2)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from common.door.uow import Tx, View, change, view
from common.policy import Action, authorize, service_actor
from common.values.ids import CatalogueItemId, DataUseId, DisputeId, ExchangeId
from data_exchange.domain import redating
from data_exchange.domain.clocks import Terms
from data_exchange.runtime import DataExchangeRuntime
from data_exchange.store import catalogue, disputes, exchanges, uses

Id = TypeVar("Id")


async def redate_deadlines(runtime: DataExchangeRuntime) -> None:
    """Date the periods of exchanges, of the catalogue, of disputes and of uses again.

    Each rule is asked under the lock: an answer may have ended the clock, another process may have dated it, meanwhile.
    """
    terms = Terms(runtime.profile, runtime.calendar)

    async def exchange(tx: Tx, exchange_id: ExchangeId) -> None:
        one = await exchanges.lock(tx, exchange_id)
        permit = tx.permit(exchanges.resource(one, tx.mandate.actor))
        await exchanges.save(tx, permit, one, *redating.redate(one, terms=terms))

    async def item(tx: Tx, item_id: CatalogueItemId) -> None:
        one = await catalogue.lock(tx, item_id)
        permit = tx.permit(catalogue.resource(one, tx.mandate.actor))
        await catalogue.save(tx, permit, one, *redating.redate_item(one, terms=terms))

    async def dispute(tx: Tx, dispute_id: DisputeId) -> None:
        one = await disputes.lock(tx, dispute_id)
        permit = tx.permit(disputes.resource(one, tx.mandate.actor))
        await disputes.save(tx, permit, one, *redating.redate_dispute(one, terms=terms))

    async def use(tx: Tx, use_id: DataUseId) -> None:
        one = await uses.lock(tx, use_id)
        permit = tx.permit(uses.resource(one, tx.mandate.actor))
        await uses.save(tx, permit, one, *redating.redate_use(one, terms=terms))

    await _each(runtime, Action.EXCHANGE_WATCH, exchanges.list_provisional, exchange)
    await _each(runtime, Action.CATALOGUE_WATCH, catalogue.list_provisional, item)
    await _each(runtime, Action.DISPUTE_WATCH, disputes.list_provisional, dispute)
    await _each(runtime, Action.USE_WATCH, uses.list_provisional, use)


async def _each(
    runtime: DataExchangeRuntime,
    action: Action,
    list_provisional: Callable[[View], Awaitable[Sequence[Id]]],
    redate: Callable[[Tx, Id], Awaitable[None]],
) -> None:
    mandate = authorize(service_actor("data-exchange"), action)
    async with view(runtime.db, mandate) as v:
        waiting = await list_provisional(v)
    for id in waiting:
        async with change(runtime.db, mandate) as tx:
            await redate(tx, id)
