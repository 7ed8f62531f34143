"""Findings of the clean-up: raised, proposed, decided, and the device stopped at once (PJ §2; D-T15 … D-T17)."""

from __future__ import annotations

import asyncio
import io
from typing import Any

import pypdf
import pytest

from common.door.uow import view
from common.policy import Action, authorize, service_actor
from common.values.ids import AgencyId
from common.values.law import PJ_2, PJ_2_1, PJ_2_2, PJ_2_3, PJ_2_6, PJ_2_7
from device_registry.domain.cleanup import IN_USE
from device_registry.store import devices
from mz.demo.camera import CAMERAS, STEPS
from tests.device_registry.inventories import imported
from tests.device_registry.stories import (
    ACTIVE,
    PUBLISHED,
    in_service,
    published,
    record_types,
    registration,
    take,
)
from tests.evidence.camera import camera_in_service
from tests.given import IN_SERVICE
from tests.world import Client, World

WHY = "经核查,该情形属实,依法应当停止使用该设备。"


async def found(world: World, device: str, **wanted: str) -> list[dict[str, Any]]:
    """The findings about `device` after an evaluation, those with the `wanted` fields."""
    admin = world.person("DEVICE_ADMIN")
    answer = await admin.post("/v1/cleanup-evaluations", json={"device_ids": [device]})
    assert answer.status_code == 201, answer.text
    listed = (await admin.get(f"/v1/findings?device_id={device}")).json()["items"]
    return [each for each in listed if wanted.items() <= each.items()]


async def by_hand(world: World, device: str, category: str = "CU-5", text: str = WHY) -> str:
    answer = await world.person("DEVICE_ADMIN").post(
        f"/v1/devices/{device}/findings", json={"category": category, "text": text}
    )
    assert answer.status_code == 201, answer.text
    return str(answer.json()["finding_id"])


async def printed(person: Client, path: str) -> str:
    """The words of a sheet. Asked twice, it has the same bytes."""
    answer, again = [await person.get(path) for _ in range(2)]
    assert (answer.status_code, answer.content) == (200, again.content), answer.text
    pages = pypdf.PdfReader(io.BytesIO(answer.content)).pages
    return "".join(page.extract_text() for page in pages).replace("\n", "")


async def confirmed(world: World, finding: str, outcome: str = "CONFIRM") -> dict[str, Any]:
    """The finding after proposal and decision."""
    for role, act in (("DEVICE_ADMIN", "proposal"), ("AGENCY_HEAD", "decision")):
        order = {"outcome": outcome, "reason": WHY}
        answer = await world.person(role).post(f"/v1/findings/{finding}/{act}", json=order)
        assert answer.status_code == 201, answer.text
    decided: dict[str, Any] = answer.json()
    return decided


async def state_of(world: World, device: str) -> str:
    return str((await world.person("DEVICE_ADMIN").get(f"/v1/devices/{device}")).json()["state"])


@pytest.mark.law(PJ_2)
@pytest.mark.begins(IN_SERVICE)
async def test_PJ_2_0_a_confirmed_finding_stops_the_device_and_its_later_captures_are_no_evidence(
    world: World,
) -> None:
    camera = await camera_in_service(world)
    await camera.register()
    before = await camera.push()
    await world.settle()

    decided = await confirmed(world, await by_hand(world, camera.id))
    stopped = await state_of(world, camera.id)
    world.clock.advance(minutes=5)
    after = await camera.push(camera.vehicle(serial=2, shade=40))
    await world.settle()

    sheet = f"/v1/findings/{decided['finding_id']}/stop-decision"
    decision = await printed(world.person("DEVICE_ADMIN"), sheet)
    stranger = await world.person("DEVICE_ADMIN", 1).get(sheet)
    assert [text for text in ("停止使用决定", "第5项", WHY[:8], "不得作为") if text not in decision] == []
    assert stranger.status_code == 404
    assert (decided["state"], stopped) == ("CONFIRMED", "STOPPED")
    assert (before.status_code, after.status_code) == (200, 200)
    async with world.database("evidence") as db:
        rows = await db.fetch("SELECT state, check_codes FROM captures ORDER BY captured_at")
    assert [(row["state"], "E-DEV-01" in row["check_codes"]) for row in rows] == [
        ("TECH_PASSED", False),
        ("TECH_FAILED", True),
    ]


