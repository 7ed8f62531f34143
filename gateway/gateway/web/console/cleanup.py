"""The clean-up of unlawful devices: campaigns, each agency's report, and Annex 1 with its files (盘锦)."""

from __future__ import annotations

import asyncio
from typing import Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from gateway.web.console.people import agencies
from gateway.web.shell import render
from gateway.web.visitor import Refused, SignedIn

router = APIRouter()

_FILES: Final = ("annex-1-workbook", "document", "overall-report")


@router.get("/console/cleanup")
async def show(request: Request, visitor: SignedIn) -> Response:
    campaigns, reports, names = await asyncio.gather(
        visitor.get("/v1/cleanup-campaigns", limit=50),
        visitor.get("/v1/cleanup-reports", limit=100),
        agencies(visitor),
    )
    return render(
        request,
        "console/cleanup.html",
        campaigns=campaigns["items"],
        reports=reports["items"],
        names=names,
    )


@router.get("/console/cleanup/{report_id}/{name}")
async def file(visitor: SignedIn, report_id: str, name: str) -> Response:
    """Annex 1 as a workbook, the document that is sealed, or the overall report, as the API gives it."""
    if name not in _FILES:
        raise Refused(404, {})
    answer = await visitor.ask("GET", f"/v1/cleanup-reports/{report_id}/{name}")
    ending = "xlsx" if name == "annex-1-workbook" else "pdf"
    headers = {"content-disposition": f'attachment; filename="{name}.{ending}"'}
    return Response(answer.content, media_type=answer.headers["content-type"], headers=headers)
