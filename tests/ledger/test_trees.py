"""Every proof of every tree up to 300 leaves, against a literal implementation of RFC 6962, section 2.1.

Both verifiers judge each proof: the one of the services, and the one in verify.py.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ledger.merkle import (
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
from ledger.tiles import Frontier, Tile, covering, exists, node_in, parse_path, path_of
from ledger.verifier import notes, trees

LEAVES = [leaf_hash(str(i).encode()) for i in range(1000)]
SIZE = 300


@cache
def tree(first: int, end: int) -> bytes:
    """MTH(D[first:end]) of RFC 6962, section 2.1."""
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
    """A log that grew leaf by leaf, and all its tiles, the open ones too."""
    frontier, tiles = Frontier.load(0, []), {}
    for leaf in LEAVES[:size]:
        for tile in frontier.append(leaf):
            assert tile.root == tree(tile.n << 8, tile.n + 1 << 8)
            tiles[tile.level, tile.n] = tile.data
    for level, tail in enumerate(frontier._tails):
        tiles[level, size >> 8 * level + 8] = b"".join(tail)
    return frontier, tiles


def accepted(check: Callable[..., None], *args: Any) -> bool:
    try:
        check(*args)
    except ValueError:
        return False
    return True


def signed(size: int, root: bytes) -> notes.Checkpoint:
    """A checkpoint for verify.py; these tests do not check its signature."""
    return notes.Checkpoint(notes.Note(b"", b"", []), "ledger.example/1", size, root)


def included(index: int, size: int, proof: list[bytes], root: bytes) -> set[bool]:
    """The verdicts of our two verifiers on an inclusion proof: one element if they agree."""
    ours = accepted(verify_inclusion, index, size, LEAVES[index], proof, root)
    return {ours, trees.included(index, size, LEAVES[index], proof, root)}


def extends(old: int, new: int, proof: list[bytes], old_root: bytes, root: bytes) -> set[bool]:
    """The verdicts of our two verifiers on a consistency proof."""
    ours = accepted(verify_consistency, old, new, proof, old_root, root)
    return {ours, trees.extends(signed(old, old_root), signed(new, root), proof)}


@pytest.mark.parametrize("first", range(1, SIZE + 1, 60))
def test_every_leaf_of_every_tree_is_proved_and_to_no_other_root(first: int) -> None:
    for size in range(first, first + 60):
        root, other = tree(0, size), tree(0, size + 1)
        for index in range(size):
            proof = resolve(inclusion_path(index, size), read)
            assert included(index, size, proof, root) == {True}, (index, size)
            assert included(index, size, proof, other) == {False}, (index, size)


@pytest.mark.parametrize("first", range(1, SIZE + 1, 60))
def test_every_tree_is_proved_to_begin_every_larger_one_and_no_other_tree_is(first: int) -> None:
    for new in range(first, first + 60):
        root = tree(0, new)
        for old in range(1, new + 1):
            proof = resolve(consistency_path(old, new), read)
            assert extends(old, new, proof, tree(0, old), root) == {True}, (old, new)
            assert extends(old, new, proof, tree(0, old + 1), root) == {False}, (old, new)


Mutation = Callable[[st.DataObject, list[bytes]], list[bytes]]


def with_a_flipped_bit(data: st.DataObject, proof: list[bytes]) -> list[bytes]:
    at, bit = data.draw(st.integers(0, len(proof) - 1)), data.draw(st.integers(0, 255))
    changed = (int.from_bytes(proof[at]) ^ 1 << bit).to_bytes(32)
    return [*proof[:at], changed, *proof[at + 1 :]]


def cut_short(data: st.DataObject, proof: list[bytes]) -> list[bytes]:
    at = data.draw(st.integers(0, len(proof) - 1))
    return proof[:at] + proof[at + 1 :]


def drawn_out(data: st.DataObject, proof: list[bytes]) -> list[bytes]:
    at = data.draw(st.integers(0, len(proof)))
    return [*proof[:at], data.draw(st.sampled_from([LEAVES[0], bytes(32), *proof])), *proof[at:]]


def out_of_order(data: st.DataObject, proof: list[bytes]) -> list[bytes]:
    return data.draw(st.permutations(proof))


MUTATIONS = [with_a_flipped_bit, cut_short, drawn_out, out_of_order]


@given(st.data(), st.sampled_from(MUTATIONS))
@settings(max_examples=400, deadline=None)
def test_a_changed_inclusion_proof_is_refused(data: st.DataObject, mutate: Mutation) -> None:
    size = data.draw(st.integers(2, SIZE))
    index = data.draw(st.integers(0, size - 1))
    proof = resolve(inclusion_path(index, size), read)

    changed = mutate(data, proof)

    assume(changed != proof)
    assert included(index, size, changed, tree(0, size)) == {False}


@given(st.data(), st.sampled_from(MUTATIONS))
@settings(max_examples=400, deadline=None)
def test_a_changed_consistency_proof_is_refused(data: st.DataObject, mutate: Mutation) -> None:
    new = data.draw(st.integers(2, SIZE))
    old = data.draw(st.integers(1, new - 1))
    proof = resolve(consistency_path(old, new), read)

    changed = mutate(data, proof)

    assume(changed != proof)
    assert extends(old, new, changed, tree(0, old), tree(0, new)) == {False}


@given(st.data())
@settings(max_examples=400, deadline=None)
def test_a_proof_of_one_place_proves_no_other(data: st.DataObject) -> None:
    size = data.draw(st.integers(2, SIZE))
    index, other = data.draw(st.lists(st.integers(0, size - 1), min_size=2, max_size=2, unique=True))
    proof = resolve(inclusion_path(index, size), read)

    assert included(other, size, proof, tree(0, size)) == {False}
    assert not accepted(verify_inclusion, other, size, LEAVES[index], proof, tree(0, size))


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
