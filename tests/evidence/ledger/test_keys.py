"""The key log in the sequencer: genesis first, keys bound to prefixes, rotation, revocation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from common.values.errors import Refusal
from evidence.ledger.batch import Receipt
from evidence.ledger.genesis import Enrolment, establish, registration
from tests.evidence.ledger.given import ENROLMENTS, Ledger, outcome
from tests.ledger.given import CASE, EVIDENCE, ROOT, START, Stream, note_key

NEW = note_key("evidence.test.mingzheng.example/k2", 9)


def about_keys(ledger: Ledger, kind: str, data: dict[str, Any], *signers: Any) -> bytes:
    """A record in evidence's stream of keys, signed by all of `signers`."""
    stream = Stream("keys/evidence.test.mingzheng.example", signers[0])
    stream.seq, stream.prev = ledger.sequencer.keys.ends[stream.name]
    note = stream.next(type=kind, data=data)
    text = note[: note.index(b"\n") + 1]
    return note + b"".join(signer.line(text) for signer in signers[1:])


async def test_the_first_entry_of_a_log_is_its_genesis(open_ledger: Callable[[], Ledger]) -> None:
    made = open_ledger()
    await made.sequencer.start()

    assert await outcome(made, Stream().next()) == "LEDGER_SIGNATURE_INVALID"


async def test_establishing_a_log_again_writes_only_new_records(ledger: Ledger) -> None:
    async def again(*enrolments: Enrolment) -> int:
        return await establish(ledger.sequencer, roots=[ROOT], enrolments=enrolments, clock=lambda: START)

    assert await again(*ENROLMENTS) == 0
    assert await again(*ENROLMENTS, Enrolment(NEW, ("evidence/",))) == 1
    assert await again(Enrolment(CASE, ("case/", "document/", "hearing/"))) == 1
    assert await outcome(ledger, Stream("hearing/x", CASE).next()) == "ok"


async def test_a_restarted_log_knows_its_keys(ledger: Ledger, open_ledger: Callable[[], Ledger]) -> None:
    await ledger.sequencer.stop()
    second = open_ledger()
    await second.begin()

    assert isinstance(await second.sequencer.append(Stream().next()), Receipt)


async def test_a_key_is_registered_by_root_and_by_itself(ledger: Ledger) -> None:
    whole = registration(
        Enrolment(NEW, ("evidence/",)),
        ledger.sequencer.keys,
        roots=[ROOT],
        at=START,
    )
    lines = whole.splitlines(keepends=True)

    assert await outcome(ledger, b"".join(lines[:3])) == "LEDGER_SIGNATURE_INVALID"
    assert await outcome(ledger, b"".join(lines[:2] + lines[3:])) == "LEDGER_SIGNATURE_INVALID"
    assert await outcome(ledger, whole) == "ok"


@pytest.mark.parametrize("streams", [[], "evidence/", ["evidence"], ["/"], ["keys/"], [1]], ids=str)
async def test_a_key_is_never_registered_for_a_prefix_that_is_none(ledger: Ledger, streams: Any) -> None:
    note = about_keys(ledger, "key.register", {"key": NEW.vkey, "streams": streams}, ROOT, NEW)

    assert await outcome(ledger, note) == "LEDGER_RECORD_INVALID"


async def test_a_rotated_key_ends_where_the_new_one_begins(ledger: Ledger) -> None:
    old = Stream()
    await ledger.sequencer.append(old.next())
    rotation = {"key": NEW.vkey, "replaces": EVIDENCE.vkey}

    assert (
        await outcome(ledger, about_keys(ledger, "key.rotate", rotation, NEW)) == "LEDGER_SIGNATURE_INVALID"
    )
    assert await outcome(ledger, about_keys(ledger, "key.rotate", rotation, EVIDENCE, NEW)) == "ok"
    assert await outcome(ledger, old.next()) == "LEDGER_SIGNATURE_INVALID"
    assert await outcome(ledger, Stream(key=NEW).next()) == "ok"


async def test_a_revoked_key_signs_nothing_more_and_never_returns(ledger: Ledger) -> None:
    note = about_keys(ledger, "key.revoke", {"key": EVIDENCE.vkey}, ROOT)
    first, second = await ledger.sequencer.append_all([note, Stream().next()])

    assert isinstance(first, Receipt)
    assert isinstance(second, Refusal)
    again = {"key": EVIDENCE.vkey, "streams": ["evidence/"]}
    assert (
        await outcome(ledger, about_keys(ledger, "key.register", again, ROOT, EVIDENCE))
        == "LEDGER_RECORD_INVALID"
    )


async def test_a_record_taken_before_its_key_ended_still_gets_its_first_receipt(ledger: Ledger) -> None:
    stream = Stream()
    taken, late = stream.take(2)
    first = await ledger.sequencer.append(taken)
    await ledger.sequencer.append(about_keys(ledger, "key.revoke", {"key": EVIDENCE.vkey}, ROOT))

    again = await ledger.sequencer.append_all([taken, late])

    assert again[0] == first
    assert getattr(again[1], "code", "ok") == "LEDGER_SIGNATURE_INVALID"
