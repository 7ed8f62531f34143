"""The sequencer on a real PostgreSQL: places, repeats, gaps, signatures, two leaders, a lost answer."""

from __future__ import annotations

import asyncio
import base64
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import asyncpg
import pytest

from common.values.errors import Kind, Refusal
from evidence.ledger.batch import Batch, Receipt, Sent, Waiting
from evidence.ledger.log import Log
from evidence.ledger.recovery import LedgerDamaged
from ledger.checkpoint import open_checkpoint
from ledger.entry import parse_entry, parse_record
from ledger.merkle import CompactRange, leaf_hash
from tests.evidence.ledger.given import Ledger, outcome
from tests.ledger.given import CASE, LOG, ROOT, STRANGER, Stream

GENESIS = 3  # log.genesis and two keys


async def code_of(ledger: Ledger, note: bytes) -> str:
    with pytest.raises(Refusal) as refusal:
        await ledger.sequencer.append(note)
    return refusal.value.code


async def test_a_record_gets_a_place_and_a_receipt_that_holds(ledger: Ledger) -> None:
    note = Stream().next()

    receipt = await ledger.sequencer.append(note)

    assert receipt.index == GENESIS
    entry = receipt.header.encode() + b"\n" + note
    assert parse_entry(entry).index == receipt.index
    assert leaf_hash(entry) == receipt.leaf_hash
    assert open_checkpoint(receipt.checkpoint, LOG.verifier).size == receipt.size == GENESIS + 1


async def test_records_that_arrive_during_a_commit_are_one_batch_in_one_chain_under_one_tree(
    ledger: Ledger,
) -> None:
    streams = [Stream() for _ in range(300)]

    receipts = await asyncio.gather(*(ledger.sequencer.append(stream.next()) for stream in streams))

    assert sorted(receipt.index for receipt in receipts) == list(range(GENESIS, GENESIS + 300))
    conn = await ledger.admin()
    log = await Log.newest(conn)
    assert log is not None
    tree, prev = CompactRange(), bytes(32)
    async for row in log.every_entry():
        assert parse_entry(row.entry).prev == prev
        prev = row.leaf_hash
        tree.append(prev)
    newest = await log.checkpoint()
    assert newest is not None
    assert open_checkpoint(newest[1], LOG.verifier).root == tree.root()
    assert await conn.fetchval("SELECT count(*) FROM ledger.checkpoint") <= GENESIS + 3
    assert await conn.fetchval("SELECT count(*) FROM ledger.tile") == 1
    await conn.close()


async def test_a_repeated_record_gets_its_first_receipt(ledger: Ledger) -> None:
    stream = Stream()
    notes = stream.take(3)
    first = [await ledger.sequencer.append(note) for note in notes]

    again = await ledger.sequencer.append_all([*notes, stream.next()])

    assert again[:3] == first
    assert isinstance(again[3], Receipt)
    assert again[3].index == GENESIS + 3


async def test_a_record_that_comes_twice_in_one_batch_has_one_place(ledger: Ledger) -> None:
    note = Stream().next()

    one, other, third = await ledger.sequencer.append_all([note, note, note])

    assert one == other == third


async def test_a_record_id_with_other_bytes_is_refused(ledger: Ledger) -> None:
    stream, other = Stream(), Stream()
    note = stream.next()
    receipt = await ledger.sequencer.append(note)
    taken = str(receipt.record_id)

    assert await code_of(ledger, Stream(stream.name).next(id=taken, v=2)) == "LEDGER_ID_REUSED"
    mixed = await ledger.sequencer.append_all([Stream().next(), other.next(id=taken), Stream().next()])

    assert [getattr(answer, "code", "ok") for answer in mixed] == ["ok", "LEDGER_ID_REUSED", "ok"]


async def test_a_gap_or_a_fork_in_a_stream_is_refused_and_the_rest_stands(ledger: Ledger) -> None:
    stream = Stream()
    zero, one, two = stream.take(3)
    fork = Stream(stream.name)
    fork_zero = fork.next(v=2)

    answers = await ledger.sequencer.append_all([zero, two, one, fork_zero])

    assert [getattr(answer, "code", "ok") for answer in answers] == [
        "ok",
        "LEDGER_STREAM_GAP",
        "ok",
        "LEDGER_STREAM_GAP",
    ]
    assert isinstance(await ledger.sequencer.append(two), Receipt)
    assert await code_of(ledger, Stream(stream.name).next(seq=3)) == "LEDGER_STREAM_GAP"


