"""The words that a bundle prints are those of the services that write its records."""

from __future__ import annotations

from pathlib import Path

from evidence.domain.checks import ZH
from ledger.verifier.texts import CODES, TYPES

SAMPLES = Path(__file__).parents[1] / "contracts" / "records"


def test_every_code_of_a_check_is_printed_in_the_words_of_the_service() -> None:
    assert {code.value: words for code, words in ZH.items()} == CODES


def test_every_type_of_record_that_a_bundle_or_a_certificate_may_hold_has_words() -> None:
    types = {path.name.rsplit(".", 2)[0] for path in SAMPLES.glob("*.json")}

    held = ("case.", "device.", "evidence.", "plan.", "service.", "sharing.", "document.served")
    assert {name for name in types if name.startswith(held)} == TYPES.keys()
