"""ML-DSA-44 (FIPS 204), with which a witness may cosign: only where `cryptography` has it, 50 or newer."""

from __future__ import annotations

import base64
from collections.abc import Callable
from functools import lru_cache
from typing import Optional

PUBLIC_KEY, SIGNATURE = 1312, 2420
"""Bytes of a public key, and of a signature."""

HOW = "pip install 'cryptography>=50'"
"""What a reader does who has no implementation."""


@lru_cache(maxsize=1)
def ml_dsa_44() -> Optional[Callable[[bytes, bytes, bytes], bool]]:
    """The check: whether a public key made a signature over a text. None where nothing here can tell."""
    try:
        from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
        from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PublicKey
    except ImportError:
        return None
    try:
        MLDSA44PublicKey.from_public_bytes(bytes(PUBLIC_KEY))
    except UnsupportedAlgorithm:
        return None

    def check(public: bytes, signature: bytes, text: bytes) -> bool:
        try:
            MLDSA44PublicKey.from_public_bytes(public).verify(signature, text)
        except (InvalidSignature, ValueError):
            return False
        return True

    return check


def cosigned_by_ml_dsa(name: str, public: bytes, signature: bytes, text: bytes) -> bool:
    """Whether the witness `name` cosigned the checkpoint with this text (c2sp.org/tlog-cosignature, type 0x06).

    The signature begins with eight bytes of POSIX time. It commits to the witness's name, the time, origin, size and
    root. Call it only where `ml_dsa_44` has an implementation.
    """
    check, at, lines = ml_dsa_44(), signature[:8], text.split(b"\n")
    if check is None or len(signature) != 8 + SIGNATURE or len(lines) < 4 or at == bytes(8):
        return False
    origin, size, root = lines[0], int(lines[1]), base64.b64decode(lines[2], validate=True)
    if not (0 < len(name.encode()) < 256 and 0 < len(origin) < 256 and len(root) == 32):
        return False
    message = (
        b"subtree/v1\n\x00" + bytes([len(name.encode())]) + name.encode() + at + bytes([len(origin)]) + origin
    )
    return check(public, signature[8:], message + bytes(8) + size.to_bytes(8, "big") + root)
