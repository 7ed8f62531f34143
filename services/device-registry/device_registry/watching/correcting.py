"""Saving a fact that may speak about the past, together with what it undoes."""

from __future__ import annotations

from common.door.uow import Tx
from common.policy import Permit
from common.values.profile import Profile
from device_registry.domain.corrections import invalidated
from device_registry.domain.device import Dossier
from device_registry.domain.facts import DeviceFact
from device_registry.store import devices, dossiers
from device_registry.store.texts import Texts


async def saved(
    tx: Tx, permit: Permit, before: Dossier, fact: DeviceFact, *, texts: Texts, profile: Profile
) -> Dossier:
    """Save `fact`, which may speak about the past, with the intervals that are unlawful by it and were not before."""
    after = await dossiers.save(tx, permit, before, fact, texts=texts)
    await devices.save(tx, permit, after.device, *invalidated(before, after, profile=profile, at=tx.now))
    return after
