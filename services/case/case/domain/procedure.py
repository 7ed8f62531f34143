"""The case and its states; every act of the other files starts from one of them.

    SUSPECTED ─prompt─▶ PROMPTED ─(arrived, window over) apply─▶ READY_TO_FILE ─file─▶ FILED ─sign─▶ INVESTIGATING
      ─both signed─▶ INVESTIGATION_CONCLUDED ─issue─▶ PRIOR_NOTICE_SENT ─served─▶ PRIOR_NOTICE_SERVED
      ─(window over) review─▶ DEFENCE_REVIEW ─[HEARING]─[LEGAL_REVIEW]─[COLLECTIVE_DISCUSSION]─ decide ─▶ DECIDED
      ─order service─▶ SERVICE_PENDING
      ─served─▶ SERVED ─payment due─▶ PERFORMING ─bank's notice─▶ PERFORMED ─approve─▶ CLOSED ─▶ ARCHIVED

A fine that is not paid: PERFORMING ─▶ DEMANDED ─▶ ENFORCEMENT_APPLIED ─▶ ENFORCEMENT_RULED ─▶ ENFORCED, or at any of
them ENFORCEMENT_ENDED (`demanding`, `enforcing`). The procedure may rest before the decision: SUSPENDED (`suspending`).
A lead that is not filed ends in NOT_FILED, and so does one that is merged into another case about its act. One that
another agency takes over ends in TRANSFERRED_OUT. A wrong party is released: from every state before the decision back
to SUSPECTED. A decision not to punish is served like a penalty, and closed from SERVED.
A state in brackets is entered where its trigger holds, and nobody passes it by there (`deliberation`, `triggers`).
A decision that is revoked leads from wherever it stands, over REOPENED where the case was closed, to REVOKED_BY_SELF,
and is closed from there; one that is made lighter leads to CHANGED_BY_SELF and is served anew (`amending`).

A remedy lies over these states (`remedies`); a decision that is ordered anew leads back to DEFENCE_REVIEW.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

from case.domain.acts import UNKNOWN, Act
from case.domain.amendments import Amendment, AmendmentKind, unserved
from case.domain.collected import FieldRecord, Preservation
from case.domain.contents import Conclusion, Decision, Defence, Doubt, Exhibit, Notice, OthersAnswer, Payment
from case.domain.corrections import CorrectionOrder
from case.domain.deliberation import Discussion, Hearing, LegalReview, Recusal
from case.domain.execution import Execution
from case.domain.files import File
from case.domain.invalidations import Invalidation
from case.domain.money import Refund, Relief
from case.domain.outcomes import Correction, Education, FirstOffence, NonFiling, Outcome
from case.domain.people import Hand, Party, Released, Signature, Transfer
from case.domain.publications import Publication
from case.domain.remedies import Remedy
from case.domain.resting import Suspension
from case.domain.suspicion import Suspicions
from case.domain.twolaws import Weighed
from common.values.calendar import Deadline
from common.values.errors import Kind, Refusal
from common.values.facts import Fact
from common.values.ids import AgencyId, CaseId, DocumentId, OfficerId
from common.values.law import APL_42, APL_54, APL_61, APL_67, NJ_17


class State(StrEnum):
    SUSPECTED = "SUSPECTED"
    PROMPTED = "PROMPTED"
    READY_TO_FILE = "READY_TO_FILE"
    FILED = "FILED"
    INVESTIGATING = "INVESTIGATING"
    INVESTIGATION_CONCLUDED = "INVESTIGATION_CONCLUDED"
    PRIOR_NOTICE_SENT = "PRIOR_NOTICE_SENT"
    PRIOR_NOTICE_SERVED = "PRIOR_NOTICE_SERVED"
    DEFENCE_REVIEW = "DEFENCE_REVIEW"
    HEARING = "HEARING"
    LEGAL_REVIEW = "LEGAL_REVIEW"
    COLLECTIVE_DISCUSSION = "COLLECTIVE_DISCUSSION"
    DECIDED = "DECIDED"
    SERVICE_PENDING = "SERVICE_PENDING"
    SERVED = "SERVED"
    PERFORMING = "PERFORMING"
    PERFORMED = "PERFORMED"
    CLOSED = "CLOSED"
    ARCHIVED = "ARCHIVED"
    NOT_FILED = "NOT_FILED"
    TRANSFERRED_OUT = "TRANSFERRED_OUT"
    SUSPENDED = "SUSPENDED"
    DEMANDED = "DEMANDED"
    ENFORCEMENT_APPLIED = "ENFORCEMENT_APPLIED"
    ENFORCEMENT_RULED = "ENFORCEMENT_RULED"
    ENFORCED = "ENFORCED"
    ENFORCEMENT_ENDED = "ENFORCEMENT_ENDED"
    REOPENED = "REOPENED"
    REVOKED_BY_SELF = "REVOKED_BY_SELF"
    CHANGED_BY_SELF = "CHANGED_BY_SELF"


ORDERABLE = (
    State.FILED,
    State.INVESTIGATING,
    State.INVESTIGATION_CONCLUDED,
    State.PRIOR_NOTICE_SENT,
    State.PRIOR_NOTICE_SERVED,
    State.DEFENCE_REVIEW,
    State.HEARING,
    State.LEGAL_REVIEW,
    State.COLLECTIVE_DISCUSSION,
)
"""The states in which a decision may be made, where everything else holds."""

DELIBERATING: Final = (State.HEARING, State.LEGAL_REVIEW, State.COLLECTIVE_DISCUSSION)
"""The states between the reviewed defence and the decision, each entered where its trigger holds."""


@dataclass(frozen=True)
class Case:
    """One case. `revision` counts the facts that made it; `number` is the case code (一案一码). `admin_division` is the
    GB/T 2260 code of the place of the act.

    `failed_orders` are the records of the orders of service that were given up. `defence_reviewers` answered the party,
    the last one last: what was said after a review is reviewed again, and by anybody. `chairs` held a hearing and
    `legal_reviewers` reviewed legally, in whichever investigation.

    `past_hearings` were ordered in earlier rounds: nothing rests on them but the days for which the clock stood still.
    `round` counts the investigations: each return by the head begins another one, with nothing signed. `reviews` and
    `discussions` count all of them, `distinct` are the penalties that a legal review found to be about another act.
    """

    id: CaseId
    agency_id: AgencyId
    number: str
    state: State
    violation_code: str
    item_version: int
    opened_at: datetime
    exhibits: tuple[Exhibit, ...]
    revision: int = 0
    admin_division: str = ""
    party: Party | None = None
    prompt_document_id: DocumentId | None = None
    prompt_delivered_at: datetime | None = None
    correction_until: datetime | None = None
    officers: tuple[OfficerId, ...] = ()
    filed_at: datetime | None = None
    decide_until: datetime | None = None
    signatures: tuple[Signature, ...] = ()
    conclusion: Conclusion | None = None
    notices: tuple[Notice, ...] = ()
    defences: tuple[Defence, ...] = ()
    defence_reviewers: tuple[OfficerId, ...] = ()
    chairs: tuple[OfficerId, ...] = ()
    legal_reviewers: tuple[OfficerId, ...] = ()
    decision: Decision | None = None
    service_ordered: DocumentId | None = None
    served_at: datetime | None = None
    failed_orders: tuple[str, ...] = ()
    doubts: tuple[Doubt, ...] = ()
    payment: Payment | None = None
    refunds: tuple[Refund, ...] = ()
    reliefs: tuple[Relief, ...] = ()
    suspensions: tuple[Suspension, ...] = ()
    execution: Execution | None = None
    closure_proposed_by: OfficerId | None = None
    closed_at: datetime | None = None
    others: OthersAnswer | None = None
    correction: Correction | None = None
    first_offence: FirstOffence | None = None
    education: Education | None = None
    non_filing: NonFiling | None = None
    correction_orders: tuple[CorrectionOrder, ...] = ()
    remedies: tuple[Remedy, ...] = ()
    hearing: Hearing | None = None
    past_hearings: tuple[Hearing, ...] = ()
    legal_review: LegalReview | None = None
    discussion: Discussion | None = None
    recusals: tuple[Recusal, ...] = ()
    round: int = 1
    returned_at: datetime | None = None
    reviews: int = 0
    discussions: int = 0
    distinct: tuple[str, ...] = ()
    weighings: tuple[Weighed, ...] = ()
    amendments: tuple[Amendment, ...] = ()
    invalidations: tuple[Invalidation, ...] = ()
    publications: tuple[Publication, ...] = ()
    act: Act = UNKNOWN
    released: Released | None = None
    transfer: Transfer | None = None
    files: tuple[File, ...] = ()
    records: tuple[FieldRecord, ...] = ()
    preservations: tuple[Preservation, ...] = ()
    crimes: Suspicions = ()

    def doubt_about(self, document_id: DocumentId) -> Doubt | None:
        """The doubt about the service of this document, if there is one."""
        return next((doubt for doubt in self.doubts if doubt.document_id == document_id), None)

    @property
    def barring_doubts(self) -> tuple[Doubt, ...]:
        """The doubts about a service on which the procedure rests.

        On the service of an order to correct (D-03) nothing rests but its own days.
        """
        beside = {order.document_id for order in self.correction_orders if order.alone}
        return tuple(doubt for doubt in self.doubts if doubt.document_id not in beside)

    @property
    def defence_reviewed_by(self) -> OfficerId | None:
        """Who answered last."""
        return self.defence_reviewers[-1] if self.defence_reviewers else None

    @property
    def evidence_reviewers(self) -> frozenset[OfficerId]:
        return frozenset(officer for exhibit in self.exhibits for officer in exhibit.reviewers)

    @property
    def act_ended_at(self) -> datetime:
        """When the act ended as far as the record shows: the last capture (APL 36(2))."""
        return max(exhibit.captured_at for exhibit in self.exhibits)

    @property
    def current_notices(self) -> tuple[Notice, ...]:
        """The prior notices of this investigation."""
        since = self.returned_at
        return tuple(notice for notice in self.notices if since is None or notice.issued_at > since)

    @property
    def notice(self) -> Notice | None:
        """The latest prior notice."""
        return self.notices[-1] if self.notices else None


@dataclass(frozen=True)
class OfCase(Fact):
    """A fact that enters the stream of a case."""

    owner: CaseId

    @property
    def due(self) -> tuple[Deadline, ...]:
        """The deadlines that this fact starts."""
        return ()


@dataclass(frozen=True)
class Changing(OfCase, ABC):
    """A fact that leaves an existing case in another state. Each says which."""

    @abstractmethod
    def applied(self, case: Case) -> Case:
        """`case` as this fact leaves it, but for its revision."""


def after(case: Case, fact: Changing) -> Case:
    """The case as `fact` leaves it."""
    return replace(fact.applied(case), revision=case.revision + 1)


_ORDER: Final = {
    State.DECIDED: APL_61,
    State.SERVICE_PENDING: APL_61,
    State.SERVED: APL_67,
    State.PERFORMING: APL_67,
    State.PERFORMED: APL_67,
    State.CLOSED: NJ_17,
    State.ARCHIVED: NJ_17,
}
"""What orders an act that begins in one of these states; before the decision it is APL 54."""


def require_state(case: Case, *states: State, act: str) -> None:
    """Raises Refusal CASE_TRANSITION_NOT_ALLOWED unless `case` is in one of `states` (Inv. 1).

    The order of the procedure is itself the protection of the party (APL 54–61): an act out of order is
    refused even where its own conditions hold.
    """
    if case.state not in states:
        raise Refusal(
            Kind.CONFLICT,
            "CASE_TRANSITION_NOT_ALLOWED",
            {"case": case.id, "state": case.state, "act": act, "wanted": list(states)},
            article=_ORDER.get(states[0], APL_54),
        )


def require_no_doubt(case: Case, *, act: str) -> None:
    """Raises Refusal CASE_SERVICE_IN_DOUBT while nobody knows whether the party has the document (APL 61)."""
    if case.barring_doubts:
        raise Refusal(
            Kind.CONFLICT,
            "CASE_SERVICE_IN_DOUBT",
            {"case": case.id, "document_id": case.barring_doubts[0].document_id, "act": act},
            article=APL_61,
        )


def due_document(case: Case, kind: str) -> DocumentId:
    """The document of `kind` (`D-14`, `D-18a`, `D-20`, `D-20a`, `D-27`, `D-36`, `D-36a`) whose service is due.

    Raises Refusal CASE_TRANSITION_NOT_ALLOWED: a notice is served before the decision, a decision after it, and an
    amendment after the decision that it amends.
    """
    if kind == "D-27":
        require_state(case, State.DEMANDED, act="the service of the demand")
        assert case.execution is not None
        assert case.execution.demand is not None
        return case.execution.demand.document_id
    if kind in AMENDING.values():
        return _due_amendment(case, kind)
    if kind == "D-14":
        require_state(case, State.PRIOR_NOTICE_SENT, act="the service of the prior notice")
        return case.notices[-1].document_id
    if kind == "D-18a":
        require_state(case, State.HEARING, act="the service of the notice of the hearing")
        assert case.hearing is not None
        assert case.hearing.document_id is not None
        return case.hearing.document_id
    require_state(case, State.DECIDED, act="the service of the decision")
    assert case.decision is not None
    if (kind == "D-20a") is not (case.decision.outcome is Outcome.PENALTY):
        raise Refusal(
            Kind.CONFLICT,
            "CASE_TRANSITION_NOT_ALLOWED",
            {"document_id": case.decision.document_id, "case": case.id},
            wording="not_due",
            article=APL_61,
        )
    return case.decision.document_id


AMENDING: Final = {
    AmendmentKind.REVOKE: "D-36",
    AmendmentKind.CHANGE: "D-36",
    AmendmentKind.CORRECT: "D-36a",
}
"""The document of each kind of amendment."""


def _due_amendment(case: Case, kind: str) -> DocumentId:
    amended = unserved(case.amendments)
    if amended is None or amended.document_id is None or AMENDING[amended.kind] != kind:
        raise Refusal(
            Kind.CONFLICT,
            "CASE_TRANSITION_NOT_ALLOWED",
            {"case": case.id, "state": case.state},
            wording="no_amendment",
            article=APL_61,
        )
    return amended.document_id


def require_assigned(hand: Hand, case: Case) -> None:
    """Raises Refusal CASE_NOT_ASSIGNED: the acts of the two investigators are theirs alone (APL 42)."""
    if hand.officer_id not in case.officers:
        raise Refusal(Kind.FORBIDDEN, "CASE_NOT_ASSIGNED", {"case": case.id}, article=APL_42)
