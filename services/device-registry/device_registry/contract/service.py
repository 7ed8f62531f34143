"""From the installation to the activation, and out of service and back."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from common.web.wire import Digest, In, Instant, Name, Text
from device_registry.contract.words import Latitude, Longitude, ReasonName


class InstallationOrder(In):
    """安装验收: where it stands now, and the digests of two photographs, of its field of view and of its sign."""

    longitude: Longitude
    latitude: Latitude
    view_sha256: Digest
    sign_sha256: Digest
    installer: Name


class TrialOrder(In):
    """试运行: by how much the device's clock was off when it was connected, in milliseconds."""

    clock_drift_ms: Annotated[int, Field(ge=-86_400_000, le=86_400_000, strict=True)]


class PointOrder(In):
    """A point in WGS-84 degrees."""

    longitude: Longitude
    latitude: Latitude


class PublicationOrder(In):
    """设置地点公布: where and when it was published; now, if `published_at` is not given.

    The lead time runs from this order, not from `published_at`. `watched` is what a vehicle or a drone watches: the
    corners of its area, or the points of its route in their order. Every other device has none.
    """

    url: Annotated[str, StringConstraints(pattern=r"^https?://[\x21-\x7e]{3,490}$")]
    channel: Text
    complaint_phone: Annotated[str, StringConstraints(pattern=r"^[0-9+ -]{5,20}$")]
    published_at: Instant | None = None
    watched: list[PointOrder] = Field(default_factory=list, max_length=200)


class ActivationOrder(In):
    """启用决定."""


class SuspensionOrder(In):
    """暂停使用: why, since when (now, if not given), and the order's text."""

    reason: ReasonName
    effective_from: Instant | None = None
    note: Text


class ResumptionOrder(In):
    """恢复使用: how the cause was cleared."""

    note: Text
