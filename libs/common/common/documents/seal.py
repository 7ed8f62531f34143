"""The electronic seal as a port: a PDF goes in, a statement about its bytes comes out (可靠电子签名, ESL 13, 14).

A city buys its seal from a licensed provider, whose service signs by its own rules. Here stands the one thing that we
ask of it, and an implementation for tests and the demo, whose certificate says that it has no legal effect. A seal
never changes the bytes: the digest of the document is on record, and the statement stands beside it.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from ledger.clock import Clock

NO_EFFECT = "TEST SEAL, NO LEGAL EFFECT"
_HEAD = b"mingzheng-seal/v1\n"


@dataclass(frozen=True)
class SealStatement:
    """Who sealed which bytes: `sha256` in hex, the signer's certificate (X.509, DER), its signature."""

    sha256: str
    certificate: bytes
    signature: bytes

    def is_of(self, pdf: bytes) -> bool:
        """Whether the signer of `certificate` sealed exactly these bytes. Whether to trust it is another question."""
        key = x509.load_der_x509_certificate(self.certificate).public_key()
        if hashlib.sha256(pdf).hexdigest() != self.sha256 or not isinstance(key, Ed25519PublicKey):
            return False
        try:
            key.verify(self.signature, _HEAD + self.sha256.encode())
        except InvalidSignature:
            return False
        return True


class Seal(Protocol):
    """An agency's seal. Raises OSError if its provider is away."""

    async def seal(self, pdf: bytes) -> SealStatement: ...


class SealProvider(Protocol):
    """Whoever keeps the seals of agencies. Raises OSError if it is away."""

    async def seal(self, agency_name: str, pdf: bytes) -> SealStatement: ...


class TestSeal:
    """A seal with a key of its own and a certificate signed by that key. No court accepts it, and it says so."""

    __test__ = False  # no test class, whatever its name says to pytest

    def __init__(self, agency_name: str, at: datetime) -> None:
        self._key = Ed25519PrivateKey.generate()
        name = x509.Name(
            [
                x509.NameAttribute(NameOID.ORGANIZATION_NAME, agency_name),
                x509.NameAttribute(NameOID.COMMON_NAME, NO_EFFECT),
            ]
        )
        begins = at.astimezone(UTC)
        builder = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(self._key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(begins)
            .not_valid_after(begins + timedelta(days=365))
        )
        self._certificate = builder.sign(self._key, None).public_bytes(Encoding.DER)

    async def seal(self, pdf: bytes) -> SealStatement:
        sha256 = hashlib.sha256(pdf).hexdigest()
        return SealStatement(sha256, self._certificate, self._key.sign(_HEAD + sha256.encode()))


class TestSeals:
    """A test seal for each agency that asks, made when it first asks."""

    __test__ = False

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._seals: dict[str, TestSeal] = {}

    async def seal(self, agency_name: str, pdf: bytes) -> SealStatement:
        if agency_name not in self._seals:
            self._seals[agency_name] = TestSeal(agency_name, self._clock())
        return await self._seals[agency_name].seal(pdf)
