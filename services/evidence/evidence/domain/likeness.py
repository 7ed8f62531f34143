"""Whether a capture shows what an earlier one of the same device showed: a hint for people, never a refusal (APL 29).

One act may not be punished twice, and a camera may push the same passage twice under two numbers. So a capture is
flagged where a little earlier the same device took the same plate for the same violation, or a picture that looks
the same. Whether it is the same act, people judge.

A difference hash has 64 bits: of a picture shrunk to nine by eight fields, whether each field is brighter than the
next to its right. Two pictures with few different bits look the same, however they were compressed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from common.values.ids import EvidenceId

NEAR_BITS: Final = 4
"""So many of the 64 bits may differ between pictures that look the same."""

_LEAST_SET: Final = 8
"""A hash with fewer bits set, or with fewer bits unset, is that of a surface without anything on it."""


@dataclass(frozen=True)
class Look:
    """What a capture shows: its plate, and the difference hash of each picture as 16 hex digits."""

    id: EvidenceId
    plate: str | None
    hashes: tuple[str, ...]


def near_duplicate(capture: Look, earlier: Iterable[Look]) -> EvidenceId | None:
    """The first of `earlier`, newest first, that shows the same plate or a picture that looks the same.

    They are captures of the same device and violation, from a short time before.
    """
    for other in earlier:
        if capture.plate is not None and capture.plate == other.plate:
            return other.id
        if any(looks_alike(ours, theirs) for ours in capture.hashes for theirs in other.hashes):
            return other.id
    return None


def looks_alike(one: str, other: str) -> bool:
    """Whether two difference hashes are of pictures that look the same; a bare surface looks like nothing."""
    first, second = int(one, 16), int(other, 16)
    if not _LEAST_SET <= first.bit_count() <= 64 - _LEAST_SET:
        return False
    return (first ^ second).bit_count() <= NEAR_BITS
