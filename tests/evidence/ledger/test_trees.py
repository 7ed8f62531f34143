"""Every proof of every tree up to 300 leaves, against the definition of RFC 6962 §2.1 written down literally."""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evidence.ledger.merkle import (
    EMPTY_ROOT,
    CompactRange,
    Node,
    consistency_path,
    inclusion_path,
    leaf_hash,
    node_hash,
    resolve,
    verify_consistency,
    verify_inclusion,
)
from evidence.ledger.tiles import Frontier, Tile, covering, exists, node_in, parse_path, path_of

LEAVES = [leaf_hash(str(i).encode()) for i in range(1000)]
SIZE = 300


@cache
def tree(first: int, end: int) -> bytes:
    """MTH(D[first:end]) of RFC 6962 §2.1."""
    if end == first:
        return EMPTY_ROOT
    if end - first == 1:
        return LEAVES[first]
    k = 1
    while 2 * k < end - first:
        k *= 2
    return node_hash(tree(first, first + k), tree(first + k, end))


def read(node: Node) -> bytes:
    level, index = node
    return tree(index << level, (index + 1) << level)


def grow(size: int) -> tuple[Frontier, dict[tuple[int, int], bytes]]:
    """A log grown one leaf at a time, and all its tiles, open ones included."""
    frontier, tiles = Frontier.load(0, []), {}
    for leaf in LEAVES[:size]:
        for tile in frontier.append(leaf):
            assert tile.root == tree(tile.n << 8, tile.n + 1 << 8)
            tiles[tile.level, tile.n] = tile.data
    for level, tail in enumerate(frontier._tails):
        tiles[level, size >> 8 * level + 8] = b"".join(tail)
    return frontier, tiles


@pytest.mark.parametrize("size", range(1, SIZE + 1, 7))
def test_every_inclusion_proof_holds_and_no_other_leaf_shares_it(size: int) -> None:
    for index in range(size):
        proof = resolve(inclusion_path(index, size), read)
        verify_inclusion(index, size, LEAVES[index], proof, tree(0, size))
        with pytest.raises(ValueError):
            verify_inclusion(index, size, LEAVES[index + 1], proof, tree(0, size))
        with pytest.raises(ValueError):
            verify_inclusion(index, size, LEAVES[index], [*proof, LEAVES[0]], tree(0, size))


@given(st.data())
@settings(max_examples=300, deadline=None)
def test_a_proof_of_any_leaf_in_any_tree_holds_and_a_flipped_bit_breaks_it(data: st.DataObject) -> None:
    size = data.draw(st.integers(1, SIZE))
    index = data.draw(st.integers(0, size - 1))
    proof = resolve(inclusion_path(index, size), read)

    verify_inclusion(index, size, LEAVES[index], proof, tree(0, size))

    if proof:
        at, bit = data.draw(st.integers(0, len(proof) - 1)), data.draw(st.integers(0, 255))
        proof[at] = (int.from_bytes(proof[at]) ^ 1 << bit).to_bytes(32)
        with pytest.raises(ValueError):
            verify_inclusion(index, size, LEAVES[index], proof, tree(0, size))


@pytest.mark.parametrize("new", range(1, SIZE + 1, 13))
def test_every_consistency_proof_holds_and_no_other_old_root_passes(new: int) -> None:
    for old in range(1, new + 1):
        proof = resolve(consistency_path(old, new), read)
        verify_consistency(old, new, proof, tree(0, old), tree(0, new))
        with pytest.raises(ValueError):
            verify_consistency(old, new, proof, tree(0, old + 1), tree(0, new))


@pytest.mark.parametrize("size", [0, 1, 255, 256, 257, 511, 512, 513, 1000])
def test_a_log_reloaded_from_its_open_tiles_grows_on_as_if_never_stopped(size: int) -> None:
    frontier, tiles = grow(size)
    tails = [tiles.get((level, size >> 8 * level + 8), b"") for level in range(2 if size >= 256 else 1)]
    hashes = [[tail[i : i + 32] for i in range(0, len(tail), 32)] for tail in tails]

    assert frontier.tree.root() == tree(0, size)
    assert Frontier.load(size, hashes).tree.root() == tree(0, size)


def test_every_node_a_proof_needs_is_in_a_tile_the_log_has() -> None:
    _, tiles = grow(600)

    for index in (0, 255, 256, 511, 512, 599):
        path = inclusion_path(index, 600)
        nodes = [node for nodes in path for node in nodes]
        assert {(tile.level, tile.n) for tile in covering(nodes, 600)} <= tiles.keys()
        verify_inclusion(
            index, 600, LEAVES[index], resolve(path, lambda node: node_in(tiles, node)), tree(0, 600)
        )


def test_the_tiles_of_a_tree_of_70_000_are_those_of_the_specification() -> None:
    there = [Tile(0, 272), Tile(0, 273, 112), Tile(1, 0), Tile(1, 1, 17), Tile(2, 0, 1)]
    beyond = [
        Tile(0, 273),
        Tile(0, 273, 113),
        Tile(1, 1, 18),
        Tile(2, 0, 2),
        Tile(3, 0, 1),
        Tile(None, 274, 1),
    ]

    assert [exists(tile, 70_000) for tile in there + beyond] == [True] * 5 + [False] * 6


@given(st.integers(0, 10**12), st.integers(1, 256), st.sampled_from([None, 0, 1, 63]))
def test_the_path_of_a_tile_reads_back(n: int, width: int, level: int | None) -> None:
    _, kind, rest = path_of(Tile(level, n, width)).split("/", 2)

    assert parse_path(kind, rest) == Tile(level, n, width)


@given(st.integers(0, SIZE))
def test_a_compact_range_gives_the_root_of_its_leaves(size: int) -> None:
    grown = CompactRange()
    for leaf in LEAVES[:size]:
        grown.append(leaf)

    assert grown.root() == tree(0, size)
