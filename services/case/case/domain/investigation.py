"""The investigation: two officers, one report, one proposal, and the prior notice that tells the party of it.

Both officers sign the same report, each in an act of their own (APL 42, C-12). What they propose is what is
notified (C-14), and nothing heavier can be decided later (Inv. 3).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, ClassVar

from case.domain.collecting import require_records_signed
from case.domain.contents import Conclusion, Findings, Notice, Proposal
from case.domain.correcting import is_waived, require_settled
from case.domain.deadlines import Terms
from case.domain.ecology import is_ecological
from case.domain.filing import require_party
from case.domain.invalidating import require_sound
from case.domain.lawoftime import weigh_at
from case.domain.outcomes import Outcome
from case.domain.people import Hand, Party, PartyKind, Signature, require_qualified, require_separate
from case.domain.procedure import Case, Changing, State, require_assigned, require_state
from case.domain.twolaws import Law
from case.domain.weighing import severity
from common.values.calendar import Deadline
from common.values.errors import Kind, Refusal
from common.values.facts import Commitment
from common.values.ids import DocumentId, OfficerId, PartyId
from common.values.law import APL_33, APL_34, APL_37, APL_42, APL_43, APL_45_2, APL_57, APL_63, ECO_1053_1057
from common.values.manner import Manner
from common.values.profile import PenaltyKind, Profile

# Any other kind is one of APL 63(1)(2)–(5), or so near to them that the party is heard rather than not.
WITHOUT_HEARING = frozenset({PenaltyKind.WARNING, PenaltyKind.CIRCULATED_CRITICISM, PenaltyKind.FINE})


@dataclass(frozen=True)
class Report:
    """The report as its signer submits it. `text` is a keyed digest of the report, the same for both.

    `outcome` is what it proposes; the fine of anything but a penalty is 0.
    """

    text: bytes
    circumstances: Mapping[str, str]
    fine_fen: int
    findings: Findings
    complex_case: bool
    outcome: Outcome = Outcome.PENALTY


@dataclass(frozen=True)
class InvestigationSigned(Changing):
    """The first of the two signed the report."""

    type: ClassVar[str] = "case.investigation_signed"
    v: ClassVar[int] = 2

    by: OfficerId
    report: Commitment
    signature: Signature
    conclusion: Conclusion
    trace: tuple[str, ...]

    def body(self) -> dict[str, Any]:
        return _without_text(super().body())

    def applied(self, case: Case) -> Case:
        signed = (*case.signatures, self.signature)
        return replace(case, state=State.INVESTIGATING, signatures=signed, conclusion=self.conclusion)


@dataclass(frozen=True)
class InvestigationConcluded(Changing):
    """The second signed the same report: the investigation is over."""

    type: ClassVar[str] = "case.investigation_concluded"
    v: ClassVar[int] = 2

    by: OfficerId
    report: Commitment
    signature: Signature
    conclusion: Conclusion

    def body(self) -> dict[str, Any]:
        return _without_text(super().body())

    def applied(self, case: Case) -> Case:
        signed = (*case.signatures, self.signature)
        return replace(case, state=State.INVESTIGATION_CONCLUDED, signatures=signed)


@dataclass(frozen=True)
class PriorNoticeIssued(Changing):
    """The notified proposal: the ceiling of what can be decided (APL 44, 45(2))."""

    type: ClassVar[str] = "case.prior_notice.issued"

    party_id: PartyId
    document_id: DocumentId
    sha256: str
    proposal: Proposal
    tier: str
    hearing_offered: bool
    by: OfficerId
    issued_at: datetime

    def applied(self, case: Case) -> Case:
        notice = Notice(self.document_id, self.proposal, self.hearing_offered, self.issued_at)
        return replace(case, state=State.PRIOR_NOTICE_SENT, notices=(*case.notices, notice))


@dataclass(frozen=True)
class PriorNoticeServed(Changing):
    """The party has it; the time to answer, and to ask for a hearing that is offered, runs from the day after."""

    type: ClassVar[str] = "case.prior_notice.served"
    v: ClassVar[int] = 2

    document_id: DocumentId
    manner: Manner
    served_at: datetime
    defend_by: Deadline
    ask_hearing_by: Deadline | None

    @property
    def due(self) -> tuple[Deadline, ...]:
        return (self.defend_by, self.ask_hearing_by) if self.ask_hearing_by else (self.defend_by,)

    def applied(self, case: Case) -> Case:
        hearing_until = self.ask_hearing_by.due_at if self.ask_hearing_by else None
        served = tuple(
            replace(
                n,
                served_at=self.served_at,
                defence_until=self.defend_by.due_at,
                hearing_until=hearing_until,
            )
            if n.document_id == self.document_id
            else n
            for n in case.notices
        )
        return replace(case, state=State.PRIOR_NOTICE_SERVED, notices=served, service_ordered=None)


def sign_report(
    case: Case,
    report: Report,
    *,
    commitment: Commitment,
    no_conflict: bool,
    hand: Hand,
    terms: Terms,
    at: datetime,
) -> InvestigationSigned | InvestigationConcluded:
    """One of the two officers signs the report (C-12); with the second signature the investigation is over.

    The proposed fine lies within the tier the circumstances lead to (APL 34), under the law that is applied (APL 37).
    The second officer signs the same report or none: two signatures under two texts would be two reports of one officer
    each. A report that finds the act minor, corrected and harmless proposes that end and no other (NJ 4; APL 33(1)),
    and one that proposes to waive rests on the choice on record: a proposal that nobody could decide would leave the
    case without an end.
    """
    require_state(case, State.FILED, State.INVESTIGATING, act="concluding the investigation")
    require_assigned(hand, case)
    require_qualified(hand, at)
    if not no_conflict:
        raise Refusal(Kind.CONFLICT, "CASE_RECUSAL_PENDING", {"officer": hand.officer_id}, article=APL_43)
    require_separate(
        hand.officer_id,
        frozenset(s.hand.officer_id for s in case.signatures),
        act="sign as the second officer",
        other="signed as the first",
    )
    require_records_signed(case)
    _require_shown(case, report)
    if report.outcome is Outcome.NO_PENALTY_NO_FAULT and is_ecological(case, terms):
        # The officers cannot find what the law leaves to the party to prove, in its statement (ECO 1053–1057).
        raise Refusal(Kind.CONFLICT, "CASE_FAULT_PRESUMED", {"case": case.id}, article=ECO_1053_1057)
    signature = Signature(hand, at, no_conflict)
    if case.conclusion is not None:
        return _second_signature(case, case.conclusion, report, signature, commitment)
    weighed = weigh_at(case, report.circumstances, terms=terms, at=at)
    side, is_penalty = weighed.applied, report.outcome is Outcome.PENALTY
    if is_penalty and weighed.law is Law.NONE:
        facts = {"item": case.violation_code, "day": weighed.weighed_on}
        raise Refusal(Kind.CONFLICT, "CASE_NO_VIOLATION_ANY_MORE", facts, article=APL_37)
    if not (side.min_fen <= report.fine_fen <= side.max_fen if is_penalty else report.fine_fen == 0):
        facts = {"tier": side.tier, "min_fen": side.min_fen, "max_fen": side.max_fen}
        raise Refusal(Kind.CONFLICT, "CASE_BENCHMARK_EXCEEDED", facts, article=APL_34)
    conclusion = Conclusion(
        report.text,
        Proposal((case.violation_code,), side.kind, report.fine_fen),
        side.tier,
        report.findings,
        report.complex_case,
        report.outcome,
    )
    return InvestigationSigned(case.id, hand.officer_id, commitment, signature, conclusion, side.trace)


def _require_shown(case: Case, report: Report) -> None:
    is_minor, outcome = report.findings.forbid_penalty, report.outcome
    if is_minor and outcome is Outcome.PENALTY:
        raise Refusal(Kind.CONFLICT, "CASE_MUST_NOT_PENALISE_MINOR", {"case": case.id}, article=APL_33)
    is_unchosen = outcome is Outcome.NO_PENALTY_FIRST_OFFENCE and not is_waived(case)
    if is_minor is not (outcome is Outcome.NO_PENALTY_MINOR) or is_unchosen:
        facts = {"case": case.id, "outcome": outcome}
        raise Refusal(Kind.CONFLICT, "CASE_OUTCOME_NOT_SHOWN", facts, article=APL_57)


def _second_signature(
    case: Case, conclusion: Conclusion, report: Report, signature: Signature, commitment: Commitment
) -> InvestigationConcluded:
    if conclusion.report != report.text:
        raise Refusal(Kind.CONFLICT, "CASE_REPORT_DIFFERS", {"case": case.id}, article=APL_42)
    return InvestigationConcluded(case.id, signature.hand.officer_id, commitment, signature, conclusion)


def _without_text(body: dict[str, Any]) -> dict[str, Any]:
    # The bare digest of a text can be guessed; the record holds the salted commitment instead.
    return body | {"conclusion": {k: v for k, v in body["conclusion"].items() if k != "report"}}


def issue_notice(
    case: Case, *, document_id: DocumentId, sha256: str, hand: Hand, terms: Terms, at: datetime
) -> PriorNoticeIssued:
    """Tell the party what penalty is intended, why, and what they may do about it (C-14, APL 44).

    The officers proposed it by their signatures; the person who issues it is a third one, who read it. Where the law
    gives a hearing the same notice offers it (D-15 is D-14 with that right): two papers would have two days of service,
    and the party two periods to confuse. After a return the new notice is no heavier than one that the party has.
    """
    require_state(case, State.INVESTIGATION_CONCLUDED, act="the prior notice")
    require_sound(case, act="the prior notice")
    require_qualified(hand, at)
    require_separate(
        hand.officer_id,
        frozenset(case.officers),
        act="approve its prior notice",
        other="investigated the case",
    )
    party = require_party(case)
    assert case.conclusion is not None
    if case.conclusion.outcome is not Outcome.PENALTY:
        # What must not be punished is not announced as a punishment: the notice itself would harm.
        code = (
            "CASE_MUST_NOT_PENALISE_MINOR"
            if case.conclusion.findings.forbid_penalty
            else "CASE_NO_PENALTY_PROPOSED"
        )
        raise Refusal(Kind.CONFLICT, code, {"case": case.id}, article=APL_33)
    require_settled(case)
    proposal = case.conclusion.proposal
    _require_not_heavier(case, proposal)
    return PriorNoticeIssued(
        case.id,
        party.id,
        document_id,
        sha256,
        proposal,
        case.conclusion.tier,
        hearing_offered=must_offer_hearing(proposal, party, terms.profile),
        by=hand.officer_id,
        issued_at=at,
    )


def _require_not_heavier(case: Case, proposal: Proposal) -> None:
    # The party answered the earlier notice. What it said must not make its penalty heavier (APL 45(2)), and nobody
    # could tell afterwards that it did not.
    told = [notice.proposal for notice in case.notices if notice.served_at is not None]
    if told and not any(severity(proposal) <= severity(each) for each in told):
        raise Refusal(
            Kind.CONFLICT,
            "CASE_AGGRAVATION_FORBIDDEN",
            {
                "kind": proposal.kind,
                "fine_fen": proposal.fine_fen,
                "heaviest": max(each.fine_fen for each in told),
            },
            article=APL_45_2,
        )


def must_offer_hearing(proposal: Proposal, party: Party, profile: Profile) -> bool:
    """Whether a hearing is owed (APL 63): the fine reaches the city's threshold, or the penalty is no mere fine.

    Licences, closures, confiscations and what is heavier always give the right. Raises Refusal PROFILE_INCOMPLETE.
    """
    if proposal.kind not in WITHOUT_HEARING:
        return True
    thresholds = profile.thresholds
    threshold = (
        thresholds.hearing_fine_person if party.kind is PartyKind.PERSON else thresholds.hearing_fine_org
    )
    if threshold is None:
        raise Refusal(
            Kind.CONFLICT, "PROFILE_INCOMPLETE", {"profile": profile.id}, wording="hearing", article=APL_63
        )
    return proposal.fine_fen >= threshold


def notice_served(
    case: Case, *, document_id: DocumentId, manner: Manner, served_at: datetime, terms: Terms
) -> PriorNoticeServed:
    """The notice reached the party (C-15). The answer period is counted from the service, not from the issue."""
    require_state(case, State.PRIOR_NOTICE_SENT, act="noting the service of the prior notice")
    offered = next(n for n in case.notices if n.document_id == document_id).hearing_offered
    return PriorNoticeServed(
        case.id,
        document_id,
        manner,
        served_at,
        terms.defence(served_at),
        terms.request_hearing(served_at) if offered else None,
    )
