"""The decision through HTTP (APL 42, 45, 57): refused with every reason, made once, and answered alike on a repeat."""

from __future__ import annotations

import asyncio
import io

import pytest
from pypdf import PdfReader

from mz.demo.orders import DECISION
from tests.case.story import OPENED, Story
from tests.world import World


@pytest.mark.begins("review")
async def test_an_aggravated_decision_is_refused_with_every_guard_that_fails(world: World) -> None:
    story = await (await Story(world).opened()).walk("review")

    refused = await story.decide(fine_fen=30_000, surcharge_stated=False)
    made = await story.decide()

    problem = refused.json()
    assert (refused.status_code, problem["code"]) == (409, "CASE_GUARD_FAILED")
    assert {(v["code"], v["law"]) for v in problem["violations"]} == {
        ("CASE_AGGRAVATION_FORBIDDEN", "APL 45(2)"),
        ("CASE_BENCHMARK_EXCEEDED", "APL 34"),
        ("CASE_SURCHARGE_NOT_STATED", "AEL 45"),
    }
    assert (made.status_code, made.json()["state"]) == (201, "DECIDED")


@pytest.mark.begins("file")
async def test_a_case_that_is_only_filed_cannot_be_decided(world: World) -> None:
    story = await (await Story(world).opened()).walk("file")

    refused = await story.decide()

    codes = {violation["code"] for violation in refused.json()["violations"]}
    assert codes == {"CASE_TWO_OFFICERS_REQUIRED", "CASE_PRIOR_NOTICE_REQUIRED"}
    documents = (await world.person("CASE_OFFICER").get(f"{story.path}/documents")).json()["items"]
    assert "D-20a" not in {document["kind"] for document in documents}


@pytest.mark.begins("review")
async def test_eight_decisions_at_once_make_one(world: World) -> None:
    story = await (await Story(world).opened()).walk("review")

    racing = [story.decide() for _ in range(8)]
    statuses = sorted(answer.status_code for answer in await asyncio.gather(*racing))

    assert statuses == [201] + [409] * 7
    assert (await world.record_types("case")).count("case.decided") == 1
    await world.settle()
    assert (await world.fsck()).clean


@pytest.mark.begins("review")
async def test_a_decision_below_the_tier_prints_its_reason(world: World) -> None:
    story = await (await Story(world).opened()).walk("review")

    bare = await story.decide(fine_fen=3000)
    reasoned = await story.decide(fine_fen=3000, deviation_reason="当事人主动消除危害后果。")

    assert [v["code"] for v in bare.json()["violations"]] == ["CASE_BENCHMARK_EXCEEDED"]
    assert reasoned.status_code == 201, reasoned.text
    officer = world.person("CASE_OFFICER")
    listed = (await officer.get(f"{story.path}/documents")).json()["items"]
    (href,) = [document["href"] for document in listed if document["kind"] == "D-20a"]
    pages = PdfReader(io.BytesIO((await officer.get(href)).content)).pages
    printed = "".join("".join(page.extract_text() for page in pages).split())
    assert "当事人主动消除危害后果" in printed


@pytest.mark.begins("review")
async def test_a_repeated_decision_is_answered_like_the_first_and_as_the_case_then_shows(
    world: World,
) -> None:
    story = await (await Story(world).opened()).walk("review")
    first = await story.act("AGENCY_HEAD", "decision", DECISION, key="decide-once-1")

    again = await story.act("AGENCY_HEAD", "decision", DECISION, key="decide-once-1")

    assert (again.status_code, again.json()) == (201, first.json())
    assert await story.view() == first.json()
    assert again.headers["idempotency-replayed"] == "true"
    assert again.headers["mingzheng-record"] == first.headers["mingzheng-record"]


@pytest.mark.begins(OPENED)
async def test_officers_of_another_agency_find_no_case(world: World) -> None:
    story = await Story(world).opened()

    for role, what in (("CASE_OFFICER", ""), ("CASE_OFFICER", "/documents")):
        answer = await world.person(role, 1).get(f"/v1/cases/{story.case_id}{what}")
        assert (answer.status_code, answer.json()["code"]) == (404, "NOT_FOUND")
    other = await story.act("AGENCY_HEAD", "decision", DECISION, agency=1)
    assert other.status_code == 404
    assert (await world.person("CASE_OFFICER", 1).get("/v1/cases")).json()["items"] == []


@pytest.mark.begins("review")
async def test_the_decision_is_the_heads_and_the_report_the_officers(world: World) -> None:
    story = await (await Story(world).opened()).walk("review")

    for role in ("CASE_OFFICER", "TEAM_LEAD", "CASE_LEGAL_REVIEWER", "PARTY"):
        answer = await story.act(role, "decision", DECISION)
        assert answer.status_code == 403, role
