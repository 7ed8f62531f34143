"""The question that a decision answers, and how two penalties compare (Inv. 3)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from case.domain.contents import Exhibit, Notice, Proposal
from case.domain.deadlines import Terms
from case.domain.procedure import Case
from common.values.errors import Facts, Violation
from common.values.ids import CaseId
from common.values.law import Article
from common.values.profile import CatalogueItem, PenaltyKind

_RANK = {kind: rank for rank, kind in enumerate(PenaltyKind)}


class Mitigation(StrEnum):
    """The grounds on which a penalty goes below the legal minimum: APL 30 and 31, and the items of APL 32."""

    FROM_14_TO_17 = "FROM_14_TO_17"
    LIMITED_CAPACITY = "LIMITED_CAPACITY"
    HARM_REMOVED = "HARM_REMOVED"
    COERCED = "COERCED"
    CONFESSED = "CONFESSED"
    MERIT = "MERIT"
    BY_OTHER_LAW = "BY_OTHER_LAW"


@dataclass(frozen=True)
class Question:
    """Everything the guards look at: the case, what is to be decided, the figures, the hour.

    `exhibits` are the captures as evidence knows them now, `twins` other decided cases about the same act.
    """

    case: Case
    proposal: Proposal
    exhibits: tuple[Exhibit, ...]
    surcharge_stated: bool
    has_deviation_reason: bool
    twins: tuple[CaseId, ...]
    terms: Terms
    at: datetime
    mitigation: Mitigation | None = None
    orders_correction: bool = False

    def now(self, case: Case, *, twins: tuple[CaseId, ...], at: datetime) -> Question:
        """The same question under the case's lock."""
        return replace(self, case=case, twins=twins, at=at)

    @property
    def item(self) -> CatalogueItem:
        return self.terms.profile.item(self.case.violation_code)

    @property
    def served(self) -> tuple[Notice, ...]:
        return tuple(notice for notice in self.case.notices if notice.served_at is not None)

    @property
    def named(self) -> tuple[Notice, ...]:
        """Served notices for these violations: what the party could speak to (APL 44)."""
        return tuple(notice for notice in self.served if is_named(self.proposal, notice.proposal))


def severity(proposal: Proposal) -> tuple[int, int, int]:
    """How heavy a penalty is, for comparison: rank of its kind (APL 9), fine in fen, duration in days."""
    return (_RANK[proposal.kind], proposal.fine_fen, proposal.duration_days)


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


def violation(code: str, law: Article, facts: Facts | None = None, *, wording: str = "") -> Violation:
    """A guard that fails, with the article behind it and the facts that decided."""
    return Violation(code, law.cite, facts or {}, wording)
