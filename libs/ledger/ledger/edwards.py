"""The curve of Ed25519 (RFC 8032, 5.1), and which 32 bytes are a public key for us.

Verifiers disagree about keys that no honest signer makes: points of small order, points with a part of small order, and
points that are spelled otherwise than RFC 8032, 5.1.3 says. Such a signature holds for one program and not for the
next, so a court would get two answers. Here none of them is a key. Nothing is secret, so nothing runs in constant time.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

Affine = tuple[int, int]
Extended = tuple[int, int, int, int]
"""X, Y, Z, T with x = X/Z, y = Y/Z, xy = T/Z."""

P: Final = 2**255 - 19
ORDER: Final = 2**252 + 27742317777372353535851937790883648493
"""The prime order of the base point."""
NEUTRAL: Final[Extended] = (0, 1, 1, 0)
BASE_Y: Final = 4 * pow(5, -1, P) % P
D: Final = -121665 * pow(121666, -1, P) % P
_ROOT: Final = pow(2, (P - 1) // 4, P)
_OF_ORDER_8: Final = bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05")


def decode(encoded: bytes) -> Affine | None:
    """The point with this encoding (RFC 8032, 5.1.3); None if there is none, or it is encoded otherwise."""
    number = int.from_bytes(encoded, "little")
    y, odd = number & (1 << 255) - 1, number >> 255
    if len(encoded) != 32 or y >= P:
        return None
    u, w = (y * y - 1) % P, (D * y * y + 1) % P
    x = u * pow(w, 3, P) * pow(u * pow(w, 7, P), (P - 5) // 8, P) % P
    if w * x * x % P != u:
        x = x * _ROOT % P
    if w * x * x % P != u or (x == 0 and odd):
        return None
    return (x if x & 1 == odd else P - x), y


def encode(point: Extended) -> bytes:
    """The one encoding of a point, 32 bytes."""
    x, y, z, _ = point
    inverse = pow(z, -1, P)
    return (y * inverse % P | (x * inverse % P & 1) << 255).to_bytes(32, "little")


def add(left: Extended, right: Extended) -> Extended:
    """The sum. The formula is complete: it also doubles, and adds the neutral element."""
    a = (left[1] - left[0]) * (right[1] - right[0]) % P
    b = (left[1] + left[0]) * (right[1] + right[0]) % P
    c, d = 2 * D * left[3] % P * right[3] % P, 2 * left[2] * right[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def times(factor: int, point: Affine) -> Extended:
    """The sum of `factor` times `point`."""
    total, step = NEUTRAL, extended(point)
    while factor:
        total = add(total, step) if factor & 1 else total
        step, factor = add(step, step), factor >> 1
    return total


def extended(point: Affine) -> Extended:
    x, y = point
    return x, y, 1, x * y % P


def _small() -> frozenset[bytes]:
    order8 = decode(_OF_ORDER_8)
    assert order8 is not None  # noqa: S101
    return frozenset(encode(times(factor, order8)) for factor in range(8))


SMALL: Final = _small()
"""The encodings of the eight points of small order."""


_NEUTRAL: Final = encode(NEUTRAL)


@lru_cache(maxsize=4096)
def is_key(public: bytes) -> bool:
    """Whether `public` is the one encoding of a point of prime order. Two milliseconds the first time."""
    point = decode(public)
    return point is not None and public != _NEUTRAL and encode(times(ORDER, point)) == _NEUTRAL
