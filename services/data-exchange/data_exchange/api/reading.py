"""Looking at requests between agencies."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends

from common.door.uow import view
from common.policy import Action, Mandate
from common.values.ids import CaseId, ExchangeId
from common.web.auth import Allow, Db
from common.web.pages import Cursor, Limit, after, next_cursor
from common.web.wire import Page
from data_exchange.api.views import exchange_view, summary_view
from data_exchange.contract.exchanges import ExchangeSummary, ExchangeView
from data_exchange.domain.exchange import Kind, Pressure, Side, State
from data_exchange.store import exchanges
from data_exchange.store.papers import list_papers

router = APIRouter()

Reading = Annotated[Mandate, Depends(Allow(Action.EXCHANGE_READ))]


@router.get("/v1/exchanges", summary="往来列表 · List requests between agencies")
async def list_exchanges(
    db: Db,
    mandate: Reading,
    kind: Kind | None = None,
    state: State | None = None,
    pressure: Pressure | None = None,
    case_id: CaseId | None = None,
    side: Side | None = None,
    limit: Limit = 50,
    cursor: Cursor = "",
) -> Page[ExchangeSummary]:
    """The requests that the caller's agency sent or received, in the order of sending. `side` narrows them to one."""
    agency_id = mandate.actor.agency_id
    async with view(db, mandate) as v:
        listed = await exchanges.list_page(
            v,
            after_id=after(cursor, ExchangeId) or "",
            kinds=[kind] if kind else [],
            state=state,
            pressure=pressure,
            case_id=case_id,
            side=(side, agency_id) if side and agency_id else None,
            limit=limit + 1,
        )
    return Page(
        items=[summary_view(exchange) for exchange in listed[:limit]],
        next_cursor=next_cursor(listed, limit, lambda exchange: exchange.id),
    )


@router.get("/v1/exchanges/{exchange_id}", summary="往来详情 · Read one request")
async def get_exchange(exchange_id: ExchangeId, db: Db, mandate: Reading) -> ExchangeView:
    """One request with its clocks and what the two sides told each other."""
    async with view(db, mandate) as v:
        exchange = await exchanges.get(v, exchange_id)
        v.permit(exchanges.resource(exchange, mandate.actor))
        papers = await list_papers(v, exchange_id)
    return exchange_view(exchange, papers, mandate.actor)
