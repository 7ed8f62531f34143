"""The result of a check of a ledger: how much it looked at, and its findings."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

_MOST: Final = 1_000


@dataclass(frozen=True)
class Finding:
    """One wrong row or file. `key` is its primary key without the log's number, or its path."""

    table: str
    key: str
    reason: str


@dataclass
class Report:
    """Counts and findings. A report of zero entries proves nothing.

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
        """Add a finding, up to a thousand: more of them tell nothing new."""
        if len(self.findings) < _MOST:
            self.findings.append(Finding(f"ledger.{table}", str(key), reason))
