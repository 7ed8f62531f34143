"""Whether a document still stands."""

from __future__ import annotations

from case.domain.procedure import Case
from common.values.ids import DocumentId

_REVOKED = "REVOKED_BY_SELF"


def is_revoked(case: Case, document_id: DocumentId) -> bool:
    """Whether the document is the decision of a case whose decision was taken back."""
    decision = case.decision
    return case.state == _REVOKED and decision is not None and decision.document_id == document_id
