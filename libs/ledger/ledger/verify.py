"""Verifies the ledger and court bundles offline. One file, the standard library alone; copy it and run it:

    python -I verify.py bundle.zip --key VKEY [--witness VKEY … --quorum N] [--tsa FILE.pem …] [--monitor VKEY …]
    python -I verify.py folder     --key VKEY [--witness VKEY … --quorum N] [--checkpoint FILE]

The first is a court bundle. The second is a whole log: folder/checkpoint and folder/tile/entries/…

The verdict:

FORGED        Something contradicts something: a digest, a signature, a proof, an order. The failed step is named.
VERIFIED      Every demanded step was made at least once and held. Always demanded: file digests, signatures of
              records, inclusion, checkpoints, trusted key, manifest, completeness of streams, order.
              `--witness` demands N cosignatures (default: all given), `--tsa` an upper time stamp, `--monitor`
              the statement of completeness, `--checkpoint` that this log grew from an earlier one.
NOT_VERIFIED  Anything else: a demanded step could not be made, or there was nothing to check.

What outsiders vouch for is never believed on the bundle's own word. Without `--key` nothing is VERIFIED: a
forger signs a whole history with keys of his own; the keys inside are printed for comparison. Without `--witness`,
`--tsa` or `--monitor` that step stays open, does not hold up the verdict, and is listed under 未核验 beside
it. With them, a signature of theirs that is wrong is FORGED, one that is absent is NOT_VERIFIED.

The bundle:

    manifest.json manifest.note   path, digest, size of every other file; the note signs the manifest's digest
    records/<i>.entry             ledger entries            proofs/<i>.tlog-proof   each under the final checkpoint
    keys/<i>.entry                entries about keys        keys/<i>.tlog-proof     log.genesis first
    keys/policy.txt               c2sp.org/tlog-policy      checkpoints/final.note  with witnesses' cosignatures
    checkpoints/lower|upper.note  time-stamped, before and after the records of the case
    consistency/<x>-final.txt     from lower, upper or the statement's tree to the final one: the body of an
                                  add-checkpoint request, c2sp.org/tlog-witness
    timestamps/<x>.<authority>.tsr  RFC 3161 tokens over a checkpoint without cosignatures; <authority>.pem: chain
    statements/completeness.note  a monitor's word on the last record of each stream, those about keys too, at its
                                  size: more than the index of the last record here
    statements/<sha256>.note      signed by a registered key, named by digest in a record
    disclosures/*.json            {"field", "salt", "value"} (salt hex) behind a record's commitment {"c": …}
    media/…                       named by digest in a record's `media`; one that is neither here nor erased by a
                                  record of evidence.erased makes the bundle NOT_VERIFIED
    sm3/…                         the same entries in the twin tree: checkpoint.note, proofs/<i>.tlog-proof,
                                  anchors/<i>.entry (log.anchor) with .tlog-proof, anchor-final.txt
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import re
import sys
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any

FORGED, NOT_VERIFIED, VERIFIED = "FORGED", "NOT_VERIFIED", "VERIFIED"
CHINESE = {FORGED: "已被改动或伪造", NOT_VERIFIED: "未能核验", VERIFIED: "核验通过"}
NO_HASH = bytes(32)
HEADER = re.compile(
    rb"ledger-entry/v1 (0|[1-9][0-9]{0,18})"
    rb" ([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z) ([A-Za-z0-9+/]{43}=)"
)
EVIDENCE = re.compile(rb"evd_[0-7][0-9a-hjkmnp-tv-z]{25}")
FIELDS = {"actor", "at", "data", "id", "prev", "seq", "stream", "type", "v"}
FIELD = re.compile(r"[a-z][a-z0-9_]{0,31}")
LARGEST = 64_000_000
COMPLETENESS = "statements/completeness.note"
KNOWN = re.compile(
    r"README\.zh-CN\.md|report\.html|verify/verify\.(py|sh)|keys/policy\.txt|checkpoints/(lower|upper|final)\.note"
    r"|(keys|records|sm3/anchors)/\d+\.entry|(keys|proofs|sm3/proofs|sm3/anchors)/\d+\.tlog-proof"
    r"|sm3/(checkpoint\.note|anchor-final\.txt)|consistency/(lower|upper|statement)-final\.txt"
    r"|timestamps/[^/]+\.(tsr|pem)|statements/[^/]+\.note|disclosures/[^/]+\.json|media/[^/]+\.(jpg|png)"
)
"""The files of which something is verified, or that only explain the others."""
SKEW = timedelta(seconds=60)
"""How far the clocks of the ledger, of a witness and of a time-stamping authority may lie apart."""


class Fault(ValueError):
    """What is wrong, in Chinese."""


# ---- Ed25519 (RFC 8032), pure Python; `cryptography` only makes it faster ------------------------------------

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
ROOT = pow(2, (P - 1) // 4, P)
Point = tuple[int, int, int, int]
"""Extended coordinates X, Y, Z, T with x = X/Z, y = Y/Z, xy = T/Z."""
Addend = tuple[int, int, int, int]
"""A point as it is added: Y - X, Y + X, 2dT, 2Z."""


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
    """0, 1, 2 … count - 1 times `point`."""
    x, y, z, t = point
    step = (y - x, y + x, 2 * D * t % P, 2 * z)
    made, total = [], (0, 1, 1, 0)
    for _ in range(count):
        x, y, z, t = total
        made.append((y - x, y + x, 2 * D * t % P, 2 * z))
        total = _add(total, step)
    return made


def _point(data: bytes) -> Point | None:
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
def _negated(public: bytes) -> list[Addend] | None:
    """Sixteen multiples of minus the key, kept: a bundle has many signatures and few keys."""
    key = _point(public)
    return None if key is None else _multiples((P - key[0], key[1], 1, P - key[3]), 16)


@lru_cache(maxsize=1)
def _base() -> list[Addend]:
    point = _point((4 * pow(5, -1, P) % P).to_bytes(32, "little"))
    return _multiples(point, 256) if point is not None else []


def ed25519(public: bytes, signature: bytes, text: bytes) -> bool:
    """Whether `signature` is that of `public` over `text`, by the standard library alone.

    s·B - k·A is added up window by window, four bits of k and eight of s at a time, so that both share
    the doublings; its encoding must be the signature's first half, bit for bit.
    """
    minus_key, s = _negated(public), int.from_bytes(signature[32:], "little")
    if minus_key is None or len(signature) != 64 or s >= L:
        return False
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
def _library() -> Callable[[bytes, bytes, bytes], bool]:
    try:
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    except ImportError:
        return ed25519

    def fast(public: bytes, signature: bytes, text: bytes) -> bool:
        try:
            Ed25519PublicKey.from_public_bytes(public).verify(signature, text)
        except (InvalidSignature, ValueError):
            return False
        return True

    return fast


# ---- SM3 (GB/T 32905), pure Python; hashlib where OpenSSL has it ---------------------------------------------


def _rotated(word: int, by: int) -> int:
    return (word << by | word >> 32 - by) & 0xFFFFFFFF


_SM3_T = [_rotated(0x79CC4519 if j < 16 else 0x7A879D8A, j % 32) for j in range(64)]


def sm3_by_hand(data: bytes) -> bytes:
    """The SM3 digest of `data`."""
    state = [0x7380166F, 0x4914B2B9, 0x172442D7, 0xDA8A0600, 0xA96F30BC, 0x163138AA, 0xE38DEE4D, 0xB0FB0E4E]
    padded = data + b"\x80" + bytes(-(len(data) + 9) % 64) + (8 * len(data)).to_bytes(8, "big")
    for at in range(0, len(padded), 64):
        state = [old ^ new for old, new in zip(state, _compressed(state, padded[at : at + 64]), strict=True)]
    return b"".join(word.to_bytes(4, "big") for word in state)


def _compressed(state: Sequence[int], block: bytes) -> tuple[int, ...]:
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
    return hashlib.sha256(data).digest()


def sm3(data: bytes) -> bytes:
    return hashlib.new("sm3", data).digest() if HAS_SM3 else sm3_by_hand(data)


# ---- Curves y² = x³ - 3x + b: ECDSA (FIPS 186-5), and SM2 (GB/T 32918.2, curve and identity of 32918.5) -------

Affine = tuple[int, int] | None
"""x and y; None is the point at infinity."""
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


def _sum(a: Affine, b: Affine, p: int) -> Affine:
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
    """The point in `public` (04 || x || y), None if it is none of the curve."""
    p, b, *_ = CURVES[curve]
    size = (p.bit_length() + 7) // 8
    x, y = int.from_bytes(public[1 : size + 1], "big"), int.from_bytes(public[size + 1 :], "big")
    fits = len(public) == 2 * size + 1 and public[0] == 4 and max(x, y) < p
    return (x, y) if fits and (y * y - x**3 + 3 * x - b) % p == 0 else None


def _combined(curve: str, u: int, v: int, point: Affine) -> Affine:
    """u times the base point and v times `point`."""
    p, _, n, *base = CURVES[curve]
    addends = [None, (base[0], base[1]), point, _sum((base[0], base[1]), point, p)]
    total: Affine = None
    for i in range(n.bit_length() - 1, -1, -1):
        total = _sum(_sum(total, total, p), addends[(u >> i & 1) | (v >> i & 1) << 1], p)
    return total


def sm2(public: bytes, signature: bytes, text: bytes) -> bool:
    """Whether `signature` (r || s) is that of `public` (04 || x || y) over `text`."""
    p, b, n, *base = CURVES["SM2"]
    point, r = _on("SM2", public), int.from_bytes(signature[:32], "big")
    s = int.from_bytes(signature[32:], "big")
    t = (r + s) % n
    if point is None or len(signature) != 64 or not (0 < r < n and 0 < s < n and t):
        return False
    curve = b"".join(number.to_bytes(32, "big") for number in (p - 3, b, *base, *point))
    z = sm3((8 * len(SM2_ID)).to_bytes(2, "big") + SM2_ID + curve)
    found = _combined("SM2", s, t, point)
    return found is not None and (int.from_bytes(sm3(z + text), "big") + found[0]) % n == r


def ecdsa(curve: str, public: bytes, r: int, s: int, digest: bytes) -> bool:
    """Whether (r, s) is the signature of the uncompressed point `public` over what hashes to `digest`."""
    p, _, n, *_ = CURVES[curve]
    point = _on(curve, public)
    if point is None or not (0 < r < n and 0 < s < n):
        return False
    z, inverse = int.from_bytes(digest[: (p.bit_length() + 7) // 8], "big"), pow(s, -1, n)
    found = _combined(curve, z * inverse % n, r * inverse % n, point)
    return found is not None and found[0] % n == r


# ---- Formats: every parser raises ValueError for what the format forbids -------------------------------------

ED25519, COSIGNATURE, SM2 = 0x01, 0x04, 0xFF
_SM2_NAME = b"SM2-SM3"


@lru_cache(maxsize=4096)
def _signed(kind: int, public: bytes, signature: bytes, text: bytes) -> bool:
    if kind == SM2:
        return sm2(public, signature, text)
    if kind == COSIGNATURE:  # c2sp.org/tlog-cosignature: eight bytes of POSIX time first
        at, signature = int.from_bytes(signature[:8], "big"), signature[8:]
        text = f"cosignature/v1\ntime {at}\n".encode() + text
    return _library()(public, signature, text)


def unbase64(text: bytes | str) -> bytes:
    value = base64.b64decode(text, validate=True)
    if base64.b64encode(value) != (text.encode() if isinstance(text, str) else text):
        raise Fault("Base64 不规范")
    return value


@dataclass(frozen=True)
class Vkey:
    """A public key under its name: `<name>+<id>+<base64(kind || key)>`; SM2: kind 0xff || "SM2-SM3" || 04xy."""

    name: str
    key_id: bytes
    kind: int
    public: bytes

    @property
    def vkey(self) -> str:
        material = bytes([self.kind]) + (_SM2_NAME if self.kind == SM2 else b"") + self.public
        return f"{self.name}+{self.key_id.hex()}+{base64.b64encode(material).decode()}"

    @classmethod
    def parse(cls, text: object) -> Vkey:
        name, _, rest = str(text).partition("+")
        key_id, _, encoded = rest.partition("+")
        material = unbase64(encoded)
        kind, public = material[0], material[1:]
        if kind == SM2 and public.startswith(_SM2_NAME + b"\x04") and len(public) == 72:
            public = public[7:]
        elif kind not in (ED25519, COSIGNATURE) or len(public) != 32:
            raise Fault(f"公钥 {name} 的格式不对")
        expected = sha256(name.encode() + b"\n" + material)[:4]
        if key_id != expected.hex() or not re.fullmatch(r"[^\s+]+", name):
            raise Fault(f"公钥 {name} 的编号与内容不符")
        return cls(name, expected, kind, public)


@dataclass(frozen=True)
class Note:
    """A signed note: `text` ends in a newline; `signatures` are (name, key id, signature)."""

    raw: bytes
    text: bytes
    signatures: list[tuple[str, bytes, bytes]]

    @classmethod
    def parse(cls, raw: bytes) -> Note:
        cut = raw.rfind(b"\n\n")
        if (
            cut < 0
            or len(raw) > 1_000_000
            or not raw.endswith(b"\n")
            or re.search(rb"[\x00-\x09\x0b-\x1f]", raw)
        ):
            raise Fault("签名文本的格式不对")
        signatures = []
        for line in raw[cut + 2 : -1].decode().split("\n"):
            mark, name, encoded = line.split(" ")
            value = unbase64(encoded)
            if mark != "—" or len(value) < 5 or not re.fullmatch(r"[^\s+]+", name):
                raise Fault("签名行的格式不对")
            signatures.append((name, value[:4], value[4:]))
        raw[: cut + 1].decode()
        return cls(raw, raw[: cut + 1], signatures)

    def claims(self, key: Vkey) -> bool:
        return self.signature(key) is not None

    def signature(self, key: Vkey) -> bytes | None:
        """The first signature that claims to be `key`'s."""
        for name, key_id, signature in self.signatures:
            if name == key.name and key_id == key.key_id:
                return signature
        return None

    def signed_by(self, key: Vkey) -> bool:
        signature = self.signature(key)
        return signature is not None and _signed(key.kind, key.public, signature, self.text)

    def only(self, name: str) -> bytes:
        """The note with the signature lines of `name` alone."""
        lines = self.raw[len(self.text) + 1 :].splitlines(keepends=True)
        return self.text + b"\n" + b"".join(line for line in lines if line.startswith(f"— {name} ".encode()))


