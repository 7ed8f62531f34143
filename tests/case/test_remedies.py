"""The remedies of the party (ARL, ALL): through the agency, before the organ, before the court."""

from __future__ import annotations

import asyncio
import hashlib
import io
import json
import zipfile
from typing import Any

import httpx
import pytest
from pypdf import PdfReader

from case.documents import INTERNAL
from case.domain.disclosure import DELIBERATED
from common.values.calendar import legal_day
from common.values.law import APL_73, ARL_32, ARL_42, ARL_48, ARL_70
from tests.case.remedies_given import APPLICATION, OPINION, summons
from tests.case.story import Story
from tests.case.test_amending import propose, review
from tests.world import World


async def apply(story: Story, **changes: Any) -> httpx.Response:
    return await story.act("PARTY", "remedies", APPLICATION | changes)


async def forward(story: Story, **changes: Any) -> httpx.Response:
    return await story.act("AGENCY_HEAD", "remedies/1/forwarding", OPINION | changes)


async def summoned(story: Story, **changes: Any) -> httpx.Response:
    order = summons(legal_day(story.world.clock()).isoformat(), **changes)
    return await story.act("CASE_OFFICER", "remedy-summons", order)


async def answer(story: Story) -> httpx.Response:
    order = {"reasons": ["图片证明该车停放于人行道。"], "signed_as": "吴示甲"}
    return await story.act("AGENCY_HEAD", "remedies/1/answer", order)


