"""The test authority answers as RFC 3161 demands, and calls itself a test."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat import asn1
from cryptography.x509.oid import ExtendedKeyUsageOID
from rfc3161_client import VerifierBuilder, decode_timestamp_response

from ledger.clock import real_time
from outsiders.authority import NOTICE, POLICY, Signer, create, der
from tests.outsiders.stamping import NOTE, openssl, openssl_accepts, pem, query, signer

SHA256 = "2.16.840.1.101.3.4.2.1"
SHA1 = "1.3.14.3.2.26"


def asked(
    oid: str = SHA256, size: int = 32, *, version: int = 1, policy: str | None = None, extension: bool = False
) -> bytes:
    """A TimeStampReq of any kind."""
    imprint = der(0x30, der(0x30, asn1.encode_der(x509.ObjectIdentifier(oid))), asn1.encode_der(bytes(size)))
    return der(
        0x30,
        asn1.encode_der(version),
        imprint,
        asn1.encode_der(x509.ObjectIdentifier(policy)) if policy else b"",
        der(0xA0) if extension else b"",
    )


@pytest.mark.parametrize("kind", ["ec", "rsa"])
def test_both_other_verifiers_accept_a_token(tmp_path: Path, kind: str) -> None:
    made = signer(kind)

    token = made.reply(query(), real_time())

    verifier = VerifierBuilder(roots=[made.root], policy_id=POLICY).build()
    assert verifier.verify_message(decode_timestamp_response(token), NOTE)
    assert openssl_accepts(tmp_path, token, pem(made.root))
    assert not openssl_accepts(tmp_path, token, pem(made.root), note=b"another")
    assert not openssl_accepts(tmp_path, token, pem(signer().root))


def test_a_token_answers_its_query_and_no_other(tmp_path: Path) -> None:
    made = signer()
    for name in ("mine", "other"):
        (tmp_path / f"{name}.tsq").write_bytes(query())
    (tmp_path / "root.pem").write_bytes(pem(made.root))
    (tmp_path / "mine.tsr").write_bytes(made.reply((tmp_path / "mine.tsq").read_bytes(), real_time()))
    verify = ("ts", "-verify", "-in", "mine.tsr", "-CAfile", "root.pem", "-queryfile")

    assert "Verification: OK" in openssl(tmp_path, *verify, "mine.tsq")
    with pytest.raises(subprocess.CalledProcessError):
        openssl(tmp_path, *verify, "other.tsq")


def test_two_tokens_never_have_one_number() -> None:
    made, asking = signer(), query()

    numbers = {
        decode_timestamp_response(made.reply(asking, real_time())).tst_info.serial_number for _ in range(50)
    }

    assert len(numbers) == 50


@pytest.mark.parametrize("wanted", [True, False])
def test_the_signers_certificate_alone_comes_if_it_is_asked_for(wanted: bool) -> None:
    made = signer()

    opened = decode_timestamp_response(made.reply(query(with_certificate=wanted), real_time()))

    embedded = [x509.load_der_x509_certificate(one) for one in opened.signed_data.certificates]
    assert embedded == ([made.certificate] if wanted else [])


@pytest.mark.parametrize("size, oid", [(48, "2.16.840.1.101.3.4.2.2"), (64, "2.16.840.1.101.3.4.2.3")])
def test_longer_digests_are_stamped_too(size: int, oid: str) -> None:
    opened = decode_timestamp_response(signer().reply(asked(oid, size), real_time()))

    assert (opened.status, opened.tst_info.message_imprint.message) == (0, bytes(size))


@pytest.mark.parametrize(
    ("refused", "why"),
    [
        (b"", "wrong format"),
        (b"\x30\x03\x02\x01\x01", "wrong format"),
        (asked(size=31), "wrong format"),
        (asked(extension=True), "wrong format"),
        (asked(SHA1, 20), "unrecognized or unsupported algorithm identifier"),
        (asked(version=2), "transaction not permitted or supported"),
        (asked(policy="1.2.3.4"), "policy is not supported"),
    ],
)
def test_a_query_that_it_does_not_accept_is_refused_with_the_reason(
    tmp_path: Path, refused: bytes, why: str
) -> None:
    reply = signer().reply(refused, real_time())

    assert decode_timestamp_response(reply).status == 2
    (tmp_path / "r.tsr").write_bytes(reply)
    assert why in openssl(tmp_path, "ts", "-reply", "-in", "r.tsr", "-text")


def test_its_certificates_say_that_they_are_of_a_test() -> None:
    made = signer()

    usage = made.certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    assert (usage.critical, list(usage.value)) == (True, [ExtendedKeyUsageOID.TIME_STAMPING])
    for certificate in (made.certificate, made.root):
        assert "测试" in certificate.subject.rfc4514_string()
        assert "不具法律效力" in certificate.subject.rfc4514_string()
    made.certificate.verify_directly_issued_by(made.root)


async def test_over_http_it_takes_queries_and_nothing_else() -> None:
    made, at = signer(), real_time() - timedelta(days=1)
    transport = httpx.ASGITransport(create(made, lambda: at))
    media_type = {"content-type": "application/timestamp-query"}
    async with httpx.AsyncClient(transport=transport, base_url="http://tsa") as http:
        answer = await http.post("/", content=query(), headers=media_type)
        other = await http.post("/", content=query())
        long = await http.post("/", content=bytes(5_000), headers=media_type)
        read = await http.get("/")

    assert answer.headers["content-type"] == "application/timestamp-reply"
    assert decode_timestamp_response(answer.content).tst_info.gen_time == at.replace(microsecond=0)
    assert (other.status_code, long.status_code, read.status_code) == (415, 413, 405)
    assert NOTICE in other.text


def test_it_keeps_its_key_and_only_its_key(tmp_path: Path) -> None:
    first = Signer.open(tmp_path / "tsa", real_time())
    again = Signer.open(tmp_path / "tsa", real_time())

    assert again.certificate == first.certificate
    assert sorted(path.name for path in (tmp_path / "tsa").iterdir()) == [
        "root.pem",
        "signer-key.pem",
        "signer.pem",
    ]
    assert (tmp_path / "tsa" / "signer-key.pem").stat().st_mode & 0o777 == 0o600


def test_as_a_process_it_calls_itself_a_test_and_serves(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = f"127.0.0.1:{free.getsockname()[1]}"
    command = [
        sys.executable,
        "-m",
        "outsiders.authority",
        "--folder",
        str(tmp_path),
        "--listen",
        address,
    ]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        with httpx.Client(transport=httpx.HTTPTransport(retries=5), trust_env=False) as http:
            headers = {"content-type": "application/timestamp-query"}
            answer = http.post(f"http://{address}/", content=query(), headers=headers)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(10)

    assert "不具法律效力" in line
    assert openssl_accepts(tmp_path, answer.content, (tmp_path / "root.pem").read_bytes())
