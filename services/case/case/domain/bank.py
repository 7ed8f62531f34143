"""Believing the bank: its Ed25519 signature over exactly the bytes of a notice (Inv. 5)."""

from __future__ import annotations

import base64
import binascii

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from common.values.errors import Kind, Refusal
from common.values.law import APL_67


def bytes_of(notice: str) -> bytes:
    """What `notice` holds in base64; nothing where it is no base64, and the bank signed no empty notice."""
    try:
        return base64.b64decode(notice, validate=True)
    except binascii.Error:
        return b""


def require_signed(key: Ed25519PublicKey, body: bytes, signature: str) -> None:
    """Raises Refusal BANK_SIGNATURE_WRONG unless `signature` (base64) is the bank's over `body`.

    Every fault gets the same answer, before anything of the body is read: a stranger learns nothing of any case.
    """
    try:
        key.verify(base64.b64decode(signature, validate=True), body)
    except (InvalidSignature, binascii.Error, ValueError):
        raise Refusal(Kind.UNAUTHENTICATED, "BANK_SIGNATURE_WRONG", article=APL_67) from None
