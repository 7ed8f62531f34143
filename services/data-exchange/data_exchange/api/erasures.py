"""Erasing the texts of an exchange after the period of keeping: one person proposes, another approves (NDR 12)."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Final

from fastapi import APIRouter, Depends

from common.door.uow import change
from common.policy import Action, Mandate
from common.values.ids import ExchangeId, OfficerId
from common.web.auth import Allow, Db
from data_exchange.contract.erasures import (
    ExchangeErasureOrder,
    ExchangeErasureProposalOrder,
    ExchangeErasureView,
)
from data_exchange.domain.retention import approve_erasure, propose_erasure
from data_exchange.runtime import Run
from data_exchange.store import erasures, exchanges
from data_exchange.store.erasures import Erasure

router = APIRouter()
NOTICE: Final = "已依法删除"


@router.post(
    "/v1/exchanges/{exchange_id}/erasure-proposal",
    summary="申请清除往来文本 · Propose to erase the texts of a request",
    status_code=201,
)
async def propose(
    exchange_id: ExchangeId,
    order: ExchangeErasureProposalOrder,
    db: Db,
    runtime: Run,
    mandate: Annotated[Mandate, Depends(Allow(Action.EXCHANGE_PROPOSE_ERASURE))],
) -> ExchangeErasureView:
    """The first person: the period of keeping is over, and the texts must go."""
    async with change(db, mandate) as tx:
        exchange = await exchanges.lock(tx, exchange_id)
        permit = tx.permit(exchanges.resource(exchange, mandate.actor))
        log, years = await erasures.get_log(tx, exchange), runtime.profile.exchange.log_years
        fact = propose_erasure(log, officer_id=OfficerId(mandate.actor.id), years=years, at=tx.now)
        await erasures.save(tx, permit, exchange, fact)
        return tx.answer(_view(await erasures.get(tx, exchange_id)))


@router.post(
    "/v1/exchanges/{exchange_id}/erasures",
    summary="批准清除往来文本 · Approve the erasure of the texts of a request",
    status_code=201,
)
async def approve(
    exchange_id: ExchangeId,
    order: ExchangeErasureOrder,
    db: Db,
    runtime: Run,
    mandate: Annotated[Mandate, Depends(Allow(Action.EXCHANGE_APPROVE_ERASURE))],
) -> ExchangeErasureView:
    """The second person: within seconds nobody can read the texts. Records, proofs, dates and digests stay."""
    async with change(db, mandate) as tx:
        exchange = await exchanges.lock(tx, exchange_id)
        permit = tx.permit(exchanges.resource(exchange, mandate.actor))
        log, years = await erasures.get_log(tx, exchange), runtime.profile.exchange.log_years
        fact = approve_erasure(log, officer_id=OfficerId(mandate.actor.id), years=years, at=tx.now)
        await erasures.save(tx, permit, exchange, fact)
        return tx.answer(_view(await erasures.get(tx, exchange_id)))


def _view(erasure: Erasure) -> ExchangeErasureView:
    return ExchangeErasureView(**asdict(erasure), notice=NOTICE if erasure.approved_at else None)