def refused(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


@pytest.mark.law(ARL_32)
@pytest.mark.begins("serve decision")
async def test_NAT_10_the_party_applies_through_the_agency_which_corrects_or_forwards_in_five_days(
    world: World,
) -> None:
    story = await (await Story(world).opened()).walk("serve decision")
    before = (await story.view("PARTY"))["remedy_options"]

    foreign = await story.act("CASE_OFFICER", "remedies", APPLICATION, agency=1)
    clerk = await story.act("FINANCE_CLERK", "remedies", APPLICATION)
    racing = [apply(story) for _ in range(8)]
    answers = await asyncio.gather(*racing)
    case = await story.view("PARTY")
    world.clock.working_days(6)
    await world.settle()
    late = await story.view()
    officer = await story.act("CASE_OFFICER", "remedies/1/forwarding", OPINION)
    forwarded = await forward(story)
    again = await forward(story)
    await world.settle()

    # The button: where the party applies, until when.
    assert [(each["way"], each["href"]) for each in before] == [
        ("THROUGH_AGENCY", f"{story.path}/remedies"),
        ("RECONSIDERATION", None),
        ("LITIGATION", None),
    ]
    assert (foreign.status_code, clerk.status_code) == (404, 403)
    assert sorted(each.status_code for each in answers) == [201] + [409] * 7
    assert {refused(each) for each in answers if each.status_code == 409} == {(409, "CASE_REMEDY_OPEN")}
    receipt = next(each.json() for each in answers if each.status_code == 201)
    assert (receipt["organ"], receipt["in_time"]) == ("示范市人民政府", True)
    (remedy,) = case["remedies"]
    (task,) = remedy["tasks"]
    assert (remedy["stage"], case["remedy_options"]) == ("RECEIVED", [])
    assert (task["options"], task["law"]) == (["SELF_CORRECT", "FORWARD"], "ARL 32")
    timer = next(each for each in case["deadlines"] if each["rule"] == "handle_application")
    assert (timer["n"], timer["unit"], timer["law"]) == (5, "WORKING_DAY", "ARL 32")
    assert timer["alarm_on"] < timer["due_on"]
    assert late["remedies"][0]["late"] == ["HANDLING"]
    assert officer.status_code == 403
    assert (forwarded.status_code, forwarded.json()["remedies"][0]["stage"]) == (201, "PASSED_ON")
    assert refused(again) == (409, "CASE_TRANSITION_NOT_ALLOWED")
    words = (await world.person("PARTY").get(f"{story.path}/remedies")).json()["items"]
    assert (words[0]["request"], words[0]["opinion"]) == (APPLICATION["request"], OPINION["opinion"])
    items = (await world.person("SUPERVISOR").get("/v1/oversight-items")).json()["items"]
    assert [item["type"] for item in items] == ["OV-6"]
    assert (await world.fsck()).clean


@pytest.mark.law(ARL_48, ARL_42, APL_73)
@pytest.mark.begins("serve decision")
async def test_a_remedy_before_the_organ_is_answered_with_the_evidence_and_keeps_the_case_open(
    world: World,
) -> None:
    story = await (await Story(world).opened()).walk("serve decision")
    early = await summoned(story, filed_on="2020-01-01")
    nameless = await summoned(story, procedure=None)

    taken = await summoned(story)
    twice = await summoned(story)
    timer = next(each for each in taken.json()["deadlines"] if each["rule"] == "remedy_answer")
    halted = await story.act(
        "CASE_OFFICER",
        "remedies/1/execution-halt",
        {
            "ground": "ORGAN",
            "ordered_on": legal_day(world.clock()).isoformat(),
            "order": "复议机关通知停止执行。",
        },
    )
    paid = await story.pay()
    closing = await story.propose_closure()
    answered = await answer(story)
    second = await answer(story)
    resumed = await story.act(
        "CASE_OFFICER",
        "remedies/1/execution-resumption",
        {"ordered_on": legal_day(world.clock()).isoformat(), "order": "停止执行的原因消除。"},
    )

    assert refused(early) == (422, "CASE_REMEDY_DAYS")
    assert refused(nameless) == (422, "CASE_REMEDY_PROCEDURE")
    assert (taken.status_code, refused(twice)) == (201, (409, "CASE_REMEDY_OPEN"))
    assert (timer["n"], timer["unit"], timer["law"]) == (10, "WORKING_DAY", "ARL 48")
    (task,) = taken.json()["remedies"][0]["tasks"]
    assert (task["task"], task["law"]) == ("ANSWER", "ARL 48")
    assert "ARL 70" in task["consequence"]
    assert taken.json()["remedies"][0]["execution_halted"] is None
    assert halted.json()["remedies"][0]["execution_halted"] == "ORGAN"
    assert paid.status_code == 201
    assert refused(closing) == (409, "CASE_REMEDY_OPEN")
    assert closing.json()["article"] == "APL 73"
    assert answered.status_code == 201, answered.text
    assert refused(second) == (409, "CASE_TRANSITION_NOT_ALLOWED")
    assert resumed.json()["remedies"][0]["execution_halted"] is None
    listed = (await world.person("CASE_OFFICER").get(f"{story.path}/documents")).json()["items"]
    (sheet,) = [each for each in listed if each["kind"] == "D-33a"]
    pages = PdfReader(io.BytesIO((await world.person("CASE_OFFICER").get(sheet["href"])).content)).pages
    text = "".join("".join(page.extract_text() for page in pages).split())
    for told in ("行政复议答复书", "示复〔2025〕1号", "证据目录", "违法事实", "罚"):
        assert told in text
    for exhibit in (await story.view())["exhibits"]:
        assert exhibit["evidence_id"] in text
    await world.settle()
    assert (await world.fsck()).clean


@pytest.mark.law(ARL_70)
@pytest.mark.begins("serve decision")
async def test_an_answer_that_is_missing_on_its_day_is_on_record_and_supervised(world: World) -> None:
    story = await (await Story(world).opened()).walk("serve decision")
    await summoned(story, forum="LITIGATION", procedure=None, organ="示范市人民法院")

    world.clock.advance(days=16)
    await world.settle()
    missing = await story.view()
    answered = await answer(story)

    (remedy,) = missing["remedies"]
    assert remedy["late"] == ["ANSWER"]
    (task,) = remedy["tasks"]
    assert (task["law"], task["is_late"]) == ("ALL 67", True)
    assert answered.status_code == 201
    items = (await world.person("SUPERVISOR").get("/v1/oversight-items")).json()["items"]
    assert [item["type"] for item in items] == ["OV-6"]


@pytest.mark.slow
@pytest.mark.law(ARL_48)
@pytest.mark.begins("serve decision")
async def test_the_bundle_of_a_remedy_holds_every_document_and_proof_under_the_digests_of_the_ledger(
    world: World,
) -> None:
    story = await (await Story(world).opened()).walk("serve decision")
    await summoned(story)
    await answer(story)
    inner = await story.act("CASE_OFFICER", "sheets", {"kind": "D-06"})
    assert inner.status_code == 201, inner.text
    proposed, passed = await propose(story), await review(story)
    assert (proposed.status_code, passed.status_code) == (201, 201), passed.text
    await world.settle()
    path = f"{story.path}/remedies/1/bundle"
    appeal = {"x-purpose-of-use": "APPEAL"}

    # The client of the tests would state the purpose of its role.
    bare = {"authorization": f"Bearer {await world.person('CASE_OFFICER').token()}"}
    purposeless = await world.http.get(path, headers=bare)
    party = await world.person("PARTY").get(path, headers=appeal)
    foreign = await world.person("CASE_OFFICER", 1).get(path, headers=appeal)
    absent = await world.person("CASE_OFFICER").get(path.replace("/1/", "/2/"), headers=appeal)
    fetched = await world.person("CASE_OFFICER").get(path, headers=appeal)
    await world.settle()

    assert [each.status_code for each in (purposeless, party, foreign, absent)] == [403, 403, 404, 404]
    assert fetched.status_code == 200, fetched.text
    archive = zipfile.ZipFile(io.BytesIO(fetched.content))
    listed = (await world.person("CASE_OFFICER").get(f"{story.path}/documents")).json()["items"]
    assert {document["kind"] for document in listed} >= {"D-02", "D-14", "D-20a", "D-33a"}
    recorded = {
        data["document_id"]: data["sha256"]
        for data in await records(world, story.case_id)
        if "document_id" in data and "sha256" in data
    }
    held = {hashlib.sha256(archive.read(name)).hexdigest() for name in archive.namelist()}
    own = [document["sha256"] for document in listed if document["kind"] in INTERNAL]
    assert own
    assert held.isdisjoint(own)
    assert not [name for name in archive.namelist() if name.startswith("secondary/")]
    # What the agency deliberated stays in its own records.
    types = await record_types(world, story.case_id)
    left_out = [kind for kind in types if kind in DELIBERATED]
    entries = [name for name in archive.namelist() if name.startswith("ledger/records/")]
    assert left_out == ["case.amendment.reviewed"]
    # The last records say that the case was read for the appeal, and that this bundle left.
    assert types[-2:] == ["case.read", "case.remedy.bundled"]
    assert len(entries) == len(types) - len(left_out) - 2
    assert not [name for name in entries if b'"case.amendment.reviewed"' in archive.read(name)]
    for document in listed:
        if document["kind"] in INTERNAL:
            continue
        assert recorded.get(document["id"], document["sha256"]) == document["sha256"]
        assert document["sha256"] in held
    services = (await world.person("SERVICE_OFFICER").get("/v1/services-of-process")).json()["items"]
    assert {f"services/{each['service_id']}.tar" for each in services} <= set(archive.namelist())
    about = json.loads(archive.read("remedy.json"))
    capture = (await story.view())["exhibits"][0]["evidence_id"]
    assert any(capture in line["name"] and line["proves"] == "违法事实" for line in about["evidence"])
    assert about["evidence_bundle"] == "POST /v1/evidence-bundles"
    (left,) = [data for data in await records(world, story.case_id) if "bundle_sha256" in data]
    assert (left["purpose"], left["bundle_sha256"]) == (
        "APPEAL",
        hashlib.sha256(fetched.content).hexdigest(),
    )


async def record_types(world: World, case_id: str) -> list[str]:
    """The type of every record of the case, in the order of the ledger."""
    answer = await world.person("CASE_OFFICER").get(f"/v1/ledger/streams/case/{case_id}/records?limit=200")
    return [item["record"]["type"] for item in answer.json()["items"]]


async def records(world: World, case_id: str) -> list[dict[str, Any]]:
    """The data of every record of the case, as the ledger has them."""
    answer = await world.person("CASE_OFFICER").get(f"/v1/ledger/streams/case/{case_id}/records?limit=200")
    return [item["record"]["data"] for item in answer.json()["items"]]
