"""Whether a document still stands."""

from __future__ import annotations

from typing import Final

from case.domain.amendments import AmendmentKind
from case.domain.procedure import Case
from common.values.ids import DocumentId

_DECISIONS: Final = ("D-20", "D-20a", "D-21")


def has_fallen(case: Case, document_id: DocumentId, kind: str) -> bool:
    """Whether the document is a decision that was revoked, changed, or ordered anew, by whomever (APL 75(2)).

    It stays fallen whatever becomes of the case. The D-36 of a change is a decision too; that of a revocation stands.
    """
    own = next((each for each in case.amendments if each.document_id == document_id), None)
    is_decision = kind in _DECISIONS if own is None else own.kind is AmendmentKind.CHANGE
    if not is_decision:
        return False
    decision = case.decision
    if decision is None or decision.document_id != document_id:
        return True
    # What an organ of remedy changed keeps the number of our document, which says more than is left of it.
    return any(
        each is not own
        and each.kind is not AmendmentKind.CORRECT
        and each.decided_at is not None
        and each.decided_at >= decision.decided_at
        for each in case.amendments
    )
