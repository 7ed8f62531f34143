"""Once in each legal day: the seven situations of every device in use, and the end of LEGACY (PJ §2; D-T0b)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from common.door.uow import change, operational, view
from common.policy import Action, Mandate, authorize, service_actor
from common.values.calendar import legal_day
from common.values.ids import DeviceId
from device_registry.cleanup import figures
from device_registry.cleanup.evaluating import BATCH, evaluate
from device_registry.domain.cleanup import IN_USE
from device_registry.domain.stopping import due_stop
from device_registry.runtime import RegistryRuntime, each_device
from device_registry.store import devices, nights

SERVICE: Final = "device-registry"
_PAGE: Final = 500


async def evaluate_devices(runtime: RegistryRuntime) -> None:
    """Raise findings about the devices in use. The day is noted last: after a crash the rest is looked at again.

    Where a change about some devices fails, each of them is looked at by itself, so one that cannot be stops no other.

    One counting serves the whole night. If evidence or case does not answer, the job fails and is tried again, because
    a night without their figures would look like a night without faults.
    """
    mandate = authorize(service_actor(SERVICE), Action.FINDING_RAISE_AUTOMATICALLY)
    name, after = "situations-looked-for-on", ""
    async with view(runtime.db, mandate) as v:
        today = legal_day(v.now)
        if await nights.is_done(v, name, today):
            return
        page = await devices.list_by_states(v, IN_USE, after=after, limit=_PAGE)
    if page:
        unused = runtime.profile.cleanup.unused_months
        counted = await figures.count(runtime.peers, today=today, unused_months=unused)
    while page:
        await _look_at(runtime, mandate, page, counted)
        async with view(runtime.db, mandate) as v:
            page = await devices.list_by_states(v, IN_USE, after=page[-1], limit=_PAGE)
    async with operational(runtime.db) as conn:
        await nights.note(conn, name, today)


async def _look_at(
    runtime: RegistryRuntime, mandate: Mandate, page: Sequence[DeviceId], counted: figures.Counted
) -> None:
    async def look_at(*device_ids: DeviceId) -> None:
        await evaluate(runtime, mandate, device_ids, counted)

    for first in range(0, len(page), BATCH):
        some = page[first : first + BATCH]
        try:
            await look_at(*some)
        except Exception:  # noqa: BLE001 the change said nothing about whose fault it was
            await each_device(some, look_at, doing="look for situations of")


async def stop_expired(runtime: RegistryRuntime) -> None:
    """Stop each imported device whose period in LEGACY is over (D-T0b)."""
    mandate = authorize(service_actor(SERVICE), Action.DEVICE_STOP_AUTOMATICALLY)
    name = "legacy-looked-at-on"
    async with view(runtime.db, mandate) as v:
        today = legal_day(v.now)
        if await nights.is_done(v, name, today):
            return
        overdue = await devices.list_legacy_until(v, v.now - timedelta(days=runtime.profile.cleanup.legacy_d))

    async def stop(device_id: DeviceId) -> None:
        await _stop(runtime, mandate, device_id)

    await each_device(overdue, stop, doing="stop")
    async with operational(runtime.db) as conn:
        await nights.note(conn, name, today)


async def _stop(runtime: RegistryRuntime, mandate: Mandate, device_id: DeviceId) -> None:
    async with change(runtime.db, mandate) as tx:
        device = await devices.lock(tx, device_id)
        since = await devices.registered_at(tx, device_id)
        fact = due_stop(device, in_register_since=since, profile=runtime.profile, at=tx.now)
        if fact is not None:
            permit = tx.permit(devices.resource(device))
            await devices.save(tx, permit, device, fact)
