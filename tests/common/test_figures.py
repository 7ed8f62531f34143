"""Amounts as an official document writes them."""

from __future__ import annotations

import pytest

from common.documents.figures import amount_in_words


@pytest.mark.parametrize(
    ("fen", "words"),
    [
        (0, "零元整"),
        (5, "伍分"),
        (50, "伍角整"),
        (20000, "贰佰元整"),
        (20005, "贰佰元零伍分"),
        (100050, "壹仟元伍角整"),
        (1000100, "壹万零壹元整"),
        (100001000, "壹佰万零壹拾元整"),
        (12345678, "壹拾贰万叁仟肆佰伍拾陆元柒角捌分"),
        (1_0000_0000_00, "壹亿元整"),
    ],
)
def test_an_amount_is_written_as_on_a_bank_form(fen: int, words: str) -> None:
    assert amount_in_words(fen) == words
