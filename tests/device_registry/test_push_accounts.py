"""Digest accounts: the password is shown once, HA1 lies sealed, and evidence alone may read it (Inv. 6)."""

from __future__ import annotations

import asyncio
import hashlib

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes

from common.values.errors import Kind, Refusal
from device_registry.contract import DeviceRegistry
from device_registry.domain.networks import is_too_wide, network_of
from tests.device_registry.stories import CAMERA, TO_PUBLISHED, record_types, register, take
from tests.evidence.proxied import certificate
from tests.world import World

HOST = "31010100005030000001"


@pytest.mark.parametrize(
    ("written", "network", "is_wide"),
    [
        ("192.0.2.7", "192.0.2.7/32", False),
        ("192.0.2.0/24", "192.0.2.0/24", False),
        ("192.0.2.0/23", "192.0.2.0/23", True),
        ("0.0.0.0/0", "0.0.0.0/0", True),
        ("2001:db8::/64", "2001:db8::/64", False),
        ("2001:db8::/63", "2001:db8::/63", True),
        ("::/0", "::/0", True),
        ("::ffff:0:0/96", "0.0.0.0/0", True),
        ("::ffff:192.0.2.7", "192.0.2.7/32", False),
    ],
)
def test_a_secret_address_is_good_from_one_lan_at_most(written: str, network: str, is_wide: bool) -> None:
    assert network_of(written) == network
    assert is_too_wide(network) is is_wide


async def installed(world: World) -> str:
    device = await register(world)
    for step in TO_PUBLISHED[: TO_PUBLISHED.index("installation") + 1]:
        await take(world, device, step)
    return device


async def test_evidence_learns_the_secret_of_an_account_and_nobody_learns_its_password(world: World) -> None:
    device = await installed(world)
    admin = world.person("DEVICE_ADMIN")

    issued = (await admin.post(f"/v1/devices/{device}/push-accounts", json={})).json()
    account = await DeviceRegistry(world.runtimes["evidence"].peers).push_account(issued["account"])

    secret = f"{issued['account']}:viid.local:{issued['password']}".encode()
    assert account.ha1 == hashlib.md5(secret, usedforsecurity=False).hexdigest()
    assert account.devices == {CAMERA.code: device}
    async with world.database("device-registry") as db:
        sealed = await db.fetchval("SELECT ha1_sealed FROM push_accounts")
        answers = await db.fetch("SELECT client, key, sealed, sealed_by FROM idempotency")
    secrets = world.runtimes["device-registry"].db.secrets
    opened = [secrets.open(a["sealed_by"], f"answer/{a['client']}\n{a['key']}", a["sealed"]) for a in answers]
    assert account.ha1.encode() not in sealed
    assert any(issued["account"].encode() in answer for answer in opened)
    assert not any(issued["password"].encode() in answer for answer in opened)


async def test_a_sealed_secret_that_is_moved_to_another_account_does_not_open(world: World) -> None:
    device = await installed(world)
    admin = world.person("DEVICE_ADMIN")
    mine, other = [
        (await admin.post(f"/v1/devices/{device}/push-accounts", json={})).json() for _ in range(2)
    ]
    async with world.database("device-registry") as db:
        await db.execute("SET session_replication_role = replica")
        await db.execute(
            "UPDATE push_accounts SET ha1_sealed = (SELECT ha1_sealed FROM push_accounts WHERE account = $1)"
            " WHERE account = $2",
            mine["account"],
            other["account"],
        )

    with pytest.raises(Refusal) as refusal:
        await DeviceRegistry(world.runtimes["evidence"].peers).push_account(other["account"])

    assert refusal.value.kind is Kind.UNAVAILABLE


async def test_a_repeated_request_makes_no_second_account_and_shows_no_password(world: World) -> None:
    device = await installed(world)
    admin = world.person("DEVICE_ADMIN")

    first = (await admin.post(f"/v1/devices/{device}/push-accounts", json={}, key="account-once")).json()
    second = (await admin.post(f"/v1/devices/{device}/push-accounts", json={}, key="account-once")).json()

    assert second == first | {"password": None}


