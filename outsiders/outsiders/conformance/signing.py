"""Signatures of requests and of answers (RFC 9421) and digests (RFC 9530), written out by hand."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from secrets import token_urlsafe
from typing import Any, Final

import httpx
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from ledger.clock import real_time

PrivateKey = ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey

_COVERED: Final = (
    "content-type",
    "content-digest",
    "idempotency-key",
    "mingzheng-agreement",
    "mingzheng-purpose",
    "mingzheng-case",
    "mingzheng-on-behalf-of",
)
_MUST_BIND: Final = {'"@status"', '"content-digest"', '"@method";req', '"@authority";req', '"@path";req'}
_COMPONENT: Final = re.compile(r'"([^"]+)"((?:;[a-z]+(?:="[^"]*")?)*)')


def b64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unb64url(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def now() -> int:
    """Whole seconds since 1970."""
    return int(real_time().timestamp())


def digest(body: bytes) -> str:
    """The field Content-Digest of `body`."""
    return f"sha-256=:{base64.b64encode(hashlib.sha256(body).digest()).decode()}:"


def sign_bytes(key: PrivateKey, data: bytes) -> bytes:
    """`data` signed: Ed25519, or ECDSA over P-256 with SHA-256 as r and s of 32 bytes."""
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return key.sign(data)
    r, s = decode_dss_signature(key.sign(data, ec.ECDSA(hashes.SHA256())))
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


@dataclass
class Signature:
    """How one request is signed. A fault changes one of these; a parameter None is left out."""

    components: list[str] | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)
    label: str = "partner"
    key: PrivateKey | None = None
    authority: str | None = None

    def fields(self, key: PrivateKey, kid: str, target: Target, headers: Mapping[str, str]) -> dict[str, str]:
        """Signature-Input and Signature for a request with these headers."""
        names = self.components if self.components is not None else covered(target, headers)
        parameters = {
            "created": now(),
            "expires": now() + 60,
            "nonce": token_urlsafe(24),
            "keyid": kid,
            "tag": "mingzheng-req-v1",
        } | dict(self.parameters)
        written = "".join(
            f";{name}={value}" if isinstance(value, int) else f';{name}="{value}"'
            for name, value in parameters.items()
            if value is not None
        )
        inner = "(" + " ".join(f'"{name}"' for name in names) + ")" + written
        values = target.derived(self.authority) | dict(headers)
        lines = [f'"{name}": {values.get(name, "")}' for name in names]
        base = "\n".join([*lines, f'"@signature-params": {inner}'])
        made = base64.b64encode(sign_bytes(self.key or key, base.encode())).decode()
        return {"signature-input": f"{self.label}={inner}", "signature": f"{self.label}=:{made}:"}


@dataclass(frozen=True)
class Target:
    """Method, public authority and path with query of a request."""

    method: str
    authority: str
    path: str

    @property
    def bare(self) -> str:
        return self.path.partition("?")[0]

    def derived(self, authority: str | None = None) -> dict[str, str]:
        """The derived components of a request. @query is `?` alone where there is none."""
        return {
            "@method": self.method,
            "@authority": authority or self.authority,
            "@path": self.bare,
            "@query": "?" + self.path.partition("?")[2],
        }


def covered(target: Target, headers: Mapping[str, str]) -> list[str]:
    """What a careful partner covers: everything that is there."""
    query = ["@query"] if "?" in target.path else []
    return ["@method", "@authority", "@path", *query, *(name for name in _COVERED if name in headers)]


def unbound(
    answer: httpx.Response, target: Target, sent: Mapping[str, str], keys: Mapping[str, Any]
) -> list[str]:
    """What keeps the answer's signature from proving that it answers this very request; empty: it does."""
    field_, signatures = answer.headers.get("signature-input", ""), answer.headers.get("signature", "")
    inner = field_.removeprefix("platform=")
    if not field_.startswith("platform=(") or not signatures.startswith("platform=:"):
        return ["the answer bears no signature `platform`"]
    listed, _, written = inner.partition(")")
    components = _COMPONENT.findall(listed)
    parameters = dict(re.findall(r';([a-z]+)=("[^"]*"|\d+)', written))
    faults = [f"the signature does not cover {name}" for name in sorted(_wanted(sent) - _names(components))]
    if answer.headers.get("content-digest") != digest(answer.content):
        faults.append("Content-Digest is not that of the body")
    if parameters.get("tag") != '"mingzheng-res-v1"':
        faults.append("the tag is not mingzheng-res-v1")
    if abs(int(parameters.get("created", "0")) - now()) > 120:
        faults.append("the signature is not of now")
    lines = [f'"{name}"{more}: {_value(answer, target, sent, name, more)}' for name, more in components]
    base = "\n".join([*lines, f'"@signature-params": {inner}'])
    key = keys.get(parameters.get("keyid", "").strip('"'))
    if key is None:
        return [*faults, "the key of the signature is not published"]
    try:
        public = ed25519.Ed25519PublicKey.from_public_bytes(unb64url(key["x"]))
        public.verify(base64.b64decode(signatures.removeprefix("platform=:").rstrip(":")), base.encode())
    except (InvalidSignature, ValueError, KeyError):
        faults.append("the signature does not hold over this answer and this request")
    return faults


def _wanted(sent: Mapping[str, str]) -> set[str]:
    wanted = set(_MUST_BIND)
    if "content-digest" in sent:
        wanted.add('"content-digest";req')
    if re.match(r"partner=:[A-Za-z0-9+/=]+:$", sent.get("signature", "")):
        wanted.add('"signature";req;key="partner"')
    return wanted


def _names(components: list[tuple[str, str]]) -> set[str]:
    return {f'"{name}"{more}' for name, more in components}


def _value(answer: httpx.Response, target: Target, sent: Mapping[str, str], name: str, more: str) -> str:
    if ";req" not in more:
        return str(answer.status_code) if name == "@status" else answer.headers.get(name, "")
    if name == "signature":
        return sent.get("signature", "").partition("=")[2]
    return target.derived().get(name) or sent.get(name, "")
