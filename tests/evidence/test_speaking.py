"""Who speaks at the GA/T 1400 door: proofs and their nonces, sessions, and accounts with a list of devices."""

from __future__ import annotations

import asyncio

import pytest

from tests.evidence.camera import (
    Device,
    camera_in_service,
    captures,
    codes,
    grown,
    nonce_of,
    row_counts,
    second_camera,
    status,
)
from tests.evidence.intake.given import md5, push
from tests.given import IN_SERVICE
from tests.world import World

pytestmark = pytest.mark.begins(IN_SERVICE)

REGISTER, PUSH, KEEPALIVE = "/VIID/System/Register", "/VIID/MotorVehicles", "/VIID/System/Keepalive"
UNREGISTER = "/VIID/System/UnRegister"
PLATFORM = "31010100005030000001"


@pytest.fixture
async def camera(world: World) -> Device:
    return await camera_in_service(world)


async def test_a_nonce_is_reused_with_a_rising_count_and_an_old_one_is_answered_by_a_fresh_one(
    world: World, camera: Device
) -> None:
    nonce = nonce_of(await camera.call("POST", REGISTER))

    first = await camera.digest(REGISTER, b"{}", nonce=nonce)
    rising = await camera.digest(PUSH, push(camera.vehicle()), nonce=nonce, count=2)
    replayed = await camera.digest(PUSH, push(camera.vehicle()), nonce=nonce, count=2)
    world.clock.advance(minutes=5, seconds=1)
    late = await camera.digest(REGISTER, b"{}", nonce=nonce, count=3)
    foreign = await camera.digest(REGISTER, b"{}", nonce="0" * 32)
    wrong = await camera.digest(REGISTER, b"{}", nonce=nonce, password="wrong", count=4)

    assert [status(a) for a in (first, rising)] == [(200, 0), (200, 0)]
    for answer in (replayed, late, foreign):
        assert status(answer) == (401, 4)
        assert answer.headers["www-authenticate"].endswith(", stale=true")
    assert nonce_of(late) != nonce
    assert "stale" not in wrong.headers["www-authenticate"]
    # The wrong password counts, the stale nonces and the replay do not.
    assert await _failures(world) == 1


async def test_eight_answers_at_once_with_one_count_admit_one(world: World, camera: Device) -> None:
    nonce = nonce_of(await camera.call("POST", REGISTER))

    answers = await asyncio.gather(*(camera.digest(REGISTER, b"{}", nonce=nonce) for _ in range(8)))

    assert sorted(a.status_code for a in answers) == [200] + [401] * 7


async def test_a_lock_out_never_blocks_the_right_answer(world: World, camera: Device) -> None:
    for _ in range(5):
        assert status(await camera.digest(REGISTER, b"{}", password="wrong")) == (401, 4)
    locked = await camera.digest(REGISTER, b"{}", password="wrong")
    right = await camera.digest(REGISTER, b"{}")
    still = await camera.digest(REGISTER, b"{}", password="wrong")
    stranger = await camera.digest(REGISTER, b"{}", account="camnobody")
    world.clock.advance(minutes=5, seconds=1)
    later = await camera.digest(REGISTER, b"{}", password="wrong")

    assert [status(a) for a in (locked, right, still)] == [(429, 2), (200, 0), (429, 2)]
    assert "www-authenticate" not in locked.headers
    assert [status(a) for a in (stranger, later)] == [(401, 4), (401, 4)]


async def test_a_client_without_qop_answers_each_challenge_once(world: World, camera: Device) -> None:
    async def answer(nonce: str) -> tuple[int, int]:
        ha1 = md5(f"{camera.account}:viid.local:{camera.password}")
        response = md5(f"{ha1}:{nonce}:" + md5(f"POST:{REGISTER}"))
        header = (
            f'Digest username="{camera.account}", realm="viid.local", nonce="{nonce}",'
            f' uri="{REGISTER}", response="{response}"'
        )
        return status(await camera.call("POST", REGISTER, b"{}", authorization=header))

    nonce = nonce_of(await camera.call("POST", REGISTER))

    assert [await answer(nonce), await answer(nonce)] == [(200, 0), (401, 4)]
    assert await answer(nonce_of(await camera.call("POST", REGISTER))) == (200, 0)
    assert await _failures(world) == 0


async def test_only_a_relaxed_account_pushes_in_a_session_and_the_capture_says_so(
    world: World, camera: Device
) -> None:
    await camera.register()
    refused = await camera.push_unproved()
    before = await row_counts(world)
    await camera.issue(sessions=True)
    await camera.register()

    in_session = await camera.push_unproved(camera.vehicle(serial=1))
    proved = await camera.push(camera.vehicle(serial=2, shade=120))
    alive = await camera.call("GET", KEEPALIVE)
    leaving = await camera.call("POST", UNREGISTER, b'{"UnRegisterObject":{}}')
    still = await camera.call("POST", KEEPALIVE, b'{"KeepaliveObject":{}}')
    left = await camera.proved(UNREGISTER, b'{"UnRegisterObject":{}}')
    after = await camera.call("POST", KEEPALIVE, b'{"KeepaliveObject":{}}')

    assert status(refused) == (401, 4)
    assert [status(a) for a in (in_session, proved, alive)] == [(200, 0)] * 3
    assert [row["flags"] for row in await captures(world)] == [
        ["SESSION_ONLY", "TRANSPORT_DIGEST"],
        ["TRANSPORT_DIGEST"],
    ]
    assert [status(a) for a in (leaving, still, left, after)] == [(401, 4), (200, 0), (200, 0), (401, 4)]
    assert grown(before, await row_counts(world))["captures"] == 2


