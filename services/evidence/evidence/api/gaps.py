"""What is missing of the captures that devices signed."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends

from common.door.uow import view
from common.policy import Action, Mandate
from common.values.ids import DeviceId
from common.web.auth import Allow
from evidence.contract import SequenceGapsView, SequenceGapView
from evidence.runtime import Run
from evidence.store import sequences

router = APIRouter()


@router.get("/v1/sequence-gaps", summary="签名序号缺口 · What is missing of a device's signed captures")
async def list_sequence_gaps(
    device_id: DeviceId, runtime: Run, mandate: Annotated[Mandate, Depends(Allow(Action.CAPTURE_READ))]
) -> SequenceGapsView:
    """The numbers that never arrived: something took these captures away between the camera and us (NJ 8)."""
    async with view(runtime.db, mandate) as v:
        gaps = await sequences.list_gaps(v, device_id)
    return SequenceGapsView(items=[SequenceGapView.model_validate(vars(gap)) for gap in gaps])
