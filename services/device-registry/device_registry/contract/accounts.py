"""Push accounts of devices and hosts: their passwords, lists, certificates and end."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from common.values.ids import AgencyId, DeviceId
from common.web.wire import Digest, In, Instant, Out, Page

HostCode = Annotated[str, Field(pattern=r"^[0-9]{20}$", examples=["31010100005030000001"])]
"""The 20 digits by which a platform, a recorder or a terminal host names itself in Register."""


_HOST = r"(?:[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?|\[[0-9a-f:.]{2,45}\])(?::[1-9][0-9]{0,4})?"
MediaHost = Annotated[str, Field(pattern=rf"^(?:{_HOST})$", examples=["10.20.30.40:8088"])]
"""A host from which pictures may be fetched, with its port unless it is 80 (http) or 443 (https)."""


class PushAccountOrder(In):
    """A Digest account for the device.

    With a `host_code` a platform, recorder or terminal host speaks with it, for this device and for those that are
    added to its list. `sessions` lets its pushes rest on the proof of an earlier Register from the same address,
    for clients that answer no challenge to a push; without it every push carries its own proof. `digest` lets its
    captures rest on the password alone, where the city's profile allows that: without it a capture needs mutual TLS or
    the signature of its device, or it goes into quarantine (NJ 8). `media_hosts` are the hosts from which pictures are
    fetched that it names by URL; without them every such picture is refused. A private address is called only where the
    list names it. The account speaks from `valid_from` (now, if not given) until `valid_until` (as long as the profile
    allows, if not given).
    """

    host_code: HostCode | None = None
    sessions: bool = False
    digest: bool = False
    media_hosts: list[MediaHost] = Field(default=[], max_length=20)
    valid_from: Instant | None = None
    valid_until: Instant | None = None


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
    media_hosts: list[str]
    valid_from: datetime
    valid_until: datetime


class PushAccountRotationOrder(In):
    """For how many days the old account speaks beside the new one."""

    overlap_d: Annotated[int, Field(ge=0, le=365, strict=True)]


class PushAccountsRotationOrder(In):
    """Accounts that are replaced together, and for how many days the old ones speak beside the new ones."""

    accounts: list[
        Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$", examples=["camabcdefghjk"])]
    ] = Field(min_length=1, max_length=200)
    overlap_d: Annotated[int, Field(ge=0, le=365, strict=True)]


class PushAccountRotated(Out):
    """The new account, and until when the old one speaks."""

    rotated: str
    rotated_until: datetime
    issued: PushAccountIssued


class RotationFault(Out):
    """Why an account was not rotated: the code and the sentence of the refusal."""

    code: str
    detail: str


class RotationOutcome(Out):
    """What became of one account of the order: `status` is what a rotation of it alone would have answered."""

    account: str
    status: int
    result: PushAccountRotated | None
    fault: RotationFault | None


class PushAccountRotations(Out):
    """One outcome an account, in the order in which they were named."""

    items: list[RotationOutcome]


class PushAccountStanding(Out):
    """An account without its secret. `rotated_to` takes its place."""

    account: str
    device_id: DeviceId
    host_code: str | None
    state: Literal["NOT_YET", "VALID", "EXPIRED", "REVOKED"]
    valid_from: datetime
    valid_until: datetime
    rotated_to: str | None


class PushAccountPage(Page[PushAccountStanding]):
    """Accounts by name."""


class PushAccountDevicesOrder(In):
    """Devices of the same agency, by id."""

    device_ids: list[DeviceId] = Field(min_length=1, max_length=1_000)


class PushAccountDevicesView(Out):
    """For how many devices the account speaks now, and how many of the order changed that."""

    account: str
    devices: int
    changed: int


AccountEndName = Literal["REPLACED", "LOST", "COMPROMISED", "NOT_NEEDED"]


class PushAccountRevocationOrder(In):
    """Why the account ends."""

    reason: AccountEndName


class PushAccountRevoked(Out):
    """The account, and since when it speaks for nobody."""

    account: str
    reason: AccountEndName
    revoked_at: datetime


class ClientCertificateOrder(In):
    """The TLS certificate of the camera or the host as PEM, alone and without a key."""

    certificate: Annotated[
        str,
        Field(
            min_length=50,
            max_length=20_000,
            examples=["-----BEGIN CERTIFICATE-----\nMIIB…\n-----END CERTIFICATE-----"],
        ),
    ]


class ClientCertificateReleaseOrder(In):
    """The certificate, by the SHA-256 of its DER."""

    sha256: Digest


class ClientCertificateView(Out):
    """A TLS certificate that is an account, by the SHA-256 of its DER in hex, and how long it is valid."""

    account: str
    sha256: str
    valid_from: datetime
    valid_until: datetime


class ClientCertificatesView(Out):
    """The accounts that one certificate is."""

    items: list[ClientCertificateView]


class SecretAddressOrder(In):
    """The addresses or networks from which the camera may push: its own, or that of the router before it.

    A network has at most 256 addresses (/24), in IPv6 at most one LAN (/64).
    """

    addresses: list[
        Annotated[str, Field(pattern=r"^[0-9a-fA-F.:]{2,45}(/[0-9]{1,3})?$", examples=["192.0.2.7"])]
    ] = Field(min_length=1, max_length=8)


class SecretAddressIssued(Out):
    """The path to which the camera pushes. It is shown here once, and null in the answer to a repeated request."""

    account: str
    path: str | None
    addresses: list[str]


class SecretAddressView(Out):
    """The account behind a secret address, and the networks from which it may push."""

    account: str
    addresses: list[str]


class PushAccountView(Out):
    """HA1 = MD5(account:realm:password), to check a Digest answer with, and the devices whose captures may come.

    `signing` are the codes of those that sign: what they send unsigned was stripped. Outside its window it is nobody.
    """

    account: str
    realm: str
    ha1: str
    host_code: str | None
    sessions: bool
    digest: bool
    media_hosts: list[str]
    devices: dict[str, DeviceId]
    signing: list[str]
    agency_id: AgencyId
    valid_from: datetime
    valid_until: datetime
