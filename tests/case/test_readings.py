"""Who reads a case, what for, and how much in clear: purpose, assignment, masking, and a budget of unmasking."""

from __future__ import annotations

import asyncio
import io
from typing import Any

import pytest
from pypdf import PdfReader

from case.store import cases, readings
from common.door.uow import change
from common.policy import Action, authorize, service_actor
from common.values.ids import CaseId, OfficerId
from common.values.law import NJ_17, PIPL_45, PIPL_51
from common.values.readingrules import ReadingRules
from tests.case.story import Story
from tests.world import World

pytestmark = pytest.mark.begins("serve decision")

NAME, NUMBER, PLATE = "张示民", "310101199001010018", "沪A示001"
UNMASKING = {"fields": ["NAME", "IDENTITY_NUMBER", "PLATES"], "reason": "核对送达地址与身份"}


async def a_served_case(world: World) -> Story:
    return await (await Story(world).opened()).walk("serve decision")


def purpose(value: str) -> dict[str, str]:
    return {"x-purpose-of-use": value}


def text_of(pdf: bytes) -> str:
    return "".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)


async def documents_of(world: World, story: Story) -> dict[str, str]:
    """The address of each document, by its kind."""
    listed = await world.person("CASE_OFFICER").get(f"{story.path}/documents")
    return {item["kind"]: item["href"] for item in listed.json()["items"]}


@pytest.mark.law(NJ_17)
async def test_S10_a_case_is_read_for_a_purpose_by_who_is_assigned_or_by_the_duty_of_a_role(
    world: World,
) -> None:
    story = await a_served_case(world)
    third = world.person("CASE_OFFICER", nth=2)

    async def status(role: str, wanted: str, nth: int = 0) -> tuple[int, str]:
        answer = await world.person(role, nth=nth).get(story.path, headers=purpose(wanted))
        return answer.status_code, answer.json().get("code", answer.json().get("state"))

    assert await status("CASE_OFFICER", "CURIOSITY") == (403, "PURPOSE_NOT_ALLOWED")
    assert await status("FINANCE_CLERK", "CASE_HANDLING") == (403, "PURPOSE_NOT_ALLOWED")
    assert await status("ARCHIVIST", "SERVICE") == (403, "PURPOSE_NOT_ALLOWED")
    assert await status("FINANCE_CLERK", "FINANCE") == (200, "PERFORMING")
    assert await status("CASE_OFFICER", "CASE_HANDLING") == (200, "PERFORMING")
    assert await status("CASE_OFFICER", "CASE_HANDLING", nth=2) == (403, "CASE_NOT_ASSIGNED")
    assert await status("CASE_OFFICER", "REVIEW", nth=2) == (200, "PERFORMING")
    unstated = await world.http.get(story.path, headers={"authorization": f"Bearer {await third.token()}"})
    assert unstated.json()["code"] == "PURPOSE_NOT_ALLOWED"
    foreign = await world.person("CASE_OFFICER", 1).get(story.path)
    assert foreign.status_code == 404


@pytest.mark.law(NJ_17, PIPL_45)
async def test_S10_what_the_party_said_is_read_for_a_purpose_and_the_party_finds_the_reading(
    world: World,
) -> None:
    story = await a_served_case(world)
    lead, party = world.person("TEAM_LEAD"), world.person("PARTY")
    of_the_file = (
        "collection",
        "criminal-transfer",
        "investigation-returns",
        "defences",
        "files",
        "data-requests",
    )

    idle = [await lead.get(f"{story.path}/{what}", headers=purpose("CURIOSITY")) for what in of_the_file]
    idle.append(await lead.get(f"{story.path}/export", headers=purpose("FINANCE")))
    before = (await party.get(f"{story.path}/readings?limit=200")).json()["items"]
    read = [await lead.get(f"{story.path}/{what}", headers=purpose("REVIEW")) for what in of_the_file]
    told = (await party.get(f"{story.path}/readings?limit=200")).json()["items"]
    own = await party.get(f"{story.path}/defences")

    assert {(each.status_code, each.json()["code"]) for each in idle} == {(403, "PURPOSE_NOT_ALLOWED")}
    assert {each.status_code for each in read} == {200}
    assert read[3].json()["items"][0]["statement"] == own.json()["items"][0]["statement"]
    # The list of records shows no words; what the party said is shown whole. Each depth is one line a day.
    added = [(each["purpose"], each["depth"]) for each in told if each not in before]
    assert added == [("REVIEW", "MASKED"), ("REVIEW", "DOCUMENTS")]


@pytest.mark.slow
@pytest.mark.law(NJ_17)
async def test_S10_finance_the_archive_and_an_unassigned_officer_read_a_document_masked(world: World) -> None:
    story = await a_served_case(world)
    hrefs = await documents_of(world, story)

    async def read(role: str, kind: str, wanted: str, nth: int = 0) -> str:
        answer = await world.person(role, nth=nth).get(hrefs[kind], headers=purpose(wanted))
        assert answer.status_code == 200, answer.text
        return text_of(answer.content)

    full = await read("CASE_OFFICER", "D-20a", "CASE_HANDLING")
    assert NAME in full
    for kind in ("D-14", "D-20a"):
        assert NAME in await read("SERVICE_OFFICER", kind, "SERVICE")
        for role, wanted, nth in (
            ("FINANCE_CLERK", "FINANCE", 0),
            ("ARCHIVIST", "ARCHIVING", 0),
            ("CASE_OFFICER", "REVIEW", 2),
        ):
            masked = await read(role, kind, wanted, nth)
            assert "脱敏副本" in masked
            assert "100.00" in masked
            for hidden in (NAME, NUMBER, NUMBER[:12], PLATE):
                assert hidden not in masked, (role, kind)


