"""The one place that believes the bank: its Ed25519 signature over exactly the bytes of a notice (Inv. 5)."""

from __future__ import annotations

import base64
import binascii
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from common.values.errors import Kind, Refusal
from common.values.law import APL_67

SIGNATURE_HEADER: Final = "bank-signature"
KEY_FILE: Final = "bank.pub.pem"
"""The bank's public key (SubjectPublicKeyInfo PEM) in the service's key folder."""


def bank_key(keys: Path) -> Ed25519PublicKey:
    """The bank's public key in the folder `keys`. Raises Refusal BANK_KEY_MISSING without one."""
    path = keys / KEY_FILE
    if not path.exists():
        raise Refusal(Kind.UNAVAILABLE, "BANK_KEY_MISSING")
    key = load_pem_public_key(path.read_bytes())
    if not isinstance(key, Ed25519PublicKey):
        raise ValueError(f"{path.name} holds no Ed25519 public key")
    return key


def require_signed(key: Ed25519PublicKey, body: bytes, signature: str) -> None:
    """Raises Refusal BANK_SIGNATURE_WRONG unless `signature` (base64) is the bank's over `body`.

    Said in one way for every fault, before the body is looked at: a stranger learns nothing of any case.
    """
    try:
        key.verify(base64.b64decode(signature, validate=True), body)
    except (InvalidSignature, binascii.Error, ValueError):
        raise Refusal(Kind.UNAUTHENTICATED, "BANK_SIGNATURE_WRONG", article=APL_67) from None
