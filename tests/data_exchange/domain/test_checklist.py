"""The checklist of a sandbox: each check is passed by the calls that it names, and by no others."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from data_exchange.domain.checklist import CHECKS, LOST, Seen, missing, watched

READ = Seen("GET", "/v1/exchanges", 200, kid="k1")
WRITE = Seen("POST", "/v1/assistance-requests", 201, kid="k1", key="a")
COMPARISON = Seen("POST", "/v1/comparisons", 201, kid="k1", key="a")


def passed(*calls: Seen, **marks: str) -> set[str]:
    """The checks that are passed after these calls."""
    for call in calls:
        marks |= watched(call, marks)
    return {check.name for check in CHECKS} & marks.keys()


@pytest.mark.parametrize(
    ("call", "check"),
    [
        (READ, "READ_SIGNED"),
        (WRITE, "WRITE_SIGNED"),
        (replace(WRITE, has_digest=True), "DIGEST_COVERED"),
        (replace(READ, path="/v1/receipts/0"), "RECEIPT_READ"),
        (replace(WRITE, path="/v1/receipts/0/acknowledgements"), "RECEIPT_ACKNOWLEDGED"),
        (replace(COMPARISON, answer={"verdict": "MATCH"}), "COMPARED_MATCH"),
        (replace(COMPARISON, answer={"verdict": "NO_MATCH"}), "COMPARED_NO_MATCH"),
        (replace(COMPARISON, answer={"withheld": [{}]}), "FIELDS_WITHHELD"),
    ],
)
def test_one_good_call_passes_a_check_and_a_refused_or_unsigned_one_does_not(call: Seen, check: str) -> None:
    assert check in passed(call)
    assert check not in passed(replace(call, status=409))
    assert check not in passed(replace(call, kid=None))


def test_a_lost_answer_is_mended_by_the_same_key_alone() -> None:
    assert "REPEATED_AFTER_LOSS" in passed(WRITE, **{LOST: "a"})
    assert "REPEATED_AFTER_LOSS" not in passed(replace(WRITE, key="b"), **{LOST: "a"})
    assert "REPEATED_AFTER_LOSS" not in passed(replace(WRITE, key=None))


def test_pages_count_when_each_is_asked_with_the_cursor_of_the_one_before() -> None:
    first, last = page("x"), page(None, cursor="x")

    assert "PAGED_TO_END" in passed(first, last)
    assert "PAGED_TO_END" in passed(first, page("y", cursor="x"), page(None, cursor="y"))
    assert "PAGED_TO_END" not in passed(last)
    assert "PAGED_TO_END" not in passed(first, page(None, cursor="z"))
    assert "PAGED_TO_END" not in passed(page(None))
    assert "PAGED_TO_END" not in passed(first, replace(last, path="/v1/comparisons"))


def test_events_are_followed_by_the_cursor_of_the_answer_before() -> None:
    feed = replace(READ, path="/v1/events", answer={"next_cursor": "7"})

    assert "EVENTS_FOLLOWED" in passed(feed, replace(feed, query={"after": "7"}))
    assert "EVENTS_FOLLOWED" not in passed(feed, replace(feed, query={"after": "6"}))
    assert "EVENTS_FOLLOWED" not in passed(replace(feed, query={"after": "7"}))


@pytest.mark.parametrize("code", ["DX_SIGNATURE_EXPIRED", "DX_CREATED_IN_FUTURE"])
def test_a_skew_is_mended_by_a_good_call_after_the_refusal(code: str) -> None:
    refused = Seen("GET", "/v1/exchanges", 401, code=code)

    assert "SKEW_MENDED" in passed(refused, READ)
    assert "SKEW_MENDED" not in passed(READ, refused)
    assert "SKEW_MENDED" not in passed(replace(refused, code="DX_NONCE_USED"), READ)


def test_keys_are_rolled_when_the_second_calls_after_the_first_was_revoked() -> None:
    second = replace(READ, kid="k2")
    after_revocation = replace(second, revoked=frozenset({"k1"}))

    assert "KEY_ROLLED" in passed(READ, second, after_revocation)
    assert "KEY_ROLLED" not in passed(READ, second)
    assert "KEY_ROLLED" not in passed(after_revocation)
    assert "KEY_ROLLED" not in passed(READ, replace(READ, revoked=frozenset({"k0"})))


def test_a_refusal_is_mended_by_another_call_at_its_address() -> None:
    refused = replace(COMPARISON, status=403, code="DX_CASE_REQUIRED")
    mended = replace(COMPARISON, key="b")

    assert "REFUSAL_MENDED" in passed(refused, mended)
    assert "REFUSAL_MENDED" not in passed(refused, COMPARISON)
    assert "REFUSAL_MENDED" not in passed(refused, replace(WRITE, key="b"))
    assert "REFUSAL_MENDED" not in passed(mended)
    assert "REFUSAL_MENDED" not in passed(replace(refused, status=503, code="DX_LEDGER_BEHIND"), mended)


def test_a_check_stays_passed_and_the_missing_ones_are_named_in_order() -> None:
    assert watched(READ, {"READ_SIGNED": "then", "kids": "k1"}) == {"kids": "k1"}
    assert missing([]) == [check.name for check in CHECKS]
    assert missing(check.name for check in CHECKS if check.name != "KEY_ROLLED") == ["KEY_ROLLED"]
    assert len({check.name for check in CHECKS}) == len(CHECKS) == 17


def page(following: str | None, **query: Any) -> Seen:
    return replace(READ, query=query, answer={"items": [], "next_cursor": following})
