"""Tiles: the tree as static files of 256 hashes (c2sp.org/tlog-tiles).

    tile/<level>/<n>[.p/<width>]       width hashes of 32 bytes: nodes (8 * level, 256 n …)
    tile/entries/<n>[.p/<width>]       the entries themselves, each after its length as uint16

A full tile is stored when it is complete. Partial tiles are never stored but derived: at level 0 from the leaf hashes
of the last entries, at a higher level from the roots of the last full tiles below. A narrower partial tile is a prefix
of a wider one, so an old partial tile can be served for ever.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from ledger.merkle import SHA256, CompactRange, Hash, Node, subtree_root

WIDTH = 256
_NUMBER = re.compile(r"(?!x000/)(x[0-9]{3}/)*[0-9]{3}")
_LEVEL = re.compile(r"[0-9]|[1-5][0-9]|6[0-3]")
_PARTIAL = re.compile(r"[1-9][0-9]{0,2}")


@dataclass(frozen=True)
class Tile:
    """A tile's level (None for entries), its number, and how many hashes or entries it has (1 to 256)."""

    level: int | None
    n: int
    width: int = WIDTH


@dataclass(frozen=True)
class FullTile:
    """A stored tile: 8,192 bytes of hashes, and the root over them."""

    level: int
    n: int
    data: bytes
    root: bytes


def path_of(tile: Tile) -> str:
    """The path of `tile` under the log's prefix."""
    groups = [f"{tile.n % 1000:03}"]
    rest = tile.n // 1000
    while rest:
        groups.insert(0, f"x{rest % 1000:03}")
        rest //= 1000
    kind = "entries" if tile.level is None else str(tile.level)
    partial = "" if tile.width == WIDTH else f".p/{tile.width}"
    return f"tile/{kind}/{'/'.join(groups)}{partial}"


def parse_path(kind: str, rest: str) -> Tile:
    """The tile at `tile/<kind>/<rest>`. Raises ValueError for a path that `path_of` does not write."""
    number, dot, width = rest.partition(".p/")
    named = _NUMBER.fullmatch(number) and (kind == "entries" or _LEVEL.fullmatch(kind))
    if not named or (dot and (not _PARTIAL.fullmatch(width) or int(width) >= WIDTH)):
        raise ValueError("there is no such tile")
    n = int(number.replace("/", "").replace("x", ""))
    return Tile(None if kind == "entries" else int(kind), n, int(width) if dot else WIDTH)


def exists(tile: Tile, size: int) -> bool:
    """Whether a log of `size` entries has published `tile`."""
    nodes = size >> 8 * (tile.level or 0)
    return tile.n * WIDTH + tile.width <= nodes


def covering(nodes: Iterable[Node], size: int) -> set[Tile]:
    """The tiles from which `nodes` can be computed, each as wide as a log of `size` entries has it."""
    tiles = set()
    for level, index in nodes:
        row, height = divmod(level, 8)
        n = (index << height) // WIDTH
        tiles.add(Tile(row, n, min(WIDTH, (size >> 8 * row) - n * WIDTH)))
    return tiles


def node_in(tiles: Mapping[tuple[int, int], bytes], node: Node, hash: Hash = SHA256) -> bytes:
    """The hash of `node`, computed from `tiles`: (level, n) to data. Raises KeyError if its tile is not there."""
    row, height = divmod(node[0], 8)
    first = node[1] << height
    data = tiles[row, first // WIDTH]
    at, end = first % WIDTH * 32, (first % WIDTH + (1 << height)) * 32
    if end > len(data):
        raise KeyError(node)
    return _root_high(data[at:end], hash) if row else _root(data[at:end], hash)


def _root(hashes: bytes, hash: Hash) -> bytes:
    return subtree_root([hashes[i : i + 32] for i in range(0, len(hashes), 32)], hash)


# There are few tiles above level 0, and nearly every proof needs the same nodes of them: cache those.
_root_high = lru_cache(maxsize=4_096)(_root)


class Frontier:
    """The growing edge of a log: its compact range, and the hashes of each level's open tile."""

    def __init__(self, tree: CompactRange, tails: list[list[bytes]]) -> None:
        self.tree = tree
        self._tails = tails or [[]]

    @classmethod
    def load(cls, size: int, tails: list[list[bytes]], hash: Hash = SHA256) -> Frontier:
        """The edge of a log of `size`, from each level's open tile, level 0 first.

        Raises ValueError if the tails do not have the widths that `size` gives.
        """
        peaks: list[bytes] = []
        for level in range(len(tails) - 1, -1, -1):
            tail = tails[level]
            if len(tail) != (size >> 8 * level) % WIDTH:
                raise ValueError(f"the open tile of level {level} has {len(tail)} hashes")
            at = 0
            for bit in range(7, -1, -1):
                if len(tail) >> bit & 1:
                    peaks.append(subtree_root(tail[at : at + (1 << bit)], hash))
                    at += 1 << bit
        return cls(CompactRange(size, peaks, hash=hash), [list(tail) for tail in tails])

    def copy(self) -> Frontier:
        return Frontier(self.tree.copy(), [list(tail) for tail in self._tails])

    def append(self, leaf: bytes) -> list[FullTile]:
        """Add one leaf hash and return the tiles that it completes, lowest level first."""
        self._tails[0].append(leaf)
        completed = self.tree.append(leaf)
        if not completed:
            return []
        full = []
        for level, root in completed:
            row = level // 8 - 1
            data, self._tails[row] = b"".join(self._tails[row]), []
            full.append(FullTile(row, (self.tree.size >> level) - 1, data, root))
            self._tail(row + 1).append(root)
        return full

    def _tail(self, level: int) -> list[bytes]:
        if level == len(self._tails):
            self._tails.append([])
        return self._tails[level]
