"""How each device worked, as evidence and case counted it. Asked once before many devices are looked at."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final

from case.contract import Fines
from common.calls.http import Peers
from common.values.ids import DeviceId
from device_registry.domain.cleanup import Figures, months_after
from evidence.contract import Captures

QUALITY_DAYS: Final = 90
"""Captures and rejections of so many days tell the quality of a device (CU-3)."""
_DISPUTE_MONTHS: Final = 12


@dataclass
class Counted:
    """The counts of all devices. A device that nobody counted has none of anything."""

    captures: Counter[DeviceId] = field(default_factory=Counter)
    rejected: Counter[DeviceId] = field(default_factory=Counter)
    accepted: Counter[DeviceId] = field(default_factory=Counter)
    disputes: Counter[DeviceId] = field(default_factory=Counter)
    upheld: Counter[DeviceId] = field(default_factory=Counter)

    def of(self, device_id: DeviceId) -> Figures:
        """The counts of one device as the rules read them."""
        return Figures(
            captures=self.captures[device_id],
            rejected=self.rejected[device_id],
            accepted_in_window=self.accepted[device_id],
            disputes=self.disputes[device_id],
            upheld=self.upheld[device_id],
        )


async def count(peers: Peers, *, today: date, unused_months: int) -> Counted:
    """The counts until `today`. Refusal PEER_UNAVAILABLE if evidence or case does not answer."""
    counted, tomorrow = Counted(), today + timedelta(days=1)
    recent = today - timedelta(days=QUALITY_DAYS)
    async for month in Captures(peers).by_device(months_after(today, -unused_months), tomorrow):
        counted.accepted[month.device_id] += month.accepted
    async for day in Captures(peers).by_device(recent, tomorrow):
        counted.captures[day.device_id] += day.captures
        counted.rejected[day.device_id] += day.of_poor_quality
    async for each in Fines(peers).by_device(months_after(today, -_DISPUTE_MONTHS), tomorrow):
        counted.disputes[each.device_id] += each.disputes
        counted.upheld[each.device_id] += each.upheld
    return counted


async def fines(peers: Peers, first: date, until: date) -> Counter[DeviceId]:
    """The fines in fen that were decided on the days [first, until) and not revoked, by device."""
    fen: Counter[DeviceId] = Counter()
    async for each in Fines(peers).by_device(first, until):
        fen[each.device_id] += each.fine_fen
    return fen
