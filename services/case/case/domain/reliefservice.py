"""The answer about paying later (D-24) reaches the party by a service of its own (APL 61, 66(2)).

    answered ─▶ service ordered ─▶ served
                       └─ given up ─▶ ordered anew

A plan is in force from the day that the head set, and a refusal from its service on can be attacked: the document names
the remedies and their days. The service changes nothing else of the case, so it runs beside everything.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import ClassVar

from case.domain.money import Relief
from case.domain.procedure import Case
from case.domain.relief import OfRelief
from common.values.errors import Kind, Refusal
from common.values.ids import DocumentId
from common.values.law import APL_61
from common.values.manner import Manner


@dataclass(frozen=True)
class ReliefAnswerServed(OfRelief):
    """The answer reached the party."""

    type: ClassVar[str] = "case.relief.served"

    number: int
    document_id: DocumentId
    manner: Manner
    served_at: datetime

    def applied(self, case: Case) -> Case:
        return with_service(case, self.document_id, ordered=False, served_at=self.served_at)


def answered(case: Case, document_id: DocumentId) -> Relief | None:
    """The application that this document answers, if it answers one."""
    return next((each for each in case.reliefs if each.document_id == document_id), None)


def due_answer(case: Case, number: int) -> Relief:
    """The answered application whose D-24 is to be served. Raises Refusal CASE_TRANSITION_NOT_ALLOWED without one."""
    relief = next((each for each in case.reliefs if each.number == number), None)
    is_due = relief is not None and relief.document_id and not relief.service_ordered
    if relief is None or not is_due or relief.served_at is not None:
        raise Refusal(
            Kind.CONFLICT,
            "CASE_TRANSITION_NOT_ALLOWED",
            {"case": case.id, "number": number},
            wording="no_relief_answer",
            article=APL_61,
        )
    return relief


def answer_served(
    case: Case, *, document_id: DocumentId, manner: Manner, served_at: datetime
) -> ReliefAnswerServed | None:
    """What follows when the document was served. None where it answers nothing, or the service was noted before."""
    relief = answered(case, document_id)
    if relief is None or relief.served_at is not None:
        return None
    return ReliefAnswerServed(case.id, relief.number, document_id, manner, served_at)


def with_service(
    case: Case, document_id: DocumentId, *, ordered: bool, served_at: datetime | None = None
) -> Case:
    """`case` with the answer in this document on its way, given up, or served."""
    reliefs = tuple(
        replace(each, service_ordered=ordered, served_at=served_at)
        if each.document_id == document_id
        else each
        for each in case.reliefs
    )
    return replace(case, reliefs=reliefs)
