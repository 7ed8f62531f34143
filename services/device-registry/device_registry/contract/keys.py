"""The keys with which devices sign their captures."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from common.values.ids import AgencyId, DeviceId
from common.web.wire import In, Instant, Out

AlgorithmName = Literal["ed25519", "ecdsa-p256-sha256", "sm2-sm3"]
HolderName = Literal["CAMERA", "EDGE_GATEWAY"]
KeyRevocationName = Literal["REPLACED", "LOST", "COMPROMISED", "WITHDRAWN"]
Kid = Annotated[str, Field(pattern=r"^[0-9]{20}#[1-9][0-9]{0,3}$", examples=["31010100001190000001#1"])]
Base64Key = Annotated[
    str,
    Field(
        min_length=40,
        max_length=100,
        pattern=r"^[A-Za-z0-9+/]+={0,2}$",
        examples=["A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg="],
    ),
]


class SigningKeyOrder(In):
    """A public key of the device, with the proof that the device holds its private half.

    `public_key` is base64 of 32 bytes for ed25519, else of 65 bytes 04||x||y. `proof` is base64 of the key's signature
    over three lines, each ended by a newline: `mingzheng-device-key/v1`, the `kid`, the SHA-256 of the bytes of the
    public key in lowercase hex. Valid from now, if `valid_from` is not given, for a year at most.
    """

    kid: Kid
    algorithm: AlgorithmName
    public_key: Base64Key
    proof: Base64Key
    holder: HolderName = "CAMERA"
    valid_from: Instant | None = None
    valid_until: Instant


class SigningKeyRevocationOrder(In):
    """Why the key ends, and since when nothing that it signed counts: now, if `since` is not given."""

    reason: KeyRevocationName
    since: Instant | None = None


class SigningKeyView(Out):
    """A key of a device. `revoked_from` is the instant from which its signatures count no more."""

    kid: str
    device_id: DeviceId
    algorithm: AlgorithmName
    public_key: str
    holder: HolderName
    valid_from: datetime
    valid_until: datetime
    revoked_at: datetime | None
    revoked_from: datetime | None
    revocation: KeyRevocationName | None


class SigningKeysView(Out):
    """Every key that a device ever had, the oldest first."""

    items: list[SigningKeyView]


class NamedKeyView(Out):
    """A key, with the code and the agency of its device."""

    key: SigningKeyView
    device_code: str
    agency_id: AgencyId


class NamedKeysView(Out):
    """The keys of one name: two agencies may have a device with one code."""

    items: list[NamedKeyView]
