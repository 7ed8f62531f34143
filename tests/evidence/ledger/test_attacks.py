"""Attacks on the ledger by somebody inside, one a test, on a real database (docs/LEDGER.md).

    found by fsck      whoever lacks one of the keys leaves a trace in the database itself
    found outside      whoever holds the log's key too can write a history without a flaw: it is what others kept – a
                       saved checkpoint, a witness, the guard file – that convicts him

The attacker has the database, as a superuser whom no trigger and no constraint stops, and whatever keys `Thief` is
given.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import orjson
import pytest

from evidence.ledger import fsck
from evidence.ledger.log import Log
from evidence.ledger.proofs import consistency
from evidence.ledger.recovery import LedgerDamaged
from evidence.ledger.sequencer import Sequencer
from evidence.ledger.witnessing import Witnesses
from ledger.canonical import canonical
from ledger.checkpoint import Checkpoint, parse
from ledger.cosigning import CosignatureKey, make_key
from ledger.entry import NO_HASH, make_entry, parse_entry, parse_record
from ledger.findings import Finding, Report
from ledger.keyfiles import NoteKey
from ledger.merkle import leaf_hash
from ledger.tiles import Frontier
from ledger.trust import Policy
from mz.operate.fsck import continues
from mz.postgres import clone
from outsiders.memory import Memory
from outsiders.witness import WitnessServer
from tests.evidence.ledger.given import CHECKER, Ledger
from tests.ledger.given import CASE, EVIDENCE, LOG, ORIGIN, ROOT, STRANGER, Stream, note_key

SIZE = 303
VICTIM = 100
_TABLES = ("entry", "tile", "checkpoint")


@dataclass
class Act:
    """One entry of the thief: its time, and the note of its record."""

    us: int
    note: bytes

    @property
    def body(self) -> dict[str, Any]:
        body: dict[str, Any] = orjson.loads(self.note.partition(b"\n")[0])
        return body

    def signed_anew(self, key: NoteKey, **changes: Any) -> Act:
        """The same record with other contents, signed by `key`."""
        return replace(self, note=key.note(canonical(self.body | changes) + b"\n"))


class Thief:
    """Rewrites the stored ledger. `key` signs his checkpoints; None if he has no log key."""

    def __init__(self, conn: asyncpg.Connection[Any], key: NoteKey | None = None) -> None:
        self.conn = conn
        self.key = key

    async def history(self) -> list[Act]:
        rows = await self.conn.fetch("SELECT entry FROM ledger.entry ORDER BY idx")
        entries = [parse_entry(row["entry"]) for row in rows]
        return [Act(entry.us, entry.record.raw) for entry in entries]

    async def rewrite(self, acts: Sequence[Act]) -> None:
        """Make `acts` the whole log: headers, chain, tree, tiles, head; checkpoints of the sizes there were."""
        sizes = {row["size"] for row in await self.conn.fetch("SELECT size FROM ledger.checkpoint")}
        for table in ("entry", "tile") if self.key is None else _TABLES:
            await self.conn.execute(f"DELETE FROM ledger.{table}")
        edge, prev = Frontier.load(0, []), NO_HASH
        for index, act in enumerate(acts):
            entry = make_entry(index, act.us, prev, act.note)
            record, prev = parse_record(act.note), leaf_hash(entry)
            await self.conn.execute(
                "INSERT INTO ledger.entry VALUES (1, $1, $2, $3, $4, $5, $6)",
                *(index, record.id, prev, record.stream, record.seq, entry),
            )
            for tile in edge.append(prev):
                await self.conn.execute(
                    "INSERT INTO ledger.tile VALUES (1, $1, $2, $3, $4)",
                    *(tile.level, tile.n, tile.data, tile.root),
                )
            size = index + 1
            if self.key is not None and (size in sizes or size == len(acts)):
                note = Checkpoint(ORIGIN, size, edge.tree.root()).signed(self.key)
                await self.conn.execute("INSERT INTO ledger.checkpoint VALUES (1, $1, $2)", size, note)
        await self.conn.execute(
            "UPDATE ledger.log SET size = $1, prev = $2, last_us = $3", len(acts), prev, acts[-1].us
        )


def restreamed(acts: list[Act], key: NoteKey, stream: str) -> list[Act]:
    """`acts` with the records of `stream` numbered, chained and signed anew, as its service would."""
    made, seq, prev = [], 0, NO_HASH
    for act in acts:
        if act.body["stream"] == stream:
            act = act.signed_anew(key, seq=seq, prev=base64.b64encode(prev).decode())
            seq, prev = seq + 1, hashlib.sha256(act.note).digest()
        made.append(act)
    return made


@pytest.fixture
async def thief(ledger: Ledger) -> AsyncIterator[Thief]:
    """In the database of a log of 303 entries, of which 290 were published before."""
    streams = [Stream() for _ in range(19)] + [Stream("case/cas_1", CASE)]
    for _ in range(5):
        await ledger.sequencer.append_all([stream.next() for stream in streams for _ in range(3)])
    await ledger.sequencer.stop()
    conn = await ledger.admin()
    await conn.execute("SET session_replication_role = replica")
    for name in ("a_record_enters_a_log_once", "a_stream_has_one_record_per_seq"):
        await conn.execute(f"ALTER TABLE ledger.entry DROP CONSTRAINT {name}")
    yield Thief(conn)
    await conn.close()


async def found(thief: Thief) -> list[Finding]:
    return (await fsck.check(thief.conn, log=LOG.verifier, roots=(ROOT.verifier,))).findings


async def named(thief: Thief) -> list[tuple[str, str]]:
    return [(finding.table, finding.key) for finding in await found(thief)]


async def test_a_sound_log_has_no_finding(thief: Thief) -> None:
    assert await named(thief) == []

    thief.key = LOG
    await thief.rewrite(await thief.history())

    assert await named(thief) == [], "the thief can write what a sequencer writes"


async def test_two_entries_that_changed_places_are_named(thief: Thief) -> None:
    await thief.conn.execute(
        "UPDATE ledger.entry a SET leaf_hash = b.leaf_hash, entry = b.entry FROM ledger.entry b"
        " WHERE a.idx IN (100, 101) AND b.idx = 201 - a.idx"
    )

    assert {("ledger.entry", "100"), ("ledger.entry", "101")} <= set(await named(thief))


async def test_two_records_of_a_stream_that_changed_places_are_named_though_all_was_signed_anew(
    thief: Thief,
) -> None:
    thief.key = LOG
    acts = await thief.history()
    later = next(i for i in range(VICTIM + 1, SIZE) if acts[i].body["stream"] == acts[VICTIM].body["stream"])
    acts[VICTIM], acts[later] = (
        replace(acts[VICTIM], note=acts[later].note),
        replace(acts[later], note=acts[VICTIM].note),
    )

    await thief.rewrite(acts)

    findings = await found(thief)
    assert (findings[0].table, findings[0].key) == ("ledger.entry", str(VICTIM))
    assert "of its stream, after seq" in findings[0].reason


async def test_a_cut_tail_is_named_by_the_head_that_forgot_to_be_cut(thief: Thief) -> None:
    await thief.conn.execute("DELETE FROM ledger.entry WHERE idx >= 290")

    findings = await named(thief)

    assert findings[0] == ("ledger.log", "1")
    assert ("ledger.checkpoint", str(SIZE)) in findings


async def test_a_removed_entry_is_named_though_all_after_it_were_chained_anew(thief: Thief) -> None:
    acts = await thief.history()
    later = next(i for i in range(VICTIM + 1, SIZE) if acts[i].body["stream"] == acts[VICTIM].body["stream"])
    del acts[VICTIM]
    thief.key = LOG

    await thief.rewrite(acts)

    findings = await found(thief)
    assert (findings[0].table, findings[0].key) == ("ledger.entry", str(later - 1))
    assert "of its stream" in findings[0].reason


async def test_an_inserted_entry_is_named_if_no_service_signed_it(thief: Thief) -> None:
    acts = await thief.history()
    forged = Stream("case/cas_9", note_key(CASE.name, 66)).next()
    acts.insert(VICTIM, Act(acts[VICTIM].us, forged))
    thief.key = LOG

    await thief.rewrite(acts)

    findings = await found(thief)
    assert [(f.table, f.key) for f in findings] == [("ledger.entry", str(VICTIM))]
    assert "no key that is valid" in findings[0].reason


async def test_a_record_of_another_service_s_stream_is_named_though_a_key_of_ours_signed_it(
    thief: Thief,
) -> None:
    acts = await thief.history()
    acts.insert(VICTIM, Act(acts[VICTIM].us, Stream("case/cas_9", EVIDENCE).next()))
    thief.key = LOG

    await thief.rewrite(acts)

    assert await named(thief) == [("ledger.entry", str(VICTIM))]


async def test_a_changed_record_is_named_if_the_service_key_was_not_stolen(thief: Thief) -> None:
    acts = await thief.history()
    acts[VICTIM] = acts[VICTIM].signed_anew(STRANGER, actor="device:dev_other")
    thief.key = LOG

    await thief.rewrite(acts)

    assert (await named(thief))[0] == ("ledger.entry", str(VICTIM))


async def test_all_signed_again_with_a_stolen_service_key_is_named_at_each_checkpoint(thief: Thief) -> None:
    acts = await thief.history()
    acts[VICTIM] = acts[VICTIM].signed_anew(EVIDENCE, actor="device:dev_other")
    first = await thief.conn.fetchval("SELECT min(size) FROM ledger.checkpoint WHERE size > $1", VICTIM)

    await thief.rewrite(restreamed(acts, EVIDENCE, acts[VICTIM].body["stream"]))

    findings = await named(thief)
    assert findings[0] == ("ledger.checkpoint", str(first))
    assert findings[-1] == ("ledger.checkpoint", str(SIZE))


async def test_checkpoints_signed_by_another_key_of_the_same_name_are_named(thief: Thief) -> None:
    thief.key = note_key(ORIGIN, 77)

    await thief.rewrite(await thief.history())

    findings = await named(thief)
    assert {table for table, _ in findings} == {"ledger.checkpoint"}
    assert ("ledger.checkpoint", str(SIZE)) in findings


async def test_a_log_begun_anew_by_another_root_is_named_at_its_genesis(thief: Thief) -> None:
    acts = await thief.history()
    root = note_key(ROOT.name, 78)
    genesis = acts[0].body
    acts[0] = acts[0].signed_anew(root, data=genesis["data"] | {"root_keys": [root.vkey]})
    thief.key = LOG

    await thief.rewrite(acts)

    assert (await named(thief))[0] == ("ledger.entry", "0")


async def test_a_clock_put_back_is_named(thief: Thief) -> None:
    acts = await thief.history()
    acts[VICTIM] = replace(acts[VICTIM], us=acts[VICTIM].us - 3_600_000_000)
    thief.key = LOG

    await thief.rewrite(acts)

    findings = await found(thief)
    assert [(f.table, f.key) for f in findings] == [("ledger.entry", str(VICTIM))]
    assert "time" in findings[0].reason


async def test_a_key_used_after_its_revocation_is_named(thief: Thief) -> None:
    acts = await thief.history()
    about = [act.body for act in acts if act.body["stream"] == "keys/case.test.mingzheng.example"]
    last = next(act for act in acts if act.body["id"] == about[-1]["id"])
    changes = {
        "type": "key.revoke",
        "data": {"key": CASE.vkey},
        "id": "01955a10-0000-7000-8000-0000000000aa",
        "seq": about[-1]["seq"] + 1,
        "prev": base64.b64encode(hashlib.sha256(last.note).digest()).decode(),
    }
    acts.insert(VICTIM, replace(last.signed_anew(ROOT, **changes), us=acts[VICTIM].us))
    after = [i for i in range(VICTIM, len(acts)) if acts[i].body["stream"] == "case/cas_1"]
    thief.key = LOG

    await thief.rewrite(acts)

    findings = await found(thief)
    assert [(f.table, f.key) for f in findings] == [("ledger.entry", str(i)) for i in after]
    assert "no key that is valid" in findings[0].reason


async def test_a_second_record_of_one_seq_is_named(thief: Thief) -> None:
    acts = await thief.history()
    twice = acts[VICTIM].signed_anew(EVIDENCE, id="01955a10-0000-7000-8000-0000000000ab")
    acts.insert(VICTIM + 1, twice)
    thief.key = LOG

    await thief.rewrite(acts)

    findings = await found(thief)
    assert (findings[0].table, findings[0].key) == ("ledger.entry", str(VICTIM + 1))
    assert "of its stream, after seq" in findings[0].reason


class Outside:
    """The copies of the sound log elsewhere: a checkpoint, the guard file, and a witness that cosigned it."""

    def __init__(self, ledger: Ledger, folder: Path) -> None:
        self.ledger = ledger
        self.guard = folder / "guard"
        self.kept: Checkpoint
        make_key(folder / "witness.pem")
        (folder / "state").mkdir()
        key = CosignatureKey.load("w.example/w1", folder / "witness.pem")
        self.server = WitnessServer([key], {ORIGIN: [LOG.verifier]}, Memory(folder / "state"))
        self.transport = httpx.ASGITransport(self.server.app())
        self.policy = Policy.parse(f"witness w1 {key.cosigner.vkey} http://w\nquorum w1\n")

    async def sees(self, conn: asyncpg.Connection[Any]) -> None:
        """Store the newest checkpoint in each of them."""
        newest = await Log(conn, 1).checkpoint()
        assert newest is not None
        self.guard.write_bytes(newest[1])
        self.kept, _ = parse(newest[1])
        assert (await self.asked(conn, old=0)).status_code == 200

    async def asked(self, conn: asyncpg.Connection[Any], *, old: int) -> httpx.Response:
        """The witness's answer to the newest checkpoint, with the best proof that the database gives."""
        log = Log(conn, 1)
        newest = await log.checkpoint()
        assert newest is not None
        proof = await consistency(log, old, newest[0]) if old <= newest[0] else []
        lines = b"".join(base64.b64encode(part) + b"\n" for part in proof)
        async with httpx.AsyncClient(transport=self.transport, base_url="http://w") as http:
            return await http.post("/add-checkpoint", content=b"old %d\n" % old + lines + b"\n" + newest[1])

    def sequencer(self, **changes: Any) -> Sequencer:
        """A sequencer that is about to lead this database."""
        ours = self.ledger.sequencer
        settings = replace(ours.settings, **({"guard": None} | changes))
        return Sequencer(
            settings, keys=ours.signing, roots=ours.roots, clock=lambda: self.ledger.now, checker=CHECKER
        )

    async def refusals(self) -> list[str]:
        """Why a sequencer does not lead: by the guard file alone, then by the witness alone."""
        witnesses = Witnesses(self.policy, transports={"http://w": self.transport})
        said = []
        for changes in ({"guard": self.guard}, {"witnesses": witnesses}):
            sequencer = self.sequencer(**changes)
            with pytest.raises(LedgerDamaged) as refused:
                await sequencer.start()
            said.append(str(refused.value))
            await sequencer.stop()
        await witnesses.close()
        return said

    async def contradiction(self, conn: asyncpg.Connection[Any]) -> list[tuple[str, str]]:
        """The findings of fsck, compared with the stored checkpoint."""
        report = Report()
        await continues(conn, self.kept, report)
        return [(finding.table, finding.key) for finding in report.findings]


