"""Fines and disputes by device and month: what another service may count, and how it asks. Nothing personal."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date
from typing import Any

from pydantic import Field

from common.calls.http import Peers
from common.values.ids import AgencyId, DeviceId
from common.web.wire import Out, Page

DEVICES_A_PAGE = 1_000


class DeviceFinesView(Out):
    """Of one device in one month (Beijing), which begins on `month`.

    `fines` and `fine_fen` are the penalties decided in it and not revoked. `disputes` are the cases whose party stated
    a defence in it (陈述、申辩), `upheld` those of them in which one was adopted.
    """

    device_id: DeviceId
    agency_id: AgencyId
    month: date
    fines: int = Field(ge=0)
    fine_fen: int = Field(ge=0)
    disputes: int = Field(ge=0)
    upheld: int = Field(ge=0)


class Fines:
    """The fines that rest on each device, as the device registry counts them."""

    def __init__(self, peers: Peers) -> None:
        self._peers = peers

    async def by_device(self, first: date, until: date) -> AsyncIterator[DeviceFinesView]:
        """Each device and month with a fine or a dispute on the days [first, until), ordered by device and month.

        Refusal PEER_UNAVAILABLE if case does not answer.
        """
        asked = {"from": f"{first}", "until": f"{until}", "limit": f"{DEVICES_A_PAGE}"}
        cursor: str | None = ""
        while cursor is not None:
            answer: Any = await self._peers.get("case", "/v1/device-fines", asked | {"cursor": cursor})
            page = Page[DeviceFinesView].model_validate(answer)
            for item in page.items:
                yield item
            cursor = page.next_cursor
