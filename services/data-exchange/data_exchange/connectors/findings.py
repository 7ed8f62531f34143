"""What a connector returns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from data_exchange.domain.filtering import Row

RowsOfEach: TypeAlias = tuple[tuple[Row, ...], ...]
"""The rows about each subject, in the order in which the subjects were asked."""


@dataclass(frozen=True)
class Found:
    """The register answered."""

    rows: RowsOfEach
    latency_ms: int


@dataclass(frozen=True)
class Fault:
    """The register did not answer in time, or not in the agreed form."""

    latency_ms: int
