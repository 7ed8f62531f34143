"""Signed answers: what the platform said, bound to the request that it answered (RFC 9421 §2.4).

The signature covers the status, the body's digest and the receipt, and of the request its method, address, digest and
its own signature. A signature over a signature alone would not do: it says nothing about what that one covered.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from http_message_signatures import HTTPMessageSigner, MappingKeyResolver, algorithms

from common.calls.answerkeys import AnswerKey
from data_exchange.wire.messages import LABEL, AnswerMessage, dictionary, digest_field

TAG: Final = "mingzheng-res-v1"
_OWN: Final = ("content-type", "content-digest", "mingzheng-receipt", "mingzheng-fields-withheld")
_REQUEST: Final = ('"@method";req', '"@authority";req', '"@path";req', '"@query";req')


class AnswerSigner:
    """Signs answers with the key of this service."""

    def __init__(self, key: AnswerKey) -> None:
        kid = self._kid = key.public.kid
        keys = MappingKeyResolver(public_keys={}, private_keys={kid: key.private})
        self._signer = HTTPMessageSigner(signature_algorithm=algorithms.ED25519, key_resolver=keys)

    def sign(self, message: AnswerMessage, body: bytes, *, at: datetime) -> None:
        """Add Content-Digest, Signature-Input and Signature to the headers of `message`."""
        del message.headers["content-digest"]  # a file comes with its own, of the same bytes
        message.headers["content-digest"] = digest_field(body)
        self._signer.sign(
            message,
            key_id=self._kid,
            created=at,
            label="platform",
            tag=TAG,
            include_alg=False,
            covered_component_ids=_components(message),
            use_existing_digest=True,
        )


def _components(message: AnswerMessage) -> list[str]:
    """What is there of the answer and of its request; a faulty request may lack its signature."""
    own = [name for name in _OWN if name in message.headers]
    request = list(_REQUEST)
    if "content-digest" in message.request.headers:
        request.append('"content-digest";req')
    if _has_signature(message):
        request.append(f'"signature";req;key="{LABEL}"')
    return ["@status", *own, *request]


def _has_signature(message: AnswerMessage) -> bool:
    try:
        return LABEL in dictionary(message.request.headers.get("signature") or "")
    except ValueError:
        return False
