"""What was found out later about a device in service."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from common.values.ids import DeviceId
from common.web.wire import Day, In, Out, Text
from device_registry.contract.words import PaperNo

PaperName = Literal["CERTIFICATE", "REPORT"]


class CorrectionOrder(In):
    """更正: the certificate, or the report on a standard, of this number says nothing since the day `invalid_from`."""

    paper: PaperName
    number: PaperNo
    invalid_from: Day
    reason: Text


class InvalidPaperView(Out):
    paper: PaperName
    number: str
    invalid_from: date
    reason: str
    recorded_at: datetime


class InvalidIntervalView(Out):
    """From `invalid_from` until before `invalid_until` the device was held to be lawful and was not.

    `guard` is what failed, STATE if the device was out of service; `codes` are those of a capture of that time.
    """

    guard: str
    codes: list[str]
    invalid_from: datetime
    invalid_until: datetime
    recorded_at: datetime


class CorrectionsView(Out):
    """Everything found out later about the device, in the order in which it was recorded."""

    device_id: DeviceId
    papers: list[InvalidPaperView]
    intervals: list[InvalidIntervalView]
