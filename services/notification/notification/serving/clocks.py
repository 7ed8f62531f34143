"""What time does to a service: silence fails an electronic step, a public notice serves, an alarm rings."""

from __future__ import annotations

from common.door.uow import change, view
from common.policy import Action, authorize, service_actor
from notification.domain.serving.electronic import silent
from notification.domain.serving.notice import lapse
from notification.domain.serving.opening import alarm
from notification.domain.serving.service import Changing
from notification.runtime import NotificationRuntime
from notification.serving.sending import rule_of
from notification.store import services


async def watch_services(runtime: NotificationRuntime) -> None:
    """Record what is due now for every service that is neither served nor given up."""
    mandate = authorize(service_actor("notification"), Action.SERVICE_WORK)
    async with view(runtime.db, mandate) as v:
        waiting = await services.list_waiting(v)
    for service_id in waiting:
        async with change(runtime.db, mandate) as tx:
            # Read under the lock: an officer may have ended it meanwhile.
            service = await services.lock(tx, service_id)
            permit = tx.permit(services.resource(service))
            facts: list[Changing] = [*silent(service, rule_of(runtime), at=tx.now)]
            served = lapse(service, at=tx.now)
            rung = None if served else alarm(service, at=tx.now)
            facts += [fact for fact in (served, rung) if fact is not None]
            if facts:
                await services.save(tx, permit, service, *facts)
