"""Corrections of the past, and the intervals that they make unlawful (APL 41; Metrology 9)."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends

from common.door.uow import Tx, View, change, view
from common.policy import Action, Mandate
from common.values.ids import DeviceId
from common.web.auth import Allow, Db
from device_registry.contract import (
    CorrectionOrder,
    CorrectionsView,
    InvalidIntervalView,
    InvalidPaperView,
)
from device_registry.domain.corrections import Paper, invalidate_paper
from device_registry.runtime import Run
from device_registry.store import corrections, devices, dossiers
from device_registry.store.texts import PeriodNote
from device_registry.watching.correcting import saved

router = APIRouter()


@router.post(
    "/v1/devices/{device_id}/corrections",
    summary="更正 · A paper was invalid since a past day",
    status_code=201,
)
async def correct_device(
    device_id: DeviceId,
    order: CorrectionOrder,
    db: Db,
    runtime: Run,
    mandate: Annotated[Mandate, Depends(Allow(Action.DEVICE_CORRECT))],
) -> CorrectionsView:
    """A certificate or report turned out to be invalid. Evidence marks the captures of the intervals in the answer."""
    async with change(db, mandate) as tx:
        dossier = await dossiers.lock(tx, device_id)
        permit = tx.permit(devices.resource(dossier.device))
        fact = invalidate_paper(
            dossier,
            paper=Paper(order.paper),
            number=order.number,
            invalid_from=order.invalid_from,
            reason=await tx.commit_to(device_id, "correction_reason", order.reason),
            at=tx.now,
        )
        await saved(tx, permit, dossier, fact, texts=PeriodNote(order.reason), profile=runtime.profile)
        return tx.answer(await _corrections_view(tx, device_id))


@router.get("/v1/devices/{device_id}/corrections", summary="更正记录 · What was found out later")
async def list_corrections(
    device_id: DeviceId, db: Db, mandate: Annotated[Mandate, Depends(Allow(Action.DEVICE_READ))]
) -> CorrectionsView:
    """Every paper of the device that was found invalid, and every interval that this or another finding undid."""
    async with view(db, mandate) as v:
        v.permit(devices.resource(await devices.get(v, device_id)))
        return await _corrections_view(v, device_id)


async def _corrections_view(at: Tx | View, device_id: DeviceId) -> CorrectionsView:
    return CorrectionsView(
        device_id=device_id,
        papers=[
            InvalidPaperView.model_validate(vars(paper))
            for paper in await corrections.list_papers(at, device_id)
        ],
        intervals=[
            InvalidIntervalView.model_validate(vars(interval) | {"codes": list(interval.codes)})
            for interval in await corrections.list_intervals(at, device_id)
        ],
    )
