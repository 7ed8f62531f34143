"""Dossiers that were read lately. Each capture asks for that of its device, which hardly ever changes."""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

from common.door.uow import Database, alone, view
from common.policy import Mandate
from common.values.ids import DeviceId
from device_registry.domain.device import Dossier
from device_registry.store import dossiers
from device_registry.store.citedlaw import CHANGED

_MOST: Final = 2_000
_HEAD: Final = (
    "SELECT (SELECT seq FROM stream_head WHERE stream = $1) AS seq,"
    " (SELECT position FROM cursors WHERE name = $2) AS law"
)

_Heads = tuple[int | None, int | None]


class Remembered:
    """Dossiers by device, each with the number of its device's last record when it was read, and of the law's.

    Every row of a dossier is guarded by a record in the stream of its device (door.sql), but for what the catalogue
    says of the law. So a dossier is unchanged, whatever process writes, while these two numbers are.
    """

    def __init__(self) -> None:
        self._known: OrderedDict[DeviceId, tuple[_Heads, Dossier]] = OrderedDict()

    async def get(self, db: Database, mandate: Mandate, device_id: DeviceId) -> Dossier:
        """The dossier as it stands; whether `mandate` may see it is to be asked. Refusal NOT_FOUND without one."""
        # The number before the rows: a change between the two is read again by the next question, and never missed.
        head = (await alone(db, _HEAD, device_id.stream, CHANGED))[0]
        seq, heads = head["seq"], (head["seq"], head["law"])
        if (known := self._known.get(device_id)) is not None and known[0] == heads:
            return known[1]
        async with view(db, mandate) as v:
            dossier = await dossiers.get(v, device_id)
        if seq is not None:
            self._known[device_id] = (heads, dossier)
            self._known.move_to_end(device_id)
            while len(self._known) > _MOST:
                self._known.popitem(last=False)
        return dossier
