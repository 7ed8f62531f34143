"""Devices that one agency shares with another."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from pydantic import Field

from common.values.ids import AgencyId, DeviceId, SharingId
from common.web.wire import Code, Day, In, Out, Page, Text
from device_registry.contract.applications import BasisOrder
from device_registry.contract.coverage import NearDeviceView


class SharingOrder(In):
    """共享请求: for which violations, until which day, for what, and the article that allows it (NJ 9(3); PIPL 26).

    `instead_of` is the draft of the asking agency that is not handed in while the sharing is asked for or given.
    """

    device_id: DeviceId
    violations: list[Code] = Field(min_length=1, max_length=20)
    until_on: Day
    purpose: Text
    basis: BasisOrder
    instead_of: DeviceId | None = None


class SharingGrantOrder(In):
    """同意共享. Nothing to fill in: the consent is the act."""


class SharingReasonOrder(In):
    """Why the owner does not share, or why the sharing ends."""

    reason: Text


class SharedDeviceView(NearDeviceView):
    """The shared device, as the agency that uses it may know it. `metres` is 0: it is the place itself."""


class SharingView(Out):
    """A sharing as both agencies see it. `device` is null for the asking agency while nothing is given or in force."""

    sharing_id: SharingId
    device_id: DeviceId
    agency_id: AgencyId
    to_agency_id: AgencyId
    state: Literal["REQUESTED", "GIVEN", "REFUSED", "ENDED"]
    violations: list[str]
    until_on: date
    purpose: str
    basis: str
    instead_of: DeviceId | None
    reason: str
    requested_at: datetime
    answered_at: datetime | None
    ended_at: datetime | None
    in_force: bool
    device: SharedDeviceView | None


class SharingPage(Page[SharingView]):
    """Sharings in the order of their requests. `device` is null in a list."""
