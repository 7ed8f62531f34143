"""DER, X.509 certificates and the signatures under them (RSA PKCS#1 v1.5, ECDSA), as far as time stamps need them."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from functools import lru_cache

from ledger.verifier.curves import CURVES, ecdsa
from ledger.verifier.report import Fault

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
"""Object identifiers (DER, hex) and the names that this program has for them."""

NAMED: dict[str, str] = dict(re.findall(r"(\w+) (\S+)", OIDS))
DIGEST_INFO = {  # RFC 8017, 9.2: the DER that stands before the digest
    "sha256": bytes.fromhex("3031300d060960864801650304020105000420"),
    "sha384": bytes.fromhex("3041300d060960864801650304020205000430"),
    "sha512": bytes.fromhex("3051300d060960864801650304020305000440"),
}


class Unproved(Fault):
    """This program, or the certificates given to it, cannot judge the time stamp: not verified, but not forged."""


def must(holds: object, fault: str) -> None:
    """Raise Fault with the message `fault` unless `holds` is true."""
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
        """The elements that `data` consists of, one after the other."""
        elements, at = [], 0
        while at < len(data):
            tag, length, begin = data[at], data[at + 1], at + 2
            if length >= 0x80:
                count = length & 0x7F
                length, begin = int.from_bytes(data[begin : begin + count], "big"), begin + count
                must(1 <= count <= 4 and length >= max(0x80, 1 << 8 * (count - 1)), "长度不合 DER")
            end = begin + length
            must(tag & 0x1F != 0x1F and end <= len(data), "结构不合 DER")
            elements.append(cls(tag, data[at:end], data[begin:end]))
            at = end
        return elements

    def of(self, *tags: int) -> bytes:
        """The content, if the tag is one of `tags`."""
        must(self.tag in tags, f"此处不应为标签 {self.tag:#x}")
        return self.body

    def parts(self, tag: int = 0x30) -> list[Der]:
        """The elements inside; the default tag is that of a SEQUENCE."""
        return Der.all(self.of(tag))

    def only(self, tag: int) -> Der:
        """The one element inside."""
        (inner,) = self.parts(tag)
        return inner

    @property
    def name(self) -> str:
        """The name of an object identifier; its hex digits if this program has no name for it."""
        number = self.of(6).hex()
        return NAMED.get(number, number)

    @property
    def number(self) -> int:
        must(len(self.of(2)) == 1 or self.body[0] or self.body[1] & 0x80, "整数不合 DER")
        return int.from_bytes(self.body, "big", signed=True)

    @property
    def bits(self) -> bytes:
        must(self.of(3)[0] == 0, "位串不是整字节")
        return self.body[1:]

    @property
    def algorithm(self) -> str:
        """The name in an AlgorithmIdentifier whose parameters are absent or NULL."""
        name, *parameters = self.parts()
        if [one.raw for one in parameters] not in ([], [b"\5\0"]):
            raise Unproved(f"本程序不认得算法 {name.name} 的参数")
        return name.name

    @property
    def time(self) -> datetime:
        form = r"\d{12}Z" if self.tag == 0x17 else r"\d{14}(\.\d*[1-9])?Z"
        text = self.of(0x17, 0x18).decode("ascii")
        must(re.fullmatch(form, text), "时间的写法不对")
        whole, _, fraction = text[:-1].partition(".")
        if self.tag == 0x17:
            whole = ("20" if whole < "50" else "19") + whole
        at = datetime.strptime(whole, "%Y%m%d%H%M%S").replace(tzinfo=timezone.utc)
        return at + timedelta(microseconds=int(fraction[:6].ljust(6, "0")))


def rsa(public: bytes, signature: bytes, digest: bytes, name: str) -> bool:
    """Whether the RSAPublicKey `public` made `signature` over data with this `digest` (PKCS#1 v1.5)."""
    n, e = (part.number for part in Der.all(public)[0].parts())
    size, number = (n.bit_length() + 7) // 8, int.from_bytes(signature, "big")
    # The program of docs/BUNDLE.md refuses what no authority uses: with a long exponent one signature takes seconds.
    if (
        not 2048 <= n.bit_length() <= 8192
        or not 3 <= e < 2**31
        or e % 2 == 0
        or len(signature) != size
        or number >= n
    ):
        return False
    tail = b"\0" + DIGEST_INFO[name] + digest
    return pow(number, e, n).to_bytes(size, "big") == b"\0\1".ljust(size - len(tail), b"\xff") + tail


@lru_cache(maxsize=256)
def is_signature(key: bytes, scheme: str, signature: bytes, data: bytes) -> bool:
    """Whether the SubjectPublicKeyInfo `key` made `signature` over `data`. A `scheme` is `rsa/sha256` or the like."""
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
    """The fields of an X.509 v3 certificate; names and serial number as DER."""

    def __init__(self, raw: bytes) -> None:
        body, scheme, signature = Der.all(raw)[0].parts()
        version, serial, inner, issuer, validity, subject, key, *rest = body.parts()
        listed = [one.parts() for part in rest if part.tag == 0xA3 for one in part.only(0xA3).parts()]
        must(version.only(0xA0).number == 2 and inner.raw == scheme.raw, "不是 X.509 第三版证书")
        self.raw, self.body, self.key, self.subject = raw, body.raw, key.raw, subject.raw
        self.issuer, self.serial = issuer.raw, serial.raw
        self.since, self.until = (one.time for one in validity.parts())
        self.scheme, self.signature = scheme.algorithm, signature.bits
        self.extensions = {fields[0].name: Der.all(fields[-1].of(4))[0] for fields in listed}
        self.critical = {fields[0].name for fields in listed if fields[1].raw == b"\1\1\xff"}

    def may(self, bits: int) -> bool:
        """Whether the key usage allows one of `bits`. A certificate without that extension allows all."""
        usage = self.extensions.get("keyUsage")
        return usage is None or bool(usage.of(3)[1] & bits)

    @property
    def depth(self) -> int:
        """How many authorities may stand below this one; -1 if this certificate is no authority's."""
        constraints = self.extensions.get("basicConstraints")
        fields = constraints.parts() if constraints else []
        if not fields or fields[0].raw != b"\1\1\xff" or not self.may(0x04):
            return -1
        return fields[1].number if len(fields) > 1 else 99


def certificates_in(pem: bytes) -> list[bytes]:
    """The certificates in PEM, as DER."""
    blocks = re.findall(rb"-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----", pem)
    return [base64.b64decode(one) for one in blocks]


def readable(raws: Iterable[bytes]) -> Iterator[Certificate]:
    """The certificates among `raws` that this program can read; it skips the others."""
    for raw in raws:
        with suppress(ValueError, IndexError):
            yield Certificate(raw)


def must_chain(roots: list[bytes], signer: Certificate, known: list[Certificate], at: datetime) -> None:
    """Raise Fault unless certificates lead from `signer` to one of `roots`, all valid `at` that time (RFC 5280, 6)."""
    path = [signer]
    while (last := path[-1]).raw not in roots:
        above = [one for one in known if one.subject == last.issuer and one not in path]
        if not above:
            raise Unproved("授时机构的证书链到不了所给的根证书")
        issuers = [one for one in above if is_signature(one.key, last.scheme, last.signature, last.body)]
        must(issuers, "授时机构的证书不是其上级所签")
        must(issuers[0].depth >= len(path) - 1, "签发授时证书者无权签发")
        path.append(issuers[0])
    for one in path:
        must(one.since <= at <= one.until, "授时证书当时不在有效期内")
        if one.critical - {"keyUsage", "basicConstraints", "extKeyUsage"}:
            raise Unproved("授时证书有本程序不认得的关键扩展")
