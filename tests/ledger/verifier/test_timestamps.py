"""The verifier judges time stamps with the standard library alone, and as strictly as other programs."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from rfc3161_client import VerifierBuilder, decode_timestamp_response

from ledger.clock import real_time
from ledger.verifier.report import Fault
from ledger.verifier.timestamps import time_token
from ledger.verifier.x509 import Der, Unproved, certificates_in
from outsiders.authority import Signer, der
from tests.outsiders.stamping import (
    NOTE,
    OpensslAuthority,
    openssl_accepts,
    pem,
    query,
    reversed_certificates,
    signer,
)

FORMS = {
    "rsa": ("rsa:2048", "rsa:2048", "rsa:2048"),
    "p256": ("P-256", "P-256", "P-256"),
    "p384": ("P-384", "P-384", "P-384"),
    "mixed": ("P-384", "rsa:2048", "P-256"),
}


@pytest.fixture(scope="module")
def mixed(tmp_path_factory: pytest.TempPathFactory) -> OpensslAuthority:
    return OpensslAuthority.make(tmp_path_factory.mktemp("openssl") / "tsa", *FORMS["mixed"])


def accepted(token: bytes, roots: bytes) -> bool:
    return abs(time_token(token, NOTE, roots) - real_time()) < timedelta(minutes=5)


@pytest.mark.parametrize("kind", ["ec", "rsa"])
def test_a_token_of_the_test_authority_tells_its_second(kind: str) -> None:
    made, at = signer(kind), real_time()

    token = made.reply(query(), at)

    assert time_token(token, NOTE, pem(made.root)) == at.replace(microsecond=0)


@pytest.mark.parametrize("digest", ["sha256", "sha384", "sha512"])
@pytest.mark.parametrize("form", FORMS)
def test_a_token_that_openssl_made_with_an_intermediate_certificate_is_accepted(
    tmp_path: Path, form: str, digest: str
) -> None:
    authority = OpensslAuthority.make(tmp_path / "tsa", *FORMS[form], digest=digest)
    token = authority.stamp()

    at = time_token(token, NOTE, authority.root)

    assert abs(at - real_time()) < timedelta(minutes=5)
    assert openssl_accepts(tmp_path, token, authority.root)


def test_the_order_of_the_certificates_does_not_matter(mixed: OpensslAuthority) -> None:
    token = mixed.stamp()

    assert time_token(token, NOTE, mixed.root) == time_token(reversed_certificates(token), NOTE, mixed.root)


def test_the_content_info_alone_is_a_token_too(mixed: OpensslAuthority) -> None:
    token = mixed.stamp()
    _, inner = Der.all(token)[0].parts()

    assert time_token(inner.raw, NOTE, mixed.root) == time_token(token, NOTE, mixed.root)


def test_an_older_authority_that_names_its_certificate_by_sha1_is_accepted(tmp_path: Path) -> None:
    authority = OpensslAuthority.make(tmp_path / "tsa", *FORMS["p256"], ess="sha1")

    assert accepted(authority.stamp(), authority.root)


def test_the_signers_certificate_may_come_with_the_roots(mixed: OpensslAuthority) -> None:
    known = b"".join((mixed.folder / f"{name}.pem").read_bytes() for name in ("intermediate", "signer"))
    token = mixed.stamp(query(with_certificate=False))

    assert accepted(token, mixed.root + known)
    with pytest.raises(Unproved, match="没有签署时间戳的证书"):
        time_token(token, NOTE, mixed.root)


@pytest.mark.parametrize("kind", ["ec", "rsa"])
def test_no_byte_of_a_token_can_be_changed(kind: str) -> None:
    made = signer(kind)
    token, root = made.reply(query(), real_time()), pem(made.root)
    assert accepted(token, root)

    for place in range(len(token)):
        for change in (0x01, 0x20, 0xFF):
            altered = token[:place] + bytes([token[place] ^ change]) + token[place + 1 :]
            with pytest.raises(Fault):
                time_token(altered, NOTE, root)


def test_in_a_token_of_openssl_only_unsigned_bytes_can_be_changed(tmp_path: Path) -> None:
    """A certificate that the chain does not need is unsigned: here the root's, which the reader has."""
    authority = OpensslAuthority.make(tmp_path / "tsa", *FORMS["rsa"])
    token = authority.stamp(chain=("intermediate", "root"))
    (root,) = certificates_in(authority.root)
    spare = range(token.index(root), token.index(root) + len(root))
    assert accepted(token, authority.root)

    for place in set(range(len(token))) - set(spare):
        altered = token[:place] + bytes([token[place] ^ 0x01]) + token[place + 1 :]
        with pytest.raises(Fault):
            time_token(altered, NOTE, authority.root)
    altered = token[: spare[-1]] + bytes([token[spare[-1]] ^ 0x01]) + token[spare[-1] + 1 :]
    assert accepted(altered, authority.root)


