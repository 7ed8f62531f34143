"""Published vectors of the signed note, of SM3, and of RFC 8785 inside our profile."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from ledger.canonical import canonical, parse_canonical
from ledger.keyfiles import NoteKey, RecordSigner, load_key, make_key
from ledger.notes import (
    Verifier,
    decode_batch,
    digest,
    encode_batch,
    open_note,
    open_statement,
    parse_note,
    unbase64,
)

DATA = Path(__file__).parent / "data"
NOTES: list[dict[str, Any]] = json.loads((DATA / "signed-note.json").read_text())["cases"]
SM3: list[dict[str, str]] = json.loads((DATA / "sm2sm3.json").read_text())["sm3"]
JCS = sorted(path.stem for path in (DATA / "jcs" / "input").glob("*.json"))


def opens(case: dict[str, Any]) -> int:
    try:
        known = [Verifier.parse(vkey) for vkey in case["vkeys"]]
        return len(open_note(base64.b64decode(case["note_b64"]), known)[1])
    except ValueError:
        return 0


@pytest.mark.parametrize("case", NOTES, ids=lambda case: case["name"].replace(" ", "-"))
def test_a_published_note_opens_exactly_when_it_should(case: dict[str, Any]) -> None:
    assert opens(case) == case["verified"]


@pytest.mark.parametrize("case", SM3, ids=lambda case: case["source"][:20])
def test_sm3_is_that_of_the_standard(case: dict[str, str]) -> None:
    assert digest("sm3", bytes.fromhex(case["msg_hex"])).hex() == case["digest"]


def test_an_unknown_digest_suite_is_refused() -> None:
    with pytest.raises(ValueError, match="no digest suite"):
        digest("md5", b"")


@pytest.mark.parametrize("name", JCS)
def test_the_rfc_8785_files_lie_outside_our_profile_and_are_refused(name: str) -> None:
    """Each of them holds a float, a key outside [a-z][a-z0-9_]* or text that is not NFC: no record does."""
    output = (DATA / "jcs" / "output" / f"{name}.json").read_bytes()

    with pytest.raises(ValueError):
        canonical(json.loads((DATA / "jcs" / "input" / f"{name}.json").read_text()))
    with pytest.raises(ValueError):
        parse_canonical(output)
    assert bytes.fromhex((DATA / "jcs" / "outhex" / f"{name}.txt").read_text()) == output.rstrip()


def test_what_the_profile_admits_is_written_as_rfc_8785_writes_it() -> None:
    value = {"b": ["\u20ac", "\x0f\n", -7, None], "a": {"z": True, "a_1": "\u0000"}, "c": '"\\/'}

    written = canonical(value)

    assert (
        written == '{"a":{"a_1":"\\u0000","z":true},"b":["€","\\u000f\\n",-7,null],"c":"\\"\\\\/"}'.encode()
    )
    assert parse_canonical(written) == value


@pytest.mark.parametrize("spelling", ["AB==", "AA=", "AA", "AA== ", "A-_="])
def test_base64_has_one_spelling(spelling: str) -> None:
    with pytest.raises(ValueError):
        unbase64(spelling)


def test_a_key_is_made_once_private_and_loads_again(tmp_path: Path) -> None:
    path = tmp_path / "record-k1.pem"
    make_key(path)

    assert path.stat().st_mode & 0o777 == 0o600
    assert RecordSigner.load("case.example/k1", path).vkey.startswith("case.example/k1+")
    with pytest.raises(FileExistsError):
        make_key(path)


def test_a_key_that_everyone_may_read_is_refused(tmp_path: Path) -> None:
    make_key(tmp_path / "token.pem", "p256")
    (tmp_path / "token.pem").chmod(0o644)

    with pytest.raises(ValueError, match="open to everyone"):
        load_key(tmp_path / "token.pem")


def test_a_statement_says_its_kind_and_is_no_record(tmp_path: Path) -> None:
    make_key(tmp_path / "k.pem")
    key = NoteKey.load("case.example/k1", tmp_path / "k.pem")
    note = key.statement("manifest", {"files": 3})

    assert open_statement(note, "manifest", [key.verifier]) == {"files": 3}
    assert parse_note(note).text == b'mingzheng-statement/v1 manifest\n{"files":3}\n'
    with pytest.raises(ValueError, match="not a statement of kind"):
        open_statement(note, "capability", [key.verifier])


def test_a_batch_reads_back_and_a_cut_batch_is_refused() -> None:
    notes = [b"a", b"", b"x" * 65535]

    assert decode_batch(encode_batch(notes)) == notes
    for cut in (1, 2, 65000):
        with pytest.raises(ValueError, match="cut off"):
            decode_batch(encode_batch(notes)[:-cut])
