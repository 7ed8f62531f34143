"""A file of the party in its case: what came, when, and whether it opens."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from common.files.scanned import Scan
from common.files.sniff import UNKNOWN
from common.values.ids import OfficerId, PartyId


@dataclass(frozen=True)
class File:
    """One file. `media_type` is what its bytes show. `taken_by` took it at the counter, None where the party sent it.

    `statement` is the number of the statement that names it, None while none does.
    """

    number: int
    sha256: str
    size: int
    media_type: str
    scan: Scan
    handed_in_at: datetime
    party_id: PartyId
    taken_by: OfficerId | None
    statement: int | None = None

    @property
    def opens(self) -> bool:
        """Whether anybody is given its bytes. What is not scanned opens, and is shown as such."""
        return self.scan is not Scan.INFECTED and self.media_type != UNKNOWN
