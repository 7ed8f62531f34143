"""What a party learns of a message, entry by entry, and what a cursor promises while old entries are thinned out."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.values.errors import Kind, Refusal
from notification.domain.engagement import read
from notification.domain.entries import Change, Cursor, Reach, change_of, require_within
from notification.domain.facts import MessageFact, after
from notification.domain.message import Failure, Message, State, deliver, erase, fail
from tests.notification.domain.test_message import NOON, delivered, made

OPENED = read(delivered())
assert OPENED is not None
READ = after(delivered(), OPENED, at=NOON)
GONE = replace(READ, erased_at=NOON)


@pytest.mark.parametrize(
    ("before", "facts", "change"),
    [
        (made(), [deliver(made())], Change.ITEM),
        (made(), [fail(made(), Failure.DOCUMENT_DIFFERS)], None),
        (replace(made(), state=State.FAILED), [erase(made())], None),
        (made(), [], None),
        (delivered(), [OPENED], Change.UPDATE),
        (delivered(), [OPENED, erase(delivered())], Change.TOMBSTONE),
        (READ, [erase(READ)], Change.TOMBSTONE),
        (GONE, [erase(GONE)], None),
        (READ, [], None),
    ],
    ids=range(9),
)
def test_facts_of_one_save_make_one_entry_at_most(
    before: Message, facts: list[MessageFact], change: Change | None
) -> None:
    message = before
    for fact in facts:
        message = after(message, fact, at=NOON)

    assert change_of(before, facts, after=message) is change


@pytest.mark.parametrize(
    ("cursor", "reach", "is_within"),
    [
        ("", Reach(0, 0), True),
        ("", Reach(90, 40), True),
        ("0", Reach(90, 40), True),
        ("39", Reach(90, 40), False),
        ("40", Reach(90, 40), True),
        ("90", Reach(90, 40), True),
        ("91", Reach(90, 40), False),
        ("12.40", Reach(90, 40), True),
        ("12.40", Reach(90, 41), False),
        ("41.40", Reach(90, 41), True),
    ],
)
def test_a_cursor_holds_while_no_entry_after_it_was_thinned_out(
    cursor: str, reach: Reach, is_within: bool
) -> None:
    start = Cursor.read(cursor)

    if is_within:
        require_within(start, reach, kept_d=30)
    else:
        with pytest.raises(Refusal) as refusal:
            require_within(start, reach, kept_d=30)
        assert (refusal.value.kind, refusal.value.code) == (Kind.GONE, "NOTI_CURSOR_GONE")


@pytest.mark.parametrize("text", ["-1", "1.", ".1", "1.2.3", "x", "１", " 1", "1" * 19, "0x1"])
def test_a_cursor_that_we_never_gave_is_refused(text: str) -> None:
    with pytest.raises(Refusal) as refusal:
        Cursor.read(text)

    assert refusal.value.code == "CURSOR_UNKNOWN"


@given(
    changes=st.lists(st.tuples(st.integers(0, 4), st.sampled_from(["change", "end", "thin"])), max_size=40),
    page=st.integers(1, 5),
    reads=st.lists(st.integers(0, 40), max_size=12),
)
def test_a_reader_who_is_never_refused_holds_what_the_inbox_holds(
    changes: list[tuple[int, str]], page: int, reads: list[int]
) -> None:
    inbox = _Inbox()
    copy: dict[int, int] = {}
    cursor = ""
    for step, (message, what) in enumerate(changes):
        inbox.do(message, what)
        for _ in range(reads.count(step)):
            cursor = inbox.page_into(copy, cursor, page)
    for _ in product(range(3), range(50)):
        cursor = inbox.page_into(copy, cursor, page)

    assert copy == inbox.alive
    assert cursor == str(inbox.reach.last)


class _Inbox:
    """An inbox as the store keeps one, and a phone's page by page copy of it: message → its newest place."""

    def __init__(self) -> None:
        self.entries: dict[int, tuple[int, Change]] = {}
        self.alive: dict[int, int] = {}
        self.ended: set[int] = set()
        self.reach = Reach(0, 0)

    def do(self, message: int, what: str) -> None:
        if what == "thin":
            newest = {message: place for place, (message, _) in self.entries.items()}
            needless = [
                place
                for place, (message, change) in self.entries.items()
                if change is Change.TOMBSTONE or newest[message] != place
            ]
            for place in needless:
                del self.entries[place]
            self.reach = replace(self.reach, thinned=max([self.reach.thinned, *needless]))
            return
        if message in self.ended or (what == "end" and message not in self.alive):
            return
        place = self.reach.last + 1
        self.reach = replace(self.reach, last=place)
        if what == "end":
            self.entries[place] = (message, Change.TOMBSTONE)
            self.ended.add(message)
            del self.alive[message]
        else:
            change = Change.UPDATE if message in self.alive else Change.ITEM
            self.entries[place] = (message, change)
            self.alive[message] = place

    def page_into(self, copy: dict[int, int], text: str, size: int) -> str:
        cursor = Cursor.read(text)
        if not cursor.is_within(self.reach):
            copy.clear()
            return ""
        after_it = [place for place in sorted(self.entries) if place > cursor.place]
        for place in after_it[:size]:
            message, change = self.entries[place]
            if change is Change.TOMBSTONE:
                copy.pop(message, None)
            elif message in self.alive:
                copy[message] = place
        reached = after_it[size - 1] if len(after_it) > size else self.reach.last
        return cursor.moved(reached, self.reach)
