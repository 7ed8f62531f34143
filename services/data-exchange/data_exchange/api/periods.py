"""The receiver's period is made longer with the sender's consent, or stands still for a listed reason."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends

from common.door.uow import change
from common.policy import Action, Mandate
from common.values.ids import ExchangeId
from common.web.auth import Allow, Db
from data_exchange.api.views import exchange_view, terms_of
from data_exchange.contract.exchanges import (
    ExchangeView,
    ExtensionConsentOrder,
    ExtensionOrder,
    ExtensionRefusalOrder,
    ResumptionOrder,
    SuspensionOrder,
)
from data_exchange.domain import extending, suspending
from data_exchange.runtime import Run
from data_exchange.store import exchanges
from data_exchange.store.papers import AnswerTexts, list_papers

router = APIRouter()

Answering = Annotated[Mandate, Depends(Allow(Action.EXCHANGE_ANSWER))]
Sending = Annotated[Mandate, Depends(Allow(Action.EXCHANGE_SEND))]


@router.post(
    "/v1/exchanges/{exchange_id}/extensions", summary="申请延期 · Ask for a longer period", status_code=201
)
async def request_extension(
    exchange_id: ExchangeId, order: ExtensionOrder, db: Db, runtime: Run, mandate: Answering
) -> ExchangeView:
    """Ask for more days, once, before the period ends. The old period runs until the other side consents."""
    async with change(db, mandate) as tx:
        exchange = await exchanges.lock(tx, exchange_id)
        permit = tx.permit(exchanges.resource(exchange, mandate.actor))
        fact = extending.request_extension(
            exchange,
            agency_id=mandate.actor.agency_id,
            days=order.days,
            reason=await tx.commit_to(exchange_id, "extension", order.reason),
            terms=terms_of(runtime),
        )
        exchange = await exchanges.save(
            tx, permit, exchange, fact, texts=AnswerTexts("EXTENSION", order.reason)
        )
        return tx.answer(exchange_view(exchange, await list_papers(tx, exchange_id), mandate.actor))


@router.post(
    "/v1/exchanges/{exchange_id}/extension-consent",
    summary="同意延期 · Consent to an extension",
    status_code=201,
)
async def grant_extension(
    exchange_id: ExchangeId, order: ExtensionConsentOrder, db: Db, runtime: Run, mandate: Sending
) -> ExchangeView:
    """Consent as the sender. For a request for data the data authority consents (GDS 21(1))."""
    async with change(db, mandate) as tx:
        exchange = await exchanges.lock(tx, exchange_id)
        permit = tx.permit(exchanges.resource(exchange, mandate.actor))
        fact = extending.grant(exchange, agency_id=mandate.actor.agency_id, terms=terms_of(runtime))
        exchange = await exchanges.save(tx, permit, exchange, fact)
        return tx.answer(exchange_view(exchange, await list_papers(tx, exchange_id), mandate.actor))


@router.post(
    "/v1/exchanges/{exchange_id}/extension-refusal",
    summary="不同意延期 · Decline an extension",
    status_code=201,
)
async def decline_extension(
    exchange_id: ExchangeId, order: ExtensionRefusalOrder, db: Db, mandate: Sending
) -> ExchangeView:
    """Decline the longer period, with a reason. The old one runs on."""
    async with change(db, mandate) as tx:
        exchange = await exchanges.lock(tx, exchange_id)
        permit = tx.permit(exchanges.resource(exchange, mandate.actor))
        reason = await tx.commit_to(exchange_id, "extension-refusal", order.reason)
        fact = extending.decline(exchange, agency_id=mandate.actor.agency_id, reason=reason)
        texts = AnswerTexts("EXTENSION_DECLINED", order.reason)
        exchange = await exchanges.save(tx, permit, exchange, fact, texts=texts)
        return tx.answer(exchange_view(exchange, await list_papers(tx, exchange_id), mandate.actor))


@router.post(
    "/v1/exchanges/{exchange_id}/suspension", summary="中止期限 · Suspend the period", status_code=201
)
async def suspend(
    exchange_id: ExchangeId, order: SuspensionOrder, db: Db, runtime: Run, mandate: Answering
) -> ExchangeView:
    """Let the receiver's period stand still for a reason that the profile lists, with the digest of its evidence."""
    async with change(db, mandate) as tx:
        exchange = await exchanges.lock(tx, exchange_id)
        permit = tx.permit(exchanges.resource(exchange, mandate.actor))
        fact = suspending.suspend(
            exchange,
            order.reason,
            agency_id=mandate.actor.agency_id,
            evidence=bytes.fromhex(order.evidence_sha256),
            note=await tx.commit_to(exchange_id, "suspension", order.note),
            terms=terms_of(runtime),
        )
        exchange = await exchanges.save(
            tx, permit, exchange, fact, texts=AnswerTexts("SUSPENSION", order.note)
        )
        return tx.answer(exchange_view(exchange, await list_papers(tx, exchange_id), mandate.actor))


@router.post(
    "/v1/exchanges/{exchange_id}/resumption", summary="恢复计算期限 · Resume the period", status_code=201
)
async def resume(
    exchange_id: ExchangeId, order: ResumptionOrder, db: Db, runtime: Run, mandate: Answering
) -> ExchangeView:
    """Let the period go on. The days on which it stood still do not count."""
    async with change(db, mandate) as tx:
        exchange = await exchanges.lock(tx, exchange_id)
        permit = tx.permit(exchanges.resource(exchange, mandate.actor))
        fact = suspending.resume(
            exchange, agency_id=mandate.actor.agency_id, terms=terms_of(runtime), at=tx.now
        )
        exchange = await exchanges.save(tx, permit, exchange, fact)
        return tx.answer(exchange_view(exchange, await list_papers(tx, exchange_id), mandate.actor))
