"""Digest accounts of devices that push over GA/T 1400."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from common.values.ids import AgencyId, DeviceId
from common.web.wire import In, Out

HostCode = Annotated[str, Field(pattern=r"^[0-9]{20}$", examples=["31010100005030000001"])]
"""The 20 digits by which a platform, a recorder or a terminal host names itself in Register."""


class PushAccountOrder(In):
    """A Digest account for the device.

    With a `host_code` a platform, recorder or terminal host speaks with it, for this device and for those that are
    added to its list. `sessions` lets its pushes rest on the proof of an earlier Register from the same address,
    for clients that answer no challenge to a push; without it every push carries its own proof. `digest` lets its
    captures rest on the password alone, where the city's profile allows that: without it a capture needs mutual TLS or
    the signature of its device, or it goes into quarantine (NJ 8).
    """

    host_code: HostCode | None = None
    sessions: bool = False
    digest: bool = False


class PushAccountIssued(Out):
    """The password is shown here once. It is null in the answer to a repeated request, because it is not stored.

    A lost password is replaced by a new account.
    """

    account: str
    password: str | None
    realm: str
    device_id: DeviceId
    device_code: str
    host_code: str | None
    sessions: bool
    digest: bool


class PushAccountDevicesOrder(In):
    """Devices of the same agency, by id."""

    device_ids: list[DeviceId] = Field(min_length=1, max_length=1_000)


class PushAccountDevicesView(Out):
    """For how many devices the account speaks now, and how many of the order changed that."""

    account: str
    devices: int
    changed: int


class PushAccountView(Out):
    """HA1 = MD5(account:realm:password), to check a Digest answer with, and the devices whose captures may come."""

    account: str
    realm: str
    ha1: str
    host_code: str | None
    sessions: bool
    digest: bool
    devices: dict[str, DeviceId]
    agency_id: AgencyId
