"""Digest accounts of devices that push over GA/T 1400."""

from __future__ import annotations

from common.values.ids import AgencyId, DeviceId
from common.web.wire import In, Out


class PushAccountOrder(In):
    """A Digest account for the device."""


class PushAccountIssued(Out):
    """The one time that the password is shown: null in the answer to a repeated request, for it is not stored.

    A lost password is replaced by a new account.
    """

    account: str
    password: str | None
    realm: str
    device_id: DeviceId
    device_code: str


class PushAccountView(Out):
    """What intake needs to check a Digest answer: HA1 = MD5(account:realm:password), and whose captures may come."""

    account: str
    realm: str
    ha1: str
    devices: dict[str, DeviceId]
    agency_id: AgencyId
