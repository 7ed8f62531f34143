"""Where no device may stand, and that four persons decide whether one may (NJ 9; VSR 8, 10; APL 41(1))."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Any

import httpx
import pytest

from common.values.ids import OfficerId
from common.values.law import APL_41_1, NJ_8, NJ_9, NJ_10, VSR_8
from device_registry.domain.siting import PROHIBITED_PLACES
from gateway.identity.domain.officers import Role
from gateway.identity.jobs import assign_role
from mz.demo.camera import CAMERAS, STEPS
from tests.device_registry.stories import (
    ACTIVE,
    CAMERA,
    TO_PUBLISHED,
    in_service,
    published,
    record_types,
    register,
    registration,
    take,
)
from tests.world import Client, World


def codes(answer: httpx.Response) -> list[str]:
    """The codes of the guards that failed."""
    return [violation["code"] for violation in answer.json()["violations"]]


@pytest.mark.law(NJ_9, VSR_8)
async def test_no_device_is_registered_in_a_private_place_nor_where_the_city_allows_none(
    world: World,
) -> None:
    admin = world.person("DEVICE_ADMIN")

    # The floor of ten, and the one place that the city's legal office added.
    refused: dict[str, tuple[int, str]] = {}
    for place in [*PROHIBITED_PLACES, "MEDICAL_INSTITUTION"]:
        answer = await admin.post("/v1/devices", json=registration(place_type=place))
        refused[place] = answer.status_code, answer.json()["code"]
    school = await admin.post("/v1/devices", json=registration(place_type="SCHOOL"))

    assert len(refused) == 11
    assert set(refused.values()) == {(422, "DEV_PROHIBITED_PLACE")}
    assert school.status_code == 201


async def test_beside_a_secret_unit_a_device_is_not_published_without_the_units_consent(world: World) -> None:
    beside = {"place_type": "MILITARY_OR_SECRET_VICINITY"}
    without = await published(world, without="publication", **beside)
    agreed = await published(
        world,
        without="publication",
        device_code=CAMERAS[0].code,
        secret_unit_consent="某部〔2025〕3号函:同意。",
        **beside,
    )

    refused = await take(world, without, "publication")
    accepted = await take(world, agreed, "publication")

    assert (refused.status_code, codes(refused)) == (409, ["DEV_SECRET_SITE_CONSENT_MISSING"])
    assert (accepted.status_code, accepted.json()["state"]) == (201, "PUBLISHED")


async def holding_every_role(world: World, role: str) -> Client:
    """The person of `role`, who now holds every role of a device's way into service."""
    person = world.person(role)
    for wanted in sorted(set(STEPS.values()) - {role}):
        await assign_role(world.runtimes["gateway"].db, OfficerId(person.id), Role(wanted))
    return person


async def does(world: World, person: Client, device: str, step: str) -> tuple[int, str]:
    """The status and the code, or the state, of `step` as `person` takes it."""
    answer = await person.post(f"/v1/devices/{device}/{step}", json=CAMERA.order(step, world.clock().date()))
    return answer.status_code, answer.json().get("code") or answer.json()["state"]


@pytest.mark.law(APL_41_1)
async def test_four_persons_decide_on_a_device_whatever_roles_one_of_them_holds(world: World) -> None:
    refused = (403, "DEV_DUTY_SEPARATION")
    # Before any of them logs in: a token names the roles of its hour.
    applicant = await holding_every_role(world, "DEVICE_ADMIN")
    legal = await holding_every_role(world, "DEVICE_LEGAL_REVIEWER")
    technical = await holding_every_role(world, "DEVICE_TECH_REVIEWER")
    device = await register(world)
    await take(world, device, "submission")

    by_applicant = [
        await does(world, applicant, device, step) for step in ("legal-review", "technical-review")
    ]
    first = await does(world, legal, device, "legal-review")
    again = await does(world, legal, device, "technical-review")
    second = await does(world, technical, device, "technical-review")
    approvals = [await does(world, person, device, "approval") for person in (applicant, legal, technical)]
    heads = await asyncio.gather(*(take(world, device, "approval") for _ in range(6)))

    assert by_applicant == [refused, refused]
    assert (first, again, second) == ((201, "UNDER_REVIEW"), refused, (201, "UNDER_REVIEW"))
    assert approvals == [refused] * 3
    assert sorted(answer.status_code for answer in heads) == [201] + [409] * 5
    assert (await record_types(world, device)).count("device.approved") == 1


