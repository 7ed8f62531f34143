"""One pattern reads records of the common shape. It must never read a record otherwise than the rules do."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger import entry
from ledger.entry import Record, parse_record
from tests.ledger.given import EVIDENCE, ROOT, Stream

ORDINARY = Stream("evidence/evd_01jncr8nm0fh1bx0tb8vq77kvd").next()
# What could stretch a field over its end, hide a second one in it, or spell one value in another way.
SNIPPETS = [
    b'"', b"\\", b'\\"', b'"}', b'{"', b"\n", b"\n\n", b"\t", b" ", b"\x00", b"\x7f", b"\xff", "é".encode(), b"\\u0041",
    "e\u0301".encode(), b"0", b"-0", b"01", b"1.0", b"1e3", b"null", b"9007199254740991", b"9007199254740993",
    b"[" * 9 + b"]" * 9, b'{"a":' * 7 + b"1" + b"}" * 7, b'{"a":' * 6 + b"1" + b"}" * 6, b'{"A":1}', b'{"a":1,"a":1}',
    b'x","at":"2025-03-03T01:00:00.001000Z', b'","data":{},"id":"', b'{},"id":"01955984-5681-738b-9419-8ae11cdc7ee2"',
    b'"subject":null,', b'"subject":"\xc3\xa9",', b"=", b"B=", b"log", b"keys/x", b"log.genesis", "\u2014 ".encode(),
    b"2025-02-30T01:00:00.001000Z", b"2025-03-03T24:00:00.000000Z", "\u2014 a ZZZZZZZZ\n".encode(),
]  # fmt: skip
EDITS = st.lists(
    st.tuples(st.integers(0, 700), st.integers(0, 12), st.sampled_from(SNIPPETS) | st.binary(max_size=2)),
    min_size=1,
    max_size=3,
)


def said(raw: bytes, *, by_the_rules: bool) -> Record | None:
    try:
        return entry._by_the_rules(raw) if by_the_rules else parse_record(raw)
    except ValueError:
        return None


def test_an_ordinary_record_has_the_common_shape() -> None:
    assert entry._COMMON.fullmatch(ORDINARY)
    assert parse_record(ORDINARY) == entry._by_the_rules(ORDINARY)


@given(EDITS)
@settings(max_examples=1_000, deadline=None)
def test_an_edited_record_is_read_as_the_rules_read_it(edits: list[tuple[int, int, bytes]]) -> None:
    raw = ORDINARY
    for at, length, snippet in edits:
        raw = raw[:at] + snippet + raw[at + length :]

    assert said(raw, by_the_rules=False) == said(raw, by_the_rules=True)


@pytest.mark.parametrize("snippet", SNIPPETS)
def test_no_snippet_at_any_place_is_read_otherwise_than_by_the_rules(snippet: bytes) -> None:
    for length in (0, 1):
        for at in range(len(ORDINARY)):
            raw = ORDINARY[:at] + snippet + ORDINARY[at + length :]
            assert said(raw, by_the_rules=False) == said(raw, by_the_rules=True), raw


@pytest.mark.parametrize(
    "changes",
    [{"data": {}}, {"data": {"a": [None, True, -5]}}, {"data": {"a": 2**53 - 1}}, {"data": {"text": "明证"}},
     {"data": {"quote": 'a"b'}}, {"data": {"id": {"a": {}}, "prev": 'x","id":"'}}, {"subject": None},
     {"actor": 'device:a"b'}, {"actor": "device:a\\b"}, {"stream": 'evidence/"'}, {"v": 2**53 - 1}],
)  # fmt: skip
def test_an_uncommon_record_is_read_by_the_rules(changes: dict[str, object]) -> None:
    raw = Stream().next(**changes)

    record = parse_record(raw)

    assert record == entry._by_the_rules(raw)
    assert all(record.body[field] == value for field, value in changes.items())


def test_a_second_signature_is_read_too() -> None:
    text = parse_record(ORDINARY).note.text
    raw = ORDINARY + ROOT.line(text)

    assert [s.name for s in parse_record(raw).note.signatures] == [EVIDENCE.name, ROOT.name]
