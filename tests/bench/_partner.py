"""A partner's system before a running installation: connected in the usual way, then fast enough to be no bottleneck.

The requests of a round are signed before the round begins: what is measured is the platform, not its partner.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import perf_counter
from typing import Any, Final
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from common.calls.jwk import b64url
from common.values.clock import OffsetClock
from data_exchange.domain.checklist import CHECKS, NAME, VERSION
from data_exchange.wire.keysets import message_of
from data_exchange.wire.reports import KIND, SANDBOXES
from ledger.canonical import instant
from ledger.clock import real_time
from ledger.keyfiles import NoteKey
from mz.demo.client import Demo

PATH: Final = "/v1/comparisons"
BASIS: Final = [{"name": "中华人民共和国行政处罚法", "article": "第二十六条"}]
_KID: Final = "k1"
_PARTNER, _HOST, _PROVIDER = 0, 2, 3  # places in the list of the demo's agencies


@dataclass
class Partner:
    """One live system with an agreement, a purpose and a case of its agency."""

    demo: Demo
    case_id: str
    key: Ed25519PrivateKey
    application_id: str = ""
    agreement_id: str = ""
    purpose_id: str = ""

    @classmethod
    async def connected(cls, demo: Demo, case_id: str) -> Partner:
        """The system after its onboarding: admitted, key proven, report accepted, two people, agreement, purpose."""
        partner = cls(demo, case_id, Ed25519PrivateKey.generate())
        await partner._admitted()
        await partner._live()
        await partner._granted()
        return partner

    async def token(self) -> str:
        """A token for the agreement and the purpose, bound to the key of the system."""
        claims: dict[str, Any] = {"iss": self.application_id, "sub": self.application_id}
        claims |= {"aud": self.demo.base_url, "exp": _seconds() + 60, "jti": uuid.uuid4().hex}
        granted = {"agreement_id": self.agreement_id, "purpose_id": self.purpose_id}
        form = {
            "grant_type": "client_credentials",
            "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            "client_assertion": self._jwt({"kid": _KID}, claims),
            "authorization_details": json.dumps([{"type": "mingzheng_exchange"} | granted]),
        }
        answer = await self.demo.http.post(
            "/oauth2/token", data=form, headers={"dpop": self._proof("POST", "/oauth2/token")}
        )
        answer.raise_for_status()
        return str(answer.json()["access_token"])

    def requests(self, token: str, count: int) -> list[bytes]:
        """So many comparisons of plates, signed, each with its own nonce, proof and Idempotency-Key."""
        return [self._request(token, f"苏A1{n % 40 + 10:04}") for n in range(count)]

    def _request(self, token: str, plate: str) -> bytes:
        order = {
            "kind": "PLATE_OWNER",
            "purpose": "IDENTIFY_PARTY",
            "case_id": self.case_id,
            "basis": BASIS,
            "subject": {"kind": "PLATE", "value": plate},
        }
        body = json.dumps(order, ensure_ascii=False).encode()
        headers = {
            "content-type": "application/json",
            "content-digest": f"sha-256=:{base64.b64encode(hashlib.sha256(body).digest()).decode()}:",
            "idempotency-key": uuid.uuid4().hex,
            "mingzheng-agreement": self.agreement_id,
            "mingzheng-purpose": self.purpose_id,
        }
        host = urlsplit(self.demo.base_url).netloc
        headers |= self._signature(host, headers)
        headers |= {
            "host": host,
            "content-length": str(len(body)),
            "authorization": f"DPoP {token}",
            "dpop": self._proof("POST", PATH, token=token),
        }
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        return f"POST {PATH} HTTP/1.1\r\n{lines}\r\n".encode() + body

    def _signature(self, host: str, headers: dict[str, str]) -> dict[str, str]:
        values = {"@method": "POST", "@authority": host, "@path": PATH} | headers
        nonce = b64url(uuid.uuid4().bytes + uuid.uuid4().bytes)
        inner = "(" + " ".join(f'"{name}"' for name in values) + ")"
        inner += f';created={_seconds()};expires={_seconds() + 290};nonce="{nonce}";keyid="{_KID}"'
        inner += ';tag="mingzheng-req-v1"'
        base = "".join(f'"{name}": {value}\n' for name, value in values.items())
        signed = self.key.sign((base + f'"@signature-params": {inner}').encode())
        return {
            "signature-input": f"partner={inner}",
            "signature": f"partner=:{base64.b64encode(signed).decode()}:",
        }

    def _proof(self, method: str, path: str, *, token: str | None = None) -> str:
        claims: dict[str, Any] = {"jti": uuid.uuid4().hex, "htm": method, "iat": _seconds()}
        claims["htu"] = self.demo.base_url + path
        if token is not None:
            claims["ath"] = b64url(hashlib.sha256(token.encode()).digest())
        return self._jwt({"typ": "dpop+jwt", "jwk": self.jwk}, claims)

    def _today(self) -> datetime:
        """The hour of the story: periods follow it, tokens and signatures the real time."""
        return OffsetClock(self.demo.d.clock)()

    @property
    def jwk(self) -> dict[str, str]:
        return {"kty": "OKP", "crv": "Ed25519", "x": b64url(self.key.public_key().public_bytes_raw())}

    def _jwt(self, header: dict[str, Any], claims: dict[str, Any]) -> str:
        parts = [b64url(json.dumps(part).encode()) for part in ({"alg": "EdDSA"} | header, claims)]
        return ".".join([*parts, b64url(self.key.sign(".".join(parts).encode()))])

    async def _admitted(self) -> None:
        order = {"credit_code": "91350100M000100Y43", "region": "310101", "level": 3}
        path = f"/v1/partners/{(await self._act(_PARTNER, '/v1/partners', order))['partner_id']}"
        await self._act(_PARTNER, f"{path}/submission")
        await self._act(_HOST, f"{path}/review")
        await self._act(_HOST, f"{path}/admission")
        application = await self._act(_PARTNER, f"{path}/applications")
        self.application_id = application["application_id"]

    async def _live(self) -> None:
        path = f"/v1/applications/{self.application_id}"
        await self._act(_PARTNER, f"{path}/jwks", {"keys": [self.jwk | {"kid": _KID}]}, method="PUT")
        nonce = (await self._act(_PARTNER, f"{path}/key-challenges"))["nonce"]
        message = message_of(self.application_id, _KID, nonce)  # type: ignore[arg-type]
        answer = {"nonce": nonce, "signature": b64url(self.key.sign(message.encode()))}
        await self._act(_PARTNER, f"{path}/keys/{_KID}/proof", answer)
        sandbox = NoteKey("sandbox.bench/k1", Ed25519PrivateKey.generate())
        (self.demo.d.keys / "data-exchange" / SANDBOXES).write_text(f"{sandbox.vkey}\n")
        day = instant(self._today() - timedelta(days=1))
        facts = {
            "application_id": self.application_id,
            "passed": True,
            "tested_at": day,
            "list": NAME,
            "version": VERSION,
            "checks": len(CHECKS),
            "results": {check.name.lower(): day for check in CHECKS},
        }
        note = sandbox.statement(KIND, facts).decode()
        await self._act(_PARTNER, f"{path}/conformance-reports", {"note": note})
        await self._act(_HOST, f"{path}/go-live-proposal")
        await self._act(_HOST, f"{path}/go-live", role="AGENCY_HEAD")

    async def _granted(self) -> None:
        today = self._today().date()
        order = {
            "application_id": self.application_id,
            "to_agency_id": self.demo.agencies[_PROVIDER]["id"],
            "services": ["COMPARISONS"],
            "fields": [{"pointer": "/owner/name", "transform": "MASK", "clause": "4.1"}],
            "level": 3,
            "daily_calls": 1_000_000,
            "monthly_subjects": 100_000,
            "valid_from": str(today - timedelta(days=1)),
            "valid_until": str(today + timedelta(days=365)),
            "basis": [{"name": "政务数据共享条例", "article": "第二十条"}],
        }
        self.agreement_id = (await self._act(_PARTNER, "/v1/agreements", order))["agreement_id"]
        path = f"/v1/agreements/{self.agreement_id}"
        await self._act(_PARTNER, f"{path}/submission", role="AGENCY_HEAD")
        await self._act(_PROVIDER, f"{path}/approval", role="AGENCY_HEAD")
        order = {
            "code": "IDENTIFY_PARTY",
            "power_item": "CG-0421",
            "case_type": "PARKING",
            "daily_calls": 1_000_000,
            "basis": BASIS[0],
        }
        self.purpose_id = (await self._act(_PARTNER, f"{path}/purposes", order))["purpose_id"]
        await self._act(_PARTNER, f"/v1/purposes/{self.purpose_id}/submission")
        await self._act(_PROVIDER, f"/v1/purposes/{self.purpose_id}/approval", role="AGENCY_HEAD")

    async def _act(
        self, agency: int, path: str, order: dict[str, Any] | None = None, *, role: str = "EXCHANGE_OFFICER",
        method: str = "POST",
    ) -> dict[str, Any]:  # fmt: skip
        answer = await self.demo.call(self.demo.person(role, agency), method, path, order or {})
        if not answer.is_success:
            raise SystemExit(f"couldn't connect the partner: {path} answered {answer.text}")
        body: dict[str, Any] = answer.json()
        return body


class Caller:
    """One kept connection. It writes ready bytes and reads whole answers, and does nothing else."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    @classmethod
    async def to(cls, base_url: str) -> Caller:
        parts = urlsplit(base_url)
        return cls(*await asyncio.open_connection(parts.hostname, parts.port))

    async def send(self, request: bytes) -> tuple[int, bytes]:
        """Status and body of the answer."""
        self._writer.write(request)
        head = await self._reader.readuntil(b"\r\n\r\n")
        lines = head.lower().split(b"\r\n")
        length = next(int(line[15:]) for line in lines if line.startswith(b"content-length:"))
        return int(head[9:12]), await self._reader.readexactly(length)

    def close(self) -> None:
        self._writer.close()


async def spent(callers: list[Caller], requests: list[bytes]) -> list[float]:
    """How long each request took, sent over all connections at once. Stops at the first that is not answered 201."""
    took: list[float] = []

    async def work(caller: Caller, mine: list[bytes]) -> None:
        for request in mine:
            began = perf_counter()
            status, body = await caller.send(request)
            took.append(perf_counter() - began)
            if status != 201:
                raise SystemExit(f"couldn't make a call: {status} {body.decode()[:400]}")

    count = len(callers)
    await asyncio.gather(*(work(caller, requests[at::count]) for at, caller in enumerate(callers)))
    return took


def _seconds() -> int:
    return int(real_time().timestamp())
