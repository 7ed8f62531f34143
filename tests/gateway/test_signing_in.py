"""Signing in at the OpenID provider: code, PKCE, state, nonce, issuer; each attempt once, for its own browser."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest

from gateway.identity.issuer.browsers import COOKIE
from gateway.identity.issuer.signingin import COOKIE as ATTEMPT
from tests.gateway.browser import Browser
from tests.world import BASE_URL, World


async def chosen(browser: Browser, sub: str, start: str = "/sign-in") -> str:
    """The address with which the demo's provider sends the browser back, once `sub` was clicked."""
    await browser.open(start)
    answer = await browser.submit("/sign-in/people", sub=sub)
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"]).removeprefix(BASE_URL)


async def signed_in(browser: Browser, sub: str, start: str = "/sign-in") -> httpx.Response:
    """The answer to a browser that comes back from the provider."""
    return await browser.request("GET", await chosen(browser, sub, start))


async def me(browser: Browser) -> Any:
    return (await browser.request("GET", "/v1/me")).json()


async def test_somebody_signs_in_by_a_click_and_goes_on_to_the_page_they_wanted(world: World) -> None:
    browser = Browser(world)
    officer = world.person("CASE_OFFICER")
    page = await browser.open("/sign-in?next=/console/cases?state=FILED")
    assert officer.name in page
    answer = await signed_in(browser, officer.sub, "/sign-in?next=/console/cases?state=FILED")

    assert (answer.status_code, answer.headers["location"]) == (303, "/console/cases?state=FILED")
    assert (await me(browser))["sub"] == officer.sub
    assert (await me(browser))["login"] == "OPENID"
    cookie = answer.headers.get_list("set-cookie")[0]
    assert all(word in cookie for word in ("__Host-", "HttpOnly", "Secure", "SameSite=lax", "Path=/"))


async def test_a_party_with_an_account_signs_in_in_the_same_way(world: World) -> None:
    browser = Browser(world)

    answer = await signed_in(browser, world.person("PARTY").sub)

    assert answer.headers["location"] == "/portal"
    assert (await me(browser))["roles"] == ["PARTY"]


@pytest.mark.parametrize(
    "next_",
    [
        "https://evil.example/",
        "//evil.example/console",
        "/\\evil.example",
        "/console/../../evil",
        "/sign-in/out",
        "/v1/me",
        "javascript:alert(1)",
        "/console%0d%0aset-cookie:%20a=b",
        "/consoles",
    ],
)
async def test_nobody_is_sent_on_to_anywhere_but_a_page_here(world: World, next_: str) -> None:
    browser = Browser(world)
    start = str(httpx.URL("/sign-in", params={"next": next_}))

    answer = await signed_in(browser, world.person("CASE_OFFICER").sub, start)

    assert answer.headers["location"] == "/console"


async def _tampered(world: World, change: Mapping[str, str | None]) -> httpx.Response:
    browser = Browser(world)
    back = await chosen(browser, world.person("CASE_OFFICER").sub)
    query = dict(parse_qsl(urlsplit(back).query)) | change
    params = {name: value for name, value in query.items() if value is not None}
    return await browser.request("GET", "/sign-in/callback", params=params)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"state": "0" * 43}, "不是在本浏览器中开始的"),
        ({"state": None}, "不是在本浏览器中开始的"),
        ({"iss": "https://other.example"}, "没有通过检查"),
        ({"iss": None}, "没有通过检查"),
        ({"code": "0" * 43}, "没有通过检查"),
        ({"code": None}, "没有同意这次登录"),
        ({"error": "access_denied"}, "没有同意这次登录"),
    ],
)
async def test_a_changed_answer_of_the_provider_signs_nobody_in(
    world: World, change: dict[str, str | None], words: str
) -> None:
    answer = await _tampered(world, change)

    assert answer.status_code == 400
    assert words in answer.text
    assert COOKIE not in answer.cookies


async def test_an_answer_is_good_once_and_in_the_browser_that_began(world: World) -> None:
    thief, browser = Browser(world), Browser(world)
    back = await chosen(browser, world.person("CASE_OFFICER").sub)

    stolen = await thief.request("GET", back)
    first = await browser.request("GET", back)
    attempt = browser.cookies[ATTEMPT] = first.request.headers["cookie"].partition("=")[2]
    again = await browser.request("GET", back)

    assert len(attempt) == 43
    assert [answer.status_code for answer in (stolen, first, again)] == [400, 303, 400]


async def test_the_address_back_of_one_attempt_is_worth_nothing_in_another(world: World) -> None:
    first, second = Browser(world), Browser(world)
    backs = [await chosen(browser, world.person("CASE_OFFICER").sub) for browser in (first, second)]

    answers = [await one.request("GET", back) for one, back in zip((second, first), backs, strict=True)]

    assert [answer.status_code for answer in answers] == [400, 400]


async def test_who_is_nobody_here_is_told_so_and_gets_no_session(world: World) -> None:
    browser = Browser(world)

    answer = await signed_in(browser, "officer:off_01jd0000000000000000000000")

    assert answer.status_code == 403
    assert "没有在本平台登记" in answer.text
    assert COOKIE not in browser.cookies


async def test_a_new_sign_in_ends_the_old_session_and_keeps_the_word_of_waiting_forms(world: World) -> None:
    browser = Browser(world)
    officer, other = world.person("CASE_OFFICER"), world.person("TEAM_LEAD")
    await signed_in(browser, officer.sub)
    old, proof = browser.cookies[COOKIE], browser.proof

    await signed_in(browser, officer.sub)
    same = browser.proof
    await signed_in(browser, other.sub)

    assert (same == proof, browser.proof == proof) == (True, False)
    assert (await Browser(world, old).request("GET", "/v1/me")).status_code == 401
    assert (await me(browser))["sub"] == other.sub


async def test_a_planted_cookie_becomes_nobodys_session(world: World) -> None:
    planted = "ses_01jd0000000000000000000000." + "a" * 43 + "." + "b" * 43
    browser = Browser(world, planted)
    browser.cookies[ATTEMPT] = "c" * 43

    await signed_in(browser, world.person("CASE_OFFICER").sub)

    assert browser.cookies[COOKIE].partition(".")[2] != planted.partition(".")[2]
    assert "b" * 43 not in browser.cookies[COOKIE]


async def test_the_demo_s_page_sends_nobody_elsewhere(world: World) -> None:
    asked = {
        "client_id": "mingzheng", "response_type": "code", "scope": "openid", "state": "s", "nonce": "n",
        "code_challenge": "c" * 43, "code_challenge_method": "S256",
    }  # fmt: skip
    statuses = [
        (await world.http.get("/sign-in/people", params=asked | change)).status_code
        for change in (
            {"redirect_uri": "https://evil.example/"},
            {"redirect_uri": BASE_URL + "/sign-in/callback", "code_challenge_method": "plain"},
            {"redirect_uri": BASE_URL + "/sign-in/callback"},
        )
    ]

    assert statuses == [400, 400, 200]
