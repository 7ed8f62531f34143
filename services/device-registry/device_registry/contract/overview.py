"""What the devices of an area come to, on the wire (NJ 5(1))."""

from __future__ import annotations

from datetime import datetime

from common.values.ids import AgencyId
from common.web.wire import Out


class DevicesInState(Out):
    """How many devices of an agency at a place stand in a state."""

    agency_id: AgencyId
    division: str | None
    state: str
    count: int


class DeviceOverview(Out):
    """Counts at `as_of` of the area, of the agencies that the caller sees."""

    as_of: datetime
    area: list[str]
    states: list[DevicesInState]