@pytest.fixture
async def outside(ledger: Ledger, thief: Thief, tmp_path: Path) -> Outside:
    (tmp_path / "outside").mkdir()
    made = Outside(ledger, tmp_path / "outside")
    await made.sees(thief.conn)
    return made


def another(acts: list[Act]) -> list[Act]:
    """A false history: one record has other content, and the thief has the service's key."""
    acts = list(acts)
    acts[VICTIM] = acts[VICTIM].signed_anew(EVIDENCE, actor="device:dev_other")
    return restreamed(acts, EVIDENCE, acts[VICTIM].body["stream"])


async def test_a_history_rewritten_with_every_key_contradicts_the_copies_of_outsiders(
    thief: Thief, outside: Outside
) -> None:
    thief.key = LOG

    await thief.rewrite(another(await thief.history()))

    assert await named(thief) == [], "with every key stolen the database alone shows nothing"
    assert await outside.contradiction(thief.conn) == [("ledger.checkpoint", str(SIZE))]
    assert (await outside.asked(thief.conn, old=SIZE)).status_code == 422
    by_guard, by_witness = await outside.refusals()
    assert "303 entries was published; this is an older copy" in by_guard
    assert "w1 cosigned 303 entries that are not those of this database" in by_witness


async def test_a_fork_that_has_grown_on_is_refused_by_the_witness(thief: Thief, outside: Outside) -> None:
    thief.key = LOG
    acts = another(await thief.history())
    more = Act(acts[-1].us, Stream("case/cas_2", CASE).next())

    await thief.rewrite([*acts, more])

    assert (await outside.asked(thief.conn, old=SIZE)).status_code == 422
    assert await outside.contradiction(thief.conn) == [("ledger.checkpoint", str(SIZE))]
    assert len(await outside.refusals()) == 2


