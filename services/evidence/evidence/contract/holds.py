"""Whether a case rests on what a device captured: what the device registry asks before a device is retired (NJ 17)."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from common.calls.http import Peers
from common.values.ids import DeviceId
from common.web.wire import Out


class DeviceHoldsView(Out):
    """Of one device: its captures on which a case rests that is not over, and the number of these cases.

    A case is over for a capture as it is for the capture's erasure: once it is archived, or closed where no decision
    rests on the capture.
    """

    device_id: DeviceId
    captures: int = Field(ge=0)
    cases: int = Field(ge=0)


class Holds:
    """The raw data of each device that is held for a case."""

    def __init__(self, peers: Peers) -> None:
        self._peers = peers

    async def of(self, device_id: DeviceId) -> DeviceHoldsView:
        """The holds on the captures of the device.

        Refusal PEER_UNAVAILABLE if evidence does not answer, LEDGER_BEHIND while it has not read all cases.
        """
        answer: Any = await self._peers.get("evidence", f"/v1/device-holds/{device_id}", {})
        return DeviceHoldsView.model_validate(answer)
