"""The question that a decision answers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from functools import cached_property

from case.domain.contents import Exhibit, Notice, Proposal
from case.domain.deadlines import Terms
from case.domain.lawoftime import item_of, weigh_anew
from case.domain.procedure import Case
from case.domain.twolaws import Weighed
from case.domain.weighing import is_named
from common.values.catalogue import CatalogueItem, PenaltyKind, Tier
from common.values.errors import Facts, Refusal, Violation
from common.values.ids import CaseId
from common.values.law import Article

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

    @cached_property
    def weighing(self) -> Weighed | Refusal | None:
        """Both laws, weighed for this hour (APL 37), or why they cannot be; None before the report."""
        try:
            return weigh_anew(self.case, terms=self.terms, at=self.at)
        except Refusal as refusal:
            return refusal

    @property
    def law(self) -> Weighed | None:
        return self.weighing if isinstance(self.weighing, Weighed) else None

    @cached_property
    def item(self) -> CatalogueItem:
        """The version of the catalogue item that applies; the one on record where the two laws cannot be weighed."""
        if self.law is None:
            return item_of(self.case, self.terms)
        return self.terms.profile.item_version(self.case.violation_code, self.law.applied.version)

    @property
    def tier(self) -> Tier | None:
        """The tier that applies; None where no law was weighed."""
        return next((t for t in self.item.tiers if self.law and t.code == self.law.applied.tier), None)

    @property
    def served(self) -> tuple[Notice, ...]:
        """The served notices of this investigation: one from before a return tells of a report that is void."""
        return tuple(notice for notice in self.case.current_notices if notice.served_at is not None)

    @property
    def named(self) -> tuple[Notice, ...]:
        """Served notices for these violations: what the party could speak to (APL 44)."""
        return tuple(notice for notice in self.served if is_named(self.proposal, notice.proposal))


def violation(code: str, law: Article, facts: Facts | None = None, *, wording: str = "") -> Violation:
    """A guard that fails, with the article behind it and the facts that decided."""
    return Violation(code, law.cite, facts or {}, wording)
