"""Arranges partners, applications and agreements through the API, and signs as a partner does."""

from __future__ import annotations

import base64
import hashlib
import json
import uuid
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from common.calls.jwk import b64url
from data_exchange.domain.checklist import CHECKS, NAME, VERSION
from data_exchange.wire.keysets import message_of
from data_exchange.wire.reports import KIND, SANDBOXES
from ledger.canonical import instant
from ledger.clock import real_time
from ledger.keyfiles import NoteKey
from tests.snapshots import PEOPLE, Place
from tests.world import BASE_URL, Client, World

HOST: Final = 2
"""The demo's data authority, which reviews partners."""

CREDIT_CODES: Final = ("91350100M000100Y43", "11100000000014349F")


class SandboxKey:
    """The key of a sandbox that the platform knows."""

    def __init__(self, world: World) -> None:
        self.key = NoteKey("sandbox.test/k1", Ed25519PrivateKey.generate())
        path = world.runtimes["data-exchange"].settings.keys / SANDBOXES
        path.write_text(f"# sandboxes\n{self.key.vkey}\n")

    def report(self, application_id: str, *, tested_at: datetime, passed: bool = True, **changes: Any) -> str:
        facts = {
            "application_id": application_id,
            "passed": passed,
            "tested_at": instant(tested_at),
            "list": NAME,
            "version": VERSION,
            "checks": len(CHECKS),
            "results": {check.name.lower(): instant(tested_at) for check in CHECKS},
        } | changes
        return self.key.statement(KIND, facts).decode()


def officer(world: World, agency: int) -> Client:
    return world.person("EXCHANGE_OFFICER", agency)


def head(world: World, agency: int) -> Client:
    return world.person("AGENCY_HEAD", agency)


async def done(client: Client, path: str, order: dict[str, Any] | None = None) -> dict[str, Any]:
    """The answer to a POST that must succeed."""
    answer = await client.post(path, json=order or {})
    assert answer.is_success, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def put(client: Client, path: str, order: dict[str, Any]) -> httpx.Response:
    key = {"idempotency-key": uuid.uuid4().hex}
    return await client.request("PUT", path, json=order, headers=key)


async def a_partner(world: World, agency: int = 0, *, credit_code: str = CREDIT_CODES[0]) -> dict[str, Any]:
    """A drafted partner."""
    order = {"credit_code": credit_code, "region": "310101", "level": 3}
    return await done(officer(world, agency), "/v1/partners", order)


async def an_admitted_partner(world: World, agency: int = 0) -> dict[str, Any]:
    path = f"/v1/partners/{(await a_partner(world, agency))['partner_id']}"
    await done(officer(world, agency), f"{path}/submission")
    await done(officer(world, HOST), f"{path}/review")
    return await done(officer(world, HOST), f"{path}/admission")


def public_members(key: Ed25519PrivateKey, kid: str) -> dict[str, Any]:
    """The public JWK of a private key."""
    return {"kty": "OKP", "crv": "Ed25519", "x": b64url(key.public_key().public_bytes_raw()), "kid": kid}


@dataclass
class System:
    """One application of a partner with its private key."""

    application_id: str
    agency: int
    key: Ed25519PrivateKey
    kid: str = "k1"

    @property
    def path(self) -> str:
        return f"/v1/applications/{self.application_id}"


async def a_system(world: World, agency: int = 0, **order: Any) -> System:
    """An application in the sandbox, without a key."""
    partner = await an_admitted_partner(world, agency)
    path = f"/v1/partners/{partner['partner_id']}/applications"
    application = await done(officer(world, agency), path, order)
    return System(application["application_id"], agency, Ed25519PrivateKey.generate())


async def prove(world: World, system: System, kid: str, key: Ed25519PrivateKey) -> httpx.Response:
    """Answer a challenge with `key`."""
    challenge = await done(officer(world, system.agency), f"{system.path}/key-challenges")
    message = message_of(system.application_id, kid, challenge["nonce"])  # type: ignore[arg-type]
    proof = {"nonce": challenge["nonce"], "signature": b64url(key.sign(message.encode()))}
    return await officer(world, system.agency).post(f"{system.path}/keys/{kid}/proof", json=proof)


async def a_system_with_key(world: World, agency: int = 0, **order: Any) -> System:
    """An application in the sandbox with its key. A world that began with one (`WITH_KEY`) has it already."""
    if KEYED in world.ready and agency == 0 and not order:
        return replace(world.ready.pop(KEYED))
    system = await a_system(world, agency, **order)
    answer = await put(
        officer(world, agency), f"{system.path}/jwks", {"keys": [public_members(system.key, system.kid)]}
    )
    assert answer.is_success, answer.text
    assert (await prove(world, system, system.kid, system.key)).is_success
    return system


async def a_live_system(world: World, agency: int = 0) -> System:
    """An application in production. A world that began with one (`LIVE`) has it already."""
    if PRODUCTION in world.ready and agency == 0:
        return replace(world.ready.pop(PRODUCTION))
    system = await a_system_with_key(world, agency)
    report = SandboxKey(world).report(system.application_id, tested_at=world.clock() - timedelta(days=1))
    await done(officer(world, agency), f"{system.path}/conformance-reports", {"note": report})
    await done(officer(world, HOST), f"{system.path}/go-live-proposal")
    await done(head(world, HOST), f"{system.path}/go-live")
    return system


