"""A purpose: what data under an agreement is used for, on which article and power, about how often.

Its states are those of `domain.grants`. Data that was shared serves the purpose for which it was given and no other
(GDS 25), so every call names one.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from typing import ClassVar

from common.values.errors import Kind as RefusalKind
from common.values.errors import Refusal
from common.values.facts import Commitment, Fact
from common.values.ids import AgencyId, AgreementId, PurposeId
from common.values.law import GDS_25
from data_exchange.domain.agreements import Agreement
from data_exchange.domain.exchange import Purpose as PurposeCode
from data_exchange.domain.grants import State, require_act, require_either
from data_exchange.domain.partners import require_side


@dataclass(frozen=True)
class Purpose:
    """One purpose. `power_item` is the entry of the agency's list of powers (权责事项), `case_type` one of its kinds
    of case; `daily_calls` is the estimate that was approved, and no more calls a day are answered.
    """

    id: PurposeId
    agreement_id: AgreementId
    agency_id: AgencyId
    to_agency_id: AgencyId
    code: PurposeCode
    power_item: str
    case_type: str
    daily_calls: int
    state: State
    revision: int = 0


@dataclass(frozen=True)
class PurposeDrafted(Fact):
    """`basis` commits to the article that gives the power."""

    type: ClassVar[str] = "purpose.drafted"
    owner: PurposeId
    agreement_id: AgreementId
    agency_id: AgencyId
    to_agency_id: AgencyId
    code: PurposeCode
    power_item: str
    case_type: str
    daily_calls: int
    basis: Commitment

    @property
    def subject(self) -> str | None:
        return self.agreement_id.stream

    def begun(self) -> Purpose:
        """The purpose that this fact begins."""
        return Purpose(
            self.owner,
            self.agreement_id,
            self.agency_id,
            self.to_agency_id,
            self.code,
            self.power_item,
            self.case_type,
            self.daily_calls,
            State.DRAFT,
        )


@dataclass(frozen=True)
class PurposeFact(Fact, ABC):
    """A fact that leaves an existing purpose in another state."""

    owner: PurposeId

    @property
    @abstractmethod
    def leads_to(self) -> State: ...


@dataclass(frozen=True)
class PurposeSubmitted(PurposeFact):
    type: ClassVar[str] = "purpose.submitted"
    leads_to = State.WAITING_FOR_APPROVAL


@dataclass(frozen=True)
class PurposeApproved(PurposeFact):
    type: ClassVar[str] = "purpose.approved"
    leads_to = State.ACTIVE


@dataclass(frozen=True)
class PurposeRejected(PurposeFact):
    type: ClassVar[str] = "purpose.rejected"
    leads_to = State.REJECTED
    reason: Commitment


@dataclass(frozen=True)
class PurposeSuspended(PurposeFact):
    type: ClassVar[str] = "purpose.suspended"
    leads_to = State.SUSPENDED
    reason: Commitment


@dataclass(frozen=True)
class PurposeResumed(PurposeFact):
    type: ClassVar[str] = "purpose.resumed"
    leads_to = State.ACTIVE


@dataclass(frozen=True)
class PurposeArchived(PurposeFact):
    type: ClassVar[str] = "purpose.archived"
    leads_to = State.ARCHIVED


def draft(
    purpose_id: PurposeId,
    agreement: Agreement,
    *,
    agency_id: AgencyId | None,
    code: PurposeCode,
    power_item: str,
    case_type: str,
    daily_calls: int,
    basis: Commitment,
) -> PurposeDrafted:
    """Write down what the data is for. The estimate stays within the calls of the agreement."""
    require_side(agreement.id, agency_id, agreement.agency_id)
    require_open(agreement)
    if daily_calls > agreement.scope.daily_calls:
        raise Refusal(
            RefusalKind.INVALID, "DX_CALLS_TOO_MANY", {"most": agreement.scope.daily_calls}, article=GDS_25
        )
    return PurposeDrafted(
        purpose_id,
        agreement.id,
        agreement.agency_id,
        agreement.to_agency_id,
        code,
        power_item,
        case_type,
        daily_calls,
        basis,
    )


def submit(purpose: Purpose, *, agency_id: AgencyId | None) -> PurposeSubmitted:
    """Ask the agency that gives the data to approve the use."""
    require_side(purpose.id, agency_id, purpose.agency_id)
    require_act(purpose.id, purpose.state, "its submission")
    return PurposeSubmitted(purpose.id)


def approve(purpose: Purpose, agreement: Agreement, *, agency_id: AgencyId | None) -> PurposeApproved:
    """Approve the use. It needs an agreement that is in force: a purpose alone opens nothing."""
    require_side(purpose.id, agency_id, purpose.to_agency_id)
    require_act(purpose.id, purpose.state, "its approval")
    if agreement.state is not State.ACTIVE:
        raise Refusal(
            RefusalKind.CONFLICT,
            "DX_PURPOSE_BEFORE_AGREEMENT",
            {"agreement": agreement.id, "state": agreement.state},
            article=GDS_25,
        )
    return PurposeApproved(purpose.id)


def reject(purpose: Purpose, *, agency_id: AgencyId | None, reason: Commitment) -> PurposeRejected:
    """Refuse the use, with grounds."""
    require_side(purpose.id, agency_id, purpose.to_agency_id)
    require_act(purpose.id, purpose.state, "its rejection")
    return PurposeRejected(purpose.id, reason)


def suspend(purpose: Purpose, *, agency_id: AgencyId | None, reason: Commitment) -> PurposeSuspended:
    """Stop the calls for this purpose; either side may."""
    require_either(purpose.id, agency_id, purpose.to_agency_id, purpose.agency_id)
    require_act(purpose.id, purpose.state, "its suspension")
    return PurposeSuspended(purpose.id, reason)


def resume(purpose: Purpose, *, agency_id: AgencyId | None) -> PurposeResumed:
    """Let the calls go on. The agency that gives the data decides."""
    require_side(purpose.id, agency_id, purpose.to_agency_id)
    require_act(purpose.id, purpose.state, "its resumption")
    return PurposeResumed(purpose.id)


def archive(purpose: Purpose, *, agency_id: AgencyId | None) -> PurposeArchived:
    """End the purpose for good; either side may."""
    require_either(purpose.id, agency_id, purpose.to_agency_id, purpose.agency_id)
    require_act(purpose.id, purpose.state, "its archiving")
    return PurposeArchived(purpose.id)


def after(purpose: Purpose, fact: PurposeFact) -> Purpose:
    """The purpose as `fact` leaves it."""
    return replace(purpose, state=fact.leads_to, revision=purpose.revision + 1)


def require_open(agreement: Agreement) -> None:
    """Raises Refusal DX_PURPOSE_BEFORE_AGREEMENT for an agreement that was refused or has ended."""
    if agreement.state in (State.REJECTED, State.ARCHIVED):
        raise Refusal(
            RefusalKind.CONFLICT,
            "DX_PURPOSE_BEFORE_AGREEMENT",
            {"agreement": agreement.id, "state": agreement.state},
            article=GDS_25,
        )
