"""A request for data that the catalogue lists: drafted, consented to, sent (GDS 20(2)).

    DRAFT ─consent of the asking agency's data-sharing officer─▶ CONSENTED ─send─▶ SENT, and the exchange begins
      └──────────────── discard ────────────────────────────────────▶ DISCARDED

Nobody but the asking agency sees a draft. The exchange that begins has the same id; its states and clocks are those
of every other kind. `answering_data` says what the provider may answer.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import ClassVar, TypeVar

from common.values.calendar import legal_day
from common.values.errors import InputError, Refusal
from common.values.errors import Kind as RefusalKind
from common.values.facts import Commitment, Fact
from common.values.ids import AgencyId, CaseId, CatalogueItemId, ExchangeId
from common.values.law import GDS_20_2, GDS_20_3
from data_exchange.domain.catalogue import CatalogueItem, Content, Manner, Share
from data_exchange.domain.clocks import Terms
from data_exchange.domain.dataclocks import answer_by
from data_exchange.domain.exchange import (
    UNANSWERED,
    Exchange,
    Kind,
    Purpose,
    Side,
    require_side,
    require_state,
)
from data_exchange.domain.requesting import ExchangeRequested, require_different, require_no_superior
from data_exchange.domain.standing import CaseStanding, require_live_case, require_purpose

B = TypeVar("B")


class RequestState(StrEnum):
    DRAFT = "DRAFT"
    CONSENTED = "CONSENTED"
    SENT = "SENT"
    DISCARDED = "DISCARDED"


class Answer(StrEnum):
    """What the provider's data-sharing officer consents to (GDS 20(3))."""

    SHARE = "SHARE"
    REFUSE = "REFUSE"


@dataclass(frozen=True)
class DataRequest:
    """What a request for data says beside its exchange. `provider_id` is the agency that the catalogue names.

    `authority_id` is the data authority, once the request was sent. `consented_answer` is the answer that the
    provider's data-sharing officer agreed to; `delivered_in` the manner of the last delivery.
    """

    id: ExchangeId
    agency_id: AgencyId
    provider_id: AgencyId
    item_id: CatalogueItemId
    fields: tuple[str, ...]
    manner: Manner
    use_until: date
    purpose: Purpose
    case_id: CaseId | None
    share: Share
    state: RequestState = RequestState.DRAFT
    authority_id: AgencyId | None = None
    consented_answer: Answer | None = None
    delivered_in: Manner | None = None
    revision: int = 0


@dataclass(frozen=True)
class DataRequestDrafted(Fact):
    """A request for data was drafted. `statements` commits to basis, scenario and scope in words."""

    type: ClassVar[str] = "data_request.drafted"
    owner: ExchangeId
    agency_id: AgencyId
    provider_id: AgencyId
    item_id: CatalogueItemId
    item_version: int
    fields: tuple[str, ...]
    manner: Manner
    use_until: date
    purpose: Purpose
    case_id: CaseId | None
    share: Share
    statements: Commitment

    @property
    def subject(self) -> str | None:
        return self.item_id.stream

    def begun(self) -> DataRequest:
        """The request that this fact begins."""
        return DataRequest(
            self.owner,
            self.agency_id,
            self.provider_id,
            self.item_id,
            self.fields,
            self.manner,
            self.use_until,
            self.purpose,
            self.case_id,
            self.share,
        )


@dataclass(frozen=True)
class OfRequest(Fact, ABC):
    """A fact that leaves a request for data in another state."""

    owner: ExchangeId

    @abstractmethod
    def applied(self, request: DataRequest) -> DataRequest:
        """`request` as this fact leaves it, but for its revision."""


@dataclass(frozen=True)
class DataRequestConsented(OfRequest):
    """The data-sharing officer of the asking agency consents to sending it."""

    type: ClassVar[str] = "data_request.consented"

    def applied(self, request: DataRequest) -> DataRequest:
        return replace(request, state=RequestState.CONSENTED)


@dataclass(frozen=True)
class DataRequestSent(OfRequest):
    """It was sent to the provider, and is known to the authority. `share` is the attribute listed on that day."""

    type: ClassVar[str] = "data_request.sent"
    authority_id: AgencyId
    share: Share

    def applied(self, request: DataRequest) -> DataRequest:
        return replace(request, state=RequestState.SENT, authority_id=self.authority_id, share=self.share)


