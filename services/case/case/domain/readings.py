"""Who looked at a case, and what for (NJ 17; PIPL 45): readings, unmaskings, and the officer's budget of a day.

Readings of one officer, one case, one purpose and one day are one fact: PIPL 45 lets the person know who uses its data
and what for, and NJ 17 limits the use. Neither asks how often a page was loaded. An unmasking is a fact each time.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import ClassVar

from case.domain.procedure import Case, OfCase
from common.values.calendar import legal_day
from common.values.errors import Kind, Refusal
from common.values.facts import Commitment
from common.values.ids import AgencyId, OfficerId
from common.values.law import PIPL_51
from common.values.readingrules import ReadingRules


class Depth(StrEnum):
    """How much a reader was shown: masked data, whole documents, or single fields in clear."""

    MASKED = "MASKED"
    DOCUMENTS = "DOCUMENTS"
    UNMASKED = "UNMASKED"


class Field(StrEnum):
    """What can be unmasked."""

    NAME = "NAME"
    IDENTITY_NUMBER = "IDENTITY_NUMBER"
    ADDRESS = "ADDRESS"
    PHONE = "PHONE"
    EMAIL = "EMAIL"
    PLATES = "PLATES"


@dataclass(frozen=True)
class Budget:
    """What an officer has unmasked on a day: `spent`, and what heads `granted` beyond the city's figure."""

    spent: int
    granted: int


@dataclass(frozen=True)
class CaseRead(OfCase):
    """An officer read the case on the day `on`, as often as it did. It changes nothing of the case."""

    type: ClassVar[str] = "case.read"

    by: OfficerId
    purpose: str
    depth: Depth
    on: date


@dataclass(frozen=True)
class CaseUnmasked(OfCase):
    """An officer was shown `fields` of the party in clear; `nth` counts what it has unmasked on the day `on`."""

    type: ClassVar[str] = "case.unmasked"

    by: OfficerId
    purpose: str
    fields: tuple[Field, ...]
    reason: Commitment
    nth: int
    on: date


@dataclass(frozen=True)
class UnmaskingOutlier(OfCase):
    """The officer has unmasked so much on one day that the supervisor hears of it. The record concerns `agency_id`."""

    type: ClassVar[str] = "case.unmasking.outlier"

    agency_id: AgencyId
    by: OfficerId
    count: int
    on: date


@dataclass(frozen=True)
class UnmaskingGranted(OfCase):
    """A head lets `officer_id` unmask `more` on the day `on`, because of this case."""

    type: ClassVar[str] = "case.unmasking.granted"

    officer_id: OfficerId
    more: int
    reason: Commitment
    by: OfficerId
    on: date
    nth: int


def read(
    case: Case,
    *,
    by: OfficerId,
    purpose: str,
    depth: Depth,
    budget: Budget,
    rules: ReadingRules,
    at: datetime,
) -> tuple[CaseRead | UnmaskingOutlier, ...]:
    """The first reading of this depth, purpose and day. The case whose documents are read in full counts once.

    Refusal UNMASKING_BUDGET_SPENT for whole documents, once the budget of the day is spent.
    """
    fact = CaseRead(case.id, by, purpose, depth, legal_day(at))
    if depth is Depth.MASKED:
        return (fact,)
    nth = _next(case, budget, rules)
    return (fact, *_outlier(case, by, nth, rules, at))


def unmask(
    case: Case,
    *,
    by: OfficerId,
    purpose: str,
    fields: tuple[Field, ...],
    reason: Commitment,
    budget: Budget,
    rules: ReadingRules,
    at: datetime,
) -> tuple[CaseUnmasked | UnmaskingOutlier, ...]:
    """Show single fields in clear, for this case and for a reason (PIPL 6, 51).

    Refusal UNMASKING_BUDGET_SPENT, which says who may grant more.
    """
    nth = _next(case, budget, rules)
    fact = CaseUnmasked(case.id, by, purpose, fields, reason, nth, legal_day(at))
    return (fact, *_outlier(case, by, nth, rules, at))


def grant(
    case: Case,
    *,
    to: OfficerId,
    more: int,
    reason: Commitment,
    by: OfficerId,
    granted: int,
    grants: int,
    rules: ReadingRules,
    at: datetime,
) -> UnmaskingGranted:
    """A head grants more for today. `granted` is what the officer has got today, in `grants` grants.

    Refusals UNMASKING_GRANT_TO_ONESELF, and UNMASKING_GRANT_TOO_LARGE above the city's figure.
    """
    if to == by:
        raise Refusal(Kind.FORBIDDEN, "UNMASKING_GRANT_TO_ONESELF", {"officer": to}, article=PIPL_51)
    if granted + more > rules.grant_at_most:
        facts = {"officer": to, "left": rules.grant_at_most - granted}
        raise Refusal(Kind.CONFLICT, "UNMASKING_GRANT_TOO_LARGE", facts, article=PIPL_51)
    return UnmaskingGranted(case.id, to, more, reason, by, legal_day(at), grants + 1)


def _next(case: Case, budget: Budget, rules: ReadingRules) -> int:
    """Which unmasking of the day the next one is. Refusal UNMASKING_BUDGET_SPENT."""
    most = rules.unmaskings_per_day + budget.granted
    if budget.spent >= most:
        facts = {"case": case.id, "budget": most, "grants": f"/v1/cases/{case.id}/unmasking-grants"}
        raise Refusal(Kind.FORBIDDEN, "UNMASKING_BUDGET_SPENT", facts, article=PIPL_51)
    return budget.spent + 1


def _outlier(
    case: Case, by: OfficerId, nth: int, rules: ReadingRules, at: datetime
) -> tuple[UnmaskingOutlier, ...]:
    if nth != rules.outlier_at:
        return ()
    return (UnmaskingOutlier(case.id, case.agency_id, by, nth, legal_day(at)),)
