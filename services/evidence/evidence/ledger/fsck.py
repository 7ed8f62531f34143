"""Recomputes every column of every ledger table from the entries and the log's public key.

Entry by entry, in order: the bytes parse, the columns say what the bytes say, the header continues the
chain, the record is signed by a key valid there and follows its stream, the tree grows. The tiles and
checkpoints on the way must be those of the tree. What is found is named by table and key, and the walk
goes on from what the neighbours prove, so that one changed bit does not hide the next.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

import asyncpg

from common.crypto import Verifier
from evidence.ledger.checkpoint import open_checkpoint
from evidence.ledger.entry import NO_HASH, Entry, parse_entry
from evidence.ledger.keys import KeyLog
from evidence.ledger.merkle import leaf_hash
from evidence.ledger.reader import Head, Log, Row
from evidence.ledger.tiles import Frontier, FullTile

EVIDENTIAL: Final = {
    "ledger.log": ("log_id", "origin", "size", "prev", "last_us"),
    "ledger.entry": ("log_id", "idx", "record_id", "leaf_hash", "stream", "seq", "entry"),
    "ledger.tile": ("log_id", "level", "n", "data", "root"),
    "ledger.checkpoint": ("log_id", "size", "note"),
}
"""Every column that `check` guards: all there are in schema `ledger`."""

_MOST: Final = 1_000
_STEP: Final = 1_000


@dataclass(frozen=True)
class Finding:
    """One row that is not what it must be. `key` is its primary key without the log's number."""

    table: str
    key: str
    reason: str


@dataclass
class Report:
    """What was looked at and what was found. A report of zero entries is no clean bill."""

    entries: int = 0
    tiles: int = 0
    checkpoints: int = 0
    findings: list[Finding] = field(default_factory=list)

    def add(self, table: str, key: object, reason: str) -> None:
        """Keep a finding; after a thousand they say nothing new."""
        if len(self.findings) < _MOST:
            self.findings.append(Finding(f"ledger.{table}", str(key), reason))


@dataclass
class _Pending:
    """An entry whose leaf is not settled before the next one, or the head, says what it names."""

    index: int
    computed: bytes
    stored: bytes


