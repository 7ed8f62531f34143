"""Warnings of legal bases on the wire."""

from __future__ import annotations

from datetime import date, datetime

from common.values.ids import DeviceId
from common.web.wire import Out, Page


class BasisWarningView(Out):
    """After `last_on` the first of these functions has no law or administrative regulation to rest on."""

    device_id: DeviceId
    functions: list[str]
    last_on: date
    warned_at: datetime


class BasisWarningPage(Page[BasisWarningView]):
    """One warning a device, by id."""
