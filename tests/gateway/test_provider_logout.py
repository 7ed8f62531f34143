"""The provider ends its session, and what began in it ends here (OpenID Connect Back-Channel Logout 1.0)."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Any

import httpx

from common.calls.tokens import TokenKey, mint
from gateway.identity.domain.sessions import How, SignIn
from gateway.identity.issuer.browsers import Asserted
from gateway.identity.issuer.idtokens import LOGOUT_EVENT
from gateway.identity.runtime import ISSUER_KEY
from ledger.clock import real_time
from tests.gateway.browser import Browser, begun
from tests.world import BASE_URL, World

_PATH = "/oauth2/backchannel-logout"


def _token(world: World, **change: Any) -> str:
    now = int(real_time().timestamp())
    claims = {
        "iss": BASE_URL, "aud": "mingzheng", "iat": now, "exp": now + 60, "jti": secrets.token_urlsafe(16),
        "events": {LOGOUT_EVENT: {}},
    }  # fmt: skip
    key = TokenKey.load(world.installation.d.keys / "gateway" / ISSUER_KEY)
    return mint(key, "logout+jwt", claims | change)


async def _said(world: World, token: str) -> httpx.Response:
    answer = await world.http.post(_PATH, data={"logout_token": token})
    assert answer.headers["cache-control"] == "no-store"
    return answer


async def _browser(world: World, role: str, sid: str | None) -> Browser:
    person = world.person(role)
    who = SignIn(person.sub, How.OPENID, person.agency_id)  # type: ignore[arg-type]
    return Browser(world, await begun(world, who, Asserted(timedelta(), sid)))


async def test_the_provider_ends_a_session_or_all_of_a_person(world: World) -> None:
    browsers = [
        await _browser(world, role, sid)
        for role, sid in (("CASE_OFFICER", "one"), ("CASE_OFFICER", "two"), ("TEAM_LEAD", "three"))
    ]
    sub = world.person("CASE_OFFICER").sub
    statuses = []
    for change in ({"sid": "one"}, {"sid": "three", "sub": sub}, {"sub": sub}):
        answer = await _said(world, _token(world, **change))
        after = [(await browser.request("GET", "/v1/me")).status_code for browser in browsers]
        statuses.append((answer.status_code, *after))

    assert statuses == [(200, 401, 200, 200), (200, 401, 200, 200), (200, 401, 401, 200)]
    assert (await world.record_types("gateway", "session/%")).count("session.ended") == 2


async def test_a_logout_token_counts_once_and_an_unsound_one_not_at_all(world: World) -> None:
    browser = await _browser(world, "CASE_OFFICER", "one")
    good = _token(world, sid="another")

    answers = [
        await _said(world, token)
        for token in (
            good,
            good,
            _token(world, sid="one", nonce="n"),
            _token(world, sid="one", aud="x"),
            "",
            "a.b.c",
        )
    ]

    assert [answer.status_code for answer in answers] == [200, 400, 400, 400, 400, 400]
    assert {answer.json()["error"] for answer in answers[1:]} == {"invalid_request"}
    assert (await browser.request("GET", "/v1/me")).status_code == 200
