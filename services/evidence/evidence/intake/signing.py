"""The signature of a device over its capture, from the bytes that carry it to the verdict (`domain.signing`).

    GA/T 1400     "X-CaptureManifest":"<base64>", "X-CaptureSignature":"<base64>" in the object of the vehicle
    native        Capture-Manifest and Capture-Signature in the headers
    ISAPI         the parts manifest.json and manifest.sig

The signature is checked over the bytes as they were carried, never over bytes that we wrote again.
"""

from __future__ import annotations

import asyncio
import base64
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from common.calls.devicekeys import DeviceKey
from common.calls.http import Peers
from common.values.errors import Kind, Refusal
from common.values.ids import AgencyId, DeviceId
from device_registry.contract import DeviceRegistry, NamedKeyView
from evidence.domain.flags import Flag
from evidence.domain.manifest import Manifest, read_manifest
from evidence.domain.signed import Level, Signed
from evidence.domain.signing import KeyOfDevice, signed_by
from evidence.intake.remembering import Remembered
from ledger.notes import unbase64
from ledger.sm2 import Sm2Unavailable

_LEVELS: Final = {"CAMERA": Level.T2, "EDGE_GATEWAY": Level.T1}
_MANIFEST, _SIGNATURE = "x-capturemanifest", "x-capturesignature"


@dataclass(frozen=True)
class Carried:
    """A manifest and its signature as they came, base64 still."""

    manifest: str
    signature: str

    @classmethod
    def of_object(cls, thing: dict[str, Any]) -> Carried | None:
        """What a vehicle object carries, its keys in lower case; None where it carries neither."""
        manifest, signature = thing.get(_MANIFEST), thing.get(_SIGNATURE)
        if manifest in (None, "") and signature in (None, ""):
            return None
        return cls(str(manifest or ""), str(signature or ""))

    @classmethod
    def of_bytes(cls, manifest: bytes, signature: bytes) -> Carried:
        """What the parts of a multipart body carry: the bytes themselves."""
        return cls(base64.b64encode(manifest).decode(), base64.b64encode(signature).decode())


@dataclass(frozen=True)
class Key:
    """A key at the registry, and whose it is."""

    device_id: DeviceId
    device_code: str
    agency_id: AgencyId
    public: DeviceKey
    terms: KeyOfDevice


@dataclass(frozen=True)
class Proof:
    """A manifest that a key of its device signed."""

    manifest: Manifest
    key: Key

    def signed(self, *, received_at: datetime) -> Signed:
        """What the capture keeps of it, if it arrived then."""
        return signed_by(self.key.terms, self.manifest, received_at=received_at)


class SigningKeys:
    """The keys of the registry, by name, asked for at most once a minute. `read` makes a key of its bytes."""

    def __init__(self, peers: Peers, *, read: type[DeviceKey] = DeviceKey) -> None:
        self._registry = DeviceRegistry(peers)
        self._read = read
        self._named = Remembered(self._ask)

    async def find(self, kid: str) -> tuple[Key, ...]:
        """The keys of this name.

        Raises Refusal UNAVAILABLE when the registry does not answer, and for an SM2 key where there is no SM2.
        """
        return await self._named.get(kid)

    def forget(self) -> None:
        """Ask the registry again about every key."""
        self._named.forget()

    async def _ask(self, kid: str) -> tuple[Key, ...]:
        code, _, number = kid.partition("#")
        listed = (await self._registry.signing_keys(code, int(number))).items
        try:
            return tuple(_key_of(each, self._read) for each in listed)
        except Sm2Unavailable:
            raise _no_sm2() from None


async def prove(keys: SigningKeys, carried: Carried, *, device_id: DeviceId | None = None) -> Proof | Flag:
    """The manifest that is proved by the key that it names, of this device if it is given; or what fails.

    A manifest that cannot be read is a bad signature: nothing that was signed lies before us. The key is judged at the
    time of the capture. Raises Refusal as `SigningKeys.find`: what cannot be checked here is no bad signature.
    """
    try:
        data, signature = unbase64(carried.manifest), unbase64(carried.signature)
        manifest = await asyncio.to_thread(read_manifest, data)
    except ValueError:
        return Flag.SIG_BAD
    if manifest.kid.partition("#")[0] != manifest.device_code:
        return Flag.SIG_KEY_INVALID
    named = [key for key in await keys.find(manifest.kid) if device_id in (None, key.device_id)]
    usable = [
        key
        for key in named
        if key.terms.algorithm == manifest.algorithm and key.terms.stands_at(manifest.shot_at)
    ]
    if not usable:
        return Flag.SIG_KEY_INVALID
    for key in usable:
        try:
            if await asyncio.to_thread(key.public.verifies, data, signature):
                return Proof(manifest, key)
        except Sm2Unavailable:
            raise _no_sm2() from None
    return Flag.SIG_BAD


async def named(keys: SigningKeys, carried: Carried) -> tuple[Key, ...]:
    """The keys that a manifest names, whoever signed it; none where it cannot be read."""
    try:
        manifest = await asyncio.to_thread(read_manifest, unbase64(carried.manifest))
    except ValueError:
        return ()
    return await keys.find(manifest.kid)


def _no_sm2() -> Refusal:
    return Refusal(Kind.UNAVAILABLE, "EVD_SM2_UNAVAILABLE")


def _key_of(view: NamedKeyView, read: type[DeviceKey]) -> Key:
    key = view.key
    return Key(
        key.device_id,
        view.device_code,
        view.agency_id,
        read(key.algorithm, unbase64(key.public_key)),
        KeyOfDevice(
            key.kid, key.algorithm, _LEVELS[key.holder], key.valid_from, key.valid_until, key.revoked_from
        ),
    )
