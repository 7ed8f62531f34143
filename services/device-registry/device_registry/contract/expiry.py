"""Certificates that run out, as the agency reads them."""

from __future__ import annotations

from datetime import date

from common.values.ids import AgencyId, DeviceId
from common.web.wire import Out, Page
from device_registry.contract.words import StateName


class VerificationExpiryView(Out):
    """A certificate of a device that must be renewed: its last day, and how many days are left.

    Negative days mean that it ended; a device that was in use is then suspended from the end of that day.
    """

    device_id: DeviceId
    device_code: str | None
    agency_id: AgencyId
    place: str
    state: StateName
    certificate_no: str
    functions: list[str]
    valid_until: date
    days_left: int


class VerificationExpiryPage(Page[VerificationExpiryView]):
    """Certificates that run out, in the order of their devices. A page may be empty and have a next one."""
