"""The compiled check accepts no signature that PyNaCl refuses, and every signature that a key made."""

from __future__ import annotations

import random
from hashlib import sha512

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nacl.signing import SigningKey

from evidence.ledger import ed25519
from ledger.signatures import Claim, holds

pytestmark = pytest.mark.skipif(not ed25519.is_built(), reason="no C compiler had built ed25519.c here")

KEYS = [SigningKey(bytes([seed]) * 32) for seed in range(1, 4)]
P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
IDENTITY = (1).to_bytes(32, "little")
SMALL = [bytes.fromhex(point) for point in (
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0000000000000000000000000000000000000000000000000000000000000080",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000080",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
)]  # fmt: skip
"""Every encoding of every point of small order."""


def signed(key: SigningKey, text: bytes) -> Claim:
    return bytes(key.verify_key), key.sign(text).signature, text


def test_rfc_8032_section_7_1_test_3_holds() -> None:
    key = bytes.fromhex("fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025")
    signature = bytes.fromhex(
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
        "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"
    )

    assert ed25519.hold([(key, signature, bytes.fromhex("af82"))]) == b"\1"


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 2), st.binary(max_size=900), st.integers(-1, 511)), max_size=40))
def test_each_verdict_equals_pynacls_also_with_a_flipped_bit(made: list[tuple[int, bytes, int]]) -> None:
    claims = []
    for which, text, bit in made:
        key, signature, _ = signed(KEYS[which], text)
        if bit >= 0:
            flipped = int.from_bytes(signature, "little") ^ 1 << bit
            signature = flipped.to_bytes(64, "little")
        claims.append((key, signature, text))

    assert list(map(bool, ed25519.hold(claims))) == list(map(holds, claims))


@pytest.mark.parametrize("count", [1, 3, 4, 7, 8, 9, 255, 256, 257, 512, 513, 1024])
def test_every_lane_and_every_chunk_judges_its_own_signature(count: int) -> None:
    chosen = random.Random(count)
    claims = [signed(chosen.choice(KEYS), bytes([n & 255]) * (n % 300)) for n in range(count)]
    bad = {chosen.randrange(count) for _ in range(count // 3 + 1)}
    claims = [(key, sig, text + b"!" if n in bad else text) for n, (key, sig, text) in enumerate(claims)]

    assert ed25519.hold(claims) == bytes(n not in bad for n in range(count))


def test_a_scalar_has_one_encoding() -> None:
    claims = []
    for n in range(200):
        key, signature, text = signed(KEYS[0], b"%d" % n)
        larger = int.from_bytes(signature[32:], "little") + ORDER * (1 + n % 7)
        claims.append((key, signature[:32] + larger.to_bytes(32, "little"), text))

    assert ed25519.hold(claims) == bytes(200)


@pytest.mark.parametrize("scalar", [0, 1, ORDER - 1, ORDER, 2**253, 2**256 - 1])
def test_no_point_of_small_order_is_a_key_or_an_r(scalar: int) -> None:
    s = scalar.to_bytes(32, "little")
    keys = [*SMALL, bytes(KEYS[0].verify_key)]
    claims = [(key, r + s, b"%d" % n) for key in keys for r in SMALL for n in range(9)]

    assert not any(ed25519.hold(claims))
    assert not any(map(holds, claims))


def test_bytes_that_are_not_the_one_encoding_of_a_point_are_no_key() -> None:
    numbers = [P + n for n in range(19)] + [
        n for n in range(2, 40) if ed25519.decode(n.to_bytes(32, "little")) is None
    ]
    claims = [(number.to_bytes(32, "little"), IDENTITY + bytes(32), b"") for number in numbers]

    assert not any(ed25519.hold(claims))
    assert not any(map(holds, claims))


def test_a_signature_that_holds_only_up_to_the_cofactor_is_refused() -> None:
    """The owner of a key can make one: R carries a point of order 8, so that 8·S·B = 8·R + 8·h·A, and no more."""
    seed = sha512(bytes([1]) * 32).digest()
    scalar = int.from_bytes(seed[:32], "little") & (1 << 254) - 8 | 1 << 254
    key, signature, text = signed(KEYS[0], b"text")
    honest, torsion = ed25519.decode(signature[:32]), ed25519.decode(SMALL[10])
    assert honest is not None
    assert torsion is not None
    nonce = (int.from_bytes(signature[32:], "little") - challenge(signature[:32], key, text) * scalar) % ORDER
    mixed = encoded(added(honest, torsion))
    s = (nonce + challenge(mixed, key, text) * scalar) % ORDER
    claims = [(key, mixed + s.to_bytes(32, "little"), text), (key, signature, text)]

    assert ed25519.hold(claims) == b"\0\1"


def challenge(r: bytes, key: bytes, text: bytes) -> int:
    return int.from_bytes(sha512(r + key + text).digest(), "little")


def added(left: tuple[int, int], right: tuple[int, int]) -> tuple[int, int]:
    d = -121665 * pow(121666, -1, P) % P
    (x1, y1), (x2, y2) = left, right
    cross = d * x1 * x2 * y1 * y2
    return (x1 * y2 + x2 * y1) * pow(1 + cross, -1, P) % P, (y1 * y2 + x1 * x2) * pow(1 - cross, -1, P) % P


def encoded(point: tuple[int, int]) -> bytes:
    return (point[1] | (point[0] & 1) << 255).to_bytes(32, "little")
