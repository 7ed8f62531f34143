"""Whether this agency may penalise this act, at this time and at all."""

from __future__ import annotations

from case.domain.correcting import unsettled
from case.domain.ecology import is_barred
from case.domain.guards.question import Question, violation
from case.domain.lawoftime import acted_on
from case.domain.outcomes import EXCLUDING, Effect
from case.domain.suspicion import open_suspicion
from case.domain.territory import is_inside
from case.domain.twolaws import Law
from case.domain.weighing import severity
from common.values.errors import Refusal, Violation
from common.values.law import APL_17, APL_27, APL_29, APL_33, APL_36, APL_37, APL_45, APL_57, NJ_2


def in_territory(q: Question) -> Violation | None:
    """The act lies in a division of the city (NJ 2)."""
    if is_inside(q.case.admin_division, q.terms.profile):
        return None
    facts = {"division": q.case.admin_division, "profile": q.terms.profile.id}
    return violation("OUT_OF_TERRITORY", NJ_2, facts)


def competent(q: Question) -> Violation | None:
    """The matter stands in the city's published list of off-site matters (APL 17)."""
    if q.item.in_offsite_list:
        return None
    return violation("CASE_NO_JURISDICTION", APL_17, {"item": q.item.code}, wording="decision")


def law_of_the_act(q: Question) -> Violation | None:
    """Penalised by the law of the day of the act, or by that of today where it is milder (APL 37).

    The two are weighed again for the hour of the decision: a law that came after the report counts for the party. Where
    today's law knows no such violation, nobody is punished for it, whatever the law of the act says.
    """
    if isinstance(q.weighing, Refusal):
        return violation(q.weighing.code, APL_37, q.weighing.facts)
    law = q.law
    if law is not None and law.law is Law.NONE:
        return violation("CASE_NO_VIOLATION_ANY_MORE", APL_37, {"item": q.item.code, "day": law.weighed_on})
    begun, now = q.case.item_version, q.terms.profile.item(q.item.code, on=acted_on(q.case)).version
    if begun == now:
        return None
    return violation("CASE_CATALOGUE_CHANGED", APL_37, {"item": q.item.code, "begun": begun, "now": now})


def no_crime_pending(q: Question) -> Violation | None:
    """While the act may be a crime no penalty stands for its transfer, nor beside a court's fine (CrimT 11; APL 27)."""
    open_one = open_suspicion(q.case.crimes)
    if open_one is None:
        return None
    return violation("CASE_CRIME_PENDING", APL_27, {"case": q.case.id, "number": open_one.number})


def not_time_barred(q: Question) -> Violation | None:
    """Discovered and filed within the limitation period, counted from the end of the act (APL 36; ECO 1053–1057)."""
    if q.case.filed_at is not None and not is_barred(q.case, q.terms, q.case.filed_at):
        return None
    return violation("CASE_TIME_BARRED", APL_36, {"ended_on": q.case.act_ended_at.date()}, wording="decision")


def not_minor(q: Question) -> Violation | None:
    """Minor, corrected in time and harmless: there is nothing to penalise (APL 33(1), NJ 4)."""
    conclusion = q.case.conclusion
    if conclusion is None or not conclusion.findings.forbid_penalty:
        return None
    return violation("CASE_MUST_NOT_PENALISE_MINOR", APL_33, wording="decision")


def settled(q: Question) -> Violation | None:
    """What was put right is looked up and chosen about first, and what was waived is not punished (APL 33(1), NJ 4)."""
    refusal = unsettled(q.case)
    return None if refusal is None else violation(refusal.code, APL_33, refusal.facts)


def not_excluded(q: Question) -> Violation | None:
    """No adopted statement of the party removed the facts, the party or its fault (APL 33(2), 57(1)(3))."""
    effects = [stated.effect for stated in q.case.defences if stated.effect in EXCLUDING]
    if not effects:
        return None
    return violation("CASE_PENALTY_EXCLUDED", APL_57, {"effects": effects})


def mitigated_as_adopted(q: Question) -> Violation | None:
    """Where a statement about the amount was adopted, the penalty is lighter than notified (APL 45)."""
    if not any(stated.effect is Effect.AMOUNT for stated in q.case.defences):
        return None
    if all(severity(q.proposal) < severity(notice.proposal) for notice in q.named):
        return None
    return violation("CASE_ADOPTED_DEFENCE_IGNORED", APL_45)


def not_twice(q: Question) -> Violation | None:
    """One act is not fined twice (APL 29), neither by this agency nor by another one that said so.

    A penalty that a legal review found to be about another act is no obstacle (`legalreview`).
    """
    told = q.case.others.penalties if q.case.others else ()
    others = [each for each in told if each.name not in q.case.distinct]
    if others:
        facts = {"agencies": [each.agency_id for each in others], "names": [each.number for each in others]}
        return violation("CASE_DUPLICATE_PENALTY", APL_29, facts, wording="other_agency")
    twins = [twin for twin in q.twins if twin not in q.case.distinct]
    if not twins:
        return None
    return violation("CASE_DUPLICATE_PENALTY", APL_29, {"names": twins})
