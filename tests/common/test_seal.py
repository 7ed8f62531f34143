"""The seal port with its test implementation."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from cryptography import x509
from cryptography.x509.oid import NameOID

from common.documents.seal import NO_EFFECT, TestSeal

AT = datetime(2025, 3, 3, 1, tzinfo=UTC)


async def test_a_statement_is_of_the_bytes_that_were_sealed_alone() -> None:
    statement = await TestSeal("示范市城市管理行政执法局", AT).seal(b"%PDF letter")
    other = await TestSeal("示范市城市管理行政执法局", AT).seal(b"%PDF letter")

    assert statement.is_of(b"%PDF letter")
    assert not statement.is_of(b"%PDF another")
    assert not replace(statement, certificate=other.certificate).is_of(b"%PDF letter")


async def test_a_test_seal_says_that_it_has_no_legal_effect() -> None:
    statement = await TestSeal("示范市城市管理行政执法局", AT).seal(b"%PDF letter")

    subject = x509.load_der_x509_certificate(statement.certificate).subject
    assert subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value == NO_EFFECT
