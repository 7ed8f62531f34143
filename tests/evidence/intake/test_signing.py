"""A signature that cannot be checked on this machine is no bad signature."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import NoReturn

import httpx
import pytest

from common.calls.devicekeys import DeviceKey
from common.calls.http import Peers
from common.calls.tokens import TokenKey
from common.values.errors import Kind, Refusal
from evidence.intake.signing import Carried, SigningKeys, prove
from ledger.canonical import instant
from ledger.sm2 import Sm2Unavailable
from tests.evidence.domain.test_manifest import MANIFEST, PUBLIC, VECTOR


class Unreadable(DeviceKey):
    """A key as it is read where OpenSSL has no SM2."""

    def __post_init__(self) -> NoReturn:
        raise Sm2Unavailable("there is no SM2 here")


class Uncheckable(DeviceKey):
    """A key that was read where OpenSSL then lost SM2."""

    def verifies(self, message: bytes, signature: bytes) -> NoReturn:
        raise Sm2Unavailable("there is no SM2 here")


def registry(_: httpx.Request) -> httpx.Response:
    """The registry, which knows the key of the published vector."""
    key = {
        "kid": MANIFEST.kid,
        "device_id": "dev_01kajbch80e00800000000000h",
        "algorithm": "ed25519",
        "public_key": PUBLIC,
        "holder": "CAMERA",
        "valid_from": instant(MANIFEST.shot_at),
        "valid_until": instant(MANIFEST.shot_at + timedelta(days=1)),
        "revoked_at": None,
        "revoked_from": None,
        "revocation": None,
    }
    agency = "agy_01jncr8rf9ejkbabfrt8khy52e"
    named = {"key": key, "device_code": MANIFEST.device_code, "agency_id": agency}
    return httpx.Response(200, json={"items": [named]})


@pytest.mark.parametrize("read", [Unreadable, Uncheckable])
async def test_a_signature_that_this_machine_cannot_check_is_no_bad_signature(
    tmp_path: Path, read: type[DeviceKey]
) -> None:
    key = TokenKey.generate(tmp_path / "token.json")
    peers = Peers("evidence", key, {}, {"device-registry": httpx.MockTransport(registry)})

    with pytest.raises(Refusal) as refusal:
        await prove(SigningKeys(peers, read=read), Carried.of_bytes(VECTOR, b"0" * 64))

    assert (refusal.value.kind, refusal.value.code) == (Kind.UNAVAILABLE, "EVD_SM2_UNAVAILABLE")
    await peers.close()
