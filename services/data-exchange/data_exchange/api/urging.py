"""What the sender may do about silence: urge, and tell the supervisor."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends

from common.door.uow import change
from common.policy import Action, Mandate
from common.values.ids import ExchangeId
from common.web.auth import Allow, Db
from data_exchange.api.views import exchange_view, terms_of
from data_exchange.contract.exchanges import EscalationOrder, ExchangeView, UrgingOrder
from data_exchange.documents import urging_letters
from data_exchange.domain import urging
from data_exchange.runtime import Run
from data_exchange.store import exchanges
from data_exchange.store.papers import AnswerTexts, list_papers

router = APIRouter()

Urging = Annotated[Mandate, Depends(Allow(Action.EXCHANGE_URGE))]


@router.post("/v1/exchanges/{exchange_id}/urgings", summary="催促 · Urge the receiver", status_code=201)
async def urge(
    exchange_id: ExchangeId, order: UrgingOrder, db: Db, runtime: Run, mandate: Urging
) -> ExchangeView:
    """Urge the receiver once a period has passed without an answer, and a second time once that urging's has."""
    async with urging_letters.urged(runtime, mandate, exchange_id) as draft, change(db, mandate) as tx:
        exchange = await exchanges.lock(tx, exchange_id)
        permit = tx.permit(exchanges.resource(exchange, mandate.actor))
        letter = draft.current(exchange, tx.now)
        exchange = await exchanges.save(tx, permit, exchange, *urging.passed(exchange, at=tx.now))
        fact = urging.urge(
            exchange,
            agency_id=mandate.actor.agency_id,
            terms=terms_of(runtime),
            at=tx.now,
            letter=letter,
        )
        exchange = await exchanges.save(tx, permit, exchange, fact)
        return tx.answer(exchange_view(exchange, await list_papers(tx, exchange_id), mandate.actor))


@router.post(
    "/v1/exchanges/{exchange_id}/escalation", summary="报请监督 · Tell the supervisor", status_code=201
)
async def escalate(exchange_id: ExchangeId, order: EscalationOrder, db: Db, mandate: Urging) -> ExchangeView:
    """Tell the supervisor that two urgings stayed without an answer (NJ 22(2), (3))."""
    async with change(db, mandate) as tx:
        exchange = await exchanges.lock(tx, exchange_id)
        permit = tx.permit(exchanges.resource(exchange, mandate.actor))
        text = order.consequence
        consequence = await tx.commit_to(exchange_id, "consequence", text) if text else None
        fact = urging.escalate(exchange, agency_id=mandate.actor.agency_id, consequence=consequence)
        texts = AnswerTexts("CONSEQUENCE", text) if text else None
        exchange = await exchanges.save(tx, permit, exchange, fact, texts=texts)
        return tx.answer(exchange_view(exchange, await list_papers(tx, exchange_id), mandate.actor))