async def test_a_sequencer_that_has_just_started_asks_where_a_stream_ends(ledger: Ledger) -> None:
    stream = Stream()
    zero, one, two, three = stream.take(4)
    first = await ledger.sequencer.append_all([zero, one, two])
    fork = Stream(stream.name).next(v=2)

    await ledger.restart()
    again = await ledger.sequencer.append_all([zero, three])
    await ledger.restart()
    forked = await code_of(ledger, fork)
    await ledger.restart()
    new, twice = await ledger.sequencer.append_all([Stream().next(), stream.next()])

    assert again[0] == first[0]
    assert [getattr(answer, "index", answer) for answer in (again[1], new, twice)] == [
        GENESIS + 3,
        GENESIS + 4,
        GENESIS + 5,
    ]
    assert forked == "LEDGER_STREAM_GAP"


async def test_records_on_top_of_a_refused_batch_are_placed_again(ledger: Ledger) -> None:
    taken = (await ledger.sequencer.append(Stream().next())).id_text
    streams = [Stream() for _ in range(300)]
    earlier = [stream.next(**({"id": taken} if at == 150 else {})) for at, stream in enumerate(streams)]
    later = [stream.next() for stream in streams]

    answers = await asyncio.gather(ledger.sequencer.append_all(earlier), ledger.sequencer.append_all(later))

    refused = [{at: a.code for at, a in enumerate(some) if isinstance(a, Refusal)} for some in answers]
    assert refused == [{150: "LEDGER_ID_REUSED"}, {150: "LEDGER_STREAM_GAP"}]
    indices = sorted(a.index for some in answers for a in some if isinstance(a, Receipt))
    assert indices == list(range(GENESIS + 1, GENESIS + 1 + 598))
    await ledger.restart()  # which recomputes the root


async def test_a_stream_taken_for_new_by_the_batch_before_is_asked_for_before_a_gap_is_refused(
    ledger: Ledger,
) -> None:
    stream = Stream()
    zero, one, two = stream.take(3)
    await ledger.sequencer.append_all([zero, one])
    await ledger.restart()
    term = ledger.sequencer._term
    assert term is not None
    repeat, next_ = (Waiting(parse_record(note), Sent(1)) for note in (zero, two))

    below = Batch(term.state)
    below.place([repeat], us=0)
    above = Batch(term.state, before=below)
    above.place([next_], us=0)

    assert (below.assumed, above.placed, above.unknown) == ({stream.name}, [], [next_])
    assert not next_.is_answered


async def test_a_fault_while_signatures_are_looked_up_refuses_and_does_not_hang(ledger: Ledger) -> None:
    note = Stream().next()
    del ledger.sequencer.keys.known_signers  # what the leader knows is broken; the database is not

    assert await code_of(ledger, note) == "LEDGER_NO_LEADER"

    while not ledger.sequencer.leads:
        await asyncio.sleep(0.05)
    assert isinstance(await ledger.sequencer.append(note), Receipt)


@pytest.mark.parametrize(
    "stream",
    [
        Stream(key=STRANGER),
        Stream(key=CASE),
        Stream("case/cas_1"),
        Stream("log"),
        Stream("keys/x", ROOT),
        Stream("log", ROOT),
    ],
    ids=["unknown-key", "foreign-key", "foreign-stream", "log", "no-key-record", "root-elsewhere"],
)
async def test_a_record_signed_by_the_wrong_key_is_refused(ledger: Ledger, stream: Stream) -> None:
    assert await code_of(ledger, stream.next()) == "LEDGER_SIGNATURE_INVALID"


