"""Recomputes every column of every ledger table from the entries and the public keys that they name.

For each entry, in order: the bytes parse, the columns equal the fields in the bytes, the header continues the chain, a
key valid at this index signed the record, the record follows its stream, and the tree grows. The stored tiles and
checkpoints must equal those of that tree. A finding names table and key. The walk then goes on with the hashes that
neighbouring rows prove, so that one changed bit does not hide the next. The SM3 twin, the cosignatures and the time
stamps are compared with the log as well.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

import asyncpg

from evidence.domain.anchoring import TwinAnchored, TwinId
from evidence.ledger.log import Head, Log, Row, Twin
from evidence.ledger.treecheck import Tree
from ledger.checkpoint import parse
from ledger.entry import NO_HASH, Entry, parse_entry
from ledger.findings import Report
from ledger.keys import KeyLog
from ledger.merkle import EMPTY_ROOT, leaf_hash
from ledger.notes import Verifier
from ledger.tiles import Frontier
from ledger.trust import Policy, cosignature_time
from ledger.twin import SM3, twin_origin

EVIDENTIAL: Final = {
    "ledger.log": ("log_id", "origin", "size", "prev", "last_us"),
    "ledger.entry": ("log_id", "idx", "record_id", "leaf_hash", "stream", "seq", "entry"),
    "ledger.tile": ("log_id", "level", "n", "data", "root"),
    "ledger.checkpoint": ("log_id", "size", "note"),
    "ledger.twin_tile": ("log_id", "level", "n", "data", "root"),
    "ledger.twin_checkpoint": ("log_id", "size", "note"),
    "ledger.cosignature": ("log_id", "size", "line"),
    "ledger.time_token": ("log_id", "size", "authority", "token"),
}
"""Every column that `check` guards: all columns of the schema `ledger`."""

_KEYS: Final = {
    "entry": "idx::text",
    "tile": "level || '/' || n",
    "checkpoint": "size::text",
    "twin_tile": "level || '/' || n",
    "twin_checkpoint": "size::text",
    "cosignature": "size || '/' || split_part(line, ' ', 2)",
    "time_token": "size || '/' || authority",
}
_STEP: Final = 1_000


@dataclass
class _Pending:
    """An entry whose leaf hash is not settled: the next entry, or the head, must name it first."""

    index: int
    computed: bytes
    stored: bytes
    entry: bytes


async def check(
    conn: asyncpg.Connection[Any],
    *,
    log: Verifier,
    roots: tuple[Verifier, ...],
    each: Callable[[Entry], None] | None = None,
    progress: Callable[[int, int], None] | None = None,
    proven: Proven | None = None,
    beside: Beside | None = None,
) -> Report:
    """Check the log whose key is `log`. `conn` may read schema `ledger`; best in one REPEATABLE READ transaction.

    `each` is called with every right entry, in order; `progress` with (entries checked, entries in the head). The
    entries that `proven` covers are checked again except for their signatures, if the stored tree has its root.
    """
    report, beside = Report(), beside or Beside()
    heads = await conn.fetch("SELECT log_id, origin, size, prev, last_us FROM ledger.log ORDER BY log_id")
    known = [row["log_id"] for row in heads]
    for table, key in _KEYS.items():
        query = f"SELECT log_id, {key} AS key FROM ledger.{table} WHERE log_id <> ALL ($1) LIMIT 100"
        for row in await conn.fetch(query, known):
            report.add(table, row["key"], f"lies in a log {row['log_id']} that does not exist")
    for row in heads:
        head = Head(*row)
        if head.origin != log.name:
            report.add("log", head.log_id, f"has an origin that is not {log.name}")
        walk = _Walk(
            Log(conn, head.log_id),
            head,
            keys=KeyLog(log.name, roots),
            report=report,
            each=each,
            beside=beside,
        )
        await walk.find_twin()
        if proven is not None:
            await walk.rely_on(proven)
        await walk.run(progress)
        if head.size and head.origin == log.name and log not in walk.keys.every_log_key:
            report.add("log", head.log_id, f"was never signed by the key {log.key_id.hex()}")
    if not report.entries:
        report.add("log", log.name, "holds no entry: nothing was checked")
    return report


@dataclass(frozen=True)
class Beside:
    """What the walk needs to check the twin, the cosignatures and the time stamps.

    `twin`: the profile has the suite sm3-sm2, so the twin must be complete if the log has keys for it. `policy` names
    the witnesses; without it the signatures of cosignatures are not checked. `check_token` takes an authority's name,
    a token and the note, and returns the fault; without it tokens are not checked.
    """

    twin: bool = False
    policy: Policy | None = None
    check_token: Callable[[str, bytes, bytes], str | None] | None = None


@dataclass
class Proven:
    """The first `size` entries of a log, whose tree has `root`, were found right, their signatures included.

    A walk without a finding raises `size` and calls `save`, so that the next walk skips these signatures.
    """

    size: int = 0
    root: bytes = EMPTY_ROOT
    save: Callable[[Proven], None] = lambda _: None


class _Walk:
    """One pass over one log."""

    def __init__(
        self,
        log: Log,
        head: Head,
        *,
        keys: KeyLog,
        report: Report,
        each: Callable[[Entry], None] | None,
        beside: Beside,
    ) -> None:
        self.log = log
        self.head = head
        self.keys = keys
        self.report = report
        self.each = each
        self.tree = Tree(log, keys.log_keys_at, report)
        self.twin: Tree | None = None
        self.beside = beside
        self.anchors: list[tuple[int, dict[str, Any]]] = []
        self.pending: _Pending | None = None
        self.us = 0
        self.ends: dict[str, tuple[int, bytes | None]] = {}
        self.proven = Proven()
        self.signed_until = 0

    async def rely_on(self, proven: Proven) -> None:
        """Skip the signatures of the entries that `proven` covers, if the stored tree of that size has its root.

        This is safe because the walk reports entries that differ from the stored tree.
        """
        self.proven = proven
        with suppress(RuntimeError, ValueError):
            edge = Frontier.load(proven.size, await self.log.open_tiles(proven.size))
            if proven.size <= self.head.size and edge.tree.root() == proven.root:
                self.signed_until = proven.size

    def _prove(self) -> None:
        """Extend `proven` to the entries read so far, if there is no finding."""
        tree = self.tree.edge.tree
        if self.tree.whole and not self.report.findings and tree.size > self.proven.size:
            self.proven.size, self.proven.root = tree.size, tree.root()
            self.proven.save(self.proven)

    async def find_twin(self) -> None:
        """Check the twin if the profile has the suite, or if any row of a twin is stored."""
        number = self.log.log_id
        stored = (
            "SELECT EXISTS (SELECT FROM ledger.twin_checkpoint WHERE log_id = $1)"
            " OR EXISTS (SELECT FROM ledger.twin_tile WHERE log_id = $1)"
        )
        if self.beside.twin or await self.log.conn.fetchval(stored, number):
            self.twin = Tree(Twin(self.log.conn, number), self.keys.twin_keys_at, self.report)

    async def run(self, progress: Callable[[int, int], None] | None) -> None:
        expected = 0
        async for row in self.log.every_entry():
            entry = self._parsed(row)
            if entry is not None and entry.index != row.index and leaf_hash(row.entry) == row.leaf_hash:
                self.report.add("entry", row.index, f"lies at this index but says it is entry {entry.index}")
                continue
            named = entry.prev if entry is not None and self._intact(row) else None
            if row.index == expected:
                await self._settle(named)
            else:
                await self._settle(None)
                await self._missing(expected, row.index, named)
            self._one(row, entry)
            expected = row.index + 1
            self.report.entries += 1
            if expected % _STEP == 0:
                self._prove()
                if progress is not None:
                    progress(expected, self.head.size)
        await self._settle(self.head.prev, by_head=True)
        await self._end(expected)
        self._prove()
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

    async def _missing(self, expected: int, present: int, named: bytes | None) -> None:
        """Report missing entries. The next entry and tiles may have their leaf hashes; if not, the tree ends here."""
        self.report.add("entry", expected, f"is missing, and all up to {present - 1}")
        self.ends = {stream: (seq, None) for stream, (seq, _) in self.ends.items()}
        for tree in (self.tree, self.twin):
            for index in range(expected, present):
                if tree is None or not tree.whole:
                    break
                leaf = named if tree is self.tree and index == present - 1 else None
                await self._grow(tree, leaf or await tree.stored_leaf(index))

    def _one(self, row: Row, entry: Entry | None) -> None:
        """Check one entry by itself and against what came before it."""
        computed = leaf_hash(row.entry)
        self.pending = _Pending(row.index, computed, row.leaf_hash, row.entry)
        if entry is None:
            return
        faults = list(self._faults(row, entry))
        for fault in faults:
            self.report.add("entry", row.index, fault)
        record = entry.record
        good = not faults and computed == row.leaf_hash
        self.ends[record.stream] = (record.seq, record.hash if good else None)
        self.us = max(self.us, entry.us)
        if good and record.type == TwinAnchored.type and record.stream == TwinId().stream:
            self.anchors.append((entry.index, record.body["data"]))
        if good and self.each is not None:
            self.each(entry)

    def _faults(self, row: Row, entry: Entry) -> list[str]:
        record = entry.record
        in_entry = {"idx": entry.index, "record_id": record.id, "stream": record.stream, "seq": record.seq}
        stored = {"idx": row.index, "record_id": row.record_id, "stream": row.stream, "seq": row.seq}
        faults = [f"{name} is not what the entry says" for name in in_entry if in_entry[name] != stored[name]]
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
            signers = self.keys.signers(record)
            unproven = index >= self.signed_until
            if unproven and not all(verifier.verifies(record.note.text, s) for verifier, s in signers):
                return ["has a signature that does not fit"]
            if record.about_keys:
                self.keys.apply(index, record)
        except ValueError as error:
            return [f"is not signed as it must be: {error}"]
        return []

    async def _settle(self, named: bytes | None, *, by_head: bool = False) -> None:
        """Decide on the leaf hash of the pending entry. Its successor, or the head, `named` one; None if unreadable."""
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
        await self.tree.grow(named if named in (computed, stored) else stored)
        if self.twin is not None:
            await self._grow_twin(pending, intact=computed in (stored, named))

    async def _grow_twin(self, pending: _Pending, *, intact: bool) -> None:
        """Add the entry's leaf hash to the twin; for a changed entry, the one in the twin's own tile."""
        assert self.twin is not None
        leaf = SM3.leaf(pending.entry) if intact else await self.twin.stored_leaf(pending.index)
        await self._grow(self.twin, leaf)

    async def _grow(self, tree: Tree, leaf: bytes | None) -> None:
        if leaf is None:
            tree.whole = False
        else:
            await tree.grow(leaf)

    async def _end(self, count: int) -> None:
        """Check the head, the rows beyond it, the twin, the anchors and the statements of others."""
        head, number = self.head, self.log.log_id
        if head.size != count:
            self.report.add("log", number, f"size is {head.size}, but there are {count} entries")
        if head.last_us != self.us:
            self.report.add("log", number, "last_us is not the time of the last entry")
        await self.tree.end(count, published=True)
        if self.twin is not None:
            is_at_rest = not (self.beside.twin and self.keys.twin_keys_at(count))
            await self.twin.end(
                min(count, await self.twin.log.size()) if is_at_rest else count, published=not is_at_rest
            )
            self.report.twins += self.twin.checkpoints
        self.report.tiles += self.tree.tiles
        self.report.checkpoints += self.tree.checkpoints
        await self._check_anchors()
        await self._check_vouchers()

    async def _check_anchors(self) -> None:
        """Each `log.anchor` quotes the twin's stored checkpoint of that size, byte for byte."""
        twin = Twin(self.log.conn, self.log.log_id)
        for index, data in self.anchors:
            stored = await twin.checkpoint(data["size"])
            if data.get("origin") != twin_origin(self.head.origin) or not data["size"] <= index:
                self.report.add("entry", index, "anchors what is not a beginning of the twin of this log")
            elif stored is None:
                self.report.add("twin_checkpoint", data["size"], f"is missing: entry {index} anchors it")
            elif stored[1].decode(errors="replace") != data["checkpoint"]:
                self.report.add(
                    "twin_checkpoint", data["size"], f"note is not the one that entry {index} anchors"
                )

    async def _check_vouchers(self) -> None:
        """Each cosignature and each time stamp is one of the checkpoint that it is stored with."""
        # Skip changed checkpoints, which have a finding of their own: their original text is unknown.
        wrong = {finding.key for finding in self.report.findings if finding.table == "ledger.checkpoint"}
        query = (
            "SELECT {0}.*, c.note FROM ledger.{0} LEFT JOIN ledger.checkpoint c USING (log_id, size)"
            " WHERE log_id = $1 ORDER BY size"
        )
        for row in await self.log.conn.fetch(query.format("cosignature"), self.log.log_id):
            self.report.cosignatures += 1
            fault = None if str(row["size"]) in wrong else self._cosignature_fault(row["line"], row["note"])
            if fault:
                name = row["line"].partition(" ")[2].partition(" ")[0]
                self.report.add("cosignature", f"{row['size']}/{name}", fault)
        for row in await self.log.conn.fetch(query.format("time_token"), self.log.log_id):
            self.report.tokens += 1
            fault = None if str(row["size"]) in wrong else self._token_fault(row)
            if fault:
                self.report.add("time_token", f"{row['size']}/{row['authority']}", fault)

    def _cosignature_fault(self, line: str, note: bytes | None) -> str | None:
        if note is None:
            return "is of a checkpoint that does not exist"
        try:
            cosignature_time(line)
        except ValueError as error:
            return f"cannot be read: {error}"
        policy = self.beside.policy
        if policy is None or policy.met([line], parse(note)[0].text()):
            return None
        return "is not a signature of that checkpoint by a witness of the policy"

    def _token_fault(self, row: asyncpg.Record) -> str | None:
        if row["note"] is None:
            return "is of a checkpoint that does not exist"
        if self.beside.check_token is None:
            return None
        return self.beside.check_token(row["authority"], row["token"], row["note"])
