"""The demo's story, played by officers and a party in Chromium: from a picture that waits to the file in the archive.

Camera and bank are programs; every act of a person is done on a page, found by its links.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import datetime, timedelta
from typing import Any, Final

import pytest

from common.policy import FRESH
from mz.demo import orders
from tests.case.story import Story
from tests.e2e.conftest import Place, look_for, place_at
from tests.e2e.test_desk import WINDOW, decided
from tests.given import IN_SERVICE
from tests.snapshots import Snapshots

PDF: Final = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n"
_NO: Final = {f"findings.{name}": "no" for name in ("minor", "promptly_corrected", "harmless")}
_PURPOSES: Final = {"SERVICE_OFFICER": "SERVICE", "ARCHIVIST": "ARCHIVING"}
_REPORT: Final = _NO | {
    "no_conflict": "yes",
    "fine_fen": "100.00",
    "facts": "\n".join(orders.REPORT["facts"]),
    "reasons": "\n".join(orders.REPORT["reasons"]),
    **{f"circumstances.{name}": value for name, value in orders.REPORT["circumstances"].items()},
}


@pytest.fixture
async def site(snapshots: Snapshots, chromium: Any) -> AsyncIterator[Place]:
    """A city with a camera in service, in which each picture is looked at for 0.2 s."""
    async with place_at(snapshots, chromium, IN_SERVICE) as site:
        look_for(site, 200)
        yield site


class People:
    """The people of the story, each in a browser of its own, signed in by a click at the demo's provider."""

    def __init__(self, site: Place, stack: AsyncExitStack) -> None:
        self.site, self._stack = site, stack
        self._tabs: dict[tuple[str, int], Any] = {}
        self._signed_at: dict[tuple[str, int], datetime] = {}
        self.complaints: list[str] = []

    async def at(self, role: str, path: str, nth: int = 0) -> Any:
        """The tab of this person, at `path`. Whoever has been away for ten minutes signs in again."""
        who = (role, nth)
        if who not in self._tabs:
            seen = await self._stack.enter_async_context(self.site.tab(None, viewport=WINDOW))
            self._tabs[who], seen.complaints = seen.tab, self.complaints
        tab, now = self._tabs[who], self.site.world.clock()
        if who not in self._signed_at or now - self._signed_at[who] > timedelta(minutes=10):
            await self.sign_in(tab, role, nth, path)
        else:
            await tab.goto(self.site.url + path)
        if "/console/purpose" in tab.url:
            await tab.check(f"[name=purpose][value={_PURPOSES.get(role, 'CASE_HANDLING')}]")
            await self.presses(tab, "main form button")
        return tab

    async def sign_in(self, tab: Any, role: str, nth: int, path: str) -> None:
        person = self.site.world.person(role, nth=nth)
        await tab.goto(f"{self.site.url}/sign-in?next={path}")
        await tab.click(f"button[value='{person.sub}']")
        # The browser of an officer proves its key on the way.
        await tab.wait_for_url(lambda url: "/sign-in" not in url)
        self._signed_at[role, nth] = self.site.world.clock()

    async def presses(self, tab: Any, selector: str) -> str:
        async with tab.expect_navigation():
            await tab.click(selector)
        return str(await tab.inner_text("main"))

    async def does(self, case: str, role: str, act: str, /, nth: int = 0, **fields: str) -> str:
        """The act, found in the list of cases and on the page of the case; that page afterwards."""
        tab = await self.at(role, "/console/cases", nth)
        await self.presses(tab, f"main a[href='{case}']")
        if "/console/purpose" in tab.url:
            await tab.check(f"[name=purpose][value={_PURPOSES.get(role, 'CASE_HANDLING')}]")
            await self.presses(tab, "main form button")
        link = tab.locator(f"a[href='{case}/acts/{act}']")
        assert await link.count(), (role, act, nth, await tab.inner_text("section.acts"))
        if not await link.is_visible():
            await tab.locator("details", has=link).locator("summary").click()
        async with tab.expect_navigation():
            await link.click()
        for name, value in fields.items():
            await _fill(tab, name, value)
        page = await self.presses(tab, "#act > p > button")
        await self.site.world.settle()
        return page


async def _fill(tab: Any, name: str, value: str) -> None:
    field = tab.locator(f"#act [name='{name}']")
    if await field.first.get_attribute("type") in ("radio", "checkbox"):
        await tab.check(f"#act [name='{name}'][value='{value}']")
    elif await field.evaluate("field => field.tagName") == "SELECT":
        await field.select_option(value)
    else:
        await field.fill(value)


async def _reviewed(people: People, nth: int) -> None:
    """One clean item: each question by Space, the decision by Enter."""
    tab = await people.at("EVIDENCE_REVIEWER", "/console/review", nth)
    await tab.wait_for_selector("#strip button")
    for _ in range(5):
        await tab.keyboard.press("Space")
        await tab.wait_for_timeout(300)
    await tab.keyboard.press("Enter")
    await decided(people.site, nth + 1)
    await people.site.world.settle()


