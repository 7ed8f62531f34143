"""What a refusal must be: a code of its own, what was expected, and a signature bound to the request."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import httpx

from ledger.clock import real_time
from outsiders.conformance.partner import Call, Partner
from outsiders.conformance.settings import Check

GENERIC: Final = frozenset(
    {"FORBIDDEN", "UNAUTHENTICATED", "INVALID", "MALFORMED", "INTERNAL", "BAD_REQUEST"}
)
_PROBLEM: Final = "application/problem+json"
_SKEW_S: Final = 120


@dataclass(frozen=True)
class Fault:
    """A faulty request: `make` sends it. Its refusal comes signed from the service, or marked from the gateway."""

    code: str
    zh: str
    en: str
    make: Callable[[Partner], Call | httpx.Response]
    name: str = ""

    def check(self, partner: Partner) -> Check:
        made = self.make(partner)
        answer = made.answer if isinstance(made, Call) else made
        complaints = refusal_faults(answer, self.code)
        if isinstance(made, Call):
            complaints += source_faults(partner, made)
        name = self.name or self.code.lower()
        return Check(f"refused.{name}", self.zh, self.en, tuple(complaints), code=_body(answer).get("code"))


def refusal_faults(answer: httpx.Response, code: str) -> list[str]:
    """What is wrong with a refusal that must have `code`."""
    body = _body(answer)
    if answer.status_code not in (400, 401, 403, 409, 422):
        return [f"answered {answer.status_code}, not with a refusal {code}"]
    faults = [] if body.get("code") == code else [f"code {body.get('code')}, expected {code}"]
    if body.get("code") in GENERIC:
        faults.append("the code is a generic one")
    # The token endpoint speaks RFC 6749: its facts stand beside the error.
    facts = body if "error" in body else body.get("facts", {})
    needed = {"expected", "received", "server_time"} | (set() if "error" in body else {"header"})
    faults += [f"does not tell {name}" for name in sorted(needed - facts.keys())]
    if "error" not in body and not answer.headers.get("content-type", "").startswith(_PROBLEM):
        faults.append(f"is no {_PROBLEM}")
    faults += [] if _is_now(facts.get("server_time")) else ["server_time is not the time of the answer"]
    return faults


def source_faults(partner: Partner, call: Call) -> list[str]:
    """An answer is either signed by the service for this request, or says that it is the gateway's."""
    if call.answer.headers.get("mingzheng-error-source") != "gateway":
        return partner.unbound(call)
    return ["an answer of the gateway bears a signature"] if "signature" in call.answer.headers else []


def _body(answer: httpx.Response) -> dict[str, Any]:
    try:
        body = answer.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _is_now(text: object) -> bool:
    try:
        at = datetime.fromisoformat(str(text))
    except ValueError:
        return False
    return abs(at.timestamp() - real_time().timestamp()) < _SKEW_S
