"""Audits a whole log from its published files. It needs no database and no private key, and trusts no server.

    tile/entries/<n> ──▶ Chain      header lines, leaf hashes, tree          microseconds an entry
                    ╰──▶ Records    form, streams, signatures, key log       the check of a signature an entry
    tile/<L>/<n>     ──▶ compared with the tree that the entries give
    checkpoint       ──▶ its root is that of the tree, and every key that signs for the log signed it
    sm3/…            ──▶ the SM3 twin over the same entries, if the log has one

A fault is reported, and the audit goes on. If a leaf hash differs from the one in its tile, the next entry, which
names the true leaf hash, tells which of the two was changed.
"""

from __future__ import annotations

import asyncio
import base64
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from itertools import zip_longest
from typing import Any, Final

from ledger.chain import Broken, Chain, Records, time_of
from ledger.checkpoint import Checkpoint, parse
from ledger.entry import NO_HASH, Entry, parse_entry
from ledger.findings import Report
from ledger.keys import KeyLog
from ledger.merkle import consistency_path, leaf_hash, resolve, verify_consistency
from ledger.notes import Verifier, decode_batch, open_note
from ledger.tiles import WIDTH, FullTile, Tile, covering, node_in, path_of
from ledger.twin import SM3

Fetch = Callable[[str], Awaitable[bytes]]
"""Reads the file at a path under the log's prefix. Raises FileNotFoundError, or OSError if the server is silent."""

_Pair = tuple[bytes | None, bytes | None]

_AHEAD: Final = 4


