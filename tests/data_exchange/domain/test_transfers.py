"""The words of a transfer are the same on the wire and in the law. No database, no clock."""

from __future__ import annotations

from typing import get_args

from data_exchange.contract.transfers import EnclosureCode, FilingCode, OutcomeCode
from data_exchange.domain.transfers import Enclosure, Filing, Outcome


def test_the_words_on_the_wire_are_those_of_the_law() -> None:
    assert list(get_args(EnclosureCode)) == list(Enclosure)
    assert list(get_args(FilingCode)) == list(Filing)
    assert list(get_args(OutcomeCode)) == list(Outcome)
