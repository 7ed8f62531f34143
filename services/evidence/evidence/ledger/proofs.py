"""Inclusion and consistency proofs, computed from the tiles in the database; and the tile that a path names."""

from __future__ import annotations

from collections.abc import Iterable

from common.values.errors import Kind, Refusal
from evidence.ledger.log import Log
from ledger.merkle import Node, consistency_path, inclusion_path, resolve
from ledger.tiles import Tile, node_in, parse_path


async def inclusion(log: Log, index: int, size: int) -> list[bytes]:
    """The hashes that prove entry `index` in the tree of `size`. Raises ValueError unless index < size."""
    path = inclusion_path(index, size)
    return await _resolved(log, path, size)


async def inclusions(log: Log, indexes: Iterable[int], size: int) -> dict[int, list[bytes]]:
    """The same for many entries; reads each tile once."""
    paths = {index: inclusion_path(index, size) for index in indexes}
    hashes = iter(await _resolved(log, [nodes for path in paths.values() for nodes in path], size))
    return {index: [next(hashes) for _ in path] for index, path in paths.items()}


async def consistency(log: Log, old: int, new: int) -> list[bytes]:
    """The hashes that prove that the tree of `old` is a prefix of that of `new`; the empty tree needs none.

    Raises ValueError unless old <= new.
    """
    path = consistency_path(old, new) if old else []
    return await _resolved(log, path, new)


async def _resolved(log: Log, path: list[list[Node]], size: int) -> list[bytes]:
    tiles = await log.tiles_over((node for nodes in path for node in nodes), size)
    return resolve(path, lambda node: node_in(tiles, node, log.hash), log.hash)


def tile_at(kind: str, rest: str) -> Tile:
    """The tile at this path. Refusal NOT_FOUND for a path that the log never writes."""
    try:
        return parse_path(kind, rest)
    except ValueError:
        raise no_tile() from None


def no_tile() -> Refusal:
    """The refusal for a tile that the log does not have, or not yet."""
    return Refusal(Kind.NOT_FOUND, "NOT_FOUND", wording="tile")