@dataclass(frozen=True)
class DataRequestDiscarded(OfRequest):
    """The draft was given up before it was sent. Nobody else ever saw it."""

    type: ClassVar[str] = "data_request.discarded"

    def applied(self, request: DataRequest) -> DataRequest:
        return replace(request, state=RequestState.DISCARDED)


@dataclass(frozen=True)
class DataAnswerConsented(OfRequest):
    """The data-sharing officer of the provider consents to this answer."""

    type: ClassVar[str] = "data_request.answer_consented"
    answer: Answer

    def applied(self, request: DataRequest) -> DataRequest:
        return replace(request, consented_answer=self.answer)


@dataclass(frozen=True)
class DataDelivered(OfRequest):
    """Data was shared by interface, in a batch or as a file (GDS 22(2))."""

    type: ClassVar[str] = "data_request.delivered"
    manner: Manner

    def applied(self, request: DataRequest) -> DataRequest:
        return replace(request, delivered_in=self.manner)


def after_data(request: DataRequest, fact: OfRequest) -> DataRequest:
    """The request as `fact` leaves it."""
    return replace(fact.applied(request), revision=request.revision + 1)


def require_statements(
    *, basis: B | None, scenario: str | None, scope: str | None, manner: str | None, use_until: date | None
) -> tuple[B, str, str, str, date]:
    """The five statements. Raises Refusal DX_STATEMENT_MISSING, which names each that is None (GDS 20(2))."""
    if basis is None or scenario is None or scope is None or manner is None or use_until is None:
        statements = {
            "basis": basis,
            "scenario": scenario,
            "scope": scope,
            "manner": manner,
            "use_until": use_until,
        }
        missing = [name for name, value in statements.items() if value is None]
        raise Refusal(
            RefusalKind.INVALID,
            "DX_STATEMENT_MISSING",
            {"missing": missing},
            article=GDS_20_2,
            errors=tuple(
                InputError(f"/{name}", "DX_STATEMENT_MISSING", {"missing": [name]}) for name in missing
            ),
        )
    return basis, scenario, scope, manner, use_until


def draft_request(
    exchange_id: ExchangeId,
    item: CatalogueItem | None,
    *,
    agency_id: AgencyId,
    fields: tuple[str, ...],
    manner: Manner,
    use_until: date,
    purpose: Purpose,
    case_id: CaseId | None,
    statements: Commitment,
    superiors: frozenset[AgencyId],
    at: datetime,
) -> DataRequestDrafted:
    """Ask for data by the catalogue, and for no more than it lists (GDS 20(2)).

    A use that has ended already needs no data. Whether the purpose needs a case is the rule of every request. The data
    of a department is shared between departments (GDS 2(1)), so an agency of `superiors` is asked for none.
    """
    offered = _offered(item)
    if item is None or item.listed_version is None or offered is None:
        raise Refusal(RefusalKind.INVALID, "DX_NOT_IN_CATALOGUE", article=GDS_20_2)
    require_different(agency_id, item.agency_id)
    require_no_superior(agency_id, item.agency_id, superiors, article=GDS_20_2)
    require_purpose(purpose, case_id)
    _require_offered(item.id, offered, fields=fields, manner=manner)
    if use_until < legal_day(at):
        raise Refusal(RefusalKind.INVALID, "DX_USE_IS_OVER", {"today": legal_day(at)}, article=GDS_20_2)
    return DataRequestDrafted(
        exchange_id,
        agency_id,
        item.agency_id,
        item.id,
        item.listed_version,
        fields,
        manner,
        use_until,
        purpose,
        case_id,
        offered.share,
        statements,
    )


def consent(request: DataRequest, *, agency_id: AgencyId | None) -> DataRequestConsented:
    """The data-sharing officer of the asking agency agrees that it is sent (GDS 20(2))."""
    _require_asking(request, agency_id)
    _require_request_state(request, RequestState.DRAFT, act="the consent to send it")
    return DataRequestConsented(request.id)


