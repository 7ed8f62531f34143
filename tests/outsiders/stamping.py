"""Arranges time stamps: queries, our test authority, and OpenSSL's `ts` as an authority that nobody here wrote."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from rfc3161_client import HashAlgorithm, TimestampRequestBuilder

from ledger.clock import real_time
from ledger.verifier.x509 import Der
from outsiders.authority import Signer

NOTE = b"ledger.test.mingzheng.example/2025\n1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n\n(signed)\n"

_CONFIGURATION = """
[test]
serial = serial
crypto_device = builtin
signer_digest = {digest}
default_policy = 1.2.3.4.1
other_policies = 1.2.3.4.2
digests = sha256, sha384, sha512
accuracy = secs:1
clock_precision_digits = 3
tsa_name = yes
ess_cert_id_chain = yes
ess_cert_id_alg = {ess}
[root]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign
[intermediate]
basicConstraints = critical,CA:{authority}
keyUsage = critical,keyCertSign
[signer]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = {usage}
"""


def query(note: bytes = NOTE, *, with_certificate: bool = True) -> bytes:
    builder = TimestampRequestBuilder().data(note).hash_algorithm(HashAlgorithm.SHA256)
    return builder.nonce(nonce=True).cert_request(cert_request=with_certificate).build().as_bytes()


def pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(Encoding.PEM)


def openssl(folder: Path, *arguments: str | Path) -> str:
    """The output of the program. Skips the test if it is absent; raises CalledProcessError if it fails."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed: `apt-get install openssl`")
    done = subprocess.run(
        ["openssl", *map(str, arguments)], cwd=folder, capture_output=True, text=True, check=True
    )
    return done.stdout


def openssl_accepts(folder: Path, token: bytes, root: bytes, *, note: bytes = NOTE) -> bool:
    """Whether `openssl ts -verify` accepts the reply `token` over `note` under `root` (PEM)."""
    for name, content in (("v.note", note), ("v.tsr", token), ("v.pem", root)):
        (folder / name).write_bytes(content)
    try:
        output = openssl(folder, "ts", "-verify", "-data", "v.note", "-in", "v.tsr", "-CAfile", "v.pem")
    except subprocess.CalledProcessError:
        return False
    return "Verification: OK" in output


@dataclass(frozen=True)
class OpensslAuthority:
    """A root, an intermediate and a signer in `folder`, of keys `rsa:2048`, `P-256` or `P-384` in this order."""

    folder: Path

    @classmethod
    def make(
        cls,
        folder: Path,
        *keys: str,
        digest: str = "sha256",
        ess: str = "sha256",
        usage: str = "critical,timeStamping",
        authority: str = "TRUE",
    ) -> OpensslAuthority:
        folder.mkdir()
        (folder / "serial").write_text("01\n")
        text = _CONFIGURATION.format(digest=digest, ess=ess, usage=usage, authority=authority)
        (folder / "ts.cnf").write_text(text)
        above = None
        for role, key in zip(("root", "intermediate", "signer"), keys, strict=True):
            kind = ("rsa:2048",) if key == "rsa:2048" else ("ec", "-pkeyopt", f"ec_paramgen_curve:{key}")
            request = ("req", "-newkey", *kind, "-nodes", "-keyout", f"{role}.key", "-subj", f"/CN={role}")
            openssl(folder, *request, "-out", f"{role}.csr")
            issuer = ("-CA", f"{above}.pem", "-CAkey", f"{above}.key") if above else ("-key", f"{role}.key")
            issued = ("x509", "-req", "-in", f"{role}.csr", *issuer, f"-{digest}", "-days", "9")
            openssl(folder, *issued, "-extfile", "ts.cnf", "-extensions", role, "-out", f"{role}.pem")
            above = role
        return cls(folder)

    @property
    def root(self) -> bytes:
        return (self.folder / "root.pem").read_bytes()

    @property
    def signer(self) -> Signer:
        """Its signer, to sign tokens that OpenSSL refuses to sign."""
        key = serialization.load_pem_private_key((self.folder / "signer.key").read_bytes(), None)
        assert isinstance(key, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey)
        certificate, root = (
            x509.load_pem_x509_certificate((self.folder / name).read_bytes())
            for name in ("signer.pem", "root.pem")
        )
        return Signer(key, certificate, root)

    def reissued(self) -> bytes:
        """Another certificate (DER) of its signer: the same issuer, number and key, another day to end."""
        serial = openssl(self.folder, "x509", "-in", "signer.pem", "-noout", "-serial").partition("=")[2]
        request = (
            "x509",
            "-req",
            "-in",
            "signer.csr",
            "-CA",
            "intermediate.pem",
            "-CAkey",
            "intermediate.key",
        )
        extended = ("-extfile", "ts.cnf", "-extensions", "signer", "-set_serial", f"0x{serial.strip()}")
        openssl(self.folder, *request, *extended, "-days", "7", "-outform", "DER", "-out", "again.der")
        return (self.folder / "again.der").read_bytes()

    def stamp(self, asked: bytes | None = None, *, chain: Sequence[str] = ("intermediate",)) -> bytes:
        """The reply to a query, with the certificates of `chain` if the query asks for certificates."""
        certificates = b"".join((self.folder / f"{name}.pem").read_bytes() for name in chain)
        (self.folder / "chain.pem").write_bytes(certificates)
        (self.folder / "asked.tsq").write_bytes(query() if asked is None else asked)
        signed = ("-signer", "signer.pem", "-inkey", "signer.key", "-chain", "chain.pem")
        made = ("ts", "-reply", "-config", "ts.cnf", "-section", "test", "-queryfile", "asked.tsq")
        openssl(self.folder, *made, *signed, "-out", "made.tsr")
        return (self.folder / "made.tsr").read_bytes()


def reversed_certificates(reply: bytes) -> bytes:
    """`reply` with its certificates in the opposite order: one of the two is not that of a DER SET."""
    _, token = Der.all(reply)[0].parts()
    embedded = next(part for part in token.parts()[1].only(0xA0).parts() if part.tag == 0xA0)
    certificates = [one.raw for one in Der.all(embedded.body)]
    assert len(certificates) > 1
    return reply.replace(embedded.body, b"".join(reversed(certificates)))


def signer(kind: str = "ec") -> Signer:
    return Signer.make(real_time(), "rsa" if kind == "rsa" else "ec")