async def test_officers_and_a_party_bring_a_picture_to_the_archive_on_their_pages(site: Place) -> None:
    world = site.world
    async with AsyncExitStack() as stack:
        people = People(site, stack)
        await site.push(1)
        for nth in (0, 1):
            await _reviewed(people, nth)
        found = (await world.person("CASE_OFFICER").get("/v1/cases?limit=200")).json()["items"]
        story = Story(world)
        story.case_id = found[-1]["id"]
        case, mine = f"/console/cases/{story.case_id}", f"/portal/cases/{story.case_id}"
        party = orders.party(world.person("PARTY").id)
        party |= {"sources": "\n".join(party["sources"])}

        await people.does(
            case, "CASE_OFFICER", "party", **{name: str(value) for name, value in party.items()}
        )
        await people.does(case, "CASE_OFFICER", "prompt", correction=orders.PROMPT["correction"])
        world.clock.advance(minutes=31)
        second = world.person("CASE_OFFICER", nth=1).id
        why: dict[str, str] = _NO | {"second_officer_id": second, "reason": "提示后未改正"}
        await people.does(case, "CASE_OFFICER", "filing-application", **why)
        await people.does(case, "AGENCY_HEAD", "filing")
        await people.does(case, "CASE_OFFICER", "investigation-conclusion", **_REPORT)
        concluded = await people.does(
            case, "CASE_OFFICER", "investigation-conclusion", nth=1, no_conflict="yes"
        )
        await people.does(case, "TEAM_LEAD", "prior-notice")

        me = await people.at("PARTY", "/portal/consent")
        for document in ("D-14", "D-20a"):
            await me.check(f"[name=document][value={document}]")
        await me.check("[name=channel][value=INBOX]")
        await people.presses(me, "form[action='/portal/consent'] button")
        await people.does(case, "SERVICE_OFFICER", "prior-notice/service", manner="ELECTRONIC")
        me = await people.at("PARTY", f"{mine}/statement")
        await me.check("[name=about][value=FACTS]")
        await me.fill("[name=words]", "当时送病人就医，请从轻处理。")
        file = {"name": "病历.pdf", "mimeType": "application/pdf", "buffer": PDF}
        await me.set_input_files("[name=upload]", file)
        await people.presses(me, "button[value=check]")
        received = await people.presses(me, "button[value=send]")

        # On these pages a statement leaves room for another, so the officers wait for the end of the period.
        until = datetime.fromisoformat((await story.view("PARTY"))["notices"][-1]["defence_until"])
        world.clock.to(until + timedelta(minutes=1))
        await world.settle()
        answered = {"answers.0.adopted": "no", "answers.0.reason": "图片显示停放时间已超过允许的临时停留。"}
        await people.does(case, "TEAM_LEAD", "defence-review", **answered)

        head = await people.at("AGENCY_HEAD", "/console/today")
        world.clock.advance(seconds=FRESH.total_seconds() + 1)
        stale = await people.does(case, "AGENCY_HEAD", "decision", **_choices())
        async with head.context.expect_page() as opening:
            await head.click("main a[target=_blank]")
        beside = await opening.value
        await beside.click(f"button[value='{world.person('AGENCY_HEAD').sub}']")
        await beside.wait_for_url("**/sign-in/done")
        await beside.wait_for_function("async () => (await fetch('/v1/me')).ok")  # its key is proven
        await beside.close()
        signed = await people.presses(head, "main form button")
        assert "变为「已作出决定」" in signed, signed
        await world.settle()
        await people.does(case, "SERVICE_OFFICER", "decision/service", manner="ELECTRONIC")
        await people.at("PARTY", mine)
        me = await people.at("PARTY", f"{mine}/payment")
        owed = await me.inner_text("main")
        reference = (await story.view("PARTY"))["payment"]["reference"]
        assert (await story.pay()).status_code == 201
        await people.does(case, "CASE_OFFICER", "closure-proposal")
        await people.does(case, "TEAM_LEAD", "closure")
        archived = await people.does(case, "ARCHIVIST", "archive")
        view = await story.view()

    assert "变为「调查终结」" in concluded
    assert "已经收到您的意见" in received
    assert "这个操作相当于签字" in stale
    assert reference in owed
    assert "变为「已归档」" in archived
    assert (view["state"], len(view["signed_by"])) == ("ARCHIVED", 2)
    # Chromium says of every answer of 401 that it failed; the page that keeps what was typed is one.
    assert [each for each in people.complaints if "401" not in each] == []


def _choices() -> dict[str, str]:
    correction = orders.DECISION["correction"]
    return {
        "surcharge_stated": "yes",
        "correction.content": correction["content"],
        "correction.days": str(correction["days"]),
    }
