"""Objects on hold: acknowledged, and no captures yet, because a picture is missing (ADR-0038)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Depends

from common.door.uow import view
from common.policy import Action, Mandate, Resource
from common.values.ids import DeviceId
from common.web.auth import Allow
from common.web.pages import Cursor, Limit, after, next_cursor
from common.web.wire import Out, Page
from evidence.runtime import Run
from evidence.store import captures, held

router = APIRouter()


class HeldCaptureView(Out):
    """An object that `account` pushed and that waits for pictures, or was given up: nothing personal.

    `awaited` counts the pictures that were missing when it came. `reason` is the last trouble with them, or why it was
    given up. `until`: when it is given up; once it is, when the row goes.
    """

    account: str
    device_id: DeviceId
    device_code: str
    object_id: str
    state: Literal["PENDING_MEDIA", "GIVEN_UP"]
    awaited: int
    tries: int
    reason: str | None
    received_at: datetime
    until: datetime


@router.get("/v1/held-captures", summary="待补图片的推送 · List objects that wait for pictures")
async def list_held(
    runtime: Run,
    mandate: Annotated[Mandate, Depends(Allow(Action.CAPTURE_READ_HELD))],
    limit: Limit = 50,
    cursor: Cursor = "",
) -> Page[HeldCaptureView]:
    """The objects on hold of the caller's agency, in no order of time."""
    agency = mandate.actor.agency_id
    async with view(runtime.db, mandate) as v:
        rows = await held.list_of_agency(v.conn, str(agency), after=after(cursor, str) or "", limit=limit + 1)
        for row in rows[:limit]:
            v.permit(Resource(id=row.key, agency_id=row.agency_id, level=captures.LEVEL))
    shown = [
        HeldCaptureView.model_validate(vars(row) | {"awaited": len(row.awaited)}) for row in rows[:limit]
    ]
    return Page(items=shown, next_cursor=next_cursor(rows, limit, lambda row: row.key))
