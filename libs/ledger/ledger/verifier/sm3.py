"""The two digests of the ledger: SHA-256, and SM3 (GB/T 32905).

SM3 comes from hashlib where OpenSSL has it, else from the pure Python here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence


def _rotated(word: int, by: int) -> int:
    """The 32-bit `word` rotated to the left by `by` bits."""
    return (word << by | word >> 32 - by) & 0xFFFFFFFF


_SM3_T = [_rotated(0x79CC4519 if j < 16 else 0x7A879D8A, j % 32) for j in range(64)]


def sm3_by_hand(data: bytes) -> bytes:
    """The SM3 digest of `data`, in pure Python."""
    state = [0x7380166F, 0x4914B2B9, 0x172442D7, 0xDA8A0600, 0xA96F30BC, 0x163138AA, 0xE38DEE4D, 0xB0FB0E4E]
    padded = data + b"\x80" + bytes(-(len(data) + 9) % 64) + (8 * len(data)).to_bytes(8, "big")
    for at in range(0, len(padded), 64):
        state = [old ^ new for old, new in zip(state, _compressed(state, padded[at : at + 64]))]
    return b"".join(word.to_bytes(4, "big") for word in state)


def _compressed(state: Sequence[int], block: bytes) -> tuple[int, ...]:
    """The compression function CF: 64 rounds over one block of 64 bytes. The names are those of the standard."""
    w = [int.from_bytes(block[i : i + 4], "big") for i in range(0, 64, 4)]
    for j in range(16, 68):
        x = w[j - 16] ^ w[j - 9] ^ _rotated(w[j - 3], 15)
        w.append(x ^ _rotated(x, 15) ^ _rotated(x, 23) ^ _rotated(w[j - 13], 7) ^ w[j - 6])
    a, b, c, d, e, f, g, h = state
    for j in range(64):
        twelve = _rotated(a, 12)
        ss1 = _rotated((twelve + e + _SM3_T[j]) & 0xFFFFFFFF, 7)
        ff, gg = (a ^ b ^ c, e ^ f ^ g) if j < 16 else (a & b | a & c | b & c, e & f | ~e & g)
        tt1 = (ff + d + (ss1 ^ twelve) + (w[j] ^ w[j + 4])) & 0xFFFFFFFF
        tt2 = (gg + h + ss1 + w[j]) & 0xFFFFFFFF
        a, b, c, d = tt1, a, _rotated(b, 9), c
        e, f, g, h = tt2 ^ _rotated(tt2, 9) ^ _rotated(tt2, 17), e, _rotated(f, 19), g
    return a, b, c, d, e, f, g, h


try:
    hashlib.new("sm3")
    HAS_SM3 = True
except ValueError:
    HAS_SM3 = False


def sha256(data: bytes) -> bytes:
    """The SHA-256 digest of `data`."""
    return hashlib.sha256(data).digest()


def sm3(data: bytes) -> bytes:
    """The SM3 digest of `data`."""
    return hashlib.new("sm3", data).digest() if HAS_SM3 else sm3_by_hand(data)
