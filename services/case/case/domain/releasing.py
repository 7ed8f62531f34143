"""The wrong party is released, and the case goes on without one (C-02; APL 40).

    any state before the decision ──release──▶ SUSPECTED, nobody identified ──▶ the right party is prompted anew

A case that followed the wrong person has said nothing to the right one: prompt, notice and statement bind only whom
they reached. So every period starts anew, and the two officers sign anew. After the decision this is no way: a decision
against the wrong person is revoked.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from case.domain.acts import UNKNOWN
from case.domain.deadlines import Terms
from case.domain.filing import require_party
from case.domain.merging import OPEN
from case.domain.people import Hand, Released, require_qualified, require_separate
from case.domain.preserving import require_nothing_kept
from case.domain.procedure import Case, Changing, State, require_state
from common.values.calendar import Deadline
from common.values.errors import Kind, Refusal
from common.values.facts import Commitment
from common.values.ids import OfficerId, PartyId
from common.values.law import APL_40


class WrongBecause(StrEnum):
    """Why it was the wrong party."""

    PLATE_MISREAD = "PLATE_MISREAD"
    PLATE_CLONED = "PLATE_CLONED"
    VEHICLE_SOLD = "VEHICLE_SOLD"
    REGISTER_WRONG = "REGISTER_WRONG"
    NOT_THE_ACTOR = "NOT_THE_ACTOR"


@dataclass(frozen=True)
class PartyReleased(Changing):
    """The party was the wrong one and is suspected no longer. `note` commits to how that is known.

    `was_told`: it had been prompted or notified, so it has to be told that this is over.
    """

    type: ClassVar[str] = "case.party_released"

    party_id: PartyId
    cause: WrongBecause
    note: Commitment
    was_told: bool
    by: OfficerId
    released_at: datetime
    identify_party_by: Deadline
    prompt_by: Deadline

    @property
    def subject(self) -> str:
        return self.party_id.stream

    @property
    def due(self) -> tuple[Deadline, ...]:
        return (self.identify_party_by, self.prompt_by)

    def applied(self, case: Case) -> Case:
        before = case.released.parties if case.released else ()
        return replace(
            case,
            state=State.SUSPECTED,
            party=None,
            released=Released((*before, self.party_id), self.released_at),
            prompt_document_id=None,
            prompt_delivered_at=None,
            correction_until=None,
            officers=(),
            filed_at=None,
            decide_until=None,
            signatures=(),
            conclusion=None,
            notices=(),
            defences=(),
            files=(),
            defence_reviewers=(),
            hearing=None,
            past_hearings=(),
            legal_review=None,
            discussion=None,
            # Like an investigation that was sent back: what was written before belongs to an earlier round.
            round=case.round + 1,
            returned_at=self.released_at,
            doubts=(),
            # A rest that was proposed or approved was one of the procedure against the wrong party.
            suspensions=(),
            # What waited would become a document about the next party.
            records=tuple(replace(each, voided=each.voided or each.is_open) for each in case.records),
            preservations=tuple(each for each in case.preservations if each.ordered_at is not None),
            others=None,
            correction=None,
            # What the wrong party was ordered to correct, nobody else was.
            correction_orders=(),
            first_offence=None,
            education=None,
            non_filing=None,
            # When the state ended is true of the act, whoever the party is.
            act=replace(UNKNOWN, ended_at=case.act.ended_at),
        )


def release_party(
    case: Case, *, cause: WrongBecause, note: Commitment, hand: Hand, terms: Terms, at: datetime
) -> PartyReleased:
    """Release the wrong party (APL 40). Once the case is filed, by somebody who does not investigate it.

    Not while a document is on its way to the party: its service is given up first, or it would arrive afterwards. Nor
    while the case keeps what is the party's: it goes back first (APL 56).
    """
    require_state(case, *OPEN, act="releasing the party")
    party = require_party(case)
    require_qualified(hand, at)
    require_nothing_kept(case)
    if case.filed_at is not None:
        require_separate(
            hand.officer_id, frozenset(case.officers), act="release its party", other="investigates the case"
        )
    orders = (order.document_id for order in case.correction_orders if order.service_ordered)
    on_its_way = case.service_ordered or next(orders, None)
    if on_its_way is not None:
        facts = {"case": case.id, "document_id": on_its_way}
        raise Refusal(Kind.CONFLICT, "CASE_SERVICE_RUNNING", facts, article=APL_40)
    return PartyReleased(
        case.id,
        party.id,
        cause,
        note,
        was_told=case.prompt_document_id is not None,
        by=hand.officer_id,
        released_at=at,
        identify_party_by=terms.identify_party(at),
        prompt_by=terms.prompt(at),
    )
