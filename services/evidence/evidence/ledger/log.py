"""Reads of the ledger's tables. With the sequencer, the only SQL of the ledger.

`conn` is an asyncpg connection that may read the schema `ledger`. Everything that a query returns was committed, so it
is durable and may be shown to anyone.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, cast
from uuid import UUID

import asyncpg
from sqlalchemy.ext.asyncio import AsyncConnection

from common.values.errors import Kind, Refusal
from evidence.ledger.batch import Receipt
from ledger.merkle import SHA256, Hash, Node
from ledger.tiles import WIDTH, Tile, covering
from ledger.twin import SM3

_CHUNK = 1_000


@dataclass(frozen=True)
class Head:
    """The end of a log: number of entries, last leaf hash, last time in microseconds since 1970."""

    log_id: int
    origin: str
    size: int
    prev: bytes
    last_us: int


@dataclass(frozen=True)
class Row:
    """One row of `ledger.entry`, unverified."""

    index: int
    record_id: UUID
    leaf_hash: bytes
    stream: str
    seq: int
    entry: bytes

    @property
    def note(self) -> bytes:
        """The record note: the bytes after the header line."""
        return self.entry[self.entry.index(b"\n") + 1 :]


class Log:
    """One log, read through `conn`."""

    hash: ClassVar[Hash] = SHA256
    tiles: ClassVar[str] = "ledger.tile"
    checkpoints: ClassVar[str] = "ledger.checkpoint"

    def __init__(self, conn: asyncpg.Connection[Any], log_id: int) -> None:
        self.conn = conn
        self.log_id = log_id

    @classmethod
    async def newest(cls, conn: asyncpg.Connection[Any]) -> Log | None:
        """The newest log, the only one that grows; None before the first genesis."""
        log_id = await conn.fetchval("SELECT max(log_id) FROM ledger.log")
        return None if log_id is None else cls(conn, log_id)

    @classmethod
    async def within(cls, conn: AsyncConnection) -> Log:
        """The growing log, read in the transaction of `conn`. Raises Refusal NOT_FOUND before the first genesis."""
        raw = (await conn.get_raw_connection()).driver_connection
        log = await cls.newest(cast("asyncpg.Connection[Any]", raw))
        if log is None:
            raise Refusal(Kind.NOT_FOUND, "NOT_FOUND", wording="empty")
        return log

    async def head(self) -> Head:
        row = await self.conn.fetchrow(
            "SELECT log_id, origin, size, prev, last_us FROM ledger.log WHERE log_id = $1", self.log_id
        )
        if row is None:
            raise RuntimeError(f"couldn't read the head of log {self.log_id}: there is none")
        return Head(*row)

    async def size(self) -> int:
        """The number of published entries."""
        return (await self.head()).size

    async def checkpoint(self, size: int | None = None) -> tuple[int, bytes] | None:
        """Size and note of the checkpoint of exactly `size`, or of the newest; None if there is none."""
        query = f"SELECT size, note FROM {self.checkpoints} WHERE log_id = $1 AND ($2::bigint IS NULL OR size = $2)"
        row = await self.conn.fetchrow(query + " ORDER BY size DESC LIMIT 1", self.log_id, size)
        return None if row is None else (row["size"], row["note"])

    async def checkpoint_over(self, index: int) -> tuple[int, bytes]:
        """Size and note of the first checkpoint that names entry `index`."""
        row = await self.conn.fetchrow(
            f"SELECT size, note FROM {self.checkpoints} WHERE log_id = $1 AND size > $2 ORDER BY size LIMIT 1",
            self.log_id,
            index,
        )
        if row is None:
            raise RuntimeError(f"couldn't find a checkpoint over entry {index}: the ledger is damaged")
        return row["size"], row["note"]

    async def cosigned_sizes(self, count: int) -> list[int]:
        """The sizes of up to `count` checkpoints that a witness cosigned, largest first."""
        query = "SELECT DISTINCT size FROM ledger.cosignature WHERE log_id = $1 ORDER BY size DESC LIMIT $2"
        return [row["size"] for row in await self.conn.fetch(query, self.log_id, count)]

    async def cosignatures(self, size: int, count: int) -> list[str]:
        """Up to `count` cosignature lines on the checkpoint of `size`, newest first by the time in the line."""
        query = (
            "SELECT line FROM ledger.cosignature WHERE log_id = $1 AND size = $2 ORDER BY"
            " substr(decode(rtrim(split_part(line, ' ', 3), E'\\n'), 'base64'), 5, 8) DESC LIMIT $3"
        )
        return [row["line"] for row in await self.conn.fetch(query, self.log_id, size, count)]

    async def entries(self, first: int, count: int) -> list[Row]:
        """Up to `count` entries from index `first`."""
        return await self._rows("idx >= $2 AND idx < $3 ORDER BY idx", first, first + count)

    async def every_entry(self) -> AsyncIterator[Row]:
        """All entries in order, read in steps so that memory stays small."""
        last = -(2**63)
        while rows := await self._rows("idx > $2 ORDER BY idx LIMIT $3", last, _CHUNK):
            for row in rows:
                yield row
            last = rows[-1].index

    async def by_record(self, ids: Sequence[UUID]) -> dict[UUID, Row]:
        rows = await self._rows("record_id = ANY($2::uuid[])", ids)
        return {row.record_id: row for row in rows}

    async def stream(self, stream: str, after: int, count: int) -> list[Row]:
        """Up to `count` records of `stream` whose seq is greater than `after`."""
        return await self._rows("stream = $2 AND seq > $3 ORDER BY seq LIMIT $4", stream, after, count)

    async def about_keys(self) -> list[Row]:
        """The entries of the streams `log` and `keys/…`, in order. They form the key log."""
        return await self._rows("(stream = 'log' OR stream >= 'keys/' AND stream < 'keys0') ORDER BY idx")

    async def stream_ends(self, streams: Sequence[str]) -> list[Row]:
        """The last record of each of `streams`, in one query. A stream without a record has no row."""
        query = (
            "SELECT e.* FROM unnest($2::text[]) AS s (name) CROSS JOIN LATERAL ("
            " SELECT idx, record_id, leaf_hash, stream, seq, entry FROM ledger.entry"
            " WHERE log_id = $1 AND stream = s.name ORDER BY seq DESC LIMIT 1) AS e"
        )
        return [Row(*row) for row in await self.conn.fetch(query, self.log_id, streams)]

    async def tile(self, tile: Tile) -> bytes:
        """The bytes of `tile`; the caller has checked that it exists. Raises RuntimeError if rows are missing."""
        if tile.level is None:
            raise ValueError("entries are no hashes")
        first, end = tile.n * WIDTH, tile.n * WIDTH + tile.width
        if tile.width == WIDTH:
            query = f"SELECT data FROM {self.tiles} WHERE log_id = $1 AND level = $2 AND n = $3"
            hashes = [row[0] for row in await self.conn.fetch(query, self.log_id, tile.level, tile.n)]
        elif tile.level == 0:
            hashes = await self._leaves(first, end)
        else:
            query = f"SELECT root FROM {self.tiles} WHERE log_id = $1 AND n >= $2 AND n < $3 AND level = $4 ORDER BY n"
            rows = await self.conn.fetch(query, self.log_id, first, end, tile.level - 1)
            hashes = [row[0] for row in rows]
        data = b"".join(hashes)
        if len(data) != 32 * tile.width:
            raise RuntimeError(f"couldn't read tile {tile}: rows are missing, the ledger is damaged")
        return data

    async def _leaves(self, first: int, end: int) -> list[bytes]:
        query = "SELECT leaf_hash FROM ledger.entry WHERE log_id = $1 AND idx >= $2 AND idx < $3 ORDER BY idx"
        return [row[0] for row in await self.conn.fetch(query, self.log_id, first, end)]

    async def tiles_over(self, nodes: Iterable[Node], size: int) -> dict[tuple[int, int], bytes]:
        """The tiles, by (level, n), from which `nodes` of a log of `size` can be computed.

        Takes one query, and one more for leaves that are in no full tile yet, however high the tree is.
        Raises RuntimeError if rows are missing.
        """
        wanted = {(tile.level or 0, tile.n): tile.width for tile in covering(nodes, size)}
        full = [at for at, width in wanted.items() if width == WIDTH]
        opened = [at for at, width in wanted.items() if width < WIDTH and at[0]]
        # Subqueries keep the planner from reading every tile, whatever its statistics say.
        query = (
            f"SELECT level, n, (SELECT data FROM {self.tiles} t WHERE log_id = $1 AND t.level = f.level AND t.n = f.n)"
            f" FROM unnest($2::int[], $3::bigint[]) AS f (level, n) UNION ALL SELECT level, n,"
            f" (SELECT string_agg(root, '' ORDER BY t.n) FROM {self.tiles} t WHERE log_id = $1"
            f" AND t.level = o.level - 1 AND t.n >= {WIDTH} * o.n AND t.n < {WIDTH} * o.n + {WIDTH})"
            f" FROM unnest($4::int[], $5::bigint[]) AS o (level, n)"
        )
        args = [[at[part] for at in places] for places in (full, opened) for part in (0, 1)]
        rows = await self.conn.fetch(query, self.log_id, *args) if full or opened else []
        tiles = {(level, n): (data or b"")[: 32 * wanted[level, n]] for level, n, data in rows}
        for level, n in wanted.keys() - {*full, *opened}:
            tiles[level, n] = await self.tile(Tile(level, n, wanted[level, n]))
        if short := [at for at, width in wanted.items() if len(tiles.get(at, b"")) != 32 * width]:
            raise RuntimeError(f"couldn't read tile {short[0]}: rows are missing, the ledger is damaged")
        return tiles

    async def open_tiles(self, size: int) -> list[list[bytes]]:
        """The hashes of each level's open tile, level 0 first: the edge at which the tree grows."""
        tails, level = [], 0
        while size >> 8 * level:
            count = size >> 8 * level
            width = count % WIDTH
            data = await self.tile(Tile(level, count // WIDTH, width)) if width else b""
            tails.append([data[i : i + 32] for i in range(0, len(data), 32)])
            level += 1
        return tails

    async def _rows(self, where: str, *args: Any) -> list[Row]:
        query = f"SELECT idx, record_id, leaf_hash, stream, seq, entry FROM ledger.entry WHERE log_id = $1 AND {where}"
        return [Row(*row) for row in await self.conn.fetch(query, self.log_id, *args)]


class Twin(Log):
    """The SM3 twin of one log: the same queries, on its own tiles and checkpoints."""

    hash = SM3
    tiles = "ledger.twin_tile"
    checkpoints = "ledger.twin_checkpoint"

    async def size(self) -> int:
        """The size of its newest checkpoint; 0 for a log without a twin."""
        newest = await self.checkpoint()
        return 0 if newest is None else newest[0]

    async def _leaves(self, first: int, end: int) -> list[bytes]:
        return [SM3.leaf(row.entry) for row in await self.entries(first, end - first)]


async def receipt_of(log: Log, row: Row) -> Receipt:
    """The receipt of the entry in `row`."""
    size, note = await log.checkpoint_over(row.index)
    return Receipt(str(row.record_id), row.index, row.leaf_hash, row.entry, size, note)
