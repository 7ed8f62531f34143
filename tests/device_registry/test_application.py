"""The application for a device: who pays, the work plan, the reasons, the two reviews, the standard (NJ 5, 7, 8, 9)."""

from __future__ import annotations

from typing import Any

import pytest

from common.values.law import APL_41_1, NJ_7, NJ_8, NJ_9, PJ_1
from mz.demo.camera import CAMERAS, work_plan
from tests.device_registry.stories import (
    PUBLISHED,
    published,
    record_types,
    register,
    registration,
    take,
)
from tests.world import World


def codes(answer: Any) -> list[str]:
    """The codes of the guards that failed."""
    return [violation["code"] for violation in answer.json()["violations"]]


@pytest.mark.law(PJ_1)
async def test_NJ_5_3_PJ_1_1_government_pays_and_nobody_else_in_a_device_and_in_a_plan(world: World) -> None:
    admin = world.person("DEVICE_ADMIN")
    refused: dict[str, tuple[int, str]] = {}

    fiscal = await admin.post("/v1/devices", json=registration())
    for source in ("PARTY", "SHARED_WITH_PARTY", "MARKET_ENTITY"):
        order = registration(device_code=CAMERAS[0].code, funding_source=source)
        plan = work_plan(world.clock().date()) | {"funding_source": source}
        for path, body in (("/v1/devices", order), ("/v1/plans", plan)):
            answer = await admin.post(path, json=body)
            refused[f"{path} {source}"] = answer.status_code, answer.json()["code"]
    own_duty = registration(
        device_code=CAMERAS[0].code,
        funding_source="PARTY",
        owner_type="REGULATED_PARTY",
        obligation_basis="《中华人民共和国大气污染防治法》第二十四条",
    )
    duty = await admin.post("/v1/devices", json=own_duty)

    assert (fiscal.status_code, fiscal.json()["funding_source"]) == (201, "FISCAL")
    assert refused == {
        f"{path} {source}": (422, code)
        for path in ("/v1/devices", "/v1/plans")
        for source, code in (
            ("PARTY", "DEV_COST_SHIFTED"),
            ("SHARED_WITH_PARTY", "DEV_COST_SHIFTED"),
            ("MARKET_ENTITY", "DEV_MARKET_ENTITY_REVENUE"),
        )
    }
    assert (duty.status_code, duty.json()["funding_source"]) == (201, "PARTY")


@pytest.mark.law(NJ_7)
async def test_NJ_7_1_a_plan_has_four_sections_and_a_device_without_one_is_seen_to_have_none(
    world: World,
) -> None:
    admin, today = world.person("DEVICE_ADMIN"), world.clock().date()
    whole = work_plan(today)
    whole["planned"][0]["division"] = "310104"
    sections = ("devices", "enforcement_equipment", "network_security", "technical_indicators")

    bare = [await admin.post("/v1/plans", json=whole | {section: ""}) for section in sections]
    plan = (await admin.post("/v1/plans", json=whole)).json()
    over = {"from_on": f"{today.year - 1}-01-01", "until_on": f"{today.year - 1}-12-31"}
    old = (await admin.post("/v1/plans", json=whole | over)).json()
    theirs = (await world.person("DEVICE_ADMIN", 1).post("/v1/plans", json=whole)).json()
    unplanned = await register(world, device_code=CAMERAS[0].code)
    planned = await register(world)
    ended = await take(world, planned, "submission", plan_id=old["plan_id"])
    foreign = await take(world, planned, "submission", plan_id=theirs["plan_id"])
    with_plan = await take(world, planned, "submission", plan_id=plan["plan_id"])
    await take(world, unplanned, "submission")
    reviewed = await take(world, unplanned, "legal-review")
    shown = (await admin.get(f"/v1/plans/{plan['plan_id']}")).json()
    listed = (await admin.get("/v1/plans")).json()["items"]

    assert [(answer.status_code, [e["pointer"] for e in answer.json()["errors"]]) for answer in bare] == [
        (422, [f"/body/{section}"]) for section in sections
    ]
    assert plan["planned"] == whole["planned"]
    assert (ended.status_code, ended.json()["code"]) == (409, "DEV_PLAN_PERIOD")
    assert (foreign.status_code, foreign.json()["code"]) == (404, "NOT_FOUND")
    assert (with_plan.json()["plan_id"], with_plan.json()["warnings"]) == (plan["plan_id"], [])
    assert (reviewed.status_code, reviewed.json()["warnings"]) == (201, ["PLAN_MISSING"])
    assert [device["device_id"] for device in shown["linked"]] == [planned]
    assert [each["plan_id"] for each in listed] == [plan["plan_id"], old["plan_id"]]
    assert await world.record_types("device-registry", f"plan/{plan['plan_id']}") == ["plan.adopted"]
    path = f"/v1/plans/{plan['plan_id']}"
    assert (await world.person("DEVICE_ADMIN", 1).get(path)).status_code == 404
    assert (await world.person("AGENCY_HEAD").post("/v1/plans", json=whole)).status_code == 403


