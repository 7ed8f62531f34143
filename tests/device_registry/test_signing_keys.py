"""The keys with which devices sign: proved, named once, a year at most, revoked back to when they were lost (NJ 8)."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from common.values.errors import Refusal
from common.values.law import NJ_8
from device_registry.contract import DeviceRegistry
from device_registry.domain.keys import possession_text
from ledger.sm2 import Sm2PrivateKey
from tests.device_registry.stories import CAMERA, record_types
from tests.device_registry.test_push_accounts import installed
from tests.world import World

Sign = Callable[[bytes], bytes]


def ed25519_key() -> tuple[str, bytes, Sign]:
    key = ed25519.Ed25519PrivateKey.generate()
    return "ed25519", key.public_key().public_bytes_raw(), key.sign


def p256_key() -> tuple[str, bytes, Sign]:
    key = ec.generate_private_key(ec.SECP256R1())

    def sign(message: bytes) -> bytes:
        r, s = decode_dss_signature(key.sign(message, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")

    point = key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return "ecdsa-p256-sha256", point, sign


def sm2_key() -> tuple[str, bytes, Sign]:
    key = Sm2PrivateKey.generate()
    return "sm2-sm3", key.public_key().public_bytes_raw(), key.sign


def order(world: World, kid: str, key: tuple[str, bytes, Sign], **changes: Any) -> dict[str, Any]:
    algorithm, public, sign = key
    return {
        "kid": kid,
        "algorithm": algorithm,
        "public_key": base64.b64encode(public).decode(),
        "proof": base64.b64encode(sign(possession_text(kid, public))).decode(),
        "valid_until": f"{(world.clock() + timedelta(days=300)).isoformat()}",
    } | changes


@pytest.mark.law(NJ_8)
async def test_a_key_is_enrolled_with_a_proof_and_revoked_back_to_when_it_was_lost(world: World) -> None:
    device, admin, code = await installed(world), world.person("DEVICE_ADMIN"), CAMERA.code
    path, now = f"/v1/devices/{device}/signing-keys", world.clock()
    first, second, third = ed25519_key(), p256_key(), sm2_key()
    sound = [order(world, f"{code}#{n}", key) for n, key in enumerate((first, second, third), 1)]

    made = [await admin.post(path, json=each) for each in sound]
    refused = [
        await admin.post(path, json=each)
        for each in (
            order(world, f"{code}#1", ed25519_key()),
            order(world, f"{code}#4", ed25519_key(), proof=sound[0]["proof"]),
            order(world, "31010100001190009999#4", ed25519_key()),
            order(world, f"{code}#4", ed25519_key(), valid_from=(now - timedelta(days=1)).isoformat()),
            order(world, f"{code}#4", ed25519_key(), valid_until=(now + timedelta(days=400)).isoformat()),
            order(world, f"{code}#4", ed25519_key(), public_key=base64.b64encode(bytes(32)).decode()),
        )
    ]
    world.clock.advance(hours=2)
    since = (world.clock() - timedelta(hours=1)).isoformat()
    lost = [
        await admin.post(f"{path}/1/revocation", json={"reason": "COMPROMISED", "since": at})
        for at in (since, world.clock().isoformat(), (now - timedelta(days=1)).isoformat())
    ]
    racing = await asyncio.gather(
        *(admin.post(f"{path}/2/revocation", json={"reason": "REPLACED"}) for _ in range(8))
    )
    peers = world.runtimes["evidence"].peers
    known = (await DeviceRegistry(peers).signing_keys(code, 1)).items[0]
    listed = (await world.person("AGENCY_HEAD").get(path)).json()["items"]

    assert [answer.status_code for answer in made] == [201] * 3
    assert [answer.json()["code"] for answer in refused] == [
        "DEV_KEY_NAME_USED",
        "DEV_KEY_PROOF_WRONG",
        "DEV_KEY_NAME",
        "DEV_KEY_PERIOD",
        "DEV_KEY_PERIOD",
        "DEV_KEY_UNUSABLE",
    ]
    assert [answer.status_code for answer in lost] == [201, 409, 422]
    assert sorted(answer.status_code for answer in racing) == [201] + [409] * 7
    assert known.device_code == code
    assert known.key.device_id == device
    assert known.key.revoked_from is not None
    assert known.key.revoked_from.isoformat() == since
    assert [(key["kid"], key["revocation"]) for key in listed] == [
        (f"{code}#1", "COMPROMISED"),
        (f"{code}#2", "REPLACED"),
        (f"{code}#3", None),
    ]
    assert (await record_types(world, device))[-5:] == ["device.key_enrolled"] * 3 + [
        "device.key_revoked"
    ] * 2
    with pytest.raises(Refusal) as by_case:
        await DeviceRegistry(world.runtimes["case"].peers).signing_keys(code, 1)
    assert by_case.value.code == "FORBIDDEN"
    # A key that was stolen or ran out does not end that the device signs; only a withdrawal does.
    account = (await admin.post(f"/v1/devices/{device}/push-accounts", json={})).json()["account"]
    world.clock.advance(days=400)
    signing = (await DeviceRegistry(peers).push_account(account)).signing
    withdrawn = await admin.post(f"{path}/3/revocation", json={"reason": "WITHDRAWN"})
    after = (await DeviceRegistry(peers).push_account(account)).signing
    assert (signing, withdrawn.status_code, after) == ([code], 201, [])
    await world.settle(slow_jobs=False)
    assert (await world.fsck()).findings == []
