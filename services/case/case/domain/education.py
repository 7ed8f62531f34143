"""The education of a party that is not punished (APL 33(3); NJ 4: punishment goes with education)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import ClassVar, Final

from case.domain.filing import require_party
from case.domain.outcomes import Education, Told
from case.domain.people import Hand, require_qualified
from case.domain.procedure import DELIBERATING, Case, Changing, State, require_state
from common.values.errors import Kind, Refusal
from common.values.facts import Commitment
from common.values.ids import DocumentId, OfficerId, PartyId
from common.values.law import APL_33_3

_OPEN: Final = (
    State.SUSPECTED,
    State.PROMPTED,
    State.READY_TO_FILE,
    State.INVESTIGATION_CONCLUDED,
    State.PRIOR_NOTICE_SERVED,
    State.DEFENCE_REVIEW,
    *DELIBERATING,
)


@dataclass(frozen=True)
class CaseEducated(Changing):
    """The party was educated: the text that was served, when and how, and the digest of the proof."""

    type: ClassVar[str] = "case.educated"

    party_id: PartyId
    document_id: DocumentId
    sha256: str
    text: Commitment
    told_at: datetime
    how: Told
    proof_sha256: str
    by: OfficerId

    @property
    def subject(self) -> str:
        return self.party_id.stream

    def applied(self, case: Case) -> Case:
        told = Education(self.document_id, self.told_at, self.how, self.proof_sha256)
        return replace(case, education=told)


def educate(
    case: Case,
    education: Education,
    *,
    sha256: str,
    text: Commitment,
    hand: Hand,
    at: datetime,
) -> CaseEducated:
    """Record that the party was educated (APL 33(3)), or the guardian of a party under 14 (APL 30).

    It comes before the disposition: an education that is only promised when the case is closed takes place never.
    """
    require_state(case, *_OPEN, act="recording an education")
    require_qualified(hand, at)
    party = require_party(case)
    if not case.opened_at <= education.told_at <= at:
        raise Refusal(
            Kind.INVALID, "CASE_EDUCATION_TIME", {"from": case.opened_at, "until": at}, article=APL_33_3
        )
    return CaseEducated(
        case.id,
        party.id,
        education.document_id,
        sha256,
        text,
        education.told_at,
        education.how,
        education.proof_sha256,
        hand.officer_id,
    )


def require_educated(case: Case) -> None:
    """Raises Refusal CASE_EDUCATION_RECORD_MISSING: not to punish is not to do nothing (APL 33(3))."""
    if case.education is None:
        raise Refusal(Kind.CONFLICT, "CASE_EDUCATION_RECORD_MISSING", {"case": case.id}, article=APL_33_3)
