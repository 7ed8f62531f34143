"""A party signs in on a page with the query code of its document: without scripts, counted with the tries of phones."""

from __future__ import annotations

import html

import pytest

from common.values.querycodes import new_code
from gateway.identity.issuer.browsers import COOKIE
from tests.case.story import OPENED
from tests.gateway.browser import Browser
from tests.gateway.test_party_sessions import TAIL, code_of, prompted
from tests.gateway.test_signing_in import me
from tests.world import World

_PAGE = "/sign-in/code"


@pytest.mark.begins(OPENED)
async def test_a_code_and_its_second_item_open_the_one_case(world: World) -> None:
    story = await prompted(world)
    code = await code_of(world, story)
    browser = Browser(world)
    page = await browser.open(f"{_PAGE}?next=/portal/notice")
    mistyped = await browser.submit(_PAGE, code=code[:-1] + "*", factor=TAIL)
    wrong = await browser.submit(_PAGE, code=code, factor="000000")
    empty = await browser.submit(_PAGE, code=code, factor="")

    came = await browser.submit(_PAGE, code=code.lower(), factor=TAIL)

    assert "<script" not in page
    assert [answer.status_code for answer in (mistyped, wrong, empty)] == [422, 404, 422]
    assert html.escape(code) in wrong.text  # what was typed stays
    assert (came.status_code, came.headers["location"]) == (303, "/portal/notice")
    who = await me(browser)
    assert (who["login"], who["case_id"], who["name"]) == ("QUERY_CODE", story.case_id, "")
    assert (await browser.request("GET", story.path)).status_code == 200


async def test_a_code_that_does_not_exist_is_answered_like_a_wrong_item_and_locks_like_one(
    world: World,
) -> None:
    browser = Browser(world)
    await browser.open(_PAGE)
    code = new_code()
    answers = [await browser.submit(_PAGE, code=code, factor=TAIL) for _ in range(6)]

    assert [answer.status_code for answer in answers] == [404] * 5 + [429]
    assert answers[-1].headers["retry-after"]
    assert COOKIE not in browser.cookies


async def test_another_site_signs_nobody_in(world: World) -> None:
    browser = Browser(world)
    fields = {"code": "K7P2-9XQM-4T3V-8RW3", "factor": TAIL}

    answers = [
        await browser.request("POST", _PAGE, data=fields, headers=headers)
        for headers in ({}, {"sec-fetch-site": "cross-site"}, {"origin": "https://evil.example"})
    ]

    assert [(answer.status_code, "PAGE_NOT_PROVEN" in answer.text) for answer in answers] == [(403, True)] * 3
    assert COOKIE not in browser.cookies