def test_a_superfluous_certificate_is_neither_needed_nor_believed(mixed: OpensslAuthority) -> None:
    token, stranger = mixed.stamp(), pem(signer().root)

    with pytest.raises(Unproved, match="链到不了"):
        time_token(token, NOTE, stranger)
    assert accepted(token, stranger + mixed.root)


@pytest.mark.parametrize(
    "junk", [b"", b"0", b"\x30\x00", b"\x30\x80\x00\x00", b"\x30\x81\x01\x00", b"x" * 99]
)
def test_bytes_that_are_no_token_are_refused_in_chinese(junk: bytes) -> None:
    with pytest.raises(Fault, match=r"[一-鿿]"):
        time_token(junk, NOTE, b"")


def test_a_token_over_something_else_is_refused(mixed: OpensslAuthority) -> None:
    with pytest.raises(Fault, match="不是这份文件"):
        time_token(mixed.stamp(), NOTE + b"\n", mixed.root)


def test_a_refusal_of_the_authority_is_no_token() -> None:
    with pytest.raises(Fault, match="没有同意"):
        time_token(signer().reply(b"junk", real_time()), NOTE, b"")


@pytest.mark.parametrize(
    ("options", "fault"),
    [
        ({"usage": "critical,timeStamping,codeSigning"}, "不是时间戳专用"),
        ({"usage": "timeStamping"}, "不是时间戳专用"),
        ({"authority": "FALSE"}, "无权签发"),
    ],
)
def test_a_certificate_without_the_right_for_its_use_is_refused(
    tmp_path: Path, options: dict[str, str], fault: str
) -> None:
    authority = OpensslAuthority.make(tmp_path / "tsa", *FORMS["p256"], **options)
    # OpenSSL itself would not sign with some of these.
    token = authority.signer.reply(query(), real_time())
    known = (authority.folder / "intermediate.pem").read_bytes()

    with pytest.raises(Fault, match=fault):
        time_token(token, NOTE, authority.root + known)


@pytest.mark.parametrize("years", [-1, 11])
def test_a_token_from_outside_its_certificates_life_is_refused(years: int) -> None:
    made = signer()
    token = made.reply(query(), real_time() + timedelta(days=366 * years))

    with pytest.raises(Fault, match="不在有效期内"):
        time_token(token, NOTE, pem(made.root))


def test_an_impostor_with_the_same_names_is_refused() -> None:
    true, false = signer(), signer()
    token = false.reply(query(), real_time())

    with pytest.raises(Fault, match="不是其上级所签"):
        time_token(token, NOTE, pem(true.root))


def test_a_stolen_certificate_without_its_key_signs_nothing() -> None:
    true, thief = signer(), signer()
    token = Signer(thief.key, true.certificate, true.root).reply(query(), real_time())

    with pytest.raises(Fault, match="签名不对"):
        time_token(token, NOTE, pem(true.root))


def test_another_certificate_of_the_same_name_number_and_key_is_not_the_one_that_signed(
    tmp_path: Path,
) -> None:
    """RFC 5035 is made for this case. rfc3161-client does not check it."""
    authority = OpensslAuthority.make(tmp_path / "tsa", *FORMS["p256"])
    again = authority.reissued()  # first: it is not good before this second
    token = authority.signer.reply(query(), real_time())
    other = with_certificate(token, again)
    known = authority.root + (authority.folder / "intermediate.pem").read_bytes()
    library = VerifierBuilder(roots=x509.load_pem_x509_certificates(known)).build()

    assert accepted(token, known)
    assert library.verify_message(decode_timestamp_response(other), NOTE)
    with pytest.raises(Fault, match="所指的不是这一证书"):
        time_token(other, NOTE, known)


def with_certificate(token: bytes, certificate: bytes) -> bytes:
    """`token` with `certificate` (DER) as the only one in it."""
    status, inner = Der.all(token)[0].parts()
    kind, content = inner.parts()
    version, digests, wrapped, _, signers = content.only(0xA0).parts()
    signed = der(0x30, version.raw, digests.raw, wrapped.raw, der(0xA0, certificate), signers.raw)
    return der(0x30, status.raw, der(0x30, kind.raw, der(0xA0, signed)))


def test_an_algorithm_that_the_program_does_not_know_is_no_forgery(tmp_path: Path) -> None:
    authority = OpensslAuthority.make(tmp_path / "tsa", "P-256", "P-256", "secp521r1")

    with pytest.raises(Unproved, match="不认得椭圆曲线"):
        time_token(authority.stamp(), NOTE, authority.root)


def test_roots_are_read_from_one_file_of_several() -> None:
    made = signer()
    token = made.reply(query(), real_time())
    several = b"# a comment\n" + pem(signer().root) + pem(made.root)

    assert len(x509.load_pem_x509_certificates(several)) == 2
    assert accepted(token, several)
