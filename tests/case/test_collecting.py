"""The investigation collects its evidence: two officers sign each record, and what is kept goes back in seven days."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import httpx
import pytest

from case.documents.adverse import ADVERSE
from common.values.law import APL_40, APL_42, APL_45, APL_54, APL_55, APL_56, NJ_17, PIPL_6
from tests.case.deliberating import sheet
from tests.case.handing import hand_in
from tests.case.story import Story
from tests.case.test_ending import failed, printed
from tests.world import World

pytestmark = pytest.mark.begins("file")

GOODS = [{"name": "行车记录仪存储卡", "quantity": "1张", "condition": "完好"}]
KEEPING = {"goods": GOODS, "place": "证据室", "keeper": "王示例", "reason": "存储卡循环录制"}
HEAD = {"signed_as": "王示乙"}


async def inquiry(story: Story, **changes: Any) -> dict[str, Any]:
    ended = story.world.clock() - timedelta(minutes=1)
    return {
        "began_at": (ended - timedelta(minutes=20)).isoformat(),
        "ended_at": ended.isoformat(),
        "place": "询问室",
        "medium": "IN_PERSON",
        "role": "PARTY",
        "person": "张示民",
        "identity": "出示本人居民身份证，核对一致",
        "recorder": "郑示甲",
        "signed_as": "郑示甲",
        "shows_certificates": True,
        "tells_rights": True,
        "asked": [{"question": "车辆由谁驾驶？", "answer": "由我驾驶，停车买药。"}],
        "signing": {"by": "SIGNED", "proof_sha256": await sheet(story)},
    } | changes


async def inspection(story: Story, **changes: Any) -> dict[str, Any]:
    at, proof = story.world.clock().isoformat(), await sheet(story)
    return {
        "began_at": at,
        "ended_at": at,
        "place": "示范路1号",
        "present": ["见证人刘示例"],
        "signed_as": "郑示甲",
        "shows_certificates": True,
        "course": ["测量车辆与泊位边线的距离"],
        "findings": ["车辆整体位于泊位线外"],
        "drawings": [{"sha256": proof, "caption": "现场平面图"}],
        "signing": {"by": "ABSENT", "proof_sha256": proof, "witness": "刘示例"},
    } | changes


async def take(story: Story, what: str, order: dict[str, Any], **who: Any) -> httpx.Response:
    return await story.act("CASE_OFFICER", what, order, **who)


async def second(story: Story, number: int, **who: Any) -> httpx.Response:
    order = {"signed_as": "李示丁"}
    return await take(story, f"evidence-records/{number}/signature", order, **{"nth": 1} | who)


@pytest.mark.law(APL_42, APL_54, APL_55)
async def test_a_record_is_a_document_once_two_officers_signed_it_and_the_report_waits_for_both(
    world: World,
) -> None:
    story = await (await Story(world).opened()).walk("file")
    world.clock.advance(hours=1)
    order = await inquiry(story)
    refused = [
        await take(story, "inquiries", order | {"shows_certificates": False}),
        await take(story, "inquiries", order | {"tells_rights": False}),
        await take(story, "inquiries", order | {"medium": "VIDEO"}),
        await take(story, "inquiries", order | {"signing": order["signing"] | {"by": "REFUSED"}}),
        await take(story, "inquiries", order | {"signing": {"by": "SIGNED", "proof_sha256": "ab" * 32}}),
        await take(
            story, "inquiries", order | {"ended_at": order["began_at"], "began_at": order["ended_at"]}
        ),
        await take(story, "inquiries", order, agency=1),
    ]

    taken = await take(story, "inquiries", order)
    own = await second(story, 1, nth=0)
    report = await story.sign(0)
    read = await world.person("CASE_OFFICER", nth=1).get(f"{story.path}/evidence-records/1")
    absent = await world.person("CASE_OFFICER", nth=1).get(f"{story.path}/evidence-records/9")
    signed = sorted(
        [each.status_code for each in await asyncio.gather(*(second(story, 1) for _ in range(4)))]
    )
    inspected = await take(story, "inspections", await inspection(story))
    unseen = await take(
        story,
        "inspections",
        await inspection(story) | {"signing": {"by": "ABSENT", "proof_sha256": "ab" * 32}},
    )
    voided = [
        await take(story, "evidence-records/2/voiding", {"reason": "另一名执法人员不在场"}) for _ in range(2)
    ]
    again = await take(story, "inspections", await inspection(story))
    await second(story, 3)

    assert [failed(each) for each in refused] == [
        (409, "CASE_CERTIFICATE_NOT_SHOWN"),
        (409, "CASE_RIGHTS_NOT_TOLD"),
        (422, "CASE_RECORDING_MISSING"),
        (422, "CASE_RECORD_UNEXPLAINED"),
        (409, "CASE_PROOF_ABSENT"),
        (422, "CASE_RECORD_TIME"),
        (404, "NOT_FOUND"),
    ]
    assert [each.status_code for each in (taken, inspected, again)] == [201] * 3, taken.text
    assert taken.json()["state"] == "INVESTIGATING"
    assert failed(own) == (403, "ROLE_CONFLICT")
    assert failed(report) == (409, "CASE_RECORD_UNSIGNED")
    assert read.json()["inquiry"]["asked"] == order["asked"]
    assert failed(absent) == (404, "NOT_FOUND")
    assert signed == [201, 409, 409, 409]
    assert failed(unseen) == (422, "CASE_RECORD_UNEXPLAINED")
    assert [each.status_code for each in voided] == [201, 409]
    assert "停车买药" in await printed(story, "D-08")
    assert (await printed(story, "D-08")).count("执法证号") == 2
    assert "现场平面图" in await printed(story, "D-10")
    assert (await story.sign(0)).status_code == 201
    late = await take(story, "inquiries", await inquiry(story))
    assert failed(late) == (409, "CASE_REPORT_SIGNED")
    assert (await story.sign(1)).status_code == 201
    assert failed(await take(story, "inquiries", await inquiry(story))) == (
        409,
        "CASE_TRANSITION_NOT_ALLOWED",
    )
    await story.act("CASE_OFFICER", "sheets", {"kind": "D-13"})
    assert "询问笔录" in await printed(story, "D-13")
    await world.settle()
    assert (await world.fsck()).clean


@pytest.mark.law(NJ_17, PIPL_6)
async def test_a_party_reads_its_own_inquiry_and_nothing_of_what_a_witness_said(world: World) -> None:
    story = await (await Story(world).opened()).walk("file")
    world.clock.advance(hours=1)
    for number, role in enumerate(("PARTY", "WITNESS"), 1):
        taken = await take(story, "inquiries", await inquiry(story, role=role))
        assert taken.status_code == 201, taken.text
        assert (await second(story, number)).status_code == 201
    asked = {
        "recipient": "示范停车管理有限公司",
        "items": ["停车泊位施划图"],
        "purpose": "核实泊位边线",
        "due_on": f"{world.clock().date() + timedelta(days=5)}",
        "signed_as": "郑示甲",
    }
    await take(story, "material-requests", asked)
    await second(story, 3)
    party, officer = world.person("PARTY"), world.person("CASE_OFFICER")

    records = (await officer.get(f"{story.path}/collection")).json()["records"]
    own, witness, request = [record["document_id"] for record in records]
    listed = {each["id"] for each in (await party.get(f"{story.path}/documents")).json()["items"]}

    assert [record["with_party"] for record in records] == [True, False, False]
    assert listed & {own, witness, request} == {own}
    read = [(await party.get(f"/v1/documents/{each}")).status_code for each in (own, witness, request)]
    assert read == [200, 404, 404]
    assert (await officer.get(f"/v1/documents/{witness}")).status_code == 200


@pytest.mark.law(APL_54)
async def test_material_is_asked_for_by_two_officers_and_noted_when_it_comes(world: World) -> None:
    story = await (await Story(world).opened()).walk("file")
    today = world.clock().date()
    order = {
        "recipient": "示范停车管理有限公司",
        "items": ["停车泊位施划图"],
        "purpose": "核实泊位边线",
        "due_on": f"{today + timedelta(days=5)}",
        "signed_as": "郑示甲",
    }
    refused = [
        await take(story, "material-requests", order | {"due_on": f"{today - timedelta(days=1)}"}),
        await take(story, "material-requests", order, agency=1),
        await story.act("FINANCE_CLERK", "material-requests", order),
    ]
    asked = await take(story, "material-requests", order)
    came = {"items": [await sheet(story)], "is_whole": False}
    early = await take(story, "evidence-records/1/material", came)
    await second(story, 1)

    noted = [
        await take(story, "evidence-records/1/material", each)
        for each in (came, came | {"is_whole": True}, came)
    ]

    assert [each.status_code for each in refused] == [422, 404, 403]
    assert asked.status_code == 201, asked.text
    assert failed(early) == (409, "CASE_RECORD_NOT_OPEN")
    assert [each.status_code for each in noted] == [201, 201, 409]
    assert noted[1].json()["records"][0]["is_whole"] is True
    assert "停车泊位施划图" in await printed(story, "D-09")


@pytest.mark.law(APL_56)
async def test_evidence_is_kept_for_seven_working_days_and_goes_back_by_itself(world: World) -> None:
    story = await (await Story(world).opened()).walk("file")
    proof = await sheet(story)
    refused = [
        await take(story, "preservations", KEEPING, agency=1),
        await story.act("FINANCE_CLERK", "preservations", KEEPING),
        await story.act("AGENCY_HEAD", "preservations/1/approval", HEAD),
    ]
    await take(story, "preservations", KEEPING)
    officer = await take(story, "preservations/1/approval", HEAD)
    racing = [story.act("AGENCY_HEAD", "preservations/1/approval", HEAD) for _ in range(4)]
    approved = await asyncio.gather(*racing)
    handling = {"handling": "RETURN_COPIED", "reason": "录像已复制"} | HEAD
    back = {"returned_at": world.clock().isoformat(), "proof_sha256": proof}
    unfree = await take(story, "preservations/1/return", back)
    handled = [await story.act("AGENCY_HEAD", "preservations/1/handling", handling) for _ in range(2)]
    world.clock.advance(hours=1)
    went = await take(story, "preservations/1/return", back | {"returned_at": world.clock().isoformat()})

    await take(story, "preservations", KEEPING)
    await story.act("AGENCY_HEAD", "preservations/2/approval", HEAD)
    kept = (await world.person("CASE_OFFICER").get(f"{story.path}/collection")).json()["preservations"][1]
    world.clock.advance(days=20)
    late = await story.act("AGENCY_HEAD", "preservations/2/handling", handling)
    await world.settle()
    lapsed = (await world.person("CASE_OFFICER").get(f"{story.path}/collection")).json()["preservations"][1]

    assert [each.status_code for each in (*refused, officer)] == [404, 403, 409, 403]
    assert sorted(each.status_code for each in approved) == [201, 409, 409, 409]
    assert failed(unfree) == (409, "CASE_PRESERVATION_NOT_OPEN")
    assert [each.status_code for each in handled] == [201, 409], handled[0].text
    assert went.status_code == 201, went.text
    assert failed(late) == (409, "CASE_PRESERVATION_LAPSED")
    assert (kept["lapsed"], lapsed["lapsed"], lapsed["is_to_be_returned"]) == (False, True, True)
    assert {"D-11", "D-11a"} <= set(ADVERSE)
    assert "申请行政复议" in await printed(story, "D-11", "PARTY")
    assert "予以返还" in await printed(story, "D-11a", "PARTY")
    assert (await world.fsck()).clean


@pytest.mark.law(APL_40, APL_42, APL_56)
async def test_what_waits_goes_with_the_wrong_party_and_what_is_kept_goes_back_first(world: World) -> None:
    story = await (await Story(world).opened()).walk("file")
    world.clock.advance(hours=1)
    wrong = {"cause": "VEHICLE_SOLD", "note": "登记记载车辆已于上月过户。"}
    await take(story, "inquiries", await inquiry(story))
    await take(story, "preservations", KEEPING)
    await story.act("AGENCY_HEAD", "preservations/1/approval", HEAD)
    held = await story.act("TEAM_LEAD", "party-release", wrong)
    handling = {"handling": "EXAMINE", "reason": "须检测存储卡"} | HEAD
    await story.act("AGENCY_HEAD", "preservations/1/handling", handling)
    examined = await story.act("TEAM_LEAD", "party-release", wrong)
    back = {"returned_at": world.clock().isoformat(), "proof_sha256": await sheet(story)}
    went = await take(story, "preservations/1/return", back)
    await take(story, "preservations", KEEPING)

    released = await story.act("TEAM_LEAD", "party-release", wrong)
    kept = (await world.person("CASE_OFFICER").get(f"{story.path}/collection")).json()

    assert failed(held) == failed(examined) == (409, "CASE_PRESERVATION_OPEN")
    assert (went.status_code, released.status_code) == (201, 201), released.text
    assert [(each["document_id"], each["voided"]) for each in kept["records"]] == [(None, True)]
    assert [each["number"] for each in kept["preservations"]] == [1]
    assert (await world.fsck()).clean


@pytest.mark.law(APL_45)
@pytest.mark.begins("serve notice")
async def test_a_statement_at_the_counter_is_the_same_act_as_one_through_the_platform(world: World) -> None:
    story = await (await Story(world).opened()).walk("defend")
    proof = await sheet(story)
    file = await hand_in(world.person("CASE_OFFICER"), story.path, b"a receipt of the garage", "收据.txt")
    order = {
        "statement": "当时车辆抛锚。\n请求免予处罚。",
        "final": True,
        "is_read_over": True,
        "signing": "SIGNED",
        "signed_as": "郑示甲",
        "proof_sha256": proof,
        "files": [file["number"]],
    }
    refused = [
        await take(story, "counter-statements", order | {"is_read_over": False}),
        await take(story, "counter-statements", order | {"files": [file["number"] + 1]}),
        await take(story, "counter-statements", order | {"proof_sha256": file["sha256"]}),
        await take(story, "counter-statements", order, agency=1),
        await story.act("FINANCE_CLERK", "counter-statements", order),
        await story.act("PARTY", "counter-statements", order),
    ]
    taken = await take(story, "counter-statements", order)
    spoken = await printed(story, "D-16", "PARTY")
    online = await story.act("CASE_OFFICER", "sheets", {"kind": "D-16"})
    more = await story.act("CASE_OFFICER", "sheets", {"kind": "D-16"})

    assert [each.status_code for each in refused] == [409, 404, 409, 404, 403, 403]
    assert failed(refused[0]) == (409, "CASE_STATEMENT_NOT_READ_OVER")
    assert failed(refused[1]) == (404, "CASE_FILE_ABSENT")
    assert failed(refused[2]) == (409, "CASE_PROOF_ABSENT"), "what the party handed in is no signed paper"
    (named,) = (await world.person("PARTY").get(f"{story.path}/files")).json()["items"]
    assert named["statement"] == 2
    assert file["sha256"] in spoken.replace("\n", "")
    assert [each["number"] for each in taken.json()["defences"]] == [1, 2]
    assert online.status_code == 201, online.text
    assert failed(more) == (409, "CASE_SHEET_NOT_DUE")
    assert "当时车辆抛锚" in spoken
    assert "当时送病人就医" in await printed(story, "D-16", "PARTY")
    assert (await world.fsck()).clean
