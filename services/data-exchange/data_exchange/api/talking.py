"""What the two sides tell each other beside the answer: messages, what is missing, and its completion."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends

from common.door.uow import change
from common.policy import Action, Mandate
from common.values.ids import ExchangeId
from common.web.auth import Allow, Db
from data_exchange.api.views import exchange_view, terms_of
from data_exchange.contract.exchanges import CompletionOrder, ExchangeView, MessageOrder, SupplementOrder
from data_exchange.domain import completing, messages
from data_exchange.runtime import Run
from data_exchange.store import exchanges
from data_exchange.store.papers import AnswerTexts, list_papers

router = APIRouter()

Writing = Annotated[Mandate, Depends(Allow(Action.EXCHANGE_WRITE))]
Answering = Annotated[Mandate, Depends(Allow(Action.EXCHANGE_ANSWER))]
Sending = Annotated[Mandate, Depends(Allow(Action.EXCHANGE_SEND))]


@router.post(
    "/v1/exchanges/{exchange_id}/messages", summary="留言 · Write to the other side", status_code=201
)
async def write(exchange_id: ExchangeId, order: MessageOrder, db: Db, mandate: Writing) -> ExchangeView:
    """Write to the other side. A message changes no period and is no answer."""
    async with change(db, mandate) as tx:
        exchange = await exchanges.lock(tx, exchange_id)
        permit = tx.permit(exchanges.resource(exchange, mandate.actor))
        text = await tx.commit_to(exchange_id, "message", order.text)
        fact = messages.write(exchange, agency_id=mandate.actor.agency_id, text=text)
        exchange = await exchanges.save(tx, permit, exchange, fact, texts=AnswerTexts("MESSAGE", order.text))
        return tx.answer(exchange_view(exchange, await list_papers(tx, exchange_id), mandate.actor))


@router.post(
    "/v1/exchanges/{exchange_id}/supplement-request",
    summary="一次性告知补正 · Say once what is missing",
    status_code=201,
)
async def request_supplement(
    exchange_id: ExchangeId, order: SupplementOrder, db: Db, runtime: Run, mandate: Answering
) -> ExchangeView:
    """Say everything that is missing, once (GDS 21(2)). The answer clock runs on unless the profile stops it."""
    async with change(db, mandate) as tx:
        exchange = await exchanges.lock(tx, exchange_id)
        permit = tx.permit(exchanges.resource(exchange, mandate.actor))
        text = "\n".join(order.missing)
        fact = completing.request_supplement(
            exchange,
            agency_id=mandate.actor.agency_id,
            missing=await tx.commit_to(exchange_id, "supplement", text),
            items=len(order.missing),
            terms=terms_of(runtime),
            at=tx.now,
        )
        exchange = await exchanges.save(tx, permit, exchange, fact, texts=AnswerTexts("SUPPLEMENT", text))
        return tx.answer(exchange_view(exchange, await list_papers(tx, exchange_id), mandate.actor))


@router.post("/v1/exchanges/{exchange_id}/completion", summary="补正 · Complete a request", status_code=201)
async def complete(
    exchange_id: ExchangeId, order: CompletionOrder, db: Db, runtime: Run, mandate: Sending
) -> ExchangeView:
    """Give what was missing."""
    async with change(db, mandate) as tx:
        exchange = await exchanges.lock(tx, exchange_id)
        permit = tx.permit(exchanges.resource(exchange, mandate.actor))
        fact = completing.complete(
            exchange,
            agency_id=mandate.actor.agency_id,
            content=await tx.commit_to(exchange_id, "completion", order.text),
            terms=terms_of(runtime),
            at=tx.now,
        )
        exchange = await exchanges.save(
            tx, permit, exchange, fact, texts=AnswerTexts("COMPLETION", order.text)
        )
        return tx.answer(exchange_view(exchange, await list_papers(tx, exchange_id), mandate.actor))
