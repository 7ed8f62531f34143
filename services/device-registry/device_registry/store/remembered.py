"""Dossiers that were read lately. Each capture asks for that of its device, which hardly ever changes."""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

from common.door.uow import Database, alone, view
from common.policy import Mandate
from common.values.ids import DeviceId
from device_registry.domain.device import Dossier
from device_registry.store import dossiers

_MOST: Final = 2_000
_HEAD: Final = "SELECT seq FROM stream_head WHERE stream = $1"


class Remembered:
    """Dossiers by device, each with the number of its device's last record when it was read.

    Every row of a dossier is guarded by a record in the stream of its device (door.sql). So a dossier is unchanged,
    whatever process writes, while the number of the last record is.
    """

    def __init__(self) -> None:
        self._known: OrderedDict[DeviceId, tuple[int, Dossier]] = OrderedDict()

    async def get(self, db: Database, mandate: Mandate, device_id: DeviceId) -> Dossier:
        """The dossier as it stands; whether `mandate` may see it is to be asked. Refusal NOT_FOUND without one."""
        # The number before the rows: a change between the two is read again by the next question, and never missed.
        heads = await alone(db, _HEAD, device_id.stream)
        seq = heads[0]["seq"] if heads else None
        if (known := self._known.get(device_id)) is not None and known[0] == seq:
            return known[1]
        async with view(db, mandate) as v:
            dossier = await dossiers.get(v, device_id)
        if seq is not None:
            self._known[device_id] = (seq, dossier)
            self._known.move_to_end(device_id)
            while len(self._known) > _MOST:
                self._known.popitem(last=False)
        return dossier
