"""Query codes can be typed: small letters and look-alikes are read, and a slip is found before anybody is asked."""

from __future__ import annotations

from itertools import pairwise

from common.values.querycodes import ALPHABET, LENGTH, canonical, grouped, new_code


def test_a_code_is_sixteen_characters_in_four_groups_and_reads_as_people_type_it() -> None:
    codes = {new_code() for _ in range(200)}

    assert len(codes) == 200
    for code in codes:
        plain = code.replace("-", "")
        assert (len(plain), grouped(plain), set(plain) <= set(ALPHABET)) == (LENGTH, code, True)
        typed = code.lower().replace("1", "l").replace("0", "o").replace("-", " ")
        assert canonical(typed) == canonical(f" {code} ") == plain


def test_one_wrong_character_or_two_that_changed_places_are_always_found() -> None:
    for _ in range(20):
        plain = new_code().replace("-", "")
        for at in range(LENGTH):
            for other in set(ALPHABET) - {plain[at]}:
                assert canonical(plain[:at] + other + plain[at + 1 :]) is None
        for first, second in pairwise(range(LENGTH)):
            swapped = plain[:first] + plain[second] + plain[first] + plain[second + 1 :]
            assert canonical(swapped) is None or plain[first] == plain[second]


def test_what_is_no_code_is_none() -> None:
    for typed in ("", "K7P2", "K7P2-9XQM-4T3V-8RW", "U" * 16, "案" * 16, new_code() + "0"):
        assert canonical(typed) is None
