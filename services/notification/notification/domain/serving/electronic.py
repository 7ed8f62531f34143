"""The electronic manner: consent checked when the document is sent, then sending and arrival, each by its sign.

    dispatch ─▶ UNDERWAY ─sent─▶ ─arrived─▶ SERVED by arrival (CPL 90)
                   │        └─▶ SERVED by sending, where the traffic rule holds (RTP 56); the arrival may follow
                   └─bounced, silent─▶ failed: an officer chooses another manner

Sending is no arrival. What nobody reported as arrived has reached nobody, and after the city's hours the manner failed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import ClassVar, Final

from common.values.errors import Kind, Refusal
from common.values.ids import CaseId, DocumentId, MessageId, OfficerId
from common.values.law import APL_61_2
from common.values.manner import Manner
from common.values.profile import ServiceStrategy
from notification.domain.consent import Consent
from notification.domain.service_of_process import Course, date_of_service
from notification.domain.serving.effecting import DocumentServed, StepFailed, served
from notification.domain.serving.manners import StepBegun, require_none_running
from notification.domain.serving.service import (
    Changing,
    Failure,
    Service,
    State,
    Step,
    after,
    require_not_erased,
    require_waiting,
)

_LATE: Final = (Failure.NOT_ARRIVED, Failure.NOT_SENT)
"""A step that ended for this reason can still serve: the document arrived after all."""


class Arrival(StrEnum):
    """The sign by which a document arrived at the recipient's system."""

    INBOX = "INBOX"
    SMTP_REPLY = "SMTP_REPLY"
    DELIVERY_RECEIPT = "DELIVERY_RECEIPT"
    FAX_REPORT = "FAX_REPORT"
    OPENED = "OPENED"


@dataclass(frozen=True)
class StepDispatched(Changing):
    """The document is in this message, on its way by the channel of the step."""

    type: ClassVar[str] = "service.dispatched"

    case_id: CaseId
    n: int
    message_id: MessageId

    @property
    def subject(self) -> str | None:
        return self.case_id.stream

    def applied(self, service: Service, *, at: datetime) -> Service:
        return _with_step(service, self.n, message_id=self.message_id)


@dataclass(frozen=True)
class StepSent(Changing):
    """Our system reports that it sent the document."""

    type: ClassVar[str] = "service.sent"

    case_id: CaseId
    n: int
    sent_at: datetime

    @property
    def subject(self) -> str | None:
        return self.case_id.stream

    def applied(self, service: Service, *, at: datetime) -> Service:
        return _with_step(service, self.n, sent_at=self.sent_at)


@dataclass(frozen=True)
class StepArrived(Changing):
    """The document arrived at the system that the recipient named, and by what sign we know it.

    Where the document was served by its sending before, the period of reconsideration runs from here (ARL 20).
    """

    type: ClassVar[str] = "service.arrived"

    case_id: CaseId
    document_id: DocumentId
    n: int
    arrived_at: datetime
    arrival: Arrival

    @property
    def subject(self) -> str | None:
        return self.case_id.stream

    def applied(self, service: Service, *, at: datetime) -> Service:
        service = _with_step(service, self.n, arrived_at=self.arrived_at, arrival=self.arrival.value)
        effect = service.effect
        if effect is None or effect.step != self.n or service.is_proved:
            return service
        return replace(service, effect=replace(effect, arrived_at=self.arrived_at))


@dataclass(frozen=True)
class Rule:
    """Which instant serves, and after how many hours without an arrival the manner failed."""

    strategy: ServiceStrategy
    arrival_h: int


def dispatch(service: Service, consent: Consent | None, *, by: OfficerId | None, at: datetime) -> StepBegun:
    """Begin the electronic manner on `consent`, which must stand now, cover the document and name its channel.

    Asked again when the document is sent, not only when the service was ordered: without a consent that stands the
    document reaches a mailbox nobody agreed to (APL 61(2)).
    """
    require_not_erased(service)
    require_waiting(service, act="beginning a manner")
    require_none_running(service)
    if consent is None or not consent.stands(at) or not consent.covers(service.document_kind):
        raise Refusal(
            Kind.CONFLICT,
            "NOTI_CONSENT_REQUIRED",
            {"document_kind": service.document_kind},
            article=APL_61_2,
        )
    return StepBegun(
        service.id,
        service.case_id,
        len(service.steps) + 1,
        Manner.ELECTRONIC,
        None,
        APL_61_2.cite,
        at,
        channel=consent.channel,
        consent_id=consent.id,
        consent_sha256=consent.sha256,
        by=by,
    )


