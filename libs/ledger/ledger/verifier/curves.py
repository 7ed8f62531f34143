"""Signatures over curves y² = x³ - 3x + b: ECDSA (FIPS 186-5) and SM2 (GB/T 32918.2, parameters of GB/T 32918.5)."""

from __future__ import annotations

from typing import Optional

from ledger.verifier.sm3 import sm3

Affine = Optional[tuple[int, int]]
"""The coordinates x and y; None is the point at infinity."""

CURVES = {  # p, b, the order n, and the base point
    "SM2": (
        0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF,
        0x28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93,
        0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123,
        0x32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7,
        0xBC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0,
    ),
    "P-256": (
        2**256 - 2**224 + 2**192 + 2**96 - 1,
        0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B,
        0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551,
        0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
        0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5,
    ),
    "P-384": (
        2**384 - 2**128 - 2**96 + 2**32 - 1,
        0xB3312FA7E23EE7E4988E056BE3F82D19181D9C6EFE8141120314088F5013875AC656398D8A2ED19D2A85C8EDD3EC2AEF,
        0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFC7634D81F4372DDF581A0DB248B0A77AECEC196ACCC52973,
        0xAA87CA22BE8B05378EB1C71EF320AD746E1D3B628BA79B9859F741E082542A385502F25DBF55296C3A545E3872760AB7,
        0x3617DE4A96262C6F5D9E98BF9292DC29F8F41DBD289A147CE9DA3113B5F0B8C00A60B1CE1D7E819D7A431D7C90EA0E5F,
    ),
}
SM2_ID = b"1234567812345678"
"""The signer's identity that GB/T 32918.5 gives where none is agreed."""


def _sum(a: Affine, b: Affine, p: int) -> Affine:
    """The sum of two points of a curve over the field of `p` elements."""
    if a is None or b is None:
        return a or b
    if a[0] != b[0]:
        slope = (b[1] - a[1]) * pow(b[0] - a[0], -1, p)
    elif (a[1] + b[1]) % p:
        slope = 3 * (a[0] * a[0] - 1) * pow(2 * a[1], -1, p)
    else:
        return None
    x = (slope * slope - a[0] - b[0]) % p
    return x, (slope * (a[0] - x) - a[1]) % p


def _on(curve: str, public: bytes) -> tuple[int, int] | None:
    """The point that `public` (04 || x || y) encodes; None if it does not lie on `curve`."""
    p, b, *_ = CURVES[curve]
    size = (p.bit_length() + 7) // 8
    x, y = int.from_bytes(public[1 : size + 1], "big"), int.from_bytes(public[size + 1 :], "big")
    fits = len(public) == 2 * size + 1 and public[0] == 4 and max(x, y) < p
    return (x, y) if fits and (y * y - x**3 + 3 * x - b) % p == 0 else None


def _combined(curve: str, u: int, v: int, point: Affine) -> Affine:
    """The sum of `u` times the base point and `v` times `point`."""
    p, _, n, *base = CURVES[curve]
    addends = [None, (base[0], base[1]), point, _sum((base[0], base[1]), point, p)]
    total: Affine = None
    for i in range(n.bit_length() - 1, -1, -1):
        total = _sum(_sum(total, total, p), addends[(u >> i & 1) | (v >> i & 1) << 1], p)
    return total


def sm2(public: bytes, signature: bytes, text: bytes) -> bool:
    """Whether the key `public` (04 || x || y) made `signature` (r || s) over `text`."""
    p, b, n, *base = CURVES["SM2"]
    point, r = _on("SM2", public), int.from_bytes(signature[:32], "big")
    s = int.from_bytes(signature[32:], "big")
    t = (r + s) % n
    if point is None or len(signature) != 64 or not (0 < r < n and 0 < s < n and t):
        return False
    curve = b"".join(number.to_bytes(32, "big") for number in (p - 3, b, *base, *point))
    z = sm3((8 * len(SM2_ID)).to_bytes(2, "big") + SM2_ID + curve)
    result = _combined("SM2", s, t, point)
    return result is not None and (int.from_bytes(sm3(z + text), "big") + result[0]) % n == r


def ecdsa(curve: str, public: bytes, r: int, s: int, digest: bytes) -> bool:
    """Whether the key `public` (04 || x || y) made the signature (r, s) over data with this `digest`."""
    p, _, n, *_ = CURVES[curve]
    point = _on(curve, public)
    if point is None or not (0 < r < n and 0 < s < n):
        return False
    z, inverse = int.from_bytes(digest[: (p.bit_length() + 7) // 8], "big"), pow(s, -1, n)
    result = _combined(curve, z * inverse % n, r * inverse % n, point)
    return result is not None and result[0] % n == r
