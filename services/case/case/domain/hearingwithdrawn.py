"""The party takes back its request for a hearing, before the day of the hearing (APL 63, 64).

A hearing is a right of the party, so the party may let it go. What it said in writing is weighed all the same. While
its five working days run it may ask again, so the decision waits for them. The agency may still hold a hearing of its
own motion.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import ClassVar, Final

from case.domain.deliberation import HearingGround
from case.domain.procedure import Case, State, require_state
from case.domain.returning import OfDeliberation
from common.values.calendar import legal_day
from common.values.errors import Kind, Refusal
from common.values.ids import PartyId
from common.values.law import APL_64_1

WITHDRAWABLE: Final = (State.PRIOR_NOTICE_SERVED, State.DEFENCE_REVIEW, State.HEARING, State.SUSPENDED)


@dataclass(frozen=True)
class HearingRequestWithdrawn(OfDeliberation):
    """The party took its request back. A hearing that was ordered upon it is not held."""

    type: ClassVar[str] = "case.hearing.request_withdrawn"

    party_id: PartyId
    withdrawn_at: datetime

    @property
    def subject(self) -> str:
        return self.party_id.stream

    def applied(self, case: Case) -> Case:
        assert case.hearing is not None
        ended = replace(case.hearing, withdrawn_at=self.withdrawn_at)
        is_ordered = case.state is State.HEARING
        return replace(
            case,
            state=State.DEFENCE_REVIEW if is_ordered else case.state,
            hearing=None,
            past_hearings=(*case.past_hearings, ended),
            # Nobody waits any more for the notice of a hearing that is not held.
            service_ordered=None if is_ordered else case.service_ordered,
            doubts=tuple(each for each in case.doubts if each.document_id != ended.document_id),
        )


def withdraw_request(case: Case, *, party_id: PartyId, at: datetime) -> HearingRequestWithdrawn:
    """Take the request back until the day before the hearing; on its day whoever stays away waives it (APL 64(6)).

    Refusals: CASE_TRANSITION_NOT_ALLOWED where the party asked for none; CASE_HEARING_HELD from the day of the hearing.
    """
    require_state(case, *WITHDRAWABLE, act="taking back the request for a hearing")
    hearing = case.hearing
    if hearing is None or hearing.ground is not HearingGround.REQUESTED:
        raise Refusal(
            Kind.CONFLICT,
            "CASE_TRANSITION_NOT_ALLOWED",
            {"case": case.id},
            wording="no_hearing_request",
            article=APL_64_1,
        )
    is_its_day = hearing.opens_at is not None and legal_day(at) >= legal_day(hearing.opens_at)
    if hearing.held_at is not None or is_its_day:
        raise Refusal(
            Kind.CONFLICT, "CASE_HEARING_HELD", {"case": case.id}, wording="its_day", article=APL_64_1
        )
    return HearingRequestWithdrawn(case.id, party_id, at)