def agreement_order(world: World, system: System, to: int = 1, **changes: Any) -> dict[str, Any]:
    today = world.clock().date()
    return {
        "application_id": system.application_id,
        "to_agency_id": world.demo.agencies[to]["id"],
        "services": ["ASSISTANCE", "COMPARISONS"],
        "fields": [{"pointer": "/owner/name", "transform": "MASK", "clause": "4.1"}],
        "level": 3,
        "daily_calls": 1000,
        "monthly_subjects": 500,
        "valid_from": str(today - timedelta(days=1)),
        "valid_until": str(today + timedelta(days=365)),
        "basis": [{"name": "政务数据共享条例", "article": "第二十条"}],
    } | changes


PURPOSE: Final = {
    "code": "VERIFY_FACT",
    "power_item": "CG-0421",
    "case_type": "PARKING",
    "daily_calls": 100,
    "basis": {"name": "中华人民共和国行政处罚法", "article": "第二十六条"},
}


async def an_agreement(world: World, system: System, to: int = 1, **changes: Any) -> dict[str, Any]:
    """An agreement in force."""
    order = agreement_order(world, system, to, **changes)
    path = f"/v1/agreements/{(await done(officer(world, system.agency), '/v1/agreements', order))['agreement_id']}"
    await done(head(world, system.agency), f"{path}/submission")
    return await done(head(world, to), f"{path}/approval")


async def a_purpose(
    world: World, system: System, agreement: dict[str, Any], to: int = 1, **changes: Any
) -> dict[str, Any]:
    """A purpose in force under an agreement."""
    path = f"/v1/agreements/{agreement['agreement_id']}/purposes"
    purpose = await done(officer(world, system.agency), path, PURPOSE | changes)
    path = f"/v1/purposes/{purpose['purpose_id']}"
    await done(officer(world, system.agency), f"{path}/submission")
    return await done(head(world, to), f"{path}/approval")


def signed_token(key: Ed25519PrivateKey, header: dict[str, Any], claims: dict[str, Any]) -> str:
    """A compact JWS by an Ed25519 key."""
    parts = [b64url(json.dumps(part).encode()) for part in ({"alg": "EdDSA"} | header, claims)]
    return ".".join([*parts, b64url(key.sign(".".join(parts).encode()))])


def seconds() -> int:
    """The real time: tokens and signatures follow it, not the clock of the story."""
    return int(real_time().timestamp())


def assertion(system: System, **changes: Any) -> str:
    """A client assertion of RFC 7523; `changes` alter its claims, None leaves one out."""
    header = {"kid": changes.pop("kid", system.kid), "alg": changes.pop("alg", "EdDSA")}
    claims = {
        "iss": system.application_id,
        "sub": system.application_id,
        "aud": BASE_URL,
        "exp": seconds() + 60,
        "jti": uuid.uuid4().hex,
    } | changes
    return signed_token(
        system.key, header, {name: value for name, value in claims.items() if value is not None}
    )


def proof(key: Ed25519PrivateKey, method: str, path: str, *, token: str | None = None, **changes: Any) -> str:
    """A proof of RFC 9449 by `key` for one request."""
    members = {name: value for name, value in public_members(key, "").items() if name != "kid"}
    header = {"typ": changes.pop("typ", "dpop+jwt"), "jwk": changes.pop("jwk", members)}
    header |= {"alg": changes.pop("alg", "EdDSA")}
    claims = {"jti": uuid.uuid4().hex, "htm": method, "htu": BASE_URL + path, "iat": seconds()}
    if token is not None:
        claims["ath"] = b64url(hashlib.sha256(token.encode()).digest())
    claims = {name: value for name, value in (claims | changes).items() if value is not None}
    return signed_token(key, header, claims)


def details_of(agreement: dict[str, Any], purpose: dict[str, Any], **more: str) -> str:
    named = {"agreement_id": agreement["agreement_id"], "purpose_id": purpose["purpose_id"]}
    return json.dumps([{"type": "mingzheng_exchange"} | named | more])


async def ask_token(
    world: World,
    system: System,
    *,
    dpop: str | None = None,
    form: dict[str, str] | None = None,
    **changes: Any,
) -> httpx.Response:
    """A request for a token; `changes` alter the assertion, `form` the form."""
    fields = {
        "grant_type": "client_credentials",
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "client_assertion": assertion(system, **changes),
    } | (form or {})
    shown = proof(system.key, "POST", "/oauth2/token") if dpop is None else dpop
    return await world.http.post("/oauth2/token", data=fields, headers={"dpop": shown} if shown else {})


async def a_token(world: World, system: System, details: str | None = None) -> str:
    answer = await ask_token(world, system, form={"authorization_details": details} if details else None)
    assert answer.is_success, answer.text
    return str(answer.json()["access_token"])


