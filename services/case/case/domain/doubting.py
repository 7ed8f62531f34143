"""The service of a document is in doubt: its channel says that it never arrived (APL 61; CPL 90).

What was counted from that service stands on record, and none of it is held against the party: no act that rests on the
service is open, and no surcharge runs, until an officer upholds the service, the party proves its arrival, or another
manner reaches the party.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import ClassVar

from case.domain.contents import Doubt
from case.domain.deadlines import Terms
from case.domain.procedure import Case, Changing
from case.domain.redating import DeadlineRedated
from case.domain.reserving import ServiceDateProven, prove_date, served_at_of
from common.values.calendar import Deadline
from common.values.ids import DocumentId


@dataclass(frozen=True)
class ServiceDoubted(Changing):
    """The channel denies that the document arrived which step `step` of its service had served."""

    type: ClassVar[str] = "case.service.doubted"

    document_id: DocumentId
    step: int

    def applied(self, case: Case) -> Case:
        return replace(case, doubts=(*case.doubts, Doubt(self.document_id, self.step)))


@dataclass(frozen=True)
class ServiceDoubtSettled(Changing):
    """The document is served beyond doubt: the service was upheld or proved, or another manner reached the party."""

    type: ClassVar[str] = "case.service.doubt_settled"

    document_id: DocumentId

    def applied(self, case: Case) -> Case:
        return replace(case, doubts=tuple(d for d in case.doubts if d.document_id != self.document_id))


Settled = tuple[ServiceDateProven | DeadlineRedated | ServiceDoubtSettled, ...]


def doubt(case: Case, *, document_id: DocumentId, step: int) -> tuple[ServiceDoubted, ...]:
    """What follows from the denial. Nothing for a document that was not served here, or once the case is closed."""
    if served_at_of(case, document_id) is None or case.doubt_about(document_id) or case.closed_at is not None:
        return ()
    return (ServiceDoubted(case.id, document_id, step),)


def settle(case: Case, *, document_id: DocumentId) -> tuple[ServiceDoubtSettled, ...]:
    """The service stands. Nothing for a document that is not in doubt."""
    if case.doubt_about(document_id) is None:
        return ()
    return (ServiceDoubtSettled(case.id, document_id),)


def serve_anew(
    case: Case,
    deadlines: Sequence[Deadline],
    *,
    document_id: DocumentId,
    step: int,
    served_at: datetime,
    terms: Terms,
) -> Settled:
    """Another manner reached the party: every period runs from there, and the doubt is over.

    Nothing for the step that is itself in doubt: the ledger tells everything at least once.
    """
    doubted = case.doubt_about(document_id)
    if doubted is None or step <= doubted.step:
        return ()
    moved = prove_date(
        case, deadlines, document_id=document_id, served_at=served_at, arrived_at=served_at, terms=terms
    )
    return (*moved, ServiceDoubtSettled(case.id, document_id))
