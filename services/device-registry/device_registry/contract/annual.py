"""The yearly report of new devices on the wire."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import StringConstraints

from common.values.ids import AgencyId, AnnualReportId, DeviceId
from common.web.wire import Day, In, Out, Page

RecipientName = Literal["GOVERNMENT", "JUSTICE"]


class AnnualDraftOrder(In):
    """填报. Nothing to fill in: the report is computed from the register."""


class AnnualReceiptOrder(In):
    """回执: who gave it, its number and its day."""

    recipient: RecipientName
    number: Annotated[str, StringConstraints(pattern=r"^[\w(（〔\[][\w ./()（）〔〕\[\]-]{0,79}$")]
    received_on: Day


class BalanceView(Out):
    """One kind of device: opening + new - stopped - retired = closing."""

    kind: str
    opening: int
    new: int
    stopped: int
    retired: int
    closing: int


class NewDeviceView(Out):
    """One device that was activated in the year, its cells by their Chinese names."""

    device_id: DeviceId
    cells: dict[str, str]


class AnnualReportView(Out):
    """One agency's report of one year. `balances` and `devices` are null until it is drafted.

    `receipts` are the numbers by recipient; `filed` once both are there. `overdue` from 1 January on.
    """

    report_id: AnnualReportId
    agency_id: AgencyId
    year: int
    due: date
    reminded: list[int]
    drafted_at: datetime | None
    balances: list[BalanceView] | None
    devices: list[NewDeviceView] | None
    receipts: dict[str, str]
    filed: bool
    overdue: bool


class AnnualReportPage(Page[AnnualReportView]):
    """Reports in the order in which they were asked for."""
