"""The public lists of past days, and the proof that a device stood on one (NJ 10)."""

from __future__ import annotations

import json
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Response

from common.door.uow import view
from common.policy import Action, Mandate, as_anybody, not_found
from common.values.ids import DeviceId
from common.web.auth import Allow, Db
from common.web.openapi import sends
from common.web.pages import Cursor, Limit, after, next_cursor
from common.web.wire import Day
from device_registry.contract.public import PublicationProofView, PublicListPage, PublicListView
from device_registry.domain.publiclist import PublicList, path_of
from device_registry.runtime import Run
from device_registry.store import publiclists

router = APIRouter()

OfDay = Annotated[Day, Path(description="日期 · The day, YYYY-MM-DD")]
Anybody = Annotated[Mandate, Depends(Allow(Action.DEVICE_LIST_PUBLIC))]


@router.get("/v1/public/device-lists", summary="历日公开名录 · List the public lists of past days")
async def list_lists(db: Db, mandate: Anybody, limit: Limit = 50, cursor: Cursor = "") -> PublicListPage:
    """The lists of past days, the newest first, each with the digest that the ledger holds."""
    before = after(cursor, date.fromisoformat)
    async with view(db, as_anybody(mandate)) as v:
        listed = await publiclists.list_page(v, before=before, limit=limit + 1)
    return PublicListPage(
        items=[_list_view(each) for each in listed[:limit]],
        next_cursor=next_cursor(listed, limit, lambda each: each.day),
    )


@router.get(
    "/v1/public/device-lists/{day}",
    summary="某日公开名录 · The public list of a day",
    response_class=Response,
    responses=sends("application/x-ndjson", etag=True),
)
async def get_list(day: OfDay, db: Db, runtime: Run, mandate: Anybody) -> Response:
    """The file as it was fixed: one canonical JSON line a device. Its SHA-256 is the ETag and stands in the ledger."""
    async with view(db, as_anybody(mandate)) as v:
        taken = await publiclists.get(v, day)
    headers = {
        "etag": f'"{taken.sha256}"',
        "content-disposition": f'attachment; filename="devices-{day}.ndjson"',
    }
    content = await runtime.blobs.get(taken.sha256)
    return Response(content, media_type="application/x-ndjson", headers=headers)


@router.get(
    "/v1/public/device-lists/{day}/devices/{device_id}",
    summary="某日已公布的证明 · Prove that a device was published on a day",
)
async def prove_publication(
    day: OfDay, device_id: DeviceId, db: Db, runtime: Run, mandate: Anybody
) -> PublicationProofView:
    """The device's line of that day and the path to the root in the ledger. Refusal NOT_FOUND if it was not listed."""
    async with view(db, as_anybody(mandate)) as v:
        taken = await publiclists.get(v, day)
    lines = (await runtime.blobs.get(taken.sha256)).splitlines()
    mark = f'"device_id":"{device_id}"'.encode()
    for index, line in enumerate(lines):
        # Looked for before it is parsed: a city has a hundred thousand lines, and a place may hold any text.
        if mark in line and json.loads(line)["device_id"] == device_id:
            return PublicationProofView(
                of=_list_view(taken),
                device_id=device_id,
                index=index,
                line=line.decode(),
                path=[each.hex() for each in path_of(index, lines)],
                extract=f"/v1/ledger/streams/{taken.id.stream}/extract",
            )
    raise not_found(device_id)


def _list_view(taken: PublicList) -> PublicListView:
    return PublicListView(
        list_id=taken.id,
        day=taken.day,
        devices=taken.devices,
        sha256=taken.sha256,
        root=taken.root,
        taken_at=taken.taken_at,
        stream=taken.id.stream,
    )
