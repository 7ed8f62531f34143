"""The nightly check: a device in use whose guards no longer hold is taken out of use (D-T12; NJ 22(1); PJ §2.4)."""

from __future__ import annotations

from typing import Final

from common.door.uow import change, operational, view
from common.policy import Action, Mandate, authorize, service_actor
from common.values.calendar import legal_day
from common.values.ids import DeviceId
from device_registry.domain.standing import due_suspension
from device_registry.runtime import RegistryRuntime
from device_registry.store import checks, devices, dossiers

SERVICE: Final = "device-registry"


async def recheck_guards(runtime: RegistryRuntime) -> None:
    """Once in each legal day, ask every guard of every ACTIVE device again.

    The day is noted last: a crash in between checks the rest again, and a device that is suspended already is
    passed over by the rule.
    """
    mandate = authorize(service_actor(SERVICE), Action.DEVICE_SUSPEND_AUTOMATICALLY)
    async with view(runtime.db, mandate) as v:
        today, last_day = legal_day(v.now), await checks.find_last_day(v)
        if last_day is not None and last_day >= today:
            return
        active = await devices.list_active(v)
    for device_id in active:
        await _recheck(runtime, mandate, device_id)
    async with operational(runtime.db) as conn:
        await checks.note_day(conn, today)


async def _recheck(runtime: RegistryRuntime, mandate: Mandate, device_id: DeviceId) -> None:
    async with change(runtime.db, mandate) as tx:
        dossier = await dossiers.lock(tx, device_id)
        fact = due_suspension(dossier, profile=runtime.profile, at=tx.now)
        if fact is not None:
            permit = tx.permit(devices.resource(dossier.device))
            await devices.save(tx, permit, dossier.device, fact)
