"""Another process reads batches as the rules do, and a reading is not trusted after its key ended."""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence

import pytest

from common.values.errors import Refusal
from evidence.ledger import ed25519
from evidence.ledger.admission import _claims
from evidence.ledger.batch import Receipt, Sent, Waiting
from evidence.ledger.workers import Checker
from ledger.batchcheck import Reading, answer, question, readings
from ledger.entry import parse_record
from ledger.keys import NamedSigner, named_signer
from ledger.signatures import Supervised, by_pynacl
from tests.evidence.ledger.given import Ledger
from tests.evidence.ledger.test_keys import about_keys
from tests.ledger.given import CASE, EVIDENCE, ROOT, STRANGER, Stream

SIGNERS = {
    ("evidence", EVIDENCE.name, EVIDENCE.verifier.key_id): EVIDENCE.verifier,
    ("case", CASE.name, CASE.verifier.key_id): CASE.verifier,
}


def read(notes: Sequence[bytes]) -> list[Reading | None]:
    message = question(notes, SIGNERS)
    return readings(notes, message, answer(message, verdicts=by_pynacl))


def test_ordinary_records_are_read_as_the_rules_read_them() -> None:
    notes = [*Stream().take(3), *Stream("case/cas_1", CASE).take(2), Stream().next(data={"text": "明证"})]

    for note, reading in zip(notes, read(notes), strict=True):
        assert reading is not None
        record = parse_record(note)
        assert reading.record == record._replace(parsed=None)
        assert reading.record.note == record.note
        assert reading.signed.signer == named_signer(record)
        assert reading.signed.public == SIGNERS[reading.signed.signer].public


def test_an_extraordinary_note_is_left_to_the_rules_and_shifts_no_other() -> None:
    good = Stream().take(2)
    text = parse_record(good[0]).note.text
    unread = [
        Stream(key=STRANGER).next(),
        Stream("case/cas_1").next(),
        Stream("log", ROOT).next(),
        Stream("keys/x", EVIDENCE).next(),
        Stream().next(type="key.register"),
        good[0] + ROOT.line(text),
        good[0].replace(b"image/jpeg", b"image/jpef"),
        good[0].replace(b'"seq":0', b'"seq": 0'),
        b"",
        b"x",
    ]

    result = read([good[0], *unread, good[1]])

    assert result[1:-1] == [None] * len(unread)
    assert [one.record.seq for one in (result[0], result[-1]) if one is not None] == [0, 1]


@pytest.mark.parametrize("length", [0, 32, 63, 65, 128])
def test_a_signature_of_another_length_shifts_no_other(length: int) -> None:
    notes = Stream().take(20)
    text = parse_record(notes[7]).note.text
    line = base64.b64encode(EVIDENCE.verifier.key_id + bytes(length)).decode()
    notes[7] = text + f"\n\u2014 {EVIDENCE.name} {line}\n".encode()
    message = question(notes, SIGNERS)
    verdicts = Supervised(ed25519.hold if ed25519.is_built() else None).verdicts

    result = readings(notes, message, answer(message, verdicts=verdicts))

    assert [at for at, one in enumerate(result) if one is None] == [7]


async def test_a_note_that_is_too_long_to_travel_is_refused_and_the_rest_stands(ledger: Ledger) -> None:
    await ledger.sequencer.append_all(Stream().take(20))

    answers = await ledger.sequencer.append_all([*Stream().take(20), b"x" * 70_000])

    assert [getattr(one, "code", "ok") for one in answers] == ["ok"] * 20 + ["LEDGER_RECORD_TOO_LARGE"]


def test_without_an_answer_nothing_is_read() -> None:
    notes = Stream().take(2)

    assert readings(notes, question(notes, SIGNERS), b"") == [None, None]


async def test_a_batch_that_was_read_before_its_key_ended_is_refused_after(ledger: Ledger) -> None:
    await ledger.sequencer.append_all(Stream().take(20))  # finds the keys out, so that the next can be read
    revoked = about_keys(ledger, "key.revoke", {"key": EVIDENCE.vkey}, ROOT)

    first, *answers = await ledger.sequencer.append_all([revoked, *Stream().take(20)])

    assert isinstance(first, Receipt)
    codes = [one.code if isinstance(one, Refusal) else "ok" for one in answers]
    assert codes == ["LEDGER_SIGNATURE_INVALID"] * 20


async def test_a_reading_is_checked_again_if_its_key_is_not_known(ledger: Ledger) -> None:
    (reading,) = read([Stream().next()])
    assert reading is not None
    keys = ledger.sequencer.keys
    one = Waiting(reading.record, Sent(1), signed=reading.signed)

    keys.known_signers.clear()
    unknown = _claims(keys, [one])
    keys.known_signers[reading.signed.signer] = CASE.verifier
    another = _claims(keys, [one])
    keys.known_signers[reading.signed.signer] = EVIDENCE.verifier
    known = _claims(keys, [one])

    assert [counts for _, counts in (unknown, another, known)] == [[1], [1], [0]]


async def test_a_batch_is_taken_where_nobody_can_read_it(open_ledger: Callable[..., Ledger]) -> None:
    checker = Checker()
    ledger = open_ledger(checker=checker)
    await ledger.begin()
    await ledger.sequencer.append_all(Stream().take(20))
    checker.close()

    answers = await ledger.sequencer.append_all(Stream().take(20))

    assert all(isinstance(one, Receipt) for one in answers)


def test_a_named_signer_is_the_key_and_the_noun_of_the_stream() -> None:
    claim: NamedSigner | None = named_signer(parse_record(Stream().next()))

    assert claim == ("evidence", EVIDENCE.name, EVIDENCE.verifier.key_id)
