"""Reading a document of a case is itself an act on record: who read which, and what for (NJ 17)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, Final

from case.domain.amending import AmendmentReviewed
from case.domain.discussing import DiscussionConcluded, DiscussionConvened, HeadSpoke
from case.domain.hearingheld import HearingReported
from case.domain.legalreview import LegallyReviewed
from case.domain.recusing import RecusalVoted
from common.values.facts import Fact
from common.values.ids import CaseId, DocumentId

DELIBERATED: Final = frozenset(
    fact.type
    for fact in (
        AmendmentReviewed,
        DiscussionConcluded,
        DiscussionConvened,
        HeadSpoke,
        HearingReported,
        LegallyReviewed,
        RecusalVoted,
    )
)
"""The records of what the agency deliberated: like the sheets of the secondary volume they stay here (APL 57(2))."""


class Reading(StrEnum):
    """Why a document was read: the party's own case, the work on it, or in order to serve it."""

    OWN_CASE = "OWN_CASE"
    CASE_HANDLING = "CASE_HANDLING"
    SERVICE = "SERVICE"


@dataclass(frozen=True)
class DocumentDisclosed(Fact):
    """Somebody was given the bytes with this digest."""

    type: ClassVar[str] = "document.disclosed"

    owner: CaseId
    document_id: DocumentId
    sha256: str
    reading: Reading

    @property
    def subject(self) -> str:
        return self.document_id.stream


def reading_of(reader: str) -> Reading:
    """Why somebody of the kind `reader` (`party`, `officer` or `svc`) reads something of a case."""
    readings = {"party": Reading.OWN_CASE, "svc": Reading.SERVICE}
    return readings.get(reader, Reading.CASE_HANDLING)


def disclose(case_id: CaseId, document_id: DocumentId, *, sha256: str, reader: str) -> DocumentDisclosed:
    """The fact that `reader` (`party`, `officer` or `svc`) reads the document.

    Use is strictly limited (NJ 17), so every reading leaves a trace, the party's own too: it proves that
    they could inform themselves (APL 41(3)).
    """
    return DocumentDisclosed(case_id, document_id, sha256, reading_of(reader))


@dataclass(frozen=True)
class RemedyBundleDisclosed(Fact):
    """Somebody was given the bundle of a remedy: its digest, its documents, and the purpose that was stated."""

    type: ClassVar[str] = "case.remedy.bundled"

    owner: CaseId
    number: int
    purpose: str
    bundle_sha256: str
    document_ids: tuple[DocumentId, ...]


def disclose_bundle(
    case_id: CaseId,
    number: int,
    *,
    purpose: str | None,
    bundle_sha256: str,
    document_ids: tuple[DocumentId, ...],
) -> RemedyBundleDisclosed:
    """The fact that the whole file of a case leaves for a remedy (NJ 17). The policy has let the purpose pass."""
    return RemedyBundleDisclosed(case_id, number, purpose or "", bundle_sha256, document_ids)
