"""The small bank of the demo and of the tests: it collects fines and says so, signed.

    POST <base_url>/v1/payment-callbacks
    Bank-Signature: <base64 of Ed25519 over the exact body>

The platform never holds money (APL 67): it trusts this signature, and no statement of an officer.
A repeat with the same serial is the same payment.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Final

import httpx
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from case.contract import SIGNATURE_HEADER
from ledger.canonical import canonical, instant
from ledger.keyfiles import load_key, make_key

CALLBACK_PATH: Final = "/v1/payment-callbacks"
DAY_PATH: Final = "/v1/reconciliation-files"
REFUND_PATH: Final = "/v1/refund-callbacks"


def receipt(serial: str) -> dict[str, str]:
    """The fiscal e-receipt that the finance department issues for a payment."""
    return {
        "receipt_no": f"FER-{serial}",
        "receipt_code": "31010125",
        "verification_url": "https://receipts.demo.mingzheng.example/check",
    }


def day_file(day: date, *notices: bytes) -> bytes:
    """The bank's file of `day`: the payments of these notices, as its books have them."""
    lines = [{k: v for k, v in json.loads(notice).items() if k != "receipt"} for notice in notices]
    return canonical({"day": f"{day}", "lines": lines})


def refund_notice(*, reference: str, amount_fen: int, refunded_at: datetime, serial: str) -> bytes:
    """The body of the bank's notice that it returned money."""
    return canonical(
        {
            "amount_fen": amount_fen,
            "channel": "COUNTER",
            "reference": reference,
            "refunded_at": instant(refunded_at),
            "serial": serial,
        }
    )


def payment_notice(*, reference: str, amount_fen: int, paid_at: datetime, serial: str) -> bytes:
    """The body of a callback: the amount, its reference, the time, the bank's own serial, and the number of the fiscal
    e-receipt (NJ 16).
    """
    return canonical(
        {
            "amount_fen": amount_fen,
            "channel": "COUNTER",
            "paid_at": instant(paid_at),
            "receipt": receipt(serial),
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
            make_key(path)
        key = load_key(path)
        if not isinstance(key, Ed25519PrivateKey):
            raise ValueError(f"couldn't open the bank: {path.name} holds no Ed25519 key")
        return cls(key)

    @property
    def public_pem(self) -> bytes:
        """The public key for the platform (SubjectPublicKeyInfo PEM)."""
        return self.key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )

    def sign(self, body: bytes) -> str:
        """The value of the signature header over exactly `body`."""
        return base64.b64encode(self.key.sign(body)).decode()

    async def tell(self, http: httpx.AsyncClient, body: bytes, path: str = CALLBACK_PATH) -> httpx.Response:
        """Send the notice `body`, signed, to the platform that `http` speaks to. The answer is returned as it is."""
        headers = {"content-type": "application/json", SIGNATURE_HEADER: self.sign(body)}
        return await http.post(path, content=body, headers=headers)
