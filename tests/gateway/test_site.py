"""The site before the gateway: a browser's session, its cookie at the API, forms, files and refusals."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fastapi.routing import APIRoute

from common.values.refusals import Language
from gateway import web
from gateway.edge import edge
from gateway.web import assets, console, portal
from gateway.web.shell import law_of
from gateway.web.words import entries
from tests.gateway.browser import Browser
from tests.world import BASE_URL, World

_FOLDER = Path(web.__file__).parent


async def test_a_page_calls_the_api_as_the_person_whose_cookie_it_is(world: World) -> None:
    browser = await Browser.of(world, "CASE_OFFICER")

    me = (await browser.request("GET", "/v1/me")).json()

    officer = world.person("CASE_OFFICER")
    assert (me["sub"], me["login"], me["roles"]) == (officer.sub, "OPENID", ["CASE_OFFICER"])


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 403),
        ({"sec-fetch-site": "same-origin"}, 403),
        ({"sec-fetch-site": "cross-site", "mingzheng-page": "proof"}, 403),
        ({"sec-fetch-site": "same-origin", "mingzheng-page": "proof"}, 201),
        ({"origin": "http://127.0.0.1:8080", "mingzheng-page": "proof"}, 201),
        ({"origin": "http://127.0.0.1:8081", "mingzheng-page": "proof"}, 403),
        ({"origin": "http://127.0.0.1:8080", "mingzheng-page": "of another page"}, 403),
    ],
)
async def test_an_act_by_cookie_comes_from_a_page_of_ours(
    world: World, headers: dict[str, str], status: int
) -> None:
    browser = await Browser.of(world, "CASE_OFFICER")
    session = (await browser.request("GET", "/v1/me/sessions")).json()["items"][0]["session_id"]
    proven = {name: browser.proof if value == "proof" else value for name, value in headers.items()}

    answer = await browser.request(
        "POST", f"/v1/me/sessions/{session}/end", headers=proven | {"idempotency-key": "a" * 32}
    )

    assert answer.status_code == status
    if status == 403:
        assert answer.json()["code"] == "PAGE_NOT_PROVEN"


async def test_who_signed_out_is_nobody_with_the_old_cookie(world: World) -> None:
    browser = await Browser.of(world, "CASE_OFFICER")
    cookie = dict(browser.cookies)
    form = {"page": browser.proof}
    answer = await browser.request(
        "POST", "/sign-in/out", data=form, headers={"sec-fetch-site": "same-origin"}
    )

    browser.cookies = cookie
    me = await browser.request("GET", "/v1/me")

    assert (answer.status_code, me.status_code) == (303, 401)


async def test_a_session_without_use_ends_after_half_an_hour_and_any_after_eight(world: World) -> None:
    idle, busy = [await Browser.of(world, "CASE_OFFICER") for _ in range(2)]
    statuses: list[tuple[int, ...]] = []
    for minutes in (29, 29, *[29] * 15):
        world.clock.advance(minutes=minutes)
        answers = [await one.request("GET", "/v1/me") for one in ((idle, busy) if not statuses else (busy,))]
        statuses.append(tuple(answer.status_code for answer in answers))
    world.clock.advance(minutes=2)
    gone = await idle.request("GET", "/v1/me")

    assert statuses[0] == (200, 200)
    assert set(statuses[1:-1]) == {(200,)}
    assert (statuses[-1], gone.status_code) == ((401,), 401)


@pytest.mark.parametrize("cookie", ["", "ses_x", "ses_01jd0000000000000000000000." + "a" * 43, "a; b=c"])
async def test_a_cookie_that_is_none_of_ours_is_nobodys(world: World, cookie: str) -> None:
    browser = Browser(world, cookie)

    api, public = [await browser.request("GET", path) for path in ("/v1/me", "/v1/public/devices")]

    assert (api.status_code, public.status_code) == (401, 200)


async def test_a_form_from_an_earlier_session_loses_no_word(world: World) -> None:
    browser = await Browser.of(world, "CASE_OFFICER")
    old = browser.proof
    browser.cookies = (await Browser.of(world, "CASE_OFFICER")).cookies

    answer = await browser.request(
        "POST",
        "/sign-in/out",
        data={"page": old, "key": "k", "words": "<b>我的意见</b>"},
        headers={"sec-fetch-site": "same-origin"},
    )

    assert answer.status_code == 401
    assert "&lt;b&gt;我的意见&lt;/b&gt;" in answer.text
    assert "<b>我的意见" not in answer.text
    browser.page = answer.text
    assert (await browser.submit("/sign-in/out")).status_code == 303


def _forms_for_the_signed_in() -> list[str]:
    """The address of each form of portal and console, with made-up ids."""
    routes = [*portal.router.routes, *console.router.routes]
    return sorted(
        re.sub(r"{[^}]+}", "x", route.path)
        for route in routes
        if isinstance(route, APIRoute) and "POST" in (route.methods or ())
    )


async def test_no_form_loses_its_words_to_a_session_that_ended(world: World) -> None:
    stranger = Browser(world)
    own = {"sec-fetch-site": "same-origin"}
    for path in _forms_for_the_signed_in():
        typed = {"words": "我的意见", "kinds": ["D-14", "D-20"]}

        answer = await stranger.request("POST", path, data=typed, headers=own)

        assert answer.status_code == 401, path
        kept = re.findall(r'<textarea class="kept" name="(\w+)"[^>]*>([^<]*)<', answer.text)
        assert kept == [("words", "我的意见"), ("kinds", "D-14"), ("kinds", "D-20")], path
        assert ("/sign-in/code" in answer.text) is path.startswith("/portal"), path


async def test_an_answer_of_the_site_itself_is_a_page_too(world: World) -> None:
    browser = await Browser.of(world, "CASE_OFFICER")

    elsewhere = await browser.request("POST", "/sign-in/out", headers={"sec-fetch-site": "cross-site"})
    odd = await browser.request("GET", "/portal/cases/x%3Fa=b")
    strange = await browser.request(
        "POST", "/sign-in/out", headers={"mingzheng-page": "\xe9".encode("latin1")}
    )

    for answer, status in ((elsewhere, 403), (odd, 404), (strange, 403)):
        assert (answer.status_code, answer.headers["content-type"]) == (status, "text/html; charset=utf-8")


async def test_the_other_language_is_a_link_within_the_site(world: World) -> None:
    page = await world.http.get("/portal/devices?q=a&lang=zh", headers={"host": "elsewhere.example"})

    assert 'href="/portal/devices?q=a&amp;lang=en"' in page.text
    assert "elsewhere.example" not in page.text


async def test_a_page_from_elsewhere_sends_no_form(world: World) -> None:
    browser = await Browser.of(world, "CASE_OFFICER")
    data, headers = {"page": browser.proof}, {"sec-fetch-site": "cross-site"}

    answer = await browser.request("POST", "/sign-in/out", data=data, headers=headers)

    assert (answer.status_code, "PAGE_NOT_PROVEN" in answer.text) == (403, True)


async def test_assets_are_kept_by_their_digest_and_a_missing_page_says_so(world: World) -> None:
    sheet = await world.http.get(assets.asset("site.css"))
    old = await world.http.get("/assets/0000000000000000/site.css")
    missing = await world.http.get("/console/no-such-page")

    assert "immutable" in sheet.headers["cache-control"]
    assert old.headers["cache-control"] == "no-cache"
    assert (missing.status_code, "没有这个页面" in missing.text) == (404, True)
    for answer in (sheet, missing):
        policy = answer.headers["content-security-policy"]
        assert "'unsafe" not in policy
        assert "default-src 'none'" in policy


async def test_the_visitor_chooses_the_language_once(world: World) -> None:
    browser = Browser(world)
    first = await browser.request("GET", "/console/no-such-page?lang=en")
    second = await browser.request("GET", "/console/no-such-page")

    assert all('<html lang="en"' in answer.text for answer in (first, second))


def _said() -> dict[str, list[str]]:
    """Names that templates and modules say, with where."""
    found: dict[str, list[str]] = {}
    for file in sorted([*_FOLDER.rglob("*.html"), *_FOLDER.rglob("*.py")]):
        for name in re.findall(r"""say(?:_all)?\(\s*["']([a-z_.]+)["']""", file.read_text()):
            found.setdefault(name, []).append(file.name)
        for kind in re.findall(r"""(?:word\(\s*|vocabulary=)["']([a-z_]+)["']""", file.read_text()):
            found.setdefault(f"codes.{kind}.", []).append(file.name)
    return found


def test_every_word_exists_in_both_languages_and_is_said_somewhere() -> None:
    said = _said()
    prefixes = tuple(name for name in said if name.endswith("."))

    unknown = {name: where for name, where in said.items() if name not in entries() and name not in prefixes}
    unsaid = [name for name in entries() if name not in said and not name.startswith(prefixes or ("\0",))]
    halves = [name for name, words in entries().items() if set(words) != {"zh", "en"}]

    assert (unknown, unsaid, halves) == ({}, [], [])


def test_chinese_words_have_chinese_punctuation() -> None:
    wrong = {
        name: words["zh"] for name, words in entries().items() if re.search("[一-鿿][,;:!?()]", words["zh"])
    }

    assert wrong == {}


def _names(value: Any) -> set[str]:
    return set(re.findall(r"{(\w+)", value))


def test_both_languages_state_the_same_facts() -> None:
    assert [name for name, words in entries().items() if _names(words["zh"]) != _names(words["en"])] == []


@pytest.mark.parametrize(
    ("cited", "zh", "en"),
    [
        ("APL 45", "《中华人民共和国行政处罚法》第四十五条", "APL 45"),
        (
            "APL 42; APL 60",
            "《中华人民共和国行政处罚法》第四十二条、《中华人民共和国行政处罚法》第六十条",
            "APL 42; APL 60",
        ),
        ("set_by: profile", "本市规定", "set by the city"),
        (
            "APL 45; set_by: profile",
            "《中华人民共和国行政处罚法》第四十五条、本市规定",
            "APL 45; set by the city",
        ),
        ("a provision of later law", "a provision of later law", "a provision of later law"),
        (None, "", ""),
    ],
)
def test_a_provision_is_quoted_in_words(cited: str | None, zh: str, en: str) -> None:
    assert (law_of(cited, Language.ZH), law_of(cited, Language.EN)) == (zh, en)


@pytest.mark.parametrize("written", ["https://penalties.city.example", "https://penalties.city.example/"])
async def test_the_public_address_counts_with_and_without_its_last_slash(world: World, written: str) -> None:
    runtime = world.runtimes["gateway"]
    settings = runtime.settings.model_copy(update={"origin": written})

    own = edge(replace(runtime, settings=settings), issuer=BASE_URL, issuer_ring=None, per_minute=600)

    own.browsers.require_own_page(None, "", {b"origin": b"https://penalties.city.example"})
    assert own.partners.origin == "https://penalties.city.example"
