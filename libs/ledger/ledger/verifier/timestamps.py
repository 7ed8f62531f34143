"""Time stamps (RFC 3161): a token is a CMS SignedData (RFC 5652) over a TSTInfo."""

from __future__ import annotations

import hashlib
from datetime import datetime

from ledger.verifier.report import Fault
from ledger.verifier.x509 import (
    DIGEST_INFO,
    Certificate,
    Der,
    Unproved,
    certificates_in,
    is_signature,
    must,
    must_chain,
    readable,
)


def time_token(token: bytes, stamped: bytes, roots: bytes) -> datetime:
    """The time at which an authority saw `stamped`, according to `token`: a TimeStampResp or the ContentInfo in it.

    `roots` are the trusted certificates (PEM). Raises Fault, and its subclass Unproved if nothing is contradicted.
    """
    try:
        (outer,) = Der.all(token)
        return _time(outer.parts(), stamped, certificates_in(roots))
    except Fault:
        raise
    except (ValueError, IndexError, KeyError, OverflowError):
        raise Fault("时间戳的结构不合 RFC 3161") from None


def _time(parts: list[Der], stamped: bytes, roots: list[bytes]) -> datetime:
    """Check `parts`, the elements of the token, from the outside in; the signed time is the result."""
    if parts[0].tag == 0x30:
        must(parts[0].parts()[0].number == 0 and len(parts) == 2, "授时机构没有同意盖戳")
        parts = parts[1].parts()
    kind, content = parts
    version, digests, wrapped, *more, signers = content.only(0xA0).parts()
    meant, inner = wrapped.parts()
    info = inner.only(0xA0).of(4)
    must((kind.name, version.number, meant.name) == ("signedData", 3, "TSTInfo"), "不是时间戳")
    must([part.tag for part in more] in ([], [0xA0], [0xA1], [0xA0, 0xA1]), "时间戳的结构不合 CMS")
    number, sid, hashing, signed, scheme, signature, *_unsigned = signers.only(0x31).parts()
    name, family = hashing.algorithm, scheme.algorithm.partition("/")[0]
    if name not in DIGEST_INFO:
        raise Unproved(f"本程序不认得摘要算法 {name}")
    must(number.number == 1 and name in [one.algorithm for one in digests.parts(0x31)], "签署者信息不对")
    must(scheme.algorithm in (family, f"{family}/{name}"), "签名算法与摘要算法不符")
    listed = [one.parts() for one in signed.parts(0xA0)]
    attributes = {kind.name: values for kind, values in listed}
    must(len(attributes) == len(listed), "签名属性重复")
    must(attributes["contentType"].only(0x31).name == "TSTInfo", "所签的不是时间戳")
    must(attributes["messageDigest"].only(0x31).of(4) == hashlib.new(name, info).digest(), "时间戳内容被改动")
    embedded = [one.raw for part in more if part.tag == 0xA0 for one in Der.all(part.body)]
    known = list(readable([*roots, *embedded]))
    signer = _signer(attributes, known, [part.raw for part in sid.parts()])
    usage = [one.name for one in signer.extensions["extKeyUsage"].parts()]
    must(usage == ["timeStamping"] and "extKeyUsage" in signer.critical, "证书不是时间戳专用")
    must(signer.may(0xC0), "授时证书不得用于签名")
    must(
        is_signature(signer.key, f"{family}/{name}", signature.of(4), b"\x31" + signed.raw[1:]),
        "时间戳的签名不对",
    )
    at = _time_in(info, stamped)
    must_chain(roots, signer, known, at)
    return at


def _signer(attributes: dict[str, Der], known: list[Certificate], sid: list[bytes]) -> Certificate:
    """The certificate that the signed attributes name by its digest (RFC 5035)."""
    second = attributes.get("signingCertificateV2")
    named = (second or attributes["signingCertificate"]).only(0x31).parts()[0].parts()[0].parts()
    name = named.pop(0).algorithm if named[0].tag == 0x30 else "sha256" if second else "sha1"
    for one in known:
        if hashlib.new(name, one.raw).digest() == named[0].of(4):
            must([one.issuer, one.serial] == sid, "签署者与证书不符")
            return one
    must(not any([one.issuer, one.serial] == sid for one in known), "签名所指的不是这一证书")
    raise Unproved("没有签署时间戳的证书")


def _time_in(info: bytes, stamped: bytes) -> datetime:
    """The time in the TSTInfo `info`, which must be about `stamped`."""
    version, _policy, imprint, _serial, at, *rest = Der.all(info)[0].parts()
    name, digest = imprint.parts()
    if name.algorithm not in DIGEST_INFO:
        raise Unproved(f"本程序不认得摘要算法 {name.algorithm}")
    must(hashlib.new(name.algorithm, stamped).digest() == digest.of(4), "时间戳盖的不是这份文件")
    must(version.number == 1 and at.tag == 0x18, "时间戳的版本或时间不对")
    if any(one.parts()[1].tag == 1 for part in rest if part.tag == 0xA1 for one in Der.all(part.body)):
        raise Unproved("时间戳有本程序不认得的关键扩展")
    return at.time
