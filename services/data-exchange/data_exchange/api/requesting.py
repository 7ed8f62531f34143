"""The sender's acts: requests are sent, withdrawn, closed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends

from common.door.uow import change
from common.policy import Action, Mandate, Resource
from common.values.calendar import legal_day
from common.values.ids import AgencyId, ExchangeId
from common.web.auth import Allow, Db
from data_exchange.api.systems import Granted
from data_exchange.api.views import agency_of, exchange_view, terms_of
from data_exchange.contract.exchanges import (
    AssistanceOrder,
    ClosureOrder,
    ExchangeView,
    TransferRequestOrder,
    WithdrawalOrder,
)
from data_exchange.documents import letters
from data_exchange.documents.addresses import addresses_of
from data_exchange.domain import requesting
from data_exchange.domain.agreed import require_counterpart
from data_exchange.domain.exchange import Kind, Purpose
from data_exchange.domain.numbers import exchange_number
from data_exchange.domain.requesting import ExchangeRequested
from data_exchange.domain.standing import CaseStanding
from data_exchange.inquiry import standing_of
from data_exchange.runtime import DataExchangeRuntime, Run
from data_exchange.store import exchanges
from data_exchange.store.papers import AnswerTexts, BasisTexts, RequestTexts, list_papers
from ledger.canonical import canonical

router = APIRouter()

Sending = Annotated[Mandate, Depends(Allow(Action.EXCHANGE_SEND))]


@router.post(
    "/v1/assistance-requests", summary="请求协助 · Ask another agency for assistance", status_code=201
)
async def request_assistance(
    order: AssistanceOrder, runtime: Run, mandate: Sending, grant: Granted
) -> ExchangeView:
    """Ask another agency for help in an investigation (NJ 18(1); APL 26). Its answer is due by a working day."""
    require_counterpart(grant, order.to_agency_id)
    return await _requested(Kind.ASSISTANCE, order, runtime=runtime, mandate=mandate)


@router.post("/v1/transfer-requests", summary="请求移送 · Ask an agency to transfer data", status_code=201)
async def request_transfer(
    order: TransferRequestOrder, runtime: Run, mandate: Sending, grant: Granted
) -> ExchangeView:
    """Ask an agency to hand over what it collected and had to transfer by itself (NJ 19, 22(3))."""
    require_counterpart(grant, order.to_agency_id)
    return await _requested(Kind.TRANSFER_REQUEST, order, runtime=runtime, mandate=mandate)


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
    kind: Kind, order: AssistanceOrder, *, runtime: DataExchangeRuntime, mandate: Mandate
) -> ExchangeView:
    agency_id = agency_of(mandate)
    case = await standing_of(runtime, order.case_id)
    addresses, texts = await addresses_of(runtime), _texts(order)
    ask = partial(_rule(kind, order, agency_id, runtime, case), superiors=addresses.above(agency_id))
    async with (
        letters.request(
            runtime, mandate, texts, author=agency_id, addresses=addresses, case=case, ask=ask
        ) as draft,
        change(runtime.db, mandate) as tx,
    ):
        exchange_id, year = draft.exchange_id, legal_day(tx.now).year
        permit = tx.permit(Resource(exchange_id, agency_id, level=3))
        serial = await exchanges.next_serial(tx, agency_id, year)
        fact = ask(
            exchange_id,
            at=tx.now,
            number=exchange_number(agency_id, year=year, serial=serial),
            content=await tx.commit_to(exchange_id, "request", _content(order)),
            letter=draft.of_today(tx.now),
        )
        texts = replace(texts, year=year, serial=serial)
        exchange = await exchanges.add(tx, permit, fact, texts=texts)
        return tx.answer(exchange_view(exchange, await list_papers(tx, exchange_id), mandate.actor))


def _rule(
    kind: Kind,
    order: AssistanceOrder,
    agency_id: AgencyId,
    runtime: DataExchangeRuntime,
    case: CaseStanding | None,
) -> Callable[..., ExchangeRequested]:
    """The rule about this order. It is tried before its letter is made, and applied once the letter is there."""
    return partial(
        requesting.request,
        kind=kind,
        agency_id=agency_id,
        to_agency_id=order.to_agency_id,
        purpose=Purpose(order.purpose),
        case_id=order.case_id,
        case=case,
        items=len(order.items),
        is_expert_opinion=order.is_expert_opinion,
        terms=terms_of(runtime),
        wished_on=order.answer_by_on,
    )


def _texts(order: AssistanceOrder) -> RequestTexts:
    """The words of the order; its year and serial are given when it is sent."""
    return RequestTexts(
        0,
        0,
        order.subject,
        order.reason,
        tuple(BasisTexts(basis.name, basis.article) for basis in order.basis),
        tuple(order.items),
        order.contact,
    )


def _content(order: AssistanceOrder) -> str:
    return canonical([order.subject, order.reason, order.items]).decode()
