"""A tree as its tables hold it, against the tree that the entries make: tile by tile, checkpoint by checkpoint."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from common.crypto import Verifier
from evidence.ledger.checkpoint import open_own
from evidence.ledger.reader import Log
from evidence.ledger.tiles import WIDTH, Frontier, FullTile, Tile

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
    """What was looked at and what was found. A report of zero entries is no clean bill.

    `twins` counts the checkpoints of the SM3 twin.
    """

    entries: int = 0
    tiles: int = 0
    checkpoints: int = 0
    twins: int = 0
    cosignatures: int = 0
    tokens: int = 0
    findings: list[Finding] = field(default_factory=list)

    def add(self, table: str, key: object, reason: str) -> None:
        """Keep a finding; after a thousand they say nothing new."""
        if len(self.findings) < _MOST:
            self.findings.append(Finding(f"ledger.{table}", str(key), reason))


class Tree:
    """The tree of one log, or of its twin, as it grows leaf by leaf while the entries are read."""

    def __init__(self, log: Log, keys_at: Callable[[int], Sequence[Verifier]], report: Report) -> None:
        self.log = log
        self.keys_at = keys_at
        self.report = report
        self.edge = Frontier.load(0, [], log.hash)
        self.whole = True  # False once a gap makes the tree impossible to recompute
        self.tiles = self.checkpoints = 0
        self._tiles = log.tiles.removeprefix("ledger.")
        self._checkpoints = log.checkpoints.removeprefix("ledger.")
        self._waiting: list[tuple[int, bytes]] = []

    async def grow(self, leaf: bytes) -> None:
        if not self.whole:
            return
        for tile in self.edge.append(leaf):
            await self._check_tile(tile)
        size = self.edge.tree.size
        if not self._waiting:
            query = (
                f"SELECT size, note FROM {self.log.checkpoints}"
                " WHERE log_id = $1 AND size >= $2 ORDER BY size LIMIT $3"
            )
            rows = await self.log.conn.fetch(query, self.log.log_id, size, _STEP)
            self._waiting = [(row["size"], row["note"]) for row in reversed(rows)]
        if self._waiting and self._waiting[-1][0] == size:
            self._check_checkpoint(*self._waiting.pop())

    async def stored_leaf(self, index: int) -> bytes | None:
        """The leaf hash that the tables hold of entry `index`, if it lies in a full tile."""
        try:
            data = await self.log.tile(Tile(0, index // WIDTH))
        except RuntimeError:
            return None
        return data[index % WIDTH * 32 :][:32]

    async def _check_tile(self, tile: FullTile) -> None:
        self.tiles += 1
        query = f"SELECT data, root FROM {self.log.tiles} WHERE log_id = $1 AND level = $2 AND n = $3"
        row = await self.log.conn.fetchrow(query, self.log.log_id, tile.level, tile.n)
        key = f"{tile.level}/{tile.n}"
        if row is None:
            self.report.add(self._tiles, key, "is missing")
            return
        for column in ("data", "root"):
            if row[column] != getattr(tile, column):
                self.report.add(self._tiles, key, f"{column} is not that of the entries")

    def _check_checkpoint(self, size: int, note: bytes) -> None:
        self.checkpoints += 1
        try:
            said = open_own(note, self.keys_at(size))
        except ValueError as error:
            self.report.add(self._checkpoints, size, f"note is not signed by the log: {error}")
            return
        if said.size != size:
            self.report.add(self._checkpoints, size, f"note is of size {said.size}")
        elif self.whole and said.root != self.edge.tree.root():
            self.report.add(self._checkpoints, size, "note signs another root than that of the entries")

    async def end(self, count: int, *, published: bool) -> None:
        """What lies beyond `count` entries, and, if they are `published`, whether a checkpoint names them all."""
        conn, number = self.log.conn, self.log.log_id
        if not self.whole:
            # Beyond a gap no root can be recomputed, but who signed a checkpoint can still be checked.
            query = f"SELECT size, note FROM {self.log.checkpoints} WHERE log_id = $1 AND size > $2 AND size <= $3"
            for size, note in await conn.fetch(query, number, self.edge.tree.size, count):
                self._check_checkpoint(size, note)
        for level, n in await conn.fetch(f"SELECT level, n FROM {self.log.tiles} WHERE log_id = $1", number):
            if (n + 1) << 8 * level + 8 > count:
                self.report.add(self._tiles, f"{level}/{n}", "lies beyond the last entry")
        newest = await self.log.checkpoint()
        if published and count and (newest is None or newest[0] < count):
            self.report.add(self._checkpoints, count, "is missing: the newest does not name every entry")
        query = f"SELECT size FROM {self.log.checkpoints} WHERE log_id = $1 AND size > $2 LIMIT 100"
        for row in await conn.fetch(query, number, count):
            self.report.add(self._checkpoints, row["size"], "names more entries than there are")
