"""RFC 6962 trees: hashes, the compact range, proofs. A hash has 32 bytes; it is SHA-256 unless another is given.

A node is (level, index): the perfect subtree over leaves [index << level, (index + 1) << level).
A proof is first planned as a path of nodes and then resolved by a function that reads them. So this module knows
neither tiles nor tables.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from functools import reduce
from typing import NamedTuple

Node = tuple[int, int]
Read = Callable[[Node], bytes]

EMPTY_ROOT = hashlib.sha256(b"").digest()
_sha256 = hashlib.sha256


def leaf_hash(leaf: bytes) -> bytes:
    """SHA-256(0x00 || leaf)."""
    return _sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """SHA-256(0x01 || left || right)."""
    return _sha256(b"\x01" + left + right).digest()


class Hash(NamedTuple):
    """The hash functions of a tree: leaf hash of an entry, hash of two nodes; and the root of the empty tree."""

    leaf: Callable[[bytes], bytes]
    node: Callable[[bytes, bytes], bytes]
    empty: bytes


SHA256 = Hash(leaf_hash, node_hash, EMPTY_ROOT)


class CompactRange:
    """The roots of the perfect subtrees of the first `size` leaves, largest first: enough to grow a tree."""

    def __init__(self, size: int = 0, peaks: Iterable[bytes] = (), *, hash: Hash = SHA256) -> None:
        self.size = size
        self.hash = hash
        self._peaks = list(peaks)
        if len(self._peaks) != size.bit_count():
            raise ValueError(f"a tree of {size} leaves has {size.bit_count()} perfect subtrees")

    def copy(self) -> CompactRange:
        return CompactRange(self.size, self._peaks, hash=self.hash)

    def append(self, leaf: bytes) -> list[tuple[int, bytes]]:
        """Add one leaf hash. Returns the nodes this completes at levels 8, 16 …: the roots of full tiles."""
        size, self.size = self.size, self.size + 1
        if not size & 1:
            self._peaks.append(leaf)
            return []
        hashed, level, completed, node = leaf, 0, [], self.hash.node
        while size >> level & 1:
            hashed = node(self._peaks.pop(), hashed)
            level += 1
            if level % 8 == 0:
                completed.append((level, hashed))
        self._peaks.append(hashed)
        return completed

    def root(self) -> bytes:
        """The tree's root; of the empty tree, the hash of nothing."""
        return fold(self._peaks, self.hash) if self._peaks else self.hash.empty


def fold(hashes: Sequence[bytes], hash: Hash = SHA256) -> bytes:
    """The root over at least one adjacent perfect subtree, in falling size from left to right."""
    return reduce(lambda right, left: hash.node(left, right), reversed(hashes))


def subtree_root(hashes: Sequence[bytes], hash: Hash = SHA256) -> bytes:
    """The root of one perfect subtree over its 1, 2, 4 … node hashes."""
    if len(hashes).bit_count() != 1:
        raise ValueError(f"{len(hashes)} nodes have no perfect subtree over them")
    while len(hashes) > 1:
        hashes = list(map(hash.node, hashes[::2], hashes[1::2]))
    return hashes[0]


def perfect(first: int, end: int) -> list[Node]:
    """The perfect subtrees that cover leaves [first, end), left to right; `first` starts a subtree of RFC 6962."""
    nodes = []
    while first < end:
        level = (end - first).bit_length() - 1
        if first:
            level = min(level, (first & -first).bit_length() - 1)
        nodes.append((level, first >> level))
        first += 1 << level
    return nodes


def _split(size: int) -> int:
    """The largest power of two smaller than `size` (RFC 6962, section 2.1), for size >= 2."""
    return 1 << (size - 1).bit_length() - 1


def inclusion_path(index: int, size: int) -> list[list[Node]]:
    """The path that proves leaf `index` in a tree of `size`: the perfect subtrees of each hash, leaf level first.

    Raises ValueError unless 0 <= index < size.
    """
    if not 0 <= index < size:
        raise ValueError(f"there is no leaf {index} in a tree of {size}")
    path, first, end = [], 0, size
    while end - first > 1:
        middle = first + _split(end - first)
        if index < middle:
            path.append(perfect(middle, end))
            end = middle
        else:
            path.append(perfect(first, middle))
            first = middle
    return path[::-1]


def consistency_path(old: int, new: int) -> list[list[Node]]:
    """The path that proves that the tree of `old` leaves is a prefix of that of `new` (RFC 6962, section 2.1.2).

    Raises ValueError unless 0 < old <= new. The proof between equal sizes is empty.
    """
    if not 0 < old <= new:
        raise ValueError(f"no proof leads from a tree of {old} to one of {new}")
    path, first, end, whole = [], 0, new, True
    while old != end:
        middle = first + _split(end - first)
        if old <= middle:
            path.append(perfect(middle, end))
            end = middle
        else:
            path.append(perfect(first, middle))
            first, whole = middle, False
    return ([] if whole else [perfect(first, end)]) + path[::-1]


def resolve(path: list[list[Node]], read: Read, hash: Hash = SHA256) -> list[bytes]:
    """The hashes of `path`, each folded from the nodes that `read` gives."""
    return [fold([read(node) for node in nodes], hash) for nodes in path]


def verify_inclusion(
    index: int, size: int, leaf: bytes, proof: Sequence[bytes], root: bytes, *, hash: Hash = SHA256
) -> None:
    """Raise ValueError unless `proof` leads from the leaf hash `leaf` at `index` to the `root` of a tree of `size`."""
    if not 0 <= index < size:
        raise ValueError(f"there is no leaf {index} in a tree of {size}")
    left, last, hashed, rest = index, size - 1, leaf, iter(proof)
    for sibling in rest:
        if last == 0:
            raise ValueError("the proof is too long")
        if left & 1 or left == last:
            hashed = hash.node(sibling, hashed)
            while not left & 1 and left:
                left, last = left >> 1, last >> 1
        else:
            hashed = hash.node(hashed, sibling)
        left, last = left >> 1, last >> 1
    if last != 0 or hashed != root or len(root) != 32:
        raise ValueError("the proof does not lead from the leaf to the root")


def verify_consistency(
    old: int, new: int, proof: Sequence[bytes], old_root: bytes, new_root: bytes, *, hash: Hash = SHA256
) -> None:
    """Raise ValueError unless `proof` shows that the tree `old`, `old_root` is a prefix of `new`, `new_root`.

    RFC 9162, section 2.1.4.2. Size 0 is an error here: growth from the empty tree needs no proof.
    """
    if not 0 < old <= new:
        raise ValueError(f"no proof leads from a tree of {old} to one of {new}")
    if old == new:
        if proof or old_root != new_root:
            raise ValueError("trees of one size have one root and an empty proof")
        return
    hashes = ([old_root] if old & (old - 1) == 0 else []) + list(proof)
    if len(hashes) < 2 and not proof:
        raise ValueError("the proof is empty")
    left, last = old - 1, new - 1
    while left & 1:
        left, last = left >> 1, last >> 1
    small = large = hashes[0]
    for sibling in hashes[1:]:
        if last == 0:
            raise ValueError("the proof is too long")
        if left & 1 or left == last:
            small, large = hash.node(sibling, small), hash.node(sibling, large)
            while not left & 1 and left:
                left, last = left >> 1, last >> 1
        else:
            large = hash.node(large, sibling)
        left, last = left >> 1, last >> 1
    if last != 0 or (small, large) != (old_root, new_root):
        raise ValueError("the proof does not lead from one root to the other")
