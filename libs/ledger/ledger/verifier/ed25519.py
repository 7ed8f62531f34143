"""Ed25519 (RFC 8032) in pure Python. The package `cryptography` only makes it faster, where it is installed.

Programs disagree about keys and signatures that no honest signer makes. Here, with and without the package, a key
is the one encoding of a point of prime order, S is below the order, R is not the neutral point, and nothing is
multiplied by the cofactor.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import lru_cache

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
ROOT = pow(2, (P - 1) // 4, P)
NEUTRAL = (1).to_bytes(32, "little")
Point = tuple[int, int, int, int]
"""Extended coordinates X, Y, Z, T with x = X/Z, y = Y/Z, xy = T/Z."""
Addend = tuple[int, int, int, int]
"""A point in the form that `_add` takes as its second argument: Y - X, Y + X, 2dT, 2Z."""


def _double(a: Point) -> Point:
    x, y, z, _ = a
    xx, yy = x * x, y * y
    h = xx + yy
    e, g = h - (x + y) * (x + y), xx - yy
    f = (2 * z * z + g) % P
    e, g, h = e % P, g % P, h % P
    return e * f % P, g * h % P, f * g % P, e * h % P


def _add(a: Point, b: Addend) -> Point:
    x, y, z, t = a
    m, n = (y - x) * b[0], (y + x) * b[1]
    c, d = t * b[2], z * b[3]
    e, f, g, h = (n - m) % P, (d - c) % P, (d + c) % P, (n + m) % P
    return e * f % P, g * h % P, f * g % P, e * h % P


def _multiples(point: Point, count: int) -> list[Addend]:
    """The multiples 0, 1, 2 … count - 1 of `point`."""
    x, y, z, t = point
    step = (y - x, y + x, 2 * D * t % P, 2 * z)
    multiples, total = [], (0, 1, 1, 0)
    for _ in range(count):
        x, y, z, t = total
        multiples.append((y - x, y + x, 2 * D * t % P, 2 * z))
        total = _add(total, step)
    return multiples


def _point(data: bytes) -> Point | None:
    """The point that the 32 bytes `data` encode (RFC 8032, 5.1.3); None if they encode none."""
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & (1 << 255) - 1
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT % P
    if (x * x - square) % P or (x == 0 and sign):
        return None
    x = P - x if x & 1 != sign else x
    return x, y, 1, x * y % P


@lru_cache(maxsize=256)
def _key(public: bytes) -> Point | None:
    """The point of a key; None if the bytes are no key. Cached, because a bundle has many signatures and few keys."""
    point = _point(public) if len(public) == 32 else None
    if point is None or public == NEUTRAL:
        return None
    total, step = (0, 1, 1, 0), _multiples(point, 2)[1]
    for bit in f"{L:b}":
        total = _double(total)
        total = _add(total, step) if bit == "1" else total
    return None if total[0] or total[1] != total[2] else point


@lru_cache(maxsize=256)
def _negated(public: bytes) -> list[Addend]:
    """Sixteen multiples of the negated key."""
    key = _key(public)
    return [] if key is None else _multiples((P - key[0], key[1], 1, P - key[3]), 16)


def _has_form(public: bytes, signature: bytes) -> bool:
    return len(signature) == 64 and signature[:32] != NEUTRAL and _key(public) is not None


@lru_cache(maxsize=1)
def _base() -> list[Addend]:
    """256 multiples of the base point, whose y is 4/5."""
    point = _point((4 * pow(5, -1, P) % P).to_bytes(32, "little"))
    return _multiples(point, 256) if point is not None else []


def ed25519(public: bytes, signature: bytes, text: bytes) -> bool:
    """Whether the key `public` made `signature` over `text`, computed with the standard library alone.

    The sum s·B - k·A is computed window by window: four bits of k and eight bits of s at a time, so that both
    share the doublings. Its encoding must equal the first half of the signature, bit for bit.
    """
    s = int.from_bytes(signature[32:], "little")
    if not _has_form(public, signature) or s >= L:
        return False
    minus_key = _negated(public)
    k = int.from_bytes(hashlib.sha512(signature[:32] + public + text).digest(), "little") % L
    base, total = _base(), (0, 1, 1, 0)
    for shift in range(252, -4, -4):
        total = _double(_double(_double(_double(total))))
        total = _add(total, minus_key[k >> shift & 15])
        if not shift & 7:
            total = _add(total, base[s >> shift & 255])
    inverse = pow(total[2], -1, P)
    x, y = total[0] * inverse % P, total[1] * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little") == signature[:32]


@lru_cache(maxsize=1)
def fastest_ed25519() -> Callable[[bytes, bytes, bytes], bool]:
    """The check of `cryptography` where it is installed, else `ed25519`. Both take the same arguments."""
    try:
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    except ImportError:
        return ed25519

    def fast(public: bytes, signature: bytes, text: bytes) -> bool:
        if not _has_form(public, signature):
            return False
        try:
            Ed25519PublicKey.from_public_bytes(public).verify(signature, text)
        except (InvalidSignature, ValueError):
            return False
        return True

    return fast