@pytest.mark.law(PIPL_45, NJ_17)
async def test_S10_every_reading_leaves_one_record_a_day_that_the_party_is_told_of(world: World) -> None:
    story = await a_served_case(world)
    party, finance = world.person("PARTY"), world.person("FINANCE_CLERK")

    # Two at once and one after: one record, because it is one officer, one purpose and one day.
    both = await asyncio.gather(finance.get(story.path), finance.get(story.path))
    again = await finance.get(story.path)
    world.clock.advance(days=1)
    await finance.get(story.path)
    told = (await party.get(f"{story.path}/readings?limit=200")).json()["items"]
    page = (await party.get(f"{story.path}/readings?limit=1")).json()
    rest = (await party.get(f"{story.path}/readings?limit=200&cursor={page['next_cursor']}")).json()
    head = (await world.person("AGENCY_HEAD").get(f"{story.path}/readings?limit=200")).json()["items"]
    types = await world.record_types("case", f"case/{story.case_id}")

    assert [each.status_code for each in (*both, again)] == [200, 200, 200]
    by_finance = [each for each in told if each["purpose"] == "FINANCE"]
    assert [each["depth"] for each in by_finance] == ["MASKED", "MASKED"]
    assert by_finance[0]["read_on"] < by_finance[1]["read_on"]
    assert {each["agency_id"] for each in told} == {world.agencies[0]}
    assert {each["officer_id"] for each in told} == {None}
    assert finance.id in {each["officer_id"] for each in head}
    assert [*page["items"], *rest["items"]] == told
    assert types.count("case.read") == len(told)
    assert (await world.person("CASE_OFFICER").get(f"{story.path}/readings")).status_code == 403
    assert (await world.person("AGENCY_HEAD", 1).get(f"{story.path}/readings")).status_code == 404


@pytest.mark.law(PIPL_51)
async def test_S11_unmasking_is_an_act_with_a_budget_that_a_head_extends_on_record(world: World) -> None:
    story = await a_served_case(world)
    world.adopt(reading=ReadingRules(unmaskings_per_day=3, grant_at_most=2, outlier_at=2, data_request_wd=15))
    officer, head = world.person("CASE_OFFICER"), world.person("AGENCY_HEAD")
    path, grants = f"{story.path}/unmaskings", f"{story.path}/unmasking-grants"

    async def unmask(**changes: Any) -> Any:
        headers = purpose(changes.pop("purpose", "CASE_HANDLING"))
        return await officer.post(path, json=UNMASKING | changes, headers=headers)

    unstated = await officer.post(path, json=UNMASKING)
    first = await unmask()
    more = {"officer_id": officer.id, "more": 2, "reason": "集中送达"}
    # Three at once with two left: two go on, one is refused.
    rush = await asyncio.gather(*(unmask() for _ in range(3)))
    spent = next(each for each in rush if each.status_code == 403).json()
    itself = await head.post(grants, json=more | {"officer_id": head.id})
    given = await asyncio.gather(*(head.post(grants, json=more) for _ in range(2)))
    after = [await unmask(fields=["PHONE"]) for _ in range(3)]
    world.clock.advance(days=1)
    tomorrow = await unmask()
    await world.settle()
    items = (await world.person("SUPERVISOR").get("/v1/oversight-items?type=OV-4")).json()["items"]

    assert (unstated.status_code, unstated.json()["code"]) == (403, "PURPOSE_NOT_ALLOWED")
    shown = first.json()
    assert (shown["name"], shown["plates"], shown["phone"]) == (NAME, [PLATE], None)
    assert (shown["nth"], shown["left"]) == (1, 2)
    assert sorted(each.status_code for each in rush) == [201, 201, 403]
    assert (spent["code"], spent["article"]) == ("UNMASKING_BUDGET_SPENT", "PIPL 51")
    assert grants in spent["detail"]
    assert (itself.status_code, itself.json()["code"]) == (403, "UNMASKING_GRANT_TO_ONESELF")
    assert sorted(each.status_code for each in given) == [201, 409]
    assert [each.status_code for each in after] == [201, 201, 403]
    assert tomorrow.json()["left"] == 2
    assert len(items) == 1, "the supervisor hears of the outlier once"
    for role, nth, wanted in (
        ("FINANCE_CLERK", 0, "FINANCE"), ("ARCHIVIST", 0, "ARCHIVING"), ("CASE_OFFICER", 2, "REVIEW"),
    ):  # fmt: skip
        refused = await world.person(role, nth=nth).post(path, json=UNMASKING, headers=purpose(wanted))
        assert refused.status_code == 403, role
    assert (await officer.post(grants, json=more)).status_code == 403


async def test_who_grants_and_who_reads_never_wait_for_each_other(world: World) -> None:
    story = await a_served_case(world)
    officer, head = world.person("CASE_OFFICER"), world.person("AGENCY_HEAD")
    more = {"officer_id": officer.id, "more": 1, "reason": "集中送达"}
    reading = authorize(service_actor("case"), Action.CASE_NOTE_OVERDUE)

    async with change(world.runtimes["case"].db, reading) as tx:
        await cases.lock(tx, CaseId(story.case_id))
        granting = asyncio.create_task(head.post(f"{story.path}/unmasking-grants", json=more))
        # The grant waits for the case now. It would hold the officer's turn already if it took that first.
        await asyncio.sleep(0.3)
        await readings.take_turn(tx, OfficerId(officer.id))

    assert (await granting).status_code == 201
