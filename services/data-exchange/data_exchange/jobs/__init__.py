"""Work without a caller: it records each period that passed in silence, urges, and tells the supervisor."""

from __future__ import annotations

import logging
from typing import Final

from common.door.uow import change, view
from common.policy import Action, Mandate, authorize, service_actor
from common.values.calendar import legal_day
from common.values.errors import Kind as RefusalKind
from common.values.errors import Refusal
from common.values.ids import ExchangeId
from common.web.app import Job
from data_exchange.connectors.drops import take_drops
from data_exchange.documents.urging_letters import followed
from data_exchange.domain import changing, receiving, urging
from data_exchange.domain.clocks import Terms
from data_exchange.domain.exchange import Exchange
from data_exchange.jobs.batches import compare_batches
from data_exchange.jobs.deferrals import end_deferrals
from data_exchange.jobs.disputes import watch_disputes
from data_exchange.jobs.erasures import destroy_erased
from data_exchange.jobs.feed import fill_feed, forget_events
from data_exchange.jobs.redating import redate_deadlines
from data_exchange.jobs.uses import follow_uses, watch_disposals
from data_exchange.jobs.webhooks import send_hints
from data_exchange.runtime import DataExchangeRuntime
from data_exchange.store import catalogue, exchanges, transfers
from data_exchange.wire.upkeep import forget_nonces, refresh_keys

log = logging.getLogger(__name__)


async def watch_clocks(runtime: DataExchangeRuntime) -> None:
    """Record every period that is over, and then what follows from it by itself (NJ 22(2)).

    The silence is recorded first and needs nobody. Its urging has a letter, for which the gateway is asked.
    """
    async with view(runtime.db, _mandate()) as v:
        passed = await exchanges.list_passed(v, legal_day(v.now))
    for exchange_id in passed:
        await _pass(runtime, exchange_id)
    async with view(runtime.db, _mandate()) as v:
        silent = await exchanges.list_silent(v)
    for exchange in silent:
        await _follow(runtime, exchange)


async def _pass(runtime: DataExchangeRuntime, exchange_id: ExchangeId) -> None:
    async with change(runtime.db, _mandate()) as tx:
        exchange = await exchanges.lock(tx, exchange_id)
        permit = tx.permit(exchanges.resource(exchange, tx.mandate.actor))
        # Read under the lock: an answer may have ended the clock meanwhile.
        overdue = urging.passed(exchange, at=tx.now)
        if overdue:
            await exchanges.save(tx, permit, exchange, *overdue)


async def _follow(runtime: DataExchangeRuntime, exchange: Exchange) -> None:
    terms, mandate = Terms(runtime.profile, runtime.calendar), _mandate()
    if urging.follow(exchange, terms=terms, at=runtime.clock()) is None:
        return  # it waits for an officer, who states the serious result
    try:
        async with followed(runtime, mandate, exchange) as draft, change(runtime.db, mandate) as tx:
            exchange = await exchanges.lock(tx, exchange.id)
            permit = tx.permit(exchanges.resource(exchange, tx.mandate.actor))
            letter = draft.current(exchange, tx.now) if draft else None
            fact = urging.follow(exchange, terms=terms, at=tx.now, letter=letter)
            if fact is not None:
                await exchanges.save(tx, permit, exchange, fact)
    except Refusal as refusal:
        if refusal.kind is not RefusalKind.CONFLICT:
            raise
        log.info("exchange %s moved on while its urging was made: %s", exchange.id, refusal.code)


async def watch_catalogue(runtime: DataExchangeRuntime) -> None:
    """Record every period of the catalogue that is over: a change not made, a review not done (GDS 17)."""
    mandate = authorize(service_actor("data-exchange"), Action.CATALOGUE_WATCH)
    async with view(runtime.db, mandate) as v:
        passed = await catalogue.list_passed(v, legal_day(v.now))
    for item_id in passed:
        async with change(runtime.db, mandate) as tx:
            item = await catalogue.lock(tx, item_id)
            permit = tx.permit(catalogue.resource(item, tx.mandate.actor))
            # Read under the lock: a submission may have ended the clock meanwhile.
            facts = changing.overdue(item, at=tx.now)
            if facts:
                await catalogue.save(tx, permit, item, *facts)


def _mandate() -> Mandate:
    return authorize(service_actor("data-exchange"), Action.EXCHANGE_WATCH)


async def pass_on_transfers(runtime: DataExchangeRuntime) -> None:
    """Give every case that the wrong police forwarded to the competent agency (CrimT 7).

    The forwarding agency cannot do it itself: the row would leave its sight in the middle of its change.
    """
    mandate = authorize(service_actor("data-exchange"), Action.TRANSFER_PASS_ON)
    async with view(runtime.db, mandate) as v:
        waiting = await transfers.list_to_pass_on(v)
    terms = Terms(runtime.profile, runtime.calendar)
    for exchange_id in waiting:
        async with change(runtime.db, mandate) as tx:
            transfer = await transfers.lock(tx, exchange_id)
            permit = tx.permit(transfers.resource(transfer, tx.mandate.actor))
            fact = receiving.pass_on(transfer, terms=terms, at=tx.now)
            if fact is not None:
                await transfers.save(tx, permit, transfer, fact)


JOBS: Final[tuple[Job[DataExchangeRuntime], ...]] = (
    # Before the clocks: a day that moves back by the notice is judged by the new one.
    Job("redate", redate_deadlines, every_s=60),
    Job("clocks", watch_clocks, every_s=5),
    Job("nonces", forget_nonces, every_s=60),
    Job("keys", refresh_keys, every_s=600, everywhere=True),
    Job("catalogue", watch_catalogue, every_s=5),
    Job("batches", compare_batches, every_s=1),
    Job("drops", take_drops, every_s=5),
    Job("forwarding", pass_on_transfers, every_s=5),
    Job("erasures", destroy_erased, every_s=60),
    Job("events", fill_feed),
    Job("forget-events", forget_events, every_s=600),
    Job("disputes", watch_disputes, every_s=5),
    Job("webhooks", send_hints),
    Job("uses", follow_uses),
    Job("deferrals", end_deferrals, every_s=5),
    Job("disposals", watch_disposals, every_s=5),
)