async def test_a_tail_cut_back_to_an_older_checkpoint_contradicts_the_copies_of_outsiders(
    thief: Thief, outside: Outside
) -> None:
    size = await thief.conn.fetchval("SELECT max(size) FROM ledger.checkpoint WHERE size < $1", SIZE)
    acts = await thief.history()

    # No key is needed: the log itself signed this checkpoint once.
    await thief.conn.execute("DELETE FROM ledger.checkpoint WHERE size > $1", size)
    await thief.rewrite(acts[:size])

    assert await named(thief) == []
    assert await outside.contradiction(thief.conn) == [("ledger.checkpoint", str(SIZE))]
    assert (await outside.asked(thief.conn, old=SIZE)).status_code == 400
    by_guard, by_witness = await outside.refusals()
    assert "older copy" in by_guard
    assert f"cosigned 303 entries, this database holds {size}" in by_witness


async def test_a_restored_old_backup_is_not_led(open_ledger: Callable[[], Ledger], tmp_path: Path) -> None:
    first = open_ledger()
    await first.begin()
    await first.sequencer.stop()
    backup = Ledger(first.server, f"{first.database}_backup")
    await clone(first.server, first.database, backup.database)
    again, outside = open_ledger(), Outside(backup, tmp_path)
    await again.begin()
    await again.sequencer.append_all(Stream().take(20))
    conn = await again.admin()
    await outside.sees(conn)
    await conn.close()

    by_guard, by_witness = await outside.refusals()

    assert "a checkpoint of 23 entries was published; this is an older copy" in by_guard
    assert "cosigned 23 entries, this database holds 3" in by_witness
    sequencer = outside.sequencer()
    await sequencer.start()  # with neither guard nor witness nobody could know
    await sequencer.stop()


async def test_a_split_view_leaves_two_signed_checkpoints_that_contradict_each_other(
    thief: Thief, outside: Outside
) -> None:
    shown = outside.kept
    thief.key = LOG
    await thief.rewrite(another(await thief.history()))

    other = await Log(thief.conn, 1).checkpoint(SIZE)

    assert other is not None
    said, note = parse(other[1])
    assert (said.origin, said.size) == (shown.origin, shown.size)
    assert said.root != shown.root
    assert LOG.verifier.verifies(note.text, note.signatures[0].value)
    assert (await outside.asked(thief.conn, old=SIZE)).status_code == 422
