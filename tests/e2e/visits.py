"""Visits to the listed pages. Each person keeps one browser, so that signing in is done once and not for every page."""

from __future__ import annotations

from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any, Final, Self

from gateway.identity.issuer.browsers import COOKIE
from tests.e2e import worlds
from tests.e2e.conftest import Place, place_at
from tests.e2e.pages import DECIDED, ENDED, Page
from tests.snapshots import Snapshots

WAITING: Final = 4
"""Captures that wait for review in the world of the pages."""
_LOADING: Final = "Failed to load resource"
_KEY: Final = "/sign-in/key"


@dataclass
class Visit:
    """A tab that shows a page: the `status` of its answer, and what the browser complained about."""

    tab: Any
    status: int = 0
    complaints: list[str] = field(default_factory=list)


class Visits:
    """The worlds of the pages, each begun when the first page of it is asked for, and the browsers of their people."""

    def __init__(self, snapshots: Snapshots, chromium: Any) -> None:
        self._snapshots, self._chromium = snapshots, chromium
        self._stack = AsyncExitStack()
        self._places: dict[str, Place] = {}
        self._browsers: dict[tuple[str, str | None, int], Any] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *ended: object) -> None:
        await self._stack.aclose()

    async def place(self, begins: str) -> Place:
        """The furnished world that began there."""
        if begins not in self._places:
            place = await self._stack.enter_async_context(place_at(self._snapshots, self._chromium, begins))
            place.names |= await worlds.furnished(place.world, begins)
            if begins == DECIDED:
                await place.push(WAITING)
            self._places[begins] = place
        return self._places[begins]

    async def to(self, page: Page, *, lang: str = "zh", width: int = 1280, height: int = 800) -> Visit:
        """`page` in a window of this size, its steps done and its scripts begun. The tab before it is closed."""
        place = await self.place(page.begins)
        context = await self._browser(place, page)
        await context.add_cookies([{"name": "lang", "value": lang, "url": place.url}])
        visit = Visit(await context.new_page())
        for before in context.pages[:-1]:
            await before.close()
        await visit.tab.set_viewport_size({"width": width, "height": height})
        visit.tab.on("console", lambda line: _note(visit, line.text, line.type))
        visit.tab.on("pageerror", lambda error: _note(visit, str(error), "error"))
        if page.blocked:
            await visit.tab.route(page.blocked, lambda route: route.abort())
        visit.status = await _opened(visit.tab, place.url + place.path(page), is_key=bool(page.blocked))
        for selector, value in page.steps:
            await _step(visit, selector, value)
        await visit.tab.wait_for_selector(page.shows, state="attached")
        if page.status >= 400 or page.blocked:
            visit.complaints = [each for each in visit.complaints if _LOADING not in each]
        return visit

    async def _browser(self, place: Place, page: Page) -> Any:
        who = (page.begins, page.role, page.nth)
        if who in self._browsers and (ENDED, "") not in page.steps:
            return self._browsers[who]
        context = await self._chromium.new_context(locale="zh-CN", color_scheme="light")
        self._stack.push_async_callback(context.close)
        if page.role is not None:
            tab = await context.new_page()
            await place.sign_in(tab, page.role, page.nth)
            if page.role != "PARTY" and not page.blocked:
                await _opened(tab, f"{place.url}/console/purpose")
                await tab.click("main [name=purpose]")
                async with tab.expect_navigation():
                    await tab.click("main form button")
        if (ENDED, "") not in page.steps:
            self._browsers[who] = context
        return context


async def _opened(tab: Any, url: str, *, is_key: bool = False) -> int:
    """Open `url`; the status of the answer. An officer's browser may have to prove its key first, and goes on."""
    answer = await tab.goto(url)
    if not is_key and _KEY in answer.url:
        await tab.wait_for_url(lambda url: _KEY not in url)
        answer = await tab.goto(url)
    return int(answer.status)


async def _step(visit: Visit, selector: str, value: str) -> None:
    tab = visit.tab
    if selector == ENDED:
        # DevTools may delete what it cannot set.
        await tab.context.clear_cookies(name=COOKIE)
    elif value.startswith("file:"):
        content = getattr(worlds, value.removeprefix("file:")).encode()
        await tab.set_input_files(selector, {"name": "清单.csv", "mimeType": "text/csv", "buffer": content})
    elif value:
        await tab.fill(selector, value)
    elif "button" in selector:
        async with tab.expect_navigation() as coming:
            await tab.click(f"{selector} >> nth=-1")
        visit.status = int((await coming.value).status)
    else:
        await tab.click(f"{selector} >> nth=0")


def _note(visit: Visit, words: str, kind: str) -> None:
    if kind == "error" or "Content Security Policy" in words:
        visit.complaints.append(words)