@dataclass
class Signature:
    """How one request is signed; a test changes what shall be wrong. `parameters` None leaves one out."""

    components: list[str] | None = None
    parameters: dict[str, Any] = field(default_factory=dict)
    label: str = "partner"
    key: Ed25519PrivateKey | None = None

    def fields(self, system: System, method: str, path: str, headers: dict[str, str]) -> dict[str, str]:
        """Signature-Input and Signature by RFC 9421, written out by hand."""
        plain, _, query = path.partition("?")
        values = {"@method": method, "@authority": BASE_URL.removeprefix("http://"), "@path": plain}
        values |= {"@query": "?" + query, "@target-uri": BASE_URL + path, "@request-target": path}
        names = self.components if self.components is not None else covered(path, headers)
        parameters = {
            "created": seconds(),
            "expires": seconds() + 60,
            "nonce": b64url(uuid.uuid4().bytes + uuid.uuid4().bytes),
            "keyid": system.kid,
            "tag": "mingzheng-req-v1",
        } | self.parameters
        written = "".join(f";{n}={_item(v)}" for n, v in parameters.items() if v is not None)
        inner = "(" + " ".join(f'"{name}"' for name in names) + ")" + written
        lines = [f'"{name}": {values.get(name, headers.get(name, ""))}' for name in names]
        base = "\n".join([*lines, f'"@signature-params": {inner}'])
        signature = base64.b64encode((self.key or system.key).sign(base.encode())).decode()
        return {"signature-input": f"{self.label}={inner}", "signature": f"{self.label}=:{signature}:"}


def covered(path: str, headers: dict[str, str]) -> list[str]:
    """What a careful partner covers: all that is there."""
    names = ["content-type", "content-digest", "idempotency-key"]
    names += ["mingzheng-agreement", "mingzheng-purpose", "mingzheng-case", "mingzheng-on-behalf-of"]
    present = [name for name in names if name in headers]
    return ["@method", "@authority", "@path", *(["@query"] if "?" in path else []), *present]


def _item(value: Any) -> str:
    return str(value) if isinstance(value, int) else f'"{value}"'


def digest(body: bytes) -> str:
    return f"sha-256=:{base64.b64encode(hashlib.sha256(body).digest()).decode()}:"


@dataclass
class Line:
    """A system with a token, an agreement and a purpose: it calls as its partner's developer would."""

    world: World
    system: System
    token: str
    agreement: dict[str, Any]
    purpose: dict[str, Any]

    async def call(
        self,
        method: str,
        path: str,
        order: Any = None,
        *,
        signature: Signature | None = None,
        sent: dict[str, str | None] | None = None,
        over: dict[str, str | None] | None = None,
    ) -> httpx.Response:
        """One call. `sent` changes headers before they are signed, `over` after; None leaves one out.

        An order of bytes is a part of a file.
        """
        body = order if isinstance(order, bytes) else b"" if order is None else json.dumps(order).encode()
        headers: dict[str, str | None] = {
            "mingzheng-agreement": self.agreement["agreement_id"],
            "mingzheng-purpose": self.purpose["purpose_id"],
        }
        if method != "GET":
            headers["idempotency-key"] = uuid.uuid4().hex
        if body:
            media_type = "application/octet-stream" if isinstance(order, bytes) else "application/json"
            headers |= {"content-type": media_type, "content-digest": digest(body)}
        plain = _without_none(headers | (sent or {}))
        plain |= (signature or Signature()).fields(self.system, method, path, plain)
        bare = path.partition("?")[0]
        plain |= {
            "authorization": f"DPoP {self.token}",
            "dpop": proof(self.system.key, method, bare, token=self.token),
        }
        final = _without_none(plain | (over or {}))
        return await self.world.http.request(method, path, content=body or None, headers=final)


def _without_none(headers: dict[str, str | None]) -> dict[str, str]:
    return {name: value for name, value in headers.items() if value is not None}


async def a_line(
    world: World,
    system: System | None = None,
    *,
    to: int = 1,
    purpose: dict[str, Any] | None = None,
    case_no: str | None = None,
    **scope: Any,
) -> Line:
    """A live system with everything that a call needs. `purpose` changes the order for it."""
    system = system or await a_live_system(world)
    agreement = await an_agreement(world, system, to, **scope)
    given = await a_purpose(world, system, agreement, to, **(purpose or {}))
    details = details_of(agreement, given, **({"case_no": case_no} if case_no else {}))
    return Line(world, system, await a_token(world, system, details), agreement, given)


async def _to_a_key(world: World) -> None:
    world.ready[KEYED] = await a_system_with_key(world)


async def _to_production(world: World) -> None:
    world.ready[PRODUCTION] = await a_live_system(world)


KEYED: Final = "system with its key"
PRODUCTION: Final = "system in production"
WITH_KEY: Final = pytest.mark.begins(KEYED, Place(PEOPLE, _to_a_key))
LIVE: Final = pytest.mark.begins(PRODUCTION, Place(PEOPLE, _to_production))
"""Where the tests of partners' systems begin: onboarding takes a second, and it has tests of its own."""
