"""Services of process over HTTP: the whole ladder, each proof under its digest, and what case does with the outcome."""

from __future__ import annotations

import asyncio
import hashlib
import io
import json
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from common.values.calendar import legal_day
from common.values.ids import OfficerId
from common.values.law import APL_61, APL_61_2, CPL_90, CPL_95
from notification.serving import orders
from notification.serving.clocks import watch_services
from notification.serving.sending import send_begun
from tests.case.story import Story
from tests.notification.given_services import (
    NOBODY,
    PATH,
    PDF,
    act,
    attempt,
    certificate,
    newest,
    now,
    ordered,
    photo,
    proof,
    verified,
    visit,
)
from tests.world import World


@pytest.fixture
async def story(world: World) -> Story:
    return await Story(world).opened()


@pytest.mark.law(CPL_95)
@pytest.mark.begins("notify")
async def test_the_whole_ladder_down_to_a_public_notice_serves_on_its_last_day(
    story: Story, tmp_path: Path
) -> None:
    await story.walk("notify")
    world = story.world
    service = await ordered(story)
    too_early = await attempt(world, service, "PUBLIC_NOTICE", ground="OTHERS_FAILED", reasons="查无下落。")
    left = await attempt(world, service, "LEAVING", ground="REFUSED", reasons="拒收。")
    direct = await attempt(world, service, "DIRECT", outcome=visit(world, **NOBODY))
    post = await attempt(
        world,
        service,
        "POSTAL",
        ground="DIRECT_DIFFICULT",
        reasons="当事人不在本市。",
        tracking_number="EMS1234567890",
    )
    beside = await attempt(world, service, "ENTRUSTED", ground="DIRECT_DIFFICULT", reasons="另行委托。")
    returned = {"result": "RETURNED", "at": now(world), "note": "退件:原址查无此人。"}
    back = await act(world, service, "attempts/2/outcome", returned)
    notice = await attempt(
        world,
        service,
        "PUBLIC_NOTICE",
        ground="OTHERS_FAILED",
        reasons="直接送达、邮寄送达均未成功。",
        place="市政府网站",
    )
    for kind in ("SNAPSHOT_START", "SNAPSHOT_MIDDLE", "SNAPSHOT_END"):
        assert (await proof(world, service, kind, photo(kind))).status_code == 201
    published = legal_day(world.clock())
    world.clock.advance(days=29)
    await world.settle()
    waiting, case = await newest(world), await story.view()
    world.clock.advance(days=2)
    await world.settle()

    served = await newest(world)
    refusals = [(answer.status_code, answer.json()["code"]) for answer in (too_early, left, beside)]
    assert refusals == [
        (409, "NOTI_SERVICE_MANNER_NOT_OPEN"),
        (409, "NOTI_SERVICE_MANNER_NOT_OPEN"),
        (409, "NOTI_SERVICE_STEP_RUNNING"),
    ]
    assert too_early.json()["article"] == "CPL 95"
    assert [answer.status_code for answer in (direct, post, back, notice)] == [201] * 4
    assert back.json()["tasks"] == ["CHOOSE_MANNER"]
    assert (waiting["state"], case["state"]) == ("UNDERWAY", "PRIOR_NOTICE_SENT")
    assert [step["failure"] for step in served["steps"]] == ["ABSENT", "RETURNED", None]
    assert served["steps"][0]["words"]["note"] == NOBODY["note"]
    assert served["steps"][1]["words"]["tracking_number"] == "EMS1234567890"
    effect = served["effect"]
    assert (effect["manner"], effect["basis"]) == ("PUBLIC_NOTICE", "CPL 95")
    assert effect["served_on"] == served["steps"][2]["deemed_on"] != str(published)
    view = await story.view()
    assert (view["state"], view["service_ordered"]) == ("PRIOR_NOTICE_SERVED", None)
    types = await world.record_types("notification", "service/%")
    assert types.count("document.served") == types.count("service.alarmed") == 1
    async with world.database("notification") as db:
        notes = await db.fetch("SELECT note FROM outbox WHERE stream LIKE 'service/%'")
    assert not any("敲门".encode() in bytes(row["note"]) for row in notes)
    await assert_certified(world, served, tmp_path)
    assert (await world.fsck()).clean


