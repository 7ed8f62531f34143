"""The nightly check: a device in use whose guards no longer hold is taken out of use (D-T12; NJ 22(1); PJ §2.4).

Its people are warned ahead of a certificate that runs out and of a legal basis that ends.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from common.door.feed import LedgerEntry, follow
from common.door.uow import Tx, View, change, operational, view
from common.policy import Action, Mandate, authorize, service_actor
from common.values.calendar import legal_day
from common.values.ids import DeviceId
from device_registry.domain.basisending import Announced, DeviceBasisEnding, ending_bases
from device_registry.domain.device import Dossier
from device_registry.domain.expiry import DeviceVerificationExpiring, Warned, due_warnings
from device_registry.domain.lifecycle import DeviceSuspended
from device_registry.domain.sharing import source_ended
from device_registry.domain.standing import due_suspension
from device_registry.runtime import RegistryRuntime, each_device
from device_registry.store import (
    basiswarnings,
    checks,
    citedlaw,
    devices,
    dossiers,
    expiry,
    sharings,
)
from device_registry.store.sharings import Lost
from device_registry.store.texts import PeriodNote
from device_registry.watching.correcting import saved
from device_registry.watching.statutes import note_law

SERVICE: Final = "device-registry"
_AT_ONCE: Final = 200
"""So many dossiers are in memory at a time, however many devices the city has."""


@dataclass(frozen=True)
class _Given:
    """The warnings that were given: of certificates that run out, and of legal bases that end."""

    certificates: frozenset[Warned]
    bases: frozenset[Announced]


@dataclass(frozen=True)
class _Due:
    """What the law asks for: a suspension, and warnings."""

    suspension: DeviceSuspended | None
    certificates: tuple[DeviceVerificationExpiring, ...]
    bases: tuple[DeviceBasisEnding, ...]

    def __bool__(self) -> bool:
        return bool(self.suspension or self.certificates or self.bases)


async def recheck_guards(runtime: RegistryRuntime) -> None:
    """Once in each legal day, ask every guard of every ACTIVE device again, and warn of what runs out.

    The day begins at 24:00 of the last day of a certificate. It is noted last: a crash in between checks the rest
    again, and a device that is suspended already is passed over by the rule. One device that cannot be checked stops
    no other, and is asked again on the next day: what it captures meanwhile, evidence asks about by itself.
    """
    mandate = authorize(service_actor(SERVICE), Action.DEVICE_SUSPEND_AUTOMATICALLY)
    async with view(runtime.db, mandate) as v:
        today, last_day = legal_day(v.now), await checks.find_last_day(v)
        if last_day is not None and last_day >= today:
            return
    async for some, given in _in_use(runtime, mandate):
        await _check(runtime, mandate, some, given)
    async with operational(runtime.db) as conn:
        await checks.note_day(conn, today)


async def _check(runtime: RegistryRuntime, mandate: Mandate, some: Sequence[Dossier], given: _Given) -> None:
    seen = {each.device.id: each for each in some}

    async def check(device_id: DeviceId) -> None:
        if _due(runtime, seen[device_id], given, at=runtime.db.clock()):
            await _act(runtime, mandate, device_id)

    await each_device(seen, check, doing="check")


async def follow_law(runtime: RegistryRuntime) -> None:
    """Note what the catalogue of legal sources publishes, for the devices that cite it (APL 41(1))."""

    async def handle(entry: LedgerEntry) -> None:
        await note_law(runtime, entry)

    while await follow(runtime.db, runtime.feed, "law", citedlaw.FOLLOWED, handle):
        continue


async def _in_use(runtime: RegistryRuntime, mandate: Mandate) -> AsyncIterator[tuple[list[Dossier], _Given]]:
    """The devices in use with the warnings that were given, a few at a time in short transactions."""
    last = ""
    while True:
        async with view(runtime.db, mandate) as v:
            some = await dossiers.list_active(v, after=last, limit=_AT_ONCE)
            given = await _list_given(v, [dossier.device.id for dossier in some])
        yield some, given
        if len(some) < _AT_ONCE:
            return
        last = some[-1].device.id


async def _list_given(at: Tx | View, ids: Sequence[DeviceId]) -> _Given:
    return _Given(await expiry.list_warned(at, ids), await basiswarnings.list_announced(at, ids))


def _due(runtime: RegistryRuntime, dossier: Dossier, given: _Given, *, at: datetime) -> _Due:
    """The suspension and the warnings that the law asks for at `at`."""
    profile = runtime.profile
    return _Due(
        due_suspension(dossier, profile=profile, at=at),
        due_warnings(dossier, warned=given.certificates, rules=profile.watch, at=at),
        ending_bases(dossier, announced=given.bases, rules=profile.register, at=at),
    )


async def _act(runtime: RegistryRuntime, mandate: Mandate, device_id: DeviceId) -> None:
    async with change(runtime.db, mandate) as tx:
        dossier = await dossiers.lock(tx, device_id)
        # Asked again while the device is held: somebody may have suspended it, or recorded a new certificate.
        due = _due(runtime, dossier, await _list_given(tx, [device_id]), at=tx.now)
        if not due:
            return
        permit = tx.permit(devices.resource(dossier.device))
        await expiry.add_warnings(tx, permit, due.certificates)
        await basiswarnings.add_warnings(tx, permit, due.bases)
        if due.suspension is not None:
            await devices.save(tx, permit, dossier.device, due.suspension)


async def end_shared_devices(runtime: RegistryRuntime) -> None:
    """Tell each device whose sharing ended, and suspend it if it is in use (NJ 9(3)).

    The owner ends the sharing in a change that sees nothing of the agency that uses its device. So the device learns
    it here, and its guard fails from the instant of the end and not from the instant of the look.
    """
    mandate = authorize(service_actor(SERVICE), Action.DEVICE_SUSPEND_AUTOMATICALLY)
    async with view(runtime.db, mandate) as v:
        lost = await sharings.list_lost(v)
    ended = {each.device_id: each for each in lost}

    async def end(device_id: DeviceId) -> None:
        await _end_sharing(runtime, mandate, ended[device_id])

    await each_device(ended, end, doing="end the sharing of")


async def _end_sharing(runtime: RegistryRuntime, mandate: Mandate, lost: Lost) -> None:
    async with change(runtime.db, mandate) as tx:
        dossier = await dossiers.lock(tx, lost.device_id)
        fact = source_ended(dossier.device, sharing_id=lost.sharing_id, ended_at=lost.ended_at)
        if fact is None:  # another process was here first
            return
        permit = tx.permit(devices.resource(dossier.device))
        # Evidence accepted captures between the end and this look, so what the end undoes is on record too.
        dossier = await saved(tx, permit, dossier, fact, texts=PeriodNote(""), profile=runtime.profile)
        suspension = due_suspension(dossier, profile=runtime.profile, at=tx.now)
        if suspension is not None:
            await dossiers.save(tx, permit, dossier, suspension)
