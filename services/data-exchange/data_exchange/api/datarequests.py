"""Requests for data: drafted, consented to, sent, and read."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends

from common.door.uow import Tx, View, change, view
from common.policy import Action, Actor, Mandate, Resource
from common.values.calendar import legal_day
from common.values.ids import ExchangeId
from common.web.auth import Allow, Db
from common.web.pages import Cursor, Limit, after, next_cursor
from common.web.wire import Page
from data_exchange import inquiry
from data_exchange.api.systems import Granted
from data_exchange.api.views import agency_of, exchange_view, terms_of
from data_exchange.connectors import access
from data_exchange.contract.datarequests import (
    DataConsentOrder,
    DataDiscardingOrder,
    DataRequestOrder,
    DataRequestSummary,
    DataRequestView,
    DataSendingOrder,
)
from data_exchange.documents.addresses import addresses_of
from data_exchange.domain import datarequests as rules
from data_exchange.domain.agreed import require_counterpart
from data_exchange.domain.catalogue import Manner
from data_exchange.domain.datarequests import DataRequest, RequestState
from data_exchange.domain.exchange import Purpose
from data_exchange.domain.numbers import exchange_number
from data_exchange.runtime import Run
from data_exchange.store import catalogue, exchanges
from data_exchange.store import datarequests as store
from data_exchange.store.datarequests import StatementTexts
from data_exchange.store.papers import BasisTexts, RequestTexts, list_papers
from ledger.canonical import canonical

router = APIRouter()

Sending = Annotated[Mandate, Depends(Allow(Action.EXCHANGE_SEND))]
Consenting = Annotated[Mandate, Depends(Allow(Action.DATA_CONSENT))]
Reading = Annotated[Mandate, Depends(Allow(Action.EXCHANGE_READ))]


@router.post("/v1/data-requests", summary="起草数据申请 · Draft a request for data", status_code=201)
async def draft_request(
    order: DataRequestOrder, db: Db, runtime: Run, mandate: Sending, grant: Granted
) -> DataRequestView:
    """Ask for data by the catalogue, with the five statements of GDS 20(2). Nobody else sees the draft."""
    agency_id = agency_of(mandate)
    basis, scenario, scope, manner, use_until = rules.require_statements(
        basis=order.basis,
        scenario=order.scenario,
        scope=order.scope,
        manner=order.manner,
        use_until=order.use_until,
    )
    superiors = (await addresses_of(runtime)).above(agency_id)
    async with change(db, mandate) as tx:
        exchange_id = ExchangeId.new(tx.now)
        permit = tx.permit(Resource(exchange_id, agency_id, level=3))
        words = order.model_dump(mode="json", include={"subject", "basis", "scenario", "scope"})
        fact = rules.draft_request(
            exchange_id,
            await catalogue.find(tx, order.item_id),
            agency_id=agency_id,
            fields=tuple(order.fields),
            manner=Manner(manner),
            use_until=use_until,
            purpose=Purpose(order.purpose),
            case_id=order.case_id,
            statements=await tx.commit_to(exchange_id, "statements", canonical(words).decode()),
            superiors=superiors,
            at=tx.now,
        )
        require_counterpart(grant, fact.provider_id)
        provisions = tuple(BasisTexts(one.name, one.article) for one in basis)
        texts = StatementTexts(order.subject, provisions, scenario, scope, order.contact)
        request = await store.add(tx, permit, fact, texts=texts)
        return tx.answer(await request_view(tx, request, mandate.actor))


@router.post(
    "/v1/data-requests/{exchange_id}/consent",
    summary="政务数据共享工作机构负责人同意申请 · Consent to a request for data",
    status_code=201,
)
async def consent(
    exchange_id: ExchangeId, order: DataConsentOrder, db: Db, mandate: Consenting
) -> DataRequestView:
    """The data-sharing officer of the asking agency consents, before it is sent (GDS 20(2))."""
    async with change(db, mandate) as tx:
        request = await store.lock(tx, exchange_id)
        permit = tx.permit(store.resource(request, mandate.actor))
        fact = rules.consent(request, agency_id=mandate.actor.agency_id)
        request = await store.save(tx, permit, request, fact)
        return tx.answer(await request_view(tx, request, mandate.actor))


@router.post(
    "/v1/data-requests/{exchange_id}/sending",
    summary="提出数据申请 · Send a request for data",
    status_code=201,
)
async def send(
    exchange_id: ExchangeId, order: DataSendingOrder, db: Db, runtime: Run, mandate: Sending, grant: Granted
) -> DataRequestView:
    """Send it to the provider. The answer is due in one working day, or in ten (GDS 21(1))."""
    authority_id = (await addresses_of(runtime)).authority()
    async with view(db, mandate) as v:
        asked = await store.get(v, exchange_id)
        v.permit(store.resource(asked, mandate.actor))
    require_counterpart(grant, asked.provider_id)
    case = await inquiry.standing_of(runtime, asked.case_id)
    await access.require_access(db, asked.agency_id, str(asked.item_id))
    async with change(db, mandate) as tx:
        request = await store.lock(tx, exchange_id)
        permit = tx.permit(store.resource(request, mandate.actor))
        fact = rules.send(
            request,
            await catalogue.find(tx, request.item_id),
            agency_id=mandate.actor.agency_id,
            case=case,
            authority_id=authority_id,
        )
        request = await store.save(tx, permit, request, fact)
        year = legal_day(tx.now).year
        serial = await exchanges.next_serial(tx, request.agency_id, year)
        texts = _texts_of(request, await store.find_statements(tx, exchange_id), year=year, serial=serial)
        begun = rules.begin(
            request,
            number=exchange_number(request.agency_id, year=year, serial=serial),
            content=await tx.commit_to(
                exchange_id, "request", canonical([texts.subject, texts.reason]).decode()
            ),
            terms=terms_of(runtime),
            at=tx.now,
        )
        await exchanges.add(tx, permit, begun, texts=texts)
        return tx.answer(await request_view(tx, request, mandate.actor))


@router.post(
    "/v1/data-requests/{exchange_id}/discarding",
    summary="放弃草稿 · Discard a draft",
    status_code=201,
)
async def discard(
    exchange_id: ExchangeId, order: DataDiscardingOrder, db: Db, mandate: Sending
) -> DataRequestView:
    """Give up a draft that is not to be sent. It stays on record, and nobody else sees it."""
    async with change(db, mandate) as tx:
        request = await store.lock(tx, exchange_id)
        permit = tx.permit(store.resource(request, mandate.actor))
        fact = rules.discard(request, agency_id=mandate.actor.agency_id)
        request = await store.save(tx, permit, request, fact)
        return tx.answer(await request_view(tx, request, mandate.actor))


@router.get("/v1/data-requests", summary="数据申请列表 · List requests for data")
async def list_requests(
    db: Db, mandate: Reading, state: RequestState | None = None, limit: Limit = 50, cursor: Cursor = ""
) -> Page[DataRequestSummary]:
    """The requests for data of the caller's agency, those sent to it, and all that were sent for the authority."""
    async with view(db, mandate) as v:
        after_id = after(cursor, ExchangeId) or ""
        listed = await store.list_page(v, after_id=after_id, state=state, limit=limit + 1)
    return Page(
        items=[DataRequestSummary(**_head(request)) for request in listed[:limit]],
        next_cursor=next_cursor(listed, limit, lambda request: request.id),
    )


