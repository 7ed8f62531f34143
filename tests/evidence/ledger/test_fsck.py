"""fsck on a log of more than 256 entries: a sound log is clean, and every flipped bit is named."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import random
from collections.abc import Callable
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from evidence.ledger.fsck import EVIDENTIAL, Beside, Report, check
from ledger.checkpoint import parse
from ledger.trust import Cosigner, Policy, ed25519_message
from tests.evidence.ledger.given import BOTH, Ledger
from tests.ledger.given import CASE, LOG, ROOT, SM2_LOG, STRANGER, Stream, note_key

KEYS = {
    "ledger.log": ("log_id",),
    "ledger.entry": ("idx",),
    "ledger.tile": ("level", "n"),
    "ledger.checkpoint": ("size",),
    "ledger.twin_tile": ("level", "n"),
    "ledger.twin_checkpoint": ("size",),
    "ledger.cosignature": ("size", "line"),
    "ledger.time_token": ("size", "authority"),
}
# The partition a row lies in: the database refuses any other number, whoever asks.
REFUSED = {("ledger.entry", "log_id"), ("ledger.tile", "log_id")}
# Flips of one pass touch different rows and hide nothing from each other, so a pass checks many columns.
PASSES = [
    "ledger.log.origin ledger.log.size ledger.log.prev ledger.log.last_us ledger.tile.level ledger.entry.record_id"
    " ledger.entry.stream ledger.entry.seq ledger.entry.leaf_hash ledger.entry.entry",
    "ledger.tile.data ledger.tile.root ledger.checkpoint.size ledger.checkpoint.note",
    "ledger.tile.n ledger.entry.idx ledger.checkpoint.log_id",
    "ledger.log.log_id",
    "ledger.twin_tile.data ledger.twin_tile.root ledger.twin_checkpoint.size ledger.twin_checkpoint.note"
    " ledger.cosignature.line ledger.time_token.token ledger.time_token.authority",
    "ledger.twin_tile.n ledger.twin_checkpoint.log_id ledger.cosignature.size ledger.time_token.size",
    "ledger.twin_tile.level ledger.cosignature.log_id ledger.time_token.log_id",
    "ledger.twin_tile.log_id",
]
FLIPS = 25
WITNESS = note_key("witness.example/w1", 21)
COSIGNER = Cosigner(WITNESS.name, WITNESS.verifier.public)
POLICY = Policy.parse(f"log {LOG.vkey}\nwitness w1 {COSIGNER.vkey}\nquorum w1\n")


async def fsck(conn: asyncpg.Connection[Any], **changes: Any) -> Report:
    beside = Beside(twin=False, policy=POLICY, check_token=token_fault)
    asked: dict[str, Any] = {"log": LOG.verifier, "roots": (ROOT.verifier,), "beside": beside}
    return await check(conn, **asked | changes)


def token_fault(authority: str, token: bytes, note: bytes) -> str | None:
    """A time-stamping authority of one line: its token is the digest of the note."""
    if authority != "tsa":
        return "could not be checked: nobody knows this authority"
    return None if token == hashlib.sha256(note).digest() else "is no token over this checkpoint"


def cosigned(note: bytes, seconds: int) -> str:
    """The witness's line on a checkpoint note."""
    text = parse(note)[0].text()
    signature = WITNESS._private.sign(ed25519_message(text, seconds))
    value = base64.b64encode(COSIGNER.key_id + seconds.to_bytes(8, "big") + signature)
    return f"— {WITNESS.name} {value.decode()}\n"


async def vouched(open_ledger: Callable[..., Ledger]) -> Ledger:
    """A filled log with its twin, and a cosignature and a token on each checkpoint."""
    ledger = open_ledger(keys=(LOG, SM2_LOG), suites=BOTH)
    await ledger.begin()
    await fill(ledger)
    await ledger.sequencer.stop()
    conn = await ledger.admin()
    for size, note in await conn.fetch("SELECT size, note FROM ledger.checkpoint"):
        await conn.execute("SELECT ledger.add_cosignature(1, $1, $2)", size, cosigned(note, 1_740_000_000))
        token = hashlib.sha256(note).digest()
        await conn.execute("SELECT ledger.add_time_token(1, $1, 'tsa', $2)", size, token)
    await conn.close()
    return ledger


async def fill(ledger: Ledger) -> None:
    """300 records of 20 streams in a dozen batches."""
    streams = [Stream() for _ in range(19)] + [Stream("case/cas_1", CASE)]
    for _ in range(5):
        await ledger.sequencer.append_all([stream.next() for stream in streams for _ in range(3)])