async def assert_certified(world: World, served: dict[str, Any], folder: Path) -> None:
    """The certificate verifies offline; every change of it is found; the return says what the records say."""
    whole = await certificate(world, served, folder)
    report = await asyncio.to_thread(verified, world, whole)
    assert report["verdict"] == "VERIFIED", report
    facts = json.loads((whole / "certificate.json").read_text())
    assert (facts["served_on"], facts["basis"]) == (served["effect"]["served_on"], "CPL 95")
    assert [event["manner"] for event in facts["events"] if event["type"] == "service.step_begun"] == [
        "DIRECT",
        "POSTAL",
        "PUBLIC_NOTICE",
    ]
    assert facts["events"][-1]["index"] > facts["events"][0]["index"] > 0
    assert len(list((whole / "files").iterdir())) == 4  # the document and three snapshots
    disclosed = "".join(path.read_text() for path in (whole / "disclosures").iterdir())
    assert NOBODY["note"] in disclosed
    pages = PdfReader(io.BytesIO((whole / "return.pdf").read_bytes())).pages
    text = "".join("".join(page.extract_text() for page in pages).split())
    for said in ("送达回证", "张示民", "公告送达", "CPL95", "退件", "EMS1234567890", "公告网页快照"):
        assert said in text
    for name in ("certificate.json", "return.pdf", "README.md", "manifest.json"):
        path = whole / name
        kept = path.read_bytes()
        path.write_bytes(kept[:-2] + bytes([kept[-2] ^ 1]) + kept[-1:])
        assert (await asyncio.to_thread(verified, world, whole))["verdict"] == "FORGED", name
        path.write_bytes(kept)
    party = await world.person("PARTY").get(f"{PATH}/{served['service_id']}/return")
    assert party.content.startswith(b"%PDF-")


@pytest.mark.law(APL_61_2)
@pytest.mark.begins("decide")
async def test_NJ_16_1_no_decision_is_served_electronically_without_a_signed_consent(story: Story) -> None:
    await story.walk("decide")
    world, party = story.world, story.world.person("PARTY")
    listed = await party.get(f"/v1/parties/{party.id}/e-service-consent", params={"at": now(world)})
    (consent,) = listed.json()["consents"]
    await party.post(f"/v1/e-service-consents/{consent['consent_id']}/withdrawal")

    withdrawn = await story.serve_decision()
    statement = (await party.get("/v1/e-service-statement")).json()
    unsigned_address = await party.post(
        "/v1/e-service-consents",
        json={"documents": ["D-20a"], "channel": "INBOX", "text_version": statement["text_version"]},
    )
    only_notice = {"documents": ["D-14"], "channel": "INBOX", "address": "账号"}
    await party.post("/v1/e-service-consents", json=only_notice | {"text_version": statement["text_version"]})
    not_covered = await story.serve_decision()
    by_hand = await ordered(story, what="decision")
    online = await attempt(world, by_hand, "ELECTRONIC")

    for refused in (withdrawn, not_covered):
        assert (refused.status_code, refused.json()["code"]) == (409, "CASE_SERVICE_CONSENT_MISSING")
        assert refused.json()["article"] == "APL 61(2)"
    assert unsigned_address.status_code == 422
    assert (online.status_code, online.json()["code"]) == (409, "NOTI_CONSENT_REQUIRED")
    assert (await newest(world))["state"] == "OPEN"
    await story.consent()
    begun = await attempt(world, by_hand, "ELECTRONIC")
    assert (begun.status_code, begun.json()["state"]) == (201, "UNDERWAY")
    await world.settle()
    assert (await newest(world))["effect"]["basis"] == "CPL 90"
    assert (await story.view())["state"] == "PERFORMING"
    async with world.database("notification") as db:
        note = bytes(
            await db.fetchval(
                "SELECT note FROM outbox WHERE type = 'service.step_begun' ORDER BY recorded_at DESC LIMIT 1"
            )
        )
    assert b"consent_sha256" in note


