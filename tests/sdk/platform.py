"""A platform of a few lines: it checks signatures and signs answers by hand, by RFC 9421 and not by a library.

A test bends what it says: `bend` changes an answer on its way, `refuse` comes before the act, `lose` loses answers.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

import httpx
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ledger.clock import real_time
from mingzheng_partner import Partner, PrivateKey, Settings
from mingzheng_partner.keys import b64url, unb64url

ORIGIN: Final = "https://exchange.test"
KID: Final = "answers"
_ALWAYS: Final = [
    {"method": "GET", "path": "/v1/exchanges/{exchange_id}", "service": None, "components": ["@path"]}
]


@dataclass
class Platform:
    """What it saw is in `calls`, what was done under each key in `done`."""

    partner_key: PrivateKey = field(default_factory=lambda: PrivateKey.generate("k1"))
    answer_key: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)
    ahead: timedelta = timedelta(0)
    calls: list[httpx.Request] = field(default_factory=list)
    tokens: int = 0
    done: dict[str, bytes] = field(default_factory=dict)
    nonces: set[str] = field(default_factory=set)
    refusals: list[tuple[int, dict[str, Any], dict[str, str]]] = field(default_factory=list)
    lost: int = 0
    bend: Callable[[httpx.Response], httpx.Response] = lambda answer: answer
    pages: dict[str, dict[str, Any]] = field(default_factory=dict)
    operations: list[dict[str, Any]] = field(default_factory=lambda: list(_ALWAYS))
    pauses: list[float] = field(default_factory=list)

    def partner(self, **settings: Any) -> Partner:
        """A partner that reaches this platform, and never sleeps."""
        given = {"agreement_id": "agr_1", "purpose_id": "prp_1"} | settings
        return Partner(
            Settings(ORIGIN, "app_1", "k1", **given),
            self.partner_key,
            transport=httpx.MockTransport(self.answer),
            pause=self.pauses.append,
        )

    def now(self) -> datetime:
        return real_time() + self.ahead

    def answer(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        if path == "/oauth2/token":
            return self._token(request)
        if path == "/v1/public/answer-keys":
            x = b64url(self.answer_key.public_key().public_bytes_raw())
            return httpx.Response(200, json={"keys": [{"kty": "OKP", "crv": "Ed25519", "kid": KID, "x": x}]})
        if path == "/v1/catalog/allowed":
            body = {"application_id": "app_1", "state": "SANDBOX", "grants": [], "always": self.operations}
            return self.signed(request, httpx.Response(200, json=body))
        self.calls.append(request)
        return self.bend(self.signed(request, self._act(request)))

    def signed(self, request: httpx.Request, answer: httpx.Response) -> httpx.Response:
        """`answer` with the signature that binds it to `request`."""
        answer.headers["content-digest"] = digest(answer.content)
        own = [
            name for name in ("content-type", "content-digest", "mingzheng-receipt") if name in answer.headers
        ]
        target = request.url.raw_path.decode()
        lines = [f'"@status": {answer.status_code}', *(f'"{name}": {answer.headers[name]}' for name in own)]
        lines += [
            f'"@method";req: {request.method}',
            f'"@authority";req: {ORIGIN.removeprefix("https://")}',
            f'"@path";req: {target.partition("?")[0]}',
            f'"@query";req: ?{target.partition("?")[2]}',
        ]
        if "content-digest" in request.headers:
            lines.append(f'"content-digest";req: {request.headers["content-digest"]}')
        lines.append(f'"signature";req;key="partner": {request.headers["signature"].partition("=")[2]}')
        names = " ".join(line.partition(": ")[0] for line in lines)
        created = int(self.now().timestamp())
        inner = f'({names});created={created};keyid="{KID}";tag="mingzheng-res-v1"'
        base = "\n".join([*lines, f'"@signature-params": {inner}']).encode()
        answer.headers["signature-input"] = f"platform={inner}"
        answer.headers["signature"] = f"platform=:{base64.b64encode(self.answer_key.sign(base)).decode()}:"
        return answer

    def refuse(self, status: int, code: str, *, after: str | None = None, **facts: str) -> None:
        """Refuse the next call with `code`."""
        headers = {"content-type": "application/problem+json"} | ({"retry-after": after} if after else {})
        self.refusals.append((status, {"code": code, "title": "", "detail": "", "facts": facts}, headers))

    def _token(self, request: httpx.Request) -> httpx.Response:
        form = dict(httpx.QueryParams(request.content.decode()))
        header, claims = (json.loads(unb64url(part)) for part in form["client_assertion"].split(".")[:2])
        at = self.now().timestamp()
        if not at - 60 < claims["exp"] <= at + 360:
            body = {"error": "invalid_client", "code": "ASSERTION_EXPIRED", "expected": "-", "received": "-"}
            return httpx.Response(401, json=body | {"server_time": self.now().isoformat(timespec="seconds")})
        assert (header["kid"], claims["aud"]) == ("k1", ORIGIN)
        self.tokens += 1
        return httpx.Response(
            200, json={"access_token": f"t{self.tokens}", "token_type": "DPoP", "expires_in": 300}
        )

    def _act(self, request: httpx.Request) -> httpx.Response:
        fault = self._fault(request)
        if fault is not None:
            status, body, headers = fault
            return httpx.Response(status, content=json.dumps(body), headers=headers)
        target = request.url.raw_path.decode()
        if request.method == "GET":
            return httpx.Response(200, json=self.pages.get(target, {"path": target}))
        key = request.headers["idempotency-key"]
        headers = {"content-type": "application/json", "mingzheng-record": str(uuid.UUID(int=7))}
        if key in self.done:
            headers["idempotency-replayed"] = "true"
        body = self.done.setdefault(key, json.dumps({"n": len(self.done) + 1}).encode())
        if self.lost:
            self.lost -= 1
            raise httpx.ReadError("the answer was lost", request=request)
        return httpx.Response(201, content=body, headers=headers)

    def _fault(self, request: httpx.Request) -> tuple[int, dict[str, Any], dict[str, str]] | None:
        if self.refusals:
            return self.refusals.pop(0)
        inner = request.headers["signature-input"].removeprefix("partner=")
        created = int(re.findall(r";created=(\d+)", inner)[0])
        if abs(self.now().timestamp() - created) > 60:
            self.refuse(401, "DX_CREATED_IN_FUTURE", server_time=self.now().isoformat(), expected="now")
            return self.refusals.pop(0)
        nonce = re.findall(r';nonce="([^"]+)"', inner)[0]
        assert nonce not in self.nonces, "a nonce is sent once"
        self.nonces.add(nonce)
        signature = base64.b64decode(request.headers["signature"].removeprefix("partner=:").removesuffix(":"))
        key = self.partner_key.private.public_key()
        key.verify(signature, base_of(request).encode())  # type: ignore[union-attr, call-arg]
        return None


def base_of(request: httpx.Request) -> str:
    """The signature base of a request, by RFC 9421 §2.5."""
    inner = request.headers["signature-input"].removeprefix("partner=")
    target = request.url.raw_path.decode()
    derived = {
        "@method": request.method,
        "@authority": ORIGIN.removeprefix("https://"),
        "@path": target.partition("?")[0],
        "@query": "?" + target.partition("?")[2],
    }
    names = re.findall(r'"([^"]+)"', inner.partition(")")[0])
    lines = [f'"{name}": {derived[name] if name[0] == "@" else request.headers[name]}' for name in names]
    return "\n".join([*lines, f'"@signature-params": {inner}'])


def digest(body: bytes) -> str:
    return f"sha-256=:{base64.b64encode(hashlib.sha256(body).digest()).decode()}:"
