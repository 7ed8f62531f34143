"""How a remedy ends, and what follows from it (ARL 63–69, 75; ALL 69–77; ARR 58)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import ClassVar, Final, TypeAlias

from case.domain.amending import CLOSED, CaseReopened, DecisionChanged, DecisionRevoked
from case.domain.amendments import Cause
from case.domain.contents import Proposal
from case.domain.deadlines import Terms
from case.domain.decision import evidence_digest
from case.domain.invalidating import InvalidationSettled
from case.domain.money import RefundCause
from case.domain.obligation import PerformanceDue
from case.domain.outcomes import Outcome
from case.domain.paying import CasePerformed
from case.domain.people import Hand, require_separate
from case.domain.procedure import Case, State, after
from case.domain.publications import Fallen
from case.domain.publishing import WithdrawalDue, withdrawal_due
from case.domain.reconsidering import OfRemedy, require_stage, with_remedy
from case.domain.refunding import RefundOpened, open_refund
from case.domain.remedies import Anew, Flaw, Forum, Remedy, Result, Stage
from case.domain.returning import returned
from case.domain.revoking import overturn
from common.values.calendar import Deadline, legal_day
from common.values.errors import Kind, Refusal
from common.values.ids import AgencyId, DocumentId, OfficerId
from common.values.law import ARL_70

Ended: TypeAlias = (
    "RemedyEnded | DecisionOrderedAnew | CaseReopened | RefundOpened | DecisionRevoked | DecisionChanged"
    " | InvalidationSettled | WithdrawalDue | PerformanceDue | CasePerformed"
)

_FALLEN: Final = frozenset({Result.REVOKED, Result.INVALID})
_FLAWED: Final = frozenset({*_FALLEN, Result.CHANGED, Result.ORDERED_ANEW, Result.CONFIRMED_UNLAWFUL})
_JUDGED: Final = frozenset({*_FLAWED, Result.UPHELD})
_ENDS: Final = {Result.WITHDRAWN: (Stage.RECEIVED, Stage.PASSED_ON, Stage.TAKEN_UP)} | {
    Result.DISMISSED: (Stage.PASSED_ON, Stage.TAKEN_UP)
}
"""Where a remedy may stand that nobody judges. The agency dismisses nothing: it corrects or forwards (ARL 32)."""


@dataclass(frozen=True)
class Verdict:
    """What the organ or the court decided: `flaw` where the decision did not hold, `proposal` the penalty that it set.

    `effective_on` is the day from which it binds. `document_sha256` names its document, uploaded before. `anew_cd` are
    the calendar days that it gave for a new decision; None where it gave none.
    """

    result: Result
    flaw: Flaw | None
    proposal: Proposal | None
    decided_on: date
    effective_on: date
    document_sha256: str
    anew_cd: int | None = None


@dataclass(frozen=True)
class RemedyEnded(OfRemedy):
    """The remedy ended with `result`. `sue_by`: the fifteen days to go to court after a reconsideration (ALL 45)."""

    type: ClassVar[str] = "case.remedy.ended"

    agency_id: AgencyId
    result: Result
    flaw: Flaw | None
    proposal: Proposal | None
    decided_on: date
    effective_on: date
    document_sha256: str
    by: OfficerId
    sue_by: Deadline | None

    @property
    def due(self) -> tuple[Deadline, ...]:
        return (self.sue_by,) if self.sue_by else ()

    def applied(self, case: Case) -> Case:
        return with_remedy(
            case,
            self.number,
            stage=Stage.ENDED,
            result=self.result,
            flaw=self.flaw,
            ended_on=self.effective_on,
            halt=None,
        )


@dataclass(frozen=True)
class DecisionOrderedAnew(OfRemedy):
    """The decision fell, and the agency decides again by `anew_by`: the case goes back to before its decision.

    `report` and `evidence` are the digests of what the fallen decision `fallen` rested on, `fallen_proposal` is its
    penalty, None where it was not to punish. What was paid goes back. The legal review and the discussion spoke about
    the fallen decision and are void; the hearing stays until the head sends the investigation back. What fell for its
    procedure (`may_repeat`) is done again from the report on: notice, statements and hearing, each with its time.
    """

    type: ClassVar[str] = "case.decision.ordered_anew"
    v: ClassVar[int] = 2

    agency_id: AgencyId
    fallen: DocumentId
    report: bytes
    evidence: bytes
    fallen_outcome: Outcome
    fallen_proposal: Proposal | None
    may_repeat: bool
    refund_fen: int
    ordered_at: datetime
    anew_by: Deadline

    @property
    def due(self) -> tuple[Deadline, ...]:
        return (self.anew_by,)

    def applied(self, case: Case) -> Case:
        anew = Anew(
            self.anew_by.due_at,
            self.fallen,
            self.fallen_outcome,
            self.fallen_proposal,
            self.report,
            self.evidence,
            self.may_repeat,
        )
        # The obligation stays, at nothing: the bank may still tell of a payment under its reference.
        payment = replace(case.payment, fine_fen=0) if case.payment else None
        # Who was not to be punished may never have had a notice: then there is nothing to answer yet.
        was_told = any(notice.served_at is not None for notice in case.current_notices)
        back = replace(
            case,
            state=State.DEFENCE_REVIEW if was_told else State.INVESTIGATION_CONCLUDED,
            decision=None,
            served_at=None,
            legal_review=None,
            discussion=None,
            service_ordered=None,
            closure_proposed_by=None,
            others=None,
            payment=payment,
            decide_until=self.anew_by.due_at,
        )
        back = returned(back, self.ordered_at) if self.may_repeat else back
        return with_remedy(back, self.number, anew=anew)


def end_remedy(
    case: Case, number: int, verdict: Verdict, *, hand: Hand, terms: Terms, at: datetime
) -> tuple[Ended, ...]:
    """Enter how the remedy ended, and carry out what follows for the decision and the money.

    A remedy that nobody took up ends only by withdrawal, or by dismissal once it was forwarded; who investigated the
    case does not say of either that the party's remedy is over. What is revoked is revoked from its effect on,
    not from the entry: no surcharge ran meanwhile, and what was paid goes back.
    """
    judged = verdict.result in _JUDGED
    stages = _ENDS.get(verdict.result, (Stage.TAKEN_UP,))
    remedy = require_stage(case, number, *stages, act="ending the remedy")
    if not judged:
        investigators = frozenset(case.officers)
        require_separate(
            hand.officer_id, investigators, act="end the remedy unjudged", other="investigated the case"
        )
    _require_whole(case, remedy, verdict, at)
    sues = remedy.forum is Forum.RECONSIDERATION and judged
    ended = RemedyEnded(
        case.id,
        number,
        case.agency_id,
        verdict.result,
        verdict.flaw,
        verdict.proposal,
        verdict.decided_on,
        verdict.effective_on,
        verdict.document_sha256,
        hand.officer_id,
        terms.sue_after_reconsideration(verdict.effective_on) if sues else None,
    )
    case = after(case, ended)
    if verdict.result in _FALLEN or verdict.result is Result.CHANGED:
        return (ended, *overturn(case, verdict.proposal, hand=hand, terms=terms, at=at))
    if verdict.result is Result.ORDERED_ANEW:
        return (ended, *_ordered_anew(case, number, verdict, hand=hand, terms=terms, at=at))
    if verdict.result is Result.CONFIRMED_UNLAWFUL:
        return (ended, *withdrawal_due(case, Fallen.UNLAWFUL, terms=terms, at=at))
    return (ended,)


def _ordered_anew(
    case: Case, number: int, verdict: Verdict, *, hand: Hand, terms: Terms, at: datetime
) -> tuple[Ended, ...]:
    """Sixty days from the effect where the organ or the court gave none (ARR 58)."""
    assert case.decision is not None
    assert case.conclusion is not None
    reopened = (
        (CaseReopened(case.id, case.state, Cause.REMEDY_RESULT, hand.officer_id, at),)
        if case.state in CLOSED
        else ()
    )
    refund = open_refund(case, cause=RefundCause.REVOKED, by=hand.officer_id, terms=terms, at=at)
    fact = DecisionOrderedAnew(
        case.id,
        number,
        case.agency_id,
        case.decision.document_id,
        case.conclusion.report,
        evidence_digest(case.exhibits),
        case.decision.outcome,
        case.decision.proposal,
        verdict.flaw is Flaw.PROCEDURE,
        refund.fine_fen + refund.surcharge_fen + refund.surplus_fen if refund else 0,
        at,
        terms.act_anew(verdict.effective_on, verdict.anew_cd),
    )
    withdrawal = withdrawal_due(case, Fallen.REVOKED, terms=terms, at=at)
    return (*reopened, *([refund] if refund else []), fact, *withdrawal)


def _require_whole(case: Case, remedy: Remedy, verdict: Verdict, at: datetime) -> None:
    days = (remedy.accepted_on or remedy.filed_on, verdict.decided_on, verdict.effective_on, legal_day(at))
    if days != tuple(sorted(days)):
        raise Refusal(Kind.INVALID, "CASE_REMEDY_DAYS", {"from": days[0], "until": days[-1]}, article=ARL_70)
    is_flawed = (verdict.flaw is not None) is (verdict.result in _FLAWED)
    is_changed = (verdict.proposal is not None) is (verdict.result is Result.CHANGED)
    gives_days = verdict.anew_cd is None or verdict.result is Result.ORDERED_ANEW
    if not (is_flawed and is_changed and gives_days):
        raise Refusal(Kind.INVALID, "CASE_REMEDY_RESULT", {"result": verdict.result}, article=ARL_70)
