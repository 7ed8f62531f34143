"""The keys of three witnesses."""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ledger.cosigning import CosignatureKey


def witness_key(name: str, seed: int) -> CosignatureKey:
    return CosignatureKey(name, Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32))


W1, W2, W3 = (witness_key(f"witness.{n}.example/w1", 30 + n) for n in (1, 2, 3))
