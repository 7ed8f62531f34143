"""Once a month, on the profile's day: count, compare, and open a review of each device whose figures are out of line.

    evidence, case ──counts──▶ device_figures ──▶ `domain.abnormality.look` ──▶ anomaly.opened, anomaly.widened
                                                                                  └ two of A1 to A4: device.suspended

The month is noted last. A crash in between looks again: the figures are replaced, and a review that is open already for
the month is passed over by the rule.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Final

from case.contract import Fines
from common.door.uow import change, operational, view
from common.policy import Action, Mandate, authorize, service_actor
from common.values.calendar import legal_day, start_of
from common.values.ids import DeviceId
from device_registry.abnormality.quarterly import open_analyses
from device_registry.domain.abnormality import Observed, Recent, Verdict, look
from device_registry.domain.anomalies import AnomalyOpened, hold, open_or_widen
from device_registry.runtime import RegistryRuntime, each_device
from device_registry.store import anomalies, devices, figures, thresholds
from device_registry.store.figures import Figures
from evidence.contract import Captures

LOOK: Final = "abnormality"
_FIRST_MONTHS: Final = 12
_MONTHS_AGAIN: Final = 2
"""So many months before the one looked at are counted again: reviews and revocations come late."""


async def look_at_months(runtime: RegistryRuntime) -> None:
    """Look at every month that is over and due, the oldest first."""
    mandate = authorize(service_actor("device-registry"), Action.ANOMALY_LOOK)
    while (month := await _due_month(runtime, mandate)) is not None:
        await _count(runtime, mandate, month)
        await _look_at(runtime, mandate, month)
        if month.month % 3 == 0:
            quarter, ended = months_before(month, 2), months_before(month, -1)
            await open_analyses(runtime, mandate, quarter=quarter, ended_on=ended)
        async with operational(runtime.db) as conn:
            await figures.note_month(conn, month)


async def _due_month(runtime: RegistryRuntime, mandate: Mandate) -> date | None:
    """The first day of the next month to look at; None where none is due, or no device was in service in it."""
    async with view(runtime.db, mandate) as v:
        today, last = legal_day(v.now), await figures.find_last_month(v)
        back = 1 if today.day >= runtime.profile.abnormality.looked_on else 2
        newest = months_before(today, back)
        month = newest if last is None else months_before(last, -1)
        if month > newest or not await figures.is_any_in_service(v, start_of(months_before(month, -1))):
            return None
        return month


async def _count(runtime: RegistryRuntime, mandate: Mandate, month: date) -> None:
    async with view(runtime.db, mandate) as v:
        kept = await figures.is_any_kept(v)
    first, ended = months_before(month, _MONTHS_AGAIN if kept else _FIRST_MONTHS), months_before(month, -1)
    counted: dict[tuple[DeviceId, date], Figures] = {}
    async for seen in Captures(runtime.peers).by_device(first, ended):
        key = (seen.device_id, seen.from_on)
        counted[key] = Figures(*key, captures=seen.captures, accepted=seen.accepted)
    async for fined in Fines(runtime.peers).by_device(first, ended):
        key = (fined.device_id, fined.month)
        counted[key] = replace(
            counted.get(key, Figures(*key)),
            fines=fined.fines,
            fine_fen=fined.fine_fen,
            disputes=fined.disputes,
            upheld=fined.upheld,
        )
    async with operational(runtime.db) as conn:
        await figures.replace_from(conn, first, counted.values())


async def _look_at(runtime: RegistryRuntime, mandate: Mandate, month: date) -> None:
    ended = months_before(month, -1)
    async with view(runtime.db, mandate) as v:
        version = await thresholds.find_of_month(v, month)
    limits = version.figures if version else runtime.profile.abnormality.thresholds
    named = version.id if version else runtime.profile.id
    recent = await _recent(runtime, ended, days=limits.quality_days)
    async with view(runtime.db, mandate) as v:
        observed = await figures.list_observed(
            v, month, ended, recent=recent, deterrence_months=limits.deterrence_months
        )
    verdicts = zip(observed, look(observed, limits), strict=True)
    flagged = {seen.device_id: (seen, verdict) for seen, verdict in verdicts if verdict.flags}

    async def open_review(device_id: DeviceId) -> None:
        await _open(runtime, mandate, *flagged[device_id], thresholds_name=named)

    await each_device(flagged, open_review, doing="open a review of")


async def _recent(runtime: RegistryRuntime, ended: date, *, days: int) -> Mapping[DeviceId, Recent]:
    recent: dict[DeviceId, Recent] = {}
    async for seen in Captures(runtime.peers).by_device(ended - timedelta(days=days), ended):
        before = recent.get(seen.device_id, Recent(0, 0))
        recent[seen.device_id] = Recent(before.captures + seen.captures, before.unsound + seen.unsound)
    return recent


async def _open(
    runtime: RegistryRuntime, mandate: Mandate, seen: Observed, verdict: Verdict, *, thresholds_name: str
) -> None:
    async with change(runtime.db, mandate) as tx:
        device = await devices.lock(tx, seen.device_id)
        reviews = await anomalies.list_of_device(tx, seen.device_id)
        fact = open_or_widen(
            verdict,
            seen,
            reviews,
            thresholds=thresholds_name,
            profile=runtime.profile,
            calendar=runtime.calendar,
            at=tx.now,
        )
        if fact is None:
            return
        if isinstance(fact, AnomalyOpened):
            permit = tx.permit(anomalies.new_resource(fact))
            await anomalies.add(tx, permit, fact)
        else:
            review = next(each for each in reviews if each.id == fact.owner)
            await anomalies.save(tx, tx.permit(anomalies.resource(review)), review, fact)
        suspension = hold(device, fact, at=tx.now)
        if suspension is not None:
            await devices.save(tx, tx.permit(devices.resource(device)), device, suspension)


def months_before(day: date, n: int) -> date:
    """The first day of the month `n` months before that of `day`; after it where `n` is negative."""
    index = day.year * 12 + day.month - 1 - n
    return date(index // 12, index % 12 + 1, 1)
