"""The channel says after the service that the document never arrived (CPL 90).

    SERVED ─denied─▶ in doubt ─upheld by an officer, with reasons─▶ the day stays
                        ├─ the party proves its arrival ─▶ the proved day
                        └─ another manner reaches the party ─▶ its day takes the place of the first

A bounce may come hours after the server took the mail. Until the doubt is settled nothing that is counted from the
service may be held against the party.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import ClassVar

from common.values.errors import Kind, Refusal
from common.values.facts import Commitment
from common.values.ids import CaseId, DocumentId, OfficerId
from common.values.law import CPL_90
from common.values.manner import Manner
from notification.domain.serving.service import Changing, Failure, Service, require_not_erased


@dataclass(frozen=True)
class ArrivalDenied(Changing):
    """The channel denies that the document, served in step `n`, reached the recipient's system."""

    type: ClassVar[str] = "service.arrival_denied"

    case_id: CaseId
    document_id: DocumentId
    n: int

    @property
    def subject(self) -> str | None:
        return self.case_id.stream

    def applied(self, service: Service, *, at: datetime) -> Service:
        return replace(service, denied_at=at)


@dataclass(frozen=True)
class ArrivalUpheld(Changing):
    """The document was served in step `n` all the same. `reasons` commits to what the officer wrote."""

    type: ClassVar[str] = "service.arrival_upheld"

    case_id: CaseId
    document_id: DocumentId
    n: int
    reasons: Commitment
    by: OfficerId

    @property
    def subject(self) -> str | None:
        return self.case_id.stream

    def applied(self, service: Service, *, at: datetime) -> Service:
        steps = tuple(
            replace(step, ended_at=at, failure=Failure.OVERTAKEN) if step.is_running else step
            for step in service.steps
        )
        return replace(service, doubt_settled_at=at, steps=steps)


def deny(service: Service, n: int) -> tuple[ArrivalDenied, ...]:
    """The doubt that a bounce raises about what was served in step `n`, by its sending or by an arrival.

    Nothing for a step that served nobody, for a second bounce, or where the party itself proved its arrival.
    """
    effect = service.effect
    if effect is None or effect.step != n or effect.manner is not Manner.ELECTRONIC:
        return ()
    if service.denied_at is not None or service.is_proved or service.erased_at is not None:
        return ()
    return (ArrivalDenied(service.id, service.case_id, service.document_id, n),)


def uphold(service: Service, *, reasons: Commitment, by: OfficerId) -> ArrivalUpheld:
    """The officer finds that the document arrived nevertheless. Raises Refusal NOTI_SERVICE_NOT_IN_DOUBT."""
    require_not_erased(service)
    if not service.in_doubt:
        raise Refusal(Kind.CONFLICT, "NOTI_SERVICE_NOT_IN_DOUBT", {"service": service.id}, article=CPL_90)
    assert service.effect is not None
    n = service.effect.step
    return ArrivalUpheld(service.id, service.case_id, service.document_id, n, reasons, by)
