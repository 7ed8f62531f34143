"""Who a caller is: tokens for secrets, roles by rule, people made once. Through HTTP on PostgreSQL."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import re
import stat
from dataclasses import replace
from typing import Any

import asyncpg
import httpx
import pytest

from common.calls.tokens import GATEWAY, SERVICE, AuthError, InternalVerifier, KeyRing, TokenKey, mint
from common.values.errors import Refusal
from common.values.ids import OfficerId
from gateway.edge import edge
from gateway.identity.domain.clients import ClientId
from gateway.identity.domain.officers import Role
from gateway.identity.issuer.tokens import Issuer
from gateway.identity.jobs import assign_role, revoke_client
from gateway.identity.runtime import EDGE_KEY, ISSUER_KEY
from gateway.identity.store.people import People
from gateway.seeding import seed_people
from mz.services import SERVICES
from tests.world import BASE_URL, World

GRANT = {"grant_type": "client_credentials"}


def secret_of(world: World, role: str) -> tuple[str, str]:
    demo = json.loads(world.installation.d.demo.read_text())
    person = next(p for p in demo["people"] if role in p["roles"])
    return person["client_id"], person["client_secret"]


async def ask(world: World, **options: Any) -> httpx.Response:
    return await world.http.post("/oauth2/token", **options)


async def test_a_caller_is_told_who_it_is(world: World) -> None:
    officer, party = world.person("CASE_OFFICER", agency=1), world.person("PARTY")

    one, other = (await officer.get("/v1/me")).json(), (await party.get("/v1/me")).json()

    assert (one["sub"], one["kind"], one["roles"]) == (officer.sub, "officer", ["CASE_OFFICER"])
    assert (one["agency"]["agency_id"], one["title_zh"]) == (world.agencies[1], "办案人员")
    assert (other["kind"], other["roles"], other["agency"]) == ("party", ["PARTY"], None)


async def test_a_caller_without_a_token_is_refused(world: World) -> None:
    answer = await world.anonymous.get("/v1/me")

    assert (answer.status_code, answer.json()["code"]) == (401, "UNAUTHENTICATED")


async def test_forged_identity_headers_change_nothing(world: World) -> None:
    party, head = world.person("PARTY"), world.person("AGENCY_HEAD")
    forged = {
        "mingzheng-token": f"{await head.token()}",
        "x-user-id": head.sub,
        "x-forwarded-user": head.sub,
        "x-roles": "AGENCY_HEAD",
        "x_agency_id": str(head.agency_id),
        "x-original-url": "/v1/devices",
        "forwarded": "for=127.0.0.1;proto=https",
    }

    plain, dressed = await party.get("/v1/me"), await party.get("/v1/me", headers=forged)

    assert (plain.status_code, plain.content) == (dressed.status_code, dressed.content)
    assert (await world.anonymous.get("/v1/me", headers=forged)).status_code == 401


async def test_discovery_names_the_keys_that_sign(world: World) -> None:
    metadata = (await world.http.get("/.well-known/openid-configuration")).json()
    keys = (await world.http.get("/.well-known/jwks.json")).json()["keys"]

    assert (metadata["issuer"], metadata["token_endpoint"]) == (BASE_URL, f"{BASE_URL}/oauth2/token")
    token = await world.person("PARTY").token()
    head, body, _ = (
        json.loads(base64.urlsafe_b64decode(p + "==") if n < 2 else b"0")
        for n, p in enumerate(token.split("."))
    )
    assert [(key["kid"], key["alg"], key["use"], set(key) & {"d"}) for key in keys] == [
        (head["kid"], "ES256", "sig", set())
    ]
    assert (head["typ"], body["aud"], body["exp"] - body["iat"]) == ("at+jwt", "mingzheng", 300)
    assert "roles" not in body


async def test_a_secret_is_taken_in_the_header_or_in_the_body(world: World) -> None:
    client_id, secret = secret_of(world, "PARTY")

    header = await ask(world, data=GRANT, auth=(client_id, secret))
    body = await ask(world, data=GRANT | {"client_id": client_id, "client_secret": secret})

    for answer in (header, body):
        assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
        assert (answer.json()["token_type"], answer.json()["expires_in"]) == ("Bearer", 300)


async def test_a_token_of_the_demo_outlives_the_reading_of_the_readme(world: World) -> None:
    runtime = world.runtimes["gateway"]
    runtime = replace(runtime, settings=runtime.settings.model_copy(update={"mode": "demo"}))
    own = edge(runtime, issuer=BASE_URL, issuer_ring=None, per_minute=600)
    transport = httpx.ASGITransport(own.front([], {}))
    async with httpx.AsyncClient(transport=transport, base_url=BASE_URL) as http:
        answer = await http.post("/oauth2/token", data=GRANT, auth=secret_of(world, "PARTY"))
        bearer = {"authorization": f"Bearer {answer.json()['access_token']}"}
        me = await http.get("/v1/me", headers=bearer)

    assert (answer.json()["expires_in"], me.status_code) == (12 * 3600, 200)


async def test_the_token_endpoint_refuses_in_the_words_of_rfc_6749(world: World) -> None:
    id, secret = secret_of(world, "PARTY")
    posted = {"client_id": id, "client_secret": secret}
    form = {"content-type": "application/x-www-form-urlencoded"}
    cases: list[tuple[dict[str, Any], int, str]] = [
        ({"data": GRANT}, 401, "invalid_client"),
        ({"data": GRANT, "auth": (id, "wrong")}, 401, "invalid_client"),
        ({"data": GRANT, "auth": ("cli_unknown", secret)}, 401, "invalid_client"),
        ({"data": GRANT | {"client_id": id}}, 401, "invalid_client"),
        ({"data": GRANT | {"client_id": "沪", "client_secret": "ü"}}, 401, "invalid_client"),
        ({"data": GRANT, "headers": {"authorization": "Basic %%%"}}, 401, "invalid_client"),
        (
            {"data": GRANT, "headers": {"authorization": "Basic " + base64.b64encode(b"nocolon").decode()}},
            401,
            "invalid_client",
        ),
        ({"data": GRANT | posted, "auth": (id, secret)}, 400, "invalid_request"),
        ({"data": posted}, 400, "invalid_request"),
        ({"data": posted | {"grant_type": "password"}}, 400, "unsupported_grant_type"),
        ({"data": posted | GRANT | {"scope": "admin"}}, 400, "invalid_scope"),
        ({"json": posted | GRANT}, 400, "invalid_request"),
        ({"content": b"", "headers": form}, 401, "invalid_client"),
        ({"content": b"grant_type", "headers": form}, 400, "invalid_request"),
        ({"content": b"grant_type=\xff", "headers": form}, 400, "invalid_request"),
        ({"content": b"a=1&a=2", "headers": form}, 400, "invalid_request"),
        ({"content": b"&".join(b"a%d=1" % n for n in range(50)), "headers": form}, 400, "invalid_request"),
    ]
    for options, status, error in cases:
        answer = await ask(world, **options)

        assert (answer.status_code, answer.json()["error"]) == (status, error), options
        assert answer.headers["cache-control"] == "no-store"
        assert secret not in answer.text
    assert (await ask(world, data=GRANT, auth=(id, "wrong"))).headers[
        "www-authenticate"
    ] == 'Basic realm="mingzheng"'
    assert (await world.http.get("/oauth2/token")).status_code == 405


async def test_there_is_no_issuer_in_production(world: World) -> None:
    key = TokenKey.load(world.installation.d.keys / "gateway" / ISSUER_KEY)

    with pytest.raises(SystemExit, match="only the demo and test profiles"):
        Issuer(key, BASE_URL, People(world.runtimes["gateway"].db), mode="production")


async def test_revoked_tokens_are_dead_and_the_secret_gets_new_ones(world: World) -> None:
    db, officer = world.runtimes["gateway"].db, world.person("CASE_OFFICER")
    headers = {"authorization": f"Bearer {await officer.token()}"}
    assert (await world.http.get("/v1/me", headers=headers)).status_code == 200

    await revoke_client(db, ClientId(secret_of(world, "CASE_OFFICER")[0]))
    await asyncio.sleep(1.1)

    assert (await world.http.get("/v1/me", headers=headers)).status_code == 401
    renewed = (await ask(world, data=GRANT, auth=secret_of(world, "CASE_OFFICER"))).json()["access_token"]
    assert (await world.http.get("/v1/me", headers={"authorization": f"Bearer {renewed}"})).status_code == 200


async def test_a_token_for_one_service_is_refused_by_every_other(world: World) -> None:
    services = list(SERVICES)
    ring = KeyRing(world.installation.d.ring)
    edge_key = TokenKey.load(world.installation.d.keys / "gateway" / EDGE_KEY)
    officer = world.person("CASE_OFFICER")
    access = await officer.token()
    for audience in services:
        now = int(world.runtimes["gateway"].verifier._clock().timestamp())
        claims = internal(now, audience) | {"sub": officer.sub, "kind": "officer", "tnt": officer.agency_id}
        token = mint(edge_key, "gwi+jwt", claims)
        for service in services:
            asked = {"method": "GET", "target": "/v1/me", "body_sha256": hashlib.sha256(b"").hexdigest()}
            with pytest.raises(AuthError):
                InternalVerifier(ring, service).verify(access, **asked)
            if service == audience:
                assert InternalVerifier(ring, service).verify(token, **asked)["sub"] == officer.sub
            else:
                with pytest.raises(AuthError):
                    InternalVerifier(ring, service).verify(token, **asked)


def internal(now: int, audience: str) -> dict[str, Any]:
    request = {
        "htm": "GET",
        "htu": "/v1/me",
        "bdy": hashlib.sha256(b"").hexdigest(),
        "rid": "r",
        "scope": "-",
    }
    times = {"iat": now, "nbf": now, "exp": now + 30, "jti": "0123456789abcdefghijkl"}
    return {"iss": GATEWAY, "aud": audience, "roles": [], "conf": 3} | request | times


async def test_a_service_that_is_reached_past_the_gateway_still_asks_who(world: World) -> None:
    transport = httpx.ASGITransport(world.app.apps["gateway"], raise_app_exceptions=False)
    access = {"authorization": f"Bearer {await world.person('PARTY').token()}"}
    case_key = TokenKey.load(world.installation.d.keys / "case" / "token-k1.pem")
    now = int(world.runtimes["gateway"].verifier._clock().timestamp())
    posing = internal(now, "gateway") | {"sub": world.person("PARTY").sub, "kind": "party", "tnt": "-"}
    calling = posing | {"iss": SERVICE + "case", "sub": "svc:case", "kind": "svc"}
    async with httpx.AsyncClient(transport=transport, base_url="http://gateway.internal") as direct:
        naked = await direct.get("/v1/me")
        bearing = await direct.get(
            "/v1/me", headers=access | {"mingzheng-token": access["authorization"][7:]}
        )
        posed = await direct.get("/v1/me", headers={"mingzheng-token": mint(case_key, "gwi+jwt", posing)})
        called = await direct.get("/v1/me", headers={"mingzheng-token": mint(case_key, "svc+jwt", calling)})

    assert [answer.status_code for answer in (naked, bearing, posed, called)] == [401, 401, 401, 403]


async def test_eight_at_once_assign_a_role_once(world: World) -> None:
    db, officer = world.runtimes["gateway"].db, OfficerId(world.person("ARCHIVIST").id)

    outcomes = await asyncio.gather(
        *(assign_role(db, officer, Role.EXCHANGE_OFFICER) for _ in range(8)), return_exceptions=True
    )

    codes = [outcome.code for outcome in outcomes if isinstance(outcome, Refusal)]
    assert codes == ["ROLE_ALREADY_ASSIGNED"] * 7
    async with world.database("gateway") as rows:
        assigned = await rows.fetchval("SELECT count(*) FROM assignments WHERE officer_id = $1", officer)
    recorded = await world.record_types("gateway", f"officer/{officer}")
    assert (assigned, recorded.count("role.assigned")) == (2, 2)


async def test_an_officer_who_takes_part_in_cases_cannot_become_an_administrator(world: World) -> None:
    db, officer = world.runtimes["gateway"].db, OfficerId(world.person("ARCHIVIST").id)

    with pytest.raises(Refusal, match="goes to another person"):
        await assign_role(db, officer, Role.AUDIT_ADMIN)

    # The table refuses it too, so that a write that goes past the rule fails.
    async with world.database("gateway") as rows:
        with pytest.raises(asyncpg.ExclusionViolationError):
            await rows.execute("INSERT INTO assignments VALUES ($1, 'AUDIT_ADMIN', now())", officer)


async def test_a_role_that_bypasses_the_door_cannot_commit(world: World) -> None:
    async with world.database("gateway") as rows:
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="has no recorded fact"):
            await rows.execute(
                "INSERT INTO assignments VALUES ($1, 'AGENCY_HEAD', now())", world.person("ARCHIVIST").id
            )


async def test_a_new_role_is_in_force_within_a_second(world: World) -> None:
    officer = world.person("ARCHIVIST")
    assert (await officer.get("/v1/me")).json()["roles"] == ["ARCHIVIST"]

    await assign_role(world.runtimes["gateway"].db, OfficerId(officer.id), Role.EXCHANGE_OFFICER)
    await asyncio.sleep(1.1)

    assert (await officer.get("/v1/me")).json()["roles"] == ["ARCHIVIST", "EXCHANGE_OFFICER"]


async def test_the_demo_people_are_made_once_and_their_secrets_are_private(world: World) -> None:
    db, path = world.runtimes["gateway"].db, world.installation.d.demo
    before = json.loads(path.read_text())

    after = await seed_people(db, path)

    assert after == before
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    async with world.database("gateway") as rows:
        assert await rows.fetchval("SELECT count(*) FROM clients") == len(after["people"])
        assert not [
            row
            for row in await rows.fetch("SELECT convert_from(note, 'utf8') AS note FROM outbox")
            if "示" in row["note"]
        ]


async def test_a_crash_between_commit_and_rename_loses_no_secret(world: World) -> None:
    db, path = world.runtimes["gateway"].db, world.installation.d.demo
    before = path.read_text()
    path.rename(path.with_name("demo.json.draft"))

    after = await seed_people(db, path)

    assert (json.dumps(after, sort_keys=True), path.exists()) == (
        json.dumps(json.loads(before), sort_keys=True),
        True,
    )


async def test_people_whose_file_of_secrets_is_gone_are_not_made_again(world: World) -> None:
    path = world.installation.d.demo
    path.unlink()
    path.with_name("demo.json.draft").write_text('{"agencies": [{"id"')

    with pytest.raises(RuntimeError, match="which is gone"):
        await seed_people(world.runtimes["gateway"].db, path)


async def test_the_contract_names_the_act_behind_every_operation(world: World) -> None:
    document = (await world.http.get("/openapi.json")).json()

    operations = [operation for path in document["paths"].values() for operation in path.values()]
    assert document["paths"]["/v1/me"]["get"]["x-policy"] == "person.read_self"
    assert document["paths"]["/v1/me"]["get"]["security"] == [{"bearer": []}]
    assert all(operation["x-policy"] and "security" in operation for operation in operations)
    models = set(document["components"]["schemas"])
    # A model that is both sent and answered has two: Name-Input, Name-Output.
    assert set(re.findall(r"#/components/schemas/([\w-]+)", json.dumps(document))) <= models


async def test_the_list_of_agencies_is_the_same_for_everybody(world: World) -> None:
    askers = (world.anonymous, world.person("CASE_OFFICER"), world.person("PARTY"))

    lists = [(await asker.get("/v1/public/agencies")).json()["items"] for asker in askers]

    assert lists[0] == lists[1] == lists[2]
    assert {agency["agency_id"] for agency in lists[0]} == {agency["id"] for agency in world.demo.agencies}
