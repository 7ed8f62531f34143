"""The decision not to punish (不予行政处罚决定, C-13; APL 29, 30, 31, 33, 36, 57(1)).

Each outcome rests on what the record shows: the findings of both officers, an adopted defence, the age of the party,
the day of the act. The head decides it, as a penalty is decided, and the party is told with its remedies.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import ClassVar, Final

from case.domain.contents import Decision
from case.domain.correcting import is_waived
from case.domain.deadlines import Terms
from case.domain.decision import evidence_digest, require_decider
from case.domain.ecology import is_barred, is_ecological, is_fault_disproved
from case.domain.education import require_educated
from case.domain.filing import require_party
from case.domain.invalidating import open_tasks, require_sound
from case.domain.lawoftime import is_repealed
from case.domain.outcomes import UNEDUCATED_OUTCOMES, Effect, Outcome
from case.domain.people import AgeGroup, Hand
from case.domain.procedure import DELIBERATING, Case, Changing, State, require_no_doubt, require_state
from case.domain.repeating import require_no_same_outcome
from common.values.calendar import Deadline
from common.values.errors import Kind, Refusal
from common.values.facts import Commitment
from common.values.ids import DocumentId, EvidenceId, OfficerId, PartyId
from common.values.law import APL_43, APL_45, APL_57

_STATES: Final = (
    State.INVESTIGATION_CONCLUDED,
    State.PRIOR_NOTICE_SERVED,
    State.DEFENCE_REVIEW,
    *DELIBERATING,
)


@dataclass(frozen=True)
class NoPenaltyDecided(Changing):
    """It is decided that no penalty is imposed, and why. `reasons` commits to the words of the document."""

    type: ClassVar[str] = "case.no_penalty_decided"

    party_id: PartyId
    document_id: DocumentId
    sha256: str
    outcome: Outcome
    reasons: Commitment
    evidence_ids: tuple[EvidenceId, ...]
    evidence_sha256: bytes
    profile: str
    profile_digest: bytes
    by: OfficerId
    decided_at: datetime
    serve_by: Deadline

    @property
    def due(self) -> tuple[Deadline, ...]:
        return (self.serve_by,)

    def applied(self, case: Case) -> Case:
        made = Decision(self.document_id, None, self.by, self.decided_at, False, self.outcome)
        return replace(case, state=State.DECIDED, decision=made, service_ordered=None)


def decide_no_penalty(
    case: Case,
    *,
    outcome: Outcome,
    document_id: DocumentId,
    sha256_hex: str,
    reasons: Commitment,
    hand: Hand,
    terms: Terms,
    at: datetime,
) -> NoPenaltyDecided:
    """Decide that no penalty is imposed (APL 57(1)(2), (3))."""
    require_decidable(case, outcome, hand=hand, terms=terms, at=at)
    party, profile = require_party(case), terms.profile
    return NoPenaltyDecided(
        case.id,
        party.id,
        document_id,
        sha256_hex,
        outcome,
        reasons,
        tuple(exhibit.evidence_id for exhibit in case.exhibits),
        evidence_digest(case.exhibits),
        profile.id,
        profile.digest,
        hand.officer_id,
        at,
        terms.serve_decision(at),
    )


def require_decidable(case: Case, outcome: Outcome, *, hand: Hand, terms: Terms, at: datetime) -> None:
    """Raises Refusal unless the record shows `outcome` and `hand` may decide it.

    What the party said is answered first (APL 45), whatever is decided. Who violated the law is educated (APL 33(3)).
    """
    # A notice on its way is overtaken: it announces a penalty that nothing supports any more.
    more = (State.PRIOR_NOTICE_SENT,) if open_tasks(case) else ()
    require_state(case, *_STATES, *more, act="the decision not to punish")
    require_no_doubt(case, act="the decision not to punish")
    if outcome is not Outcome.NO_VIOLATION:
        require_sound(case, act="a decision that finds a violation")
    require_party(case)
    require_decider(case, hand)
    waiting = [each.officer_id for each in case.recusals if each.granted is None]
    if waiting:
        raise Refusal(
            Kind.CONFLICT, "CASE_RECUSAL_PENDING", {"officers": waiting}, wording="applied", article=APL_43
        )
    if not all(stated.answered for stated in case.defences):
        raise Refusal(
            Kind.CONFLICT,
            "CASE_DEFENCE_NOT_REVIEWED",
            {"case": case.id, "count": len(case.defences)},
            article=APL_45,
        )
    # The law of today is asked last: what the record shows by itself needs none.
    is_shown = _SHOWN[outcome](case, terms) or (
        outcome is Outcome.NO_VIOLATION and is_repealed(case, terms=terms, at=at)
    )
    if not is_shown:
        raise Refusal(
            Kind.CONFLICT, "CASE_OUTCOME_NOT_SHOWN", {"case": case.id, "outcome": outcome}, article=APL_57
        )
    require_no_same_outcome(case, outcome, evidence_digest(case.exhibits))
    if outcome not in UNEDUCATED_OUTCOMES:
        require_educated(case)


def _proposes(case: Case, outcome: Outcome) -> bool:
    return case.conclusion is not None and case.conclusion.outcome is outcome


def _has_adopted(case: Case, *effects: Effect) -> bool:
    return any(stated.effect in effects for stated in case.defences)


def _is_minor(case: Case, terms: Terms) -> bool:
    return case.conclusion is not None and case.conclusion.findings.forbid_penalty


def _is_first(case: Case, terms: Terms) -> bool:
    # What must not be punished is no matter of choice (APL 33(1), first sentence).
    return is_waived(case) and not _is_minor(case, terms)


def _has_no_fault(case: Case, terms: Terms) -> bool:
    proposed = _proposes(case, Outcome.NO_PENALTY_NO_FAULT) and not is_ecological(case, terms)
    return proposed or is_fault_disproved(case)


def _lacks_capacity(case: Case, terms: Terms) -> bool:
    is_child = case.party is not None and case.party.age_group is AgeGroup.UNDER_14
    return is_child or _proposes(case, Outcome.NO_PENALTY_CAPACITY)


def _is_no_violation(case: Case, terms: Terms) -> bool:
    # A capture that is no evidence shows no fact (APL 41(1)).
    is_shaken = bool(open_tasks(case))
    return (
        is_shaken or _proposes(case, Outcome.NO_VIOLATION) or _has_adopted(case, Effect.FACTS, Effect.PARTY)
    )


def _is_fined_elsewhere(case: Case, terms: Terms) -> bool:
    # What a legal review found to be about another act bars nothing (APL 29).
    told = case.others.penalties if case.others else ()
    return any(each.name not in case.distinct for each in told)


def _is_barred(case: Case, terms: Terms) -> bool:
    # The captures may show less than the officers found: that the act had ended long before the last of them.
    is_late = case.filed_at is not None and is_barred(case, terms, case.filed_at)
    return is_late or _proposes(case, Outcome.TIME_BARRED)


_SHOWN: Final[dict[Outcome, Callable[[Case, Terms], bool]]] = {
    Outcome.PENALTY: lambda case, terms: False,
    Outcome.NO_PENALTY_MINOR: _is_minor,
    Outcome.NO_PENALTY_FIRST_OFFENCE: _is_first,
    Outcome.NO_PENALTY_NO_FAULT: _has_no_fault,
    Outcome.NO_PENALTY_CAPACITY: _lacks_capacity,
    Outcome.NO_PENALTY_DUPLICATE: _is_fined_elsewhere,
    Outcome.NO_VIOLATION: _is_no_violation,
    Outcome.TIME_BARRED: _is_barred,
}
"""What the record must show for each outcome. A penalty has its own guards (`decision`)."""
