"""Erasing texts after the period of keeping: one person proposes, another approves (NDR 12; PIPL 47)."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Depends

from common.door.uow import change
from common.policy import Action, Mandate
from common.values.ids import ComparisonId, DataUseId, DisputeId, ExchangeId, OfficerId
from common.web.auth import Allow
from data_exchange.contract.erasures import LogErasureOrder, LogErasureProposalOrder, LogErasureView
from data_exchange.domain.retention import Kept, approve_erasure, propose_erasure
from data_exchange.runtime import DataExchangeRuntime, Run
from data_exchange.store import erasures
from data_exchange.store.erasures import Erasure

router = APIRouter()
NOTICE: Final = "已依法删除"

Proposing = Annotated[Mandate, Depends(Allow(Action.EXCHANGE_PROPOSE_ERASURE))]
Approving = Annotated[Mandate, Depends(Allow(Action.EXCHANGE_APPROVE_ERASURE))]


@router.post(
    "/v1/exchanges/{exchange_id}/erasure-proposal",
    summary="申请清除往来文本 · Propose to erase the texts of a request",
    status_code=201,
)
async def propose_exchange(
    exchange_id: ExchangeId, order: LogErasureProposalOrder, runtime: Run, mandate: Proposing
) -> LogErasureView:
    """The first person: the period of keeping is over, and the texts must go."""
    return await _proposed(exchange_id, runtime, mandate)


@router.post(
    "/v1/exchanges/{exchange_id}/erasures",
    summary="批准清除往来文本 · Approve the erasure of the texts of a request",
    status_code=201,
)
async def approve_exchange(
    exchange_id: ExchangeId, order: LogErasureOrder, runtime: Run, mandate: Approving
) -> LogErasureView:
    """The second person: within seconds nobody can read the texts. Records, proofs, dates and digests stay."""
    return await _approved(exchange_id, runtime, mandate)


@router.post(
    "/v1/comparisons/{comparison_id}/erasure-proposal",
    summary="申请清除比对文本 · Propose to erase the texts of a comparison",
    status_code=201,
)
async def propose_comparison(
    comparison_id: ComparisonId, order: LogErasureProposalOrder, runtime: Run, mandate: Proposing
) -> LogErasureView:
    """The first person: the period of keeping is over, and the texts must go."""
    return await _proposed(comparison_id, runtime, mandate)


@router.post(
    "/v1/comparisons/{comparison_id}/erasures",
    summary="批准清除比对文本 · Approve the erasure of the texts of a comparison",
    status_code=201,
)
async def approve_comparison(
    comparison_id: ComparisonId, order: LogErasureOrder, runtime: Run, mandate: Approving
) -> LogErasureView:
    """The second person: within seconds nobody can read the texts. Records, proofs, dates and digests stay."""
    return await _approved(comparison_id, runtime, mandate)


@router.post(
    "/v1/data-uses/{use_id}/erasure-proposal",
    summary="申请清除数据使用文本 · Propose to erase the texts of a use",
    status_code=201,
)
async def propose_use(
    use_id: DataUseId, order: LogErasureProposalOrder, runtime: Run, mandate: Proposing
) -> LogErasureView:
    """The first person: the period of keeping is over, and the texts must go."""
    return await _proposed(use_id, runtime, mandate)


@router.post(
    "/v1/data-uses/{use_id}/erasures",
    summary="批准清除数据使用文本 · Approve the erasure of the texts of a use",
    status_code=201,
)
async def approve_use(
    use_id: DataUseId, order: LogErasureOrder, runtime: Run, mandate: Approving
) -> LogErasureView:
    """The second person: within seconds nobody can read the texts. Records, proofs, dates and digests stay."""
    return await _approved(use_id, runtime, mandate)


@router.post(
    "/v1/disputes/{dispute_id}/erasure-proposal",
    summary="申请清除争议文本 · Propose to erase the texts of a dispute",
    status_code=201,
)
async def propose_dispute(
    dispute_id: DisputeId, order: LogErasureProposalOrder, runtime: Run, mandate: Proposing
) -> LogErasureView:
    """The first person: the period of keeping is over, and the texts must go."""
    return await _proposed(dispute_id, runtime, mandate)


@router.post(
    "/v1/disputes/{dispute_id}/erasures",
    summary="批准清除争议文本 · Approve the erasure of the texts of a dispute",
    status_code=201,
)
async def approve_dispute(
    dispute_id: DisputeId, order: LogErasureOrder, runtime: Run, mandate: Approving
) -> LogErasureView:
    """The second person: within seconds nobody can read the texts. Records, proofs, dates and digests stay."""
    return await _approved(dispute_id, runtime, mandate)


async def _proposed(object_id: Kept, runtime: DataExchangeRuntime, mandate: Mandate) -> LogErasureView:
    actor, years = mandate.actor, runtime.profile.exchange.log_years
    async with change(runtime.db, mandate) as tx:
        log = await erasures.lock(tx, object_id)
        permit = tx.permit(erasures.resource(log, actor))
        officer_id = OfficerId(actor.id)
        fact = propose_erasure(log, agency_id=actor.agency_id, officer_id=officer_id, years=years, at=tx.now)
        await erasures.save(tx, permit, log, fact)
        return tx.answer(_view(await erasures.get(tx, object_id)))


async def _approved(object_id: Kept, runtime: DataExchangeRuntime, mandate: Mandate) -> LogErasureView:
    actor, years = mandate.actor, runtime.profile.exchange.log_years
    async with change(runtime.db, mandate) as tx:
        log = await erasures.lock(tx, object_id)
        permit = tx.permit(erasures.resource(log, actor))
        officer_id = OfficerId(actor.id)
        fact = approve_erasure(log, agency_id=actor.agency_id, officer_id=officer_id, years=years, at=tx.now)
        await erasures.save(tx, permit, log, fact)
        return tx.answer(_view(await erasures.get(tx, object_id)))


def _view(erasure: Erasure) -> LogErasureView:
    own = {name: value for name, value in vars(erasure).items() if name != "object_id"}
    notice = NOTICE if erasure.approved_at else None
    return LogErasureView(object=erasure.object_id.stream, **own, notice=notice)
