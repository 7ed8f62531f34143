"""Requests for data on the wire."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

from pydantic import Field

from common.values.ids import AgencyId, CaseId, CatalogueItemId, ExchangeId
from common.web.wire import Code, Day, In, Out, Text
from data_exchange.contract.catalogue import MannerCode
from data_exchange.contract.comparisons import WithheldView
from data_exchange.contract.exchanges import BasisOrder, ExchangeView, PurposeCode


class DataRequestOrder(In):
    """A request for data of the catalogue (GDS 20(2)).

    The five statements `basis`, `scenario`, `scope`, `manner` and `use_until` are all demanded; the refusal names
    those that are missing. `fields` are codes of the item's data items.
    """

    item_id: CatalogueItemId
    fields: list[Code] = Field(min_length=1, max_length=200)
    purpose: PurposeCode
    case_id: CaseId | None = None
    subject: Text
    contact: Text
    basis: list[BasisOrder] | None = Field(default=None, min_length=1, max_length=10)
    scenario: Text | None = None
    scope: Text | None = None
    manner: MannerCode | None = None
    use_until: Day | None = None


class DataConsentOrder(In):
    """The body of the consent to send is empty."""


class DataSendingOrder(In):
    """The body of a sending is empty: the provider is the agency that the catalogue names."""


class DataDiscardingOrder(In):
    """The body of a discarding is empty."""


class AnswerConsentOrder(In):
    """The answer that the provider's data-sharing officer consents to (GDS 20(3))."""

    answer: Literal["SHARE", "REFUSE"]


class DataRequestSummary(Out):
    """One request for data in a list. `state` is DRAFT, CONSENTED, SENT or DISCARDED.

    The rest of its life is its exchange's.
    """

    exchange_id: ExchangeId
    agency_id: AgencyId
    provider_id: AgencyId
    item_id: CatalogueItemId
    share: str
    fields: list[str]
    manner: str
    use_until: date
    purpose: str
    case_id: CaseId | None
    state: str
    consented_answer: str | None
    delivered_in: str | None


class DataRequestView(DataRequestSummary):
    """One request for data with its words, which are null once it was erased. `exchange` is null until it is sent."""

    subject: str | None
    basis: list[str]
    scenario: str | None
    scope: str | None
    exchange: ExchangeView | None


class FetchingOrder(In):
    """The body of a fetching is empty: item and fields are those of the request."""


class FetchView(Out):
    """The rows that the data authority's platform gave, each with the requested fields alone.

    `withheld` names what the agreement of a partner's system keeps back, and by which clause.
    """

    exchange_id: ExchangeId
    item_id: CatalogueItemId
    rows: list[dict[str, Any]]
    withheld: list[WithheldView]
