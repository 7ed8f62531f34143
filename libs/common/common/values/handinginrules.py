"""The figures of what a party hands in: how many files a statement has, and how large they are (APL 41(3), 45)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

_LEAST_FILES: Final = 20
"""A statement has room for so many files (NAT-2): what shuts a proof out restricts the right to state and defend."""

_MOST_BYTES: Final = 64_000_000
"""The largest file of an archive: a file that the party handed in leaves with the bundle of its case."""


@dataclass(frozen=True)
class HandingInRules:
    """A statement names `files_at_most` files, and one file has `file_bytes` bytes at the most. A case takes
    `uploads_at_most` announced files, so that nobody fills the disk of a city.

    Raises ValueError for a figure that restricts the right, or that no bundle could hold.
    """

    files_at_most: int
    file_bytes: int
    uploads_at_most: int

    def __post_init__(self) -> None:
        if self.files_at_most < _LEAST_FILES:
            raise ValueError(f"a statement has room for {_LEAST_FILES} files at least (APL 41(3), 45)")
        if not 1_000_000 <= self.file_bytes <= _MOST_BYTES:
            raise ValueError(f"file_bytes is between 1,000,000 and {_MOST_BYTES:,}")
        if self.uploads_at_most < self.files_at_most:
            raise ValueError("a case takes the files of one statement at least")