@pytest.mark.law(PJ_2_1)
async def test_PJ_2_1_a_device_without_a_law_is_found_and_not_activated(world: World) -> None:
    old = await imported(world, 设置依据="《市政府规章》第九条", 依据层级="地方政府规章")
    device, basis = old["device_id"], {"level": "LOCAL_GOV_RULE", "title": "市政府规章", "article": "第九条"}
    basis["from_on"] = "2021-01-01"

    [finding] = await found(world, device, category="CU-1")
    rule = registration(device_code="31010400001190000002")
    rule["functions"][0]["bases"] = [basis]
    other = (await world.person("DEVICE_ADMIN").post("/v1/devices", json=rule)).json()["id"]
    refused = [
        answer
        for step in ("submission", "legal-review", "technical-review", "approval")
        if (answer := await take(world, other, step)).status_code != 201
    ]

    assert (finding["origin"], finding["state"]) == ("AUTO", "OPEN")
    assert [ground["code"] for ground in finding["grounds"]] == ["DEV_LEGAL_BASIS_INSUFFICIENT"]
    assert await state_of(world, device) == "LEGACY"  # a finding alone stops nothing
    await confirmed(world, finding["finding_id"])
    assert await state_of(world, device) == "STOPPED"
    [refusal] = refused
    assert [v["code"] for v in refusal.json()["violations"]] == ["DEV_LEGAL_BASIS_INSUFFICIENT"]


@pytest.mark.law(PJ_2_2)
@pytest.mark.begins(ACTIVE)
async def test_PJ_2_2_a_device_that_fails_its_standard_is_found(world: World) -> None:
    device = await in_service(world)
    sound = await found(world, device, category="CU-2")

    await take(world, device, "standard-conformities", result="FAIL", from_on=f"{world.clock():%Y-%m-%d}")
    [finding] = await found(world, device, category="CU-2")
    again = await found(world, device, category="CU-2")

    assert sound == []
    assert [ground["code"] for ground in finding["grounds"]] == ["DEV_STANDARD_NONCONFORM"]
    assert [each["finding_id"] for each in again] == [finding["finding_id"]]


@pytest.mark.law(PJ_2_3)
@pytest.mark.begins(ACTIVE)
async def test_PJ_2_3_a_device_whose_fault_lasts_is_found(world: World) -> None:
    device = await in_service(world)
    sound = await found(world, device, category="CU-3")
    operator = world.person("DEVICE_OPERATOR")
    fault = {"began_at": f"{world.clock():%Y-%m-%dT%H:%M:%SZ}", "description": "镜头偏移。"}
    opened = await operator.post(f"/v1/devices/{device}/faults", json=fault)
    world.clock.advance(days=8)

    [finding] = await found(world, device, category="CU-3")

    assert (sound, opened.status_code) == ([], 201)
    assert finding["origin"] == "AUTO"
    assert {ground["code"] for ground in finding["grounds"]} == {"CLN_FAULT_OPEN", "CLN_UPTIME_LOW"}


@pytest.mark.slow
@pytest.mark.law(PJ_2_3)
@pytest.mark.begins(IN_SERVICE)
async def test_PJ_2_3_a_device_whose_records_are_rejected_for_their_quality_is_found(world: World) -> None:
    camera = await camera_in_service(world)
    # After a day of sound work a fault of minutes is no low uptime.
    world.clock.advance(days=1)
    await camera.register()
    operator = world.person("DEVICE_OPERATOR")
    fault = {"began_at": f"{world.clock():%Y-%m-%dT%H:%M:%SZ}", "description": "镜头偏移。"}
    opened = await operator.post(f"/v1/devices/{camera.id}/faults", json=fault)
    # A capture of the story is some minutes old when it is pushed.
    world.clock.advance(minutes=3)
    for serial in range(60):
        await camera.push(camera.vehicle(serial=serial, shade=40))
    closed = await operator.post(f"/v1/devices/{camera.id}/faults/1/closure", json={"remedy": "已校正。"})
    world.clock.advance(minutes=3)
    for serial in range(60, 199):
        await camera.push(camera.vehicle(serial=serial, shade=40))
    await world.settle()
    few = await found(world, camera.id, category="CU-3")
    await camera.push(camera.vehicle(serial=199, shade=40))
    await world.settle()

    [finding] = await found(world, camera.id, category="CU-3")

    assert (opened.status_code, closed.status_code, few) == (201, 201, []), (
        "199 captures are too few to judge"
    )
    assert [ground["code"] for ground in finding["grounds"]] == ["CLN_REJECTIONS_HIGH"]
    async with world.database("evidence") as db:
        rejected = await db.fetchval("SELECT count(*) FROM captures WHERE 'E-DEV-05' = ANY (check_codes)")
    assert rejected == 60


