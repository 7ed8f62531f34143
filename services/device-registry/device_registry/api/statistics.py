"""Figures of abnormal devices for supervision: by agency, flag or month, and never by a person."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends

from common.door.uow import view
from common.policy import Action, Mandate
from common.web.auth import Allow, Db
from device_registry.contract.statistics import AnomalyCountView, AnomalyStatisticsView, DimensionName
from device_registry.domain.statistics import Dimension, require_allowed
from device_registry.store import statistics

router = APIRouter()


@router.get("/v1/anomaly-statistics", summary="异常设备统计 · Count abnormal devices")
async def count_anomalies(
    db: Db, mandate: Annotated[Mandate, Depends(Allow(Action.ANOMALY_READ))], by: DimensionName = "AGENCY"
) -> AnomalyStatisticsView:
    """How many devices were out of line, in the agencies that the caller sees. To group by people is refused."""
    dimension = Dimension(by)
    require_allowed(dimension)
    async with view(db, mandate) as v:
        counted = await statistics.list_counts(v, dimension)
    return AnomalyStatisticsView(by=by, items=[AnomalyCountView(**vars(each)) for each in counted])
