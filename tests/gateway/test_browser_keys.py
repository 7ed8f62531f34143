"""An officer's session is bound to a key of the browser that began it: a copied cookie is worth nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from gateway.identity.domain.sessions import How, SignIn
from gateway.identity.issuer.browserkeys import COOKIE as PROOF
from gateway.identity.issuer.browsers import COOKIE
from tests.gateway.browser import Browser, begun
from tests.world import World


async def _officer(world: World) -> Browser:
    """An officer's browser that has bound its session."""
    browser = await Browser.of(world, "CASE_OFFICER")
    assert (await browser.request("GET", "/v1/me")).status_code == 200
    browser.is_keeping_key = False
    browser._proven_at = None
    return browser


def _copied(browser: Browser, *names: str) -> Browser:
    thief = Browser(browser.world)
    thief.cookies = {name: browser.cookies[name] for name in names}
    return thief


async def test_a_stolen_cookie_without_its_key_is_refused_everywhere(world: World) -> None:
    browser = await _officer(world)
    thief = _copied(browser, COOKIE)

    api, page = [await thief.request("GET", path) for path in ("/v1/me", "/console")]
    bound = await thief.prove()
    form = await thief.request(
        "POST",
        "/portal/consent",
        data={"page": thief.proof, "words": "我写的"},
        headers={"sec-fetch-site": "same-origin"},
    )

    assert (api.status_code, api.json()["code"]) == (401, "BROWSER_NOT_PROVEN")
    assert (page.status_code, page.headers["location"]) == (303, "/sign-in/key?next=%2Fconsole")
    assert bound is False
    # Its owner, whose script was late, would find what was typed here, and the script that proves the key.
    assert (form.status_code, "我写的" in form.text, "/key.js" in form.text) == (401, True, True)
    assert (await browser.request("GET", "/v1/me")).status_code == 200


async def test_a_thief_of_both_cookies_is_out_within_five_minutes_and_the_owner_goes_on(world: World) -> None:
    browser = await _officer(world)
    thief = _copied(browser, COOKIE, PROOF)
    statuses = []
    for seconds in (1, 270, 60):
        world.clock.advance(seconds=seconds)
        statuses.append((await thief.request("GET", "/v1/me")).status_code)

    assert statuses == [200, 200, 401]
    assert (await browser.request("GET", "/v1/me")).status_code == 401
    assert await browser.prove() is True
    assert (await browser.request("GET", "/v1/me")).status_code == 200


@pytest.mark.parametrize(
    "change",
    [
        lambda answer: answer | {"challenge": "99999999999." + "a" * 43},
        lambda answer: answer | {"signature": "a" * 86},
        lambda answer: answer | {"signature": None},
        lambda answer: answer | {"jwk": {"kty": "EC", "crv": "P-256", "x": "a" * 43, "y": "b" * 43}},
        lambda answer: answer | {"jwk": {"kty": "OKP", "crv": "Ed25519", "x": "a" * 43}},
        lambda _: {},
    ],
)
async def test_an_answer_that_does_not_hold_binds_nothing(
    world: World, change: Callable[[dict[str, Any]], dict[str, Any]]
) -> None:
    person = world.person("CASE_OFFICER")
    who = SignIn(person.sub, How.OPENID, person.agency_id)  # type: ignore[arg-type]
    browser = Browser(world, await begun(world, who))
    sent: list[dict[str, Any]] = []
    send = browser._send

    async def sending(method: str, path: str, **options: Any) -> Any:
        if "json" in options:
            sent.append(options["json"])
            options["json"] = change(options["json"])
        return await send(method, path, **options)

    browser._send = sending  # type: ignore[method-assign]

    assert await browser.prove() is False
    assert len(sent) == 1
    browser._send = send  # type: ignore[method-assign]
    assert await browser.prove() is True


async def test_a_challenge_is_over_after_a_minute_and_is_of_one_session(world: World) -> None:
    browser, other = await _officer(world), await _officer(world)
    asked = (await browser.request("GET", "/sign-in/key/challenge")).json()
    world.clock.advance(seconds=61)
    send = browser._send

    async def late(method: str, path: str, **options: Any) -> Any:
        answer = await send(method, path, **options)
        if path.endswith("/challenge"):
            answer._content = str(asked).replace("'", '"').encode()
        return answer

    browser._send = late  # type: ignore[method-assign]
    assert await browser.prove() is False
    browser._send = send  # type: ignore[method-assign]
    browser.cookies[PROOF] = other.cookies[PROOF]
    assert (await browser.request("GET", "/v1/me")).status_code == 401


async def test_a_session_is_bound_once_and_a_party_needs_no_script(world: World) -> None:
    browser = await _officer(world)
    browser.key = ec.generate_private_key(ec.SECP256R1())
    party = await Browser.of(world, "PARTY")
    party.is_keeping_key = False

    assert await browser.prove() is False
    assert (await party.request("GET", "/v1/me")).status_code == 200
    assert PROOF not in party.cookies
