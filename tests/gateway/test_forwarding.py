"""What a service hears of a caller, and what it never hears. The service is a small real one that repeats it."""

from __future__ import annotations

import asyncio
import hashlib
import json
from base64 import urlsafe_b64decode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
import uvicorn
from jose import jws
from starlette.types import Receive, Scope, Send

from common.calls.tokens import AuthError, InternalVerifier, KeyRing, TokenKey, mint
from common.web.auth import ASKED
from common.web.serve import SERVER
from gateway.edge import Edge, edge
from gateway.identity.runtime import ISSUER_KEY
from gateway.paths import Route
from gateway.upstream import Http, InProcess, Upstream
from tests.world import BASE_URL, Client, World

ROUTES = [
    Route("GET", "/v1/public/things/{name}", "case", "thing.read"),
    Route("POST", "/v1/public/things", "case", "thing.make"),
    Route("GET", "/v1/things/{name}", "case", "thing.read"),
    Route("POST", "/v1/things", "case", "thing.make"),
    Route("POST", "/VIID/MotorVehicles", "evidence", "capture.push"),
    Route("GET", "/v1/public/lost", "nowhere", "thing.read"),
]


@dataclass
class Service:
    """Keeps what it was asked."""

    heard: list[dict[str, Any]] = field(default_factory=list)
    refuses: bool = False  # whether it refuses a camera before the body

    @staticmethod
    def claims_of(headers: dict[str, str]) -> dict[str, Any]:
        """The claims of an internal token, unverified."""
        payload = headers["mingzheng-token"].split(".")[1]
        claims: dict[str, Any] = json.loads(urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        return claims

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            return
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message.get("body", b""), message.get("more_body", False)
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        assert len(headers) == len(scope["headers"])
        target = (
            scope["raw_path"] + (b"?" + scope["query_string"] if scope["query_string"] else b"")
        ).decode()
        self.heard.append({"method": scope["method"], "target": target, "headers": headers, "body": body})
        if self.claims_of(headers).get("adm") == ASKED and not self.refuses:
            await send(
                {"type": "http.response.start", "status": 204, "headers": [(b"mingzheng-admitted", b"me")]}
            )
            await send({"type": "http.response.body", "body": b""})
            return
        answer = [
            (b"content-type", b"text/plain"),
            (b"Server", b"secret/1.0"),
            (b"mingzheng-token", b"x"),
            (b"etag", b'"1"'),
        ]
        await send({"type": "http.response.start", "status": 207, "headers": answer})
        for part in (b"one ", b"two"):
            await send({"type": "http.response.body", "body": part, "more_body": True})
        await send({"type": "http.response.body", "body": b""})


@dataclass
class Front:
    """A gateway before `service`, and a client who speaks to it."""

    http: httpx.AsyncClient
    service: Service
    world: World
    verifiers: dict[str, InternalVerifier] = field(default_factory=dict)

    def claims(self, audience: str = "case", **changed: Any) -> dict[str, Any]:
        """What the last request's token says to `audience`."""
        last = self.service.heard[-1] | changed
        ring = KeyRing(self.world.installation.d.ring)
        return self.verifiers.setdefault(audience, InternalVerifier(ring, audience)).verify(
            last["headers"]["mingzheng-token"],
            method=last["method"],
            target=last["target"],
            body_sha256=hashlib.sha256(last["body"]).hexdigest(),
        )


@asynccontextmanager
async def standing(own: Edge, upstream: Upstream, service: Service, world: World) -> AsyncIterator[Front]:
    app = own.front(ROUTES, {"case": upstream, "evidence": upstream})
    transport = httpx.ASGITransport(app, client=("192.0.2.7", 40_000))
    async with httpx.AsyncClient(transport=transport, base_url=BASE_URL) as http:
        yield Front(http, service, world)


@pytest.fixture(params=["in process", "over HTTP"])
async def front(world: World, request: pytest.FixtureRequest) -> AsyncIterator[Front]:
    service = Service()
    own = edge(world.runtimes["gateway"], issuer=BASE_URL, issuer_ring=None, per_minute=600)
    if request.param == "in process":
        async with standing(own, InProcess(service), service, world) as made:
            yield made
        return
    server = uvicorn.Server(uvicorn.Config(service, port=0, **{**SERVER, "lifespan": "off"}))
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    upstream = Http(f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}")
    async with standing(own, upstream, service, world) as made:
        yield made
    await upstream.close()
    server.should_exit = True
    await serving


async def test_a_service_hears_exactly_what_was_asked(front: Front) -> None:
    answer = await front.http.get(
        "/v1/public/things/%E6%B2%AA?plate=%E6%B2%AAA&x=a+b", headers={"accept": "a/b"}
    )

    assert (answer.status_code, answer.text) == (207, "one two")
    heard = front.service.heard[0]
    assert (heard["method"], heard["target"]) == ("GET", "/v1/public/things/%E6%B2%AA?plate=%E6%B2%AAA&x=a+b")
    assert heard["headers"]["accept"] == "a/b"


async def test_the_token_is_for_this_service_and_this_request_alone(front: Front) -> None:
    await front.http.post("/v1/public/things", content=b'{"a":1}')

    for changed in ({"method": "PUT"}, {"target": "/v1/public/thing"}, {"body": b"{}"}):
        with pytest.raises(AuthError):
            front.claims(**changed)
    with pytest.raises(AuthError):
        front.claims("evidence")
    claims = front.claims()
    assert (claims["aud"], claims["sub"], claims["kind"], claims["tnt"]) == (
        "case",
        "anonymous",
        "anonymous",
        "-",
    )
    assert (claims["roles"], claims["conf"], claims["scope"]) == ([], 1, "thing.make")
    with pytest.raises(AuthError):
        front.claims()


async def test_a_service_learns_who_asks_from_our_own_assignments(front: Front) -> None:
    officer = front.world.person("CASE_OFFICER")

    await front.http.get(
        "/v1/things/a", headers=await bearer(officer) | {"x-purpose-of-use": "CASE_HANDLING"}
    )

    claims = front.claims()
    assert (claims["sub"], claims["tnt"], claims["roles"]) == (
        officer.sub,
        officer.agency_id,
        ["CASE_OFFICER"],
    )
    assert (claims["vis"], claims["conf"], claims["pur"]) == ([officer.agency_id], 3, "CASE_HANDLING")
    assert claims["cert_until"] == "2030-12-31"


async def test_a_supervisor_sees_the_agencies_below(front: Front) -> None:
    await front.http.get("/v1/things/a", headers=await bearer(front.world.person("SUPERVISOR")))

    assert set(front.world.agencies) < set(front.claims()["vis"])


FORGED = {
    "mingzheng-token": "eyJhbGciOiJub25lIn0.e30.",
    "x-user-id": "off_1",
    "x_user_id": "off_1",
    "x-forwarded-user": "root",
    "x-forwarded-for": "127.0.0.1",
    "x-forwarded-host": "evil.example",
    "x-original-url": "/v1/things",
    "x-http-method-override": "DELETE",
    "x-agency-id": "agy_1",
    "forwarded": "for=127.0.0.1",
    "cookie": "session=1",
    "user-identify": "31000000001190000001",
    "x-real-ip": "127.0.0.1",
    "traceparent": "00-nonsense",
    "connection": "x-user-id",
}


async def test_forged_identity_headers_never_reach_a_service(front: Front) -> None:
    await front.http.get("/v1/public/things/a", headers=FORGED)

    heard = front.service.heard[0]["headers"]
    assert heard["mingzheng-token"] != FORGED["mingzheng-token"]
    assert heard["host"] != "evil.example"
    assert not set(FORGED) - {"mingzheng-token", "traceparent", "connection"} & set(heard)
    assert "nonsense" not in heard.get("traceparent", "")
    assert front.claims()["sub"] == "anonymous"


async def test_authorization_ends_at_the_gateway(front: Front) -> None:
    headers = await bearer(front.world.person("PARTY"))

    await front.http.get("/v1/things/a", headers=headers)
    await front.http.get("/v1/public/things/a", headers=headers)

    assert ["authorization" in heard["headers"] for heard in front.service.heard] == [False, False]
    assert front.claims()["kind"] == "party"


async def test_a_digest_passes_under_viid_and_nothing_else_does(front: Front) -> None:
    digest = {"authorization": 'Digest username="d"', "user-identify": "31000000001190000001"}

    await front.http.post("/VIID/MotorVehicles", content=b"{}", headers=digest)
    claims = front.claims("evidence")
    await front.http.post("/VIID/MotorVehicles", content=b"{}", headers={"authorization": "Bearer x"})

    assert [heard["body"] for heard in front.service.heard] == [b"", b"{}"] * 2
    first, second = (heard["headers"] for heard in front.service.heard[1::2])
    assert (first["authorization"], first["user-identify"]) == (
        digest["authorization"],
        digest["user-identify"],
    )
    assert "authorization" not in second
    assert (claims["sub"], claims["tnt"], claims["cip"]) == ("anonymous", "-", "192.0.2.7")
    assert claims["adm"] == "me"


async def test_nothing_of_a_body_is_read_before_the_service_knows_who_speaks(front: Front) -> None:
    front.service.refuses = True
    read = 0

    async def body() -> AsyncIterator[bytes]:
        nonlocal read
        for _ in range(50):
            read += 1
            yield bytes(1 << 20)

    answer = await front.http.post("/VIID/MotorVehicles", content=body())

    assert (answer.status_code, answer.text, read) == (207, "one two", 0)
    assert [heard["body"] for heard in front.service.heard] == [b""]


async def test_a_header_that_counts_is_given_once(front: Front) -> None:
    for name in ("authorization", "content-type", "idempotency-key", "x-purpose-of-use", "accept"):
        answer = await front.http.get("/v1/public/things/a", headers=[(name, "a"), (name, "a")])

        assert (name, answer.status_code, answer.json()["code"]) == (name, 400, "HEADER_REPEATED")
    assert front.service.heard == []


REFUSED = [
    ("GET", "/v1/nothing", 404, "NOT_FOUND"),
    ("GET", "/v1/public/things/a/b", 404, "NOT_FOUND"),
    ("DELETE", "/v1/public/things", 405, "METHOD_NOT_ALLOWED"),
    ("OPTIONS", "/v1/public/things", 405, "METHOD_NOT_ALLOWED"),
    ("GET", "/v1/public/things/%2e%2e", 400, "PATH_NOT_CANONICAL"),
    ("GET", "/v1/things/a", 401, "UNAUTHENTICATED"),
    ("GET", "/v1/public/lost", 503, "SERVICE_UNAVAILABLE"),
]


async def test_what_the_gateway_refuses_no_service_hears(front: Front) -> None:
    for method, path, status, code in REFUSED:
        answer = await front.http.request(method, path)

        problem = answer.json()
        assert (path, answer.status_code, problem["status"], problem["code"]) == (path, status, status, code)
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["x-request-id"]
    assert front.service.heard == []


async def test_bad_credentials_are_refused_even_where_none_are_needed(front: Front) -> None:
    for credentials in ("Bearer", "Bearer ", "Bearer a.b.c", "Basic YTpi", "Digest x", "bearer\tx", ""):
        answer = await front.http.get("/v1/public/things/a", headers={"authorization": credentials})

        assert answer.status_code == 401
        assert answer.headers["www-authenticate"].startswith('Bearer realm="mingzheng"')
    assert front.service.heard == []


async def test_an_expired_token_is_told_so_in_words_and_by_rfc_6750(front: Front) -> None:
    keys = front.world.installation.d.keys / "gateway"
    officer = front.world.person("CASE_OFFICER")
    claims = jws.get_unverified_claims(await officer.token())
    past = {name: json.loads(claims)[name] - 600 for name in ("iat", "exp")}
    expired = mint(TokenKey.load(keys / ISSUER_KEY), "at+jwt", json.loads(claims) | past)

    answer = await front.http.get("/v1/things/a", headers={"authorization": f"Bearer {expired}"})

    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (401, "TOKEN_EXPIRED")
    assert "已过期" in problem["detail"]
    challenge = (
        'Bearer realm="mingzheng", error="invalid_token", error_description="The access token has expired."'
    )
    assert answer.headers["www-authenticate"] == challenge


async def test_a_head_is_a_get_without_its_body(front: Front) -> None:
    head = await front.http.head("/v1/public/things/a")
    other = await front.http.put("/v1/public/things/a")

    assert (head.status_code, head.headers["etag"], head.content) == (207, '"1"', b"")
    assert front.service.heard[0]["method"] == "GET"
    assert (other.status_code, other.headers["allow"]) == (405, "GET, HEAD")
    assert other.json()["title"] == "方法不适用"


async def chunks(count: int) -> AsyncIterator[bytes]:
    for _ in range(count):
        yield bytes(1 << 20)


async def test_a_body_beyond_its_route_is_refused_announced_or_not(front: Front) -> None:
    announced = await front.http.post("/v1/public/things", content=bytes((1 << 20) + 1))
    chunked = await front.http.post("/v1/public/things", content=chunks(2))
    lying = await front.http.post("/v1/public/things", content=b"", headers={"content-length": "1" * 30})

    assert [answer.status_code for answer in (announced, chunked, lying)] == [413, 413, 413]
    assert front.service.heard == []


async def test_images_pass_whole_and_the_token_binds_their_digest(front: Front) -> None:
    answer = await front.http.post("/VIID/MotorVehicles", content=chunks(5))

    assert answer.status_code == 207
    assert len(front.service.heard[1]["body"]) == 5 << 20
    assert front.claims("evidence")["bdy"] == hashlib.sha256(bytes(5 << 20)).hexdigest()


async def test_an_answer_leaves_without_what_is_internal(front: Front) -> None:
    answer = await front.http.get("/v1/public/things/a")

    headers = answer.headers
    assert "server" not in headers or "secret" not in headers["server"]
    assert "mingzheng-token" not in headers
    assert (headers["cache-control"], headers["x-content-type-options"], headers["etag"]) == (
        "no-store",
        "nosniff",
        '"1"',
    )
    assert headers["ratelimit-policy"] == '"app";q=600;w=60'


async def test_somebody_who_asks_too_often_waits_and_others_do_not(world: World) -> None:
    service = Service()
    own = edge(world.runtimes["gateway"], issuer=BASE_URL, issuer_ring=None, per_minute=3)
    async with standing(own, InProcess(service), service, world) as front:
        answers = [await front.http.get("/v1/public/things/a") for _ in range(5)]
        other = await front.http.get("/v1/things/a", headers=await bearer(world.person("PARTY")))

    assert [answer.status_code for answer in answers] == [207, 207, 207, 429, 429]
    assert (answers[3].json()["code"], answers[3].headers["retry-after"]) == ("RATE_LIMITED", "20")
    assert [answer.headers["ratelimit"] for answer in answers[:2]] == ['"app";r=2;t=20', '"app";r=1;t=40']
    assert (other.status_code, len(service.heard)) == (207, 4)


async def test_many_addresses_without_a_name_share_one_budget_of_work(world: World) -> None:
    own = edge(world.runtimes["gateway"], issuer=BASE_URL, issuer_ring=None, per_minute=1)
    front = own.front(ROUTES, {"case": InProcess(Service())})
    party = await bearer(world.person("PARTY"))
    answers = []
    for number in range(12):
        transport = httpx.ASGITransport(front, client=(f"192.0.2.{number}", 40_000))
        async with httpx.AsyncClient(transport=transport, base_url=BASE_URL) as http:
            answers.append(await http.get("/v1/public/things/a"))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(front), base_url=BASE_URL) as http:
        named = await http.get("/v1/things/a", headers=party)

    refused = [answer for answer in answers if answer.status_code == 503]
    assert [answer.status_code for answer in answers[:7]] == [207] * 7
    assert {answer.json()["code"] for answer in refused} == {"OPEN_BUDGET_SPENT"}
    assert all(answer.headers["retry-after"].isdigit() for answer in refused)
    assert named.status_code == 207


