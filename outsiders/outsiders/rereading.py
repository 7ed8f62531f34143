"""The monitor's second reading: every published file again and again, compared with what was read the first time.

    round ──▶ each bundle of entries with its hash tiles, each higher tile ──▶ in an order of our own ──▶ next round
                 │ differs, twice                     │ not there in two rounds running
                 ╰────────────── Misbehaved: the log changed what it had published ─────────────╯

A file that is changed and stays changed is found within one round. A round takes ROUND_S if the log is small enough for
it, and otherwise as long as FILES_PER_S allows. The order is drawn by this process and stays, so that nobody can know
when a file is read next, and the time between two readings of one file is one round.

    files of a log of N entries     3 N / 256 with an SM3 twin, else 2 N / 256, and a 256th part more for higher tiles
    every file within ten minutes   up to 320,000 entries (480,000 without a twin), in proportion to FILES_PER_S
    every file within a day         up to 58 million entries (88 million without a twin)
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from hashlib import blake2b
from time import monotonic
from typing import Final

import httpx

from ledger.clock import Clock
from ledger.merkle import SHA256, Hash, leaf_hash, subtree_root
from ledger.notes import decode_batch
from ledger.tiles import WIDTH, Tile, path_of
from ledger.twin import SM3
from outsiders.notebook import Notebook

log = logging.getLogger(__name__)

ROUND_S: Final = 480.0
"""How long a round takes at least. The time for slow answers is taken from it, so that it stays below ten minutes."""

FILES_PER_S: Final = 8.0
"""The most files that are fetched a second: the gateway answers an address 600 times a minute (OPERATIONS.md)."""

MOST_UNREADABLE: Final = 20
"""After so many files that cannot be read nobody needs the rest of the round."""

Fetch = Callable[[str], Awaitable[bytes]]
Sleep = Callable[[float], Awaitable[None]]


class Misbehaved(Exception):
    """The log signed, or serves under its signature, something that contradicts what was read before."""


@dataclass(frozen=True)
class Round:
    """A finished round over the log of `size` entries. `unreadable` are the paths of files that could not be read."""

    began: datetime
    ended: datetime
    size: int
    files: int
    unreadable: tuple[str, ...]


@dataclass(frozen=True)
class _Edge:
    """The log as it was when the round began: its size, the hashes of the open tile, whether it has a twin."""

    size: int
    open: tuple[bytes, ...]
    twin: bool

    def tiles(self) -> list[Tile]:
        """Every hash tile, as wide as it is. A tile of level 0 stands for the bundle of its entries too."""
        tiles, level = [], 0
        while nodes := self.size >> 8 * level:
            count = -(-nodes // WIDTH)
            tiles += [Tile(level, n, min(WIDTH, nodes - n * WIDTH)) for n in range(count)]
            level += 1
        return tiles

    def files_of(self, tile: Tile) -> int:
        return (2 if tile.level == 0 else 1) + self.twin


@dataclass
class Rereading:
    """Rounds over the log of `notebook`. `lock` is held by the first reading while it changes the notebook."""

    notebook: Notebook
    fetch: Fetch
    lock: asyncio.Lock
    clock: Clock
    sleep: Sleep = asyncio.sleep
    timer: Callable[[], float] = monotonic
    files_per_s: float = FILES_PER_S
    last: Round | None = None
    _key: bytes = field(default_factory=partial(secrets.token_bytes, 16))

    async def round(self) -> Round:
        """Read every file once. Raises Misbehaved for a changed file, OSError or HTTPError if the log is away."""
        began = self.clock()
        async with self.lock:
            edge = self._edge()
        tiles = sorted(edge.tiles(), key=self._place)
        files = sum(map(edge.files_of, tiles))
        # By the clock and not by pauses in between: slow answers must not make the round longer.
        due, step = self.timer(), seconds_a_file(files, self.files_per_s)
        missing: list[str] = []
        for tile in tiles:
            missing += await self._unreadable(tile, edge)
            if len(missing) > MOST_UNREADABLE:
                raise OSError(f"{len(missing)} files of the log cannot be read")
            due += step * edge.files_of(tile)
            await self.sleep(max(0.0, due - self.timer()))
        gone = sorted(set(missing) & set(self.last.unreadable if self.last else ()))
        if gone:
            raise Misbehaved(f"it no longer serves {gone[0]}, which was read before")
        self.last = Round(began, self.clock(), edge.size, files, tuple(sorted(missing)))
        return self.last

    def _edge(self) -> _Edge:
        book = self.notebook
        has_twin = bool(book.records.keys.twin_keys_at(book.chain.size))
        return _Edge(book.chain.size, tuple(book.chain.tails[0]), has_twin)

    def _place(self, tile: Tile) -> bytes:
        """Where `tile` stands in the order of this process, whatever its width is by now."""
        return blake2b(f"{tile.level} {tile.n}".encode(), key=self._key, digest_size=8).digest()

    async def _unreadable(self, tile: Tile, edge: _Edge) -> list[str]:
        """Compare the files of `tile`; the paths that could not be read. Raises Misbehaved if one differs twice."""
        for attempt in (1, 2):
            try:
                await (self._bundle(tile, edge) if tile.level == 0 else self._higher(tile, edge))
                return []
            except Misbehaved:
                # Once more: bytes garbled by a proxy must not raise an alarm.
                if attempt == 2:
                    raise
            except _Unreadable as error:
                if attempt == 2:
                    # If the log answers nothing at all, no file is missing: then this raises, and ends the round.
                    await self.fetch("checkpoint")
                    log.warning("couldn't read %s again: %s", error.path, error.__cause__)
                    return [error.path]
        return []

    async def _bundle(self, tile: Tile, edge: _Edge) -> None:
        """Compare the entries, their hashes, and the hashes of the twin."""
        first, path = tile.n * WIDTH, path_of(Tile(None, tile.n, tile.width))
        try:
            entries = decode_batch(await self._get(Tile(None, tile.n, tile.width)))[: tile.width]
        except ValueError:
            raise Misbehaved(f"{path} is no longer a bundle of entries") from None
        served = await self._get(tile)
        leaves = list(map(leaf_hash, entries))
        if not self._is_known(tile, edge, leaves):
            hashes = [served[at : at + 32] for at in range(0, 32 * tile.width, 32)]
            wrong = next(
                (i for i, pair in enumerate(zip(leaves, hashes, strict=False)) if pair[0] != pair[1]), None
            )
            if wrong is not None and self._is_known(tile, edge, hashes):
                raise Misbehaved(f"entry {first + wrong} in {path} is not what was read before")
            raise Misbehaved(f"the entries in {path} are not what was read before")
        _require_same(path_of(tile), served, leaves)
        if edge.twin:
            twins = list(map(SM3.leaf, entries))
            _require_same(f"sm3/{path_of(tile)}", await self._get(tile, "sm3/"), twins)
            if tile.width == WIDTH:
                async with self.lock:
                    self.notebook.learn_twin(tile.n, subtree_root(twins, SM3))

    def _is_known(self, tile: Tile, edge: _Edge, leaves: list[bytes]) -> bool:
        """Whether these are the leaf hashes that were read first. Only their root is stored for a full bundle."""
        if tile.width < WIDTH:
            return leaves == list(edge.open)
        return len(leaves) == WIDTH and subtree_root(leaves) == self.notebook.bundle_root(tile.n)

    async def _higher(self, tile: Tile, edge: _Edge) -> None:
        for prefix, hash in (("", SHA256), ("sm3/", SM3))[: 1 + edge.twin]:
            async with self.lock:
                hashes = await asyncio.to_thread(self._roots, tile, hash)
            if hashes is not None:
                _require_same(prefix + path_of(tile), await self._get(tile, prefix), hashes)

    def _roots(self, tile: Tile, hash: Hash) -> list[bytes] | None:
        """The hashes of a tile above level 0; None while the first round has not met all of its twin's bundles."""
        assert tile.level
        reach = 256 ** (tile.level - 1)
        first = tile.n * WIDTH * reach
        roots = self.notebook.bundle_roots(first, tile.width * reach, twin=hash is SM3)
        if None in roots or len(roots) != tile.width * reach:
            return None
        known = [root for root in roots if root is not None]
        while len(known) > tile.width:
            known = [subtree_root(known[at : at + WIDTH], hash) for at in range(0, len(known), WIDTH)]
        return known

    async def _get(self, tile: Tile, prefix: str = "") -> bytes:
        """The bytes of `tile`. A partial file may be gone once the full one exists; then the full one's bytes."""
        paths = list(dict.fromkeys((path_of(tile), path_of(Tile(tile.level, tile.n)))))
        for path in paths:
            try:
                return await self.fetch(prefix + path)
            except FileNotFoundError as error:
                if path == paths[-1]:
                    raise _Unreadable(prefix + paths[0]) from error
            except (OSError, httpx.HTTPError) as error:
                raise _Unreadable(prefix + path) from error
        raise AssertionError("a tile has a path")


class _Unreadable(Exception):
    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.path = path


def _require_same(path: str, served: bytes, hashes: list[bytes]) -> None:
    expected = b"".join(hashes)
    if served[: len(expected)] != expected:
        raise Misbehaved(f"{path} is not what was read before")


def seconds_a_file(files: int, files_per_s: float = FILES_PER_S) -> float:
    """The time for each file of a round of so many: as long as ROUND_S allows, but at least 1 / `files_per_s`."""
    return max(ROUND_S / max(1, files), 1 / files_per_s)
