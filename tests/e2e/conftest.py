"""A real Chromium before the whole platform, on a port of this machine. Skipped where there is none: run `./mz e2e`."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any, Final

import pytest

from gateway.identity.domain.sessions import How, SignIn
from mz.demo.picture import vehicle
from mz.demo.push import pushed
from tests.e2e.line import SIGN_IN, Line
from tests.e2e.pages import Page
from tests.gateway.browser import begun
from tests.given import ARCHIVED, IN_SERVICE
from tests.served import served
from tests.snapshots import Snapshots
from tests.world import World

FLAGS: Final = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
WAITING: Final = 4
"""Captures that wait for review in the world of the pages."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.parent.name == "e2e":
            item.add_marker(pytest.mark.slow)


@dataclass
class Seen:
    """A tab, and what its console and its policy complained about."""

    tab: Any
    complaints: list[str] = field(default_factory=list)


@dataclass
class Place:
    """A served world: `url` is its address, `names` what `{case}` and the like stand for in a path."""

    world: World
    url: str
    chromium: Any
    names: dict[str, str]
    line: Line

    @asynccontextmanager
    async def tab(
        self, role: str | None, *, nth: int = 0, lang: str = "zh", **options: Any
    ) -> AsyncIterator[Seen]:
        """A tab in a browser of its own, signed in as the `nth` person with `role`."""
        locale = {"zh": "zh-CN", "en": "en"}[lang]
        context = await self.chromium.new_context(locale=locale, **options)
        await context.add_cookies([{"name": "lang", "value": lang, "url": self.url}])
        tab = await context.new_page()
        seen = Seen(tab)
        if role is not None:
            await self.sign_in(tab, role, nth)
        tab.on("console", lambda line: _note(seen, line))
        tab.on("pageerror", lambda error: seen.complaints.append(str(error)))
        try:
            yield seen
        finally:
            await context.close()

    async def sign_in(self, tab: Any, role: str, nth: int = 0) -> None:
        """From here on the browser of `tab` is this person's, and has proven the key of its session."""
        await tab.goto(f"{self.url}{SIGN_IN}{await self.cookie(role, nth)}")
        await tab.goto(f"{self.url}/sign-in/key?next=%2Fsign-in%2Fdone")
        await tab.wait_for_url("**/sign-in/done")

    async def cookie(self, role: str, nth: int = 0) -> str:
        """The cookie of a new session of this person."""
        person = self.world.person(role, nth=nth)
        return await begun(self.world, SignIn(person.sub, How.OPENID, person.agency_id))  # type: ignore[arg-type]

    def path(self, page: Page) -> str:
        return page.path.format_map(self.names)

    async def push(self, count: int, *, message: Any = None) -> None:
        """`count` captures more of the world's camera, one every three minutes, checked and waiting for review."""
        device = self.names
        for _ in range(count):
            self.world.clock.advance(minutes=3)
            body = message(device["code"], self.world.clock()) if message else None
            told = body or vehicle(device["code"], self.world.clock())
            answers = await pushed(
                self.world.http,
                {"account": device["account"], "password": device["password"], "device_code": device["code"]},
                told,
            )
            assert all(answer.is_success for answer in answers.values())
        await self.world.settle()


def _note(seen: Seen, line: Any) -> None:
    if line.type == "error" or "Content Security Policy" in line.text:
        seen.complaints.append(line.text)


@pytest.fixture(scope="session")
async def chromium() -> AsyncIterator[Any]:
    """The browser. Skips where `./mz e2e` has not said which one, or Playwright is not there."""
    playwright = pytest.importorskip("playwright.async_api", reason="only ./mz e2e installs Playwright")
    path = os.environ.get("MZ_CHROMIUM")
    if not path:
        pytest.skip("./mz e2e says which Chromium to play")
    async with playwright.async_playwright() as playing:
        browser = await playing.chromium.launch(executable_path=path, args=FLAGS)
        try:
            yield browser
        finally:
            await browser.close()


def look_for(site: Place, ms: int) -> None:
    """From now on each picture of a capture is looked at for `ms` milliseconds before it is accepted."""
    profile = site.world.runtimes["evidence"].profile
    site.world.adopt(evidence=replace(profile.evidence, view_ms_per_picture=ms))


@asynccontextmanager
async def place_at(snapshots: Snapshots, chromium: Any, begins: str) -> AsyncIterator[Place]:
    """A served world that begins at a place of the story."""
    async with snapshots.world(begins) as world:
        line = Line(world.app)
        async with served(world, front=line) as port:
            yield _place(world, line, port, chromium)


def _place(world: World, line: Line, port: int, chromium: Any) -> Place:
    watching = world.ready[IN_SERVICE]
    names = {"device": watching.id, "code": watching.code, "account": watching.account}
    names |= {"password": watching.password, "entry": "7", "case": str(world.ready.get(ARCHIVED, ""))}
    return Place(world, f"http://127.0.0.1:{port}", chromium, names, line)


@pytest.fixture(scope="module")
async def site(snapshots: Snapshots, chromium: Any) -> AsyncIterator[Place]:
    """The world of the pages: a case from its beginning to the archive, and captures that wait for review."""
    async with place_at(snapshots, chromium, IN_SERVICE) as site:
        await site.push(WAITING)
        yield site
