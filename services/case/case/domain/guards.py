"""The conditions of a decision. A missing one blocks; it does not warn.

Every guard looks at the whole question and says what is wrong, or nothing. All of them are asked, so that
the decider learns everything at once. Evidence, device and backup are asked for again at the decision:
what was lawful at filing may have been withdrawn since.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from case.domain.deadlines import Terms
from case.domain.defence import is_window_over
from case.domain.investigation import must_offer_hearing
from case.domain.procedure import AgeGroup, Case, Exhibit, Notice, Proposal
from common.values.calendar import legal_day
from common.values.errors import Facts, Violation
from common.values.ids import CaseId
from common.values.law import (
    AEL_45,
    APL_17,
    APL_29,
    APL_30,
    APL_33,
    APL_34,
    APL_36,
    APL_37,
    APL_40,
    APL_41,
    APL_42,
    APL_43,
    APL_44,
    APL_45,
    APL_45_2,
    APL_57,
    APL_58,
    APL_59,
    APL_60,
    APL_63,
    NJ_14,
    NJ_17,
    Article,
)
from common.values.profile import CatalogueItem, PenaltyKind

_RANK = {kind: rank for rank, kind in enumerate(PenaltyKind)}


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
        """Served notices of this kind of penalty for these violations: what the party could speak to (APL 44)."""
        return tuple(notice for notice in self.served if is_named(self.proposal, notice.proposal))


def failed_guards(question: Question) -> tuple[Violation, ...]:
    """Every guard that fails, in the order of the procedure."""
    return tuple(violation for guard in GUARDS if (violation := guard(question)) is not None)


def severity(proposal: Proposal) -> tuple[int, int, int]:
    """How heavy a penalty is, for comparison: rank of its kind (APL 9), fine in fen, duration in days."""
    return (_RANK[proposal.kind], proposal.fine_fen, proposal.duration_days)


def is_covered(decided: Proposal, notified: Proposal) -> bool:
    """Whether a notice of `notified` allows `decided`: no other violation, and nothing heavier (APL 45(2))."""
    return set(decided.violations) <= set(notified.violations) and severity(decided) <= severity(notified)


def is_named(decided: Proposal, notified: Proposal) -> bool:
    """Whether a notice of `notified` told of this kind of penalty for these violations (APL 44)."""
    return decided.kind is notified.kind and set(decided.violations) <= set(notified.violations)


def is_not_aggravated(decided: Proposal, served: tuple[Proposal, ...]) -> bool:
    """The non-aggravation algorithm (Inv. 3): some served notice covers the decision whole.

    One notice must cover it alone: the violations of one and the amount of another were never notified together.
    """
    return any(is_covered(decided, notified) for notified in served)


def _violation(code: str, law: Article, facts: Facts | None = None, *, wording: str = "") -> Violation:
    return Violation(code, law.cite, facts or {}, wording)


def two_officers(q: Question) -> Violation | None:
    """Two officers investigated and both signed the report (APL 42)."""
    signed = {signature.hand.officer_id for signature in q.case.signatures}
    if len(signed) >= 2 and signed == set(q.case.officers):
        return None
    return _violation("CASE_TWO_OFFICERS_REQUIRED", APL_42, {"count": len(signed)}, wording="signatures")


def qualified(q: Question) -> Violation | None:
    """Each certificate was valid on the day of the act (APL 42)."""
    for signature in q.case.signatures:
        if not signature.hand.is_qualified(signature.signed_at):
            return _violation(
                "CASE_OFFICER_UNQUALIFIED", APL_42, {"officer": signature.hand.officer_id}, wording="signed"
            )
    return None


def no_conflict(q: Question) -> Violation | None:
    """Each investigator declared that nothing binds them to the party (APL 43)."""
    if all(signature.no_conflict for signature in q.case.signatures):
        return None
    return _violation("CASE_RECUSAL_PENDING", APL_43, wording="undeclared")


def party_identified(q: Question) -> Violation | None:
    if q.case.party is not None:
        return None
    return _violation("CASE_PARTY_NOT_IDENTIFIED", APL_40, wording="unconfirmed")


def of_age(q: Question) -> Violation | None:
    """Under 14 nobody is penalised (APL 30)."""
    if q.case.party is None or q.case.party.age_group is not AgeGroup.UNDER_14:
        return None
    return _violation("CASE_MINOR_UNDER_14", APL_30, wording="decision")


def minor_mitigated(q: Question) -> Violation | None:
    """From 14 to 17 the penalty is mitigated (APL 30): less than what the tier proposes for an adult."""
    if (
        q.case.party is None
        or q.case.party.age_group is not AgeGroup.FROM_14_TO_17
        or q.case.conclusion is None
    ):
        return None
    usual = next((t.proposed_fen for t in q.item.tiers if t.code == q.case.conclusion.tier), 0)
    if q.proposal.fine_fen < usual:
        return None
    return _violation("CASE_MITIGATION_REQUIRED", APL_30, {"usual": usual})


def not_time_barred(q: Question) -> Violation | None:
    """Discovered and filed within the limitation period, counted from the end of the act (APL 36)."""
    if q.case.filed_at is not None and not q.terms.limitation(q.case.act_ended_at).is_over(q.case.filed_at):
        return None
    return _violation(
        "CASE_TIME_BARRED", APL_36, {"ended_on": q.case.act_ended_at.date()}, wording="decision"
    )


def competent(q: Question) -> Violation | None:
    """The matter stands in the city's published list of off-site matters (APL 17)."""
    if q.item.in_offsite_list:
        return None
    return _violation("CASE_NO_JURISDICTION", APL_17, {"item": q.item.code}, wording="decision")


