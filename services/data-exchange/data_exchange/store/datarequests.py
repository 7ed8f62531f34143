"""Requests for data beside their exchanges: drafts, consents, deliveries."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Final

import orjson
import sqlalchemy as sa
from pydantic import TypeAdapter

from common.door.rows import changed, name_of
from common.door.secrets import Erased
from common.door.uow import Tx, View
from common.policy import Actor, Permit, Resource, not_found
from common.values.ids import AgencyId, CaseId, CatalogueItemId, ExchangeId
from data_exchange.domain.catalogue import Manner, Share
from data_exchange.domain.datarequests import (
    Answer,
    DataRequest,
    DataRequestDrafted,
    OfRequest,
    RequestState,
    after_data,
)
from data_exchange.domain.exchange import Purpose
from data_exchange.store import tables_data as tables
from data_exchange.store.papers import BasisTexts
from data_exchange.store.rows import Row

_PERSONAL = 3


@dataclass(frozen=True)
class StatementTexts:
    """What the asker states in words (GDS 20(2)). Manner and time limit of use are codes of the request itself."""

    subject: str
    basis: tuple[BasisTexts, ...]
    scenario: str
    scope: str
    contact: str


_STATEMENTS: Final = TypeAdapter(StatementTexts)


def resource(request: DataRequest, actor: Actor) -> Resource:
    """The request as the policy sees it: an object of each of its agencies, and of the authority once it was sent."""
    sides = (request.agency_id, request.provider_id, request.authority_id)
    own = actor.agency_id if actor.agency_id in sides and actor.agency_id else request.agency_id
    return Resource(request.id, own, level=_PERSONAL)


async def lock(tx: Tx, exchange_id: ExchangeId) -> DataRequest:
    """The request, held until commit. Refusal NOT_FOUND if there is none, or none that the caller may see."""
    return _required(exchange_id, await _find(tx, exchange_id, for_update=True))


async def get(v: View | Tx, exchange_id: ExchangeId) -> DataRequest:
    """The request. Refusal NOT_FOUND as `lock`."""
    return _required(exchange_id, await _find(v, exchange_id, for_update=False))


async def find(v: View | Tx, exchange_id: ExchangeId) -> DataRequest | None:
    """The request, or None for an exchange of another kind."""
    return await _find(v, exchange_id, for_update=False)


async def list_page(
    v: View, *, after_id: str, state: RequestState | None = None, limit: int
) -> list[DataRequest]:
    """Up to `limit` requests after `after_id` that the caller may see, in the order of drafting."""
    table = tables.data_requests
    query = sa.select(table).where(table.c.id > after_id).order_by(table.c.id).limit(limit)
    if state is not None:
        query = query.where(table.c.state == state)
    return [_request(row) for row in (await v.conn.execute(query)).mappings()]


async def add(tx: Tx, permit: Permit, fact: DataRequestDrafted, *, texts: StatementTexts) -> DataRequest:
    """Record that a request was drafted, and write its row."""
    tx.record(permit, fact)
    request = fact.begun()
    row = _columns(request)
    name = name_of(tables.data_requests, row)
    row["sealed"] = await tx.secrets.sealed(request.id.stream, name, orjson.dumps(asdict(texts)))
    await tx.add(fact, tables.data_requests, row)
    return request


async def save(tx: Tx, permit: Permit, request: DataRequest, *facts: OfRequest) -> DataRequest:
    """Record `facts`, and write the request as they leave it."""
    tx.record(permit, *facts)
    for fact in facts:
        before, request = request, after_data(request, fact)
        await tx.set(
            fact, tables.data_requests, {"id": request.id}, changed(_columns(before), _columns(request))
        )
    return request


async def find_statements(v: View | Tx, exchange_id: ExchangeId) -> StatementTexts | None:
    """What the asker stated; None once the exchange was erased."""
    table = tables.data_requests
    row = (await v.conn.execute(sa.select(table).where(table.c.id == exchange_id))).mappings().one()
    try:
        plain = v.secrets.open(exchange_id.stream, name_of(table, row), row["sealed"])
    except Erased:
        return None
    statements: StatementTexts = _STATEMENTS.validate_json(plain)
    return statements


async def _find(v: View | Tx, exchange_id: ExchangeId, *, for_update: bool) -> DataRequest | None:
    query: Any = sa.select(tables.data_requests).where(tables.data_requests.c.id == exchange_id)
    row = (await v.conn.execute(query.with_for_update() if for_update else query)).mappings().one_or_none()
    return _request(row) if row is not None else None


def _required(exchange_id: ExchangeId, request: DataRequest | None) -> DataRequest:
    if request is None:
        raise not_found(exchange_id)
    return request


def _request(row: Row) -> DataRequest:
    return DataRequest(
        ExchangeId(row["id"]),
        AgencyId(row["agency_id"]),
        AgencyId(row["provider_id"]),
        CatalogueItemId(row["item_id"]),
        tuple(row["fields"]),
        Manner(row["manner"]),
        row["use_until"],
        Purpose(row["purpose"]),
        CaseId(row["case_id"]) if row["case_id"] else None,
        Share(row["share"]),
        RequestState(row["state"]),
        AgencyId(row["authority_id"]) if row["authority_id"] else None,
        Answer(row["consented_answer"]) if row["consented_answer"] else None,
        Manner(row["delivered_in"]) if row["delivered_in"] else None,
        row["revision"],
    )


def _columns(request: DataRequest) -> dict[str, Any]:
    is_sent = request.state is RequestState.SENT
    return vars(request) | {
        "fields": list(request.fields),
        "shown_to": request.provider_id if is_sent else None,
    }