@pytest.mark.law(PJ_2_6)
async def test_PJ_2_6_a_market_entity_that_lives_on_the_fines_is_stopped_and_needs_a_new_contract(
    world: World,
) -> None:
    admin = world.person("DEVICE_ADMIN")
    unread = await imported(
        world, 设置地点="示范路2号", 安装单位="某科技公司", 资金来源="财政", 罚款分成="无"
    )
    [asked] = await found(world, unread["device_id"], category="CU-6")
    living = await imported(world, 安装单位="某科技公司", 资金来源="财政", 罚款分成="分成")
    device = living["device_id"]
    path, plan = f"/v1/devices/{device}/rectification", {"plan": "终止原合同,由财政出资回购设备。"}

    bare = await admin.post(path, json=plan)
    provision = {"owner_type": "AGENCY", "installer_type": "MARKET_ENTITY"}
    shared = await admin.post(path, json=plan | {"provision": provision | {"revenue_link": "INDIRECT"}})
    lawful = await admin.post(
        path, json=plan | {"provision": provision | {"installer_contract": "合同〔2025〕8号"}}
    )

    assert (asked["origin"], asked["grounds"][0]["code"]) == ("PROMPT", "CLN_CONTRACT_MISSING")
    assert living["state"] == "STOPPED"
    assert "DEV_MARKET_ENTITY_REVENUE" in living["findings"]
    assert [bare.status_code, bare.json()["code"]] == [409, "CLN_NOT_RECTIFIABLE"]
    assert [shared.status_code, shared.json()["code"]] == [409, "CLN_NOT_RECTIFIABLE"]
    assert (lawful.status_code, lawful.json()["state"]) == (201, "RECTIFYING")
    done = {"evidence": "已终止原合同并另行签订。", "files": ["ab" * 32]}
    unfiled = await admin.post(f"/v1/devices/{device}/rectification-evidence", json=done)
    assert [v["code"] for v in unfiled.json()["violations"]] == ["DEV_CONTRACT_MISSING"]
    async with world.database("device-registry") as db:
        note = bytes(
            await db.fetchval("SELECT note FROM outbox WHERE type = 'device.rectification_begun'")
        ).decode()
    assert "合同" not in note, "the record commits to the words"


@pytest.mark.law(PJ_2_7)
@pytest.mark.begins(ACTIVE)
async def test_PJ_2_7_the_seventh_item_says_in_twenty_characters_what_is_wrong(world: World) -> None:
    device, admin = await in_service(world), world.person("DEVICE_ADMIN")
    path = f"/v1/devices/{device}/findings"

    short = await admin.post(path, json={"category": "CU-7", "text": "一" * 19})
    long = await admin.post(path, json={"category": "CU-7", "text": "一" * 20})
    brief = await admin.post(
        f"/v1/findings/{long.json()['finding_id']}/proposal", json={"outcome": "CONFIRM", "reason": "属实"}
    )
    decided = await confirmed(world, long.json()["finding_id"])

    assert (short.status_code, short.json()["code"]) == (422, "CLN_TEXT_TOO_SHORT")
    assert (brief.status_code, brief.json()["code"]) == (422, "CLN_TEXT_TOO_SHORT")
    assert (long.status_code, long.json()["origin"], decided["state"]) == (201, "HUMAN", "CONFIRMED")


