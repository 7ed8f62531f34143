"""Captures by device and period: what another service may count, and how it asks. Nothing personal."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date
from typing import Any, Literal

from pydantic import Field

from common.calls.http import Peers
from common.values.ids import AgencyId, DeviceId
from common.web.wire import Out, Page

DEVICES_A_PAGE = 1_000

Per = Literal["MONTH", "DAY"]


class DeviceCapturesView(Out):
    """Of one device in one month or day (Beijing), which begins on `from_on`, by the second of capture.

    `captures` counts what the device sent, less repeats and corrected versions of the same object; `accepted` what two
    officers made evidence; `rejected` what failed a check or was rejected by an officer. `rejected_by_code` counts the
    latter by code: a capture with two codes stands under both. `unsound` are those with a code of the picture or of the
    device, E-QLT or E-DEV; `of_poor_quality` those with a code of the picture or of a fault, E-QLT or E-DEV-05.
    """

    device_id: DeviceId
    agency_id: AgencyId
    from_on: date
    captures: int = Field(ge=0)
    accepted: int = Field(ge=0)
    rejected: int = Field(ge=0)
    unsound: int = Field(ge=0)
    of_poor_quality: int = Field(ge=0)
    rejected_by_code: dict[str, int]


class Captures:
    """The captures of each device, as the device registry counts them."""

    def __init__(self, peers: Peers) -> None:
        self._peers = peers

    async def by_device(
        self, first: date, until: date, *, per: Per = "MONTH"
    ) -> AsyncIterator[DeviceCapturesView]:
        """Each device and period with a capture on the days [first, until), ordered by device and period.

        Refusal PEER_UNAVAILABLE if evidence does not answer.
        """
        asked = {"from": f"{first}", "until": f"{until}", "per": per, "limit": f"{DEVICES_A_PAGE}"}
        cursor: str | None = ""
        while cursor is not None:
            answer: Any = await self._peers.get("evidence", "/v1/device-captures", asked | {"cursor": cursor})
            page = Page[DeviceCapturesView].model_validate(answer)
            for item in page.items:
                yield item
            cursor = page.next_cursor
