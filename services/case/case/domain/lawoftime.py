"""Which law applies to a case: that of the act, unless that of the decision is milder (APL 37; NJ 23).

What is a violation and what it costs follows the day of the act. How the agency proceeds follows the day on which it
does so: periods, forms and thresholds are those of the profile in force. Both laws are weighed when the officers sign
their report and again when the head decides, each time with a record that shows both.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import ClassVar

from case.domain.contents import Notice
from case.domain.deadlines import Terms
from case.domain.procedure import Case, Changing
from case.domain.twolaws import Law, Weighed, weigh
from common.values.calendar import legal_day
from common.values.catalogue import CatalogueItem, Tier
from common.values.errors import Refusal
from common.values.rulesets import RuleSet


@dataclass(frozen=True)
class LawWeighed(Changing):
    """The law of the act and that of the day were weighed; `weighed` shows both, and which one is applied."""

    type: ClassVar[str] = "case.law_weighed"

    weighed: Weighed

    def applied(self, case: Case) -> Case:
        return replace(case, weighings=(*case.weighings, self.weighed))


def acted_on(case: Case) -> date:
    """The day whose law governs: an act that goes on is governed by the day on which it ended."""
    return legal_day(case.act_ended_at)


def item_of(case: Case, terms: Terms) -> CatalogueItem:
    """The version of the catalogue item that applies: that of the act, and from the report on the weighed one."""
    if case.weighings:
        return terms.profile.item_version(case.violation_code, case.weighings[-1].applied.version)
    return terms.profile.item(case.violation_code, on=acted_on(case))


def item_notified(case: Case, notice: Notice, terms: Terms) -> CatalogueItem | None:
    """The version of the catalogue item that `notice` told of: the one weighed last before it.

    None where no law was weighed before, and for a version that the catalogue lost (`guards.competence` says so).
    """
    issued_on = legal_day(notice.issued_at)
    known = [each.applied.version for each in case.weighings if each.weighed_on <= issued_on]
    wanted = (case.violation_code, known[-1]) if known else None
    return next((item for item in terms.profile.catalogue if (item.code, item.version) == wanted), None)


def tier_of(case: Case, terms: Terms) -> Tier | None:
    """The tier that applies; None before the report."""
    if not case.weighings:
        return None
    wanted = case.weighings[-1].applied.tier
    return next(tier for tier in item_of(case, terms).tiers if tier.code == wanted)


def ruleset_of(case: Case, terms: Terms) -> RuleSet:
    """The evidence review rules of the day of the act."""
    return terms.profile.ruleset(case.violation_code, on=acted_on(case))


def weigh_at(case: Case, circumstances: Mapping[str, str], *, terms: Terms, at: datetime) -> Weighed:
    """Both laws for the act of `case`, weighed on the day of `at`. Refusals as `weigh`."""
    return weigh(terms.profile, case.violation_code, circumstances, acted_on=acted_on(case), on=legal_day(at))


def weigh_anew(case: Case, *, terms: Terms, at: datetime) -> Weighed | None:
    """As `weigh_at`, with the circumstances that the officers stated; None before their report."""
    if not case.weighings:
        return None
    return weigh_at(case, dict(case.weighings[-1].circumstances), terms=terms, at=at)


def law_of_report(
    case: Case, circumstances: Mapping[str, str], *, terms: Terms, at: datetime
) -> tuple[LawWeighed, ...]:
    """The record of the law under which the first officer signs; empty for the second, who signs the same report."""
    if case.conclusion is not None:
        return ()
    return (LawWeighed(case.id, weigh_at(case, circumstances, terms=terms, at=at)),)


def note_law(case: Case, *, terms: Terms, at: datetime) -> tuple[LawWeighed, ...]:
    """The record of a law that changed since it was weighed last; empty where it did not, or where it is unstated."""
    weighed = _weighed_if_stated(case, terms=terms, at=at)
    if weighed is None or weighed.agrees(case.weighings[-1]):
        return ()
    return (LawWeighed(case.id, weighed),)


def as_weighed(case: Case, *, terms: Terms, at: datetime) -> Case:
    """The case as a document made at `at` shows its law; what is recorded of it follows with the decision."""
    weighed = _weighed_if_stated(case, terms=terms, at=at)
    return replace(case, weighings=(*case.weighings, weighed)) if weighed else case


def is_repealed(case: Case, *, terms: Terms, at: datetime) -> bool:
    """Whether the law of the day of `at` knows no such violation any more (APL 37)."""
    weighed = weigh_anew(case, terms=terms, at=at)
    return weighed is not None and weighed.law is Law.NONE


def _weighed_if_stated(case: Case, *, terms: Terms, at: datetime) -> Weighed | None:
    # A penalty needs both laws and its guards ask for them. An end without a penalty rests on other grounds, and must
    # not wait until somebody states the law of today.
    try:
        return weigh_anew(case, terms=terms, at=at)
    except Refusal:
        return None