@pytest.mark.law(APL_41_1, NJ_8, NJ_9, NJ_10)
async def test_NAT_1_a_device_has_both_reviews_a_standard_a_reason_a_sign_and_a_publication(
    world: World,
) -> None:
    device = await register(world)
    failures: dict[str, object] = {}

    # Each step is left out once where it would be due, and the next act that needs it is refused with its code.
    failures["reason"] = (await take(world, device, "submission", necessity="")).json()["errors"][0][
        "pointer"
    ]
    await take(world, device, "submission")
    failures["reviews"] = codes(await take(world, device, "approval"))
    for step in TO_PUBLISHED[1:-1]:
        if step not in ("standard-conformities", "signage"):
            assert (await take(world, device, step)).status_code == 201, step
    failures["papers"] = codes(await take(world, device, "publication"))
    for step in ("standard-conformities", "signage"):
        await take(world, device, step)
    unpublished = await take(world, device, "activation")
    await take(world, device, "publication")
    failures["lead"] = codes(await take(world, device, "activation"))
    world.clock.advance(days=30)
    active = await take(world, device, "activation")
    listed = (await world.anonymous.get("/v1/public/devices")).json()["items"]

    assert failures == {
        "reason": "/body/necessity",
        "reviews": ["DEV_LEGAL_REVIEW_MISSING", "DEV_TECH_REVIEW_MISSING"],
        "papers": ["DEV_STANDARD_NONCONFORM", "DEV_SIGNAGE_MISSING"],
        "lead": ["DEV_PUBLICATION_LEAD_TIME"],
    }
    assert (unpublished.status_code, unpublished.json()["code"]) == (409, "DEV_TRANSITION_NOT_ALLOWED")
    assert (active.status_code, active.json()["state"]) == (201, "ACTIVE")
    assert [each["device_code"] for each in listed] == [CAMERA.code]


def change(world: World, kind: str, **changes: Any) -> dict[str, Any]:
    """An order for a material change, with the application that hands the device in again."""
    application = CAMERA.order("submission", world.clock().date()) | {"sharing": "附近设备方向相反。"}
    return {"kind": kind, "reason": "道路改造,点位调整。", "application": application} | changes


def site(**changes: Any) -> dict[str, Any]:
    """Another place, some hundred metres from that of the camera."""
    return {
        "place": "衡山路近乌鲁木齐南路", "place_type": "ROAD", "division": "徐汇区",
        "longitude": "121.448721", "latitude": "31.210443", "direction": "由西向东",
    } | changes  # fmt: skip


async def move(world: World, device: str, *, role: str = "DEVICE_ADMIN", **changes: Any) -> httpx.Response:
    order = change(world, "MOVE", site=site(**changes))
    return await world.person(role).post(f"/v1/devices/{device}/material-changes", json=order)


async def seen(world: World, device: str, at: datetime) -> dict[str, Any]:
    """What the registry states about the device at `at`."""
    path = f"/v1/devices/{device}/capability"
    answer = await world.person("DEVICE_ADMIN").get(path, params={"at": at.isoformat()})
    stated: dict[str, Any] = answer.json()["capability"]
    return stated


