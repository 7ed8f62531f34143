"""What a check of a ledger looked at and what it found."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

_MOST: Final = 1_000


@dataclass(frozen=True)
class Finding:
    """One row that is not what it must be. `key` is its primary key without the log's number."""

    table: str
    key: str
    reason: str


@dataclass
class Report:
    """What was looked at and what was found. A report of zero entries is no clean bill.

    `twins` counts the checkpoints of the SM3 twin.
    """

    entries: int = 0
    tiles: int = 0
    checkpoints: int = 0
    twins: int = 0
    cosignatures: int = 0
    tokens: int = 0
    findings: list[Finding] = field(default_factory=list)

    def add(self, table: str, key: object, reason: str) -> None:
        """Keep a finding; after a thousand they say nothing new."""
        if len(self.findings) < _MOST:
            self.findings.append(Finding(f"ledger.{table}", str(key), reason))
