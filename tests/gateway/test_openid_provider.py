"""People sign in at another program's provider: oidc-provider of the JavaScript world, over the wire."""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Final
from urllib.parse import urljoin

import httpx
import pytest

from gateway.identity.issuer.provider import Provider
from gateway.identity.issuer.signingin import CALLBACK, SignIns
from tests.gateway.browser import Browser
from tests.gateway.test_signing_in import me
from tests.nodejs import installed
from tests.world import BASE_URL, World

PACKAGE: Final = "oidc-provider@9.13.3"
PROGRAM: Final = Path(__file__).with_name("javascript") / "provider.mjs"
TOO_LONG_S: Final = 60


@asynccontextmanager
async def _provider(secret: str) -> AsyncIterator[Provider]:
    folder = await installed("openid-provider", PACKAGE)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = await asyncio.create_subprocess_exec(
        "node", str(PROGRAM), str(folder), str(port), BASE_URL + CALLBACK,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    assert process.stdout is not None
    try:
        async with asyncio.timeout(TOO_LONG_S):
            while b"ready" not in (line := await process.stdout.readline()):
                assert line, "the provider did not start"
        yield Provider(f"http://127.0.0.1:{port}", "mingzheng", secret)
    finally:
        process.kill()
        await process.wait()


class _AtProvider:
    """Somebody at the provider's own pages, with the cookies that it gave."""

    def __init__(self) -> None:
        self.client = httpx.AsyncClient(trust_env=False)
        self.forms = 0

    async def come_back(self, address: str, sub: str) -> str:
        """Through log-in and consent; the address with which the provider sends the browser back."""
        for _ in range(12):
            answer = await self.client.get(address)
            while answer.is_success:
                action = re.findall(r'<form[^>]*action="([^"]+)"', answer.text)[0]
                prompt = re.findall(r'name="prompt" value="(\w+)"', answer.text)[0]
                fields = {"prompt": prompt, "login": sub, "password": "any"}
                self.forms += prompt == "login"
                answer = await self.client.post(urljoin(address, action), data=fields)
            address = urljoin(address, answer.headers["location"])
            if address.startswith(BASE_URL):
                return address.removeprefix(BASE_URL)
        raise AssertionError(address)


async def _attempted(browser: Browser, there: _AtProvider, sub: str, start: str) -> httpx.Response:
    begun = await browser.request("GET", start)
    return await browser.request("GET", await there.come_back(begun.headers["location"], sub))


@pytest.mark.slow
async def test_somebody_signs_in_at_a_provider_of_another_make(world: World) -> None:
    officer, browser, there = world.person("CASE_OFFICER"), Browser(world), _AtProvider()
    pages = vars(world.app.front)["_app"].pages
    async with _provider("known to both") as provider:
        pages.state.sign_ins = SignIns(provider, world.runtimes["gateway"].db, origin=BASE_URL)
        first = await _attempted(browser, there, officer.sub, "/sign-in?next=/console/today")
        known = await _attempted(browser, there, officer.sub, "/sign-in")
        asked = there.forms
        fresh = await _attempted(browser, there, officer.sub, "/sign-in?fresh=1")
        farewell = await pages.state.sign_ins.farewell()

        pages.state.sign_ins = SignIns(
            Provider(provider.issuer, "mingzheng", "another secret"),
            world.runtimes["gateway"].db,
            origin=BASE_URL,
        )
        wrong = await _attempted(Browser(world), there, officer.sub, "/sign-in")

    assert [answer.status_code for answer in (first, known, fresh, wrong)] == [303, 303, 303, 400]
    assert first.headers["location"] == "/console/today"
    # It knew who it was the second time, and asked all the same for a fresh sign-in.
    assert (asked, there.forms) == (1, 2)
    assert (await me(browser))["sub"] == officer.sub
    async with world.database("gateway") as rows:
        tickets = await rows.fetch(
            "SELECT provider_sid, authenticated_at FROM session_tickets ORDER BY used_at"
        )
    assert all(ticket["provider_sid"] for ticket in tickets)
    assert world.clock() - tickets[-1]["authenticated_at"] < timedelta(minutes=1)
    assert farewell.startswith(f"{provider.issuer}/session/end?client_id=mingzheng&")