async def test_an_account_names_the_hosts_of_its_pictures_and_lists_its_devices(world: World) -> None:
    device = await installed(world)
    path, admin = f"/v1/devices/{device}/push-accounts", world.person("DEVICE_ADMIN")
    hosts = ["10.20.30.40:8088", "media.example.cn", "[fd12::1]:80"]

    issued = (await admin.post(path, json={"media_hosts": hosts})).json()
    odd = [
        (await admin.post(path, json={"media_hosts": [host]})).status_code
        for host in (
            "http://10.0.0.1",
            "10.0.0.1/x",
            "a b",
            "user@10.0.0.1",
            "10.0.0.1:",
            "*",
            "",
            "10.0.0.1:0",
        )
    ]
    registry = DeviceRegistry(world.runtimes["evidence"].peers)
    account = await registry.push_account(issued["account"])
    kind = CAMERA.code[10:13]
    listed = await registry.account_devices(account.account, types=[kind], codes=[], first=1, limit=10)
    others = [
        await registry.account_devices(account.account, types=["121"], codes=[], first=1, limit=10),
        await registry.account_devices(account.account, types=[kind], codes=["1" * 20], first=1, limit=10),
        await registry.account_devices(account.account, types=[kind], codes=[CAMERA.code], first=2, limit=10),
    ]

    assert odd == [422] * 8
    assert (issued["media_hosts"], account.media_hosts) == (hosts, hosts)
    assert ([entry.code for entry in listed.items], listed.total) == ([CAMERA.code], 1)
    assert [(page.items, page.total) for page in others] == [([], 0), ([], 0), ([], 1)]
    assert (await admin.get(f"/v1/push-accounts/{account.account}/devices?types=119")).status_code == 403


async def test_nobody_but_evidence_reads_an_account(world: World) -> None:
    device = await installed(world)
    admin = world.person("DEVICE_ADMIN")
    issued = (await admin.post(f"/v1/devices/{device}/push-accounts", json={})).json()

    by_admin = await admin.get(f"/v1/push-accounts/{issued['account']}")
    with pytest.raises(Refusal) as by_case:
        await DeviceRegistry(world.runtimes["case"].peers).push_account(issued["account"])

    assert by_admin.status_code == 403
    assert by_case.value.code == "FORBIDDEN"


async def test_an_unknown_account_is_not_found(world: World) -> None:
    with pytest.raises(Refusal) as refusal:
        await DeviceRegistry(world.runtimes["evidence"].peers).push_account("camxxxxxxxxxx")

    assert refusal.value.code == "NOT_FOUND"


async def test_a_device_that_is_not_installed_gets_no_account(world: World) -> None:
    device = await register(world)

    answer = await world.person("DEVICE_ADMIN").post(f"/v1/devices/{device}/push-accounts", json={})

    assert (answer.status_code, answer.json()["code"]) == (409, "DEV_TRANSITION_NOT_ALLOWED")


async def test_a_host_lists_devices_of_its_agency_each_once_and_a_camera_lists_none(world: World) -> None:
    first, second = await installed(world), await installed_too(world)
    admin, path = world.person("DEVICE_ADMIN"), f"/v1/devices/{first}/push-accounts"
    order = {"device_ids": [second, first]}
    host = (await admin.post(path, json={"host_code": HOST})).json()
    camera = (await admin.post(path, json={})).json()
    devices = f"/v1/push-accounts/{host['account']}/devices"

    answers = await asyncio.gather(*(admin.post(devices, json=order) for _ in range(8)))
    of_camera = await admin.post(f"/v1/push-accounts/{camera['account']}/devices", json=order)
    unknown = await admin.post("/v1/push-accounts/camxxxxxxxxxx/devices", json=order)
    foreign = await world.person("DEVICE_ADMIN", 1).post(devices, json=order)
    nobody = await world.person("AGENCY_HEAD").post(devices, json=order)
    known = await DeviceRegistry(world.runtimes["evidence"].peers).push_account(host["account"])

    assert (host["host_code"], host["sessions"], camera["host_code"]) == (HOST, False, None)
    assert sorted(answer.json()["changed"] for answer in answers) == [0] * 7 + [1]
    assert {answer.json()["devices"] for answer in answers} == {2}
    assert (of_camera.status_code, of_camera.json()["code"]) == (409, "DEV_ACCOUNT_NOT_OF_A_HOST")
    assert (unknown.status_code, foreign.status_code, nobody.status_code) == (404, 404, 403)
    assert (set(known.devices.values()), known.host_code) == ({first, second}, HOST)


