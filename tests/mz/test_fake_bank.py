"""The bank of the demo signs exactly the bytes it sends, and the platform believes no other."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from case.contract import PaymentCallback
from case.domain.bank import require_signed
from case.runtime import BANK_KEY_FILE, bank_key
from common.values.errors import Refusal
from mz.demo.fakebank import FakeBank, payment_notice

AT = datetime(2025, 4, 20, 2, 0, tzinfo=UTC)
BODY = payment_notice(reference="1" * 20, amount_fen=20000, paid_at=AT, serial="B-1")


def test_the_platform_believes_the_bank_it_was_introduced_to(tmp_path: Path) -> None:
    bank = FakeBank.open(tmp_path / "bank.pem")
    (tmp_path / BANK_KEY_FILE).write_bytes(bank.public_pem)

    require_signed(bank_key(tmp_path), BODY, FakeBank.open(tmp_path / "bank.pem").sign(BODY))

    assert PaymentCallback.model_validate_json(BODY).amount_fen == 20000
    assert (tmp_path / "bank.pem").stat().st_mode & 0o077 == 0


def test_another_amount_or_another_bank_is_not_believed(tmp_path: Path) -> None:
    bank, other = FakeBank.open(tmp_path / "bank.pem"), FakeBank.open(tmp_path / "other.pem")
    (tmp_path / BANK_KEY_FILE).write_bytes(bank.public_pem)

    for body, signature in (
        (BODY.replace(b"20000", b"20001"), bank.sign(BODY)),
        (BODY, other.sign(BODY)),
        (BODY, "-"),
    ):
        with pytest.raises(Refusal) as refusal:
            require_signed(bank_key(tmp_path), body, signature)
        assert refusal.value.code == "BANK_SIGNATURE_WRONG"
