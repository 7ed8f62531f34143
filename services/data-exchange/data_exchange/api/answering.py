"""The receiver's acts: a request is acknowledged, accepted, refused, fulfilled."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends

from common.door.uow import change
from common.policy import Action, Mandate
from common.values.ids import ExchangeId
from common.web.auth import Allow, Db
from data_exchange.api.views import exchange_view, terms_of
from data_exchange.contract.exchanges import (
    AcceptanceOrder,
    AcknowledgementOrder,
    DeliveryOrder,
    ExchangeView,
    RefusalOrder,
)
from data_exchange.documents import letters
from data_exchange.documents.drafts import UNWRITTEN
from data_exchange.documents.letters import Reply
from data_exchange.domain import answering, answeringdata
from data_exchange.domain.answering import RefusalCode
from data_exchange.domain.uses import access_refused
from data_exchange.runtime import DataExchangeRuntime, Run
from data_exchange.store import datarequests, exchanges, uses
from data_exchange.store.papers import AnswerTexts, list_papers

router = APIRouter()

Answering = Annotated[Mandate, Depends(Allow(Action.EXCHANGE_ANSWER))]


@router.post(
    "/v1/exchanges/{exchange_id}/acknowledgement", summary="签收 · Acknowledge a request", status_code=201
)
async def acknowledge(
    exchange_id: ExchangeId, order: AcknowledgementOrder, db: Db, mandate: Answering
) -> ExchangeView:
    """Confirm that the request arrived. The period for the answer runs on."""
    async with change(db, mandate) as tx:
        exchange = await exchanges.lock(tx, exchange_id)
        permit = tx.permit(exchanges.resource(exchange, mandate.actor))
        fact = answering.acknowledge(exchange, agency_id=mandate.actor.agency_id)
        exchange = await exchanges.save(tx, permit, exchange, fact)
        return tx.answer(exchange_view(exchange, await list_papers(tx, exchange_id), mandate.actor))


@router.post("/v1/exchanges/{exchange_id}/acceptance", summary="同意协助 · Accept a request", status_code=201)
async def accept(
    exchange_id: ExchangeId, order: AcceptanceOrder, db: Db, runtime: Run, mandate: Answering
) -> ExchangeView:
    """Undertake what was asked. An answer ends the urging, also a late one.

    To share data needs the consent of the data-sharing officer first (GDS 20(3)).
    """
    rule = partial(
        answering.accept, agency_id=mandate.actor.agency_id, terms=terms_of(runtime), at=runtime.clock()
    )
    said = Reply(letters.ACCEPTED, order.note)
    async with (
        letters.reply(runtime, mandate, exchange_id, said, trial=rule) as draft,
        change(db, mandate) as tx,
    ):
        exchange = await exchanges.lock(tx, exchange_id)
        permit = tx.permit(exchanges.resource(exchange, mandate.actor))
        fact = rule(exchange, letter=draft.current(exchange, tx.now))
        request = await datarequests.find(tx, exchange_id)
        fact = answeringdata.agree(request, fact, terms=terms_of(runtime), at=tx.now)
        texts = AnswerTexts("ACCEPTANCE", order.note)
        exchange = await exchanges.save(tx, permit, exchange, fact, texts=texts)
        return tx.answer(exchange_view(exchange, await list_papers(tx, exchange_id), mandate.actor))


@router.post("/v1/exchanges/{exchange_id}/refusal", summary="拒绝 · Refuse a request", status_code=201)
async def refuse(
    exchange_id: ExchangeId, order: RefusalOrder, db: Db, runtime: Run, mandate: Answering
) -> ExchangeView:
    """Refuse by a code of the closed list, with reasons (NJ 18(1)). Repeated, it is answered with the refusal."""
    code = answering.refusal_code(order.code)
    async with change(db, mandate) as tx:
        exchange = await exchanges.lock(tx, exchange_id)
        tx.permit(exchanges.resource(exchange, mandate.actor))
        if answering.repeats(exchange, code, agency_id=mandate.actor.agency_id):
            return tx.answer(exchange_view(exchange, await list_papers(tx, exchange_id), mandate.actor))
    return await _refused(exchange_id, code, order, runtime=runtime, mandate=mandate)


@router.post(
    "/v1/exchanges/{exchange_id}/deliverables", summary="提供结果 · Give what was asked", status_code=201
)
async def fulfil(
    exchange_id: ExchangeId, order: DeliveryOrder, db: Db, runtime: Run, mandate: Answering
) -> ExchangeView:
    """Give the whole answer, or a part of it."""
    rule = partial(
        answering.fulfil,
        agency_id=mandate.actor.agency_id,
        is_whole=order.is_whole,
        terms=terms_of(runtime),
        at=runtime.clock(),
    )
    said = Reply(letters.DELIVERED if order.is_whole else letters.DELIVERED_IN_PART, order.text)
    async with (
        letters.reply(runtime, mandate, exchange_id, said, trial=partial(rule, content=UNWRITTEN)) as draft,
        change(db, mandate) as tx,
    ):
        exchange = await exchanges.lock(tx, exchange_id)
        permit = tx.permit(exchanges.resource(exchange, mandate.actor))
        content = await tx.commit_to(exchange_id, "delivery", order.text)
        fact = rule(exchange, content=content, letter=draft.current(exchange, tx.now))
        request = await datarequests.find(tx, exchange_id)
        delivered = answeringdata.deliver(exchange, request, manner=order.manner)
        texts = AnswerTexts("DELIVERY", order.text)
        exchange = await exchanges.save(tx, permit, exchange, fact, texts=texts)
        if request is not None:
            # A pause that came after the request holds the delivery back too.
            paused = await uses.find_without_access(tx, request.agency_id, str(request.item_id))
            if paused is not None:
                raise access_refused(paused)
        if request is not None and delivered is not None:
            await datarequests.save(tx, permit, request, delivered)
        return tx.answer(exchange_view(exchange, await list_papers(tx, exchange_id), mandate.actor))


async def _refused(
    exchange_id: ExchangeId,
    code: RefusalCode,
    order: RefusalOrder,
    *,
    runtime: DataExchangeRuntime,
    mandate: Mandate,
) -> ExchangeView:
    rule = partial(
        answering.refuse,
        code=code,
        agency_id=mandate.actor.agency_id,
        competent_agency_id=order.competent_agency_id,
        has_citation=order.citation is not None,
    )
    said = Reply(letters.REFUSED, order.reason, code, order.citation, order.competent_agency_id)
    async with (
        letters.reply(runtime, mandate, exchange_id, said, trial=partial(rule, reason=UNWRITTEN)) as draft,
        change(runtime.db, mandate) as tx,
    ):
        exchange = await exchanges.lock(tx, exchange_id)
        permit = tx.permit(exchanges.resource(exchange, mandate.actor))
        reason = await tx.commit_to(exchange_id, "refusal", order.reason)
        fact = rule(exchange, reason=reason, letter=draft.current(exchange, tx.now))
        fact = answeringdata.reject(await datarequests.find(tx, exchange_id), fact)
        texts = AnswerTexts("REFUSAL", order.reason, order.citation)
        exchange = await exchanges.save(tx, permit, exchange, fact, texts=texts)
        return tx.answer(exchange_view(exchange, await list_papers(tx, exchange_id), mandate.actor))
