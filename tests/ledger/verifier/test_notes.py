"""The verifier's own parsers read what the ledger's read, and refuse what they refuse."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from ledger.canonical import canonical as ledgers_canonical
from ledger.checkpoint import Checkpoint as LedgersCheckpoint
from ledger.entry import parse_entry
from ledger.notes import open_note
from ledger.verifier.notes import Checkpoint, Entry, Note, Vkey, canonical, parse_canonical, statement
from tests.ledger.given import EVIDENCE, LOG, ROOT, SM2_LOG, STRANGER
from tests.vectors.test_evl1 import ENTRIES

DATA = Path(__file__).parents[2] / "vectors" / "data"
CASES: list[dict[str, Any]] = json.loads((DATA / "signed-note.json").read_text())["cases"]
NOTES = [case for case in CASES if case["name"] != "101 signatures"]


def test_a_published_vkey_is_read_and_written_back_in_both_suites() -> None:
    for vkey in (LOG.vkey, SM2_LOG.vkey):
        assert Vkey.parse(vkey).vkey == vkey


@pytest.mark.parametrize("end", ["", "A", "="])
def test_a_vkey_that_was_altered_is_no_key(end: str) -> None:
    with pytest.raises(ValueError):
        Vkey.parse(LOG.vkey[:-1] + end if end != "=" else LOG.vkey + end)


@pytest.mark.parametrize(
    "case",
    [case for case in NOTES if case["name"] != "101 signatures"],
    ids=lambda case: case["name"].replace(" ", "-"),
)
def test_a_published_note_holds_exactly_when_it_should(case: dict[str, Any]) -> None:
    """Only the limit of 100 signatures is not this parser's: it takes any note up to a megabyte."""
    try:
        note, keys = Note.parse(base64.b64decode(case["note_b64"])), [Vkey.parse(v) for v in case["vkeys"]]
    except (ValueError, IndexError):
        assert case["verified"] == 0
        return

    named = [key for key in keys if note.claims(key)]

    assert (named != [] and all(note.signed_by(key) for key in named)) is (case["verified"] > 0)


def test_an_entry_is_read_as_the_ledger_reads_it() -> None:
    for raw in ENTRIES[:20]:
        ours, theirs = Entry.parse(raw), parse_entry(raw)

        assert (ours.index, ours.stream, ours.note.text) == (
            theirs.index,
            theirs.record.stream,
            theirs.record.note.text,
        )


def test_a_checkpoint_is_read_as_the_ledger_writes_it_and_both_suites_are_checked() -> None:
    raw = LedgersCheckpoint(LOG.name, 7, bytes(32)).signed(LOG, SM2_LOG)

    checkpoint = Checkpoint.parse(raw)

    assert (checkpoint.origin, checkpoint.size, checkpoint.root) == (LOG.name, 7, bytes(32))
    assert all(checkpoint.note.signed_by(Vkey.parse(key.vkey)) for key in (LOG, SM2_LOG))
    assert not checkpoint.note.claims(Vkey.parse(STRANGER.vkey))
    assert len(open_note(raw, [LOG.verifier])[1]) == 1


def test_canonical_json_is_written_as_the_ledger_writes_it() -> None:
    for value in ({"b": [1, None, True], "a": "苏A12345"}, [], {"x": {"y": "\u2028"}}):
        assert canonical(value) == ledgers_canonical(value)
        assert parse_canonical(canonical(value)) == value


@pytest.mark.parametrize(
    "line", [b'{"a":1.5}', b'{"b":1,"a":2}', b'{"a": 1}', b'{"A":1}', b"NaN", b'{"a":1,"a":1}']
)
def test_json_in_another_form_is_refused(line: bytes) -> None:
    with pytest.raises(ValueError):
        parse_canonical(line)


def test_a_statement_is_read_under_its_kind_alone() -> None:
    note = Note.parse(EVIDENCE.statement("capability", {"v": 1}))

    assert statement(note, "capability") == {"v": 1}
    with pytest.raises(ValueError):
        statement(note, "stream-heads")
    assert not note.signed_by(Vkey.parse(ROOT.vkey))
