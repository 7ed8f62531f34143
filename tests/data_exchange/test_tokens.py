"""A partner's system asks for a token, which is bound to its key and to what was agreed."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from common.values.ids import ApplicationId
from tests.data_exchange.partners import (
    HOST,
    WITH_KEY,
    System,
    a_purpose,
    a_system_with_key,
    a_token,
    an_agreement,
    ask_token,
    assertion,
    details_of,
    done,
    head,
    officer,
    proof,
    seconds,
)
from tests.world import World

pytestmark = WITH_KEY
PATH = "/v1/exchanges"


async def test_a_system_gets_a_token_for_five_minutes_that_its_key_alone_can_use(world: World) -> None:
    system = await a_system_with_key(world)
    agreement = await an_agreement(world, system)
    purpose = await a_purpose(world, system, agreement)

    answer = await ask_token(
        world, system, form={"authorization_details": details_of(agreement, purpose, case_no="2026-1")}
    )

    body = answer.json()
    assert (answer.status_code, body["token_type"], body["expires_in"]) == (200, "DPoP", 300)
    assert body["authorization_details"][0]["purpose_id"] == purpose["purpose_id"]
    token = body["access_token"]
    stolen = proof(Ed25519PrivateKey.generate(), "GET", "/v1/me", token=token)
    as_bearer = await world.http.get("/v1/me", headers={"authorization": f"Bearer {token}"})
    by_a_thief = await world.http.get("/v1/me", headers={"authorization": f"DPoP {token}", "dpop": stolen})
    assert [as_bearer.json()["code"], by_a_thief.json()["code"]] == ["TOKEN_NOT_PROVEN", "DPOP_KEY_WRONG"]


async def test_every_fault_of_an_assertion_has_its_own_code(world: World) -> None:
    system = await a_system_with_key(world)
    nobody = str(ApplicationId.new(world.clock()))
    cases: dict[str, dict[str, Any]] = {
        "ASSERTION_ISSUER_WRONG": {"iss": nobody},
        "ASSERTION_SUBJECT_WRONG": {"sub": "somebody"},
        "ASSERTION_AUDIENCE_WRONG": {"aud": "https://elsewhere.example"},
        "ASSERTION_EXPIRY_MISSING": {"exp": None},
        "ASSERTION_EXPIRED": {"exp": seconds() - 61},
        "ASSERTION_TOO_LONG": {"exp": seconds() + 600},
        "ASSERTION_ID_MISSING": {"jti": None},
        "ASSERTION_KEY_UNKNOWN": {"kid": "k9"},
        "ASSERTION_ALGORITHM_WRONG": {"alg": "ES256"},
        "APPLICATION_UNKNOWN": {"iss": nobody, "sub": nobody},
        "ASSERTION_TYPE_WRONG": {"form": {"client_assertion_type": "jwt"}},
        "ASSERTION_UNREADABLE": {"form": {"client_assertion": "a.b"}},
        "ASSERTION_CLIENT_WRONG": {"form": {"client_id": nobody}},
        "GRANT_TYPE_WRONG": {"form": {"grant_type": "password"}},
        "DETAILS_UNREADABLE": {"form": {"authorization_details": "{}"}},
        "DETAILS_NOT_GRANTED": {
            "form": {"authorization_details": details_of({"agreement_id": "a"}, {"purpose_id": "p"})}
        },
        "DPOP_MISSING": {"dpop": ""},
        "ASSERTION_SIGNATURE_WRONG": {},
    }
    forged = System(system.application_id, 0, Ed25519PrivateKey.generate())

    given: dict[str, str] = {}
    for code, changes in cases.items():
        who = forged if code == "ASSERTION_SIGNATURE_WRONG" else system
        answer = await ask_token(world, who, **changes)
        body = answer.json()
        given[code] = body.get("code", body)
        assert {"error", "expected", "received", "server_time"} <= body.keys()

    assert given == {code: code for code in cases}


async def test_one_assertion_buys_one_token(world: World) -> None:
    system = await a_system_with_key(world)
    form = {"client_assertion": assertion(system)}

    answers = await asyncio.gather(*(ask_token(world, system, form=form) for _ in range(8)))

    assert sorted(answer.status_code for answer in answers) == [200] + [401] * 7
    assert {answer.json().get("code") for answer in answers} == {None, "ASSERTION_REPLAYED"}


FAULTY: dict[str, dict[str, Any]] = {
    "DPOP_UNREADABLE": {"whole": "a.b.c"},
    "DPOP_TYPE_WRONG": {"typ": "jwt"},
    "DPOP_KEY_UNUSABLE": {"jwk": {"kty": "oct", "k": "AA"}},
    "DPOP_ALGORITHM_WRONG": {"alg": "ES256"},
    "DPOP_METHOD_WRONG": {"htm": "POST"},
    "DPOP_ADDRESS_WRONG": {"htu": "https://elsewhere.example/v1/exchanges"},
    "DPOP_TIME_WRONG": {"iat": 1},
    "DPOP_TOKEN_WRONG": {"ath": "AAAA"},
    "DPOP_ID_MISSING": {"jti": None},
    "DPOP_MISSING": {"whole": ""},
    "DPOP_SIGNATURE_WRONG": {"broken": True},
    "TOKEN_UNKNOWN": {"token": "a.b.c"},
    "DPOP_REPLAYED": {"twice": True},
}


async def test_every_fault_of_a_proof_has_its_own_code_and_says_what_was_expected(world: World) -> None:
    system = await a_system_with_key(world)
    token = await a_token(world, system)

    given: dict[str, str] = {}
    for code, faulty in FAULTY.items():
        changes = {n: v for n, v in faulty.items() if n not in ("whole", "broken", "token", "twice")}
        shown = faulty.get("whole", proof(system.key, "GET", PATH, token=token, **changes))
        if faulty.get("broken"):
            other = proof(Ed25519PrivateKey.generate(), "GET", PATH, token=token)
            shown = ".".join([*shown.split(".")[:2], other.split(".")[2]])
        headers = {"authorization": f"DPoP {faulty.get('token', token)}"} | ({"dpop": shown} if shown else {})
        for _ in range(2 if faulty.get("twice") else 1):
            answer = await world.http.get(PATH, headers=headers)
        body = answer.json()
        given[code] = body["code"]
        assert {"header", "expected", "received", "server_time"} <= body["facts"].keys(), body
        assert answer.headers["mingzheng-error-source"] == "gateway"
        assert token not in answer.text

    assert given == {code: code for code in FAULTY}


@pytest.mark.parametrize("act", ["application", "partner"])
async def test_a_suspended_system_gets_no_token(world: World, act: str) -> None:
    system = await a_system_with_key(world)
    application = (await officer(world, 0).get(system.path)).json()
    path = {"application": system.path, "partner": f"/v1/partners/{application['partner_id']}"}[act]
    await done(head(world, HOST), f"{path}/suspension", {"reason": "安全事件"})

    answer = await ask_token(world, system)

    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
    assert answer.json()["code"] == "APPLICATION_SUSPENDED"