def flipped(value: Any, bit: random.Random) -> Any:
    """`value` with one bit changed, still of its type."""
    match value:
        case bytes():
            at = bit.randrange(len(value))
            return value[:at] + bytes([value[at] ^ 1 << bit.randrange(8)]) + value[at + 1 :]
        case UUID():
            return UUID(int=value.int ^ 1 << bit.randrange(128))
        case int():
            return value ^ 1 << bit.randrange(31)
        case str():
            at = bit.randrange(len(value))
            return value[:at] + chr(ord(value[at]) ^ 1 << bit.randrange(4)) + value[at + 1 :]
    raise TypeError(type(value).__name__)


async def flip(
    conn: asyncpg.Connection[Any], column: str, bit: random.Random, taken: set[Any]
) -> tuple[str, str]:
    """Change one bit of one row that is not in `taken`, behind every trigger; the table and the row's key now."""
    table, _, name = column.rpartition(".")
    rows = await conn.fetch(f"SELECT ctid, tableoid::regclass AS part, * FROM {table} ORDER BY ctid")
    while True:
        row = bit.choice(rows)
        known = (table, *(row[part] for part in KEYS[table]))
        value = flipped(row[name], bit)
        if len(rows) > 1 and known in taken:
            continue
        try:
            async with conn.transaction():
                await conn.execute(
                    f"UPDATE {row['part']} SET {name} = $1 WHERE ctid = $2", value, row["ctid"]
                )
        except (asyncpg.IntegrityConstraintViolationError, asyncpg.DataError):
            continue  # the database's own CHECK refused the value
        taken.add(known)
        changed = dict(row) | {name: value}
        if table == "ledger.cosignature":
            changed["line"] = changed["line"].split(" ")[1]
        key = "/".join(str(changed[part]) for part in KEYS[table])
        return table, LOG.name if name == "log_id" and table == "ledger.log" else key


async def test_a_sound_log_is_clean_and_each_record_is_handed_out_in_order(ledger: Ledger) -> None:
    await fill(ledger)
    conn = await ledger.admin()
    seen: list[int] = []

    report = await fsck(conn, each=lambda entry: seen.append(entry.index))

    assert report.findings == []
    assert (report.entries, report.tiles, seen) == (303, 1, list(range(303)))
    assert report.checkpoints >= 8
    await conn.close()


@pytest.mark.parametrize("columns", PASSES, ids=lambda columns: columns.split()[0])
async def test_every_flipped_bit_is_found_and_its_row_is_named(
    open_ledger: Callable[..., Ledger], columns: str
) -> None:
    ledger = await vouched(open_ledger)
    conn = await ledger.admin()
    await conn.execute("SET session_replication_role = replica")
    bit = random.Random(columns)

    for _ in range(FLIPS):
        undo = conn.transaction()
        await undo.start()
        taken: set[Any] = set()
        flips = [await flip(conn, column, bit, taken) for column in columns.split()]
        named = {(finding.table, finding.key) for finding in (await fsck(conn)).findings}
        assert set(flips) <= named, (flips, named)
        await undo.rollback()
    await conn.close()


def test_every_column_of_the_ledger_is_flipped_above_or_refused_below() -> None:
    every = {(table, column) for table, columns in EVIDENTIAL.items() for column in columns}

    assert every == {tuple(c.rsplit(".", 1)) for group in PASSES for c in group.split()} | REFUSED


@pytest.mark.parametrize("table, column", sorted(REFUSED))
async def test_the_database_lets_no_row_change_its_log(ledger: Ledger, table: str, column: str) -> None:
    await fill(ledger)
    conn = await ledger.admin()
    await conn.execute("SET session_replication_role = replica")
    for part in (table, f"{table}_1"):
        with pytest.raises(asyncpg.CheckViolationError):
            await conn.execute(f"UPDATE {part} SET {column} = {column} + 1")
    await conn.close()


async def test_the_twin_cosignatures_and_tokens_of_a_sound_log_are_clean_and_counted(
    open_ledger: Callable[..., Ledger],
) -> None:
    ledger = await vouched(open_ledger)
    conn = await ledger.admin()

    report = await fsck(conn, beside=Beside(twin=True, policy=POLICY, check_token=token_fault))

    assert report.findings == []
    assert report.checkpoints == report.twins == report.cosignatures == report.tokens >= 8
    await conn.close()


