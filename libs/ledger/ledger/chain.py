"""What a reader knows of a log that it reads from the beginning: the chain and the tree, keys and stream ends.

    bundle of entries ──▶ Chain      header lines, leaf hashes, tree          microseconds an entry
                     ╰──▶ Records    streams, signatures, key log             the check of a signature an entry

Neither class reads files. Calling `Chain.extend` bundle by bundle audits the chain and the tree completely.
"""

from __future__ import annotations

from binascii import b2a_base64
from collections.abc import Sequence
from hashlib import sha256
from typing import Final

from ledger.entry import NO_HASH, Entry
from ledger.keys import KeyLog
from ledger.merkle import SHA256, Hash, subtree_root
from ledger.tiles import WIDTH, Frontier, FullTile

_TIME: Final = 27
_BLANK: Final = ord(" ")


class Broken(ValueError):
    """Entry `index` does not continue the log."""

    def __init__(self, index: int, reason: str) -> None:
        super().__init__(reason)
        self.index = index


class Chain:
    """The end of the log as read so far, and the hashes of each level's open tile.

    A twin uses another `hash` and receives leaf hashes only.
    """

    def __init__(
        self,
        tails: Sequence[Sequence[bytes]] = (),
        *,
        size: int = 0,
        prev: bytes = NO_HASH,
        hash: Hash = SHA256,
    ) -> None:
        self.hash = hash
        self.size = size
        self.prev = prev
        self.time = b""
        self.tails = [list(tail) for tail in tails] or [[]]

    def leaves(self, entries: Sequence[bytes]) -> list[bytes]:
        """The leaf hashes of the next `entries`, for `adopt`. Raises Broken at the first that does not follow."""
        leaves, prev, last = [], self.prev, self.time
        for index, raw in enumerate(entries, self.size):
            start = b"ledger-entry/v1 %d " % index
            at = len(start) + _TIME
            named = raw.startswith(b2a_base64(prev), at + 1) and raw[at] == _BLANK
            if not named or not raw.startswith(start):
                raise Broken(index, "does not say its index and the leaf hash of the entry before it")
            time = raw[at - _TIME : at]
            if time < last:
                raise Broken(index, "has a time before the entry before it")
            last, prev = time, sha256(b"\x00" + raw).digest()
            leaves.append(prev)
        self.time = last
        return leaves

    def extend(self, entries: Sequence[bytes]) -> list[FullTile]:
        """Add `entries` and return the tiles they complete. Raises Broken, and adds none, if one does not follow."""
        return self.adopt(self.leaves(entries))

    def adopt(self, leaves: Sequence[bytes]) -> list[FullTile]:
        """Add leaf hashes to the tree and return the tiles they complete."""
        completed, at = [], 0
        while at < len(leaves):
            part = leaves[at : at + WIDTH - len(self.tails[0])]
            self.tails[0] += part
            self.size += len(part)
            at += len(part)
            completed += self._full()
        self.prev = leaves[-1] if leaves else self.prev
        return completed

    def _full(self) -> list[FullTile]:
        completed: list[FullTile] = []
        for level, tail in enumerate(self.tails):
            if len(tail) < WIDTH:
                break
            root = subtree_root(tail, self.hash)
            completed.append(FullTile(level, (self.size >> 8 * level + 8) - 1, b"".join(tail), root))
            self.tails[level] = []
            if level + 1 == len(self.tails):
                self.tails.append([])
            self.tails[level + 1].append(root)
        return completed

    def root(self) -> bytes:
        return Frontier.load(self.size, self.tails, self.hash).tree.root()


class Records:
    """The keys and the end of each stream, from the records read so far.

    After an invalid record the hash of the end is None, so that its successor is not reported as well.
    """

    def __init__(self, keys: KeyLog, ends: dict[str, tuple[int, bytes | None]] | None = None) -> None:
        self.keys = keys
        self.ends = ends if ends is not None else {}
        self.about_keys: list[bytes] = []

    def read(self, index: int, entry: Entry) -> list[str]:
        """The faults of the record in entry `index`; none for a valid record."""
        record = entry.record
        faults = []
        seq, prev = self.ends.get(record.stream, (-1, NO_HASH))
        if record.seq != seq + 1 and prev is not None:
            faults.append(f"is seq {record.seq} of its stream, after seq {seq}")
        elif prev not in (None, record.prev):
            faults.append("does not name the record before it in its stream")
        try:
            if not all(verifier.verifies(record.note.text, s) for verifier, s in self.keys.signers(record)):
                raise ValueError("a signature does not fit")
            if record.about_keys:
                self.keys.apply(index, record)
                self.about_keys.append(entry.raw)
        except ValueError as error:
            faults.append(f"is not signed as it must be: {error}")
        self.ends[record.stream] = (record.seq, None if faults else record.hash)
        return faults


def time_of(raw: bytes) -> bytes:
    """The time in the header of `raw`, an entry of checked form. The bytes sort by time."""
    return raw.split(b" ", 3)[2]
