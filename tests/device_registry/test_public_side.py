"""What anybody may know of a device: list, map, table, sign, and the proof that it was published (NJ 10; PJ §3(3))."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from datetime import timedelta
from typing import Any

import pytest

from common.values.calendar import legal_day
from common.values.law import NJ_10
from ledger.merkle import leaf_hash, verify_inclusion
from tests.device_registry.stories import ACTIVE, CAMERA, PUBLISHED, in_service, published, register, take
from tests.world import World

HIDDEN = ("view_sha256", "secret", "installer", "photo", "longitude_exact", "password", "agency_number")


async def public(world: World, **asked: Any) -> list[dict[str, Any]]:
    answer = await world.anonymous.get("/v1/public/devices", params=asked)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


@pytest.mark.law(NJ_10)
@pytest.mark.begins(PUBLISHED)
async def test_NJ_10_2_no_device_is_used_before_the_lead_time_and_all_in_use_are_public_without_login(
    world: World,
) -> None:
    device = await published(world)
    days = world.runtimes["device-registry"].profile.publication_lead_days
    shown = (await public(world))[0]
    world.clock.advance(days=days, seconds=-60)
    early = await take(world, device, "activation")
    world.clock.advance(seconds=60)
    activated = await take(world, device, "activation")
    second = await in_service(world, device_code="31010400001190000002")

    listed = await public(world, state="ACTIVE")

    assert days == 30
    assert shown["state"] == "PUBLISHED"
    assert early.status_code == 409
    assert [v["code"] for v in early.json()["violations"]] == ["DEV_PUBLICATION_LEAD_TIME"]
    assert activated.status_code == 201
    assert [item["device_id"] for item in listed] == [device, second]


@pytest.mark.begins(ACTIVE)
async def test_PJ_3_4_the_public_list_shows_when_a_new_device_was_published(world: World) -> None:
    device = await in_service(world)
    now = world.clock()

    (item,) = await public(world)
    table = (await world.anonymous.get("/v1/public/device-table")).content
    (row,) = csv.DictReader(io.StringIO(table.decode("utf-8-sig")))

    assert (item["device_id"], item["active_since"] is not None) == (device, True)
    published_at = item["published_at"]
    assert published_at < item["active_since"] <= now.isoformat().replace("+00:00", "Z")
    assert row["公布时间"] == published_at
    assert not any(word in json.dumps(item) for word in HIDDEN)


@pytest.mark.begins(ACTIVE)
async def test_the_public_list_does_not_vouch_for_a_certificate_that_was_found_invalid(world: World) -> None:
    device, today = await in_service(world), legal_day(world.clock())
    path = f"/v1/public/devices/{device}"
    until = (await world.anonymous.get(path)).json()["verification_valid_until"]
    number = f"JL-{CAMERA.code[-4:]}-01"
    order = {"paper": "CERTIFICATE", "number": number, "invalid_from": f"{today}", "reason": "证书被撤销。"}

    corrected = await world.person("DEVICE_ADMIN").post(f"/v1/devices/{device}/corrections", json=order)
    void = (await world.anonymous.get(path)).json()["verification_valid_until"]
    renewed = {"certificate_no": "JL-N", "verified_on": f"{today}", "valid_until": f"{today + timedelta(9)}"}
    again = await take(world, device, "verifications", **renewed)
    (listed,) = await public(world)

    assert until is not None
    assert (corrected.status_code, void, again.status_code) == (201, None, 201)
    assert listed["verification_valid_until"] == f"{today + timedelta(9)}"


@pytest.mark.begins(ACTIVE)
async def test_the_list_is_searched_and_the_map_shows_a_window_rounded_to_ten_metres(world: World) -> None:
    device = await in_service(world)
    await register(world, device_code="31010400001190000003")
    agency = world.agencies[0]

    found = [
        len(await public(world, **asked))
        for asked in (
            {"q": "衡山路"}, {"q": "31010400001190000001"}, {"q": "淮海路"}, {"q": "%"}, {"q": "路"}, {"q": "路衡"},
            {"q": "衡山路进东平路北约5米"}, {"q": "山路约5米"},
            {"function": "CM-0107"}, {"function": "CM-0108"},
            {"agency_id": agency}, {"agency_id": world.agencies[1]}, {"state": "ACTIVE"}, {"state": "DRAFT"},
        )
    ]  # fmt: skip
    inside = await world.anonymous.get("/v1/public/device-map", params={"bbox": "121.44,31.21,121.45,31.22"})
    outside = await world.anonymous.get(
        "/v1/public/device-map", params={"bbox": "121.446,31.21,121.45,31.22"}
    )
    too_wide = await world.anonymous.get("/v1/public/device-map", params={"bbox": "121,31,121.6,31.1"})

    assert found == [1, 1, 0, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0]
    assert inside.headers["content-type"] == "application/geo+json"
    (feature,) = inside.json()["features"]
    assert (feature["id"], feature["geometry"]) == (
        device,
        {"type": "Point", "coordinates": [121.4457, 31.2104]},
    )
    assert (outside.json()["features"], inside.json()["truncated"]) == ([], False)
    assert (too_wide.status_code, too_wide.json()["code"]) == (422, "DEV_MAP_WINDOW")


@pytest.mark.begins(ACTIVE)
async def test_the_address_on_a_sign_is_short_stays_and_shows_a_page(world: World) -> None:
    device = await in_service(world)
    hidden = await register(world, device_code="31010400001190000003")

    code = (await world.anonymous.get(f"/v1/public/devices/{device}/sign-code")).json()
    await take(world, device, "suspension")
    later = (await world.anonymous.get(f"/v1/public/devices/{device}/sign-code")).json()
    none = await world.anonymous.get(f"/v1/public/devices/{hidden}/sign-code")
    page = await world.anonymous.get(code["address"].removeprefix("https://demo.mingzheng.example"))
    nothing = await world.anonymous.get(f"/v1/public/signs/{hidden.partition('_')[2]}")

    assert code["address"] == later["address"]
    assert len(code["address"]) < 80
    assert code["lines"][0] == "电子技术监控设备"
    assert none.status_code == nothing.status_code == 404
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "《中华人民共和国道路交通安全法》第一百一十四条" in page.text
    assert "暂停使用" in page.text


@pytest.mark.begins(ACTIVE)
async def test_a_party_can_verify_that_a_device_was_published_on_a_day(world: World) -> None:
    device = await in_service(world)
    other = await published(world, device_code="31010400001190000002")
    day = legal_day(world.clock())
    world.clock.advance(days=1)
    await world.settle()
    await world.settle()
    path = f"/v1/public/device-lists/{day}"

    file = await world.anonymous.get(path)
    proof = (await world.anonymous.get(f"{path}/devices/{device}")).json()
    records = await world.anonymous.get(f"/v1/ledger/streams/{proof['of']['stream']}/records")
    extract = await world.anonymous.get(proof["extract"])
    listed = (await world.anonymous.get("/v1/public/device-lists")).json()["items"]
    before = await world.anonymous.get(f"/v1/public/device-lists/{day - timedelta(days=60)}")

    (recorded,) = [item["record"]["data"] for item in records.json()["items"]]
    assert recorded["sha256"] == hashlib.sha256(file.content).hexdigest()
    assert (recorded["day"], recorded["devices"]) == (str(day), 2)
    leaf, steps = leaf_hash(proof["line"].encode()), [bytes.fromhex(each) for each in proof["path"]]
    verify_inclusion(proof["index"], recorded["devices"], leaf, steps, bytes.fromhex(recorded["root"]))
    assert json.loads(proof["line"])["device_id"] == device
    assert {json.loads(line)["device_id"] for line in file.content.splitlines()} == {device, other}
    assert extract.status_code == 200
    assert [each["day"] for each in listed] == [str(day)]
    assert before.status_code == 404


@pytest.mark.begins(ACTIVE)
async def test_what_is_published_after_midnight_is_not_on_the_list_of_the_day_before(world: World) -> None:
    await in_service(world)
    day = legal_day(world.clock())
    world.clock.advance(days=1)
    late = await published(world, device_code="31010400001190000002")
    await world.settle()

    answer = await world.anonymous.get(f"/v1/public/device-lists/{day}/devices/{late}")

    assert answer.status_code == 404
    assert (await world.fsck()).clean
