"""The page of each agency: filing basis, procedure, remedies (APL 39)."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from gateway.web.portal.around import shown
from gateway.web.visitor import Anybody

router = APIRouter()


@router.get("/portal/agencies")
async def list_agencies(request: Request, visitor: Anybody) -> Response:
    """Every agency of this city; one without a public page is named as such."""
    pages = {each["agency_id"]: each for each in (await visitor.get("/v1/public/agency-pages"))["items"]}
    agencies = (await visitor.get("/v1/public/agencies", limit=200))["items"]
    return await shown(request, "portal/agencies.html", agencies=agencies, pages=pages)


@router.get("/portal/agencies/{agency_id}")
async def read_agency(agency_id: str, request: Request, visitor: Anybody) -> Response:
    """What the law makes public of one agency."""
    page = await visitor.get(f"/v1/public/agency-pages/{agency_id}")
    return await shown(request, "portal/agency.html", agency_id=agency_id, page=page)
