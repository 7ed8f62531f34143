"""What the catalogue of legal sources publishes, and what it undoes: a repeal may reach the registry late (APL 41).

catalogue: an article ended on 14 August ──published on 1 September──▶ noted, and for each device that rests on it
                                                            └▶ device.capability.invalidated from 15 August on
"""

from __future__ import annotations

from dataclasses import replace

from common.door.feed import LedgerEntry
from common.door.uow import Tx, change
from common.policy import Action, authorize, service_actor
from common.values.profile import Profile
from device_registry.domain.citedlaw import CitedLaw
from device_registry.domain.corrections import invalidated
from device_registry.domain.device import Dossier
from device_registry.runtime import RegistryRuntime
from device_registry.store import citedlaw, devices, dossiers


async def note_law(runtime: RegistryRuntime, entry: LedgerEntry) -> None:
    """Note the entry, with the intervals in which a device is unlawful by it and was not before.

    All in one change: an entry that comes again after a crash finds itself noted, and undoes nothing a second time.
    """
    mandate = authorize(service_actor("device-registry"), Action.DEVICE_SUSPEND_AUTOMATICALLY)
    async with change(runtime.db, mandate) as tx:
        titles = await citedlaw.list_touched(tx.conn, entry)
        before = await dossiers.list_resting_on(tx, titles)
        await citedlaw.note(tx.conn, entry)
        for known, dossier in zip(before, await dossiers.list_resting_on(tx, titles), strict=True):
            if invalidated(known, dossier, profile=runtime.profile, at=tx.now):
                await _undo(tx, dossier, known.law, runtime.profile)


async def _undo(tx: Tx, seen: Dossier, law: CitedLaw, profile: Profile) -> None:
    dossier = await dossiers.lock(tx, seen.device.id)
    facts = invalidated(replace(dossier, law=law), dossier, profile=profile, at=tx.now)
    await devices.save(tx, tx.permit(devices.resource(dossier.device)), dossier.device, *facts)
