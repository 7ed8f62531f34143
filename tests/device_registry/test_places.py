"""Where no device may stand, and that four persons decide whether one may (NJ 9; VSR 8, 10; APL 41(1))."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from common.values.ids import OfficerId
from common.values.law import APL_41_1, NJ_8, NJ_9, NJ_10, VSR_8
from device_registry.domain.siting import PROHIBITED_PLACES
from gateway.identity.domain.officers import Role
from gateway.identity.jobs import assign_role
from mz.demo.camera import CAMERAS, STEPS
from tests.device_registry.stories import (
    CAMERA,
    TO_PUBLISHED,
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
