"""The SM3 twin: grown with the log in one transaction, caught up where it is behind, and never rewritten."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from typing import Any

import asyncpg
import pytest

from evidence.ledger import proofs
from evidence.ledger.batch import Receipt
from evidence.ledger.log import Log, Twin
from evidence.ledger.recovery import LedgerDamaged
from ledger.checkpoint import open_own, parse
from ledger.keyfiles import NoteKey
from ledger.merkle import CompactRange, verify_consistency, verify_inclusion
from ledger.sm2 import SIGNER_ID
from ledger.tiles import Tile
from ledger.twin import SM3
from tests.evidence.ledger.given import BOTH, Ledger
from tests.ledger.given import LOG, ORIGIN, SM2_LOG, Stream

Make = Callable[..., Ledger]
OF_TWIN = [key.named(f"{ORIGIN}/sm3").verifier for key in (LOG, SM2_LOG)]
GENESIS = 3


def doubled(open_ledger: Make, **changes: Any) -> Ledger:
    """A ledger of both suites."""
    return open_ledger(**{"keys": (LOG, SM2_LOG), "suites": BOTH} | changes)


async def append(ledger: Ledger, count: int) -> list[Receipt]:
    answers = await ledger.sequencer.append_all([Stream().next() for _ in range(count)])
    assert all(isinstance(answer, Receipt) for answer in answers)
    return [answer for answer in answers if isinstance(answer, Receipt)]


async def twin_of(conn: asyncpg.Connection[Any]) -> tuple[Twin, list[bytes]]:
    """The twin, and every entry."""
    log = await Log.newest(conn)
    assert log is not None
    return Twin(conn, log.log_id), [row.entry async for row in log.every_entry()]


def root_of(entries: list[bytes]) -> bytes:
    tree = CompactRange(hash=SM3)
    for entry in entries:
        tree.append(SM3.leaf(entry))
    return tree.root()


async def test_each_batch_has_its_checkpoint_in_both_trees_by_both_kinds_of_key(open_ledger: Make) -> None:
    ledger = doubled(open_ledger)
    await ledger.begin()
    await append(ledger, 300)
    conn = await ledger.admin()

    twin, entries = await twin_of(conn)
    rows = await conn.fetch(
        "SELECT size, c.note AS log, t.note AS twin FROM ledger.checkpoint c FULL JOIN ledger.twin_checkpoint t"
        " USING (log_id, size) ORDER BY size"
    )

    assert rows[-1]["size"] == len(entries) == GENESIS + 300
    for row in rows:
        assert open_own(row["log"], [LOG.verifier, SM2_LOG.verifier]).size == row["size"]
        assert open_own(row["twin"], OF_TWIN).root == root_of(entries[: row["size"]])
    assert await twin.tile(Tile(0, 0)) == b"".join(SM3.leaf(entry) for entry in entries[:256])
    assert await twin.tile(Tile(0, 1, 47)) == b"".join(SM3.leaf(entry) for entry in entries[256:])
    await conn.close()


async def test_the_genesis_names_both_suites_and_their_keys(open_ledger: Make) -> None:
    ledger = doubled(open_ledger)
    await ledger.begin()
    keys = ledger.sequencer.keys

    assert keys.suites == ("sha256-ed25519", "sm3-sm2")
    assert keys.log_keys == (LOG.verifier, SM2_LOG.verifier)
    assert list(keys.twin_keys) == OF_TWIN
    assert keys.version == GENESIS


async def test_proofs_of_the_twin_hold_under_its_checkpoints(open_ledger: Make) -> None:
    ledger = doubled(open_ledger)
    await ledger.begin()
    await append(ledger, 290)
    conn = await ledger.admin()
    twin, entries = await twin_of(conn)
    size, note = await twin.checkpoint() or (0, b"")
    root = open_own(note, OF_TWIN).root

    for index in (0, 255, 256, size - 1):
        path = await proofs.inclusion(twin, index, size)
        verify_inclusion(index, size, SM3.leaf(entries[index]), path, root, hash=SM3)
    path = await proofs.consistency(twin, GENESIS, size)
    verify_consistency(GENESIS, size, path, root_of(entries[:GENESIS]), root, hash=SM3)
    await conn.close()


async def test_a_log_that_had_no_twin_gets_one_and_not_a_byte_of_it_changes(
    ledger: Ledger, open_ledger: Make
) -> None:
    await append(ledger, 300)
    await ledger.sequencer.stop()
    conn = await ledger.admin()
    tables = ("entry", "tile", "checkpoint")
    before = {table: await conn.fetch(f"SELECT * FROM ledger.{table} ORDER BY 1, 2, 3") for table in tables}

    second = doubled(open_ledger)
    await second.begin()
    await append(second, 5)

    after = {table: await conn.fetch(f"SELECT * FROM ledger.{table} ORDER BY 1, 2, 3") for table in tables}
    assert all(set(before[table]) <= set(after[table]) for table in tables)
    assert not await conn.fetchval("SELECT count(*) FROM ledger.twin_checkpoint WHERE size <= 303")
    twin, entries = await twin_of(conn)
    size, note = await twin.checkpoint() or (0, b"")
    assert (size, open_own(note, OF_TWIN).root) == (len(entries), root_of(entries))
    assert len(second.sequencer.keys.log_keys) == 2
    await conn.close()


async def test_a_twin_at_rest_stays_as_it_is_and_is_caught_up_at_a_later_start(open_ledger: Make) -> None:
    ledger = doubled(open_ledger)
    await ledger.begin()
    await append(ledger, 20)
    await ledger.sequencer.stop()
    conn = await ledger.admin()
    stored = await conn.fetch("SELECT * FROM ledger.twin_checkpoint ORDER BY size")

    resting = open_ledger(keys=(LOG, SM2_LOG))
    await resting.sequencer.start()
    await append(resting, 300)
    await resting.sequencer.stop()
    assert await conn.fetch("SELECT * FROM ledger.twin_checkpoint ORDER BY size") == stored
    again = doubled(open_ledger)
    await again.sequencer.start()

    twin, entries = await twin_of(conn)
    rows = await conn.fetch("SELECT * FROM ledger.twin_checkpoint ORDER BY size")
    assert rows[:-1] == stored
    assert rows[-1]["size"] == len(entries)
    assert open_own(rows[-1]["note"], OF_TWIN).root == root_of(entries)
    await append(again, 1)
    assert await twin.size() == len(entries) + 1
    await conn.close()


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE ledger.twin_tile SET root = set_byte(root, 3, get_byte(root, 3) # 1)",
        "UPDATE ledger.twin_checkpoint SET note = set_byte(note, 50, get_byte(note, 50) # 1) WHERE size = 303",
        "DELETE FROM ledger.twin_tile",
    ],
    ids=["tile", "checkpoint", "missing-tile"],
)
async def test_a_damaged_twin_is_not_led(open_ledger: Make, damage: str) -> None:
    ledger = doubled(open_ledger)
    await ledger.begin()
    await append(ledger, 300)
    await ledger.sequencer.stop()
    conn = await ledger.admin()
    await conn.execute("SET session_replication_role = replica")
    await conn.execute(damage)
    await conn.close()

    with pytest.raises(LedgerDamaged):
        await doubled(open_ledger).sequencer.start()


async def test_a_log_whose_sm2_key_is_not_here_is_not_led(open_ledger: Make) -> None:
    ledger = doubled(open_ledger)
    await ledger.begin()
    await ledger.sequencer.stop()

    with pytest.raises(LedgerDamaged, match="private key of the log key"):
        await open_ledger().sequencer.start()


async def test_a_crash_in_the_commit_leaves_both_trees_or_neither(open_ledger: Make) -> None:
    ledger = doubled(open_ledger)
    await ledger.begin()
    conn = await ledger.admin()
    await conn.execute(
        "CREATE FUNCTION burst() RETURNS trigger AS 'BEGIN RAISE EXCEPTION ''full''; END' LANGUAGE plpgsql"
    )
    await conn.execute(
        "CREATE TRIGGER burst BEFORE INSERT ON ledger.twin_checkpoint FOR EACH ROW EXECUTE FUNCTION burst()"
    )

    with pytest.raises(Exception, match="No sequencer"):
        await ledger.sequencer.append(Stream().next())

    assert await conn.fetchval("SELECT size FROM ledger.log") == GENESIS
    assert await conn.fetchval("SELECT count(*) FROM ledger.entry") == GENESIS
    await conn.close()


async def test_openssl_accepts_the_sm2_line_of_a_checkpoint(open_ledger: Make, tmp_path: Any) -> None:
    ledger = doubled(open_ledger)
    await ledger.begin()
    note = (await append(ledger, 1))[0].checkpoint
    parsed = parse(note)[1]
    line = next(s for s in parsed.signatures if s.key_id == SM2_LOG.verifier.key_id)
    r, s = (int.from_bytes(part, "big") for part in (line.value[:32], line.value[32:]))
    spki = bytes.fromhex("3059301306072a8648ce3d020106082a811ccf5501822d034200") + SM2_LOG.verifier.public
    asn1 = f"asn1=SEQUENCE:s\n[s]\nr=INTEGER:0x{r:X}\ns=INTEGER:0x{s:X}\n"
    for name, data in (("text", parsed.text), ("key.der", spki), ("asn1.cnf", asn1.encode())):
        (tmp_path / name).write_bytes(data)

    def openssl(*arguments: str) -> str:
        done = subprocess.run(
            ["openssl", *arguments], cwd=tmp_path, check=True, capture_output=True, text=True
        )
        return done.stdout

    openssl("asn1parse", "-genconf", "asn1.cnf", "-noout", "-out", "signature")
    said = openssl(
        "pkeyutl", "-verify", "-pubin", "-inkey", "key.der", "-keyform", "DER", "-rawin", "-digest", "sm3",
        "-in", "text", "-sigfile", "signature", "-pkeyopt", f"distid:{SIGNER_ID.decode()}",
    )  # fmt: skip
    assert "Verified Successfully" in said


def test_a_key_has_another_id_under_the_name_of_the_twin() -> None:
    for key in (LOG, SM2_LOG):
        twin: NoteKey = key.named(f"{ORIGIN}/sm3")

        assert twin.verifier.public == key.verifier.public
        assert twin.verifier.key_id != key.verifier.key_id
