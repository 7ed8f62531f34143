"""The end of deferrals: what they held goes on the persons' lines by itself."""

from __future__ import annotations

from typing import Final

from common.door.uow import change, view
from common.policy import Action, authorize, service_actor
from common.values.calendar import legal_day
from common.values.ids import DeferralId
from data_exchange.domain import deferrals as rules
from data_exchange.domain.deferrals import DeferralState
from data_exchange.domain.usages import note
from data_exchange.runtime import DataExchangeRuntime
from data_exchange.store import deferrals, usages

_AT_ONCE: Final = 200


async def end_deferrals(runtime: DataExchangeRuntime) -> None:
    """End every deferral whose last day is over, and release what deferrals at an end still hold."""
    mandate = authorize(service_actor("data-exchange"), Action.DEFERRAL_WORK)
    async with view(runtime.db, mandate) as v:
        over = await deferrals.list_over(v, legal_day(v.now))
    for deferral_id in over:
        while await _go_on(runtime, deferral_id):
            pass


async def _go_on(runtime: DataExchangeRuntime, deferral_id: DeferralId) -> bool:
    """Record the end, and release the next usages. False once nothing is held any more."""
    mandate = authorize(service_actor("data-exchange"), Action.DEFERRAL_WORK)
    async with change(runtime.db, mandate) as tx:
        deferral = await deferrals.lock(tx, deferral_id)
        permit = tx.permit(deferrals.resource(deferral))
        ended = rules.end(deferral, at=tx.now)
        if ended is not None:
            deferral = await deferrals.save(tx, permit, deferral, ended)
        if deferral.state is not DeferralState.ENDED:
            return False
        held = await usages.list_held(tx, deferral_id, _AT_ONCE)
        if not held:
            return False
        numbers = await usages.next_numbers(tx, [each.line_id for each in held])
        noted = [
            note(each.line_id, each.usage, nth=nth, deferral_id=deferral_id)
            for each, nth in zip(held, numbers, strict=True)
        ]
        await usages.add(tx, permit, *noted)
        await usages.release(tx, permit, rules.release(deferral, len(held)), [each.n for each in held])
    return len(held) == _AT_ONCE