async def test_whoever_guesses_at_tokens_has_the_budget_of_the_address(world: World) -> None:
    own = edge(world.runtimes["gateway"], issuer=BASE_URL, issuer_ring=None, per_minute=3)
    guess = {"authorization": "Bearer a.b.c"}
    async with standing(own, InProcess(service := Service()), service, world) as front:
        answers = [await front.http.get("/v1/things/a", headers=guess) for _ in range(5)]

    assert [answer.status_code for answer in answers] == [401, 401, 401, 429, 429]
    assert service.heard == []


async def test_a_platform_that_the_service_knows_pushes_as_often_as_it_must_and_a_stranger_waits(
    world: World,
) -> None:
    service = Service()
    own = edge(world.runtimes["gateway"], issuer=BASE_URL, issuer_ring=None, per_minute=3)
    async with standing(own, InProcess(service), service, world) as front:
        known = [await front.http.post("/VIID/MotorVehicles", content=b"{}") for _ in range(8)]
        service.refuses = True
        strange = [await front.http.post("/VIID/MotorVehicles", content=b"{}") for _ in range(5)]

    assert [answer.status_code for answer in known] == [207] * 8
    assert [answer.status_code for answer in strange] == [207, 207, 207, 429, 429]


async def test_a_service_that_is_away_is_told_in_one_problem(world: World) -> None:
    own = edge(world.runtimes["gateway"], issuer=BASE_URL, issuer_ring=None, per_minute=600)
    away = Http("http://127.0.0.1:1")
    async with standing(own, away, Service(), world) as front:
        answer = await front.http.get("/v1/public/things/a")
    await away.close()

    assert (answer.status_code, answer.json()["code"], answer.headers["retry-after"]) == (
        503,
        "SERVICE_UNAVAILABLE",
        "1",
    )


async def bearer(person: Client) -> dict[str, str]:
    return {"authorization": f"Bearer {await person.token()}"}
