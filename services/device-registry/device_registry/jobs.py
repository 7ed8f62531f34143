"""The nightly check: a device in use whose guards no longer hold is taken out of use (D-T12; NJ 22(1); PJ §2.4)."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Final

from common.door.uow import change, operational, view
from common.policy import Action, Mandate, authorize, service_actor
from common.values.calendar import legal_day
from common.values.ids import DeviceId
from device_registry.domain.device import Dossier
from device_registry.domain.expiry import DeviceVerificationExpiring, Warned, due_warnings
from device_registry.domain.lifecycle import DeviceSuspended
from device_registry.domain.standing import due_suspension
from device_registry.runtime import RegistryRuntime
from device_registry.store import checks, devices, dossiers, expiry

log = logging.getLogger(__name__)

SERVICE: Final = "device-registry"
_AT_ONCE: Final = 200
"""So many dossiers are in memory at a time, however many devices the city has."""


async def recheck_guards(runtime: RegistryRuntime) -> None:
    """Once in each legal day, ask every guard of every ACTIVE device again, and warn of certificates that run out.

    The day begins at 24:00 of the last day of a certificate. It is noted last: a crash in between checks the rest
    again, and a device that is suspended already is passed over by the rule. One device that cannot be checked stops
    no other.
    """
    mandate = authorize(service_actor(SERVICE), Action.DEVICE_SUSPEND_AUTOMATICALLY)
    async with view(runtime.db, mandate) as v:
        today, last_day = legal_day(v.now), await checks.find_last_day(v)
        if last_day is not None and last_day >= today:
            return
    fault: Exception | None = None
    async for dossier, warned in _in_use(runtime, mandate):
        try:
            if any(_due(runtime, dossier, warned, at=runtime.db.clock())):
                await _act(runtime, mandate, dossier.device.id)
        except Exception as error:  # noqa: BLE001 the night's work on the others goes on; the last fault is raised
            log.error("couldn't check %s: %s", dossier.device.id, type(error).__name__)
            fault = error
    if fault is not None:
        raise fault
    async with operational(runtime.db) as conn:
        await checks.note_day(conn, today)


async def _in_use(
    runtime: RegistryRuntime, mandate: Mandate
) -> AsyncIterator[tuple[Dossier, frozenset[Warned]]]:
    """Every device in use with the warnings that were given, a few at a time in short transactions."""
    last = ""
    while True:
        async with view(runtime.db, mandate) as v:
            some = await dossiers.list_active(v, after=last, limit=_AT_ONCE)
            warned = await expiry.list_warned(v, [dossier.device.id for dossier in some])
        for dossier in some:
            yield dossier, warned
        if len(some) < _AT_ONCE:
            return
        last = some[-1].device.id


def _due(
    runtime: RegistryRuntime, dossier: Dossier, warned: frozenset[Warned], *, at: datetime
) -> tuple[DeviceSuspended | None, tuple[DeviceVerificationExpiring, ...]]:
    """The suspension and the warnings that the law asks for at `at`."""
    profile = runtime.profile
    return (
        due_suspension(dossier, profile=profile, at=at),
        due_warnings(dossier, warned=warned, rules=profile.watch, at=at),
    )


async def _act(runtime: RegistryRuntime, mandate: Mandate, device_id: DeviceId) -> None:
    async with change(runtime.db, mandate) as tx:
        dossier = await dossiers.lock(tx, device_id)
        warned = await expiry.list_warned(tx, [device_id])
        # Asked again while the device is held: somebody may have suspended it, or recorded a new certificate.
        suspension, warnings = _due(runtime, dossier, warned, at=tx.now)
        if suspension is None and not warnings:
            return
        permit = tx.permit(devices.resource(dossier.device))
        await expiry.add_warnings(tx, permit, warnings)
        if suspension is not None:
            await devices.save(tx, permit, dossier.device, suspension)
