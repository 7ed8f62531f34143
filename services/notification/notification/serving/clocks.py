"""What time does to a service: silence fails an electronic step, a public notice serves, an alarm rings."""

from __future__ import annotations

from datetime import timedelta

from common.door.uow import change, view
from common.values.ids import ServiceId
from notification.domain.serving.electronic import silent
from notification.domain.serving.notice import lapse
from notification.domain.serving.opening import alarm
from notification.domain.serving.service import Changing
from notification.runtime import NotificationRuntime
from notification.serving.passes import for_each
from notification.serving.sending import mandate, rule_of
from notification.store import services


async def watch_services(runtime: NotificationRuntime) -> None:
    """Record what is due now for every service that is neither served nor given up."""
    async with view(runtime.db, mandate()) as v:
        silent_since = v.now - timedelta(hours=rule_of(runtime).arrival_h)
        due = await services.list_due(v, silent_since=silent_since)

    async def do(service_id: ServiceId) -> None:
        await _watch(runtime, service_id)

    await for_each(due, do)


async def _watch(runtime: NotificationRuntime, service_id: ServiceId) -> None:
    async with change(runtime.db, mandate()) as tx:
        # Read under the lock: an officer may have ended it meanwhile.
        service = await services.lock(tx, service_id)
        permit = tx.permit(services.resource(service))
        facts: list[Changing] = [*silent(service, rule_of(runtime), at=tx.now)]
        served = lapse(service, at=tx.now)
        rung = None if served else alarm(service, at=tx.now)
        facts += [fact for fact in (served, rung) if fact is not None]
        if facts:
            await services.save(tx, permit, service, *facts)
