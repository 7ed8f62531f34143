"""Compares the stored tree with the tree of the entries, tile by tile and checkpoint by checkpoint."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from evidence.ledger.log import Log
from ledger.checkpoint import open_own
from ledger.findings import Report
from ledger.notes import Verifier
from ledger.tiles import WIDTH, Frontier, FullTile, Tile

_STEP: Final = 1_000


class Tree:
    """The tree of one log, or of its twin, grown leaf by leaf while the entries are read."""

    def __init__(self, log: Log, keys_at: Callable[[int], Sequence[Verifier]], report: Report) -> None:
        self.log = log
        self.keys_at = keys_at
        self.report = report
        self.edge = Frontier.load(0, [], log.hash)
        self.whole = True  # False after a gap: the tree cannot be recomputed any more
        self.tiles = self.checkpoints = 0
        self._tiles = log.tiles.removeprefix("ledger.")
        self._checkpoints = log.checkpoints.removeprefix("ledger.")
        self._waiting: list[tuple[int, bytes]] = []

    async def grow(self, leaf: bytes) -> None:
        """Add a leaf hash, and compare the tiles and the checkpoint of the new size."""
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
        """The stored leaf hash of entry `index`, if it lies in a full tile."""
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
            checkpoint = open_own(note, self.keys_at(size))
        except ValueError as error:
            self.report.add(self._checkpoints, size, f"note is not signed by the log: {error}")
            return
        if checkpoint.size != size:
            self.report.add(self._checkpoints, size, f"note is of size {checkpoint.size}")
        elif self.whole and checkpoint.root != self.edge.tree.root():
            self.report.add(self._checkpoints, size, "note signs another root than that of the entries")

    async def end(self, count: int, *, published: bool) -> None:
        """Report rows beyond `count` entries and, if these are `published`, a missing checkpoint over all of them."""
        conn, number = self.log.conn, self.log.log_id
        if not self.whole:
            # After a gap no root can be recomputed, but the signatures of the checkpoints can still be checked.
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
