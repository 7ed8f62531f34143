"""Which devices are not heard as they must be: what the device registry asks."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any, Literal

from common.calls.http import Peers
from common.values.ids import DeviceId
from common.web.wire import Out, Page


class SilentDeviceView(Out):
    """A device of which nothing was heard since `silent_since` (OFFLINE), or which is not steady again (UNSTEADY)."""

    device_id: DeviceId
    hearing: Literal["OFFLINE", "UNSTEADY"]
    silent_since: datetime


class Hearings:
    """The devices that are not heard, as the device registry asks for them."""

    def __init__(self, peers: Peers) -> None:
        self._peers = peers

    async def silent(self) -> AsyncIterator[SilentDeviceView]:
        """Every device that is OFFLINE or UNSTEADY now, by id. Refusal PEER_UNAVAILABLE if evidence does not answer."""
        cursor: str | None = ""
        while cursor is not None:
            answer: Any = await self._peers.get("evidence", "/v1/silent-devices", {"cursor": cursor})
            page = Page[SilentDeviceView].model_validate(answer)
            for item in page.items:
                yield item
            cursor = page.next_cursor