@pytest.mark.begins(ACTIVE)
@pytest.mark.law(NJ_9, VSR_8)
async def test_NJ_9_4_a_prohibited_place_is_refused_for_a_new_device_and_for_one_that_is_moved(
    world: World,
) -> None:
    device, admin = await in_service(world), world.person("DEVICE_ADMIN")
    known = await record_types(world, device)

    refused: dict[str, list[tuple[int, str]]] = {}
    for place in [*PROHIBITED_PLACES, "MEDICAL_INSTITUTION"]:
        new = await admin.post(
            "/v1/devices", json=registration(place_type=place, device_code=CAMERAS[1].code)
        )
        moved = await move(world, device, place_type=place)
        # Nor where only the room is another one.
        turned = await move(
            world, device, place_type=place, longitude=CAMERA.longitude, latitude=CAMERA.latitude
        )
        refused[place] = [(each.status_code, each.json()["code"]) for each in (new, moved, turned)]
    unmoved = (await admin.get(f"/v1/devices/{device}")).json()

    assert len(refused) == 11
    assert {answer for answers in refused.values() for answer in answers} == {(422, "DEV_PROHIBITED_PLACE")}
    assert (unmoved["state"], unmoved["place"], unmoved["place_type"]) == ("ACTIVE", CAMERA.place, "ROAD")
    assert await record_types(world, device) == known


@pytest.mark.begins(ACTIVE)
@pytest.mark.law(APL_41_1, NJ_10)
async def test_a_device_that_is_moved_takes_the_whole_path_again_and_keeps_its_past(world: World) -> None:
    device, used = await in_service(world), world.clock()
    world.clock.advance(days=1)

    near = await move(world, device, longitude="121.445730", direction=CAMERA.registration()["direction"])
    answers = await asyncio.gather(*(move(world, device) for _ in range(6)))
    moved_at = world.clock()
    states = {}
    for step in TO_PUBLISHED[1:-1]:
        if step == "signage":
            continue
        place = {"longitude": "121.448721", "latitude": "31.210443"} if step == "installation" else {}
        number = {"report_no": "示检2"} if step == "standard-conformities" else {}
        number |= {"certificate_no": "JL-2"} if step == "verifications" else {}
        if step == "installation":
            states["old place"] = (await take(world, device, step)).json()["code"]
        answer = await take(world, device, step, **place, **number)
        assert answer.status_code == 201, (step, answer.text)
        states[step] = answer.json().get("state")
    unsigned = await take(world, device, "publication")
    await take(world, device, "signage", photo_sha256="cd" * 32)
    await take(world, device, "publication")
    early = await take(world, device, "activation")
    world.clock.advance(days=30)
    active = await take(world, device, "activation")
    before, between, now = [await seen(world, device, at) for at in (used, moved_at, world.clock())]

    assert (near.status_code, near.json()["code"]) == (409, "DEV_CHANGE_NOT_MATERIAL")
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 5
    assert states["legal-review"] == "UNDER_REVIEW"
    assert states["old place"] == "DEV_INSTALLED_ELSEWHERE"
    assert codes(unsigned) == ["DEV_SIGNAGE_MISSING"]
    assert codes(early) == ["DEV_PUBLICATION_LEAD_TIME"]
    assert (active.status_code, active.json()["state"]) == (201, "ACTIVE")
    assert (before["lawful"], before["place"], before["longitude"]) == (True, CAMERA.place, CAMERA.longitude)
    assert between["lawful"] is False
    assert "E-DEV-01" in between["codes"]
    assert (now["lawful"], now["place"], now["longitude"]) == (True, "衡山路近乌鲁木齐南路", "121.448721")


