"""The decision (C-21): who may make it, that every guard holds, and the fact that it is made."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from typing import ClassVar

from case.domain.contents import Decision, Exhibit, Proposal
from case.domain.guards import GUARDS, failed_guards
from case.domain.guards.competence import not_minor
from case.domain.guards.question import Mitigation, Question
from case.domain.others import require_heard
from case.domain.people import Hand, require_separate
from case.domain.procedure import ORDERABLE, Case, Changing, State, require_no_doubt, require_state
from case.domain.repeating import require_not_repeated
from case.domain.weighing import is_covered
from case.domain.withdrawing import chairs
from common.values.calendar import Deadline
from common.values.errors import Kind, Refusal
from common.values.facts import Commitment
from common.values.ids import DocumentId, EvidenceId, OfficerId, PartyId
from common.values.law import APL_33, APL_57
from ledger.canonical import canonical


@dataclass(frozen=True)
class CaseDecided(Changing):
    """A penalty is decided. It rests on `evidence_ids`, which it freezes; the digest covers the media too."""

    type: ClassVar[str] = "case.decided"
    v: ClassVar[int] = 2

    party_id: PartyId
    document_id: DocumentId
    sha256: str
    decision_type: str
    proposal: Proposal
    notice: DocumentId
    evidence_ids: tuple[EvidenceId, ...]
    evidence_sha256: bytes
    surcharge_stated: bool
    deviation: Commitment | None
    mitigation: Mitigation | None
    profile: str
    profile_digest: bytes
    by: OfficerId
    decided_at: datetime
    serve_by: Deadline

    @property
    def due(self) -> tuple[Deadline, ...]:
        return (self.serve_by,)

    def applied(self, case: Case) -> Case:
        made = Decision(self.document_id, self.proposal, self.by, self.decided_at, self.surcharge_stated)
        return replace(case, state=State.DECIDED, decision=made)


def decide(
    question: Question,
    *,
    document_id: DocumentId,
    sha256_hex: str,
    deviation: Commitment | None,
    hand: Hand,
) -> CaseDecided:
    """Impose the penalty (APL 57(1)). Raises Refusal CASE_GUARD_FAILED with every guard that fails.

    The decider is none of those who investigated, reviewed the evidence or answered the defence (Inv. 4).
    """
    require_decidable(question, hand=hand)
    require_heard(question.case, question.at)
    case = question.case
    assert case.party is not None
    profile = question.terms.profile
    return CaseDecided(
        case.id,
        case.party.id,
        document_id,
        sha256_hex,
        decision_type="PENALTY",
        proposal=question.proposal,
        notice=next(n for n in question.named if is_covered(question.proposal, n.proposal)).document_id,
        evidence_ids=tuple(exhibit.evidence_id for exhibit in question.exhibits),
        evidence_sha256=evidence_digest(question.exhibits),
        surcharge_stated=question.surcharge_stated,
        deviation=deviation,
        mitigation=question.mitigation,
        profile=profile.id,
        profile_digest=profile.digest,
        by=hand.officer_id,
        decided_at=question.at,
        serve_by=question.terms.serve_decision(question.at),
    )


def require_decidable(question: Question, *, hand: Hand) -> None:
    """Raises Refusal unless the decision can be made now by `hand`. Before the document is made, and again after."""
    case = question.case
    require_state(case, *ORDERABLE, act="the decision")
    require_no_doubt(case, act="the decision")
    require_decider(case, hand)
    if not_minor(question) is not None:
        # No list of what else is missing: nothing that could be mended would make this punishable.
        raise Refusal(Kind.CONFLICT, "CASE_MUST_NOT_PENALISE_MINOR", {"case": case.id}, article=APL_33)
    require_not_repeated(case, question.proposal, evidence_digest(question.exhibits))
    failed = failed_guards(question)
    if failed:
        raise Refusal(
            Kind.CONFLICT,
            "CASE_GUARD_FAILED",
            {"case": case.id, "failed": len(failed), "all": len(GUARDS)},
            article=APL_57,
            violations=failed,
        )


def require_decider(case: Case, hand: Hand) -> None:
    """Raises Refusal ROLE_CONFLICT for one who worked on the case (Inv. 4).

    That is who investigated, reviewed the evidence, answered a defence, chaired a hearing or reviewed it legally, in
    whichever round of the investigation.
    """
    others = case.evidence_reviewers | {*case.officers, *case.defence_reviewers}
    others |= chairs(case) | {*case.legal_reviewers}
    require_separate(hand.officer_id, others, act="decide it", other="worked on this case")


def evidence_digest(exhibits: tuple[Exhibit, ...]) -> bytes:
    """SHA-256 of the canonical list of captures and their media digests."""
    return sha256(
        canonical([{"evidence": str(e.evidence_id), "media": list(e.media)} for e in exhibits])
    ).digest()
