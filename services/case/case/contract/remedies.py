"""The remedies of a case on the wire: orders in, views out."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import Field

from case.contract.filing import Line
from case.contract.paying import Fen
from common.values.ids import CaseId, DocumentId
from common.web.wire import Day, Digest, In, Instant, LongText, Name, Out


class RemedyApplicationOrder(In):
    """An application for reconsideration through the agency: what is asked, and why (ARR 27).

    `received_at` is for an officer who enters what came on paper; the portal's own time counts otherwise.
    """

    request: LongText
    reasons: LongText
    received_at: Instant | None = None


class ForwardingOrder(In):
    """The agency's opinion, with which the application goes to the organ (ARL 32)."""

    opinion: LongText


class SummonsOrder(In):
    """What the organ or the court told the agency.

    `number` names the application that the agency forwarded; null for a remedy that came straight to the organ or the
    court. `procedure` is that of a reconsideration; null for a suit. `copy_on` is the day on which the copy was here.
    """

    number: int | None = None
    forum: Literal["RECONSIDERATION", "LITIGATION"]
    procedure: Literal["ORDINARY", "SIMPLIFIED"] | None = None
    organ: Name
    reference: Name
    filed_on: Day
    accepted_on: Day
    copy_on: Day


class RemedyAnswerOrder(In):
    """The answer to the remedy (D-33): facts and reasons, as the document prints them."""

    reasons: list[Line]
    signed_as: Line


class HaltOrder(In):
    """The execution is suspended: on which ground of ARL 42, since which day, by whose order and why."""

    ground: Literal["AGENCY", "ORGAN", "APPLICANT", "LAW"]
    ordered_on: Day
    order: LongText


class ResumptionOrder(In):
    """The suspension of the execution ends: since which day, by whose order and why."""

    ordered_on: Day
    order: LongText


class SelfCorrectionOrder(In):
    """When the applicant and the reconsideration organ were told that the decision was revoked or changed (ARR 38)."""

    applicant_told_at: Instant
    organ_told_at: Instant


class InsistenceOrder(In):
    """The applicant still wants the original decision judged."""


class SetPenalty(In):
    """The penalty that the organ or the court set in the place of the decided one."""

    kind: Literal["FINE", "WARNING"]
    fine_fen: Fen


class RemedyResultOrder(In):
    """How the remedy ended, with the digest of its document, which was uploaded to the case before.

    `flaw` says why the decision did not hold; `penalty` is for CHANGED, `anew_cd` the days that were given for a new
    decision, null where none were.
    """

    result: Literal[
        "UPHELD",
        "CHANGED",
        "REVOKED",
        "CONFIRMED_UNLAWFUL",
        "INVALID",
        "ORDERED_ANEW",
        "WITHDRAWN",
        "DISMISSED",
    ]
    decided_on: Day
    effective_on: Day
    document_sha256: Digest
    flaw: Literal["FACTS", "LAW", "PROCEDURE", "COMPETENCE", "ABUSE", "IMPROPER", "NO_EVIDENCE"] | None = None
    penalty: SetPenalty | None = None
    anew_cd: Annotated[int, Field(ge=1, le=365, strict=True)] | None = None


class OrganView(Out):
    """The organ that judges, and until when the applicant may go to it; `days_left` counts from tomorrow."""

    organ: str
    organ_url: str
    until: datetime
    days_left: int


class RemedyOptionView(Out):
    """A remedy that is open to the party: THROUGH_AGENCY (ARL 32), RECONSIDERATION or LITIGATION, until which instant.

    `href` is where the party applies here; null for what is filed with the organ or the court itself.
    """

    way: str
    until: datetime
    law: str
    href: str | None


class RemedyTaskView(Out):
    """What the agency has to do in a remedy, until when, and what follows where it does not."""

    task: str
    options: list[str]
    until: datetime
    law: str
    is_late: bool
    consequence: str | None


class RemedyView(Out):
    """One remedy as it stands. `in_time` is what the agency's own record says; the organ or the court decides it.

    `execution_halted` is the ground on which the execution is suspended, null while it is not.
    """

    number: int
    forum: str
    through_agency: bool
    stage: str
    is_open: bool
    filed_on: date
    in_time: bool
    handle_until: datetime | None
    procedure: str | None
    accepted_on: date | None
    answer_until: datetime | None
    answer_document_id: DocumentId | None
    told_on: date | None
    insisted_on: date | None
    execution_halted: str | None
    ended_on: date | None
    result: str | None
    flaw: str | None
    anew_until: datetime | None
    late: list[str]
    tasks: list[RemedyTaskView]


class RemedyWordsView(Out):
    """The words of a remedy; null where nothing was written, and once the case was erased."""

    number: int
    request: str | None
    reasons: str | None
    opinion: str | None
    organ: str | None
    reference: str | None
    halt_order: str | None
    resume_order: str | None


class RemedyWordsList(Out):
    items: list[RemedyWordsView]


class RemedyReceiptView(Out):
    """The receipt of an application: when the agency had it, until when it must act, and which organ judges."""

    case_id: CaseId
    number: int
    receipt: str
    received_at: datetime
    handle_until: datetime
    in_time: bool
    organ: str
    organ_url: str
