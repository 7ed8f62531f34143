"""Arranges partners, applications and agreements through the API, and signs as a partner does."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import httpx
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from common.calls.jwk import b64url
from data_exchange.wire.keysets import message_of
from data_exchange.wire.reports import KIND, SANDBOXES
from ledger.canonical import instant
from ledger.keyfiles import NoteKey
from tests.world import Client, World

HOST: Final = 2
"""The demo's data authority, which reviews partners."""

CREDIT_CODES: Final = ("91350100M000100Y43", "11100000000014349F")


class SandboxKey:
    """The key of a sandbox that the platform knows."""

    def __init__(self, world: World) -> None:
        self.key = NoteKey("sandbox.test/k1", Ed25519PrivateKey.generate())
        path = world.runtimes["data-exchange"].settings.keys / SANDBOXES
        path.write_text(f"# sandboxes\n{self.key.vkey}\n")

    def report(self, application_id: str, *, tested_at: datetime, passed: bool = True) -> str:
        facts = {
            "application_id": application_id,
            "passed": passed,
            "tested_at": instant(tested_at),
            "checks": 27,
        }
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
    system = await a_system(world, agency, **order)
    answer = await put(
        officer(world, agency), f"{system.path}/jwks", {"keys": [public_members(system.key, system.kid)]}
    )
    assert answer.is_success, answer.text
    assert (await prove(world, system, system.kid, system.key)).is_success
    return system


async def a_live_system(world: World, agency: int = 0) -> System:
    """An application in production."""
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


async def a_purpose(world: World, system: System, agreement: dict[str, Any], to: int = 1) -> dict[str, Any]:
    """A purpose in force under an agreement."""
    path = f"/v1/agreements/{agreement['agreement_id']}/purposes"
    purpose = await done(officer(world, system.agency), path, dict(PURPOSE))
    path = f"/v1/purposes/{purpose['purpose_id']}"
    await done(officer(world, system.agency), f"{path}/submission")
    return await done(head(world, to), f"{path}/approval")