def canonical(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()


def parse_canonical(line: bytes) -> Any:
    def refuse(text: str) -> Any:
        raise Fault(f"记录里不得有 {text}")

    value = json.loads(line, parse_float=refuse, parse_constant=refuse)
    if canonical(value) != line or not all(FIELD.fullmatch(key) for key in _keys(value)):
        raise Fault("JSON 不是规范形式")
    return value


def _keys(value: Any, depth: int = 0) -> Iterator[str]:
    if depth > 32:
        raise Fault("JSON 嵌套过深")
    for key, part in value.items() if isinstance(value, dict) else []:
        yield key
        yield from _keys(part, depth + 1)
    for part in value if isinstance(value, list) else []:
        yield from _keys(part, depth + 1)


def statement(note: Note, kind: str) -> dict[str, Any]:
    """What a statement note says, whoever signed it."""
    head, _, body = note.text.partition(b"\n")
    if head != f"mingzheng-statement/v1 {kind}".encode():
        raise Fault(f"不是 {kind} 声明")
    value = parse_canonical(body.removesuffix(b"\n"))
    if not isinstance(value, dict):
        raise Fault("声明的格式不对")
    return value


@dataclass(frozen=True)
class Entry:
    """A ledger entry and the record in it."""

    raw: bytes
    index: int
    time: str
    prev: bytes
    note: Note
    record: dict[str, Any]

    @classmethod
    def parse(cls, raw: bytes) -> Entry:
        header, _, rest = raw.partition(b"\n")
        match, note = HEADER.fullmatch(header), Note.parse(rest)
        if match is None or note.text.count(b"\n") != 1:
            raise Fault("账本条目的格式不对")
        record = parse_canonical(note.text[:-1])
        if not isinstance(record, dict) or not FIELDS <= record.keys() <= FIELDS | {"subject"}:
            raise Fault("记录的字段不对")
        if type(record["seq"]) is not int or not isinstance(record["data"], dict):
            raise Fault("记录的字段不对")
        datetime.fromisoformat(match[2].decode())
        return cls(raw, int(match[1]), match[2].decode(), unbase64(match[3]), note, record)

    @property
    def leaf(self) -> bytes:
        return sha256(b"\x00" + self.raw)

    @property
    def stream(self) -> str:
        return str(self.record["stream"])

    @property
    def at(self) -> datetime:
        return datetime.fromisoformat(self.time)


@dataclass(frozen=True)
class Checkpoint:
    """A signed checkpoint: origin, size, root."""

    note: Note
    origin: str
    size: int
    root: bytes

    @classmethod
    def parse(cls, raw: bytes) -> Checkpoint:
        note = Note.parse(raw)
        origin, size, root, *end = note.text.decode().split("\n")
        if end != [""] or not re.fullmatch(r"0|[1-9][0-9]{0,18}", size) or len(unbase64(root)) != 32:
            raise Fault("检查点的格式不对")
        return cls(note, origin, int(size), unbase64(root))


# ---- Trees (RFC 6962, RFC 9162): over SHA-256, and over SM3 the twin -----------------------------------------

Hash = Callable[[bytes], bytes]


def root_of(leaves: Iterable[bytes], hashed: Hash = sha256) -> tuple[int, bytes]:
    """Number of leaves and root of the RFC 6962 tree over them."""
    peaks: list[tuple[int, bytes]] = []
    size = 0
    for leaf in leaves:
        size, peak = size + 1, (0, leaf)
        while peaks and peaks[-1][0] == peak[0]:
            peak = (peak[0] + 1, hashed(b"\x01" + peaks.pop()[1] + peak[1]))
        peaks.append(peak)
    root = peaks.pop()[1] if peaks else hashed(b"")
    for _, peak_hash in reversed(peaks):
        root = hashed(b"\x01" + peak_hash + root)
    return size, root


def included(
    index: int, size: int, leaf: bytes, proof: Iterable[bytes], root: bytes, hashed: Hash = sha256
) -> bool:
    """RFC 9162 §2.1.3.2."""
    left, last, running = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return False
        if left & 1 or left == last:
            running = hashed(b"\x01" + sibling + running)
            while left and not left & 1:
                left, last = left >> 1, last >> 1
        else:
            running = hashed(b"\x01" + running + sibling)
        left, last = left >> 1, last >> 1
    return 0 <= index < size and last == 0 and running == root


def extends(old: Checkpoint, new: Checkpoint, proof: Sequence[bytes], hashed: Hash = sha256) -> bool:
    """Whether `proof` shows the tree of `old` to be the beginning of that of `new` (RFC 9162 §2.1.4.2)."""
    if old.size == new.size:
        return old.root == new.root and not proof
    if not 0 < old.size < new.size or not proof:
        return False
    first, *rest = proof if old.size & (old.size - 1) else [old.root, *proof]
    left, last = old.size - 1, new.size - 1
    while left & 1:
        left, last = left >> 1, last >> 1
    small = large = first
    for sibling in rest:
        if last == 0:
            return False
        if left & 1 or left == last:
            small, large = hashed(b"\x01" + sibling + small), hashed(b"\x01" + sibling + large)
            while left and not left & 1:
                left, last = left >> 1, last >> 1
        else:
            large = hashed(b"\x01" + large + sibling)
        left, last = left >> 1, last >> 1
    return last == 0 and (small, large) == (old.root, new.root)


# ---- Time stamps (RFC 3161): DER, CMS, X.509 and RSA PKCS#1 v1.5 in pure Python -------------------------------

OIDS = """
2a864886f70d010702 signedData 2a864886f70d0109100104 TSTInfo
2a864886f70d010903 contentType 2a864886f70d010904 messageDigest
2a864886f70d010910020c signingCertificate 2a864886f70d010910022f signingCertificateV2
608648016503040201 sha256 608648016503040202 sha384 608648016503040203 sha512 2b0e03021a sha1
2a864886f70d010101 rsa 2a864886f70d01010b rsa/sha256 2a864886f70d01010c rsa/sha384 2a864886f70d01010d rsa/sha512
2a8648ce3d0201 ec 2a8648ce3d040302 ec/sha256 2a8648ce3d040303 ec/sha384 2a8648ce3d040304 ec/sha512
2a8648ce3d030107 P-256 2b81040022 P-384
551d0f keyUsage 551d13 basicConstraints 551d25 extKeyUsage 2b06010505070308 timeStamping
"""
NAMED: dict[str, str] = dict(re.findall(r"(\w+) (\S+)", OIDS))
DIGEST_INFO = {
    "sha256": bytes.fromhex("3031300d060960864801650304020105000420"),
    "sha384": bytes.fromhex("3041300d060960864801650304020205000430"),
    "sha512": bytes.fromhex("3051300d060960864801650304020305000440"),
}


class Unproved(Fault):
    """A time stamp that this file, or the certificates given to it, cannot judge: not verified, and not forged."""


def _must(holds: object, fault: str) -> None:
    if not holds:
        raise Fault(fault)


@dataclass(frozen=True)
class Der:
    """One DER element: tag, whole encoding, content."""

    tag: int
    raw: bytes
    body: bytes

    @classmethod
    def all(cls, data: bytes) -> list[Der]:
        found, at = [], 0
        while at < len(data):
            tag, length, begin = data[at], data[at + 1], at + 2
            if length >= 0x80:
                count = length & 0x7F
                length, begin = int.from_bytes(data[begin : begin + count], "big"), begin + count
                _must(1 <= count <= 4 and length >= max(0x80, 1 << 8 * (count - 1)), "长度不合 DER")
            end = begin + length
            _must(tag & 0x1F != 0x1F and end <= len(data), "结构不合 DER")
            found.append(cls(tag, data[at:end], data[begin:end]))
            at = end
        return found

    def of(self, *tags: int) -> bytes:
        _must(self.tag in tags, f"此处不应为标签 {self.tag:#x}")
        return self.body

    def parts(self, tag: int = 0x30) -> list[Der]:
        return Der.all(self.of(tag))

    def only(self, tag: int) -> Der:
        (inner,) = self.parts(tag)
        return inner

    @property
    def name(self) -> str:
        number = self.of(6).hex()
        return NAMED.get(number, number)

    @property
    def number(self) -> int:
        _must(len(self.of(2)) == 1 or self.body[0] or self.body[1] & 0x80, "整数不合 DER")
        return int.from_bytes(self.body, "big", signed=True)

    @property
    def bits(self) -> bytes:
        _must(self.of(3)[0] == 0, "位串不是整字节")
        return self.body[1:]

    @property
    def algorithm(self) -> str:
        name, *parameters = self.parts()
        if [one.raw for one in parameters] not in ([], [b"\5\0"]):
            raise Unproved(f"本程序不认得算法 {name.name} 的参数")
        return name.name

    @property
    def time(self) -> datetime:
        form = r"\d{12}Z" if self.tag == 0x17 else r"\d{14}(\.\d*[1-9])?Z"
        text = self.of(0x17, 0x18).decode("ascii")
        _must(re.fullmatch(form, text), "时间的写法不对")
        whole, _, fraction = text[:-1].partition(".")
        if self.tag == 0x17:
            whole = ("20" if whole < "50" else "19") + whole
        at = datetime.strptime(whole, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
        return at + timedelta(microseconds=int(fraction[:6].ljust(6, "0")))


def rsa(public: bytes, signature: bytes, digest: bytes, name: str) -> bool:
    """Whether `signature` is that of the RSAPublicKey `public` over what hashes to `digest` (PKCS#1 v1.5)."""
    n, e = (part.number for part in Der.all(public)[0].parts())
    size, number = (n.bit_length() + 7) // 8, int.from_bytes(signature, "big")
    if not 2048 <= n.bit_length() <= 8192 or e < 3 or len(signature) != size or number >= n:
        return False
    tail = b"\0" + DIGEST_INFO[name] + digest
    return pow(number, e, n).to_bytes(size, "big") == b"\0\1".ljust(size - len(tail), b"\xff") + tail


@lru_cache(maxsize=256)
def _made(key: bytes, scheme: str, signature: bytes, data: bytes) -> bool:
    """Whether `signature` over `data` is that of the SubjectPublicKeyInfo `key`; `scheme` is such as `rsa/sha256`."""
    head, public = Der.all(key)[0].parts()
    kind, *parameters = head.parts()
    family, _, name = scheme.partition("/")
    if kind.name != family or name not in DIGEST_INFO:
        raise Unproved(f"本程序不认得签名算法 {scheme}({kind.name})")
    digest = hashlib.new(name, data).digest()
    if family == "rsa":
        return rsa(public.bits, signature, digest, name)
    if parameters[0].name not in CURVES:
        raise Unproved(f"本程序不认得椭圆曲线 {parameters[0].name}")
    r, s = (part.number for part in Der.all(signature)[0].parts())
    return ecdsa(parameters[0].name, public.bits, r, s, digest)


class Certificate:
    """What an X.509 v3 certificate says; names and serial number as bytes."""

    def __init__(self, raw: bytes) -> None:
        body, scheme, signature = Der.all(raw)[0].parts()
        version, serial, inner, issuer, validity, subject, key, *rest = body.parts()
        listed = [one.parts() for part in rest if part.tag == 0xA3 for one in part.only(0xA3).parts()]
        _must(version.only(0xA0).number == 2 and inner.raw == scheme.raw, "不是 X.509 第三版证书")
        self.raw, self.body, self.key, self.subject = raw, body.raw, key.raw, subject.raw
        self.issuer, self.serial = issuer.raw, serial.raw
        self.since, self.until = (one.time for one in validity.parts())
        self.scheme, self.signature = scheme.algorithm, signature.bits
        self.extensions = {fields[0].name: Der.all(fields[-1].of(4))[0] for fields in listed}
        self.critical = {fields[0].name for fields in listed if fields[1].raw == b"\1\1\xff"}

    def may(self, bits: int) -> bool:
        """Whether the key usage, where it is limited, allows one of `bits`."""
        usage = self.extensions.get("keyUsage")
        return usage is None or bool(usage.of(3)[1] & bits)

    @property
    def depth(self) -> int:
        """How many authorities may stand below this one; -1 for no authority."""
        constraints = self.extensions.get("basicConstraints")
        fields = constraints.parts() if constraints else []
        if not fields or fields[0].raw != b"\1\1\xff" or not self.may(0x04):
            return -1
        return fields[1].number if len(fields) > 1 else 99


def certificates_in(pem: bytes) -> list[bytes]:
    """The certificates in PEM, as DER."""
    found = re.findall(rb"-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----", pem)
    return [base64.b64decode(one) for one in found]


def _certificates(raws: Iterable[bytes]) -> Iterator[Certificate]:
    for raw in raws:
        with suppress(ValueError, IndexError):
            yield Certificate(raw)


def _under(roots: list[bytes], signer: Certificate, known: list[Certificate], at: datetime) -> None:
    """Raises Fault unless certificates lead from `signer` to one of `roots`, all good `at` that time (RFC 5280 §6)."""
    path = [signer]
    while (last := path[-1]).raw not in roots:
        above = [one for one in known if one.subject == last.issuer and one not in path]
        if not above:
            raise Unproved("授时机构的证书链到不了所给的根证书")
        issuers = [one for one in above if _made(one.key, last.scheme, last.signature, last.body)]
        _must(issuers, "授时机构的证书不是其上级所签")
        _must(issuers[0].depth >= len(path) - 1, "签发授时证书者无权签发")
        path.append(issuers[0])
    for one in path:
        _must(one.since <= at <= one.until, "授时证书当时不在有效期内")
        if one.critical - {"keyUsage", "basicConstraints", "extKeyUsage"}:
            raise Unproved("授时证书有本程序不认得的关键扩展")


def _stated(info: bytes, stamped: bytes) -> datetime:
    """The time that a TSTInfo gives `stamped`."""
    version, _policy, imprint, _serial, at, *rest = Der.all(info)[0].parts()
    name, digest = imprint.parts()
    if name.algorithm not in DIGEST_INFO:
        raise Unproved(f"本程序不认得摘要算法 {name.algorithm}")
    _must(hashlib.new(name.algorithm, stamped).digest() == digest.of(4), "时间戳盖的不是这份文件")
    _must(version.number == 1 and at.tag == 0x18, "时间戳的版本或时间不对")
    if any(one.parts()[1].tag == 1 for part in rest if part.tag == 0xA1 for one in Der.all(part.body)):
        raise Unproved("时间戳有本程序不认得的关键扩展")
    return at.time


def _signer(attributes: dict[str, Der], known: list[Certificate], sid: list[bytes]) -> Certificate:
    """The certificate that the signed attributes name by its digest (RFC 5035)."""
    second = attributes.get("signingCertificateV2")
    named = (second or attributes["signingCertificate"]).only(0x31).parts()[0].parts()[0].parts()
    name = named.pop(0).algorithm if named[0].tag == 0x30 else "sha256" if second else "sha1"
    for one in known:
        if hashlib.new(name, one.raw).digest() == named[0].of(4):
            _must([one.issuer, one.serial] == sid, "签署者与证书不符")
            return one
    _must(not any([one.issuer, one.serial] == sid for one in known), "签名所指的不是这一证书")
    raise Unproved("没有签署时间戳的证书")


def time_token(token: bytes, stamped: bytes, roots: bytes) -> datetime:
    """When an authority saw `stamped`, by its `token`; `roots` are the trusted certificates (PEM). Raises Fault.

    `token` is a TimeStampResp or the ContentInfo in it. Unproved, a Fault, where the reason is no contradiction.
    """
    try:
        (outer,) = Der.all(token)
        return _time(outer.parts(), stamped, certificates_in(roots))
    except Fault:
        raise
    except (ValueError, IndexError, KeyError, OverflowError):
        raise Fault("时间戳的结构不合 RFC 3161") from None


def _time(parts: list[Der], stamped: bytes, roots: list[bytes]) -> datetime:
    if parts[0].tag == 0x30:
        _must(parts[0].parts()[0].number == 0 and len(parts) == 2, "授时机构没有同意盖戳")
        parts = parts[1].parts()
    kind, content = parts
    version, digests, wrapped, *more, signers = content.only(0xA0).parts()
    meant, inner = wrapped.parts()
    info = inner.only(0xA0).of(4)
    _must((kind.name, version.number, meant.name) == ("signedData", 3, "TSTInfo"), "不是时间戳")
    _must([part.tag for part in more] in ([], [0xA0], [0xA1], [0xA0, 0xA1]), "时间戳的结构不合 CMS")
    number, sid, hashing, signed, scheme, signature, *_unsigned = signers.only(0x31).parts()
    name, family = hashing.algorithm, scheme.algorithm.partition("/")[0]
    if name not in DIGEST_INFO:
        raise Unproved(f"本程序不认得摘要算法 {name}")
    _must(number.number == 1 and name in [one.algorithm for one in digests.parts(0x31)], "签署者信息不对")
    _must(scheme.algorithm in (family, f"{family}/{name}"), "签名算法与摘要算法不符")
    listed = [one.parts() for one in signed.parts(0xA0)]
    attributes = {kind.name: values for kind, values in listed}
    _must(len(attributes) == len(listed), "签名属性重复")
    _must(attributes["contentType"].only(0x31).name == "TSTInfo", "所签的不是时间戳")
    _must(
        attributes["messageDigest"].only(0x31).of(4) == hashlib.new(name, info).digest(), "时间戳内容被改动"
    )
    embedded = [one.raw for part in more if part.tag == 0xA0 for one in Der.all(part.body)]
    known = list(_certificates([*roots, *embedded]))
    signer = _signer(attributes, known, [part.raw for part in sid.parts()])
    usage = [one.name for one in signer.extensions["extKeyUsage"].parts()]
    _must(usage == ["timeStamping"] and "extKeyUsage" in signer.critical, "证书不是时间戳专用")
    _must(signer.may(0xC0), "授时证书不得用于签名")
    _must(
        _made(signer.key, f"{family}/{name}", signature.of(4), b"\x31" + signed.raw[1:]), "时间戳的签名不对"
    )
    at = _stated(info, stamped)
    _under(roots, signer, known, at)
    return at


# ---- Who may sign what: the key log --------------------------------------------------------------------------


@dataclass
class LogKey:
    """A key that signs checkpoints: of sizes greater than `since`, up to `until` (None: still)."""

    key: Vkey
    since: int
    until: int | None = None


class KeyLog:
    """Keys as the entries so far leave them (spec/ledger.md §3.4). Validity is counted in entries, not in time.

    A service's key may sign streams under its prefixes. A key registered with "signs": "checkpoints" is the
    log's (named as its origin) or the twin's (<origin>/sm3); while several are valid, all of them must sign.
    """

    def __init__(self) -> None:
        self.roots: list[Vkey] = []
        self.threshold = 1
        self.origin = ""
        self.logs: list[LogKey] = []
        self.keys: dict[str, tuple[Vkey, tuple[str, ...]]] = {}
        self.ended: set[str] = set()

    def of(self, name: str, size: int) -> list[Vkey]:
        """The keys that must sign the checkpoint of `size` of the log called `name`."""
        valid = (k.key for k in self.logs if k.since < size and (k.until is None or size <= k.until))
        return [key for key in valid if key.name == name]

    def take(self, entry: Entry) -> None:
        """Check who signed `entry`, and apply it if it is about keys. Raises ValueError naming the fault."""
        for key in self._signers(entry):
            if not entry.note.signed_by(key):
                raise Fault(f"缺少 {key.name} 的有效签名")
        for key in [*self.roots, *(key for key, _ in self.keys.values())]:
            if entry.note.claims(key) and not entry.note.signed_by(key):
                raise Fault(f"{key.name} 的签名与内容不符")
        if entry.stream.startswith("keys/"):
            self._apply(entry)

    def _signers(self, entry: Entry) -> list[Vkey]:
        data, kind = entry.record["data"], entry.record["type"]
        if not self.roots:
            if kind != "log.genesis" or entry.index != 0 or entry.stream != "log":
                raise Fault("账本的第一条必须是 log.genesis")
            self._begin(data)
            return self._roots_on(entry)
        if entry.stream.startswith("keys/"):
            match kind:
                case "key.register":
                    return [*self._roots_on(entry), Vkey.parse(data["key"])]
                case "key.rotate":
                    return [self._service_key(data["replaces"]), Vkey.parse(data["key"])]
                case "key.revoke":
                    return self._roots_on(entry)
            raise Fault(f"{entry.stream} 里不应有 {kind}")
        for key, prefixes in self.keys.values():
            if entry.stream.startswith(prefixes) and entry.note.claims(key):
                return [key]
        raise Fault(f"没有一个此时有效、可写 {entry.stream} 的密钥签了名")

    def _begin(self, data: dict[str, Any]) -> None:
        roots = [Vkey.parse(key) for key in data["root_keys"]]
        self.threshold, self.origin = data.get("root_threshold", 1), str(data["origin"])
        if type(self.threshold) is not int or not 1 <= self.threshold <= len({key.public for key in roots}):
            raise Fault("根密钥的门限不对")
        for text in [*data["log_keys"], *data.get("twin_keys", [])]:
            self._add_log_key(Vkey.parse(text), since=0)
        self.roots = roots

    def _roots_on(self, entry: Entry) -> list[Vkey]:
        """The root keys that claim to have signed: as many as the genesis asks for."""
        claiming = [root for root in self.roots if entry.note.claims(root)]
        if len({root.public for root in claiming}) < self.threshold:
            raise Fault(f"关于密钥的记录要有 {self.threshold} 个根密钥的签名")
        return claiming

    def _service_key(self, vkey: str) -> Vkey:
        if vkey not in self.keys:
            raise Fault("所指的密钥没有登记,或已被终止")
        return self.keys[vkey][0]

    def _add_log_key(self, key: Vkey, *, since: int) -> None:
        if key.name not in (self.origin, f"{self.origin}/sm3") or any(k.key == key for k in self.logs):
            raise Fault(f"{key.name} 不能登记为这一账本的检查点密钥")
        self.logs.append(LogKey(key, since))

    def _apply(self, entry: Entry) -> None:
        data, kind = entry.record["data"], entry.record["type"]
        if kind == "key.register" and data.get("signs") == "checkpoints" and "streams" not in data:
            self._add_log_key(Vkey.parse(data["key"]), since=entry.index)
        elif kind == "key.register":
            self._add_key(data["key"], tuple(data["streams"]))
        elif kind == "key.rotate":
            self._add_key(data["key"], self._end(data["replaces"]))
        elif any(k.key.vkey == data["key"] and k.until is None for k in self.logs):
            for key in self.logs:
                if key.key.vkey == data["key"]:
                    key.until = entry.index
        else:
            self._end(data["key"])

    def _end(self, vkey: str) -> tuple[str, ...]:
        self._service_key(vkey)
        self.ended.add(vkey)
        return self.keys.pop(vkey)[1]

    def _add_key(self, vkey: str, prefixes: tuple[str, ...]) -> None:
        named = all(prefix.endswith("/") and prefix not in ("/", "keys/") for prefix in prefixes)
        if vkey in self.ended or not prefixes or not named:
            raise Fault("登记的密钥已被终止,或没有可写的流")
        self.keys[vkey] = (Vkey.parse(vkey), prefixes)


# ---- The report ----------------------------------------------------------------------------------------------


@dataclass
class Step:
    """One kind of check: how often it was made, what failed (forged), what could not be made (open), what it found."""

    name: str
    demanded: bool = True
    count: int = 0
    forged: list[str] = field(default_factory=list)
    open: list[str] = field(default_factory=list)
    found: list[str] = field(default_factory=list)

    def check(self, holds: bool, fault: str) -> bool:
        self.count += 1
        if not holds:
            self.forged.append(fault)
        return holds

    @contextmanager
    def about(self, what: str) -> Iterator[None]:
        """One check; any fault of form or value inside makes `what` fail it."""
        self.count += 1
        try:
            yield
        except Fault as fault:
            self.forged.append(f"{what}:{fault}")
        except KeyError as error:
            self.forged.append(f"{what}:缺少 {str(error.args[0])[:100]}")
        except (ValueError, TypeError, AttributeError, IndexError, RecursionError, OverflowError) as error:
            self.forged.append(f"{what}:内容的格式不对({type(error).__name__})")

    @property
    def verdict(self) -> str:
        if self.forged:
            return FORGED
        return NOT_VERIFIED if self.open or not self.count else VERIFIED


@dataclass
class Report:
    """Every step in order, and the verdict over them."""

    steps: list[Step] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)

    def step(self, name: str, *, demanded: bool = True) -> Step:
        self.steps.append(Step(name, demanded))
        return self.steps[-1]

    @property
    def verdict(self) -> str:
        verdicts = {step.verdict for step in self.steps if step.demanded}
        if FORGED in {step.verdict for step in self.steps}:
            return FORGED
        return VERIFIED if verdicts == {VERIFIED} else NOT_VERIFIED

    def named(self, verdict: str) -> list[str]:
        """The Chinese names of the steps that came out so."""
        return [step.name.split()[0] for step in self.steps if step.verdict == verdict]

    def lines(self) -> list[str]:
        """The report in Chinese: the verdict and what it covers, then a line per step, per failure, per finding."""
        sign = {FORGED: "✗", NOT_VERIFIED: "○", VERIFIED: "✓"}
        lines = [f"核验结论:{CHINESE[self.verdict]} ({self.verdict})"]
        for verdict, title in ((FORGED, "不符"), (VERIFIED, "已核验"), (NOT_VERIFIED, "未核验")):
            lines += [f" {title}:{'、'.join(names)}"] if (names := self.named(verdict)) else []
        for step in self.steps:
            what = "没有可核验的内容" if not step.count and not step.open else CHINESE[step.verdict]
            lines.append(f" {sign[step.verdict]} {step.name}:{what},{step.count} 项")
            lines += [f"     ✗ {fault}" for fault in step.forged[:20]]
            lines += [f"     ○ {why}" for why in step.open[:20]]
            lines += [f"     · {what}" for what in step.found[:20]]
        return lines + [f" 公钥 {key}" for key in self.keys]


@dataclass(frozen=True)
class Trust:
    """What the reader believes beforehand, from elsewhere than what is being verified.

    `keys`: published root or log keys; `witnesses`, of whom `quorum` must have signed; `authorities`: certificates
    (PEM) that time-stamping authorities are traced to; `monitors`; `saved`: a checkpoint kept from before.
    """

    keys: tuple[Vkey, ...] = ()
    witnesses: tuple[Vkey, ...] = ()
    quorum: int = 0
    authorities: bytes = b""
    monitors: tuple[Vkey, ...] = ()
    saved: bytes = b""

    @classmethod
    def of(
        cls,
        keys: Iterable[str],
        *,
        witnesses: Iterable[str] = (),
        quorum: int | None = None,
        authorities: bytes = b"",
        monitors: Iterable[str] = (),
        saved: bytes = b"",
    ) -> Trust:
        """From vkeys. Raises ValueError for what is no key, and for a quorum that nobody or everybody would meet."""
        known = {key.public: key for key in map(Vkey.parse, witnesses)}
        if any(key.kind != COSIGNATURE for key in known.values()):
            raise Fault("见证人公钥应为 C2SP 副署公钥(类型 0x04)")
        needed = len(known) if quorum is None else quorum
        if quorum is not None and not 1 <= needed <= len(known):
            raise Fault(f"门限应在 1 与见证人数 {len(known)} 之间")
        parsed = tuple(map(Vkey.parse, keys)), tuple(known.values())
        return cls(*parsed, needed, authorities, tuple(map(Vkey.parse, monitors)), saved)


# ---- What a whole log and a bundle have in common ------------------------------------------------------------


def _anchored(report: Report, keys: KeyLog, trust: Trust, size: int) -> None:
    """Whether the keys inside are the published ones."""
    # Always demanded: a whole history forged under keys of one's own is consistent in itself.
    step, ours = report.step("信任根 trusted-key"), keys.of(keys.origin, size)
    report.keys = [key.vkey for key in [*keys.roots, *ours]]
    if not trust.keys:
        step.open.append("没有用 --key 给出公布的公钥;请把下列公钥与主管部门公布的对照")
        return
    # Whoever holds as many unknown root keys as the threshold could have written this history himself.
    unknown = {root.public for root in set(keys.roots) - set(trust.keys)}
    rooted = bool(keys.roots) and len(unknown) < keys.threshold
    step.check(rooted or bool(set(trust.keys) & set(ours)), "账本的根公钥和账本公钥都不是给出的那一个")


def _signed_by_log(keys: KeyLog, checkpoint: Checkpoint, origin: str) -> None:
    """Raises Fault unless every key that must sign this checkpoint has."""
    if checkpoint.origin != origin:
        raise Fault("检查点属于另一个账本")
    must = keys.of(origin, checkpoint.size)
    if not must:
        raise Fault("没有此时有效的账本密钥")
    for key in must:
        if not checkpoint.note.signed_by(key):
            what = "国密 SM2 " if key.kind == SM2 else ""
            raise Fault(f"检查点没有账本{what}密钥 {key.key_id.hex()} 的有效签名")


def _witnessed(report: Report, trust: Trust, checkpoint: Checkpoint) -> list[datetime]:
    """The times at which trusted witnesses signed `checkpoint`."""
    step, times = report.step("见证副署 witnesses", demanded=bool(trust.witnesses)), []
    claimed = sorted({name for name, _, _ in checkpoint.note.signatures if name != checkpoint.origin})
    if not trust.witnesses:
        said = f"包内检查点带有 {'、'.join(claimed)} 的副署" if claimed else "检查点没有副署"
        step.open.append(f"没有用 --witness 给出见证人公钥;{said}")
        return []
    for key in trust.witnesses:
        signature = checkpoint.note.signature(key)
        if signature is None:
            continue
        with step.about(f"{key.name} 的副署"):
            if not checkpoint.note.signed_by(key):
                raise Fault("与检查点不符")
            times.append(datetime.fromtimestamp(int.from_bytes(signature[:8], "big"), UTC))
            step.found.append(f"{key.name} 于 {_shown(times[-1])} 见证前 {checkpoint.size} 条")
    if len(times) < trust.quorum and not step.forged:
        step.open.append(f"有效副署 {len(times)} 个,要求 {trust.quorum} 个")
    return times


def _shown(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def _is_about_keys(entry: Entry) -> bool:
    return entry.stream == "log" or entry.stream.startswith("keys/")


def _chained(step: Step, entries: Iterable[Entry], *, ends: dict[str, tuple[int, bytes]]) -> None:
    """Within each stream: seq 0, 1, 2 … without a gap, each naming the hash of the one before."""
    for entry in entries:
        seq, prev = ends.get(entry.stream, (-1, NO_HASH))
        with step.about(f"第 {entry.index} 条({entry.stream})"):
            if entry.record["seq"] != seq + 1:
                raise Fault(f"序号 {entry.record['seq']} 前缺记录,应为 {seq + 1}")
            if unbase64(entry.record["prev"]) != prev:
                raise Fault("没有指向本流的上一条记录")
        ends[entry.stream] = (entry.record["seq"], sha256(entry.note.raw))


# ---- A whole log ---------------------------------------------------------------------------------------------


def verify_log(
    raws: Iterable[bytes], checkpoint: bytes, trusted: Iterable[str] = (), *, trust: Trust | None = None
) -> Report:
    """Verify a whole log: `raws` are all its entries in order. Never raises for what they hold.

    `trusted` are vkeys; `trust`, where given, stands in their place and may ask for more.
    """
    report, keys, trust = Report(), KeyLog(), trust or Trust.of(trusted)
    form, chain = report.step("条目与哈希链 entries"), report.step("记录签名 signatures")
    streams = report.step("各流连续 streams")
    leaves, ends, prev, time = [], dict[str, tuple[int, bytes]](), NO_HASH, ""
    for at, raw in enumerate(raws):
        leaves.append(sha256(b"\x00" + raw))
        with form.about(f"第 {at} 条"):
            entry = Entry.parse(raw)
            if (entry.index, entry.prev) != (at, prev) or entry.time < time:
                raise Fault("序号、时间或上一条的哈希不对")
            time = entry.time
            with chain.about(f"第 {at} 条"):
                keys.take(entry)
            _chained(streams, [entry], ends=ends)
        prev = leaves[-1]
    tree, signature = report.step("默克尔根 root"), report.step("检查点签名 checkpoint")
    signed = None
    with tree.about("检查点"):
        signed = Checkpoint.parse(checkpoint)
        if root_of(leaves) != (signed.size, signed.root):
            raise Fault("检查点的条数或根与条目不符")
    if signed is not None:
        with signature.about("检查点"):
            _signed_by_log(keys, signed, keys.origin)
        _witnessed(report, trust, signed)
    if trust.saved:
        with report.step("先前的检查点 saved").about("先前保存的检查点"):
            _grew_from(trust.saved, keys, leaves)
    _anchored(report, keys, trust, len(leaves))
    return report


def _grew_from(saved: bytes, keys: KeyLog, leaves: list[bytes]) -> None:
    """Raises Fault unless the log of `leaves` begins with what the checkpoint `saved` signed."""
    old = Checkpoint.parse(saved)
    _signed_by_log(keys, old, keys.origin)
    if old.size > len(leaves):
        raise Fault(f"先前有 {old.size} 条,现在只有 {len(leaves)} 条:账本被截断,或由旧备份恢复")
    if root_of(leaves[: old.size])[1] != old.root:
        raise Fault(f"前 {old.size} 条与先前的不同:账本被改写")


def verify_folder(folder: Path, *, trust: Trust) -> Report:
    """Verify the tiled log in `folder` at its checkpoint. What cannot be read is NOT_VERIFIED."""
    try:
        note = (folder / "checkpoint").read_bytes()
        return verify_log(entries_in(folder, Checkpoint.parse(note).size), note, trust=trust)
    except (OSError, ValueError) as error:
        report = Report()
        report.step("账本文件 log").open.append(f"读不出({type(error).__name__})")
        return report


def entries_in(folder: Path, size: int) -> Iterator[bytes]:
    """The first `size` entries of the tiled log in `folder` (c2sp.org/tlog-tiles)."""
    for n in range((size + 255) // 256):
        width = min(256, size - 256 * n)
        groups = [f"x{n // 1000**i % 1000:03}" for i in range(6, 0, -1) if n >= 1000**i] + [f"{n % 1000:03}"]
        tile = folder / "tile" / "entries" / "/".join(groups)
        data = (tile if width == 256 else tile.with_name(f"{tile.name}.p") / str(width)).read_bytes()
        while data:
            length = int.from_bytes(data[:2], "big")
            yield data[2 : 2 + length]
            data = data[2 + length :]


# ---- A court bundle ------------------------------------------------------------------------------------------


class Bundle:
    """The files of a court bundle; nothing is unpacked."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self.archive = archive
        self.names = [info.filename for info in archive.infolist() if not info.is_dir()]

    def read(self, name: str) -> bytes:
        """The content of `name`. Raises Fault if it is absent, too large or does not unpack."""
        try:
            listed = self.archive.getinfo(name)
            if listed.file_size > LARGEST or listed.compress_type not in (
                zipfile.ZIP_STORED,
                zipfile.ZIP_DEFLATED,
            ):
                raise Fault("文件过大,或压缩方法不对")
            return self.archive.read(name)
        except KeyError:
            raise Fault(f"缺少文件 {name}") from None
        except (zipfile.BadZipFile, zlib.error, RuntimeError, OSError, EOFError) as error:
            raise Fault(f"文件 {name} 读不出({type(error).__name__})") from None

    def numbered(self, folder: str, ending: str) -> list[int]:
        found = (re.fullmatch(rf"{folder}/(0|[1-9][0-9]{{0,18}})\.{ending}", name) for name in self.names)
        return sorted(int(match[1]) for match in found if match)


def verify_bundle(path: str | Path, trusted: Iterable[str] = (), *, trust: Trust | None = None) -> Report:
    """Verify the court bundle in the ZIP `path`. Never raises for what it holds. See `verify_log` for the rest."""
    report = Report()
    try:
        with zipfile.ZipFile(path) as archive:
            _Examination(Bundle(archive), report, trust or Trust.of(trusted)).run()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        report.step("证据包 bundle").open.append(f"打不开({type(error).__name__})")
    return report


class _Examination:
    """One bundle under the eyes of one reader: what was read so far, and the steps in their order."""

    def __init__(self, bundle: Bundle, report: Report, trust: Trust) -> None:
        self.bundle, self.report, self.trust = bundle, report, trust
        self.keys = KeyLog()
        self.digests: dict[str, str] = {}
        self.manifest: dict[str, Any] = {}
        self.entries: list[Entry] = []
        self.records: list[Entry] = []
        self.final: Checkpoint

    def run(self) -> None:
        self.files()
        opened = self.report.step("检查点格式 final.note")
        with opened.about("checkpoints/final.note"):
            self.final = Checkpoint.parse(self.bundle.read("checkpoints/final.note"))
        if opened.forged:
            return
        self.ledger()
        self.checkpoints()
        self.signed_manifest()
        self.streams()
        self.media()
        self.disclosures()
        self.statements()
        seen = _witnessed(self.report, self.trust, self.final)
        self.times(seen)
        self.completeness()
        self.twin()
        if self.trust.saved:
            self.saved()

    def files(self) -> None:
        """Every file is the one the manifest lists, and there is no other."""
        step, bundle = self.report.step("文件摘要 files"), self.bundle
        with step.about("manifest.json"):
            manifest = json.loads(bundle.read("manifest.json"))
            listed = {item["path"]: item for item in manifest["files"]}
            self.manifest = manifest
            found = [name for name in bundle.names if name not in ("manifest.json", "manifest.note")]
            step.check(len(set(bundle.names)) == len(bundle.names), "同名文件出现两次")
            for name in sorted(set(found) ^ set(listed)):
                step.check(False, f"{name}:{'缺失' if name in listed else '不在清单里'}")
            for name in sorted(set(found) & set(listed)):
                with step.about(name):
                    data = bundle.read(name)
                    self.digests[name] = hashlib.sha256(data).hexdigest()
                    if (self.digests[name], len(data)) != (listed[name]["sha256"], listed[name]["size"]):
                        raise Fault("内容与清单的摘要不符")
                if not KNOWN.fullmatch(name):
                    step.open.append(f"{name}:本程序不认得这种文件,没有核验")

    def ledger(self) -> None:
        """Every entry is signed by who might sign it then, and lies in the tree of the final checkpoint."""
        signatures = self.report.step("记录签名 signatures")
        inclusion = self.report.step("归入账本 inclusion")
        folders = {"keys": "keys", "records": "proofs", "sm3/anchors": "sm3/anchors"}
        found = sorted((i, folder) for folder in folders for i in self.bundle.numbered(folder, "entry"))
        indexes = [index for index, _ in found]
        signatures.check(len(set(indexes)) == len(indexes), "同一条目出现两次")
        if not self.bundle.numbered("records", "entry"):
            signatures.open.append("包里没有一条记录")
        for index, folder in found:
            name = f"{folder}/{index}.entry"
            with signatures.about(f"第 {index} 条({name})"):
                entry = Entry.parse(self.bundle.read(name))
                if entry.index != index:
                    raise Fault(f"条目自称第 {entry.index} 条")
                if (folder == "keys") != _is_about_keys(entry):
                    raise Fault("关于密钥的条目应在 keys/,其他的不应在")
                self.keys.take(entry)
                self.entries.append(entry)
                self.records += [entry] if folder == "records" else []
                proof = f"{folders[folder]}/{index}.tlog-proof"
                with inclusion.about(f"第 {index} 条({proof})"):
                    self.proved(proof, index, entry.leaf, self.final, sha256)

    def proved(self, name: str, index: int, leaf: bytes, under: Checkpoint, hashed: Hash) -> None:
        """Raises Fault unless the proof in `name` leads from `leaf` to the root of `under`."""
        head, _, checkpoint = self.bundle.read(name).partition(b"\n\n")
        first, second, *hashes = head.decode().split("\n")
        if (first, second) != ("c2sp.org/tlog-proof@v1", f"index {index}"):
            raise Fault("不是本条的归入证明")
        if checkpoint != under.note.raw:
            raise Fault("证明所依的检查点不是包内的检查点")
        if not included(index, under.size, leaf, [unbase64(h) for h in hashes], under.root, hashed):
            raise Fault("算不出检查点的根")

    def checkpoints(self) -> None:
        """The log's own keys signed the final checkpoint; they are the published ones; the policy names them."""
        step, keys = self.report.step("检查点签名 checkpoint"), self.keys
        with step.about("checkpoints/final.note"):
            _signed_by_log(keys, self.final, keys.origin)
        with step.about("keys/policy.txt"):
            lines = [line.split() for line in self.bundle.read("keys/policy.txt").decode().splitlines()]
            named = {line[1] for line in lines if line and line[0] == "log"}
            valid = {key.vkey for key in keys.of(keys.origin, self.final.size) if key.kind == ED25519}
            if not valid <= named <= {log.key.vkey for log in keys.logs}:
                raise Fault("所列的账本公钥不是密钥历史里的")
            if [line[0] for line in lines if line].count("quorum") != 1:
                raise Fault("没有唯一的 quorum 行")
        _anchored(self.report, keys, self.trust, self.final.size)

    def signed_manifest(self) -> None:
        """manifest.note states the manifest's digest under a key that may write `evidence/` streams."""
        with self.report.step("清单签名 manifest").about("manifest.note"):
            note = Note.parse(self.bundle.read("manifest.note"))
            said = statement(note, "bundle-manifest")
            if said["sha256"] != hashlib.sha256(self.bundle.read("manifest.json")).hexdigest():
                raise Fault("签署的不是这份 manifest.json")
            makers = [key for key, prefixes in self.keys.keys.values() if "evidence/x".startswith(prefixes)]
            if not any(note.signed_by(key) for key in makers):
                raise Fault("没有证据服务密钥的有效签名")

    def streams(self) -> None:
        """The streams that the manifest names are there from their first record on, and no others."""
        step, ends = self.report.step("流内无缺 completeness"), dict[str, tuple[int, bytes]]()
        _chained(step, self.records, ends=ends)
        # Without this the end of a stolen key could be left out, and what it signed afterwards would pass.
        _chained(step, [entry for entry in self.entries if _is_about_keys(entry)], ends={})
        for entry in self.records:
            named = EVIDENCE.findall(entry.raw) if entry.stream.startswith("case/") else []
            for evidence in sorted({one.decode() for one in named}):
                if f"evidence/{evidence}" not in ends:
                    step.open.append(f"第 {entry.index} 条提到 {evidence},它的记录不在包内")
        with step.about("manifest.json"):
            indexes = [entry.index for entry in self.records]
            if (
                sorted(self.manifest["streams"]) != sorted(ends)
                or sorted(self.manifest["records"]) != indexes
            ):
                raise Fault("清单所列的流或记录与包内不同")
        order = self.report.step("账本次序 order")
        for before, after in pairwise(self.entries):
            holds = before.time <= after.time and (
                before.index + 1 != after.index or after.prev == before.leaf
            )
            order.check(holds, f"第 {after.index} 条与第 {before.index} 条接不上")

    def said(self) -> set[str]:
        return {text for entry in self.entries for text in _texts(entry.record["data"])}

    def folder(self, name: str) -> list[str]:
        return [path for path in self.digests if path.startswith(f"{name}/")]

    def media(self) -> None:
        """Media are named as such by a record, and all that a record names are there, or were erased on record."""
        step = self.report.step("图像原件 media", demanded=False)
        sm3_of: dict[str, Any] = {}
        for entry in self.records:
            named = entry.record["data"].get("media")
            # In evidence.erased the same field lists bare digests: they are gone.
            pictures = [item for item in named if isinstance(item, dict)] if isinstance(named, list) else []
            for sha256 in (str(item.get("sha256")) for item in pictures):
                if sha256 in self.digests.values():
                    continue
                if sha256 in self.erased(entry.stream):
                    step.open.append(f"第 {entry.index} 条的图像 {sha256} 已依法删除,只留摘要")
                else:
                    # Whoever leaves a picture out may be hiding what it shows.
                    step.demanded = True
                    step.open.append(f"第 {entry.index} 条的图像 {sha256} 不在包内,也没有删除它的记录")
            sm3_of |= {str(item.get("sha256")): item.get("sm3") for item in pictures}
        for name in self.folder("media"):
            digest = self.digests[name]
            step.check(digest in sm3_of, f"{name}:没有任何记录提到")
            step.check(Path(name).stem == digest, f"{name}:文件名不是内容的摘要")
            # By hand a megabyte takes three seconds; the SHA-256 digest has been compared in any case.
            if HAS_SM3 and sm3_of.get(digest) is not None:
                held = sm3(self.bundle.read(name)).hex() == sm3_of[digest]
                step.check(held, f"{name}:与记录里的 SM3 摘要不符")

    def erased(self, stream: str) -> set[str]:
        """The digests of the media that records of `stream` say were erased."""
        said = [
            e.record["data"]
            for e in self.records
            if (e.stream, e.record["type"]) == (stream, "evidence.erased")
        ]
        return {sha256 for data in said for sha256 in _texts(data.get("media"))}

    def disclosures(self) -> None:
        """Salt and value open a commitment in a record."""
        step = self.report.step("披露内容 disclosures", demanded=False)
        for name in self.folder("disclosures"):
            with step.about(name):
                raw = self.bundle.read(name)
                item = json.loads(raw)
                opened = bytes.fromhex(item["salt"]) + canonical([item["field"], item["value"]])
                digest = hashlib.sha256(opened).hexdigest()
                of = [e for e in self.records if e.stream == item["stream"]]
                if not any(digest in _texts(entry.record["data"]) for entry in of):
                    raise Fault("与记录里的承诺不符")
                if (name, item["digest"], canonical(item)) != (f"disclosures/{digest}.json", digest, raw):
                    raise Fault("文件名或写法不对")

    def statements(self) -> None:
        """A statement that a decision rests on: named by digest in a record, signed by a key of the key log."""
        step, said = self.report.step("签名声明 statements", demanded=False), self.said()
        for name in self.folder("statements"):
            if name != COMPLETENESS:
                with step.about(name):
                    note = Note.parse(self.bundle.read(name))
                    if self.digests[name] not in said:
                        raise Fault("没有任何记录提到")
                    if not any(note.signed_by(key) for key, _ in self.keys.keys.values()):
                        raise Fault("没有已登记密钥的有效签名")

    def leads(self, old: Checkpoint, name: str, new: Checkpoint, hashed: Hash = sha256) -> None:
        """Raises Fault unless the tree of `old` is the beginning of that of `new`, by the proof in `name`."""
        head, _, checkpoint = self.bundle.read(name).partition(b"\n\n")
        size, *lines = head.decode().split("\n")
        if size != f"old {old.size}" or checkpoint != new.note.raw:
            raise Fault(f"{name} 不是这两个检查点之间的证明")
        proof = [unbase64(line) for line in lines]
        if not extends(old, new, proof, hashed):
            raise Fault("与最终检查点不是同一段历史")

    # -- time: a record lies after what was stamped without it, and before what was stamped with it --

    def times(self, witnessed: list[datetime]) -> None:
        anchors = self.anchors()
        upper = self.report.step("时间上限 not-after", demanded=bool(self.trust.authorities))
        lower = self.report.step("时间下限 not-before", demanded=False)
        stamps = self.stamps(anchors, {"lower": lower, "upper": upper, "final": upper})
        if not self.trust.authorities or not self.records:
            return
        last = self.records[-1].index
        mine = [entry for entry in self.records if not entry.stream.startswith("device/")] or self.records
        before = [at for role, at in stamps if role == "lower"]
        after = [at for role, at in stamps if role != "lower"]
        if not after and not upper.forged:
            upper.open.append("没有能核验的记录之后的时间戳")
        if not before and not lower.forged:
            lower.open.append("没有能核验的记录之前的时间戳:只能证明不晚于何时")
        for role, anchor in anchors.items():
            if role == "lower" and before:
                lower.check(anchor.size <= mine[0].index, "下限检查点已经包括本案的记录")
            elif role != "lower" and after:
                upper.check(anchor.size > last, f"checkpoints/{role}.note 没有包括全部记录")
        if before and after:
            upper.check(max(before) <= min(after), "记录之前的时间戳晚于记录之后的时间戳")
        if self.manifest.get("clock") != "real":
            upper.found.append("账本时间取自演示时钟,不与时间戳比较,只核对次序")
        else:
            first, end = mine[0].at, self.records[-1].at
            lower.check(all(at <= first + SKEW for at in before), "账本时间早于记录之前的时间戳:记录被倒签")
            upper.check(all(end <= at + SKEW for at in after + witnessed), "账本时间晚于时间戳或见证时间")

    def anchors(self) -> dict[str, Checkpoint]:
        """The checkpoints that were stamped, each shown to be of the same history as the final one."""
        step, found = self.report.step("前后一致 consistency", demanded=False), {"final": self.final}
        for role in ("lower", "upper"):
            name = f"checkpoints/{role}.note"
            if name in self.digests:
                with step.about(name):
                    anchor = Checkpoint.parse(self.bundle.read(name))
                    _signed_by_log(self.keys, anchor, self.keys.origin)
                    self.leads(anchor, f"consistency/{role}-final.txt", self.final)
                    found[role] = anchor
        return found

    def stamps(self, anchors: dict[str, Checkpoint], steps: dict[str, Step]) -> list[tuple[str, datetime]]:
        """The tokens that hold: which checkpoint each stamps, and when."""
        held, seen = [], 0
        for name in self.folder("timestamps"):
            match = re.fullmatch(r"timestamps/(lower|upper|final)\.([a-z0-9][a-z0-9.-]*)\.tsr", name)
            if match is None:
                continue
            role, seen = match[1], seen + 1
            with steps[role].about(name):
                token = self.bundle.read(name)
                if token[:1] != b"\x30" or role not in anchors:
                    raise Fault("不是时间戳,或没有对应的检查点")
                if not self.trust.authorities:
                    continue
                try:
                    stamped = anchors[role].note.only(self.keys.origin)
                    held.append((role, time_token(token, stamped, self.trust.authorities)))
                except Unproved as unproved:
                    steps[role].found.append(f"{name}:不能核验:{unproved}")
                    continue
                size = anchors[role].size
                steps[role].found.append(f"{match[2]} 于 {_shown(held[-1][1])} 证明当时已有前 {size} 条")
        if not self.trust.authorities:
            steps["upper"].open.append(f"没有用 --tsa 给出时间戳机构的证书;包内有 {seen} 个时间戳")
            steps["lower"].open.append("没有用 --tsa 给出时间戳机构的证书")
        return held

    # -- what others keep: a monitor's word that nothing follows, and the twin tree --

    def completeness(self) -> None:
        """A monitor that follows the log says which record was the last of each stream at its size."""
        step = self.report.step("末条之后无缺 monitor", demanded=bool(self.trust.monitors))
        if COMPLETENESS not in self.digests:
            step.open.append("包里没有监督方的完整性声明")
            return
        with step.about(COMPLETENESS):
            note = Note.parse(self.bundle.read(COMPLETENESS))
            said = statement(note, "stream-heads")
            seen = Checkpoint.parse(said["checkpoint"].encode())
            heads = {head["stream"]: (head["seq"], head["sha256"]) for head in said["streams"]}
            if (said["origin"], said["size"]) != (seen.origin, seen.size) or seen.origin != self.keys.origin:
                raise Fault("声明的是另一个账本或另一个检查点")
            if seen.size > self.final.size:
                raise Fault("声明所依的检查点在证据包之后")
            self.leads(seen, "consistency/statement-final.txt", self.final)
            if not self.trust.monitors:
                by = "、".join(name for name, _, _ in note.signatures)
                step.open.append(f"没有用 --monitor 给出监督方公钥;声明由 {by} 签署")
            elif not any(note.signed_by(key) for key in self.trust.monitors):
                raise Fault("没有给出的监督方的有效签名")
            if self.records and seen.size <= self.records[-1].index:
                step.open.append(f"声明只到前 {seen.size} 条,包里最后的记录在其后")
            # The streams about keys too: a key's end that is left out would let what it signed later pass.
            told = [e for e in self.entries if e.stream != "log/sm3"]
            keys = {stream for stream in heads if stream.startswith("keys/")}
            for stream in sorted(keys | {entry.stream for entry in told}):
                last = [e for e in told if e.stream == stream and e.index < seen.size][-1:]
                ours = {(e.record["seq"], sha256(e.note.raw).hex()) for e in last}
                seq, digest = heads.get(stream, (None, ""))
                if seq is None:
                    step.open.append(f"声明没有提到 {stream}")
                elif ({(seq, digest)} if seq >= 0 else set()) != ours:
                    raise Fault(f"{stream} 的末条与监督方所见不同:包里缺记录,或记录被替换")
            step.found.append(f"监督方于 {said['at']} 所见的前 {seen.size} 条")

    def twin(self) -> None:
        """The same entries lie in the SM3 tree of the same size, and an entry binds that tree into this one."""
        step, origin = self.report.step("国密旁证 sm3", demanded=False), f"{self.keys.origin}/sm3"
        if not self.folder("sm3"):
            has = self.keys.of(origin, self.final.size)
            step.open.append("包里没有 SM3 旁证" if has else "这一账本没有 SM3 旁证")
            return
        with step.about("sm3/checkpoint.note"):
            twin = Checkpoint.parse(self.bundle.read("sm3/checkpoint.note"))
            _signed_by_log(self.keys, twin, origin)
            if twin.size != self.final.size:
                raise Fault("与最终检查点的条数不同")
            for entry in self.entries:
                with step.about(f"第 {entry.index} 条(sm3/proofs/{entry.index}.tlog-proof)"):
                    leaf = sm3(b"\x00" + entry.raw)
                    self.proved(f"sm3/proofs/{entry.index}.tlog-proof", entry.index, leaf, twin, sm3)
            anchors = [e for e in self.entries if e.record["type"] == "log.anchor" and e.stream == "log/sm3"]
            for entry in anchors:
                with step.about(f"第 {entry.index} 条(sm3/anchors/{entry.index}.entry)"):
                    self.bound(entry, twin, step)
            if not anchors:
                step.open.append("包里没有把 SM3 树记入账本的锚定条目")

    def bound(self, entry: Entry, twin: Checkpoint, step: Step) -> None:
        """Raises Fault unless the twin's checkpoint in `entry` is of the history of `twin`."""
        data = entry.record["data"]
        bound = Checkpoint.parse(data["checkpoint"].encode())
        if (bound.origin, bound.size) != (data["origin"], data["size"]) or bound.size > entry.index:
            raise Fault("锚定的不是当时的 SM3 检查点")
        _signed_by_log(self.keys, bound, twin.origin)
        self.leads(bound, "sm3/anchor-final.txt", twin, sm3)
        step.found.append(f"第 {entry.index} 条把 SM3 树的前 {bound.size} 条记入账本")

    def saved(self) -> None:
        """A checkpoint that the reader kept is one of those in the bundle, or nothing can be said of it."""
        step = self.report.step("先前的检查点 saved")
        with step.about("先前保存的检查点"):
            kept = Checkpoint.parse(self.trust.saved)
            _signed_by_log(self.keys, kept, self.keys.origin)
            inside = [Checkpoint.parse(self.bundle.read(name)) for name in self.folder("checkpoints")]
            same = [one for one in inside if one.size == kept.size]
            if any(one.root != kept.root for one in same):
                raise Fault(f"前 {kept.size} 条与先前保存的不同:账本被改写")
            if not same:
                step.open.append(f"包里没有 {kept.size} 条时的检查点,无从比较;请用整个账本核验")


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    for part in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _texts(part)


# ---- The command ---------------------------------------------------------------------------------------------


def main(arguments: list[str]) -> int:
    """Print the report; 0 VERIFIED, 1 FORGED, 2 NOT_VERIFIED."""
    parser = argparse.ArgumentParser(
        description="核验证据包或账本 · verify a court bundle or a ledger, offline"
    )
    parser.add_argument("path", type=Path, help="证据包 bundle.zip,或账本目录")
    parser.add_argument("--key", action="append", default=[], help="公布的根公钥或账本公钥 (vkey),可重复")
    parser.add_argument("--witness", action="append", default=[], help="见证人公钥 (vkey),可重复")
    parser.add_argument("--quorum", type=int, help="至少几个见证人副署,默认全部给出的")
    parser.add_argument(
        "--tsa", action="append", default=[], type=Path, help="时间戳机构的根证书 (PEM),可重复"
    )
    parser.add_argument("--monitor", action="append", default=[], help="监督方公钥 (vkey)")
    parser.add_argument("--checkpoint", type=Path, help="先前保存的检查点")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    try:
        trust = Trust.of(
            options.key,
            witnesses=options.witness,
            quorum=options.quorum,
            authorities=b"".join(path.read_bytes() for path in options.tsa),
            monitors=options.monitor,
            saved=options.checkpoint.read_bytes() if options.checkpoint else b"",
        )
    except (OSError, ValueError, IndexError) as error:
        parser.error(f"给出的公钥、证书或检查点读不出:{error}")
    verify = verify_folder if options.path.is_dir() else verify_bundle
    report = verify(options.path, trust=trust)
    steps = [vars(step) | {"verdict": step.verdict} for step in report.steps]
    said = {"verdict": report.verdict, "keys": report.keys, "steps": steps}
    print(json.dumps(said, ensure_ascii=False) if options.json else "\n".join(report.lines()))
    return {VERIFIED: 0, FORGED: 1, NOT_VERIFIED: 2}[report.verdict]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
