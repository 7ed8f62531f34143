"""The captures of a case on the wire."""

from __future__ import annotations

from datetime import datetime

from common.values.ids import DeviceId, EvidenceId
from common.web.wire import Out


class MeasurementView(Out):
    """A measured offence: each figure a decimal number as text in `unit`; the deducted value is above the limit."""

    quantity: str
    unit: str
    value: str
    limit: str
    error: str
    deducted: str


class ExhibitView(Out):
    """A capture of the case. `plate` is masked, `measurement` null where the pictures alone show the act."""

    evidence_id: EvidenceId
    device_id: DeviceId
    device_code: str
    place: str
    plate: str | None
    captured_at: datetime
    backed_up: bool
    measurement: MeasurementView | None
