"""Ed25519 in pure Python: RFC 8032, and agreement with a library."""

from __future__ import annotations

import random

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ledger.verifier.ed25519 import L, ed25519, fastest_ed25519


@pytest.mark.parametrize("count", range(24))
def test_the_pure_python_signature_check_agrees_with_the_library(count: int) -> None:
    bit = random.Random(count)
    key = Ed25519PrivateKey.from_private_bytes(bit.randbytes(32))
    public, text = key.public_key().public_bytes_raw(), bit.randbytes(count * 7)
    signature = key.sign(text)

    assert ed25519(public, signature, text)
    assert not ed25519(public, signature, text + b"x")
    for changed in (signature[:32] + bytes(32), bytes(64), signature[:-1], signature + b"x"):
        assert not ed25519(public, changed, text)
    too_large = (int.from_bytes(signature[32:], "little") + L).to_bytes(32, "little")
    assert not ed25519(public, signature[:32] + too_large, text)


def test_the_pure_python_signature_check_passes_rfc_8032() -> None:
    public = bytes.fromhex("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c")
    signature = bytes.fromhex(
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
        "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
    )

    assert ed25519(public, signature, b"\x72")


def test_the_fast_check_and_the_slow_one_take_the_same_arguments() -> None:
    key = Ed25519PrivateKey.from_private_bytes(bytes(32))
    public, signature = key.public_key().public_bytes_raw(), key.sign(b"text")

    for check in (ed25519, fastest_ed25519()):
        assert check(public, signature, b"text")
        assert not check(public, signature, b"texu")
        assert not check(bytes([255]) * 32, signature, b"text")
