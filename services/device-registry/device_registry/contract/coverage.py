"""What the reviewers read of an application, and the devices that might be shared instead."""

from __future__ import annotations

from datetime import datetime

from common.values.ids import AgencyId, DeviceId, PlanId
from common.web.wire import Out
from device_registry.contract.words import KindShown, StateName


class NearDeviceView(Out):
    """A device that might be shared: whose it is, what it records, and how far away it stands."""

    device_id: DeviceId
    agency_id: AgencyId
    device_code: str | None
    kind: KindShown
    state: StateName
    place: str
    longitude: str
    latitude: str
    functions: list[str]
    metres: int


class CoverageView(Out):
    """The devices within `radius_m` of a point that may record the violation, the nearest first (NJ 9(3))."""

    radius_m: int
    devices: list[NearDeviceView]


class ApplicationView(Out):
    """设置申请 as both reviewers read it. `warnings` say how far no plan provides for the device (NJ 7).

    `nearby` are the devices that might have been shared, and `sharing` says why none is. `windows` and `masks` are
    drawn in the sketch: corners in thousandths of the picture's width and height.
    """

    device_id: DeviceId
    submitted_at: datetime
    necessity: str
    alternatives: str
    siting: str
    plan_id: PlanId | None
    warnings: list[str]
    nearby: list[DeviceId]
    sharing: str
    sketch_sha256: str
    windows: list[list[list[int]]]
    masks: list[list[list[int]]]
    mask_sample_sha256: str | None
