"""When the twin is anchored in the log. No database, no clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from evidence.domain.anchoring import ANCHORED_EVERY, Anchored, TwinAnchored, anchor

NOON = datetime(2030, 3, 1, 12, 0, tzinfo=UTC)


def anchored(last: Anchored | None, **changes: Any) -> TwinAnchored | None:
    asked: dict[str, Any] = {
        "origin": "ledger.example/2030/sm3",
        "size": 12,
        "checkpoint": "note",
        "at": NOON,
    }
    return anchor(last=last, **asked | changes)


def test_the_first_anchor_is_due_at_once() -> None:
    fact = anchored(None)

    assert fact is not None
    assert (fact.stream, fact.type, fact.subject) == ("log/sm3", "log.anchor", None)
    assert fact.body() == {
        "suite": "sm3-sm2",
        "origin": "ledger.example/2030/sm3",
        "size": 12,
        "checkpoint": "note",
    }


@pytest.mark.parametrize(
    "since, due", [(ANCHORED_EVERY - timedelta(microseconds=1), False), (ANCHORED_EVERY, True)], ids=str
)
def test_the_next_is_due_ten_minutes_later(since: timedelta, due: bool) -> None:
    assert (anchored(Anchored(5, NOON - since)) is not None) is due


@pytest.mark.parametrize("size, due", [(10, False), (11, False), (12, True)], ids=str)
def test_a_log_at_rest_does_not_grow_by_its_own_anchors(size: int, due: bool) -> None:
    last = Anchored(10, NOON - timedelta(days=1))

    assert (anchored(last, size=size) is not None) is due
