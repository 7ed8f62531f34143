"""The people of a case: two qualified officers without a conflict, and a party of age."""

from __future__ import annotations

from case.domain.guards.question import Mitigation, Question, violation
from case.domain.people import AgeGroup
from common.values.errors import Violation
from common.values.law import APL_30, APL_40, APL_42, APL_43


def two_officers(q: Question) -> Violation | None:
    """Two officers investigated and both signed the report (APL 42).

    The signature of one who withdrew stands where the head said that the acts stand (APL 43).
    """
    signed = {signature.hand.officer_id for signature in q.case.signatures}
    left = {each.officer_id for each in q.case.recusals if each.granted and each.acts_stand}
    if len(signed) >= 2 and signed <= {*q.case.officers, *left}:
        return None
    return violation("CASE_TWO_OFFICERS_REQUIRED", APL_42, {"count": len(signed)}, wording="signatures")


def qualified(q: Question) -> Violation | None:
    """Each certificate was valid on the day of the act (APL 42)."""
    for signature in q.case.signatures:
        if not signature.hand.is_qualified(signature.signed_at):
            return violation(
                "CASE_OFFICER_UNQUALIFIED", APL_42, {"officer": signature.hand.officer_id}, wording="signed"
            )
    return None


def no_conflict(q: Question) -> Violation | None:
    """Each investigator declared that nothing binds them to the party (APL 43)."""
    if all(signature.no_conflict for signature in q.case.signatures):
        return None
    return violation("CASE_RECUSAL_PENDING", APL_43, wording="undeclared")


def none_recused(q: Question) -> Violation | None:
    """No application that an officer withdraw waits for its decision (APL 43)."""
    waiting = [each.officer_id for each in q.case.recusals if each.granted is None]
    if not waiting:
        return None
    return violation("CASE_RECUSAL_PENDING", APL_43, {"officers": waiting}, wording="applied")


def party_identified(q: Question) -> Violation | None:
    if q.case.party is not None:
        return None
    return violation("CASE_PARTY_NOT_IDENTIFIED", APL_40, wording="unconfirmed")


def of_age(q: Question) -> Violation | None:
    """Under 14 nobody is penalised (APL 30)."""
    if q.case.party is None or q.case.party.age_group is not AgeGroup.UNDER_14:
        return None
    return violation("CASE_MINOR_UNDER_14", APL_30, wording="decision")


def mitigation_founded(q: Question) -> Violation | None:
    """The age that mitigates is the party's own (APL 30)."""
    is_young = q.case.party is not None and q.case.party.age_group is AgeGroup.FROM_14_TO_17
    if q.mitigation is not Mitigation.FROM_14_TO_17 or is_young:
        return None
    return violation("CASE_MITIGATION_UNFOUNDED", APL_30)


def minor_mitigated(q: Question) -> Violation | None:
    """From 14 to 17 the penalty is mitigated (APL 30): less than what the tier proposes for an adult."""
    if (
        q.case.party is None
        or q.case.party.age_group is not AgeGroup.FROM_14_TO_17
        or q.case.conclusion is None
    ):
        return None
    usual = q.tier.proposed_fen if q.tier else 0
    if q.proposal.fine_fen < usual:
        return None
    return violation("CASE_MITIGATION_REQUIRED", APL_30, {"usual": usual})