@router.get("/v1/data-requests/{exchange_id}", summary="数据申请详情 · Read a request for data")
async def get_request(exchange_id: ExchangeId, db: Db, mandate: Reading) -> DataRequestView:
    """One request for data: for its two agencies and, once it was sent, for the data authority."""
    async with view(db, mandate) as v:
        request = await store.get(v, exchange_id)
        v.permit(store.resource(request, mandate.actor))
        return await request_view(v, request, mandate.actor)


async def request_view(v: View | Tx, request: DataRequest, actor: Actor) -> DataRequestView:
    """The request with its words, and with its exchange once it was sent."""
    statements = await store.find_statements(v, request.id)
    exchange = None
    if request.state is RequestState.SENT:
        papers = await list_papers(v, request.id)
        exchange = exchange_view(await exchanges.get(v, request.id), papers, actor)
    return DataRequestView(
        **_head(request),
        subject=statements.subject if statements else None,
        basis=[f"《{one.name}》{one.article}" for one in statements.basis] if statements else [],
        scenario=statements.scenario if statements else None,
        scope=statements.scope if statements else None,
        exchange=exchange,
    )


def _head(request: DataRequest) -> dict[str, Any]:
    own = {name: value for name, value in vars(request).items() if name in DataRequestSummary.model_fields}
    return own | {"exchange_id": request.id, "fields": list(request.fields)}


def _texts_of(
    request: DataRequest, statements: StatementTexts | None, *, year: int, serial: int
) -> RequestTexts:
    """The paper that both sides read. A draft that was erased has no words left to send."""
    words = statements or StatementTexts("", (), "", "", "")
    reason = f"{words.scenario}\n{words.scope}\n{request.manner} {request.use_until.isoformat()}"
    return RequestTexts(year, serial, words.subject, reason, words.basis, request.fields, words.contact)
