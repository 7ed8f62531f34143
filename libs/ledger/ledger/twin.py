"""The SM3 twin of a log: a second tree over the same entry bytes, for readers who may not rely on SHA-256.

    origin       <origin>/sm3, as its keys are named
    leaf, node   SM3(0x00 || entry), SM3(0x01 || left || right)      GB/T 32905
    tables       ledger.twin_tile, ledger.twin_checkpoint            entries are shared

A log has a twin if the key log names keys for it. The twin is committed in the transaction of the batch. If the
profile switches it off, it stays at its size, and a later start adds the missing entries. Published checkpoints never
change. The leaf hashes of the twin's open tile are computed from the entries.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final

from ledger.merkle import Hash
from ledger.tiles import Frontier, FullTile


def twin_origin(origin: str) -> str:
    """The origin of the twin of the log `origin`."""
    return f"{origin}/sm3"


class Sm3Unavailable(RuntimeError):
    """This Python's OpenSSL has no SM3: the suite sm3-sm2 cannot be used here."""


@cache
def _begun(prefix: bytes) -> Any:
    # Each hash copies this one. That costs half of hashlib.new, which looks the algorithm up by name.
    try:
        return hashlib.new("sm3", prefix)
    except ValueError as error:
        raise Sm3Unavailable("couldn't use SM3: this Python's OpenSSL was built without it") from error


def _leaf(entry: bytes) -> bytes:
    running = _begun(b"\x00").copy()
    running.update(entry)
    digest: bytes = running.digest()
    return digest


def _node(left: bytes, right: bytes) -> bytes:
    running = _begun(b"\x01").copy()
    running.update(left + right)
    digest: bytes = running.digest()
    return digest


_OF_NOTHING: Final = bytes.fromhex("1ab21d8355cfa17f8e61194831e81a8f22bec8c728fefb747ed035eb5082aa2b")
SM3: Final = Hash(_leaf, _node, _OF_NOTHING)


@dataclass
class Growth:
    """The edge of the twin, and its full tiles that are not stored yet."""

    edge: Frontier
    tiles: list[FullTile] = field(default_factory=list)

    def grow(self, entries: list[bytes]) -> None:
        append, leaf = self.edge.append, SM3.leaf
        for entry in entries:
            self.tiles += append(leaf(entry))

    def next(self) -> Growth:
        """The growth with which the next batch begins: the same edge, and no tiles to store."""
        return Growth(self.edge.copy())

    def columns(self) -> list[list[object]]:
        """The arrays that `commit_batch` and `catch_up_twin` take."""
        return [[getattr(tile, name) for tile in self.tiles] for name in ("level", "n", "data", "root")]
