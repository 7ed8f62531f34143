"""Public keys of other bodies' systems: JWK (RFC 7517), one algorithm a key, and compact signatures (RFC 7515).

    OKP Ed25519   ed25519             EdDSA
    EC P-256      ecdsa-p256-sha256   ES256
    RSA ≥ 2048    rsa-pss-sha512      PS512

The algorithm follows from the key and never from the message. `common.calls.tokens` signs and checks our own tokens;
here are the keys that others made.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, NoReturn, TypeAlias

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

Public: TypeAlias = ed25519.Ed25519PublicKey | ec.EllipticCurvePublicKey | rsa.RSAPublicKey

_JOSE: Final = {"ed25519": "EdDSA", "ecdsa-p256-sha256": "ES256", "rsa-pss-sha512": "PS512"}
_PRIVATE: Final = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
_RSA_BITS: Final = range(2048, 4097)
_PSS: Final = padding.PSS(mgf=padding.MGF1(hashes.SHA512()), salt_length=64)
_KID: Final = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._:-]{0,63}")
_SHAPE: Final = re.compile(r"([A-Za-z0-9_-]{2,4096})\.([A-Za-z0-9_-]{2,8192})\.([A-Za-z0-9_-]{2,1024})")


class Unusable(ValueError):
    """A key or a signed token that cannot be used. `why` is a short code, never a part of the input."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True)
class PublicJwk:
    """One public key. `jwk` is its public members as canonical JSON; `algorithm` is named as RFC 9421 does."""

    kid: str
    algorithm: str
    jwk: str
    thumbprint: str
    public: Public

    @property
    def members(self) -> dict[str, str]:
        """The public members by name."""
        members: dict[str, str] = json.loads(self.jwk)
        return members

    @property
    def jose(self) -> str:
        """The algorithm as RFC 7518 names it."""
        return _JOSE[self.algorithm]

    def verifies(self, signature: bytes, message: bytes) -> bool:
        """Whether `signature` over `message` is of this key."""
        try:
            match self.public:
                case ed25519.Ed25519PublicKey():
                    self.public.verify(signature, message)
                case ec.EllipticCurvePublicKey():
                    self.public.verify(_der(signature), message, ec.ECDSA(hashes.SHA256()))
                case rsa.RSAPublicKey():
                    self.public.verify(signature, message, _PSS, hashes.SHA512())
        except (InvalidSignature, ValueError):
            return False
        return True


def public_jwk(members: Mapping[str, Any], *, kid: str | None = None) -> PublicJwk:
    """The key of a JWK. Without a `kid` of its own it is named by its thumbprint (RFC 7638).

    Raises Unusable: PRIVATE for a JWK that shows a private key, KIND for another kind of key, MEMBER for a member that
    is missing or unreadable, KID for an id that cannot stand in an address, SIZE for a weak RSA key.
    """
    if _PRIVATE & members.keys():
        raise Unusable("PRIVATE")
    match members.get("kty"), members.get("crv"):
        case "OKP", "Ed25519":
            algorithm, names = "ed25519", ["crv", "kty", "x"]
        case "EC", "P-256":
            algorithm, names = "ecdsa-p256-sha256", ["crv", "kty", "x", "y"]
        case "RSA", None:
            algorithm, names = "rsa-pss-sha512", ["e", "kty", "n"]
        case _:
            raise Unusable("KIND")
    public = _public(algorithm, {name: members.get(name) for name in names})
    text = json.dumps({name: members[name] for name in names}, sort_keys=True, separators=(",", ":"))
    thumbprint = b64url(hashlib.sha256(text.encode()).digest())
    kid = kid or members.get("kid") or thumbprint
    if not isinstance(kid, str) or not _KID.fullmatch(kid):
        raise Unusable("KID")
    return PublicJwk(kid, algorithm, text, thumbprint, public)


def stored_jwk(text: str, *, kid: str) -> PublicJwk:
    """The key of which `PublicJwk.jwk` was stored."""
    return public_jwk(json.loads(text), kid=kid)


@dataclass(frozen=True)
class SignedToken:
    """A compact JWS before its signature was checked."""

    header: Mapping[str, Any]
    claims: Mapping[str, Any]
    signed: bytes
    signature: bytes

    def is_signed_by(self, key: PublicJwk) -> bool:
        """Whether `key` signed it, with the algorithm that belongs to the key."""
        return self.header.get("alg") == key.jose and key.verifies(self.signature, self.signed)


def read_token(token: str) -> SignedToken:
    """The parts of a compact JWS. Raises Unusable for anything that can be read in two ways."""
    shape = _SHAPE.fullmatch(token)
    if shape is None:
        raise Unusable("SHAPE")
    head, body, signature = shape.groups()
    return SignedToken(_object(head), _object(body), f"{head}.{body}".encode(), unb64url(signature))


def b64url(data: bytes) -> str:
    """`data` in base64url without padding (RFC 7515 §2)."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unb64url(text: str) -> bytes:
    """The bytes of base64url without padding. Raises Unusable for another spelling of them."""
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise Unusable("BASE64") from None
    if b64url(data) != text:
        raise Unusable("BASE64")
    return data


def _object(text: str) -> Mapping[str, Any]:
    try:
        value = json.loads(unb64url(text), object_pairs_hook=_unique, parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise Unusable("JSON") from None
    if not isinstance(value, dict):
        raise Unusable("JSON")
    return value


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise Unusable("JSON")
    return members


def _refuse(_: str) -> NoReturn:
    raise Unusable("JSON")


def _public(algorithm: str, members: Mapping[str, Any]) -> Public:
    if not all(isinstance(value, str) and len(value) <= 1024 for value in members.values()):
        raise Unusable("MEMBER")
    try:
        if algorithm == "ed25519":
            return ed25519.Ed25519PublicKey.from_public_bytes(unb64url(members["x"]))
        if algorithm == "ecdsa-p256-sha256":
            point = b"\x04" + b"".join(_coordinate(members[name]) for name in ("x", "y"))
            return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
        numbers = [int.from_bytes(unb64url(members[name]), "big") for name in ("e", "n")]
        key = rsa.RSAPublicNumbers(*numbers).public_key()
    except Unusable:
        raise
    except ValueError:
        raise Unusable("MEMBER") from None
    if key.key_size not in _RSA_BITS:
        raise Unusable("SIZE")
    return key


def _coordinate(text: str) -> bytes:
    data = unb64url(text)
    if len(data) != 32:
        raise Unusable("MEMBER")
    return data


def _der(signature: bytes) -> bytes:
    """An ECDSA signature of two 32-byte numbers as cryptography reads it."""
    if len(signature) != 64:
        raise ValueError("a P-256 signature has 64 bytes")
    return encode_dss_signature(int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big"))