@pytest.mark.begins(PUBLISHED)
@pytest.mark.law(NJ_8)
async def test_NJ_8_1_a_device_conforms_to_a_standard_or_is_not_activated(world: World) -> None:
    passed = await published(world)
    untested = await published(world, without="standard-conformities", device_code=CAMERAS[0].code)
    report = {"report_no": "示检-2", "result": "FAIL", "from_on": f"{world.clock().date()}"}

    unpublished = await take(world, untested, "publication")
    await take(world, passed, "standard-conformities", **report)
    world.clock.advance(days=30)
    undone = await take(world, passed, "activation")
    today = f"{world.clock().date()}"
    world.clock.advance(days=1)
    await take(world, passed, "standard-conformities", report_no="示检-3", from_on=f"{world.clock().date()}")
    active = await take(world, passed, "activation")
    nameless = await take(world, passed, "standard-conformities", issuer="", from_on=today)

    assert (unpublished.status_code, codes(unpublished)) == (409, ["DEV_STANDARD_NONCONFORM"])
    assert (undone.status_code, codes(undone)) == (409, ["DEV_STANDARD_NONCONFORM"])
    assert (active.status_code, active.json()["state"]) == (201, "ACTIVE")
    assert (nameless.status_code, nameless.json()["errors"][0]["pointer"]) == (422, "/body/issuer")


@pytest.mark.law(NJ_9)
async def test_NJ_9_1_an_application_without_basis_need_alternatives_or_spacing_is_refused(
    world: World,
) -> None:
    functions = registration()["functions"]
    articles = [{**functions[0]["bases"][0], "article": ""}]

    without_basis = [
        await world.person("DEVICE_ADMIN").post(
            "/v1/devices", json=registration(functions=[{**functions[0], "bases": bases}])
        )
        for bases in ([], articles)
    ]
    device = await register(world)
    fields = ("necessity", "alternatives", "siting")
    empty = [await take(world, device, "submission", **{field: " "}) for field in fields]
    whole = await take(world, device, "submission")

    assert [(answer.status_code, answer.json()["errors"][0]["pointer"]) for answer in without_basis] == [
        (422, "/body/functions/0/bases"),
        (422, "/body/functions/0/bases/0/article"),
    ]
    assert [(answer.status_code, answer.json()["errors"][0]["pointer"]) for answer in empty] == [
        (422, f"/body/{field}") for field in fields
    ]
    assert (whole.status_code, whole.json()["state"]) == (201, "UNDER_REVIEW")


@pytest.mark.law(APL_41_1, NJ_9)
async def test_NJ_9_2_NJ_9_3_no_approval_without_both_reviews_by_their_own_reviewers(world: World) -> None:
    legal = await register(world)
    technical = await register(world, device_code=CAMERAS[0].code)
    for device in (legal, technical):
        await take(world, device, "submission")
    na = {f"L{n}": "PASS" for n in range(1, 9)} | {"L1": "NA"}

    applicant = [
        await world.person("DEVICE_ADMIN").post(
            f"/v1/devices/{legal}/{step}", json={"checklist": {}, "opinion": "同意。"}
        )
        for step in ("legal-review", "technical-review")
    ]
    never = await take(world, legal, "legal-review", checklist=na, notes={"L1": "不适用。"})
    bare = await take(world, legal, "legal-review", checklist=na | {"L1": "PASS", "L7": "NA"})
    await take(world, legal, "legal-review", checklist=na | {"L1": "PASS", "L7": "NA"}, notes={"L7": "无。"})
    await take(world, technical, "technical-review")
    without_technical = await take(world, legal, "approval")
    without_legal = await take(world, technical, "approval")
    await take(world, legal, "technical-review")
    approved = await take(world, legal, "approval")

    assert [answer.status_code for answer in applicant] == [403, 403]
    assert (never.json()["code"], never.json()["errors"][0]["pointer"]) == (
        "DEV_CHECKLIST_INCOMPLETE",
        "/checklist/L1",
    )
    assert bare.json()["errors"][0]["pointer"] == "/notes/L7"
    assert (without_technical.status_code, codes(without_technical)) == (409, ["DEV_TECH_REVIEW_MISSING"])
    assert (without_legal.status_code, codes(without_legal)) == (409, ["DEV_LEGAL_REVIEW_MISSING"])
    assert (approved.status_code, approved.json()["state"]) == (201, "APPROVED")
    assert "device.rejected" not in await record_types(world, legal)
