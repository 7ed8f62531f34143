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
from common.values.ids import AgencyId, AgreementId, CaseId, CatalogueItemId, ExchangeId, PurposeId
from common.values.law import GDS_20_2, GDS_22_2, GDS_32, NJ_17
from data_exchange.domain import agreed
from data_exchange.domain.agreed import Grant, Source
from data_exchange.domain.catalogue import Manner
from data_exchange.domain.datarequests import DataRequest
from data_exchange.domain.exchange import Exchange, Side, State, require_side
from data_exchange.domain.filtering import FieldRule, FieldRules, Filtered, Transform, filtered, leaves
from data_exchange.domain.standing import CaseStanding

DataRow: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True)
class DataFetched(Fact):
    """The asking agency fetched `row_count` rows of the item, for its case. What they say is in no record.

    A partner's system fetched under an agreement and for a purpose under it; `fields` are then pointers.
    """

    type: ClassVar[str] = "data_request.fetched"
    owner: ExchangeId
    item_id: CatalogueItemId
    fields: tuple[str, ...]
    row_count: int
    case_id: CaseId | None
    agreement_id: AgreementId | None = None
    purpose_id: PurposeId | None = None

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


def filtered_for(
    grant: Grant | None, request: DataRequest, rows: Sequence[DataRow], *, key: bytes
) -> Filtered:
    """What of the narrowed `rows` leaves: all of it for an officer, what was agreed for a system."""
    if grant is None:
        return Filtered(tuple(rows), ())
    clause = f"{request.id} fields"
    pointers = dict.fromkeys(pointer for row in rows for pointer, _ in leaves(row))
    asked = tuple(FieldRule(pointer, Transform.PASS, clause) for pointer in pointers)
    rules = FieldRules(asked, (), max(1, len(rows)), clause)
    return filtered(rows, agreed.narrowed(rules, grant.agreement, region=None), key=key)


def require_granted(grant: Grant | None, request: DataRequest, *, case: CaseStanding | None) -> None:
    """Raises Refusal unless a system's call is within its grant: purpose, provider, level, regions (GDS 20, 25)."""
    if grant is None:
        return
    refusal = agreed.objection(
        grant,
        Source(request.item_id, request.provider_id),
        purpose=request.purpose,
        case_names=(str(request.case_id), case.number) if case else (),
    )
    if refusal is not None:
        raise refusal


def fetch(request: DataRequest, shown: Filtered, grant: Grant | None = None) -> DataFetched:
    """Put the fetching on record. It follows `require_fetchable`, which is asked again under the lock."""
    fields = request.fields if grant is None else shown.fields
    ids = (grant.agreement.id, grant.purpose.id) if grant else (None, None)
    return DataFetched(request.id, request.item_id, fields, len(shown.rows), request.case_id, *ids)
