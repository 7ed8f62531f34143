"""What a case holds about making its decision public (APL 48)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from common.values.ids import DocumentId, OfficerId, PublicationId


class Fallen(StrEnum):
    """Why a published decision is withdrawn (APL 48(2))."""

    REVOKED = "REVOKED"
    CHANGED = "CHANGED"
    UNLAWFUL = "UNLAWFUL"
    INVALID = "INVALID"


@dataclass(frozen=True)
class Publication:
    """The judgement whether one decision has social impact, and its publication where it has.

    `publish_by` is None where it has none. `fallen` and `withdraw_by` are set with the act by which the decision fell:
    from then on the public sees that it fell, and not what it said.
    """

    number: int
    document_id: DocumentId
    has_impact: bool
    criteria: tuple[str, ...]
    judged_by: OfficerId
    judged_at: datetime
    publish_by: date | None
    publication_id: PublicationId | None = None
    published_at: datetime | None = None
    sha256: str | None = None
    fallen: Fallen | None = None
    withdraw_by: date | None = None
    withdrawn_at: datetime | None = None
    overdue_at: datetime | None = None

    @property
    def is_public(self) -> bool:
        """Whether the public can read what was decided."""
        return self.published_at is not None and self.fallen is None

    @property
    def due_on(self) -> date | None:
        """The last day of what is still to be done: publish it, or withdraw it. None where nothing is."""
        if self.fallen is not None:
            return self.withdraw_by if self.published_at and self.withdrawn_at is None else None
        return self.publish_by if self.has_impact and self.published_at is None else None