def law_of_the_act(q: Question) -> Violation | None:
    """Penalised by the law of the day of the act (APL 37). A milder new one has to be weighed; that is not built."""
    begun, now = q.case.item_version, q.item.version
    if q.item.valid_from <= legal_day(q.case.act_ended_at) and begun == now:
        return None
    return _violation(
        "CASE_CATALOGUE_CHANGED",
        APL_37,
        {"item": q.item.code, "begun": begun, "now": now, "valid_from": q.item.valid_from},
    )


def evidence_accepted(q: Question) -> Violation | None:
    """Nothing unreviewed or rejected is evidence (NJ 14)."""
    unaccepted = [exhibit.evidence_id for exhibit in q.exhibits if not exhibit.accepted]
    if q.exhibits and not unaccepted:
        return None
    return _violation(
        "CASE_EVIDENCE_NOT_ACCEPTED", NJ_14, {"captures": ", ".join(unaccepted) or "no capture at all"}
    )


def device_lawful(q: Question) -> Violation | None:
    """The device was lawful at the second of capture, asked again today (APL 41(1))."""
    unlawful = [exhibit.device_id for exhibit in q.exhibits if not exhibit.device_lawful]
    if not unlawful:
        return None
    return _violation("CASE_DEVICE_INVALID", APL_41, {"devices": unlawful}, wording="decision")


def backed_up(q: Question) -> Violation | None:
    """Every capture used is completely backed up, read back and compared (NJ 17)."""
    missing = [exhibit.evidence_id for exhibit in q.exhibits if not exhibit.backed_up]
    if not missing:
        return None
    return _violation("CASE_BACKUP_INCOMPLETE", NJ_17, {"missing": missing})


def not_minor(q: Question) -> Violation | None:
    """Minor, corrected in time and harmless: there is nothing to penalise (APL 33(1), NJ 4)."""
    conclusion = q.case.conclusion
    if conclusion is None or not conclusion.findings.forbid_penalty:
        return None
    return _violation("CASE_MUST_NOT_PENALISE_MINOR", APL_33, wording="decision")


def not_twice(q: Question) -> Violation | None:
    """One act is not fined twice (APL 29)."""
    if not q.twins:
        return None
    return _violation("CASE_DUPLICATE_PENALTY", APL_29, {"names": q.twins})


def notified(q: Question) -> Violation | None:
    """Without a served prior notice there is no decision (APL 44, 62)."""
    if q.served:
        return None
    return _violation("CASE_PRIOR_NOTICE_REQUIRED", APL_44)


def notice_unchanged(q: Question) -> Violation | None:
    """What is decided is what was notified: another violation or kind needs a new notice (APL 44)."""
    if not q.served or q.named:
        return None
    return _violation("CASE_NOTICE_CHANGED", APL_44)


def answered_in_time(q: Question) -> Violation | None:
    """The party's time to answer has passed, or they said that they are done (APL 45)."""
    if not q.served or is_window_over(replace(q.case, notices=q.served), q.at):
        return None
    until = max(n.defence_until for n in q.served if n.defence_until is not None)
    return _violation("CASE_DEFENCE_PERIOD_RUNNING", APL_45, {"until": until}, wording="decision")


def defence_reviewed(q: Question) -> Violation | None:
    """Every statement of the party is answered, by someone who did not accept the evidence (APL 45(1), 62)."""
    reviewer = q.case.defence_reviewed_by
    if not q.served:
        return None
    separate = reviewer is not None and reviewer not in q.case.evidence_reviewers
    if separate and all(stated.answered for stated in q.case.defences):
        return None
    return _violation("CASE_DEFENCE_NOT_REVIEWED", APL_45, wording="decision")


