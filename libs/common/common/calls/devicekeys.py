"""Public keys with which devices sign what they captured, as their manifests name the algorithm.

    ed25519             RFC 8032                     32 bytes             signature 64 bytes
    ecdsa-p256-sha256   FIPS 186-5, secure elements  65 bytes 04||x||y    r||s, 64 bytes
    sm2-sm3             GB/T 32918.2, GB/T 32905     65 bytes 04||x||y    r||s, 64 bytes, id 1234567812345678

The algorithm follows from the key and never from the message. Their TLS certificates are read here too.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from ledger.edwards import is_key
from ledger.notes import unbase64
from ledger.signatures import holds
from ledger.sm2 import Sm2PublicKey, Sm2Unavailable

_CURVE: Final = ec.SECP256R1()
_SIGNATURE: Final = 64
_POINT: Final = 65


@dataclass(frozen=True)
class DeviceKey:
    """One public key. Raises ValueError for an unknown algorithm, and for bytes that are no key of it.

    `ledger.sm2.Sm2Unavailable` where this machine's OpenSSL has no SM2.
    """

    algorithm: str
    public: bytes

    def __post_init__(self) -> None:
        match self.algorithm:
            case "ed25519" if is_key(self.public):
                return
            case "ecdsa-p256-sha256" if len(self.public) == _POINT:
                ec.EllipticCurvePublicKey.from_encoded_point(_CURVE, self.public)
                return
            case "sm2-sm3":
                Sm2PublicKey(self.public)
                return
        raise ValueError("these bytes are no key about which every verifier says the same")

    def verifies(self, message: bytes, signature: bytes) -> bool:
        """Whether this key made `signature` over `message`."""
        if len(signature) != _SIGNATURE:
            return False
        match self.algorithm:
            case "ed25519":
                return holds((self.public, signature, message))
            case "ecdsa-p256-sha256":
                return _p256(self.public, message, signature)
        return Sm2PublicKey(self.public).verifies(message, signature)


class Usable(StrEnum):
    """Whether a key that was handed in can be used here."""

    YES = "YES"
    NO_KEY = "NO_KEY"  # the text is no canonical base64, or the bytes are no key of this algorithm
    NO_SM2 = "NO_SM2"  # this machine's OpenSSL has no SM2


def read_key(algorithm: str, public: str, proof: str) -> tuple[Usable, DeviceKey | None, bytes]:
    """The key and the proof that somebody handed in as base64; never raises."""
    try:
        return Usable.YES, DeviceKey(algorithm, unbase64(public)), unbase64(proof)
    except ValueError:
        return Usable.NO_KEY, None, b""
    except Sm2Unavailable:
        return Usable.NO_SM2, None, b""


@dataclass(frozen=True)
class TlsCertificate:
    """A certificate by the SHA-256 of its DER in hex, and how long it is valid."""

    sha256: str
    valid_from: datetime
    valid_until: datetime


def read_certificate(pem: str) -> TlsCertificate | None:
    """The one certificate in `pem`; None for anything else."""
    try:
        certificates = x509.load_pem_x509_certificates(pem.encode())
    except ValueError:
        return None
    if len(certificates) != 1:
        return None
    only = certificates[0]
    sha256 = only.fingerprint(hashes.SHA256()).hex()
    return TlsCertificate(sha256, only.not_valid_before_utc, only.not_valid_after_utc)


def _p256(public: bytes, message: bytes, signature: bytes) -> bool:
    r, s = (int.from_bytes(half, "big") for half in (signature[:32], signature[32:]))
    key = ec.EllipticCurvePublicKey.from_encoded_point(_CURVE, public)
    try:
        key.verify(encode_dss_signature(r, s), message, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        return False
    return True