@pytest.mark.law(CPL_90)
@pytest.mark.begins("serve decision")
async def test_ARR_1_a_proved_arrival_moves_the_day_and_the_periods_of_the_case(story: Story) -> None:
    await story.walk("serve decision")
    world = story.world
    service = await newest(world)
    before = {d["rule"]: d["due_on"] for d in (await story.view())["deadlines"]}
    world.clock.advance(days=4)
    claimed = now(world)
    world.clock.advance(hours=1)
    foreign = await proof(world, service, "RETURN_SLIP", role="PARTY")
    mine = await proof(world, service, "PARTYS_PROOF", photo("系统故障截图"), role="PARTY")
    order = {
        "arrived_at": claimed,
        "statement": "系统维护,实际于该时刻才可打开。",
        "proofs": [mine.json()["proofs"][-1]["sha256"]],
    }
    racing = [act(world, service, "rebuttals", order, role="PARTY") for _ in range(8)]
    made = await asyncio.gather(*racing)
    by_server = await act(world, service, "rebuttals/1/decision", {"accepted": True, "reasons": "属实。"})
    deciding = [
        act(world, service, "rebuttals/1/decision", {"accepted": True, "reasons": "属实。"}, role="TEAM_LEAD")
        for _ in range(8)
    ]
    decided = await asyncio.gather(*deciding)
    paper = await act(world, service, "paper-copy-requests", {}, role="PARTY")
    given = await act(world, service, "paper-copy", {})
    await world.settle()

    assert (foreign.status_code, foreign.json()["code"]) == (403, "NOTI_PROOF_KIND")
    assert sorted(answer.status_code for answer in made) == [201] + [409] * 7
    assert by_server.status_code == 403
    assert sorted(answer.status_code for answer in decided) == [201] + [409] * 7
    assert (paper.status_code, given.status_code) == (201, 201)
    after = await newest(world)
    assert after["effect"]["served_on"] == claimed[:10] != after["first_effect"]["served_on"]
    assert after["first_effect"] == {**service["effect"], "arrived_at": None}
    moved = {d["rule"]: d["due_on"] for d in (await story.view())["deadlines"]}
    later = {rule for rule in moved if moved[rule] > before[rule]}
    # The order to correct inside the decision is served with it (APL 28(1)).
    assert {"reconsideration", "pay"} <= later <= {"reconsideration", "litigation", "pay", "correct"}
    assert all(moved[rule] == before[rule] for rule in moved.keys() - later)
    page = (await world.person("PARTY").get("/v1/inbox")).json()
    told = [
        entry for entry in page["items"] if entry["message"] and entry["message"]["document_kind"] == "D-20a"
    ]
    assert told[-1]["change"] == "UPDATE"
    message = told[-1]["message"]
    assert message["served_on"] == after["effect"]["served_on"]
    assert (await world.fsck()).clean


@pytest.mark.law(APL_61)
@pytest.mark.begins("notify")
async def test_a_party_at_the_window_is_served_once_by_two_officers_with_the_return(story: Story) -> None:
    await story.walk("notify")
    world = story.world
    service = await ordered(story, "POSTAL")
    slip = hashlib.sha256(PDF).hexdigest()
    handed = visit(world, result="SERVED", signed_as="SELF", signer="张示民", proofs=[slip])
    unknown = await attempt(world, service, "DIRECT", outcome=handed)
    await proof(world, service, "RETURN_SLIP")
    wrong = await proof(world, service, "PHOTO", b"GIF89a")
    alone = await attempt(world, service, "DIRECT", outcome=handed | {"second_officer": None})
    strangers = [str(OfficerId.new(world.clock())), world.person("CASE_OFFICER", 1).id]
    made_up = [
        await attempt(world, service, "DIRECT", outcome=handed | {"second_officer": stranger})
        for stranger in strangers
    ]
    world.clock.advance(hours=1)
    racing = [
        act(world, service, "attempts", {"manner": "DIRECT", "outcome": handed | {"at": now(world)}})
        for _ in range(8)
    ]
    answers = await asyncio.gather(*racing)
    late = await act(world, service, "abandonment", {"reasons": "撤回。"}, role="TEAM_LEAD")
    await world.settle()

    assert (unknown.status_code, unknown.json()["code"]) == (422, "NOTI_SERVICE_PROOF_UNKNOWN")
    assert (wrong.status_code, wrong.json()["code"]) == (422, "NOTI_PROOF_MEDIA")
    assert (alone.status_code, alone.json()["article"]) == (409, "APL 42")
    assert [(each.status_code, each.json()["code"]) for each in made_up] == [
        (409, "NOTI_SERVICE_OFFICER_UNQUALIFIED")
    ] * 2
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 7
    assert (late.status_code, late.json()["code"]) == (409, "NOTI_SERVICE_TRANSITION")
    served = await newest(world)
    assert (served["state"], served["effect"]["basis"]) == ("SERVED", "CPL 88")
    fetched = await world.person("SERVICE_OFFICER").get(f"{PATH}/{service['service_id']}/proofs/{slip}")
    assert fetched.content == PDF
    assert (await story.view())["state"] == "PRIOR_NOTICE_SERVED"


@pytest.mark.begins("notify")
async def test_an_order_that_is_handed_out_twice_opens_and_sends_once(story: Story) -> None:
    await story.walk("consent")
    world = story.world
    await ordered(story, "ELECTRONIC")
    async with world.database("notification") as db:
        await db.execute("UPDATE cursors SET position = -1 WHERE name = 'services'")

    runtime = world.runtimes["notification"]
    twice = [job(runtime) for job in (orders.follow_orders, send_begun, watch_services) for _ in range(4)]
    await asyncio.gather(*twice)

    types = await world.record_types("notification", "service/%")
    assert types == [
        "service.opened",
        "service.step_begun",
        "service.dispatched",
        "service.sent",
        "service.arrived",
        "document.served",
    ]
    assert [m["kind"] for m in await story.inbox()].count("SERVICE") == 1