async def test_a_twin_that_is_behind_or_gone_is_found_where_the_profile_wants_it(
    open_ledger: Callable[..., Ledger],
) -> None:
    ledger = await vouched(open_ledger)
    conn = await ledger.admin()
    await conn.execute("SET session_replication_role = replica")
    tampering = {
        "DELETE FROM ledger.twin_checkpoint WHERE size = 303": ("ledger.twin_checkpoint", "303"),
        "DELETE FROM ledger.twin_tile": ("ledger.twin_tile", "0/0"),
        "DELETE FROM ledger.twin_checkpoint; DELETE FROM ledger.twin_tile": ("ledger.twin_tile", "0/0"),
        "UPDATE ledger.twin_checkpoint SET note = (SELECT note FROM ledger.checkpoint WHERE size = 303)"
        " WHERE size = 303": ("ledger.twin_checkpoint", "303"),
    }
    for statement, row in tampering.items():
        undo = conn.transaction()
        await undo.start()
        await conn.execute(statement)
        report = await fsck(conn, beside=Beside(twin=True, policy=POLICY, check_token=token_fault))
        assert row in {(f.table, f.key) for f in report.findings}, statement
        await undo.rollback()
    await conn.close()


@pytest.mark.parametrize("line", ["missing", "added", "swapped"])
async def test_a_checkpoint_carries_exactly_the_lines_of_its_log_keys(
    open_ledger: Callable[..., Ledger], line: str
) -> None:
    ledger = await vouched(open_ledger)
    conn = await ledger.admin()
    await conn.execute("SET session_replication_role = replica")
    note = await conn.fetchval("SELECT note FROM ledger.checkpoint WHERE size = 303")
    text, _, lines = note.partition(b"\n\n")
    first, second = lines.splitlines(keepends=True)
    changed = {"missing": first, "added": lines + STRANGER.line(text + b"\n"), "swapped": second + first}[
        line
    ]

    await conn.execute("UPDATE ledger.checkpoint SET note = $1 WHERE size = 303", text + b"\n\n" + changed)

    assert [(f.table, f.key) for f in (await fsck(conn)).findings] == [("ledger.checkpoint", "303")]
    await conn.close()


async def test_a_removed_a_cut_and_a_swapped_entry_are_found(ledger: Ledger) -> None:
    await fill(ledger)
    await ledger.sequencer.stop()
    conn = await ledger.admin()
    await conn.execute("SET session_replication_role = replica")
    swap = (
        "UPDATE ledger.entry_1 a SET leaf_hash = b.leaf_hash, entry = b.entry FROM ledger.entry_1 b"
        " WHERE a.idx IN (100, 101) AND b.idx = 201 - a.idx"
    )
    tampering = {
        "DELETE FROM ledger.entry WHERE idx = 100": ("ledger.entry", "100"),
        "DELETE FROM ledger.entry WHERE idx BETWEEN 100 AND 110": ("ledger.entry", "100"),
        "DELETE FROM ledger.entry WHERE idx = 0": ("ledger.entry", "0"),
        "DELETE FROM ledger.entry WHERE idx > 290": ("ledger.log", "1"),
        "DELETE FROM ledger.tile": ("ledger.tile", "0/0"),
        "DELETE FROM ledger.checkpoint WHERE size = (SELECT max(size) FROM ledger.checkpoint)": (
            "ledger.checkpoint",
            "303",
        ),
        "INSERT INTO ledger.checkpoint SELECT 1, 400, note FROM ledger.checkpoint LIMIT 1": (
            "ledger.checkpoint",
            "400",
        ),
        swap: ("ledger.entry", "100"),
    }
    for statement, row in tampering.items():
        undo = conn.transaction()
        await undo.start()
        await conn.execute(statement)
        assert row in {(f.table, f.key) for f in (await fsck(conn)).findings}, statement
        await undo.rollback()
    assert (await fsck(conn)).findings == []
    await conn.close()


@pytest.mark.parametrize("which", ["log", "roots"])
async def test_a_log_of_other_keys_does_not_pass(ledger: Ledger, which: str) -> None:
    await fill(ledger)
    conn = await ledger.admin()
    other = note_key(LOG.name if which == "log" else ROOT.name, 77).verifier

    report = await fsck(conn, **{which: other if which == "log" else (other,)})

    assert report.findings
    await conn.close()


async def test_an_empty_ledger_is_not_clean(open_ledger: Any) -> None:
    made = open_ledger()
    await made.sequencer.start()
    conn = await made.admin()

    assert [finding.reason for finding in (await fsck(conn)).findings] == [
        "holds no entry: nothing was checked"
    ]
    await conn.close()


async def test_fsck_runs_beside_a_growing_log(ledger: Ledger) -> None:
    conn = await ledger.admin()
    growing = asyncio.create_task(fill(ledger))

    async with conn.transaction(isolation="repeatable_read", readonly=True):
        while not await conn.fetchval("SELECT count(*) FROM ledger.entry"):
            await asyncio.sleep(0)
        report = await fsck(conn)

    await growing
    assert report.findings == []
    await conn.close()
