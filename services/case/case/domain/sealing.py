"""The electronic seal of a document (APL 59(2); ESL 13, 14): without it what the city demands sealed is not served.

    made ─ sealed at once ─▶ served          the provider was away: made ─▶ unsealed ─ sealed later ─▶ served

The decision stands when it is made. The seal shows to whoever receives it that it is the agency's, so the service waits
for it, and nothing else does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from case.domain.procedure import Case, Changing
from common.values.errors import Kind, Refusal
from common.values.ids import DocumentId, OfficerId
from common.values.law import APL_59, ESL_14
from common.values.sealrules import SealRules

_DECISIONS = ("D-20", "D-20a")


@dataclass(frozen=True)
class DocumentSealed(Changing):
    """A document that was made without its seal is sealed now. The digests are of its bytes and of the certificate."""

    type: ClassVar[str] = "case.document.sealed"

    document_id: DocumentId
    sha256: str
    certificate_sha256: str
    by: OfficerId

    def applied(self, case: Case) -> Case:
        return case


def require_sealed(document_id: DocumentId, *, kind: str, is_sealed: bool, rules: SealRules) -> None:
    """Raises Refusal CASE_DOCUMENT_UNSEALED where the city demands a seal on documents of this kind and there is none.

    APL 59(2) demands the agency's seal on a decision; a reliable electronic one has its effect (ESL 14).
    """
    if not is_sealed and rules.demands(kind):
        article = APL_59 if kind in _DECISIONS else ESL_14
        facts = {"document_id": document_id, "kind": kind}
        raise Refusal(Kind.CONFLICT, "CASE_DOCUMENT_UNSEALED", facts, article=article)


def seal_later(
    case: Case,
    *,
    document_id: DocumentId,
    sha256: str,
    certificate_sha256: str,
    is_sealed: bool,
    by: OfficerId,
) -> DocumentSealed:
    """Seal a document whose seal was not to be had when it was made. One seal is enough."""
    if is_sealed:
        raise Refusal(Kind.CONFLICT, "CASE_DOCUMENT_SEALED", {"document_id": document_id}, article=ESL_14)
    return DocumentSealed(case.id, document_id, sha256, certificate_sha256, by)
