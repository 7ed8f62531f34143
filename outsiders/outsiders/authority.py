"""A time-stamping authority (RFC 3161) for tests and the demo, of no legal weight.

    python -m outsiders.authority --folder <folder> [--listen <address>]

    POST /   application/timestamp-query ──▶ application/timestamp-reply

The folder has signer.pem and signer-key.pem (0600), which sign the tokens, and root.pem for the clients. The root's
private key is never stored. A token embeds only the signer's certificate: with several, their order would matter,
because DER sorts a SET and not every program does.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Final, Literal

from cryptography import x509
from cryptography.hazmat import asn1
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ledger.clock import Clock, real_time
from outsiders.standalone import Options, body_of, serve, start

NOTICE: Final = "测试用时间戳服务,所签令牌不具法律效力 (test authority: its tokens have no legal weight)"
POLICY: Final = x509.ObjectIdentifier("2.25.322153537075772842844998810417012677458")
"""The policy of the tokens: a random number (X.667), because a test authority has no policy statement."""

QUERY: Final = "application/timestamp-query"
REPLY: Final = "application/timestamp-reply"
_MAX_QUERY: Final = 4_096
_LIFETIME: Final = timedelta(days=3_650)
_DIGESTS: Final = {
    "2.16.840.1.101.3.4.2.1": 32,
    "2.16.840.1.101.3.4.2.2": 48,
    "2.16.840.1.101.3.4.2.3": 64,
}
_SIGNED_DATA: Final = x509.ObjectIdentifier("1.2.840.113549.1.7.2")
_TST_INFO: Final = x509.ObjectIdentifier("1.2.840.113549.1.9.16.1.4")
_CONTENT_TYPE: Final = x509.ObjectIdentifier("1.2.840.113549.1.9.3")
_MESSAGE_DIGEST: Final = x509.ObjectIdentifier("1.2.840.113549.1.9.4")
_SIGNING_CERTIFICATE: Final = x509.ObjectIdentifier("1.2.840.113549.1.9.16.2.47")
_SHA256: Final = x509.ObjectIdentifier("2.16.840.1.101.3.4.2.1")
_RSA: Final = x509.ObjectIdentifier("1.2.840.113549.1.1.1")
_ECDSA_SHA256: Final = x509.ObjectIdentifier("1.2.840.10045.4.3.2")

# Bit numbers of PKIFailureInfo (RFC 3161, section 2.4.2).
BAD_ALGORITHM, BAD_REQUEST, BAD_FORMAT, UNACCEPTED_POLICY = 0, 2, 5, 15

Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


@asn1.sequence
class _Algorithm:
    oid: x509.ObjectIdentifier
    parameters: asn1.Null | None


@asn1.sequence
class _Imprint:
    algorithm: _Algorithm
    digest: bytes


@asn1.sequence
class _Query:
    """TimeStampReq without extensions: an authority must refuse unknown ones, and this one knows none."""

    version: int
    imprint: _Imprint
    policy: x509.ObjectIdentifier | None
    nonce: int | None
    certificate_wanted: Annotated[bool, asn1.Default(False)]


def der(tag: int, *parts: bytes) -> bytes:
    """The DER element with this tag and `parts` as its content."""
    body = b"".join(parts)
    size = len(body)
    if size < 0x80:
        return bytes([tag, size]) + body
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + body


_NULL: Final = b"\x05\x00"


@dataclass(frozen=True)
class Signer:
    """A signing key, its certificate, and the root certificate above it."""

    key: Key
    certificate: x509.Certificate
    root: x509.Certificate

    @classmethod
    def make(cls, at: datetime, kind: Literal["ec", "rsa"] = "ec") -> Signer:
        """A new signer under a new root, good for ten years from `at`."""
        root_key = ec.generate_private_key(ec.SECP256R1())
        key = (
            ec.generate_private_key(ec.SECP256R1())
            if kind == "ec"
            else rsa.generate_private_key(65_537, 2_048)
        )
        root_name = _name("测试时间戳根证书 不具法律效力 TEST ROOT")
        root = (
            _unsigned(root_name, root_name, root_key.public_key(), at)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_usage(key_cert_sign=True), critical=True)
            .sign(root_key, hashes.SHA256())
        )
        certificate = (
            _unsigned(_name("测试时间戳服务 不具法律效力 TEST TSA"), root_name, key.public_key(), at)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(digital_signature=True), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True)
            .sign(root_key, hashes.SHA256())
        )
        return cls(key, certificate, root)

    @classmethod
    def open(cls, folder: Path, at: datetime) -> Signer:
        """The signer in `folder`. Makes and stores one if there is none."""
        if not (folder / "root.pem").exists():
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            cls.make(at)._store(folder)
        key = serialization.load_pem_private_key((folder / "signer-key.pem").read_bytes(), None)
        if not isinstance(key, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey):
            raise TypeError("the key of a time-stamping authority is EC or RSA")
        certificate, root = (
            x509.load_pem_x509_certificate((folder / name).read_bytes())
            for name in ("signer.pem", "root.pem")
        )
        return cls(key, certificate, root)

    def _store(self, folder: Path) -> None:
        secret = self.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        handle = os.open(folder / "signer-key.pem", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(secret)
        (folder / "signer.pem").write_bytes(self.certificate.public_bytes(serialization.Encoding.PEM))
        # Write the root last: if it exists, all three files do.
        (folder / "root.pem").write_bytes(self.root.public_bytes(serialization.Encoding.PEM))

    def reply(self, query: bytes, at: datetime) -> bytes:
        """The TimeStampResp to the TimeStampReq `query`: a token of the second `at`, or the reason of the refusal."""
        try:
            asked = asn1.decode_der(_Query, query)
        except ValueError:
            return _rejected(BAD_FORMAT, "请求不是 RFC 3161 的 TimeStampReq")
        size = _DIGESTS.get(asked.imprint.algorithm.oid.dotted_string)
        if size is None:
            return _rejected(BAD_ALGORITHM, "只接受 SHA-256、SHA-384、SHA-512 的摘要")
        if len(asked.imprint.digest) != size:
            return _rejected(BAD_FORMAT, "摘要的长度与算法不符")
        if asked.version != 1:
            return _rejected(BAD_REQUEST, "只接受第 1 版请求")
        if asked.policy not in (None, POLICY):
            return _rejected(UNACCEPTED_POLICY, f"只按策略 {POLICY.dotted_string} 签发")
        token = self._token(_stated(asked, at), with_certificate=asked.certificate_wanted)
        return der(0x30, der(0x30, asn1.encode_der(0)), token)

    def _token(self, info: bytes, *, with_certificate: bool) -> bytes:
        """ContentInfo with the SignedData (RFC 5652) over the TSTInfo `info`."""
        own = self.certificate.public_bytes(serialization.Encoding.DER)
        attributes = sorted(
            (
                _attribute(_CONTENT_TYPE, asn1.encode_der(_TST_INFO)),
                _attribute(_MESSAGE_DIGEST, asn1.encode_der(hashlib.sha256(info).digest())),
                # ESSCertIDv2 (RFC 5035). Its default digest is SHA-256, which DER leaves out.
                _attribute(
                    _SIGNING_CERTIFICATE,
                    der(0x30, der(0x30, der(0x30, asn1.encode_der(hashlib.sha256(own).digest())))),
                ),
            )
        )
        signer = der(
            0x30,
            asn1.encode_der(1),
            der(
                0x30, self.certificate.issuer.public_bytes(), asn1.encode_der(self.certificate.serial_number)
            ),
            _sha256(),
            der(0xA0, *attributes),
            self._scheme(),
            # RFC 5652 signs the attributes under the tag of a SET, not under the tag they are sent with.
            asn1.encode_der(self._sign(der(0x31, *attributes))),
        )
        signed = der(
            0x30,
            asn1.encode_der(3),
            der(0x31, _sha256()),
            der(0x30, asn1.encode_der(_TST_INFO), der(0xA0, asn1.encode_der(info))),
            der(0xA0, own) if with_certificate else b"",
            der(0x31, signer),
        )
        return der(0x30, asn1.encode_der(_SIGNED_DATA), der(0xA0, signed))

    def _scheme(self) -> bytes:
        if isinstance(self.key, rsa.RSAPrivateKey):
            return der(0x30, asn1.encode_der(_RSA), _NULL)
        return der(0x30, asn1.encode_der(_ECDSA_SHA256))

    def _sign(self, data: bytes) -> bytes:
        if isinstance(self.key, rsa.RSAPrivateKey):
            return self.key.sign(data, padding.PKCS1v15(), hashes.SHA256())
        return self.key.sign(data, ec.ECDSA(hashes.SHA256()))


def _stated(asked: _Query, at: datetime) -> bytes:
    """TSTInfo: the imprint, a serial number, and the time to the second."""
    return der(
        0x30,
        asn1.encode_der(1),
        asn1.encode_der(POLICY),
        asn1.encode_der(asked.imprint),
        asn1.encode_der(secrets.randbits(63) | 1 << 63),
        asn1.encode_der(asn1.GeneralizedTime(at.replace(microsecond=0))),
        der(0x30, asn1.encode_der(1)),  # accuracy: one second
        asn1.encode_der(asked.nonce) if asked.nonce is not None else b"",
    )


def _rejected(bit: int, why: str) -> bytes:
    failure = asn1.BitString(bytes(bit // 8) + bytes([0x80 >> bit % 8]), 7 - bit % 8)
    return der(0x30, der(0x30, asn1.encode_der(2), der(0x30, asn1.encode_der(why)), asn1.encode_der(failure)))


def _attribute(name: x509.ObjectIdentifier, value: bytes) -> bytes:
    return der(0x30, asn1.encode_der(name), der(0x31, value))


def _sha256() -> bytes:
    return der(0x30, asn1.encode_der(_SHA256), _NULL)


def _name(common: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "CN"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "明证测试 Mingzheng test"),
            x509.NameAttribute(NameOID.COMMON_NAME, common),
        ]
    )


def _unsigned(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey | rsa.RSAPublicKey, at: datetime
) -> x509.CertificateBuilder:
    return x509.CertificateBuilder(
        issuer_name=issuer,
        subject_name=subject,
        public_key=key,
        serial_number=x509.random_serial_number(),
        not_valid_before=at - timedelta(days=1),
        not_valid_after=at + _LIFETIME,
    ).add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)


def _usage(*, digital_signature: bool = False, key_cert_sign: bool = False) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=digital_signature,
        key_cert_sign=key_cert_sign,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )


def create(signer: Signer, clock: Clock = real_time) -> Starlette:
    """The authority as an ASGI app. `clock` is real time; a token must not have the time of a demo's clock."""

    async def stamp(request: Request) -> Response:
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != QUERY:
            return Response(f"{NOTICE}\n", 415, media_type="text/plain; charset=utf-8")
        query = await body_of(request, most=_MAX_QUERY)
        if query is None:
            return Response(status_code=413)
        return Response(signer.reply(query, clock()), media_type=REPLY)

    return Starlette(routes=[Route("/", stamp, methods=["POST"])])


def main(arguments: Sequence[str] | None = None) -> None:
    """Run `python -m outsiders.authority --folder …`."""
    parser = Options("authority", port=3161, description=NOTICE)
    parser.option("folder", "证书与签名密钥所在的目录,没有就新建 (certificates and key; made if absent)")
    options = parser.parse_args(arguments)
    parser.need(options, "folder")
    signer = Signer.open(Path(options.folder), real_time())
    print(f"{NOTICE}\n策略 (policy) {POLICY.dotted_string}", flush=True)
    serve(create(signer), options)


if __name__ == "__main__":
    start(main)