def not_aggravated(q: Question) -> Violation | None:
    """The penalty is not heavier than notified (APL 45(2)), whatever the party said in between."""
    notified = tuple(notice.proposal for notice in q.named)
    if not notified or is_not_aggravated(q.proposal, notified):
        return None
    heaviest = max(proposal.fine_fen for proposal in notified)
    return _violation(
        "CASE_AGGRAVATION_FORBIDDEN",
        APL_45_2,
        {"kind": q.proposal.kind, "fine_fen": q.proposal.fine_fen, "heaviest": heaviest},
    )


def within_benchmark(q: Question) -> Violation | None:
    """Within the tier of the published benchmark, or under it for a stated reason; never outside the law (APL 34)."""
    conclusion, item, fine = q.case.conclusion, q.item, q.proposal.fine_fen
    if conclusion is None:
        return None
    tier = next((t for t in item.tiers if t.code == conclusion.tier), None)
    if tier is None:
        return _violation(
            "CASE_BENCHMARK_EXCEEDED",
            APL_34,
            {"item": item.code, "version": item.version, "tier": conclusion.tier},
            wording="no_tier",
        )
    reasoned = q.has_deviation_reason and item.min_fen <= fine < tier.min_fen
    if tier.min_fen <= fine <= tier.max_fen or reasoned:
        return None
    return _violation(
        "CASE_BENCHMARK_EXCEEDED",
        APL_34,
        {"tier": tier.code, "min_fen": tier.min_fen, "max_fen": tier.max_fen},
        wording="decision",
    )


def figures_set(q: Question) -> Violation | None:
    """The city has set the thresholds on which hearing and discussion hang."""
    thresholds = q.terms.profile.thresholds
    if None not in (thresholds.hearing_fine_person, thresholds.hearing_fine_org, thresholds.collective_fine):
        return None
    return _violation("PROFILE_INCOMPLETE", APL_63, {"profile": q.terms.profile.id}, wording="thresholds")


def hearing_offered(q: Question) -> Violation | None:
    """Where the fine reaches the threshold, the party was told of the right to a hearing (APL 63)."""
    if figures_set(q) is not None or q.case.party is None:
        return None
    if not must_offer_hearing(q.proposal, q.case.party, q.terms.profile):
        return None
    if any(n.hearing_offered for n in q.served):
        return None
    return _violation("CASE_HEARING_NOT_OFFERED", APL_63, {"fine_fen": q.proposal.fine_fen})


def legally_reviewed(q: Question) -> Violation | None:
    """A difficult or complex case passes legal review first (APL 58); that review is not built, so it stops here."""
    if q.case.conclusion is None or not q.case.conclusion.complex_case:
        return None
    return _violation("CASE_LEGAL_REVIEW_REQUIRED", APL_58)


def discussed(q: Question) -> Violation | None:
    """Complex or heavy penalties are discussed by the heads together (APL 57(2)); not built, so it stops here."""
    threshold = q.terms.profile.thresholds.collective_fine
    is_complex = q.case.conclusion is not None and q.case.conclusion.complex_case
    if threshold is None or not (is_complex or q.proposal.fine_fen >= threshold):
        return None
    return _violation("CASE_COLLECTIVE_DISCUSSION_REQUIRED", APL_57)


def in_time(q: Question) -> Violation | None:
    """Within ninety days of filing (APL 60). Later it needs a legal reviewer's note, which is not built."""
    if q.case.decide_until is None or q.at < q.case.decide_until:
        return None
    return _violation("CASE_DECISION_OVERDUE", APL_60, {"until": q.case.decide_until})


def remedies_named(q: Question) -> Violation | None:
    """The decision names the organs of remedy (APL 59(5)); they stand in the city's profile."""
    if q.terms.profile.offices:
        return None
    return _violation("CASE_REMEDY_TEXT_MISSING", APL_59, {"profile": q.terms.profile.id})


def surcharge_stated(q: Question) -> Violation | None:
    """A surcharge that is to be claimed is stated with its standard in the decision (APL 72; AEL 45)."""
    if q.surcharge_stated or not q.item.surcharge_claimed:
        return None
    return _violation("CASE_SURCHARGE_NOT_STATED", AEL_45, {"item": q.item.code})


GUARDS: tuple[Callable[[Question], Violation | None], ...] = (
    two_officers,
    qualified,
    no_conflict,
    party_identified,
    of_age,
    minor_mitigated,
    competent,
    law_of_the_act,
    not_time_barred,
    evidence_accepted,
    device_lawful,
    backed_up,
    not_minor,
    not_twice,
    notified,
    notice_unchanged,
    answered_in_time,
    defence_reviewed,
    not_aggravated,
    within_benchmark,
    figures_set,
    hearing_offered,
    legally_reviewed,
    discussed,
    in_time,
    remedies_named,
    surcharge_stated,
)
