"""An agreement: which services of another agency an application may call, for which fields, and how much.

Its states are those of `domain.grants`. What it allows is fixed when it is drafted; another scope is another
agreement, so that a receipt names one scope for ever.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import ClassVar

from common.values.errors import Kind as RefusalKind
from common.values.errors import Refusal
from common.values.facts import Commitment, Fact
from common.values.ids import AgencyId, AgreementId, ApplicationId
from common.values.law import GDS_20
from data_exchange.domain.applications import Application
from data_exchange.domain.applications import State as ApplicationState
from data_exchange.domain.applications import require_state as require_application
from data_exchange.domain.filtering import LEAST_STEP, FieldRule, Transform
from data_exchange.domain.grants import State, require_act, require_either
from data_exchange.domain.partners import require_side


class Service(StrEnum):
    """What an agreement can open. Each is a group of addresses (`wire.operations`)."""

    ASSISTANCE = "ASSISTANCE"
    DATA_REQUESTS = "DATA_REQUESTS"
    COMPARISONS = "COMPARISONS"
    TRANSFERS = "TRANSFERS"
    EVENTS = "EVENTS"
    USES = "USES"


@dataclass(frozen=True)
class Scope:
    """What an agreement allows, as its two agencies wrote it down.

    `services`, `level`, `daily_calls` and the days bind every call of a system; `fields`, `regions` and
    `monthly_subjects` bind what it compares, beside the rules of the register (`domain.agreed`).
    `regions` are codes of GB/T 2260, empty for all; `daily_calls` and `monthly_subjects` are the most calls a day and
    the most different persons or vehicles in 30 days. It is valid on both days and between them.
    """

    services: tuple[Service, ...]
    fields: tuple[FieldRule, ...]
    regions: tuple[str, ...]
    level: int
    daily_calls: int
    monthly_subjects: int
    valid_from: date
    valid_until: date


@dataclass(frozen=True)
class Agreement:
    """One agreement between the agency of an application (`agency_id`) and the one that gives data."""

    id: AgreementId
    application_id: ApplicationId
    agency_id: AgencyId
    to_agency_id: AgencyId
    state: State
    scope: Scope
    revision: int = 0

    def is_valid_on(self, day: date) -> bool:
        return self.scope.valid_from <= day <= self.scope.valid_until


@dataclass(frozen=True)
class AgreementDrafted(Fact):
    """`basis` commits to the provisions that the agreement rests on."""

    type: ClassVar[str] = "agreement.drafted"
    owner: AgreementId
    application_id: ApplicationId
    agency_id: AgencyId
    to_agency_id: AgencyId
    scope: Scope
    basis: Commitment

    @property
    def subject(self) -> str | None:
        return self.application_id.stream

    def begun(self) -> Agreement:
        """The agreement that this fact begins."""
        return Agreement(
            self.owner, self.application_id, self.agency_id, self.to_agency_id, State.DRAFT, self.scope
        )


@dataclass(frozen=True)
class AgreementFact(Fact, ABC):
    """A fact that leaves an existing agreement in another state."""

    owner: AgreementId

    @property
    @abstractmethod
    def leads_to(self) -> State: ...


@dataclass(frozen=True)
class AgreementSubmitted(AgreementFact):
    type: ClassVar[str] = "agreement.submitted"
    leads_to = State.WAITING_FOR_APPROVAL


@dataclass(frozen=True)
class AgreementApproved(AgreementFact):
    type: ClassVar[str] = "agreement.approved"
    leads_to = State.ACTIVE


@dataclass(frozen=True)
class AgreementRejected(AgreementFact):
    """`reason` commits to the grounds with the provision that they rest on."""

    type: ClassVar[str] = "agreement.rejected"
    leads_to = State.REJECTED
    reason: Commitment


@dataclass(frozen=True)
class AgreementSuspended(AgreementFact):
    type: ClassVar[str] = "agreement.suspended"
    leads_to = State.SUSPENDED
    reason: Commitment


@dataclass(frozen=True)
class AgreementResumed(AgreementFact):
    type: ClassVar[str] = "agreement.resumed"
    leads_to = State.ACTIVE


@dataclass(frozen=True)
class AgreementArchived(AgreementFact):
    type: ClassVar[str] = "agreement.archived"
    leads_to = State.ARCHIVED


def draft(
    agreement_id: AgreementId,
    application: Application,
    *,
    agency_id: AgencyId | None,
    to_agency_id: AgencyId,
    scope: Scope,
    basis: Commitment,
    level: int,
) -> AgreementDrafted:
    """Write down what the application needs, on which legal basis, within which bounds (GDS 20).

    The scope stays within the level that the partner was admitted for, and its last day is not before its first.
    """
    require_side(application.id, agency_id, application.agency_id)
    alive = tuple(
        state
        for state in ApplicationState
        if state not in (ApplicationState.SUSPENDED, ApplicationState.TERMINATED)
    )
    require_application(application, *alive, act="a new agreement")
    if to_agency_id == application.agency_id:
        raise Refusal(RefusalKind.INVALID, "DX_SAME_AGENCY", {"agency": to_agency_id}, article=GDS_20)
    if scope.valid_until < scope.valid_from:
        raise Refusal(
            RefusalKind.INVALID, "DX_VALIDITY_ENDS_FIRST", {"until": scope.valid_until}, article=GDS_20
        )
    if scope.level > level:
        raise Refusal(RefusalKind.INVALID, "DX_LEVEL_TOO_HIGH", {"most": level}, article=GDS_20)
    _require_forms(scope.fields)
    return AgreementDrafted(agreement_id, application.id, application.agency_id, to_agency_id, scope, basis)


def submit(agreement: Agreement, *, agency_id: AgencyId | None) -> AgreementSubmitted:
    """Ask the agency that gives the data to agree."""
    require_side(agreement.id, agency_id, agreement.agency_id)
    require_act(agreement.id, agreement.state, "its submission")
    return AgreementSubmitted(agreement.id)


def approve(agreement: Agreement, *, agency_id: AgencyId | None) -> AgreementApproved:
    """Agree. Only the agency that gives the data can (GDS 20)."""
    require_side(agreement.id, agency_id, agreement.to_agency_id)
    require_act(agreement.id, agreement.state, "its approval")
    return AgreementApproved(agreement.id)


def reject(agreement: Agreement, *, agency_id: AgencyId | None, reason: Commitment) -> AgreementRejected:
    """Refuse, with grounds and the provision that they rest on."""
    require_side(agreement.id, agency_id, agreement.to_agency_id)
    require_act(agreement.id, agreement.state, "its rejection")
    return AgreementRejected(agreement.id, reason)


def suspend(agreement: Agreement, *, agency_id: AgencyId | None, reason: Commitment) -> AgreementSuspended:
    """Stop the calls under this agreement; either side may."""
    require_either(agreement.id, agency_id, agreement.to_agency_id, agreement.agency_id)
    require_act(agreement.id, agreement.state, "its suspension")
    return AgreementSuspended(agreement.id, reason)


def resume(agreement: Agreement, *, agency_id: AgencyId | None) -> AgreementResumed:
    """Let the calls go on. The agency that gives the data decides, whichever side had stopped them."""
    require_side(agreement.id, agency_id, agreement.to_agency_id)
    require_act(agreement.id, agreement.state, "its resumption")
    return AgreementResumed(agreement.id)


def archive(agreement: Agreement, *, agency_id: AgencyId | None) -> AgreementArchived:
    """End the agreement for good; either side may."""
    require_either(agreement.id, agency_id, agreement.to_agency_id, agreement.agency_id)
    require_act(agreement.id, agreement.state, "its archiving")
    return AgreementArchived(agreement.id)


def after(agreement: Agreement, fact: AgreementFact) -> Agreement:
    """The agreement as `fact` leaves it."""
    return replace(agreement, state=fact.leads_to, revision=agreement.revision + 1)


def _require_forms(fields: tuple[FieldRule, ...]) -> None:
    """Raises Refusal where a field has two rules, a bucket no width, or another form one."""
    pointers = [field.pointer for field in fields]
    twice = sorted({pointer for pointer in pointers if pointers.count(pointer) > 1})
    if twice:
        raise Refusal(RefusalKind.INVALID, "DX_FIELD_TWICE", {"fields": twice}, article=GDS_20)
    wrong = [
        field.pointer
        for field in fields
        if (field.transform is Transform.BUCKET) != (field.step is not None and field.step >= LEAST_STEP)
    ]
    if wrong:
        facts = {"fields": wrong, "least": LEAST_STEP}
        raise Refusal(RefusalKind.INVALID, "DX_BUCKET_WIDTH", facts, article=GDS_20)