@pytest.mark.begins(ACTIVE)
async def test_eight_decisions_at_once_stop_the_device_once_and_nobody_decides_on_his_own_proposal(
    world: World,
) -> None:
    device = await in_service(world)
    finding = await by_hand(world, device)
    order, head = {"outcome": "CONFIRM", "reason": WHY}, world.person("AGENCY_HEAD")
    early = await head.post(f"/v1/findings/{finding}/decision", json=order)
    await world.person("DEVICE_ADMIN").post(f"/v1/findings/{finding}/proposal", json=order)
    by_admin = await world.person("DEVICE_ADMIN").post(f"/v1/findings/{finding}/decision", json=order)
    stranger = await world.person("AGENCY_HEAD", 1).post(f"/v1/findings/{finding}/decision", json=order)

    answers = await asyncio.gather(
        *(head.post(f"/v1/findings/{finding}/decision", json=order) for _ in range(8))
    )

    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 7
    assert (await record_types(world, device)).count("device.stopped") == 1
    assert (early.status_code, early.json()["code"]) == (409, "CLN_FINDING_DECIDED")
    assert (by_admin.status_code, stranger.status_code) == (403, 404)


@pytest.mark.begins(ACTIVE)
async def test_an_evaluation_is_of_the_agencys_own_devices_each_once(world: World) -> None:
    """An agency that sees those below it could evaluate nothing: another's device is no affair of its admin."""
    device, admin = await in_service(world), world.person("DEVICE_ADMIN")
    twice = await admin.post("/v1/cleanup-evaluations", json={"device_ids": [device, device]})

    mandate = authorize(service_actor("device-registry"), Action.FINDING_RAISE_AUTOMATICALLY)
    async with view(world.runtimes["device-registry"].db, mandate) as v:
        listed = [await devices.list_by_states(v, IN_USE, agency_id=AgencyId(a)) for a in world.agencies]

    assert (twice.status_code, twice.json()["devices"]) == (201, 1)
    assert listed == [[device], []]


@pytest.mark.begins(ACTIVE)
async def test_a_dismissed_finding_stops_nothing_and_its_grounds_are_not_raised_again(world: World) -> None:
    device = await in_service(world)
    await take(world, device, "standard-conformities", result="FAIL", from_on=f"{world.clock():%Y-%m-%d}")
    [finding] = await found(world, device, category="CU-2")

    decided = await confirmed(world, finding["finding_id"], "DISMISS")
    again = await found(world, device, category="CU-2", state="OPEN")

    assert (decided["state"], await state_of(world, device)) == ("DISMISSED", "ACTIVE")
    assert again == []


@pytest.mark.begins(ACTIVE)
async def test_a_stopped_device_takes_the_whole_path_again(world: World) -> None:
    """D-T16 and D-T17: nothing of the first reviews, the first trial or the first publication counts."""
    device, admin = await in_service(world), world.person("DEVICE_ADMIN")
    await confirmed(world, await by_hand(world, device, "CU-3", "夜间图像模糊,无法辨认号牌。"))
    done = {"evidence": "已更换镜头并复测,夜间图像清晰。", "files": ["ab" * 32]}
    early = await admin.post(f"/v1/devices/{device}/rectification-evidence", json=done)
    begun = await admin.post(f"/v1/devices/{device}/rectification", json={"plan": "更换夜间镜头并复测。"})
    handed_in = await admin.post(f"/v1/devices/{device}/rectification-evidence", json=done)
    unreviewed = await take(world, device, "approval")

    steps = [step for step in STEPS if step not in ("submission", "activation")]
    untested = None
    for step in steps:
        if step == "acceptance-test":
            untested = await take(world, device, "publication")
        answer = await take(world, device, step)
        assert answer.status_code == 201, (step, answer.text)
    at_once = await take(world, device, "activation")
    world.clock.advance(days=30)
    activated = await take(world, device, "activation")

    plan = await printed(admin, f"/v1/devices/{device}/rectifications/1/plan")
    other = await admin.get(f"/v1/devices/{device}/rectifications/2/plan")
    assert [text for text in ("整改方案", "第3项", "更换夜间镜头并复测") if text not in plan] == []
    assert other.status_code == 404
    assert (early.status_code, begun.status_code, handed_in.status_code) == (409, 201, 201)
    assert handed_in.json()["state"] == "UNDER_REVIEW"
    missing = [violation["code"] for violation in unreviewed.json()["violations"]]
    assert missing == ["DEV_LEGAL_REVIEW_MISSING", "DEV_TECH_REVIEW_MISSING"]
    assert untested is not None
    assert [v["code"] for v in untested.json()["violations"]] == ["DEV_ACCEPTANCE_TEST_MISSING"]
    assert [v["code"] for v in at_once.json()["violations"]] == ["DEV_PUBLICATION_LEAD_TIME"]
    assert (activated.status_code, activated.json()["state"]) == (201, "ACTIVE")


