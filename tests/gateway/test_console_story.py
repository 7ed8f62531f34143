"""The demo's story of a case as its officers play it on their pages; party and bank act by their own ways."""

from __future__ import annotations

from typing import Any

import pytest

from mz.demo import orders
from tests.case.story import Story
from tests.gateway.browser import Browser
from tests.gateway.test_console_case import act, an_officer
from tests.world import World

_NO: dict[str, Any] = {f"findings.{name}": "no" for name in ("minor", "promptly_corrected", "harmless")}
_REPORT: dict[str, Any] = _NO | {
    "no_conflict": "yes",
    "fine_fen": "100.00",
    "facts": "\n".join(orders.REPORT["facts"]),
    "reasons": "\n".join(orders.REPORT["reasons"]),
    **{f"circumstances.{name}": value for name, value in orders.REPORT["circumstances"].items()},
}


class Desk:
    """The officers of one case, each in a browser of its own."""

    def __init__(self, world: World, story: Story) -> None:
        self.world = world
        self.story = story
        self._browsers: dict[tuple[str, int], Browser] = {}

    async def does(self, role: str, name: str, /, *, nth: int = 0, **fields: Any) -> str:
        """The act on its form; the page of the case afterwards."""
        purpose = {"SERVICE_OFFICER": "SERVICE", "ARCHIVIST": "ARCHIVING"}.get(role, "CASE_HANDLING")
        browser = self._browsers.get((role, nth)) or await an_officer(self.world, role, purpose, nth)
        self._browsers[role, nth] = browser
        answer = await act(browser, self.story, name, **fields)
        assert answer.is_redirect, (name, answer.status_code, answer.text[:6000])
        page = await browser.follow(answer)
        await self.world.settle()
        return page

    def sign_out(self) -> None:
        """Time passes: everybody signs in anew for the next act."""
        self._browsers.clear()


@pytest.mark.slow
@pytest.mark.begins("case opened")
async def test_officers_bring_a_case_from_the_lead_to_the_archive_on_their_pages(world: World) -> None:
    story = await Story(world).opened()
    desk = Desk(world, story)
    party = orders.party(world.person("PARTY").id)
    await desk.does("CASE_OFFICER", "party", **party | {"sources": "\n".join(party["sources"])})
    await desk.does("CASE_OFFICER", "prompt", correction=orders.PROMPT["correction"])
    world.clock.advance(minutes=31)
    desk.sign_out()
    second = world.person("CASE_OFFICER", nth=1).id
    await desk.does("CASE_OFFICER", "filing-application", **_NO, second_officer_id=second, reason="未改正")
    await desk.does("AGENCY_HEAD", "filing")
    await desk.does("CASE_OFFICER", "investigation-conclusion", **_REPORT)
    concluded = await desk.does("CASE_OFFICER", "investigation-conclusion", nth=1, no_conflict="yes")
    await desk.does("TEAM_LEAD", "prior-notice")
    assert (await story.consent()).status_code == 201
    served = await desk.does("SERVICE_OFFICER", "prior-notice/service", manner="ELECTRONIC")
    assert (await story.defend()).status_code == 201
    reasons: dict[str, Any] = {
        "answers.0.adopted": "no",
        "answers.0.reason": "图片显示停放时间已超过允许的临时停留。",
    }
    await desk.does("TEAM_LEAD", "defence-review", **reasons)
    correction = orders.DECISION["correction"]
    choices: dict[str, Any] = {
        "surcharge_stated": "yes",
        "correction.content": correction["content"],
        "correction.days": str(correction["days"]),
    }
    decided = await desk.does("AGENCY_HEAD", "decision", **choices)
    await desk.does("SERVICE_OFFICER", "decision/service", manner="ELECTRONIC")
    assert (await story.pay()).status_code == 201
    desk.sign_out()
    proposed = await desk.does("CASE_OFFICER", "closure-proposal")
    await desk.does("TEAM_LEAD", "closure")
    archived = await desk.does("ARCHIVIST", "archive")

    case = await story.view()
    assert "变为「调查终结」" in concluded
    assert "已办理" in served
    assert "变为「已作出决定」" in decided
    assert "已缴清" in proposed
    assert "变为「已归档」" in archived
    assert (case["state"], case["decision"]["proposal"]["fine_fen"]) == ("ARCHIVED", 10_000)
    assert len(case["signed_by"]) == 2
