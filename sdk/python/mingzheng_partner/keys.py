"""The key of a system: Ed25519, P-256, or RSA from 2048 bits. The algorithm follows from the key.

Ed25519   EdDSA   ed25519              RFC 8037
P-256     ES256   ecdsa-p256-sha256    RFC 7518
RSA       PS512   rsa-pss-sha512       RFC 7518
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self, TypeAlias

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from http_message_signatures import algorithms

__all__ = ["PrivateKey", "b64url", "unb64url"]

Private: TypeAlias = ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey

_PSS: Final = padding.PSS(mgf=padding.MGF1(hashes.SHA512()), salt_length=64)


def b64url(data: bytes) -> str:
    """`data` in base64url without padding (RFC 7515 §2)."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unb64url(text: str) -> bytes:
    """The bytes of base64url without padding."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


@dataclass(frozen=True)
class PrivateKey:
    """A private key and the `kid` under which its public half was published."""

    kid: str
    private: Private

    def __post_init__(self) -> None:
        match self.private:
            case ed25519.Ed25519PrivateKey():
                return
            case ec.EllipticCurvePrivateKey() if self.private.curve.name == "secp256r1":
                return
            case rsa.RSAPrivateKey() if self.private.key_size >= 2048:
                return
        raise ValueError("a key is Ed25519, P-256, or RSA from 2048 bits")

    @classmethod
    def generate(cls, kid: str) -> Self:
        """A new Ed25519 key."""
        return cls(kid, ed25519.Ed25519PrivateKey.generate())

    @classmethod
    def of_pem(cls, pem: bytes, *, kid: str) -> Self:
        """The key in a PEM text without a password. Raises ValueError for another kind of key."""
        key = load_pem_private_key(pem, password=None)
        if not isinstance(key, ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey):
            raise ValueError("a key is Ed25519, P-256, or RSA from 2048 bits")  # noqa: TRY004
        return cls(kid, key)

    @classmethod
    def read(cls, path: str | Path, *, kid: str) -> Self:
        """The key in a PEM file."""
        return cls.of_pem(Path(path).read_bytes(), kid=kid)

    @property
    def jose(self) -> str:
        """The algorithm as RFC 7518 names it."""
        match self.private:
            case ed25519.Ed25519PrivateKey():
                return "EdDSA"
            case ec.EllipticCurvePrivateKey():
                return "ES256"
        return "PS512"

    @property
    def algorithm(self) -> Any:
        """The algorithm of RFC 9421, as the library has it."""
        match self.private:
            case ed25519.Ed25519PrivateKey():
                return algorithms.ED25519
            case ec.EllipticCurvePrivateKey():
                return algorithms.ECDSA_P256_SHA256
        return algorithms.RSA_PSS_SHA512

    @property
    def jwk(self) -> dict[str, str]:
        """The public half (RFC 7517), without its kid."""
        match self.private:
            case ed25519.Ed25519PrivateKey():
                x = self.private.public_key().public_bytes_raw()
                return {"kty": "OKP", "crv": "Ed25519", "x": b64url(x)}
            case ec.EllipticCurvePrivateKey():
                point = self.private.public_key().public_numbers()
                return {"kty": "EC", "crv": "P-256", "x": _number(point.x, 32), "y": _number(point.y, 32)}
        numbers = self.private.public_key().public_numbers()
        size = (numbers.n.bit_length() + 7) // 8
        return {"kty": "RSA", "n": _number(numbers.n, size), "e": _number(numbers.e, 3)}

    def sign(self, message: bytes) -> bytes:
        """The signature over `message`, in the form of JOSE: for P-256 r || s."""
        match self.private:
            case ed25519.Ed25519PrivateKey():
                return self.private.sign(message)
            case ec.EllipticCurvePrivateKey():
                r, s = decode_dss_signature(self.private.sign(message, ec.ECDSA(hashes.SHA256())))
                return r.to_bytes(32, "big") + s.to_bytes(32, "big")
        return self.private.sign(message, _PSS, hashes.SHA512())

    def token(self, header: dict[str, Any], claims: dict[str, Any]) -> str:
        """`claims` as a compact JWS (RFC 7515)."""
        parts = [
            b64url(json.dumps(part, ensure_ascii=False).encode())
            for part in ({"alg": self.jose} | header, claims)
        ]
        return ".".join([*parts, b64url(self.sign(".".join(parts).encode()))])

    def possession(self, message: str) -> str:
        """The proof of possession of a key challenge: base64url of the signature over its `message`."""
        return b64url(self.sign(message.encode()))


def _number(value: int, size: int) -> str:
    return b64url(value.to_bytes(size, "big"))
