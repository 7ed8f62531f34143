"""A suspected crime goes to the police, and nobody is fined here meanwhile; a lead leaves with its letter."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from common.values.law import APL_27, APL_35_2, CRIMT_5, CRIMT_11, NJ_19
from tests.case.deliberating import guards
from tests.case.story import Story
from tests.case.test_ending import failed, kinds_seen, printed
from tests.data_exchange.packages import (
    ENCLOSURES,
    PDF,
    POLICE,
    agency,
    done,
    head,
    prepared,
    preparer,
    receiver,
    uploaded,
    verified,
)
from tests.world import World

APPROVED = {
    "approved": True,
    "reason": "数量已经达到追诉标准",
    "signed_as": "王示乙",
    "crime": "危险驾驶罪",
    "police": "示范市公安局",
    "procuratorate": "示范市人民检察院",
}
LETTER = {
    "to_name": "示范市交通运输局",
    "reason": "该路段由交通运输主管部门管辖",
    "basis": ["《中华人民共和国行政处罚法》第二十五条"],
    "signed_as": "王示乙",
}


async def head_act(story: Story, what: str, order: dict[str, Any], **who: Any) -> httpx.Response:
    return await story.act("AGENCY_HEAD", what, order, **who)


async def team(story: Story) -> dict[str, Any]:
    return {"team": [story.world.person("CASE_OFFICER", nth=nth).id for nth in (0, 1)]}


async def suspicions(story: Story) -> list[dict[str, Any]]:
    answer = await story.world.person("CASE_OFFICER").get(f"{story.path}/criminal-transfer")
    crimes: list[dict[str, Any]] = answer.json()["crimes"]
    return crimes


async def dispatched(world: World, story: Story, kind: str, to: int, *without: str) -> dict[str, Any]:
    """The transfer of the case, on its way, with the enclosures that the case did not make itself."""
    transfer = await prepared(world, case_id=story.case_id, kind=kind, to_agency_id=agency(world, to))
    for enclosure, name in ENCLOSURES.items():
        if enclosure not in without:
            data = PDF + name.encode() + b"\n%%EOF\n"
            await uploaded(world, transfer, data, enclosure=enclosure, name=name)
    transfer = await done(preparer(world), transfer, "submission")
    order = {"manifest_sha256": transfer["manifest_sha256"]}
    await done(head(world), transfer, "approval", order)
    transfer = await done(preparer(world), transfer, "dispatch")
    return await done(receiver(world, transfer), transfer, "receipt", verified(transfer))


@pytest.mark.law(APL_27, APL_35_2, CRIMT_5, CRIMT_11)
@pytest.mark.begins("review")
async def test_what_may_be_a_crime_is_not_fined_until_the_police_said_that_it_is_none(world: World) -> None:
    story = await (await Story(world).opened()).walk("review")
    path, named = "criminal-transfer", await team(story)
    refused = [
        await head_act(story, path, {"team": named["team"][:1] * 2}),
        await story.act("CASE_OFFICER", path, named),
        await head_act(story, path, named, agency=1),
        await head_act(story, f"{path}/1/decision", APPROVED),
    ]
    first = [await head_act(story, path, named) for _ in range(2)]
    barred = guards(await story.decide())
    report = {"report": "该车三次超限运输。\n行为人明知故犯。"}
    outsider = await story.act("TEAM_LEAD", f"{path}/1/report", report)
    reported = await story.act("CASE_OFFICER", f"{path}/1/report", report)
    racing = await asyncio.gather(*(head_act(story, f"{path}/1/decision", APPROVED) for _ in range(4)))
    letter = await printed(story, "D-32")
    await story.act("CASE_OFFICER", "sheets", {"kind": "D-13"})

    transfer = await dispatched(
        world, story, "CRIMINAL_TRANSFER", POLICE, "TRANSFER_LETTER", "INVESTIGATION_REPORT"
    )
    await world.settle()
    on_its_way = guards(await story.decide())
    answer = {"filing": "NOT_FILED", "reason": "没有犯罪事实"}
    await done(receiver(world, transfer), transfer, "acceptance", answer)
    await world.settle()
    (crime,) = await suspicions(story)

    assert [each.status_code for each in refused] == [422, 403, 404, 409]
    assert failed(refused[0]) == (422, "CASE_CRIME_TEAM")
    assert [each.status_code for each in first] == [201, 409], first[0].text
    assert barred == on_its_way == ["CASE_CRIME_PENDING"]
    assert outsider.status_code == 403
    assert reported.status_code == 201, reported.text
    assert sorted(each.status_code for each in racing) == [201, 409, 409, 409], racing[0].text
    assert letter.count("执法证号") == 2
    assert "抄送：示范市人民检察院" in letter
    assert "D-32" not in await kinds_seen(story, "PARTY")
    assert {file["enclosure"] for file in transfer["files"]} >= set(ENCLOSURES)
    assert (crime["answer"], crime["bars_penalty"]) == ("NOT_FILED", False)
    assert (await story.decide()).status_code == 201
    assert (await world.fsck()).clean


@pytest.mark.slow
@pytest.mark.law(APL_27)
@pytest.mark.begins("sign second")
async def test_a_case_that_the_court_took_over_ends_here_without_a_fine(world: World) -> None:
    story = await (await Story(world).opened()).walk("sign second")
    transfer = await dispatched(world, story, "CRIMINAL_TRANSFER", POLICE)
    await done(receiver(world, transfer), transfer, "acceptance", {"filing": "FILED", "reason": "涉嫌犯罪"})
    world.clock.advance(days=1)
    result = {"outcome": "PROSECUTED", "decided_at": world.clock().isoformat(), "text": "移送审查起诉"}
    await done(receiver(world, transfer), transfer, "result", result)
    await world.settle()

    (crime,) = await suspicions(story)
    assert (crime["team"], crime["result"]) == ([], "PROSECUTED")
    assert (await story.view())["state"] == "TRANSFERRED_OUT"
    assert failed(await story.notify()) == (409, "CASE_TRANSITION_NOT_ALLOWED")
    assert (await world.fsck()).clean


@pytest.mark.law(NJ_19)
@pytest.mark.begins("prompt")
async def test_a_lead_leaves_with_the_letter_that_the_platform_wrote(world: World) -> None:
    story = await (await Story(world).opened()).walk("prompt")
    refused = [
        await story.act("CASE_OFFICER", "transfer-letter", LETTER, agency=1),
        await story.act("FINANCE_CLERK", "transfer-letter", LETTER),
    ]
    written = await story.act("CASE_OFFICER", "transfer-letter", LETTER)
    transfer = await dispatched(world, story, "TRANSFER", 1, "TRANSFER_LETTER")

    assert [each.status_code for each in refused] == [404, 403]
    assert written.status_code == 201, written.text
    text = await printed(story, "D-31")
    assert "移送清单" in text
    assert "回执" in text
    letters = [file for file in transfer["files"] if file["enclosure"] == "TRANSFER_LETTER"]
    assert [file["name"] for file in letters] == [f"{written.json()['number']}.pdf"]
    assert letters[0]["sha256"] == written.json()["sha256"]
