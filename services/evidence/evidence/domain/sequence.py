"""The chain of a device's manifests: what disappeared between the camera and us leaves a gap (NJ 8).

    seq    41 ── 42 ── 43            45 ── 46        44 is missing; it may still arrive, and then the gap is closed
    prev     ◀──   ◀──   ◀── (44) ◀──   ◀──

A chain belongs to one key. Nothing here refuses a capture: a camera that lost its memory begins its numbers again, and
its pictures are no worse for that. A reviewer sees the gap, and the operator asks for what is missing. Only where the
key is of the past (`Signed.is_of_the_past`) must the place be exact: the manifests on both sides were there before.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from evidence.domain.flags import Flag
from evidence.domain.manifest import START


@dataclass(frozen=True)
class Link:
    """The place of one manifest in the chain of its key, and the SHA-256 of its bytes in hex."""

    seq: int
    prev: str
    manifest_sha256: str


@dataclass(frozen=True)
class Neighbours:
    """What is on record of the chain: this very number, the next below it, the next above it."""

    same: Link | None = None
    below: Link | None = None
    above: Link | None = None


@dataclass(frozen=True)
class Place:
    """How a manifest fits into its chain. From `missing_from` up to the number before its own none had arrived.

    `is_exact`: the next manifest on record names this one as its predecessor, and this one names the last on record
    before it, or is the first of its chain. Nobody can make that true afterwards.
    """

    missing_from: int | None = None
    flags: frozenset[Flag] = frozenset()
    is_exact: bool = False


ALONE: Final = Place()
"""The place of a capture that belongs to no chain."""


def place(link: Link, beside: Neighbours) -> Place:
    """The place of `link` as it arrives.

    Two different manifests under one number, or one that names another before it than the one we have, mean that two
    signers used one key, or that one signer lost count: SEQ_FORK. So does a beginning below a number on record, unless
    that number names it; 0 can only be a beginning. A number too many means that something is missing: SEQ_GAP with its
    first number.
    """
    below, above = beside.below, beside.above
    is_named = above is not None and (above.seq, above.prev) == (link.seq + 1, link.manifest_sha256)
    first = (below.seq if below else 0) + 1
    follows = below is not None and first == link.seq and link.prev == below.manifest_sha256
    begins = below is None and link.prev == START
    forked = beside.same is not None and beside.same.manifest_sha256 != link.manifest_sha256
    forked |= above is not None and (above.seq == link.seq + 1 or begins) and not is_named
    forked |= below is not None and first == link.seq and not follows
    forked |= link.seq == 0 and not begins
    flags = {Flag.SEQ_FORK} if forked else set[Flag]()
    if first < link.seq and not begins:
        return Place(first, frozenset(flags | {Flag.SEQ_GAP}))
    return Place(None, frozenset(flags), is_exact=not forked and is_named and (follows or begins))
