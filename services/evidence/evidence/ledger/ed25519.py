"""Checks many Ed25519 signatures, each by itself: RFC 8032, section 5.1.7, without the cofactor, S below the order.

A few keys sign everything. So each key gets a table of its multiples once, and a check takes 64 additions in
`ed25519.c`, a sixth of PyNaCl's time. This module decides what is a key and fills the tables; the C file computes over
many signatures. hatch_build.py compiles it if there is a C compiler; without one `is_built` is false and PyNaCl checks.

It accepts nothing that PyNaCl refuses: a point or scalar has one encoding, and neither key nor R has small order. It
refuses a signature that is right only up to the cofactor, as Go and OpenSSL do. Nothing here is secret, so nothing runs
in constant time.
"""

from __future__ import annotations

import ctypes
from array import array
from collections.abc import Sequence
from functools import lru_cache
from hashlib import sha512
from pathlib import Path
from typing import Final

Affine = tuple[int, int]
_Extended = tuple[int, int, int, int]

_P: Final = 2**255 - 19
_D: Final = -121665 * pow(121666, -1, _P) % _P
_ROOT: Final = pow(2, (_P - 1) // 4, _P)
_BASE_Y: Final = 4 * pow(5, -1, _P) % _P
_WINDOWS, _MULTIPLES, _WORDS = 32, 129, 32  # the same constants as in ed25519.c
_KEYS_KEPT: Final = 64  # a table takes half a megabyte


def decode(encoded: bytes) -> Affine | None:
    """The point with this encoding (RFC 8032, section 5.1.3); None if there is none, or it is encoded otherwise."""
    number = int.from_bytes(encoded, "little")
    y, odd = number & (1 << 255) - 1, number >> 255
    if len(encoded) != 32 or y >= _P:
        return None
    u, w = (y * y - 1) % _P, (_D * y * y + 1) % _P
    x = u * pow(w, 3, _P) * pow(u * pow(w, 7, _P), (_P - 5) // 8, _P) % _P
    if w * x * x % _P != u:
        x = x * _ROOT % _P
    if w * x * x % _P != u or (x == 0 and odd):
        return None
    return (x if x & 1 == odd else _P - x), y


def _encode(point: _Extended) -> bytes:
    x, y, z, _ = point
    inverse = pow(z, -1, _P)
    return (y * inverse % _P | (x * inverse % _P & 1) << 255).to_bytes(32, "little")


def _add(left: _Extended, right: _Extended) -> _Extended:
    """The sum. The formula is complete: it also doubles, and adds the neutral element."""
    a = (left[1] - left[0]) * (right[1] - right[0]) % _P
    b = (left[1] + left[0]) * (right[1] + right[0]) % _P
    c, d = 2 * _D * left[3] % _P * right[3] % _P, 2 * left[2] * right[2] % _P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % _P, g * h % _P, f * g % _P, e * h % _P


def _extended(point: Affine) -> _Extended:
    x, y = point
    return x, y, 1, x * y % _P


def _small() -> frozenset[bytes]:
    """The encodings of the eight points of small order."""
    # y of a point of order eight
    order8 = decode(bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"))
    assert order8 is not None  # noqa: S101
    points: list[_Extended] = [(0, 1, 1, 0)]
    for _ in range(7):
        points.append(_add(points[-1], _extended(order8)))
    return frozenset(map(_encode, points))


_SMALL: Final = _small()


def table(point: Affine) -> array[int]:
    """The multiples j·256^w of `point` for j to 128 and w below 32, in the layout of ed25519.c."""
    points: list[_Extended] = []
    step = _extended(point)
    for _ in range(_WINDOWS):
        multiple: _Extended = (0, 1, 1, 0)
        for _ in range(_MULTIPLES):
            points.append(multiple)
            multiple = _add(multiple, step)
        step = _add(points[-1], points[-1])
    before = [1]
    for multiple in points:
        before.append(before[-1] * multiple[2] % _P)
    rest = pow(before[-1], -1, _P)  # one inversion for all of them
    words = array("I", bytes(4 * _WORDS * len(points)))
    for at in range(len(points) - 1, -1, -1):
        x, y, z, _ = points[at]
        inverse, rest = rest * before[at] % _P, rest * z % _P
        x, y = x * inverse % _P, y * inverse % _P
        limbs = [*_limbs((y + x) % _P), *_limbs((y - x) % _P), *_limbs(2 * _D * x * y % _P)]
        words[at * _WORDS : at * _WORDS + len(limbs)] = array("I", limbs)
    return words


def _limbs(number: int) -> list[int]:
    """`number` in limbs of 26, 25, 26 … bits, lowest first."""
    limbs = []
    for at in range(10):
        width = 25 if at & 1 else 26
        limbs.append(number & (1 << width) - 1)
        number >>= width
    return limbs


def _compiled() -> ctypes.CDLL | None:
    """The library that hatch_build.py compiled for the widest vector unit of this machine; None if there is none."""
    for lanes in (8, 4):
        try:
            library = ctypes.CDLL(str(Path(__file__).with_name(f"_ed25519_{lanes}.so")))
            if library.can_check():
                return library
        except OSError:
            continue
    return None


_library: Final = _compiled()


def is_built() -> bool:
    """Whether this machine has the compiled library."""
    return _library is not None


@lru_cache(maxsize=1)
def _base() -> array[int]:
    point = decode(_BASE_Y.to_bytes(32, "little"))
    assert point is not None  # noqa: S101
    return table(point)


@lru_cache(maxsize=_KEYS_KEPT)
def _negative(key: bytes) -> array[int] | None:
    """The table of -A for the public key A; None if `key` is no key."""
    point = decode(key)
    return None if point is None or key in _SMALL else table((_P - point[0], point[1]))


def hold(claims: Sequence[tuple[bytes, bytes, bytes]]) -> bytes:
    """One byte for each (key, signature of 64 bytes, text): 1 if the signature is right. Mostly without the GIL.

    Raises RuntimeError if `is_built` is false.
    """
    if _library is None:
        raise RuntimeError("couldn't check signatures by the hundred: ed25519.c is not compiled here")
    tables = [_negative(key) for key, _, _ in claims]
    base = _base().buffer_info()[0]
    verdicts = ctypes.create_string_buffer(len(claims))
    _library.check(
        len(claims),
        ctypes.c_void_p(base),
        (ctypes.c_void_p * len(claims))(*[t.buffer_info()[0] if t else base for t in tables]),
        b"".join([signature for _, signature, _ in claims]),
        b"".join([sha512(signature[:32] + key + text).digest() for key, signature, text in claims]),
        verdicts,
    )
    result = verdicts.raw
    if None in tables or any(signature[:32] in _SMALL for _, signature, _ in claims):
        pairs = zip(result, claims, tables, strict=True)
        result = bytes(v & (t is not None and c[1][:32] not in _SMALL) for v, c, t in pairs)
    return result