def without_consent(service: Service, *, at: datetime) -> StepFailed:
    """The electronic manner could not even begin: the consent of the order was withdrawn meanwhile (APL 61(2))."""
    n = len(service.steps) + 1
    return StepFailed(service.id, service.case_id, n, Manner.ELECTRONIC, Failure.CONSENT_REQUIRED, at)


def unsent(service: Service) -> Step | None:
    """The electronic step that was begun and is not on its way yet."""
    if service.erased_at is not None:
        return None
    waiting = (s for s in service.running if s.manner is Manner.ELECTRONIC and s.message_id is None)
    return next(waiting, None)


def put_into(service: Service, n: int, message_id: MessageId) -> StepDispatched:
    """The message `message_id` carries the document of step `n`."""
    return StepDispatched(service.id, service.case_id, n, message_id)


def send(service: Service, n: int, rule: Rule, *, sent_at: datetime, at: datetime) -> tuple[Changing, ...]:
    """Our system sent the document. It serves by that where the traffic rule holds, and nowhere else."""
    step = service.step(n)
    if step is None or not step.is_running or step.sent_at is not None or service.erased_at is not None:
        return ()
    sent = StepSent(service.id, service.case_id, n, sent_at)
    return (sent, *_effect(after(service, sent, at=at), n, rule))


def arrive(
    service: Service, n: int, rule: Rule, *, arrived_at: datetime, arrival: Arrival, at: datetime
) -> tuple[Changing, ...]:
    """The document arrived. The first sign counts; whoever reports later changes nothing.

    Nothing either for a document that another manner served, or whose time of arrival the party proved: what the
    channel said stays on record with the delivery.

    A document that arrives after its step was given up as silent still serves, unless another manner served before.
    """
    step = service.step(n)
    if step is None or step.manner is not Manner.ELECTRONIC or step.arrived_at is not None:
        return ()
    if service.state is State.ABANDONED or service.erased_at is not None or service.is_proved:
        return ()
    if service.effect is not None and service.effect.step != n and not service.in_doubt:
        return ()
    arrived = StepArrived(service.id, service.case_id, service.document_id, n, arrived_at, arrival)
    return (arrived, *_effect(after(service, arrived, at=at), n, rule))


def deliver_at_once(
    service: Service, n: int, rule: Rule, *, arrival: Arrival, at: datetime
) -> tuple[Changing, ...]:
    """The document is sent and arrives in one instant, as in our own inbox: both are known when it serves."""
    sent = StepSent(service.id, service.case_id, n, at)
    return (sent, *arrive(after(service, sent, at=at), n, rule, arrived_at=at, arrival=arrival, at=at))


def bounce(service: Service, n: int, reason: Failure, *, at: datetime) -> tuple[StepFailed, ...]:
    """The channel says that the document did not reach the recipient's system. Nothing for a step that is over."""
    step = service.step(n)
    if step is None or not step.is_running or service.erased_at is not None:
        return ()
    return (StepFailed(service.id, service.case_id, n, step.manner, reason, at),)


def silent(service: Service, rule: Rule, *, at: datetime) -> tuple[StepFailed, ...]:
    """The failure of an electronic step that nobody reported as arrived within the hours of the city (NJ 15)."""
    return tuple(
        failed
        for step in service.running
        if step.manner is Manner.ELECTRONIC and at >= step.begun_at + timedelta(hours=rule.arrival_h)
        for failed in bounce(service, step.n, _silence(step), at=at)
    )


def _silence(step: Step) -> Failure:
    # What we never sent says nothing about the address.
    return Failure.NOT_ARRIVED if step.sent_at is not None else Failure.NOT_SENT


def _effect(service: Service, n: int, rule: Rule) -> tuple[DocumentServed, ...]:
    step = service.step(n)
    assert step is not None
    may_serve = step.is_running or step.failure in _LATE
    if not (service.waits and may_serve) or _is_denied(service, n):
        return ()
    effect = date_of_service(_course(step), strategy=rule.strategy, public_notice_days=0)
    return (served(service, step, effect),) if effect else ()


def _is_denied(service: Service, n: int) -> bool:
    # The channel contradicts itself about this step: that is no second service, and an officer weighs it.
    return service.effect is not None and service.effect.step == n


def _course(step: Step) -> Course:
    # What arrived without a report of its sending was sent: the arrival is the first that we know of it.
    return Course(Manner.ELECTRONIC, sent_at=step.sent_at or step.arrived_at, arrived_at=step.arrived_at)


def _with_step(service: Service, n: int, **changes: object) -> Service:
    steps = tuple(replace(step, **changes) if step.n == n else step for step in service.steps)  # type: ignore[arg-type]
    return replace(service, steps=steps)
