"""Digest accounts of devices that push over GA/T 1400."""

from __future__ import annotations

from common.values.ids import AgencyId, DeviceId
from common.web.wire import In, Out


class PushAccountOrder(In):
    """A Digest account for the device."""


class PushAccountIssued(Out):
    """The password is shown here once. It is null in the answer to a repeated request, because it is not stored.

    A lost password is replaced by a new account.
    """

    account: str
    password: str | None
    realm: str
    device_id: DeviceId
    device_code: str


class PushAccountView(Out):
    """HA1 = MD5(account:realm:password), to check a Digest answer with, and the devices whose captures may come."""

    account: str
    realm: str
    ha1: str
    devices: dict[str, DeviceId]
    agency_id: AgencyId