async def test_a_session_ends_after_three_missed_keepalives_and_any_request_renews_it(
    world: World, camera: Device
) -> None:
    await camera.issue(sessions=True)
    await camera.register()

    for _ in range(3):
        world.clock.advance(seconds=170)
        assert status(await camera.push_unproved()) == (200, 0)
    world.clock.advance(seconds=181)

    assert status(await camera.push_unproved()) == (401, 4)


async def test_behind_one_address_nobody_speaks_in_the_session_of_another(
    world: World, camera: Device
) -> None:
    other = await second_camera(world)
    for device in (camera, other):
        await device.issue(sessions=True)
    await camera.register()
    bare = dict(camera.headers)
    del camera.headers["user-identify"]

    alone = await camera.push_unproved()
    unnamed = await camera.push_unproved(camera.vehicle(serial=2, DeviceID=""))
    others = await camera.push_unproved(other.vehicle(serial=3))
    await other.register()
    ambiguous = await camera.push_unproved(camera.vehicle(serial=4))
    camera.headers |= bare
    named = await camera.push_unproved(camera.vehicle(serial=5, shade=30))
    posing = await camera.push_unproved(other.vehicle(serial=6))
    camera.headers["user-identify"] = "31010100001190009999"
    nobody = await camera.push_unproved()

    # One session at the address: only an object that names a device of its account is taken.
    assert [(status(a)[0], codes(a)) for a in (alone, unnamed, others)] == [
        (200, [0]),
        (200, [4]),
        (200, [4]),
    ]
    assert (status(ambiguous), status(named), codes(posing)) == ((401, 4), (200, 0), [4])
    assert status(nobody) == (401, 4)
    assert [(row["device_code"], row["flags"]) for row in await captures(world)] == [
        (camera.code, ["NO_USER_IDENTIFY", "SESSION_ONLY", "TRANSPORT_DIGEST"]),
        (camera.code, ["SESSION_ONLY", "TRANSPORT_DIGEST"]),
    ]


async def test_after_a_rotation_of_passwords_the_newer_account_is_used(world: World, camera: Device) -> None:
    for _ in range(2):
        await camera.issue(sessions=True)
        await camera.register()

    assert status(await camera.push_unproved()) == (200, 0)
    assert (await captures(world))[0]["account"] == camera.account


async def test_a_platform_speaks_for_the_devices_on_its_list_and_for_no_other(
    world: World, camera: Device
) -> None:
    other = await second_camera(world)
    await camera.issue(host_code=PLATFORM)
    path, order = f"/v1/push-accounts/{camera.account}", {"device_ids": [other.id]}
    admin = world.person("DEVICE_ADMIN")
    hello = f'{{"RegisterObject":{{"DeviceID":"{PLATFORM}"}}}}'.encode()
    registered = await camera.proved(REGISTER, hello)
    camera.headers["user-identify"] = PLATFORM

    both = [camera.vehicle(serial=1), other.vehicle(serial=2, shade=120)]
    before = await camera.push(*both, camera.vehicle(serial=3, DeviceID=""))
    listed = await admin.post(f"{path}/devices", json=order)
    await _forget_accounts(world)
    after = await camera.push(*both)
    removed = await admin.post(f"{path}/device-removals", json=order)
    await _forget_accounts(world)
    again = await camera.push(other.vehicle(serial=4, shade=60))

    assert (status(registered), registered.json()["ResponseStatusObject"]["Id"]) == ((200, 0), PLATFORM)
    assert (codes(before), codes(after), codes(again)) == ([0, 4, 4], [0, 0], [4])
    assert (listed.status_code, listed.json()) == (
        201,
        {"account": camera.account, "devices": 2, "changed": 1},
    )
    assert removed.json() == {"account": camera.account, "devices": 1, "changed": 1}
    assert [row["device_code"] for row in await captures(world)] == [camera.code, other.code]
    assert [row["flags"] for row in await captures(world)] == [["TRANSPORT_DIGEST"]] * 2
    assert (await world.fsck()).findings == []


async def _failures(world: World) -> int:
    async with world.database("evidence") as connection:
        return int(await connection.fetchval("SELECT count(*) FROM viid_failures"))


async def _forget_accounts(world: World) -> None:
    """As a minute of real time does."""
    world.app.apps["evidence"].state.intake.accounts.forget()
