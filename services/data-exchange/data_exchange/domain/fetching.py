"""Data that was delivered by interface is fetched through the data authority's platform, for the use that was stated.

We are a node of the integrated system and no platform (GDS 31, 32): the rows come from the authority, and this service
keeps them in no table. Each fetching is on record, with what was asked for and how many rows came.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, TypeAlias

from common.values.calendar import legal_day
from common.values.errors import Kind as RefusalKind
from common.values.errors import Refusal
from common.values.facts import Fact
from common.values.ids import AgencyId, CaseId, CatalogueItemId, ExchangeId
from common.values.law import GDS_20_2, GDS_22_2, GDS_32, NJ_17
from data_exchange.domain.catalogue import Manner
from data_exchange.domain.datarequests import DataRequest
from data_exchange.domain.exchange import Exchange, Side, State, require_side
from data_exchange.domain.standing import CaseStanding

DataRow: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True)
class DataFetched(Fact):
    """The asking agency fetched `row_count` rows of the item, for its case. What they say is in no record."""

    type: ClassVar[str] = "data_request.fetched"
    owner: ExchangeId
    item_id: CatalogueItemId
    fields: tuple[str, ...]
    row_count: int
    case_id: CaseId | None

    @property
    def subject(self) -> str | None:
        return self.case_id.stream if self.case_id else None


def require_fetchable(
    exchange: Exchange,
    request: DataRequest,
    *,
    agency_id: AgencyId | None,
    case: CaseStanding | None,
    at: datetime,
) -> None:
    """Raises Refusal unless the asker may fetch now: data was delivered by interface and its use has not ended.

    The time limit is the asker's own statement (GDS 20(2)). Data for a case is for that case while it is open (NJ 17).
    """
    require_side(exchange, agency_id, Side.SENDER)
    is_delivered = exchange.state in (State.FULFILLED, State.PARTIAL)
    if not is_delivered or request.delivered_in is not Manner.API:
        raise Refusal(
            RefusalKind.CONFLICT, "DX_NOT_DELIVERED_BY_API", {"exchange": exchange.id}, article=GDS_22_2
        )
    if request.use_until < legal_day(at):
        raise Refusal(
            RefusalKind.CONFLICT,
            "DX_USE_ENDED",
            {"exchange": exchange.id, "until": request.use_until},
            article=GDS_20_2,
        )
    if request.case_id is None:
        return
    if case is None or case.agency_id != agency_id:
        raise Refusal(RefusalKind.FORBIDDEN, "DX_CASE_NOT_OWN", {"case": request.case_id}, article=NJ_17)
    if not case.is_open:
        raise Refusal(RefusalKind.CONFLICT, "DX_CASE_CLOSED", {"case": request.case_id}, article=NJ_17)


def require_rows(rows: Sequence[DataRow] | None) -> Sequence[DataRow]:
    """The rows. Raises Refusal DX_AUTHORITY_UNAVAILABLE where the authority's platform gave none in the agreed form."""
    if rows is None:
        raise Refusal(RefusalKind.UNAVAILABLE, "DX_AUTHORITY_UNAVAILABLE", article=GDS_32)
    return rows


def narrow(rows: Sequence[DataRow], request: DataRequest) -> tuple[DataRow, ...]:
    """The rows with the fields of the request alone: a platform that sends more gives the asker nothing more."""
    return tuple({field: row[field] for field in request.fields if field in row} for row in rows)


def fetch(request: DataRequest, rows: Sequence[DataRow]) -> DataFetched:
    """Put the fetching on record. It follows `require_fetchable`, which is asked again under the lock."""
    return DataFetched(request.id, request.item_id, request.fields, len(rows), request.case_id)
