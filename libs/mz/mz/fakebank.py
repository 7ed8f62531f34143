"""The small bank of the demo and of the tests: it collects fines and says so, signed.

    POST <base_url>/v1/payment-callbacks
    Bank-Signature: <base64 of Ed25519 over the exact body>

The platform never holds money (APL 67): it believes this signature, and nothing that an officer says.
A repeat with the same serial is the same payment.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

import httpx
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from case import bank as case_bank
from common.facts import canonical, instant

SIGNATURE_HEADER: Final = case_bank.SIGNATURE_HEADER
CALLBACK_PATH: Final = "/v1/payment-callbacks"


def payment_notice(*, reference: str, amount_fen: int, paid_at: datetime, serial: str) -> bytes:
    """The body of a callback: what was paid on which reference, when, the bank's own serial, and the number
    of the fiscal e-receipt that was issued for it (APL 70).
    """
    return canonical(
        {
            "amount_fen": amount_fen,
            "channel": "COUNTER",
            "paid_at": instant(paid_at),
            "receipt_number": f"FER-{serial}",
            "reference": reference,
            "serial": serial,
        }
    )


@dataclass(frozen=True)
class FakeBank:
    """A bank with one signing key."""

    key: Ed25519PrivateKey

    @classmethod
    def open(cls, path: Path) -> FakeBank:
        """The bank whose key lies at `path` (PKCS #8 PEM, 0600); made on first use."""
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            pem = Ed25519PrivateKey.generate().private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
            path.touch(mode=0o600)
            path.write_bytes(pem)
        key = serialization.load_pem_private_key(path.read_bytes(), password=None)
        if not isinstance(key, Ed25519PrivateKey):
            raise ValueError(f"couldn't open the bank: {path.name} holds no Ed25519 key")
        return cls(key)

    @property
    def public_pem(self) -> bytes:
        """The public key as the platform is given it (SubjectPublicKeyInfo PEM)."""
        return self.key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )

    def sign(self, body: bytes) -> str:
        """The value of the signature header over exactly `body`."""
        return base64.b64encode(self.key.sign(body)).decode()

    def pay(
        self, base_url: str, reference: str, amount_fen: int, at: datetime, serial: str
    ) -> httpx.Response:
        """Tell the platform that `amount_fen` was paid on `reference` at `at`. The answer is returned as it is."""
        body = payment_notice(reference=reference, amount_fen=amount_fen, paid_at=at, serial=serial)
        headers = {"content-type": "application/json", SIGNATURE_HEADER: self.sign(body)}
        with httpx.Client(base_url=base_url, trust_env=False, timeout=10.0) as client:
            return client.post(CALLBACK_PATH, content=body, headers=headers)
