"""How two penalties compare, and what a notice allows (Inv. 3; APL 44, 45(2))."""

from __future__ import annotations

from case.domain.contents import Proposal
from common.values.profile import PenaltyKind

_RANK = {kind: rank for rank, kind in enumerate(PenaltyKind)}


def severity(proposal: Proposal) -> tuple[int, int, int]:
    """How heavy a penalty is, for comparison: rank of its kind (APL 9), fine in fen, duration in days."""
    return (_RANK[proposal.kind], proposal.fine_fen, proposal.duration_days)


def is_lighter_kind(proposal: Proposal, than: Proposal) -> bool:
    """Whether the kind of penalty is a lighter one (APL 9), whatever its amount."""
    return _RANK[proposal.kind] < _RANK[than.kind]


def is_covered(decided: Proposal, notified: Proposal) -> bool:
    """Whether a notice of `notified` allows `decided`: no other violation, and nothing heavier (APL 45(2))."""
    return set(decided.violations) <= set(notified.violations) and severity(decided) <= severity(notified)


def is_named(decided: Proposal, notified: Proposal) -> bool:
    """Whether a notice of `notified` told of these violations (APL 44), whatever the weight of the penalty."""
    return set(decided.violations) <= set(notified.violations)


def is_not_aggravated(decided: Proposal, served: tuple[Proposal, ...]) -> bool:
    """The non-aggravation algorithm (Inv. 3): some served notice covers the decision whole.

    One notice must cover it alone: the violations of one and the amount of another were never notified together.
    """
    return any(is_covered(decided, notified) for notified in served)
