"""DER is read strictly: an element has one encoding, and another encoding is a Fault."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from ledger.clock import real_time
from ledger.verifier.report import Fault
from ledger.verifier.x509 import Certificate, Der, Unproved, certificates_in, rsa
from tests.outsiders.stamping import pem, signer


def test_elements_are_read_one_after_the_other() -> None:
    first, second = Der.all(b"\x02\x01\x07\x04\x02ab")

    assert (first.number, second.of(4)) == (7, b"ab")
    assert second.raw == b"\x04\x02ab"


@pytest.mark.parametrize(
    "data",
    [
        b"\x04\x81\x02ab",  # a short length in the long form
        b"\x04\x82\x00\x80" + bytes(128),  # a length with a leading zero
        b"\x04\x80ab\x00\x00",  # an indefinite length
        b"\x04\x05ab",  # a length beyond the end
        b"\x1f\x81\x01\x00",  # a tag of several bytes
    ],
    ids=["long-form", "leading-zero", "indefinite", "beyond-end", "large-tag"],
)
def test_a_length_or_tag_outside_der_is_refused(data: bytes) -> None:
    with pytest.raises(Fault):
        Der.all(data)


def test_an_integer_with_a_superfluous_byte_is_refused() -> None:
    (padded,) = Der.all(b"\x02\x02\x00\x07")

    with pytest.raises(Fault):
        _ = padded.number
    assert Der.all(b"\x02\x02\x00\x80")[0].number == 128


@pytest.mark.parametrize(
    "data, at",
    [
        (b"\x17\x0d490101000000Z", datetime(2049, 1, 1, tzinfo=UTC)),
        (b"\x17\x0d500101000000Z", datetime(1950, 1, 1, tzinfo=UTC)),
        (b"\x18\x1120250101000000.5Z", datetime(2025, 1, 1, 0, 0, 0, 500_000, tzinfo=UTC)),
    ],
)
def test_both_forms_of_time_are_read(data: bytes, at: datetime) -> None:
    assert Der.all(data)[0].time == at


@pytest.mark.parametrize(
    "text", [b"20250101000000.50Z", b"20250101000000.Z", b"2025010100Z", b"20250101000000"]
)
def test_another_form_of_time_is_refused(text: bytes) -> None:
    with pytest.raises(Fault):
        _ = Der.all(bytes([0x18, len(text)]) + text)[0].time


def test_algorithm_parameters_other_than_null_cannot_be_judged() -> None:
    sequence = b"\x30\x07\x06\x03\x55\x1d\x0f\x04\x00"

    with pytest.raises(Unproved):
        _ = Der.all(sequence)[0].algorithm


def test_a_certificate_tells_its_names_its_key_and_its_depth() -> None:
    made = signer()
    (root,), (leaf,) = certificates_in(pem(made.root)), certificates_in(pem(made.certificate))

    authority, own = Certificate(root), Certificate(leaf)

    assert (authority.depth, own.depth) == (0, -1)
    assert own.issuer == authority.subject
    assert own.since <= real_time() <= own.until


def test_an_rsa_key_of_1024_bits_is_too_short() -> None:
    modulus = (1 << 1023) + 1
    number = modulus.to_bytes(129, "big")
    public = b"\x30\x81\x89" + b"\x02\x81\x81" + number + b"\x02\x03\x01\x00\x01"

    assert not rsa(public, bytes(128), bytes(32), "sha256")
