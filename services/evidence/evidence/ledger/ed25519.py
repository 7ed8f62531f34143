"""Checks many Ed25519 signatures, each by itself: RFC 8032, section 5.1.7, without the cofactor, S below the order.

A few keys sign everything. So each key gets a table of its multiples once, and a check takes 64 additions in
`ed25519.c`, a sixth of PyNaCl's time. This module decides what is a key and fills the tables; the C file computes over
many signatures. hatch_build.py compiles it if there is a C compiler; without one `is_built` is false and PyNaCl checks.

It accepts nothing that PyNaCl refuses: a point or scalar has one encoding, a key has prime order, R no small one. It
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

from ledger.edwards import BASE_Y, NEUTRAL, SMALL, Affine, D, Extended, P, add, decode, extended, is_key

_WINDOWS, _MULTIPLES, _WORDS = 32, 129, 32  # the same constants as in ed25519.c
_KEYS_KEPT: Final = 64  # a table takes half a megabyte


def table(point: Affine) -> array[int]:
    """The multiples j·256^w of `point` for j to 128 and w below 32, in the layout of ed25519.c."""
    points: list[Extended] = []
    step = extended(point)
    for _ in range(_WINDOWS):
        multiple = NEUTRAL
        for _ in range(_MULTIPLES):
            points.append(multiple)
            multiple = add(multiple, step)
        step = add(points[-1], points[-1])
    before = [1]
    for multiple in points:
        before.append(before[-1] * multiple[2] % P)
    rest = pow(before[-1], -1, P)  # one inversion for all of them
    words = array("I", bytes(4 * _WORDS * len(points)))
    for at in range(len(points) - 1, -1, -1):
        x, y, z, _ = points[at]
        inverse, rest = rest * before[at] % P, rest * z % P
        x, y = x * inverse % P, y * inverse % P
        limbs = [*_limbs((y + x) % P), *_limbs((y - x) % P), *_limbs(2 * D * x * y % P)]
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
    point = decode(BASE_Y.to_bytes(32, "little"))
    assert point is not None  # noqa: S101
    return table(point)


@lru_cache(maxsize=_KEYS_KEPT)
def _negative(key: bytes) -> array[int] | None:
    """The table of -A for the public key A; None if `key` is no key."""
    point = decode(key)
    return table((P - point[0], point[1])) if point is not None and is_key(key) else None


def hold(claims: Sequence[tuple[bytes, bytes, bytes]]) -> bytes:
    """One byte for each (key, signature, text): 1 if the signature is right. Mostly without the GIL.

    A signature of another length than 64 bytes is wrong; the C code gets zeros in its place, because it reads one
    after the other without looking. Raises RuntimeError if `is_built` is false.
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
        b"".join([signature if len(signature) == 64 else bytes(64) for _, signature, _ in claims]),
        b"".join([sha512(signature[:32] + key + text).digest() for key, signature, text in claims]),
        verdicts,
    )
    result = verdicts.raw
    if None in tables or not all(_has_form(signature) for _, signature, _ in claims):
        pairs = zip(result, claims, tables, strict=True)
        result = bytes(v & (t is not None and _has_form(c[1])) for v, c, t in pairs)
    return result


def _has_form(signature: bytes) -> bool:
    return len(signature) == 64 and signature[:32] not in SMALL
