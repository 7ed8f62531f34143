"""Services of process as wire models."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from common.values.calendar import end_of
from notification.contract.services import EffectView, ProofView, RebuttalView, ServiceView, StepView
from notification.domain.serving.service import Effect, Service, Step
from notification.domain.serving.tasks import tasks_of
from notification.store.servicewords import Written


def service_view(service: Service, *, at: datetime, words: Sequence[Written]) -> ServiceView:
    """`service` on the wire, as it stands at `at`."""
    waits = service.effect is None and service.abandoned_at is None
    return ServiceView(
        service_id=service.id,
        agency_id=service.agency_id,
        case_id=service.case_id,
        party_id=service.party_id,
        document_id=service.document_id,
        document_kind=service.document_kind,
        document_sha256=service.document_sha256,
        state=service.state,
        first=service.first,
        ordered_at=service.ordered_at,
        alarm_on=service.alarm_on,
        serve_by=service.serve_by,
        overdue=waits and service.serve_by is not None and at >= end_of(service.serve_by),
        tasks=list(tasks_of(service, at=at)),
        effect=_effect(service.effect),
        first_effect=_effect(service.first_effect),
        abandoned_at=service.abandoned_at,
        abandoned_for=service.abandoned_for,
        denied_at=service.denied_at,
        doubt_settled_at=service.doubt_settled_at,
        paper_asked_at=service.paper_asked_at,
        paper_given_at=service.paper_given_at,
        steps=[_step(step, words) for step in service.steps],
        proofs=[ProofView(n=p.n, kind=p.kind, sha256=p.sha256, added_at=p.added_at) for p in service.proofs],
        rebuttals=[
            RebuttalView(n=r.n, claimed_at=r.claimed_at, made_at=r.made_at, accepted=r.accepted)
            for r in service.rebuttals
        ],
    )


def _effect(effect: Effect | None) -> EffectView | None:
    if effect is None:
        return None
    return EffectView(
        manner=effect.manner,
        step=effect.step,
        served_at=effect.at,
        served_on=effect.day,
        basis=effect.basis,
        arrived_at=effect.arrived_at,
    )


def _step(step: Step, words: Sequence[Written]) -> StepView:
    fields = (f"step/{step.n}", f"step/{step.n}/end")
    written = dict(pair for each in words if each.field in fields for pair in each.words)
    return StepView(
        n=step.n,
        manner=step.manner,
        ground=step.ground,
        channel=step.channel,
        consent_id=step.consent_id,
        begun_at=step.begun_at,
        sent_at=step.sent_at,
        arrived_at=step.arrived_at,
        arrival=step.arrival,
        deemed_on=step.deemed_on,
        ended_at=step.ended_at,
        failure=step.failure,
        words=written,
    )
