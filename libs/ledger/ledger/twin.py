"""The SM3 twin of a log: a second tree over the same entry bytes, for whoever must not rest on SHA-256.

    origin       <origin>/sm3, as its keys are named
    leaf, node   SM3(0x00 || entry), SM3(0x01 || left || right)      GB/T 32905
    tables       ledger.twin_tile, ledger.twin_checkpoint            entries are shared

It is committed with the batch, all or nothing. It exists where the key log names keys of it. When the profile
lets it rest it stays as it is, and is caught up at a later start: whatever was published stands.
Leaf hashes of the open tile are computed from the entries.
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
    # Copied for each hash: that costs half of a new one, for which hashlib looks the algorithm up by name.
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
    """The twin's edge, and the full tiles that lie before it and are not stored yet."""

    edge: Frontier
    tiles: list[FullTile] = field(default_factory=list)

    def grow(self, entries: list[bytes]) -> None:
        append, leaf = self.edge.append, SM3.leaf
        for entry in entries:
            self.tiles += append(leaf(entry))

    def next(self) -> Growth:
        """Where the next batch goes on, with nothing to store."""
        return Growth(self.edge.copy())

    def columns(self) -> list[list[object]]:
        """The arrays that `commit_batch` and `catch_up_twin` take."""
        return [[getattr(tile, name) for tile in self.tiles] for name in ("level", "n", "data", "root")]
