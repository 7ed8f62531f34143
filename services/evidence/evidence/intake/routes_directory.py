"""The directory of devices for platforms above, and the directories that cameras and platforms push (GA/T 1400.4)."""

from __future__ import annotations

import logging

from fastapi import Request, Response

from common.values.errors import Kind, Refusal
from evidence.intake import answers, directory, nested
from evidence.intake.answers import ItemStatus, Status, of_item
from evidence.intake.directory import APES, APSS, TOLLGATES, Catalogue
from evidence.intake.door import Admitted, admit
from evidence.intake.gat1400 import PUSH
from evidence.intake.protocol import PUSHES, Connecting, camera_router
from evidence.intake.receiving import body_of, set_aside
from evidence.runtime import EvidenceRuntime, Run

log = logging.getLogger(__name__)
router = camera_router()


@router.get("/VIID/APEs", summary="查询采集设备 · List the cameras of an account")
async def apes(request: Request, runtime: Run, mandate: Connecting) -> Response:
    """The cameras on the list of the account that asks, as the registry has them."""
    return await _page(request, runtime, mandate, APES)


@router.get("/VIID/APSs", summary="查询采集系统 · List the collecting systems of an account")
async def apss(request: Request, runtime: Run, mandate: Connecting) -> Response:
    """The collecting systems on the list of the account that asks."""
    return await _page(request, runtime, mandate, APSS)


@router.get("/VIID/Tollgates", summary="查询视频卡口 · List the tollgates of an account")
async def tollgates(request: Request, runtime: Run, mandate: Connecting) -> Response:
    """The tollgates on the list of the account that asks."""
    return await _page(request, runtime, mandate, TOLLGATES)


@router.get("/VIID/VIIDServers", summary="查询视图库 · This platform in the directory")
async def servers(request: Request, runtime: Run, mandate: Connecting) -> Response:
    """This platform alone: we know of no other."""
    await admit(request, runtime, mandate, envelope=PUSH)
    own_id = runtime.profile.evidence.viid_server_id
    server = {"VIIDServerID": own_id, "ServerName": "明证", "IsOnline": "1"}
    return answers.respond({"VIIDServerListObject": {"TotalNum": 1, "VIIDServerObject": [server]}})


@router.post("/VIID/APEs", summary="推送采集设备 · Push a directory of cameras", openapi_extra=PUSHES)
async def pushed_apes(request: Request, runtime: Run, mandate: Connecting) -> Response:
    """A directory that is pushed to us is answered and not stored: people register devices (NJ 9)."""
    admitted = await admit(request, runtime, mandate, envelope=PUSH)
    await body_of(admitted)
    ids = nested.ids((await admitted.message.document())[0], "APEListObject", "ApeID")
    if not ids:
        raise Refusal(Kind.MALFORMED, "VIID_OBJECT_COUNT", {"most": 1_000})
    statuses = [_listed(admitted, id) for id in ids]
    unknown = sum(status.status is not Status.OK for status in statuses)
    log.info("account %s pushed %d devices, %d of them not its own", admitted.account.name, len(ids), unknown)
    if unknown:
        await set_aside(runtime, admitted, {"VIID_DEVICE_NOT_LISTED": unknown}, keep=False)
    return answers.batch(statuses, url=request.url.path, at=runtime.clock())


async def _page(
    request: Request, runtime: EvidenceRuntime, mandate: Connecting, which: Catalogue
) -> Response:
    admitted = await admit(request, runtime, mandate, envelope=PUSH)
    return answers.respond(
        await directory.page(runtime.peers, admitted.account.name, which, request.query_params)
    )


def _listed(admitted: Admitted, id: str | None) -> ItemStatus:
    if id is None:
        return of_item(None, Refusal(Kind.INVALID, "VIID_ITEM_NO_ID"))
    if id not in admitted.account.devices:
        return of_item(id, Refusal(Kind.FORBIDDEN, "VIID_DEVICE_NOT_LISTED"))
    return ItemStatus(id, Status.OK)
