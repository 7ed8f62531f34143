"""Merkle trees (RFC 6962, RFC 9162): over SHA-256 for the ledger, over SM3 for its twin."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from ledger.verifier.notes import Checkpoint
from ledger.verifier.sm3 import sha256

Hash = Callable[[bytes], bytes]


def root_of(leaves: Iterable[bytes], hashed: Hash = sha256) -> tuple[int, bytes]:
    """The number of leaves, and the root of the tree over them."""
    peaks: list[tuple[int, bytes]] = []
    size = 0
    for leaf in leaves:
        size, peak = size + 1, (0, leaf)
        while peaks and peaks[-1][0] == peak[0]:
            peak = (peak[0] + 1, hashed(b"\x01" + peaks.pop()[1] + peak[1]))
        peaks.append(peak)
    root = peaks.pop()[1] if peaks else hashed(b"")
    for _, peak_hash in reversed(peaks):
        root = hashed(b"\x01" + peak_hash + root)
    return size, root


def included(
    index: int, size: int, leaf: bytes, proof: Iterable[bytes], root: bytes, hashed: Hash = sha256
) -> bool:
    """Whether `proof` leads from `leaf` at `index` to `root` (RFC 9162, 2.1.3.2)."""
    left, last, running = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return False
        if left & 1 or left == last:
            running = hashed(b"\x01" + sibling + running)
            while left and not left & 1:
                left, last = left >> 1, last >> 1
        else:
            running = hashed(b"\x01" + running + sibling)
        left, last = left >> 1, last >> 1
    return 0 <= index < size and last == 0 and running == root


def extends(old: Checkpoint, new: Checkpoint, proof: Sequence[bytes], hashed: Hash = sha256) -> bool:
    """Whether `proof` shows that the tree of `new` begins with the tree of `old` (RFC 9162, 2.1.4.2)."""
    if old.size == new.size:
        return old.root == new.root and not proof
    if not 0 < old.size < new.size or not proof:
        return False
    first, *rest = proof if old.size & (old.size - 1) else [old.root, *proof]
    left, last = old.size - 1, new.size - 1
    while left & 1:
        left, last = left >> 1, last >> 1
    small = large = first
    for sibling in rest:
        if last == 0:
            return False
        if left & 1 or left == last:
            small, large = hashed(b"\x01" + sibling + small), hashed(b"\x01" + sibling + large)
            while left and not left & 1:
                left, last = left >> 1, last >> 1
        else:
            large = hashed(b"\x01" + large + sibling)
        left, last = left >> 1, last >> 1
    return last == 0 and (small, large) == (old.root, new.root)