async def test_a_record_with_one_wrong_bit_is_refused_in_any_batch(ledger: Ledger) -> None:
    notes = [Stream().next() for _ in range(40)]
    notes[7] = notes[7].replace(b"image/jpeg", b"image/jpef")
    end = notes[9].rindex(b"= ") if b"= " in notes[9] else len(notes[9]) - 10
    flipped = base64.b64encode(bytes(b ^ 1 for b in base64.b64decode(notes[9][end - 20 : end])))
    notes[9] = notes[9][: end - 20] + flipped + notes[9][end:]

    answers = await ledger.sequencer.append_all(notes)

    refused = {at: a.code for at, a in enumerate(answers) if isinstance(a, Refusal)}
    assert refused == {7: "LEDGER_SIGNATURE_INVALID", 9: "LEDGER_SIGNATURE_INVALID"}


@pytest.mark.parametrize(
    "changes",
    [
        {"at": "2025-03-03T01:00:00Z"},
        {"at": "2025-02-30T01:00:00.000000Z"},
        {"id": "X"},
        {"seq": "0"},
        {"seq": True},
        {"data": []},
        {"prev": "AA=="},
        {"type": "Evidence"},
        {"stream": "evidence/a b"},
        {"extra": 1},
        {"actor": "somebody"},
    ],
    ids=str,
)
async def test_a_record_outside_the_profile_is_refused(ledger: Ledger, changes: dict[str, object]) -> None:
    assert await code_of(ledger, Stream().next(**changes)) == "LEDGER_RECORD_INVALID"


async def test_a_note_that_is_no_record_is_refused(ledger: Ledger) -> None:
    statement = CASE.statement("manifest", {"a": 1})
    float_inside = Stream().next().replace(b'"size":1234569', b'"size":1.5')
    spaced = Stream().next().replace(b'"seq":0', b'"seq": 0')

    for note in (b"", b"x", statement, float_inside, spaced):
        assert await code_of(ledger, note) == "LEDGER_RECORD_INVALID"
    with pytest.raises(Refusal) as refusal:
        await ledger.sequencer.append(b"x" * 60_001)
    assert refusal.value.kind is Kind.TOO_LARGE


@pytest.mark.parametrize("behind", [60, 6])
async def test_the_log_s_time_never_goes_back(ledger: Ledger, behind: int) -> None:
    ledger.now += timedelta(hours=1)
    later = await ledger.sequencer.append(Stream().next())
    ledger.now -= timedelta(seconds=behind)

    earlier = await ledger.sequencer.append(Stream().next())

    assert later.header.split(" ")[2] == earlier.header.split(" ")[2]


@pytest.mark.parametrize(
    ("behind", "wait"), [(1, "1"), (5, "5"), (61, "1"), (1_800, "1740"), (10**8, "3600")]
)
async def test_the_log_waits_for_a_clock_that_stepped_back_a_little_or_too_far(
    ledger: Ledger, behind: int, wait: str
) -> None:
    ledger.now += timedelta(days=3_000)
    stream, now = Stream(), ledger.now
    await ledger.sequencer.append(stream.next())
    note = stream.next()
    ledger.now -= timedelta(seconds=behind)

    for send in (ledger.sequencer.append(note), ledger.sequencer.append_all([note])):
        with pytest.raises(Refusal) as refusal:
            await send
        assert (refusal.value.code, refusal.value.kind) == ("LEDGER_CLOCK_BEHIND", Kind.UNAVAILABLE)
        assert refusal.value.headers == {"retry-after": wait}

    ledger.now = now
    assert await outcome(ledger, note) == "ok"


async def test_a_second_sequencer_stands_by_and_takes_over(
    ledger: Ledger, open_ledger: Callable[[], Ledger]
) -> None:
    stream = Stream()
    await ledger.sequencer.append(stream.next())
    second = open_ledger()
    await second.sequencer.start()
    assert (ledger.sequencer.leads, second.sequencer.leads) == (True, False)
    assert await code_of(second, stream.next()) == "LEDGER_NO_LEADER"

    await ledger.sequencer.stop()
    while not second.sequencer.leads:
        await asyncio.sleep(0.05)

    assert (await second.sequencer.append(Stream().next())).index == GENESIS + 1


async def test_a_zombie_of_an_older_epoch_is_fenced(ledger: Ledger) -> None:
    conn = await ledger.admin()
    await conn.execute("SELECT ledger.new_epoch(1)")
    await conn.close()

    assert await code_of(ledger, Stream().next()) == "LEDGER_NO_LEADER"


