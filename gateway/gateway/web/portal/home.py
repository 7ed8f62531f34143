"""The first page of the portal: look up a case by its code, the public devices, a document, the agencies."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from gateway.web.portal.around import shown
from gateway.web.visitor import Anybody

router = APIRouter()


@router.get("/portal")
async def read_home(request: Request, visitor: Anybody) -> Response:
    """The ways into the portal."""
    return await shown(request, "portal/home.html")