async def test_an_imported_device_is_described_and_reviewed_or_stopped_when_its_period_ends(
    world: World,
) -> None:
    """D-T0b: LEGACY lasts as long as the profile says, and no longer."""
    admin = world.person("DEVICE_ADMIN")
    head = "设置地点,行政区,经度(WGS84),纬度(WGS84)\n"
    csv = head + "示范路1号,黄浦区,121.480000,31.230000\n示范路2号,黄浦区,121.490000,31.230000\n"
    headers = {"content-type": "text/csv", "inventory-source": "legacy"}
    imported = await admin.post("/v1/device-imports", content=csv.encode(), headers=headers)
    first, second = [row["device_id"] for row in imported.json()["rows"]]
    reasons = CAMERAS[0].order("submission", world.clock().date())

    bare = await admin.post(f"/v1/devices/{first}/submission", json=reasons)
    described = await admin.post(f"/v1/devices/{first}/description", json=registration())
    handed_in = await admin.post(f"/v1/devices/{first}/submission", json=reasons)
    world.clock.advance(days=179)
    await world.settle()
    kept = await state_of(world, second)
    world.clock.advance(days=1, hours=1)
    await world.settle()

    assert (bare.status_code, bare.json()["code"]) == (422, "DEV_FUNCTION_MISSING")
    assert (described.status_code, described.json()["functions"][0]["code"]) == (201, "CM-0107")
    assert (handed_in.status_code, handed_in.json()["state"]) == (201, "UNDER_REVIEW")
    assert (kept, await state_of(world, second)) == ("LEGACY", "STOPPED")
    assert await state_of(world, first) == "UNDER_REVIEW"


@pytest.mark.law(PJ_2)
@pytest.mark.begins(PUBLISHED)
async def test_a_finding_that_is_confirmed_on_the_way_into_use_is_rectified_from_there(world: World) -> None:
    """A device that is not in use yet is not stopped; the finding holds it up until it took the way anew."""
    device, admin = await published(world), world.person("DEVICE_ADMIN")
    path, plan = f"/v1/devices/{device}/rectification", {"plan": "更换夜间镜头并复测。"}
    groundless = await admin.post(path, json=plan)
    await confirmed(world, await by_hand(world, device, "CU-3", "夜间图像模糊,无法辨认号牌。"))
    world.clock.advance(days=30)
    held_up = await take(world, device, "activation")
    begun = await asyncio.gather(*(admin.post(path, json=plan) for _ in range(4)))
    done = {"evidence": "已更换镜头并复测,夜间图像清晰。", "files": ["ab" * 32]}
    handed_in = await admin.post(f"/v1/devices/{device}/rectification-evidence", json=done)
    for step in STEPS:
        if step not in ("submission", "activation"):
            assert (await take(world, device, step)).status_code == 201, step
    world.clock.advance(days=30)
    activated = await take(world, device, "activation")

    assert (groundless.status_code, groundless.json()["code"]) == (409, "DEV_TRANSITION_NOT_ALLOWED")
    assert (held_up.status_code, held_up.json()["code"]) == (409, "CLN_NOT_RECTIFIED")
    assert sorted(answer.status_code for answer in begun) == [201, 409, 409, 409]
    assert (handed_in.status_code, handed_in.json()["state"]) == (201, "UNDER_REVIEW")
    assert (activated.status_code, activated.json()["state"]) == (201, "ACTIVE")
    assert "device.stopped" not in await record_types(world, device)
