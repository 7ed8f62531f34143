"""The exchange inbox as officers work it: a request with its law and its period, and the receiver's acts by forms."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from common.values.refusals import Language
from gateway.identity.issuer.browsers import COOKIE
from gateway.web.shell import law_of
from tests.data_exchange.given import ASKED, ASKING, a_request, seen
from tests.data_exchange.packages import packed
from tests.gateway.browser import Browser
from tests.world import World


async def act(browser: Browser, exchange: dict[str, Any], name: str, /, **fields: object) -> httpx.Response:
    """The form of an act, opened and sent with `fields`; what it answers."""
    path = f"/console/exchange/{exchange['exchange_id']}/acts/{name}"
    await browser.open(path)
    return await browser.submit(path, **fields)


async def test_a_request_is_read_accepted_and_answered_on_its_page(world: World) -> None:
    exchange = await a_request(world)
    browser = await Browser.of(world, "EXCHANGE_OFFICER", ASKED)
    inbox = await browser.open("/console/exchange")
    shown = await browser.open(f"/console/exchange/{exchange['exchange_id']}")

    await browser.follow(await act(browser, exchange, "acknowledgement"))
    accepted = await browser.follow(await act(browser, exchange, "acceptance", note="三日内提供"))
    answered = await browser.follow(
        await act(browser, exchange, "deliverables", text="记录三页", is_whole="yes")
    )

    assert f'href="/console/exchange/{exchange["exchange_id"]}"' in inbox
    assert all(
        each in shown
        for each in ("第二十六条", "协助核查车辆停放情况", law_of(exchange["clocks"][0]["law"], Language.ZH))
    )
    assert "三日内提供" in accepted
    assert "记录三页" in answered
    assert (await seen(world, exchange))["state"] == "FULFILLED"


@pytest.mark.slow
async def test_a_request_is_refused_by_a_ground_of_the_closed_list(world: World) -> None:
    exchange = await a_request(world)
    browser = await Browser.of(world, "EXCHANGE_OFFICER", ASKED)

    groundless = await act(browser, exchange, "refusal", reason="没有该数据")
    refused = await act(browser, exchange, "refusal", code="R3", reason="没有该数据")

    assert groundless.status_code == 422
    assert "没有该数据" in groundless.text
    assert "已拒绝" in await browser.follow(refused)
    assert (await seen(world, exchange))["refusal_code"] == "R3"


async def test_a_form_without_the_proof_of_its_browser_keeps_what_was_typed(world: World) -> None:
    exchange = await a_request(world)
    browser = await Browser.of(world, "EXCHANGE_OFFICER", ASKED)
    path = f"/console/exchange/{exchange['exchange_id']}/acts/messages"
    await browser.open(path)
    unproven = Browser(world)
    unproven.cookies = {COOKIE: browser.cookies[COOKIE]}
    data = {"page": browser.proof, "key": "k" * 32, "text": "材料明日送到"}
    headers = {"sec-fetch-site": "same-origin"}

    kept = await unproven.request("POST", path, data=data, headers=headers)

    assert (kept.status_code, "材料明日送到" in kept.text) == (401, True)


@pytest.mark.slow
async def test_each_side_has_its_own_acts_and_a_stranger_no_page(world: World) -> None:
    exchange = await a_request(world)
    path = f"/console/exchange/{exchange['exchange_id']}"
    sender = await Browser.of(world, "EXCHANGE_OFFICER", ASKING)
    stranger = await Browser.of(world, "EXCHANGE_OFFICER", 2)

    own = await sender.open(path)
    other = await sender.request("GET", f"{path}/acts/acceptance")
    nobody = await stranger.request("GET", path)

    assert f"{path}/acts/withdrawal" in own
    assert f"{path}/acts/acceptance" not in own
    assert (other.status_code, nobody.status_code) == (404, 404)


@pytest.mark.slow
async def test_a_transfer_is_read_and_offers_no_form(world: World) -> None:
    transfer = await packed(world)
    path = f"/console/exchange/{transfer['exchange_id']}"
    sender = await Browser.of(world, "EXCHANGE_OFFICER", ASKING)

    shown = await sender.open(path)

    assert "案件移送" in shown
    assert f"{path}/acts/" not in shown
