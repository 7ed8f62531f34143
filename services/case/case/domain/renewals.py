"""How often the obligation to pay became another."""

from __future__ import annotations

from case.domain.amendments import AmendmentKind
from case.domain.procedure import Case


def changes_of(case: Case) -> int:
    """How often the penalty was changed."""
    return sum(a.kind is AmendmentKind.CHANGE and a.decided_at is not None for a in case.amendments)


def renewals_of(case: Case) -> int:
    """How often the obligation to pay became another: each change, and each order to decide anew, cancels the payment
    reference and brings another.
    """
    return changes_of(case) + sum(remedy.anew is not None for remedy in case.remedies)
