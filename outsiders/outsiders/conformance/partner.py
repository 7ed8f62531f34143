"""A partner's system: it gets a token, signs each call, and reads whether the answer is bound to it."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import httpx

from outsiders.conformance.settings import Settings
from outsiders.conformance.signing import PrivateKey, Signature, Target, digest, now, unbound
from outsiders.conformance.tokens import assertion, proof

ASSISTANCE: Final = "/v1/assistance-requests"
_LATE_S: Final = 240


@dataclass(frozen=True)
class Call:
    """One request as it left, and what came back."""

    target: Target
    sent: Mapping[str, str]
    body: bytes
    answer: httpx.Response

    @property
    def code(self) -> str | None:
        """The code of a refusal."""
        code = self.json.get("code")
        return str(code) if code is not None else None

    @property
    def json(self) -> dict[str, Any]:
        """The JSON object of the answer; empty where it is none."""
        try:
            document = self.answer.json()
        except ValueError:
            return {}
        return document if isinstance(document, dict) else {}


@dataclass
class Partner:
    """The system of `settings` with its private key."""

    settings: Settings
    key: PrivateKey
    http: httpx.Client
    purpose: str = "STATISTICS"
    keys: dict[str, Any] = field(default_factory=dict)
    _token: tuple[str, int] | None = None

    def token(self, case_no: str | None = None) -> str:
        """An access token for the agreement and the purpose. Raises ValueError where there is none."""
        if case_no is None and self._token is not None and now() - self._token[1] < _LATE_S:
            return self._token[0]
        answer = self.ask_token(form={"authorization_details": self.details(case_no)})
        if not answer.is_success:
            raise ValueError(f"no token: {answer.status_code} {answer.text[:300]}")
        token = str(answer.json()["access_token"])
        if case_no is None:
            self._token = (token, now())
        return token

    def details(self, case_no: str | None = None, **changes: str) -> str:
        """The authorization_details (RFC 9396) of the agreement and the purpose."""
        named = {"agreement_id": self.settings.agreement_id, "purpose_id": self.settings.purpose_id}
        case = {"case_no": case_no} if case_no else {}
        return json.dumps([{"type": "mingzheng_exchange"} | named | case | changes])

    def ask_token(
        self,
        *,
        shown: str | None = None,
        form: Mapping[str, str] | None = None,
        key: PrivateKey | None = None,
        **changes: Any,
    ) -> httpx.Response:
        """A request for a token: `changes` alter the assertion, `form` the form, `shown` the proof."""
        own = self.settings
        claims: dict[str, Any] = {"kid": own.kid} | changes
        fields = {
            "grant_type": "client_credentials",
            "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            "client_assertion": assertion(key or self.key, own.application_id, own.origin, **claims),
        } | dict(form or {})
        dpop = proof(self.key, "POST", own.origin + "/oauth2/token") if shown is None else shown
        headers = {"dpop": dpop} if dpop else {}
        return self.http.post(own.address + "/oauth2/token", data=fields, headers=headers)

    def order(self, **changes: Any) -> dict[str, Any]:
        """A request for assistance, in the case of the settings if they name one."""
        named = {"case_id": self.settings.case_id} if self.settings.case_id else {}
        return (
            {
                "to_agency_id": self.settings.to_agency_id,
                "purpose": self.purpose,
                "basis": [{"name": "中华人民共和国行政处罚法", "article": "第二十六条"}],
                "subject": f"符合性测试 {uuid.uuid4().hex[:12]}",
                "reason": "符合性测试 · a conformance test",
                "items": ["测试记录"],
                "contact": "符合性测试",
            }
            | named
            | changes
        )

    def call(
        self,
        method: str,
        path: str,
        order: Any = None,
        *,
        signature: Signature | None = None,
        sent: Mapping[str, str | None] | None = None,
        over: Mapping[str, str | None] | None = None,
        token: str | None = None,
        shown: str | None = None,
    ) -> Call:
        """One signed call. `sent` changes headers before they are signed, `over` after; None leaves one out."""
        own = self.settings
        target = Target(method, own.authority, path)
        body = json.dumps(order).encode() if order is not None else b""
        headers: dict[str, str | None] = {
            "mingzheng-agreement": own.agreement_id,
            "mingzheng-purpose": own.purpose_id,
        }
        if method != "GET":
            headers["idempotency-key"] = uuid.uuid4().hex
        if body:
            headers |= {"content-type": "application/json", "content-digest": digest(body)}
        plain = _stated(headers | dict(sent or {}))
        plain |= (signature or Signature()).fields(self.key, own.kid, target, plain)
        bearer = token or self.token()
        dpop = proof(self.key, method, own.origin + target.bare, bearer) if shown is None else shown
        plain |= {"authorization": f"DPoP {bearer}", "dpop": dpop}
        return self.send(target, _stated(plain | dict(over or {})), body)

    def send(self, target: Target, headers: Mapping[str, str], body: bytes) -> Call:
        """These very bytes."""
        url = self.settings.address + target.path
        answer = self.http.request(target.method, url, headers=dict(headers), content=body or None)
        return Call(target, headers, body, answer)

    def unbound(self, call: Call) -> list[str]:
        """What keeps the answer from being signed for this very request; the keys are read once."""
        if not self.keys:
            answer = self.http.get(self.settings.address + "/v1/public/answer-keys")
            self.keys = {key["kid"]: key for key in answer.json()["keys"]}
        return unbound(call.answer, call.target, call.sent, self.keys)


def _stated(headers: Mapping[str, str | None]) -> dict[str, str]:
    return {name: value for name, value in headers.items() if value}