async def test_a_record_whose_answer_was_lost_is_found_again_and_not_written_twice(ledger: Ledger) -> None:
    """The session dies under load, again and again: every sender still gets a receipt, each record one place."""
    notes = [Stream().next() for _ in range(400)]

    async def send(note: bytes) -> Receipt:
        while True:
            try:
                return await ledger.sequencer.append(note)
            except Refusal as refusal:
                if refusal.code != "LEDGER_NO_LEADER":
                    raise
                await asyncio.sleep(0.02)

    senders = [asyncio.create_task(send(note)) for note in notes]
    conn = await ledger.admin()
    for _ in range(5):
        await asyncio.sleep(0.03)
        await conn.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'ledger_seq'"
        )
    receipts = await asyncio.gather(*senders)

    assert sorted(receipt.index for receipt in receipts) == list(range(GENESIS, GENESIS + 400))
    assert await conn.fetchval("SELECT count(*) FROM ledger.entry") == GENESIS + 400
    await conn.close()


async def test_a_damaged_ledger_is_not_led(ledger: Ledger, open_ledger: Callable[[], Ledger]) -> None:
    await ledger.sequencer.append_all([Stream().next() for _ in range(300)])
    await ledger.sequencer.stop()
    conn = await ledger.admin()
    await conn.execute("SET session_replication_role = replica")
    await conn.execute("UPDATE ledger.tile SET root = set_byte(root, 3, get_byte(root, 3) # 1)")
    await conn.close()

    with pytest.raises(LedgerDamaged, match="is not of what is stored"):
        await open_ledger().sequencer.start()


async def test_an_older_copy_than_the_published_checkpoint_is_not_led(
    ledger: Ledger, open_ledger: Callable[[], Ledger]
) -> None:
    await ledger.sequencer.stop()
    tree = CompactRange()
    for i in range(9):
        tree.append(leaf_hash(bytes([i])))
    guard = ledger.sequencer.settings.guard
    assert guard is not None
    guard.write_bytes(LOG.note(f"{LOG.name}\n9\n{base64.b64encode(tree.root()).decode()}\n".encode()))

    with pytest.raises(LedgerDamaged, match="an older copy"):
        await open_ledger().sequencer.start()


async def test_a_server_that_forgets_at_a_power_cut_is_not_led(ledger: Ledger) -> None:
    await ledger.sequencer.stop()

    with pytest.raises(LedgerDamaged, match="fsync is off"):
        await Ledger(ledger.server, ledger.database, durable=True).sequencer.start()


@pytest.mark.parametrize("table", ["entry", "entry_1", "tile", "checkpoint", "log"])
async def test_not_even_the_owner_changes_removes_or_empties_stored_rows(ledger: Ledger, table: str) -> None:
    conn = await ledger.admin()
    for statement in (f"DELETE FROM ledger.{table}", f"TRUNCATE ledger.{table} CASCADE"):
        if table != "tile" or "TRUNCATE" in statement:
            with pytest.raises(asyncpg.InsufficientPrivilegeError, match="append-only"):
                await conn.execute(statement)
    await conn.close()


async def test_the_sequencer_s_role_may_append_and_nothing_else(ledger: Ledger) -> None:
    await ledger.sequencer.stop()
    conn = await asyncpg.connect(**ledger.sequencer.settings.connect)
    for statement in (
        "INSERT INTO ledger.checkpoint VALUES (1, 99, 'x')",
        "UPDATE ledger.log SET size = 0",
        "DELETE FROM ledger.entry",
        "ALTER TABLE ledger.entry DISABLE TRIGGER ALL",
        "UPDATE public.ledger_lease SET epoch = 0",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await conn.execute(statement)
    await conn.close()


async def test_a_session_that_ended_while_the_process_stood_still_is_taken_up_and_callers_wait(
    ledger: Ledger,
) -> None:
    ledger.sequencer.settings = replace(ledger.sequencer.settings, lost_after_s=1)
    await ledger.restart()
    stream = Stream()

    for n in range(3):
        # The process has no time, and the server hears nothing of it for longer than it waits.
        time.sleep(1.4)  # noqa: ASYNC251
        receipt = await ledger.sequencer.append(stream.next())
        assert receipt.index == GENESIS + n
