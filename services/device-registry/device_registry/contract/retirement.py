"""The end of a device on the wire."""

from __future__ import annotations

from typing import Literal

from common.values.ids import DeviceId
from common.web.wire import In, Name, Out, Text


class RetirementOrder(In):
    """报废、拆除 (NJ 17): why the device goes, what becomes of its raw data, and who keeps the data from then on."""

    cause: Literal["SCRAPPED", "DISMANTLED"]
    disposition: Text
    kept_by: Name


class RetirementApprovalOrder(In):
    """批准报废、拆除. Nothing to fill in: the approval is the act."""


class RawDataHoldsView(Out):
    """Of a device: its captures that cases hold which are not over, and the number of these cases (NJ 17)."""

    device_id: DeviceId
    captures: int
    cases: int
    may_be_retired: bool
