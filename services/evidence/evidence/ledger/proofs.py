"""Proofs as they leave the house: what shows anyone, without us, that an entry lies in the log.

c2sp.org/tlog-proof@v1\\n
index <index>\\n
<base64 hash>\\n …                 the inclusion path, leaf level first
\\n
<checkpoint note>
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence

from evidence.ledger.merkle import Node, consistency_path, inclusion_path, resolve
from evidence.ledger.reader import Log
from evidence.ledger.tiles import node_in


def tlog_proof(index: int, proof: Sequence[bytes], checkpoint: bytes) -> bytes:
    """The proof of entry `index` under the signed `checkpoint` (c2sp.org/tlog-proof@v1)."""
    lines = [f"c2sp.org/tlog-proof@v1\nindex {index}\n".encode()]
    lines += [base64.b64encode(part) + b"\n" for part in proof]
    return b"".join(lines) + b"\n" + checkpoint


def tlog_extension(old: int, proof: Sequence[bytes], checkpoint: bytes) -> bytes:
    """Shows that the log of `old` entries is the beginning of `checkpoint`, as witnesses are told (tlog-witness)."""
    lines = [f"old {old}\n".encode(), *(base64.b64encode(part) + b"\n" for part in proof)]
    return b"".join(lines) + b"\n" + checkpoint


async def inclusion(log: Log, index: int, size: int) -> list[bytes]:
    """The hashes that prove entry `index` in the tree of `size`. Raises ValueError unless index < size."""
    path = inclusion_path(index, size)
    return await _resolved(log, path, size)


async def inclusions(log: Log, indexes: Iterable[int], size: int) -> dict[int, list[bytes]]:
    """As `inclusion`, of many entries at once: each tile is read once."""
    paths = {index: inclusion_path(index, size) for index in indexes}
    hashes = iter(await _resolved(log, [nodes for path in paths.values() for nodes in path], size))
    return {index: [next(hashes) for _ in path] for index, path in paths.items()}


async def consistency(log: Log, old: int, new: int) -> list[bytes]:
    """The hashes that prove the tree of `old` to be a prefix of that of `new`; none from the empty tree.

    Raises ValueError unless old <= new.
    """
    path = consistency_path(old, new) if old else []
    return await _resolved(log, path, new)


async def _resolved(log: Log, path: list[list[Node]], size: int) -> list[bytes]:
    tiles = await log.tiles_over((node for nodes in path for node in nodes), size)
    return resolve(path, lambda node: node_in(tiles, node, log.hash), log.hash)
