"""The third key of a service that signs its answers: Ed25519, in the file `answers-k1.pem` beside its other keys.

Its public half is published, unlike that of the key that signs calls between the services.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from common.calls.jwk import PublicJwk, b64url, public_jwk
from ledger.keyfiles import load_key

ANSWERS_KEY: Final = "answers-k1.pem"


@dataclass(frozen=True)
class AnswerKey:
    """A private key that signs answers, and receipts as they leave, and nothing else."""

    private: Ed25519PrivateKey

    @classmethod
    def load(cls, path: Path) -> AnswerKey:
        """The key in the PEM file `path`. Raises ValueError for another kind of key."""
        key = load_key(path)
        if not isinstance(key, Ed25519PrivateKey):
            raise ValueError(f"{path} holds no Ed25519 key")  # noqa: TRY004
        return cls(key)

    @cached_property
    def public(self) -> PublicJwk:
        """The public half, named by its thumbprint (RFC 7638)."""
        x = b64url(self.private.public_key().public_bytes_raw())
        return public_jwk({"kty": "OKP", "crv": "Ed25519", "x": x})

    def signed_token(self, typ: str, claims: Mapping[str, Any]) -> str:
        """`claims` as a compact JWS (RFC 7515) whose header is exactly alg, typ and kid."""
        header = {"alg": self.public.jose, "typ": typ, "kid": self.public.kid}
        signed = ".".join(b64url(json.dumps(part).encode()) for part in (header, claims))
        return f"{signed}.{b64url(self.private.sign(signed.encode()))}"
