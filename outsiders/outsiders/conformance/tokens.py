"""What a system shows to get a token and to use it: assertions (RFC 7523) and proofs of its key (RFC 9449)."""

from __future__ import annotations

import hashlib
import json
import uuid
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from outsiders.conformance.signing import PrivateKey, b64url, now, sign_bytes


def load_key(path: Path) -> PrivateKey:
    """The private key in a PEM file. Raises ValueError for another kind than Ed25519 and P-256."""
    key = load_pem_private_key(path.read_bytes(), None)
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return key
    if isinstance(key, ec.EllipticCurvePrivateKey) and key.curve.name == "secp256r1":
        return key
    raise ValueError(f"{path.name} holds neither an Ed25519 nor a P-256 key")


def public_jwk(key: PrivateKey) -> dict[str, str]:
    """The public half as a JWK without a name."""
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return {"kty": "OKP", "crv": "Ed25519", "x": b64url(key.public_key().public_bytes_raw())}
    numbers = key.public_key().public_numbers()
    x, y = (b64url(n.to_bytes(32, "big")) for n in (numbers.x, numbers.y))
    return {"kty": "EC", "crv": "P-256", "x": x, "y": y}


def algorithm(key: PrivateKey) -> str:
    """The name of its signatures in a JWS."""
    return "EdDSA" if isinstance(key, ed25519.Ed25519PrivateKey) else "ES256"


def jws(key: PrivateKey, header: dict[str, Any], claims: dict[str, Any]) -> str:
    """A compact JWS; a claim None is left out."""
    stated = {name: value for name, value in claims.items() if value is not None}
    parts = [b64url(json.dumps(part).encode()) for part in ({"alg": algorithm(key)} | header, stated)]
    return ".".join([*parts, b64url(sign_bytes(key, ".".join(parts).encode()))])


def assertion(key: PrivateKey, application_id: str, audience: str, **changes: Any) -> str:
    """An assertion of the system; `changes` alter claims, and `kid` and `alg` the header."""
    header: dict[str, Any] = {name: changes.pop(name) for name in ("kid", "alg") if name in changes}
    claims = {
        "iss": application_id,
        "sub": application_id,
        "aud": audience,
        "exp": now() + 60,
        "jti": uuid.uuid4().hex,
    }
    return jws(key, header, claims | changes)


def proof(key: PrivateKey, method: str, url: str, token: str | None = None, **changes: Any) -> str:
    """A proof for one request; `changes` alter claims, and `typ`, `alg` and `jwk` the header."""
    header = {"typ": "dpop+jwt", "jwk": public_jwk(key)}
    header |= {name: changes.pop(name) for name in ("typ", "alg", "jwk") if name in changes}
    claims = {"jti": uuid.uuid4().hex, "htm": method, "htu": url, "iat": now()}
    if token is not None:
        claims["ath"] = b64url(hashlib.sha256(token.encode()).digest())
    return jws(key, header, claims | changes)