class Audit:
    """One audit of one log. It may stop between two full bundles of entries and resume from its `state`."""

    def __init__(self, fetch: Fetch, keys: KeyLog) -> None:
        self.fetch = fetch
        self.chain = Chain()
        self.records = Records(keys)
        self.report = Report()
        self.twin: Chain | None = Chain(hash=SM3)  # None after an entry that differs from the hashed one
        self._twin_checkpoint: Checkpoint | None = None
        self._to_compare: list[tuple[str, Tile, bytes]] = []

    def state(self) -> dict[str, Any]:
        """The progress as JSON. Store it where the log's operator cannot write: a forged state falsifies the audit."""
        chain, ends = self.chain, self.records.ends
        return {
            "size": chain.size,
            "prev": _b64(chain.prev),
            "time": chain.time.decode(),
            "tails": _packed(chain),
            "twin": _packed(self.twin) if self.twin is not None else None,
            "about_keys": [_b64(raw) for raw in self.records.about_keys],
            "ends": {stream: [seq, _b64(end or b"")] for stream, (seq, end) in ends.items()},
        }

    def go_on_from(self, state: dict[str, Any]) -> None:
        """Resume from `state`. Raises ValueError if its entries about keys do not verify."""
        size, prev = state["size"], base64.b64decode(state["prev"])
        self.chain = Chain(_unpacked(state["tails"]), size=size, prev=prev)
        self.chain.time = state["time"].encode()
        self.twin = Chain(_unpacked(state["twin"]), size=size, hash=SM3) if state["twin"] else None
        for raw in map(base64.b64decode, state["about_keys"]):
            entry = parse_entry(raw)
            if faults := self.records.read(entry.index, entry):
                raise ValueError(f"the saved entry {entry.index} {faults[0]}")
        ends = {stream: (seq, base64.b64decode(end) or None) for stream, (seq, end) in state["ends"].items()}
        self.records.ends = ends

    async def run(
        self,
        note: bytes,
        twin: bytes | None = None,
        *,
        save: Callable[[], None],
        progress: Callable[[int, int], None],
    ) -> None:
        """Read on to the size of the checkpoint `note` and compare.

        `twin` is the checkpoint of the SM3 twin, fetched before `note`. `save` is called whenever the state is
        complete and may be stored.
        """
        checkpoint, _ = parse(note)
        try:
            self._twin_checkpoint = parse(twin)[0] if twin is not None else None
        except ValueError as error:
            self.report.add("twin_checkpoint", checkpoint.size, f"cannot be read: {error}")
        if self.chain.size > checkpoint.size:
            reason = f"names fewer entries than the {self.chain.size} read before"
            self.report.add("checkpoint", checkpoint.size, reason)
            return
        async for n, (bundle, tile) in self._bundles(checkpoint.size):
            width = min(WIDTH, checkpoint.size - n * WIDTH)
            self._expect("", self._read(n, bundle, tile, width))
            await self._compare()
            progress(self.chain.size, checkpoint.size)
            if self.chain.size % WIDTH == 0 and not self.report.findings:
                save()
        self._expect_open("", self.chain)
        await self._compare()
        if self.chain.root() != checkpoint.root:
            self.report.add("checkpoint", checkpoint.size, "signs another root than that of the entries")
        keys = self.records.keys
        self._check_signatures("checkpoint", checkpoint.size, note, keys.log_keys_at(checkpoint.size))
        if self._twin_checkpoint is None and keys.twin_keys_at(checkpoint.size):
            self.report.add(
                "twin_checkpoint", checkpoint.size, "is missing, although the log has keys for it"
            )
        if self._twin_checkpoint is not None and twin is not None:
            self._check_signatures(
                "twin_checkpoint",
                self._twin_checkpoint.size,
                twin,
                keys.twin_keys_at(self._twin_checkpoint.size),
            )

    def _check_signatures(self, table: str, size: int, note: bytes, keys: Sequence[Verifier]) -> None:
        self.report.checkpoints += 1
        for key in keys:
            try:
                open_note(note, [key])
            except ValueError:
                self.report.add(table, size, f"is not signed by the log key {key.key_id.hex()}")
        if not keys:
            self.report.add(table, size, "no key is known that signs for this log")

    def _read(self, n: int, bundle: bytes | None, tile: bytes | None, width: int) -> list[FullTile]:
        """Check one bundle: its entries against the chain, its leaf hashes against the tile, and its records."""
        entries = self._entries(n, bundle, width)
        hashes = [(tile or b"")[at : at + 32] for at in range(0, 32 * width, 32)]
        parsed = [self._parsed(index, raw) for index, raw in enumerate(entries, self.chain.size)]
        time = self.chain.time
        try:
            leaves = self.chain.leaves(entries)
        except Broken:
            leaves = []
        if leaves != hashes:
            self.chain.time = time
            leaves = self._settled(n, entries, parsed, hashes)
        for index, (raw, entry, leaf) in enumerate(
            zip(entries, parsed, leaves, strict=False), self.chain.size
        ):
            if entry is not None and leaf_hash(raw) != leaf:
                self.records.ends[entry.record.stream] = (entry.record.seq, None)
            elif entry is not None:
                for fault in self.records.read(index, entry):
                    self.report.add("entry", index, fault)
        self.report.entries += len(entries)
        if len(entries) != width or list(map(leaf_hash, entries)) != leaves:
            self.twin = None
        self._grow_twin([SM3.leaf(raw) for raw in entries])
        return self.chain.adopt(leaves)

    def _grow_twin(self, leaves: list[bytes]) -> None:
        """Add `leaves` to the twin; compare the twin with its checkpoint when it reaches that size."""
        checkpoint, twin = self._twin_checkpoint, self.twin
        if twin is None or checkpoint is None:
            if twin is not None:
                twin.adopt(leaves)
            return
        cut = max(0, min(len(leaves), checkpoint.size - twin.size))
        self._expect("sm3/", [*twin.adopt(leaves[:cut])], all_levels=True)
        if cut and twin.size == checkpoint.size:
            self._expect_open("sm3/", twin)
            if twin.root() != checkpoint.root:
                self.report.add(
                    "twin_checkpoint", checkpoint.size, "signs another root than that of the entries"
                )
        twin.adopt(leaves[cut:])

    def _expect(self, prefix: str, tiles: list[FullTile], *, all_levels: bool = False) -> None:
        """Compare `tiles` with the served ones later; level 0 of the log itself was compared with the entries."""
        for tile in tiles:
            if tile.level or all_levels:
                self._to_compare.append((prefix, Tile(tile.level, tile.n), tile.data))

    def _expect_open(self, prefix: str, chain: Chain) -> None:
        """Compare the partial tiles at the end of `chain` with the served ones later."""
        for level, tail in enumerate(chain.tails):
            if tail and (level or prefix):
                n = (chain.size >> 8 * level) // WIDTH
                self._to_compare.append((prefix, Tile(level, n, len(tail)), b"".join(tail)))

    def _entries(self, n: int, bundle: bytes | None, width: int) -> list[bytes]:
        entries: list[bytes] = []
        try:
            entries = decode_batch(bundle or b"")[:width]
        except ValueError as error:
            self.report.add("tile", path_of(Tile(None, n)), f"cannot be read: {error}")
        if bundle is not None and len(entries) != width:
            self.report.add(
                "tile", path_of(Tile(None, n)), f"holds {len(entries)} entries instead of {width}"
            )
        return entries

    def _parsed(self, index: int, raw: bytes) -> Entry | None:
        try:
            return parse_entry(raw)
        except ValueError as error:
            self.report.add("entry", index, f"cannot be read: {error}")
            return None

    def _settled(
        self, n: int, entries: list[bytes], parsed: list[Entry | None], hashes: list[bytes]
    ) -> list[bytes]:
        """The leaf hashes of a bundle whose entries, chain and tile disagree. Reports which of them is wrong."""
        leaves: list[bytes] = []
        for at, (raw, in_tile) in enumerate(zip_longest(entries, hashes)):
            index = self.chain.size + at
            computed = in_tile if raw is None else leaf_hash(raw)
            follower = parsed[at + 1] if at + 1 < len(parsed) else None
            if computed == in_tile or len(in_tile) != 32:
                leaf = computed or NO_HASH
            elif follower is not None and follower.prev == computed:
                leaf = computed
                self.report.add("tile", path_of(Tile(0, n)), f"does not hold the hash of entry {index}")
            else:
                leaf = in_tile
                self.report.add("entry", index, "is not what was hashed")
            entry = parsed[at] if at < len(parsed) else None
            if entry is not None and computed == leaf:
                self._check_follows(index, entry, leaves[-1] if leaves else self.chain.prev)
            leaves.append(leaf)
        return leaves

    def _check_follows(self, index: int, entry: Entry, prev: bytes) -> None:
        """Report what keeps `entry` from being entry `index` after the leaf hash `prev`."""
        time = time_of(entry.raw)
        if entry.index != index:
            self.report.add("entry", index, f"says it is entry {entry.index}")
        if entry.prev != prev:
            self.report.add("entry", index, "does not name the leaf hash of the entry before it")
        if time < self.chain.time:
            self.report.add("entry", index, "has a time before the entry before it")
        self.chain.time = max(time, self.chain.time)

    async def _bundles(self, size: int) -> AsyncIterator[tuple[int, _Pair]]:
        """The number, the entries and the hashes of each unread bundle. A few requests are open at any time."""
        ahead: deque[tuple[int, asyncio.Task[_Pair]]] = deque()
        try:
            for n in range(self.chain.size // WIDTH, -(-size // WIDTH)):
                ahead.append((n, asyncio.create_task(self._pair(n, min(WIDTH, size - n * WIDTH)))))
                if len(ahead) > _AHEAD:
                    first, task = ahead.popleft()
                    yield first, await task
            while ahead:
                first, task = ahead.popleft()
                yield first, await task
        finally:
            for _, task in ahead:
                task.cancel()

    async def _pair(self, n: int, width: int) -> _Pair:
        return await self._get(Tile(None, n, width)), await self._get(Tile(0, n, width))

    async def _get(self, tile: Tile, prefix: str = "") -> bytes | None:
        """The bytes of `tile`. A partial tile may be gone once the full one exists; then the full one's bytes."""
        for path in dict.fromkeys((path_of(tile), path_of(Tile(tile.level, tile.n)))):
            try:
                return await self.fetch(prefix + path)
            except FileNotFoundError:
                continue
        self._blame(tile, prefix, "is missing")
        return None

    async def _compare(self) -> None:
        while self._to_compare:
            prefix, tile, data = self._to_compare.pop(0)
            self.report.tiles += 1
            served = await self._get(tile, prefix)
            if served is not None and served[: len(data)] != data:
                self._blame(tile, prefix, "is not that of the entries")

    def _blame(self, tile: Tile, prefix: str, reason: str) -> None:
        self.report.add("twin_tile" if prefix else "tile", prefix + path_of(tile), reason)

    async def continues(self, old: Checkpoint, new: Checkpoint) -> None:
        """Report a finding unless the log of `new`, just read, begins with the log of the earlier checkpoint `old`."""
        if old.origin != new.origin or not old.size <= new.size:
            self.report.add(
                "checkpoint", old.size, f"was kept of {old.origin}, and the log at {new.size} lacks it"
            )
            return
        path = consistency_path(old.size, new.size) if old.size else []
        tiles = {}
        for tile in covering((node for nodes in path for node in nodes), new.size):
            tiles[tile.level or 0, tile.n] = await self._get(tile) or b""
        try:
            proof = resolve(path, lambda node: node_in(tiles, node))
            if old.size:
                verify_consistency(old.size, new.size, proof, old.root, new.root)
        except (ValueError, KeyError):
            self.report.add("checkpoint", old.size, "was kept, and this log is not its continuation")


async def open_log(fetch: Fetch, trusted: Verifier) -> tuple[KeyLog, bytes]:
    """The root keys that the genesis of a log names, and the log's checkpoint note.

    The reader trusts the key `trusted`: a root key, which must have signed the genesis, or a log key, which must have
    signed the checkpoint. Raises ValueError if it did not sign, OSError if the log cannot be read.
    """
    note = await fetch("checkpoint")
    checkpoint, _ = parse(note)
    try:
        bundle = await fetch(path_of(Tile(None, 0, min(WIDTH, checkpoint.size))))
    except FileNotFoundError:
        bundle = await fetch(path_of(Tile(None, 0)))
    genesis = parse_entry(decode_batch(bundle)[0]).record
    roots = tuple(map(Verifier.parse, genesis.body["data"].get("root_keys", ())))
    if trusted.name == checkpoint.origin:
        open_note(note, [trusted])
    elif trusted in roots:
        open_note(genesis.raw, [trusted])
    else:
        raise ValueError(f"the log {checkpoint.origin} is not one of the key {trusted.name}")
    return KeyLog(checkpoint.origin, roots), note


async def twin_checkpoint(fetch: Fetch) -> bytes | None:
    """The checkpoint note of the SM3 twin, None if there is none. Fetch it before the log's own, which grows."""
    try:
        return await fetch("sm3/checkpoint")
    except FileNotFoundError:
        return None


def _packed(chain: Chain) -> list[list[str]]:
    return [[_b64(part) for part in tail] for tail in chain.tails]


def _unpacked(tails: list[list[str]]) -> list[list[bytes]]:
    return [[base64.b64decode(part) for part in tail] for tail in tails]


def _b64(data: bytes) -> str:
    return base64.b64encode(data).decode()
