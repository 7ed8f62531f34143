"""Log keys: two sign while one takes over, each over its interval of the log; root keys of which several must sign."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from common.values.errors import Refusal
from evidence.ledger.batch import Receipt
from evidence.ledger.fsck import check
from evidence.ledger.genesis import log_key_registration, revocation, stream_of
from evidence.ledger.recovery import LedgerDamaged
from ledger.checkpoint import open_own
from ledger.keyfiles import NoteKey
from ledger.keys import KeyLog
from tests.evidence.ledger.given import BOTH, Ledger, outcome
from tests.ledger.given import CASE, EVIDENCE, LOG, ORIGIN, ROOT, SM2_LOG, START, Stream, note_key, sm2_key

Make = Callable[..., Ledger]
NEW = note_key(ORIGIN, 31)
NEW_SM2 = sm2_key(ORIGIN, 32)
ROOTS = [note_key(f"root.test.mingzheng.example/r{n}", 40 + n) for n in (1, 2, 3)]


def registering(ledger: Ledger, key: NoteKey) -> bytes:
    return log_key_registration(key, ledger.sequencer.keys, roots=ledger.roots[:1], at=START)


def revoking(ledger: Ledger, key: NoteKey) -> bytes:
    keys = ledger.sequencer.keys
    return revocation(key.verifier, keys, reason="KEY_RETIRED", roots=ledger.roots[:1], at=START)


async def rotated(open_ledger: Make) -> Ledger:
    """A log that LOG alone signs up to size 5, both keys up to 10, NEW alone after."""
    ledger = open_ledger(keys=(LOG,))
    await ledger.begin()
    await ledger.sequencer.append_all([Stream().next(), Stream().next()])
    await ledger.sequencer.stop()
    second = open_ledger(keys=(LOG, NEW))
    await second.sequencer.start()
    assert await outcome(second, registering(second, NEW)) == "ok"
    await second.sequencer.append_all([Stream().next() for _ in range(4)])
    assert await outcome(second, revoking(second, LOG)) == "ok"
    await second.sequencer.append(Stream().next())
    return second


async def test_each_checkpoint_is_signed_by_the_keys_valid_at_its_size(open_ledger: Make) -> None:
    ledger = await rotated(open_ledger)
    conn = await ledger.admin()

    notes = dict(await conn.fetch("SELECT size, note FROM ledger.checkpoint ORDER BY size"))

    expected = {5: [LOG], 6: [LOG, NEW], 10: [LOG, NEW], 11: [NEW], 12: [NEW]}
    for size, keys in expected.items():
        assert open_own(notes[size], [key.verifier for key in keys]).size == size
        assert ledger.sequencer.keys.log_keys_at(size) == tuple(key.verifier for key in keys)
    report = await check(conn, log=LOG.verifier, roots=(ROOT.verifier,))
    assert (report.findings, report.entries) == ([], 12)
    await conn.close()


async def test_the_log_goes_on_without_the_retired_key(open_ledger: Make) -> None:
    ledger = await rotated(open_ledger)
    await ledger.sequencer.stop()

    later = open_ledger(keys=(NEW,))
    await later.sequencer.start()

    assert isinstance(await later.sequencer.append(Stream().next()), Receipt)
    await later.sequencer.stop()
    with pytest.raises(LedgerDamaged, match="private key of the log key"):
        await open_ledger(keys=(LOG,)).sequencer.start()


async def test_a_guard_of_before_the_rotation_and_one_of_after_it_are_both_believed(
    open_ledger: Make,
) -> None:
    ledger = await rotated(open_ledger)
    guard = ledger.sequencer.settings.guard
    assert guard is not None
    conn = await ledger.admin()
    await ledger.sequencer.stop()

    for size in (5, 8, 12):
        note = await conn.fetchval("SELECT note FROM ledger.checkpoint WHERE size >= $1 ORDER BY size", size)
        guard.write_bytes(note)
        again = open_ledger(keys=(LOG, NEW))
        await again.sequencer.start()
        await again.sequencer.stop()
    await conn.close()


async def test_a_checkpoint_of_the_overlap_that_lacks_a_line_is_not_led(open_ledger: Make) -> None:
    ledger = open_ledger(keys=(LOG, NEW))
    await ledger.begin()
    await outcome(ledger, registering(ledger, LOG))
    await ledger.sequencer.stop()
    conn = await ledger.admin()
    await conn.execute("SET session_replication_role = replica")
    size, note = await conn.fetchrow("SELECT size, note FROM ledger.checkpoint ORDER BY size DESC LIMIT 1")
    await conn.execute(
        "UPDATE ledger.checkpoint SET note = $1 WHERE size = $2", note[: note.rindex("—".encode())], size
    )
    await conn.close()
    guard = ledger.sequencer.settings.guard
    assert guard is not None
    guard.unlink()

    with pytest.raises(LedgerDamaged, match="missing"):
        await open_ledger(keys=(LOG, NEW)).sequencer.start()


async def test_a_log_key_that_the_sequencer_does_not_hold_is_not_registered(ledger: Ledger) -> None:
    assert await outcome(ledger, registering(ledger, NEW)) == "LEDGER_LOG_KEY_NOT_HELD"
    assert await outcome(ledger, Stream().next()) == "ok"


async def test_the_last_log_key_is_not_revoked(open_ledger: Make) -> None:
    ledger = open_ledger(keys=(LOG, SM2_LOG), suites=BOTH)
    await ledger.begin()

    assert await outcome(ledger, revoking(ledger, LOG)) == "LEDGER_RECORD_INVALID"
    assert await outcome(ledger, revoking(ledger, SM2_LOG)) == "ok"
    receipt = await ledger.sequencer.append(Stream().next())
    assert open_own(receipt.checkpoint, [LOG.verifier]).size == receipt.size


async def test_a_retired_log_key_never_returns(open_ledger: Make) -> None:
    ledger = await rotated(open_ledger)

    assert await outcome(ledger, registering(ledger, LOG)) == "LEDGER_RECORD_INVALID"


@pytest.mark.parametrize(
    "data, key",
    [
        ({"signs": "checkpoints", "streams": ["log/"]}, NEW),
        ({"signs": "checkpoints"}, note_key("ledger.other.example/2025", 31)),
        ({"signs": "everything"}, NEW),
        ({"signs": "checkpoints"}, CASE),
    ],
    ids=["streams-too", "another-origin", "everything", "a-record-key"],
)
async def test_a_log_key_is_registered_for_checkpoints_of_this_log_alone(
    open_ledger: Make, data: dict[str, Any], key: NoteKey
) -> None:
    ledger = open_ledger(keys=(LOG, NEW))
    await ledger.begin()
    stream = Stream(ledger.sequencer.keys.stream, ROOT)
    stream.seq, stream.prev = ledger.sequencer.keys.ends.get(stream.name, (-1, bytes(32)))
    note = stream.next(type="key.register", data={"key": key.vkey} | data)

    text = note[: note.index(b"\n") + 1]
    assert await outcome(ledger, note + key.line(text)) == "LEDGER_RECORD_INVALID"


async def test_both_suites_are_rotated_and_the_twin_with_them(open_ledger: Make) -> None:
    ledger = open_ledger(keys=(LOG, SM2_LOG), suites=BOTH)
    await ledger.begin()
    await ledger.sequencer.stop()
    second = open_ledger(keys=(LOG, NEW, SM2_LOG, NEW_SM2), suites=BOTH)
    await second.begin()
    keys = second.sequencer.keys
    assert keys.log_keys == tuple(k.verifier for k in (LOG, SM2_LOG, NEW, NEW_SM2))
    twin = [key.named(f"{ORIGIN}/sm3") for key in (LOG, SM2_LOG, NEW, NEW_SM2)]

    for key in (LOG, SM2_LOG, *twin[:2]):
        assert await outcome(second, revoking(second, key)) == "ok"

    conn = await second.admin()
    newest = await conn.fetchrow("SELECT * FROM ledger.twin_checkpoint ORDER BY size DESC LIMIT 1")
    assert open_own(newest["note"], [key.verifier for key in twin[2:]]).size == newest["size"]
    assert (await check(conn, log=NEW.verifier, roots=(ROOT.verifier,))).findings == []
    await conn.close()


async def test_a_revoked_record_key_signs_until_its_end_and_not_after(ledger: Ledger) -> None:
    stream = Stream()
    before = await ledger.sequencer.append(stream.next())

    assert await outcome(ledger, revoking(ledger, EVIDENCE)) == "ok"

    assert await outcome(ledger, stream.next()) == "LEDGER_SIGNATURE_INVALID"
    key = ledger.sequencer.keys.find(EVIDENCE.vkey)
    assert key is not None
    assert (key.signs(before.index), key.until) == (True, before.index + 1)
    assert stream_of(EVIDENCE.verifier) == "keys/evidence.test.mingzheng.example"


async def test_two_of_three_root_keys_must_sign_a_record_about_keys(open_ledger: Make) -> None:
    ledger = open_ledger(keys=(LOG, NEW), roots=ROOTS)
    await ledger.begin(threshold=2)
    keys = ledger.sequencer.keys
    assert keys.threshold == 2

    def by(*roots: NoteKey) -> bytes:
        return revocation(CASE.verifier, keys, reason="KEY_RETIRED", roots=roots, at=START)

    alone, twice = by(ROOTS[0]), by(ROOTS[1], ROOTS[1])
    forged = by(ROOTS[0], note_key(ROOTS[2].name, 77))
    good = by(ROOTS[0], ROOTS[2])
    spoiled = good[:-10] + (b"AAAA" if good[-10:-6] != b"AAAA" else b"BBBB") + good[-6:]

    codes = [await outcome(ledger, note) for note in (alone, twice, forged, spoiled, good)]
    assert codes == ["LEDGER_SIGNATURE_INVALID"] * 4 + ["ok"]


@pytest.mark.parametrize(
    "threshold, roots",
    [(2, ROOTS[:1]), (4, ROOTS), (3, ROOTS[:2] + ROOTS[:1])],
    ids=["one-of-two", "three-of-four", "one-root-twice"],
)
async def test_a_genesis_is_signed_by_as_many_roots_as_it_demands(
    open_ledger: Make, threshold: int, roots: list[NoteKey]
) -> None:
    ledger = open_ledger(keys=(LOG,), roots=ROOTS)
    ledger.roots = roots

    with pytest.raises(Refusal):
        await ledger.begin(threshold=threshold)
    assert ledger.sequencer.keys.version == 0


def test_a_log_without_a_word_on_it_demands_one_root() -> None:
    assert KeyLog(ORIGIN, (ROOT.verifier,)).threshold == 1
