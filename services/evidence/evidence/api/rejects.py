"""What devices sent and could not be taken in, counted for the people who look after the devices."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Query

from common.door.uow import view
from common.policy import Action, Mandate
from common.values.clock import BEIJING
from common.web.auth import Allow
from common.web.wire import Out
from evidence.runtime import Run
from evidence.store import rejects

router = APIRouter()
Counting = Annotated[Mandate, Depends(Allow(Action.CAPTURE_READ_REJECTS))]
_MOST: Final = 1_000


class RejectView(Out):
    """How often something of `device_code` was refused for `reason`, a code of docs/ERRORS.md, and when last.

    `device_code` is the device or host as which `account` spoke.
    """

    device_code: str
    account: str
    reason: str
    count: int
    last_at: datetime


class RejectsView(Out):
    """Counts from the day `since` in Beijing on, the highest first; at most 1,000."""

    since: date
    items: list[RejectView]


@router.get("/v1/intake/rejects", summary="未能接收的内容 · What devices sent and could not be taken in")
async def list_rejects(
    runtime: Run, mandate: Counting, days: Annotated[int, Query(ge=1, le=rejects.KEPT_DAYS)] = 7
) -> RejectsView:
    """Refused messages, objects and pictures of the agency's devices, by device and reason. Nothing that was sent."""
    since = runtime.clock().astimezone(BEIJING).date() - timedelta(days=days - 1)
    async with view(runtime.db, mandate) as v:
        counted = await rejects.list_since(v.conn, since, agency=str(mandate.actor.agency_id), limit=_MOST)
    items = [RejectView.model_validate(vars(each)) for each in counted]
    return RejectsView(since=since, items=items)