async def test_a_device_that_left_the_list_may_come_back_and_the_own_device_stays(world: World) -> None:
    first, second = await installed(world), await installed_too(world)
    admin = world.person("DEVICE_ADMIN")
    order = {"host_code": HOST, "sessions": True}
    host = (await admin.post(f"/v1/devices/{first}/push-accounts", json=order)).json()
    path, both = f"/v1/push-accounts/{host['account']}", {"device_ids": [first, second]}

    answers = [
        (await admin.post(f"{path}/{act}", json=both)).json()["changed"]
        for act in ("devices", "device-removals", "device-removals", "devices")
    ]

    types = await record_types(world, second)
    assert (host["sessions"], answers) == (True, [1, 1, 0, 1])
    assert types[-3:] == ["device.account_listed", "device.account_unlisted", "device.account_listed"]
    assert (await world.fsck()).findings == []


async def installed_too(world: World) -> str:
    """Another device of the same agency."""
    device = await register(world, device_code="31010100001190000077")
    for step in TO_PUBLISHED[: TO_PUBLISHED.index("installation") + 1]:
        await take(world, device, step)
    return device


async def test_a_revoked_account_is_nobody_and_a_certificate_is_an_account_until_it_is_released(
    world: World,
) -> None:
    device, admin = await installed(world), world.person("DEVICE_ADMIN")
    issued = [
        (await admin.post(f"/v1/devices/{device}/push-accounts", json={"host_code": HOST})).json()["account"]
        for _ in range(2)
    ]
    paths = [f"/v1/push-accounts/{account}" for account in issued]
    pem, sha256 = certificate_pem(world)
    order = {"certificate": pem}
    registry = DeviceRegistry(world.runtimes["evidence"].peers)

    bound = [await admin.post(f"{path}/certificates", json=order) for path in paths]
    unreadable = await admin.post(f"{paths[0]}/certificates", json={"certificate": pem + pem})
    past = await admin.post(
        f"{paths[0]}/certificates", json={"certificate": certificate_pem(world, days=-1)[0]}
    )
    whose = [c.account for c in (await registry.client_certificate(sha256)).items]
    released = [
        await admin.post(f"{paths[1]}/certificate-releases", json={"sha256": sha256}) for _ in range(2)
    ]
    ended = await asyncio.gather(
        *(admin.post(f"{paths[0]}/revocation", json={"reason": "LOST"}) for _ in range(8))
    )
    after = [
        await admin.post(f"{paths[0]}/{act}", json=json)
        for act, json in (("certificates", order), ("devices", {"device_ids": [device]}))
    ]
    nobody = await world.person("AGENCY_HEAD").post(f"{paths[1]}/revocation", json={"reason": "LOST"})

    assert [answer.status_code for answer in bound] == [201, 201]
    assert (unreadable.json()["code"], past.json()["code"]) == (
        "DEV_CERTIFICATE_UNREADABLE",
        "DEV_CERTIFICATE_PAST",
    )
    assert whose == [issued[1], issued[0]]
    assert [answer.status_code for answer in released] == [201, 404]
    assert sorted(answer.status_code for answer in ended) == [201] + [409] * 7
    assert [answer.json()["code"] for answer in after] == ["DEV_ACCOUNT_REVOKED"] * 2
    assert nobody.status_code == 403
    assert (await registry.client_certificate(sha256)).items == []
    with pytest.raises(Refusal) as gone:
        await registry.push_account(issued[0])
    assert gone.value.code == "NOT_FOUND"
    assert (await registry.push_account(issued[1])).signing == []
    await world.settle(slow_jobs=False)
    assert (await world.fsck()).findings == []


def certificate_pem(world: World, *, days: int = 90) -> tuple[str, str]:
    """A self-signed TLS certificate that ends in `days`, as PEM, and the SHA-256 of its DER."""
    pem, _ = certificate(world, HOST, days=days)
    return pem, x509.load_pem_x509_certificate(pem.encode()).fingerprint(hashes.SHA256()).hex()
