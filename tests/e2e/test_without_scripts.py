"""The party's pages with scripts switched off: the whole way of a case, large letters, and what a printer gets."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any, Final
from unicodedata import normalize

import pytest
from pypdf import PdfReader

from tests.case.story import Story
from tests.e2e.conftest import Place, place_at
from tests.e2e.pages import NOTICED, PAGES, Page
from tests.e2e.visits import Visits
from tests.gateway.test_party_sessions import TAIL, code_of
from tests.snapshots import Snapshots

PDF: Final = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n"
_OF_PARTY: Final = [page for page in PAGES if page.role == "PARTY" and page.status == 200 and not page.steps]
_PAPER: Final = 590
"""The width of an A4 sheet between the margins of an official document, in CSS pixels."""
_CUT: Final = """() => [...document.querySelectorAll("main *")]
  .filter(each => !["visible", "clip"].includes(getComputedStyle(each).overflowX) && !each.matches("input, textarea"))
  .filter(each => each.scrollWidth > each.clientWidth + 1 || each.scrollHeight > each.clientHeight + 1)
  .map(each => each.outerHTML.slice(0, 120))"""


@pytest.fixture(scope="module")
async def visits(snapshots: Snapshots, chromium: Any) -> AsyncIterator[Visits]:
    async with Visits(snapshots, chromium) as visits:
        yield visits


class Party:
    """A browser without scripts, and what it was sent."""

    def __init__(self, site: Place, tab: Any) -> None:
        self.site, self.tab = site, tab
        self.pictures: list[int] = []
        tab.on("response", self._note)

    def _note(self, answer: Any) -> None:
        if "/pictures/" in answer.url and answer.headers.get("content-type") == "image/jpeg":
            self.pictures.append(answer.status)

    async def opens(self, path: str) -> str:
        await self.tab.goto(f"{self.site.url}{path}")
        return await self.reads()

    async def presses(self, selector: str) -> str:
        async with self.tab.expect_navigation():
            await self.tab.click(selector)
        return await self.reads()

    async def reads(self) -> str:
        return str(await self.tab.inner_text("main"))


async def test_a_party_goes_the_whole_way_of_its_case_without_scripts(
    snapshots: Snapshots, chromium: Any
) -> None:
    async with (
        place_at(snapshots, chromium, NOTICED) as site,
        site.tab(None, java_script_enabled=False) as seen,
    ):
        story = await Story(site.world).opened()
        me, case = Party(site, seen.tab), f"/portal/cases/{story.case_id}"
        await me.opens("/portal")
        await me.opens("/sign-in/code?next=%2Fportal%2Fcase")
        await me.tab.fill("[name=code]", await code_of(site.world, story))
        await me.tab.fill("[name=factor]", TAIL)
        notice = await me.presses("main form button")
        arrived = me.tab.url

        await me.opens(f"{case}/statement")
        await me.tab.check("[name=about][value=FACTS]")
        await me.tab.fill("[name=words]", "当时送病人就医，请从轻处理。")
        file = {"name": "病历.pdf", "mimeType": "application/pdf", "buffer": PDF}
        await me.tab.set_input_files("[name=upload]", file)
        checked = await me.presses("button[value=check]")
        receipt = await me.presses("button[value=send]")
        said = await me.opens(case)

        # Consent is of an account, and not of the code of one case.
        await site.sign_in(me.tab, "PARTY")
        await me.opens("/portal/consent")
        withdrawn = await me.presses("form[action$=withdraw] button")
        for document in ("D-14", "D-20a"):
            await me.tab.check(f"[name=document][value={document}]")
        await me.tab.check("[name=channel][value=INBOX]")
        consented = await me.presses("form[action='/portal/consent'] button")

        # A statement on these pages leaves room for another, so the officers wait for the end of the period.
        until = datetime.fromisoformat((await story.view("PARTY"))["notices"][-1]["defence_until"])
        site.world.clock.to(until + timedelta(minutes=1))
        story.done += 1  # the statement was handed in above
        await story.walk("serve decision")
        await site.sign_in(me.tab, "PARTY")
        decided = await me.opens(case)
        owed = await me.opens(f"{case}/payment")
        reference = (await story.view("PARTY"))["payment"]["reference"]
        assert (await story.pay()).status_code == 201
        await site.sign_in(me.tab, "PARTY")  # an hour later
        paid = await me.opens(f"{case}/payment")
        await me.opens(f"{case}/reconsideration")
        await me.tab.fill("[name=request]", "撤销处罚决定")
        await me.tab.fill("[name=reasons]", "事实不清")
        applied = await me.presses("main form button")

    assert arrived.endswith(case)
    assert "陈述" in notice
    assert me.pictures
    assert set(me.pictures) <= {200, 304}
    assert ("病历.pdf" in checked, "当时送病人就医" in checked) == (True, True)
    assert ("已经收到您的意见" in receipt, "病历.pdf" in receipt) == (True, True)
    assert "尚未答复" in said or "第 1 次" in said
    assert "您没有同意电子送达" in withdrawn
    assert "您没有同意电子送达" not in consented
    assert "元" in decided
    assert reference in owed
    assert "已缴" in paid
    assert "已经收到复议申请" in applied
    assert seen.complaints == []


@pytest.mark.parametrize("page", _OF_PARTY, ids=lambda page: page.name)
async def test_a_partys_page_is_large_and_nothing_of_it_is_cut_off_on_paper(
    visits: Visits, page: Page
) -> None:
    tab = (await visits.to(page)).tab
    size = await tab.evaluate("getComputedStyle(document.querySelector('main')).fontSize")
    words = (await tab.inner_text("h1")).split()[0]
    await tab.emulate_media(media="print")
    await tab.set_viewport_size({"width": _PAPER, "height": 800})
    wide = await tab.evaluate("document.scrollingElement.scrollWidth")
    cut = await tab.evaluate(_CUT)
    printed = PdfReader(BytesIO(await tab.pdf(prefer_css_page_size=True)))

    assert size == "18px"
    assert wide <= _PAPER
    assert cut == []
    # Chromium writes some characters of a Chinese font as their radicals: most of the heading is found as it is.
    paper = normalize("NFKC", "".join(sheet.extract_text() for sheet in printed.pages))
    assert sum(letter in paper for letter in words) >= len(words) * 0.7
