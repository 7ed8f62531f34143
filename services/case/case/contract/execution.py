"""Rests, deferrals, demands and the court on the wire. Amounts are integer fen."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import Field

from case.contract.filing import Line
from case.contract.paying import Fen
from common.values.ids import DocumentId, OfficerId
from common.web.wire import Code, Day, Digest, In, LongText, Out


class SuspensionOrder(In):
    """Propose that the procedure rests, on a ground of the list, for a reason."""

    ground: Literal["OTHER_PROCEDURE", "PARTY_UNREACHABLE", "APPRAISAL", "LAW_UNCLEAR", "FORCE_MAJEURE"]
    reason: LongText


class SuspensionApprovalOrder(In):
    """Approve the rest that was proposed, or end the one in force: the head's words, and the name on the sheet."""

    reason: LongText
    signed_as: Line


class PlanPart(In):
    """One part of a plan: the last day to pay it, and how much."""

    due_on: Day
    amount_fen: Fen


Parts = Annotated[list[PlanPart], Field(min_length=1, max_length=60)]


class ReliefOrder(In):
    """Ask to pay later (one part) or by instalments. The parts add up to the fine that is left."""

    grounds: LongText
    parts: Parts


class ReliefDecisionOrder(In):
    """Grant the application, with other parts where the head sets them, or refuse it. Each has its reason."""

    granted: bool
    reason: LongText
    parts: Parts | None = None


class DemandOrder(In):
    """Issue the demand. What it says comes from the record."""


class ObjectionOrder(In):
    """What the party says to the demand."""

    statement: LongText


class ObjectionAnswerOrder(In):
    """The answer to it."""

    adopted: bool
    reason: LongText


class CourtRequestOrder(In):
    """Ask the court. `signed_as` is the head whose signature the application bears (AEL 55(2))."""

    signed_as: Line


class RulingOrder(In):
    """What the court said, on which day, under which number; `paper_sha256` is the digest of its uploaded paper."""

    ruling: Literal["ACCEPTED", "NOT_ACCEPTED", "GRANTED", "REFUSED"]
    ruled_on: Day
    number: Line
    paper_sha256: Digest


class HigherCourtOrder(In):
    """Go to the next higher court."""


class ExecutionRestOrder(In):
    """The execution rests (AEL 39(1))."""

    ground: Literal["NO_ABILITY", "CLAIM_OF_OTHERS", "IRREPARABLE_LOSS", "OTHER"]
    since: Day


class ExecutionResumptionOrder(In):
    """The execution goes on."""


class EnforcementEndOrder(In):
    """End the execution on a ground of AEL 39 or 40, or on the court's last word."""

    ground: Literal[
        "DEATH",
        "DISSOLUTION",
        "OBJECT_LOST",
        "DECISION_REVOKED",
        "OTHER",
        "SUSPENDED_FOR_GOOD",
        "REFUSED_BY_COURT",
    ]
    reason: LongText
    signed_as: Line


class PlanPartView(Out):
    due_on: date
    amount_fen: int
    reference: str


class ReliefView(Out):
    """An application to pay later. `granted` is null until it is answered; `document_id` is the answer (D-24).

    `served_at` is null until the answer reached the party.
    """

    number: int
    applied_at: datetime
    granted: bool | None
    from_on: date | None
    document_id: DocumentId | None
    service_ordered: bool
    served_at: datetime | None
    parts: list[PlanPartView]


class SuspensionView(Out):
    """A rest of the procedure: in force from `since` on, over on `until`."""

    number: int
    ground: Code
    proposed_by: OfficerId
    since: date | None
    until: date | None


class DemandView(Out):
    document_id: DocumentId
    issued_at: datetime
    surcharge_reference: str
    served_at: datetime | None
    answer_until: datetime | None


class ObjectionView(Out):
    number: int
    submitted_at: datetime
    answered: bool
    adopted: bool | None


class CourtView(Out):
    document_id: DocumentId
    applied_on: date
    ruling: str | None
    ruled_on: date | None
    objected_on: date | None
    rests_since: date | None
    rest_ground: str | None


class ExecutionView(Out):
    """The execution of a penalty that was not performed. `ended` is the ground on which it ended without payment."""

    demand: DemandView | None
    objections: list[ObjectionView]
    court: CourtView | None
    ended: str | None
