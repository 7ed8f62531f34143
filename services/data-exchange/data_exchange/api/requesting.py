"""The sender's acts: requests are sent, withdrawn, closed."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends

from common.door.uow import Database, change
from common.policy import Action, Mandate, Resource
from common.values.calendar import legal_day
from common.values.errors import Kind as RefusalKind
from common.values.errors import Refusal
from common.values.ids import AgencyId, ExchangeId
from common.values.law import NJ_18_1
from common.web.auth import Allow, Db
from data_exchange.api.views import agency_of, exchange_view, terms_of
from data_exchange.contract.exchanges import (
    AssistanceOrder,
    ClosureOrder,
    ExchangeView,
    TransferRequestOrder,
    WithdrawalOrder,
)
from data_exchange.domain import requesting
from data_exchange.domain.exchange import Kind, Purpose
from data_exchange.domain.numbers import exchange_number
from data_exchange.runtime import DataExchangeRuntime, Run
from data_exchange.store import exchanges
from data_exchange.store.papers import AnswerTexts, BasisTexts, RequestTexts, list_papers
from gateway.identity.contract import Identity
from ledger.canonical import canonical

router = APIRouter()

Sending = Annotated[Mandate, Depends(Allow(Action.EXCHANGE_SEND))]


@router.post(
    "/v1/assistance-requests", summary="请求协助 · Ask another agency for assistance", status_code=201
)
async def request_assistance(order: AssistanceOrder, db: Db, runtime: Run, mandate: Sending) -> ExchangeView:
    """Ask another agency for help in an investigation (NJ 18(1); APL 26). Its answer is due by a working day."""
    return await _requested(Kind.ASSISTANCE, order, db=db, runtime=runtime, mandate=mandate)


@router.post("/v1/transfer-requests", summary="请求移送 · Ask an agency to transfer data", status_code=201)
async def request_transfer(
    order: TransferRequestOrder, db: Db, runtime: Run, mandate: Sending
) -> ExchangeView:
    """Ask an agency to hand over what it collected and had to transfer by itself (NJ 19, 22(3))."""
    return await _requested(Kind.TRANSFER_REQUEST, order, db=db, runtime=runtime, mandate=mandate)


@router.post(
    "/v1/exchanges/{exchange_id}/withdrawal", summary="撤回请求 · Take a request back", status_code=201
)
async def withdraw(exchange_id: ExchangeId, order: WithdrawalOrder, db: Db, mandate: Sending) -> ExchangeView:
    """Take the request back while it is unanswered."""
    async with change(db, mandate) as tx:
        exchange = await exchanges.lock(tx, exchange_id)
        permit = tx.permit(exchanges.resource(exchange, mandate.actor))
        reason = await tx.commit_to(exchange_id, "withdrawal", order.reason)
        fact = requesting.withdraw(exchange, agency_id=mandate.actor.agency_id, reason=reason)
        texts = AnswerTexts("WITHDRAWAL", order.reason)
        exchange = await exchanges.save(tx, permit, exchange, fact, texts=texts)
        return tx.answer(exchange_view(exchange, await list_papers(tx, exchange_id), mandate.actor))


@router.post("/v1/exchanges/{exchange_id}/closure", summary="办结 · Close a request", status_code=201)
async def close(exchange_id: ExchangeId, order: ClosureOrder, db: Db, mandate: Sending) -> ExchangeView:
    """Close an answered request: the sender needs nothing more."""
    async with change(db, mandate) as tx:
        exchange = await exchanges.lock(tx, exchange_id)
        permit = tx.permit(exchanges.resource(exchange, mandate.actor))
        fact = requesting.close(exchange, agency_id=mandate.actor.agency_id)
        exchange = await exchanges.save(tx, permit, exchange, fact)
        return tx.answer(exchange_view(exchange, await list_papers(tx, exchange_id), mandate.actor))


async def _requested(
    kind: Kind, order: AssistanceOrder, *, db: Database, runtime: DataExchangeRuntime, mandate: Mandate
) -> ExchangeView:
    agency_id = agency_of(mandate)
    await _require_agency(runtime, order.to_agency_id)
    async with change(db, mandate) as tx:
        exchange_id, year = ExchangeId.new(tx.now), legal_day(tx.now).year
        permit = tx.permit(Resource(exchange_id, agency_id, level=3))
        serial = await exchanges.next_serial(tx, agency_id, year)
        content = canonical([order.subject, order.reason, order.items]).decode()
        fact = requesting.request(
            exchange_id,
            kind,
            agency_id=agency_id,
            to_agency_id=order.to_agency_id,
            number=exchange_number(agency_id, year=year, serial=serial),
            purpose=Purpose(order.purpose),
            case_id=order.case_id,
            content=await tx.commit_to(exchange_id, "request", content),
            items=len(order.items),
            is_expert_opinion=order.is_expert_opinion,
            terms=terms_of(runtime),
            at=tx.now,
            wished_on=order.answer_by_on,
        )
        texts = RequestTexts(
            year,
            serial,
            order.subject,
            order.reason,
            tuple(BasisTexts(basis.name, basis.article) for basis in order.basis),
            tuple(order.items),
            order.contact,
        )
        exchange = await exchanges.add(tx, permit, fact, texts=texts)
        return tx.answer(exchange_view(exchange, await list_papers(tx, exchange_id), mandate.actor))


async def _require_agency(runtime: DataExchangeRuntime, agency_id: AgencyId) -> None:
    """Raises Refusal DX_AGENCY_UNKNOWN unless the receiver is an agency that can answer here."""
    agencies = await Identity(runtime.peers).agencies()
    if all(agency.agency_id != agency_id for agency in agencies):
        raise Refusal(RefusalKind.INVALID, "DX_AGENCY_UNKNOWN", {"agency": agency_id}, article=NJ_18_1)
