"""Sessions of phones: short access, a refresh token that buys once, the key of the device, and an end that holds."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from jose import jws

from common.calls.tokens import TokenKey, mint
from gateway.identity.domain.clients import ClientId
from gateway.identity.jobs import revoke_client
from gateway.identity.runtime import ISSUER_KEY
from tests.data_exchange.partners import proof
from tests.phone import Phone
from tests.world import World

EXPIRED = 'error_description="The access token was revoked."'


async def test_a_phone_signs_in_goes_on_and_signs_out(world: World) -> None:
    phone = Phone(world)

    first = await phone.sign_in()
    me = await phone.get("/v1/me")
    second = (await phone.refresh()).json()
    listed = (await phone.get("/v1/me/sessions")).json()["items"]
    old = phone.tokens
    ended = await phone.post(f"/v1/me/sessions/{phone.session_id}/end", json={})

    assert (first["token_type"], me.status_code, me.json()["sub"]) == ("DPoP", 200, world.person("PARTY").sub)
    assert first["expires_in"] <= 600
    assert first["refresh_expires_in"] == 30 * 86_400
    assert second["refresh_token"] != first["refresh_token"]
    assert [(one["session_id"], one["is_current"]) for one in listed] == [(phone.session_id, True)]
    assert (ended.status_code, ended.json()["ended_at"] is not None) == (201, True)
    after = await phone.get("/v1/me")
    assert (after.status_code, after.json()["code"]) == (401, "TOKEN_REVOKED")
    assert EXPIRED in after.headers["www-authenticate"]
    assert 'error="invalid_token"' in after.headers["www-authenticate"]
    gone = await phone.refresh(old["refresh_token"])
    assert (gone.status_code, gone.json()["error"]) == (400, "invalid_grant")
    types = await world.record_types("gateway", f"session/{phone.session_id}")
    assert types == ["session.begun", "session.ended"]
    await nothing_kept(world, first, second)


async def nothing_kept(world: World, *answers: dict[str, Any]) -> None:
    """No token of `answers` lies in the database, in a record or in a sealed answer that the database can open."""
    async with world.database("gateway") as rows:
        kept = [
            str(dict(row))
            for table in ("outbox", "sessions", "session_tickets", "idempotency")
            for row in await rows.fetch(f"SELECT * FROM {table}")  # noqa: S608
        ]
        notes = [bytes(row["note"]).decode() for row in await rows.fetch("SELECT note FROM outbox")]
    for answer in answers:
        secret = answer["refresh_token"].partition(".")[2]
        assert not [text for text in kept + notes if secret in text or answer["access_token"] in text]


async def test_a_refresh_token_that_was_spent_ends_the_session(world: World) -> None:
    phone, other = Phone(world), Phone(world)
    spent = (await phone.sign_in())["refresh_token"]
    await other.sign_in()
    await phone.refresh()
    again = await phone.refresh(spent)  # the answer was lost: the same one
    assert again.status_code == 200
    assert (await phone.get("/v1/me")).status_code == 200

    world.clock.advance(seconds=21)
    reused = await phone.refresh(spent)

    assert (reused.status_code, reused.json()["error"]) == (400, "invalid_grant")
    assert (await phone.get("/v1/me")).status_code == 401
    assert (await phone.refresh()).json()["error"] == "invalid_grant"
    assert (await other.get("/v1/me")).status_code == 200  # a family is one device's
    types = await world.record_types("gateway", f"session/{phone.session_id}")
    assert types == ["session.begun", "session.refresh_reused", "session.ended"]

    oldest = other.tokens["refresh_token"]
    await other.refresh()
    await other.refresh()
    assert (await other.refresh(oldest)).json()["error"] == "invalid_grant"  # spent before the one spent last
    assert (await other.get("/v1/me")).status_code == 401


async def test_a_stolen_refresh_token_buys_nothing_and_is_noticed(world: World) -> None:
    phone, thief = Phone(world), Phone(world)
    await phone.sign_in()
    guess = phone.session_id + "." + "A" * 43
    assert (await thief.refresh(guess)).json()["error"] == "invalid_grant"
    assert (await phone.get("/v1/me")).status_code == 200  # nobody signs another out by a guess
    for token in ("", "x", "ses_7" + "0" * 25 + "." + "A" * 43):
        form = {"grant_type": "refresh_token", "refresh_token": token}
        assert (await thief.ask(form)).json()["error"] == "invalid_grant"
        unproven = await world.http.post("/oauth2/token", data=form)
        assert (unproven.status_code, unproven.json()["error"]) == (400, "invalid_dpop_proof")

    stolen = await thief.refresh(phone.tokens["refresh_token"])

    assert (stolen.status_code, stolen.json()["error"]) == (400, "invalid_grant")
    assert (await phone.get("/v1/me")).status_code == 401
    async with world.database("gateway") as rows:
        note = await rows.fetchval("SELECT note FROM outbox WHERE type = 'session.refresh_reused'")
    assert b'"same_key":false' in bytes(note)


async def test_eight_at_once_with_one_refresh_token_get_one_answer(world: World) -> None:
    phone = Phone(world)
    token = (await phone.sign_in())["refresh_token"]

    answers = await asyncio.gather(*(phone.refresh(token) for _ in range(8)))

    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json()["refresh_token"] for answer in answers}) == 1
    assert len({answer.json()["access_token"] for answer in answers}) == 1


async def test_a_session_ends_without_use_and_at_its_last_day(world: World) -> None:
    idle, busy = Phone(world), Phone(world)
    await idle.sign_in()
    await busy.sign_in()

    for _ in range(3):
        world.clock.advance(days=29)
        assert (await busy.refresh()).status_code == 200
    assert (
        3 * 86_400 - 60 < busy.tokens["refresh_expires_in"] <= 3 * 86_400
    )  # the last day comes before the idle time is over
    assert (await idle.refresh()).json()["error"] == "invalid_grant"
    world.clock.advance(days=3)

    assert (await busy.refresh()).json()["error"] == "invalid_grant"
    assert (await busy.get("/v1/me/sessions")).json()["items"] == []


def aged(world: World, token: str) -> str:
    """`token` as it was ten minutes ago."""
    claims = json.loads(jws.get_unverified_claims(token))
    past = {name: claims[name] - 600 for name in ("iat", "exp")}
    key = TokenKey.load(world.installation.d.keys / "gateway" / ISSUER_KEY)
    return mint(key, "at+jwt", claims | past)


async def test_a_bound_token_needs_the_key_and_nobody_ends_anothers_session(world: World) -> None:
    phone, officer, thief = Phone(world), Phone(world), Phone(world)
    await phone.sign_in()
    await officer.sign_in("CASE_OFFICER")
    token = phone.tokens["access_token"]
    thief.tokens = phone.tokens

    as_bearer = await world.http.get("/v1/me", headers={"authorization": f"Bearer {token}"})
    unproven = await world.http.get("/v1/me", headers={"authorization": f"DPoP {token}"})
    stolen = await thief.get("/v1/me")
    elsewhere = proof(phone.key, "GET", "/v1/me/sessions", token=token)
    moved = await phone.get("/v1/me", headers={"dpop": elsewhere})

    nothing = await world.anonymous.get("/v1/me")
    phone.tokens = phone.tokens | {"access_token": aged(world, token)}
    expired = await phone.get("/v1/me")
    phone.tokens = thief.tokens

    answers = (as_bearer, unproven, stolen, moved, expired)
    assert [answer.status_code for answer in answers] == [401] * 5
    codes = [answer.json()["code"] for answer in answers]
    assert codes == [
        "TOKEN_NOT_PROVEN",
        "DPOP_MISSING",
        "DPOP_KEY_WRONG",
        "DPOP_ADDRESS_WRONG",
        "TOKEN_EXPIRED",
    ]
    assert nothing.headers["www-authenticate"] == 'Bearer realm="mingzheng"'
    assert expired.headers["www-authenticate"] == (
        'DPoP error="invalid_token", error_description="The access token has expired.", algs="ES256 EdDSA PS512"'
    )
    for stranger in (officer, world.person("SUPERVISOR")):
        other = await stranger.post(f"/v1/me/sessions/{phone.session_id}/end", json={})
        assert (other.status_code, other.json()["code"]) == (404, "NOT_FOUND")
    assert (await phone.get("/v1/me")).status_code == 200
    assert len((await officer.get("/v1/me/sessions")).json()["items"]) == 1


async def test_the_end_of_a_client_ends_its_sessions(world: World) -> None:
    phone = Phone(world)
    await phone.sign_in()
    async with world.database("gateway") as rows:
        client_id = await rows.fetchval("SELECT client_id FROM sessions")

    await revoke_client(world.runtimes["gateway"].db, ClientId(client_id))
    world.runtimes["gateway"].people.stale()

    assert (await phone.get("/v1/me")).json()["code"] == "TOKEN_REVOKED"
    assert (await phone.refresh()).json()["error"] == "invalid_grant"
    assert await world.record_types("gateway", f"session/{phone.session_id}") == [
        "session.begun",
        "session.ended",
    ]
