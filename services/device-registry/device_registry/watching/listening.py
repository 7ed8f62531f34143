"""What evidence hears of the devices: a device that fell silent has a fault until it is heard again (NJ 11).

    every ten seconds ──"who is silent?"──▶ evidence ──▶ faults opened, faults closed

A device is found silent at the latest three intervals and ten seconds after its last heartbeat.
"""

from __future__ import annotations

from datetime import datetime

from common.door.uow import change, view
from common.policy import Action, Mandate, authorize, service_actor
from common.values.ids import DeviceId
from device_registry.domain import faults as law
from device_registry.runtime import RegistryRuntime
from device_registry.store import devices, dossiers, faults
from device_registry.store.texts import PeriodNote
from device_registry.watching.correcting import saved
from evidence.contract import Hearings


async def note_signals(runtime: RegistryRuntime) -> None:
    """Open a fault for each device that fell silent, close that of each that is steadily heard again."""
    mandate = authorize(service_actor("device-registry"), Action.DEVICE_NOTE_SIGNAL)
    async with view(runtime.db, mandate) as v:
        lasting = await faults.list_silent(v)
    unwell: set[DeviceId] = set()
    fallen: dict[DeviceId, datetime] = {}
    async for device in Hearings(runtime.peers).silent():
        unwell.add(device.device_id)
        if device.hearing == "OFFLINE" and device.device_id not in lasting:
            fallen[device.device_id] = device.silent_since
    # Evidence lists a stopped device for ever: it is passed over here, and not with a transaction of its own.
    async with view(runtime.db, mandate) as v:
        working = await faults.list_working(v, fallen)
    for device_id in sorted(working):
        await _note(runtime, mandate, device_id, is_online=False, at=fallen[device_id])
    for device_id in sorted(lasting - unwell):
        await _note(runtime, mandate, device_id, is_online=True, at=runtime.db.clock())


async def _note(
    runtime: RegistryRuntime, mandate: Mandate, device_id: DeviceId, *, is_online: bool, at: datetime
) -> None:
    async with change(runtime.db, mandate) as tx:
        dossier = await dossiers.lock(tx, device_id)
        permit = tx.permit(devices.resource(dossier.device))
        fact = law.heard(dossier, is_online=is_online, at=at)
        if fact is not None:
            await saved(tx, permit, dossier, fact, texts=PeriodNote(""), profile=runtime.profile)
