"""The law of the act beside that of the decision, over HTTP (APL 34, 37; NJ 23)."""

from __future__ import annotations

import io
from datetime import date, timedelta

import pytest
from pypdf import PdfReader

from common.values.calendar import legal_day
from common.values.datafiles import load_profile
from common.values.law import APL_34, APL_37, NJ_23
from mz.demo import orders
from tests.case.matters_given import SHIPPED, a_version, published
from tests.case.story import Story
from tests.given import CHECKED, a_camera_in_service, accepted_evidence
from tests.world import World


async def printed(story: Story, kind: str) -> str:
    """The text of the case's document of this kind, without spaces."""
    officer = story.world.person("CASE_OFFICER")
    listed = (await officer.get(f"{story.path}/documents")).json()["items"]
    (href,) = [document["href"] for document in listed if document["kind"] == kind]
    pages = PdfReader(io.BytesIO((await officer.get(href)).content)).pages
    return "".join("".join(page.extract_text() for page in pages).split())


@pytest.mark.law(APL_34, APL_37)
@pytest.mark.begins("file")
async def test_NAT_7_both_laws_are_proposed_and_the_milder_one_is_taken_with_its_trace(world: World) -> None:
    story = await Story(world).opened()
    tomorrow = legal_day(world.clock()) + timedelta(days=1)
    await published(world, a_version(tomorrow, share=0.5))
    world.clock.advance(days=1)

    dear = await story.act(
        "CASE_OFFICER",
        "investigation-conclusion",
        orders.REPORT | {"signed_as": world.person("CASE_OFFICER").name},
    )
    mild = orders.REPORT | {"fine_fen": 6000}
    for nth in (0, 1):
        order = mild | {"signed_as": world.person("CASE_OFFICER", nth=nth).name}
        signed = await story.act("CASE_OFFICER", "investigation-conclusion", order, nth=nth)
        assert signed.status_code == 201, signed.text

    assert (dear.status_code, dear.json()["code"]) == (409, "CASE_BENCHMARK_EXCEEDED")
    law = (await story.view())["law"]
    ranges = {name: (law[name]["version"], law[name]["max_fen"]) for name in ("of_the_act", "of_today")}
    assert (law["law"], ranges) == ("OF_TODAY", {"of_the_act": (1, 15_000), "of_today": (2, 7500)})
    assert law["of_today"]["trace"][-1] == "ORDINARY: 2500-7500 fen"
    assert {line.partition(":")[0] for line in law["of_today"]["trace"]} >= {"LIGHT", "ORDINARY"}
    async with world.database("case") as connection:
        (record,) = await connection.fetch("SELECT note FROM outbox WHERE type = 'case.law_weighed'")
    assert b'"law":"OF_TODAY"' in record["note"]
    story.done += 2
    await story.walk("review")
    decided = await story.decide(fine_fen=6000)
    assert decided.status_code == 201, decided.text
    for kind in ("D-14", "D-20a"):
        text = await printed(story, kind)
        assert "第1版" in text
        assert "第2版" in text
        assert "新的规定处罚较轻，适用新的规定" in text
    await world.settle()
    assert (await world.fsck()).clean


@pytest.mark.law(APL_37)
@pytest.mark.begins("review")
async def test_NAT_7_a_law_that_turns_milder_before_the_decision_still_counts_for_the_party(
    world: World,
) -> None:
    story = await Story(world).opened()
    await published(world, a_version(legal_day(world.clock()) + timedelta(days=1), share=0.5))
    world.clock.advance(days=1)

    notified = await story.decide()
    milder = await story.decide(fine_fen=6000)

    assert [each["code"] for each in notified.json()["violations"]] == ["CASE_BENCHMARK_EXCEEDED"]
    assert (milder.status_code, milder.json()["law"]["law"]) == (201, "OF_TODAY")
    assert milder.json()["law"]["of_the_act"]["max_fen"] == 15_000
    assert "新的规定处罚较轻，适用新的规定" in await printed(story, "D-20a")
    assert (await world.record_types("case")).count("case.law_weighed") == 2


@pytest.mark.law(APL_37)
@pytest.mark.begins("review")
async def test_NAT_7_a_heavier_law_does_not_reach_back(world: World) -> None:
    story = await Story(world).opened()
    await published(world, a_version(legal_day(world.clock()) + timedelta(days=1), share=2))
    world.clock.advance(days=1)

    decided = await story.decide()

    assert (decided.status_code, decided.json()["law"]["law"]) == (201, "OF_THE_ACT")
    assert "新的规定并不处罚较轻，适用违法行为发生时的规定" in await printed(story, "D-20a")


@pytest.mark.law(APL_37)
@pytest.mark.begins("review")
async def test_NAT_7_what_is_no_violation_any_more_ends_without_a_penalty(world: World) -> None:
    story = await Story(world).opened()
    tomorrow = legal_day(world.clock()) + timedelta(days=1)
    last = {"valid_until": tomorrow.isoformat(), "no_violation_after": True}
    await published(world, a_version(tomorrow, **last))
    world.clock.advance(days=2)

    refused = await story.decide()
    ended = await story.act(
        "AGENCY_HEAD",
        "no-penalty-decision",
        {"outcome": "NO_VIOLATION", "reasons": ["行为发生后法律修改"]},
    )

    assert [each["code"] for each in refused.json()["violations"]] == ["CASE_NO_VIOLATION_ANY_MORE"]
    assert ended.status_code == 201, ended.text
    assert ended.json()["decision"]["outcome"] == "NO_VIOLATION"
    assert (ended.json()["law"]["law"], ended.json()["law"]["of_today"]) == ("NONE", None)
    assert "不再认为该行为违法" in await printed(story, "D-20")


@pytest.mark.law(APL_34)
@pytest.mark.begins("file")
async def test_NAT_7_a_tier_that_nobody_could_read_is_not_used(world: World) -> None:
    story = await Story(world).opened()
    others = tuple(i for i in world.runtimes["case"].profile.catalogue if i.code != SHIPPED.code)
    hidden = SHIPPED.__class__(**{**vars(SHIPPED), "benchmark_published_on": None})
    world.adopt(catalogue=(hidden, *others))

    refused = await story.sign(0)

    assert (refused.status_code, refused.json()["code"]) == (409, "CASE_BENCHMARK_UNPUBLISHED")


@pytest.mark.law(NJ_23, APL_37)
@pytest.mark.begins(CHECKED)
@pytest.mark.parametrize(("days", "cases"), [(1, 0), (0, 1)])
async def test_NJ_23_1_a_capture_before_the_rules_of_the_city_does_not_use_them(
    world: World, days: int, cases: int
) -> None:
    assert load_profile("NJ").valid_from == date(2022, 2, 15)
    captured_on = legal_day(world.clock())
    world.adopt(valid_from=captured_on + timedelta(days=days))

    await accepted_evidence(world, await a_camera_in_service(world))
    await world.settle()

    page = (await world.person("CASE_OFFICER").get("/v1/cases")).json()
    assert len(page["items"]) == cases
    assert all(item["state"] == "SUSPECTED" for item in page["items"])