async def check(
    conn: asyncpg.Connection[Any],
    *,
    log: Verifier,
    roots: tuple[Verifier, ...],
    each: Callable[[Entry], None] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Report:
    """Check the log whose key is `log`. `conn` may read schema `ledger`; best in one REPEATABLE READ transaction.

    `each` gets every entry that is right, in order; `progress` gets (entries checked, entries the head names).
    """
    report = Report()
    heads = await conn.fetch("SELECT log_id, origin, size, prev, last_us FROM ledger.log ORDER BY log_id")
    known = [row["log_id"] for row in heads]
    for table, key in (("entry", "idx"), ("tile", "level || '/' || n"), ("checkpoint", "size")):
        query = f"SELECT log_id, {key} AS key FROM ledger.{table} WHERE log_id <> ALL ($1) LIMIT 100"
        for row in await conn.fetch(query, known):
            report.add(table, row["key"], f"lies in a log {row['log_id']} that does not exist")
    for row in heads:
        head = Head(*row)
        if head.origin != log.name:
            report.add("log", head.log_id, f"has an origin that is not {log.name}")
        walk = _Walk(Log(conn, head.log_id), head, KeyLog(log.name, log, roots), report, each)
        await walk.run(progress)
    if not report.entries:
        report.add("log", log.name, "holds no entry: nothing was checked")
    return report


class _Walk:
    """One pass over one log."""

    def __init__(
        self, log: Log, head: Head, keys: KeyLog, report: Report, each: Callable[[Entry], None] | None
    ) -> None:
        self.log = log
        self.head = head
        self.keys = keys
        self.report = report
        self.each = each
        self.edge = Frontier.load(0, [])
        self.whole = True  # False once a gap makes the tree impossible to recompute
        self.pending: _Pending | None = None
        self.us = 0
        self.ends: dict[str, tuple[int, bytes | None]] = {}
        self.checkpoints: list[tuple[int, bytes]] = []
        self.tiles: list[FullTile] = []

    async def run(self, progress: Callable[[int, int], None] | None) -> None:
        expected = 0
        async for row in self.log.every_entry():
            entry = self._parsed(row)
            if entry is not None and entry.index != row.index and leaf_hash(row.entry) == row.leaf_hash:
                self.report.add("entry", row.index, f"lies at this index but says it is entry {entry.index}")
                continue
            if row.index != expected:
                self._missing(expected, row.index, entry)
            await self._settle(entry.prev if entry is not None and self._intact(row) else None)
            self._one(row, entry)
            expected = row.index + 1
            self.report.entries += 1
            if progress is not None and expected % _STEP == 0:
                progress(expected, self.head.size)
        await self._settle(self.head.prev, by_head=True)
        await self._end(expected)
        if progress is not None:
            progress(expected, self.head.size)

    def _parsed(self, row: Row) -> Entry | None:
        try:
            return parse_entry(row.entry)
        except ValueError as error:
            self.report.add("entry", row.index, f"cannot be read: {error}")
            return None

    def _intact(self, row: Row) -> bool:
        return leaf_hash(row.entry) == row.leaf_hash

    def _missing(self, expected: int, found: int, entry: Entry | None) -> None:
        """Entries are gone. Of a single one the next entry still names the hash; more break the tree."""
        self.report.add("entry", expected, f"is missing, and all up to {found - 1}")
        self.whole = self.whole and found == expected + 1 and entry is not None
        self.ends = {stream: (seq, None) for stream, (seq, _) in self.ends.items()}

    def _one(self, row: Row, entry: Entry | None) -> None:
        """Check one entry by itself and against what came before it."""
        computed = leaf_hash(row.entry)
        self.pending = _Pending(row.index, computed, row.leaf_hash)
        if entry is None:
            return
        faults = list(self._faults(row, entry))
        for fault in faults:
            self.report.add("entry", row.index, fault)
        record = entry.record
        good = not faults and computed == row.leaf_hash
        self.ends[record.stream] = (record.seq, record.hash if good else None)
        self.us = max(self.us, entry.us)
        if good and self.each is not None:
            self.each(entry)

    def _faults(self, row: Row, entry: Entry) -> list[str]:
        record = entry.record
        said = {"idx": entry.index, "record_id": record.id, "stream": record.stream, "seq": record.seq}
        stored = {"idx": row.index, "record_id": row.record_id, "stream": row.stream, "seq": row.seq}
        faults = [f"{name} is not what the entry says" for name in said if said[name] != stored[name]]
        if entry.us < self.us:
            faults.append("has a time before the entry before it")
        seq, prev = self.ends.get(record.stream, (-1, NO_HASH))
        if record.seq != seq + 1 and prev is not None:
            faults.append(f"is seq {record.seq} of its stream, after seq {seq}")
        elif prev not in (None, record.prev):
            faults.append("does not name the record before it in its stream")
        return faults + self._signature_faults(row.index, entry)

    def _signature_faults(self, index: int, entry: Entry) -> list[str]:
        record = entry.record
        try:
            if not all(verifier.verifies(record.note.text, s) for verifier, s in self.keys.signers(record)):
                return ["has a signature that does not fit"]
            if record.about_keys:
                self.keys.apply(index, record)
        except ValueError as error:
            return [f"is not signed as it must be: {error}"]
        return []

    async def _settle(self, named: bytes | None, *, by_head: bool = False) -> None:
        """The leaf of the pending entry, now that its successor (or the head) has `named` it; None: unreadable."""
        pending, self.pending = self.pending, None
        if pending is None:
            if named not in (None, NO_HASH):
                self.report.add("entry", 0, "names an entry before it although it is the first")
            return
        index, computed, stored = pending.index, pending.computed, pending.stored
        if computed != stored:
            reason = (
                "leaf_hash is not that of the entry" if named == computed else "entry is not what was hashed"
            )
            self.report.add("entry", index, reason)
        elif named is not None and named != computed:
            where = ("log", self.head.log_id) if by_head else ("entry", index + 1)
            self.report.add(*where, f"prev does not name entry {index}")
        await self._grow(named if named in (computed, stored) else stored)

    async def _grow(self, leaf: bytes) -> None:
        if not self.whole:
            return
        for tile in self.edge.append(leaf):
            await self._check_tile(tile)
        size = self.edge.tree.size
        if not self.checkpoints:
            query = "SELECT size, note FROM ledger.checkpoint WHERE log_id = $1 AND size >= $2 ORDER BY size LIMIT $3"
            rows = await self.log.conn.fetch(query, self.log.log_id, size, _STEP)
            self.checkpoints = [(row["size"], row["note"]) for row in reversed(rows)]
        if self.checkpoints and self.checkpoints[-1][0] == size:
            self._check_checkpoint(*self.checkpoints.pop())

    async def _check_tile(self, tile: FullTile) -> None:
        self.report.tiles += 1
        query = "SELECT data, root FROM ledger.tile WHERE log_id = $1 AND level = $2 AND n = $3"
        row = await self.log.conn.fetchrow(query, self.log.log_id, tile.level, tile.n)
        key = f"{tile.level}/{tile.n}"
        if row is None:
            self.report.add("tile", key, "is missing")
            return
        for column in ("data", "root"):
            if row[column] != getattr(tile, column):
                self.report.add("tile", key, f"{column} is not that of the entries")

    def _check_checkpoint(self, size: int, note: bytes) -> None:
        self.report.checkpoints += 1
        try:
            said = open_checkpoint(note, self.keys.log)
        except ValueError as error:
            self.report.add("checkpoint", size, f"note is not signed by the log: {error}")
            return
        if note.count(b"\n") != 5:
            self.report.add("checkpoint", size, "note carries more than the log's own signature")
        if said.size != size:
            self.report.add("checkpoint", size, f"note is of size {said.size}")
        elif self.whole and said.root != self.edge.tree.root():
            self.report.add("checkpoint", size, "note signs another root than that of the entries")

    async def _end(self, count: int) -> None:
        """What the head says, and what lies beyond it."""
        head, conn, number = self.head, self.log.conn, self.log.log_id
        if head.size != count:
            self.report.add("log", number, f"size is {head.size}, but there are {count} entries")
        if head.last_us != self.us:
            self.report.add("log", number, "last_us is not the time of the last entry")
        rows = await conn.fetch("SELECT level, n FROM ledger.tile WHERE log_id = $1", number)
        for level, n in rows:
            if (n + 1) << 8 * level + 8 > count:
                self.report.add("tile", f"{level}/{n}", "lies beyond the last entry")
        newest = await self.log.checkpoint()
        if count and (newest is None or newest[0] < count):
            self.report.add("checkpoint", count, "is missing: the newest does not name every entry")
        query = "SELECT size FROM ledger.checkpoint WHERE log_id = $1 AND size > $2 LIMIT 100"
        for row in await conn.fetch(query, number, count):
            self.report.add("checkpoint", row["size"], "names more entries than there are")