def discard(request: DataRequest, *, agency_id: AgencyId | None) -> DataRequestDiscarded:
    """Give up a draft, with or without the consent. A request that was sent is withdrawn instead."""
    _require_asking(request, agency_id)
    _require_request_state(request, RequestState.DRAFT, RequestState.CONSENTED, act="its discarding")
    return DataRequestDiscarded(request.id)


def send(
    request: DataRequest,
    item: CatalogueItem | None,
    *,
    agency_id: AgencyId | None,
    case: CaseStanding | None,
    authority_id: AgencyId,
) -> DataRequestSent:
    """Send it, with the consent on record (GDS 20(2)).

    The catalogue is read again: a field that was taken out of it since the draft cannot be asked for. So is the case
    (NJ 17): it may have been closed since, and a draft may name a case of somebody else.
    """
    _require_asking(request, agency_id)
    if request.state is RequestState.DRAFT:
        raise Refusal(
            RefusalKind.CONFLICT, "DX_SHARING_CONSENT_MISSING", {"exchange": request.id}, article=GDS_20_2
        )
    _require_request_state(request, RequestState.CONSENTED, act="its sending")
    require_live_case(request.purpose, request.case_id, case, agency_id=request.agency_id)
    offered = _offered(item)
    if offered is None:
        raise Refusal(RefusalKind.INVALID, "DX_NOT_IN_CATALOGUE", article=GDS_20_2)
    _require_offered(request.item_id, offered, fields=request.fields, manner=request.manner)
    return DataRequestSent(request.id, authority_id, offered.share)


def begin(
    request: DataRequest, *, number: str, content: Commitment, terms: Terms, at: datetime
) -> ExchangeRequested:
    """The exchange that begins with the sending. GDS 21(1) knows one period, for the answer, and no acknowledgement."""
    return ExchangeRequested(
        request.id,
        Kind.DATA_REQUEST,
        request.agency_id,
        request.provider_id,
        number,
        request.purpose,
        request.case_id,
        content,
        len(request.fields),
        None,
        answer_by(request.share, at, terms),
    )


def consent_to_answer(
    request: DataRequest, exchange: Exchange, answer: Answer, *, agency_id: AgencyId | None
) -> DataAnswerConsented:
    """The data-sharing officer of the provider agrees to an answer before it is given (GDS 20(3)).

    Until the answer is given the officer may agree to another one.
    """
    require_side(exchange, agency_id, Side.RECEIVER)
    require_state(exchange, *UNANSWERED, act="the consent to its answer")
    return DataAnswerConsented(request.id, answer)


def require_consented(request: DataRequest, answer: Answer) -> None:
    """Raises Refusal DX_ANSWER_CONSENT_MISSING unless the provider's data-sharing officer agreed to `answer`."""
    if request.consented_answer is not answer:
        raise Refusal(
            RefusalKind.CONFLICT,
            "DX_ANSWER_CONSENT_MISSING",
            {"exchange": request.id, "answer": answer},
            article=GDS_20_3,
        )


def _offered(item: CatalogueItem | None) -> Content | None:
    return item.listed if item is not None else None


def _require_offered(
    item_id: CatalogueItemId, offered: Content, *, fields: tuple[str, ...], manner: Manner
) -> None:
    if not set(fields) <= set(offered.fields):
        raise Refusal(
            RefusalKind.INVALID,
            "DX_OVER_COLLECTION",
            {"item": item_id, "offered": offered.fields},
            article=GDS_20_2,
        )
    if manner not in offered.manners:
        raise Refusal(
            RefusalKind.INVALID,
            "DX_MANNER_NOT_OFFERED",
            {"item": item_id, "offered": offered.manners},
            article=GDS_20_2,
        )


def _require_asking(request: DataRequest, agency_id: AgencyId | None) -> None:
    if agency_id != request.agency_id:
        raise Refusal(
            RefusalKind.FORBIDDEN,
            "DX_OTHER_SIDE",
            {"exchange": request.id, "side": Side.SENDER},
            article=GDS_20_2,
        )


def _require_request_state(request: DataRequest, *wanted: RequestState, act: str) -> None:
    if request.state not in wanted:
        raise Refusal(
            RefusalKind.CONFLICT,
            "DX_TRANSITION_NOT_ALLOWED",
            {"exchange": request.id, "state": request.state, "act": act, "wanted": list(wanted)},
            article=GDS_20_2,
        )
