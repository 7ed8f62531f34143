"""After the last month of a quarter was looked at: open the analysis of every agency that has devices, zero or not."""

from __future__ import annotations

from datetime import date

from common.door.uow import change, view
from common.policy import Mandate
from common.values.ids import AnalysisId
from device_registry.domain.analyses import open_analysis
from device_registry.runtime import RegistryRuntime
from device_registry.store import analyses


async def open_analyses(runtime: RegistryRuntime, mandate: Mandate, *, quarter: date, ended_on: date) -> None:
    """Open the analyses of the quarter from `quarter` until before `ended_on`. One that is open already stays."""
    async with view(runtime.db, mandate) as v:
        unopened = await analyses.list_unopened(v, quarter, ended_on)
    for agency_id, totals in unopened:
        async with change(runtime.db, mandate) as tx:
            # A second job may have opened it meanwhile; the table refuses a second one, and the rule is not asked.
            await analyses.hold_agency(tx, agency_id)
            if await analyses.is_opened(tx, agency_id, quarter):
                continue
            fact = open_analysis(
                AnalysisId.new(tx.now),
                agency_id,
                quarter,
                totals=totals,
                flagged=await analyses.list_flagged(tx, agency_id, quarter, ended_on),
                profile=runtime.profile,
                calendar=runtime.calendar,
                at=tx.now,
            )
            await analyses.add(tx, tx.permit(analyses.resource(fact)), fact)
