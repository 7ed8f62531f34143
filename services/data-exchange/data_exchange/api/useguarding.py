"""The acts of the provider and the data authority on data that was given: consent, demand, pause, resume, end."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends

from common.door.uow import change
from common.policy import Action, Mandate
from common.values.ids import DataUseId
from common.web.auth import Allow, Db
from data_exchange.api.uses import application_of, use_view
from data_exchange.api.views import terms_of
from data_exchange.contract.uses import (
    AccessPauseOrder,
    AccessResumptionOrder,
    AccessTerminationOrder,
    DataUseView,
    DisposalDemandOrder,
    UseConsentOrder,
)
from data_exchange.domain import usefacts as rules
from data_exchange.runtime import Run
from data_exchange.store import uses
from data_exchange.store.uses import UseTexts

router = APIRouter()

Guarding = Annotated[Mandate, Depends(Allow(Action.USE_GUARD))]


@router.post(
    "/v1/data-uses/{use_id}/consents", summary="同意扩大使用 · Consent to a further use", status_code=201
)
async def consent(
    use_id: DataUseId, order: UseConsentOrder, db: Db, runtime: Run, mandate: Guarding
) -> DataUseView:
    """Consent to another purpose, another case or onward supply (GDS 25(1))."""
    async with change(db, mandate) as tx:
        use = await uses.lock(tx, use_id)
        permit = tx.permit(uses.resource(use, mandate.actor))
        wanted = application_of(use, order)
        text = await tx.commit_to(use_id, "consent", order.text)
        fact = rules.consent(use, wanted, agency_id=mandate.actor.agency_id, text=text)
        texts = UseTexts("CONSENT", order.text, application=wanted)
        use = await uses.save(tx, permit, use, fact, texts=texts)
        return tx.answer(await use_view(tx, use, runtime))


@router.post(
    "/v1/data-uses/{use_id}/disposal-demand", summary="要求处置数据 · Demand disposal", status_code=201
)
async def demand_disposal(
    use_id: DataUseId, order: DisposalDemandOrder, db: Db, runtime: Run, mandate: Guarding
) -> DataUseView:
    """Demand that the data goes because the purpose needs it no more (GDS 27(1))."""
    async with change(db, mandate) as tx:
        use = await uses.lock(tx, use_id)
        permit = tx.permit(uses.resource(use, mandate.actor))
        fact = rules.demand_disposal(
            use, agency_id=mandate.actor.agency_id, terms=terms_of(runtime), at=tx.now
        )
        use = await uses.save(tx, permit, use, fact)
        return tx.answer(await use_view(tx, use, runtime))


@router.post("/v1/data-uses/{use_id}/pause", summary="暂停共享权限 · Pause the access", status_code=201)
async def pause(
    use_id: DataUseId, order: AccessPauseOrder, db: Db, runtime: Run, mandate: Guarding
) -> DataUseView:
    """Pause the receiver's access to this data for misuse, at once and everywhere (GDS 27(2))."""
    async with change(db, mandate) as tx:
        use = await uses.lock(tx, use_id)
        permit = tx.permit(uses.resource(use, mandate.actor))
        fact = rules.pause(
            use,
            agency_id=mandate.actor.agency_id,
            reason=await tx.commit_to(use_id, "pause", order.reason),
            terms=terms_of(runtime),
            at=tx.now,
        )
        use = await uses.save(tx, permit, use, fact, texts=UseTexts("PAUSE", order.reason))
        return tx.answer(await use_view(tx, use, runtime))


@router.post("/v1/data-uses/{use_id}/resumption", summary="恢复共享权限 · Resume the access", status_code=201)
async def resume(
    use_id: DataUseId, order: AccessResumptionOrder, db: Db, runtime: Run, mandate: Guarding
) -> DataUseView:
    """Open the access again once the misuse is rectified."""
    async with change(db, mandate) as tx:
        use = await uses.lock(tx, use_id)
        permit = tx.permit(uses.resource(use, mandate.actor))
        fact = rules.resume(use, agency_id=mandate.actor.agency_id)
        use = await uses.save(tx, permit, use, fact)
        return tx.answer(await use_view(tx, use, runtime))


@router.post("/v1/data-uses/{use_id}/termination", summary="终止共享 · End the sharing", status_code=201)
async def terminate(
    use_id: DataUseId, order: AccessTerminationOrder, db: Db, runtime: Run, mandate: Guarding
) -> DataUseView:
    """End the sharing where the misuse was not rectified in time, or not well enough (GDS 27(2))."""
    async with change(db, mandate) as tx:
        use = await uses.lock(tx, use_id)
        permit = tx.permit(uses.resource(use, mandate.actor))
        reason = await tx.commit_to(use_id, "termination", order.reason)
        fact = rules.terminate(use, agency_id=mandate.actor.agency_id, reason=reason, at=tx.now)
        use = await uses.save(tx, permit, use, fact, texts=UseTexts("TERMINATION", order.reason))
        return tx.answer(await use_view(tx, use, runtime))
