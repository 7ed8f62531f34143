"""Disputes go up by themselves once the period of a level has passed (GDS 28(2))."""

from __future__ import annotations

from common.door.uow import change, view
from common.policy import Action, authorize, service_actor
from common.values.calendar import legal_day
from data_exchange.domain import disputes as rules
from data_exchange.domain.clocks import Terms
from data_exchange.runtime import DataExchangeRuntime
from data_exchange.store import disputes


async def watch_disputes(runtime: DataExchangeRuntime) -> None:
    """Record every level whose period is over: the next organ has the dispute from then on."""
    mandate = authorize(service_actor("data-exchange"), Action.DISPUTE_WATCH)
    terms = Terms(runtime.profile, runtime.calendar)
    async with view(runtime.db, mandate) as v:
        passed = await disputes.list_passed(v, legal_day(v.now))
    for dispute_id in passed:
        async with change(runtime.db, mandate) as tx:
            dispute = await disputes.lock(tx, dispute_id)
            permit = tx.permit(disputes.resource(dispute, tx.mandate.actor))
            # Read under the lock: a decision may have ended the clock meanwhile.
            fact = rules.pass_level(dispute, terms=terms, at=tx.now)
            if fact is not None:
                await disputes.save(tx, permit, dispute, fact)
