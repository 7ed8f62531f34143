"""Many devices looked at for the seven situations of PJ §2: some devices a change, so that nobody waits for long."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from common.door.uow import Tx, change
from common.policy import Mandate, Permit
from common.values.ids import DeviceId, FindingId
from common.values.profile import Profile
from device_registry.cleanup.figures import QUALITY_DAYS, Counted
from device_registry.domain import cleanup as law
from device_registry.domain import faults
from device_registry.domain import findings as findings_law
from device_registry.domain.cleanup import Category, Figures
from device_registry.domain.coverage import cells_around, near
from device_registry.domain.device import Dossier
from device_registry.domain.findings import CleanupFinding
from device_registry.runtime import RegistryRuntime
from device_registry.store import anomalies, coverage, devices, dossiers, findings

BATCH: Final = 50


async def evaluate(
    runtime: RegistryRuntime,
    mandate: Mandate,
    device_ids: Sequence[DeviceId],
    counted: Counted,
) -> Counter[Category]:
    """Raise what is new about these devices; how many findings of each category. A crash leaves whole batches."""
    raised: Counter[Category] = Counter()
    for first in range(0, len(device_ids), BATCH):
        async with change(runtime.db, replace(mandate, request=None)) as tx:
            for device_id in device_ids[first : first + BATCH]:
                dossier = await dossiers.lock(tx, device_id)
                permit = tx.permit(devices.resource(dossier.device))
                figures = await _of_the_register(tx, dossier, counted.of(device_id), runtime.profile)
                made = await _raise_new(tx, permit, dossier, figures, profile=runtime.profile)
                raised.update(finding.category for finding in made)
        # A header with the ids of thousands of records would reach nobody.
        mandate.records.clear()
    return raised


async def _raise_new(
    tx: Tx, permit: Permit, dossier: Dossier, figures: Figures, *, profile: Profile
) -> list[CleanupFinding]:
    device = dossier.device
    known = await findings.list_by_device(tx, device.id)
    raised = [
        findings_law.raise_found(
            FindingId.new(tx.now), situation, device_id=device.id, agency_id=device.agency_id
        )
        for situation in law.evaluate(dossier, figures, profile=profile, at=tx.now)
        if findings_law.is_new(situation, known, device)
    ]
    return await findings.add(tx, permit, *raised) if raised else []


async def _of_the_register(tx: Tx, dossier: Dossier, figures: Figures, profile: Profile) -> Figures:
    """The figures with what the register knows itself: flags, uptime, open faults, like devices nearby."""
    device = dossier.device
    figures = replace(
        figures,
        flags=tuple(sorted(flag.value for flag in await anomalies.flags_of(tx, device.id, tx.now))),
        uptime_per_mille=faults.uptime_per_mille(dossier, days=QUALITY_DAYS, at=tx.now),
        fault_open_d=faults.days_open(dossier, at=tx.now),
    )
    if device.site.longitude is None or device.site.latitude is None:
        return figures
    cells = cells_around(device.site.longitude, device.site.latitude, metres=profile.share_radius_m)
    others = [each for each in await coverage.list_standing(tx, cells) if each.id != device.id]
    violations = [function.code for function in device.functions]
    found = near(others, device.site, violations=violations, profile=profile)
    return replace(figures, neighbours=len(found))
