"""Signed calls and signed answers (RFC 9421), with digests of their bodies (RFC 9530).

    Signature-Input: partner=("@method" "@authority" "@path" …);created;expires;nonce;keyid;tag="mingzheng-req-v1"

The library builds the bases and checks the bytes. What must be covered is decided here, because the library has no
opinion: an answer binds its status, its body and its receipt to the call, the signature of the call included.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import httpx
from http_message_signatures import (
    HTTPMessageSigner,
    HTTPMessageVerifier,
    HTTPSignatureKeyResolver,
    InvalidSignature,
    MappingKeyResolver,
    algorithms,
)

from mingzheng_partner.keys import PrivateKey
from mingzheng_partner.problems import AnswerNotVerified

__all__ = ["Call", "sign", "verify", "present", "digest_field"]

LABEL: Final = "partner"
LASTS: Final = timedelta(seconds=120)
_DERIVED: Final = ("@method", "@authority", "@path")
_FIELDS: Final = (
    "content-type",
    "content-digest",
    "idempotency-key",
    "mingzheng-agreement",
    "mingzheng-purpose",
    "mingzheng-case",
    "mingzheng-on-behalf-of",
)
_OWN: Final = ("content-type", "content-digest", "mingzheng-receipt", "mingzheng-fields-withheld")
_OF_CALL: Final = ('"@method";req', '"@authority";req', '"@path";req', '"@query";req')


@dataclass(frozen=True)
class Call:
    """A call as it is signed: its address under the platform's public origin."""

    method: str
    url: str
    headers: httpx.Headers
    body: bytes = b""


@dataclass(frozen=True)
class _AnswerMessage:
    status_code: int
    headers: httpx.Headers
    request: Call


def digest_field(body: bytes) -> str:
    """`body` as a Content-Digest field."""
    return f"sha-256=:{base64.b64encode(hashlib.sha256(body).digest()).decode()}:"


def present(call: Call) -> list[str]:
    """The components that a signature of `call` can cover, all of which a careful one covers."""
    query = ["@query"] if "?" in call.url else []
    return [*_DERIVED, *query, *(name for name in _FIELDS if name in call.headers)]


def sign(call: Call, key: PrivateKey, *, components: Sequence[str], at: datetime) -> None:
    """Add Signature-Input and Signature to the headers of `call`, with a nonce that was never used."""
    keys = MappingKeyResolver(public_keys={}, private_keys={key.kid: key.private})
    signer = HTTPMessageSigner(signature_algorithm=key.algorithm, key_resolver=keys)
    signer.sign(
        call,
        key_id=key.kid,
        created=at,
        expires=at + LASTS,
        nonce=secrets.token_urlsafe(24),
        label=LABEL,
        tag="mingzheng-req-v1",
        include_alg=False,
        covered_component_ids=list(components),
        use_existing_digest="content-digest" in call.headers,
    )


def verify(call: Call, answer: httpx.Response, keys: HTTPSignatureKeyResolver) -> None:
    """The platform said exactly this in answer to exactly this call. Raises AnswerNotVerified."""
    message = _AnswerMessage(answer.status_code, answer.headers, call)
    required = ["@status", *(name for name in _OWN if name in answer.headers), *_OF_CALL]
    if "content-digest" in call.headers:
        required.append('"content-digest";req')
    required.append(f'"signature";req;key="{LABEL}"')
    verifier = _Verifier(signature_algorithm=algorithms.ED25519, key_resolver=keys)
    try:
        verifier.verify(
            message,
            max_age=None,
            expect_tag="mingzheng-res-v1",
            expect_label="platform",
            require_components=required,
            body=answer.content,
        )
    except InvalidSignature as error:
        raise AnswerNotVerified(answer.status_code, str(error)) from None


class _Verifier(HTTPMessageVerifier):
    """An answer is bound to a call with a fresh nonce. Its age says nothing more, and our clock may be wrong."""

    def validate_created_and_expires(self, sig_input: Any, max_age: Any = None) -> None:
        pass