@pytest.mark.begins(ACTIVE)
async def test_a_change_that_is_none_or_whose_contents_do_not_fit_is_refused(world: World) -> None:
    device = await in_service(world)
    path, admin = f"/v1/devices/{device}/material-changes", world.person("DEVICE_ADMIN")
    functions = registration()["functions"]
    other = [*functions, functions[0] | {"code": "CM-0999", "name": "其他违法行为"}]

    answers = {
        "function": await admin.post(path, json=change(world, "NEW_FUNCTION", functions=functions)),
        "limit": await admin.post(path, json=change(world, "LIMIT", functions=functions)),
        "no site": await admin.post(path, json=change(world, "MOVE")),
        "both": await admin.post(path, json=change(world, "NEW_FUNCTION", functions=other, site=site())),
        "head": await move(world, device, role="AGENCY_HEAD"),
        "stranger": await world.person("DEVICE_ADMIN", 1).post(path, json=change(world, "MODEL")),
        "new": await admin.post(path, json=change(world, "NEW_FUNCTION", functions=other)),
        "again": await admin.post(path, json=change(world, "MODEL")),
    }
    told = {name: (each.status_code, each.json().get("code")) for name, each in answers.items()}

    assert told == {
        "function": (409, "DEV_CHANGE_NOT_MATERIAL"),
        "limit": (409, "DEV_CHANGE_NOT_MATERIAL"),
        "no site": (422, "DEV_CHANGE_INCOMPLETE"),
        "both": (422, "DEV_CHANGE_INCOMPLETE"),
        "head": (403, "FORBIDDEN"),
        "stranger": (404, "NOT_FOUND"),
        "new": (201, None),
        "again": (409, "DEV_TRANSITION_NOT_ALLOWED"),
    }
    assert answers["new"].json()["state"] == "UNDER_REVIEW"
    assert [each["code"] for each in answers["new"].json()["functions"]] == ["CM-0107", "CM-0999"]


@pytest.mark.begins(ACTIVE)
@pytest.mark.law(APL_41_1)
@pytest.mark.parametrize("review, item", [("legal-review", "L"), ("technical-review", "T")])
async def test_a_device_whose_change_a_review_refuses_comes_back_as_it_was(
    world: World, review: str, item: str
) -> None:
    """D-T6 of D-T19: the change ends and not the device; its head puts it back into use (D-T14)."""
    device, admin = await in_service(world), world.person("DEVICE_ADMIN")
    shown, used = (await admin.get(f"/v1/devices/{device}")).json(), world.clock()
    world.clock.advance(days=1)
    await move(world, device)
    between = world.clock()
    items = {f"{item}{n}": "FAIL" for n in range(1, 9 if item == "L" else 10)}

    world.clock.advance(days=1)
    refused = await take(world, device, review, checklist=items, notes=dict.fromkeys(items, "不符合。"))
    twice = await take(world, device, review, checklist=items, notes=dict.fromkeys(items, "不符合。"))
    held = await seen(world, device, world.clock())
    by_admin = await admin.post(f"/v1/devices/{device}/resumption", json={"note": "恢复。"})
    resumed = await take(world, device, "resumption")
    now = await seen(world, device, world.clock())
    past = [await seen(world, device, at) for at in (used, between)]
    world.clock.advance(days=1)
    await world.settle()
    night = (await admin.get(f"/v1/devices/{device}")).json()["state"]

    assert (refused.status_code, refused.json()["state"]) == (201, "SUSPENDED")
    assert (twice.status_code, twice.json()["code"]) == (409, "DEV_TRANSITION_NOT_ALLOWED")
    assert held["codes"] == ["E-DEV-01"], "nobody has said yet that it stands there unchanged"
    assert (by_admin.status_code, resumed.status_code, resumed.json()) == (403, 201, shown)
    assert (now["lawful"], now["place"], now["longitude"]) == (True, CAMERA.place, CAMERA.longitude)
    assert [each["lawful"] for each in past] == [True, False]
    assert night == "ACTIVE", "no guard of the night looks at the round that was refused"
    types = await record_types(world, device)
    assert types[types.index("device.change_refused") :][:2] == ["device.change_refused", "device.resumed"]
    again = await move(world, device)
    assert (again.status_code, again.json()["state"]) == (201, "UNDER_REVIEW")
