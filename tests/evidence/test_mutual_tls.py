"""A camera behind a proxy of ours that ends TLS: its certificate is its account, and nobody else can write it."""

from __future__ import annotations

import pytest

from tests.evidence.camera import Device, camera_in_service, captures, codes, status
from tests.evidence.intake.given import push
from tests.evidence.proxied import PROXY, STRANGER, behind, certificate
from tests.evidence.signer import forget
from tests.given import IN_SERVICE
from tests.world import World

pytestmark = pytest.mark.begins(IN_SERVICE)

PUSH = "/VIID/MotorVehicles"


@pytest.fixture
async def camera(world: World) -> Device:
    return await camera_in_service(world)


async def test_a_certificate_from_our_proxy_is_the_account_and_from_anybody_else_it_is_nothing(
    world: World, camera: Device
) -> None:
    await camera.issue(digest=False)
    admin, account = world.person("DEVICE_ADMIN"), f"/v1/push-accounts/{camera.account}"
    (pem, header), (_, unbound) = certificate(world, camera.code), certificate(world, camera.code)
    short, ending = certificate(world, camera.code, days=1)
    for each in (pem, short):
        bound = await admin.post(f"{account}/certificates", json={"certificate": each})
        assert bound.status_code == 201
    body = push(camera.vehicle())

    async with (
        behind(world, PROXY) as proxy,
        behind(world, STRANGER) as stranger,
        behind(world, PROXY, certify=False) as untold,
    ):
        taken = await proxy.post(PUSH, content=body, headers={"client-cert": header})
        refused = [
            await http.post(PUSH, content=body, headers={"client-cert": sent})
            for http, sent in (
                (stranger, header),
                (untold, header),
                (proxy, unbound),
            )
        ]
        unreadable = [
            await proxy.post(PUSH, content=body, headers=headers)
            for headers in (
                [("client-cert", header), ("client-cert", unbound)],
                [("client-cert", header[1:])],
            )
        ]
        soon = await proxy.post(
            PUSH, content=push(camera.vehicle(serial=2, shade=30)), headers={"client-cert": ending}
        )
        world.clock.advance(days=1)
        past = await proxy.post(PUSH, content=body, headers={"client-cert": ending})
        ended = await admin.post(f"{account}/revocation", json={"reason": "LOST"})
        forget(camera)
        revoked = await proxy.post(PUSH, content=body, headers={"client-cert": header})

    await world.settle(slow_jobs=False)
    rows = await captures(world)
    assert (status(taken), codes(taken), codes(soon)) == ((200, 0), [0], [0])
    assert [status(answer) for answer in (*refused, past, revoked)] == [(401, 4)] * 5
    assert [status(answer) for answer in unreadable] == [(400, 4)] * 2
    assert ended.status_code == 201
    assert [
        (row["transport"], row["state"], [flag for flag in row["flags"] if flag != "NEAR_DUPLICATE"])
        for row in rows
    ] == [("MUTUAL_TLS", "TECH_PASSED", ["NO_USER_IDENTIFY"])] * 2
    assert (await world.fsck()).findings == []


async def test_a_session_behind_our_proxy_belongs_to_the_address_that_the_proxy_saw(
    world: World, camera: Device
) -> None:
    await camera.issue(sessions=True)
    body = push(camera.vehicle())
    async with behind(world, PROXY) as proxy, behind(world, STRANGER) as stranger:
        world.http, kept = proxy, world.http
        camera.headers["x-forwarded-for"] = "192.0.2.7"
        await camera.register()
        mine = await proxy.post(PUSH, content=body, headers=camera.headers)
        forged = {**camera.headers, "x-forwarded-for": "192.0.2.7, 192.0.2.8"}
        others = [
            await proxy.post(PUSH, content=body, headers=forged),
            await stranger.post(PUSH, content=body, headers=camera.headers),
        ]
        world.http = kept

    assert status(mine) == (200, 0)
    assert [status(answer) for answer in others] == [(401, 4)] * 2
