"""The publication of decisions with social impact, on the wire (APL 48)."""

from __future__ import annotations

from datetime import date, datetime

from pydantic import Field

from common.values.ids import AgencyId, DocumentId, OfficerId, PublicationId
from common.web.wire import Code, Digest, In, Out, Text


class SocialImpactOrder(In):
    """For which of the city's criteria the decision has social impact; none where it has none. Either has a reason."""

    criteria: list[Code] = Field(max_length=20)
    reason: Text


class PublicationOrder(In):
    """The publication of the decision; what is published comes from the records."""


class PublicationWithdrawalOrder(In):
    """Why the publication is withdrawn, in the words that the public reads (APL 48(2))."""

    reason: Text


class PublicationView(Out):
    """Whether the decision has social impact, and its publication. `due_on` is the last day of what is to be done."""

    number: int
    document_id: DocumentId
    has_impact: bool
    criteria: list[str]
    judged_by: OfficerId
    judged_at: datetime
    publication_id: PublicationId | None
    published_at: datetime | None
    sha256: Digest | None
    fallen: str | None
    withdrawn_at: datetime | None
    due_on: date | None
    overdue_at: datetime | None


class PublishedContentView(Out):
    """What a publication says: the party masked where it is a person, no number, address or plate."""

    agency_id: AgencyId
    agency_name: str
    document_number: str
    party: str
    act: str
    violated: str
    basis: str
    penalty: str
    fine_fen: int
    decided_on: date


class PublicDecisionView(Out):
    """A published decision. Once it fell, `content` is null, `fallen` says how, and `withdrawn_for` why.

    `sha256` is the digest of the content as it was published, which the ledger holds.
    """

    publication_id: PublicationId
    published_at: datetime
    sha256: Digest
    content: PublishedContentView | None
    fallen: str | None
    withdrawn_at: datetime | None
    withdrawn_for: str | None
