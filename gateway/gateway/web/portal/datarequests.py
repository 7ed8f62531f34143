"""The desk for the party's own data: ask to see, to copy, to correct or to erase, and read the answers (PIPL 44–50)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from gateway.web.portal.around import shown
from gateway.web.portal.statement import said
from gateway.web.shell import form, text_of
from gateway.web.visitor import Refused, SignedIn, Visitor
from gateway.web.words import say

router = APIRouter()

_RIGHTS: Final = ("ACCESS", "COPY", "CORRECTION", "ERASURE")


@router.get("/portal/cases/{case_id}/data")
async def read_desk(case_id: str, request: Request, visitor: SignedIn) -> Response:
    """What was asked and answered, and the form."""
    return await _page(request, visitor, case_id, {}, {})


@router.post("/portal/cases/{case_id}/data")
async def ask(case_id: str, request: Request, visitor: SignedIn) -> Response:
    """Ask; the list then shows the request with its time."""
    fields = await form(request)
    typed = {"right": text_of(fields, "right"), "words": text_of(fields, "words")}
    missing = say("portal.petition.missing", visitor.language)
    faults = {name: missing for name, value in typed.items() if not value}
    if not faults:
        try:
            await visitor.post(f"/v1/cases/{case_id}/data-requests", typed, key=text_of(fields, "key"))
        except Refused as refused:
            faults["words"] = said(refused)
        else:
            return RedirectResponse(f"/portal/cases/{case_id}/data", 303)
    return await _page(request, visitor, case_id, typed, faults)


@router.get("/portal/cases/{case_id}/data/{number}")
async def read_copy(case_id: str, number: int, request: Request, visitor: SignedIn) -> Response:
    """The data themselves, where a request for them was granted."""
    case = await visitor.get(f"/v1/cases/{case_id}")
    asked = (await visitor.get(f"/v1/cases/{case_id}/data-requests"))["items"]
    href = next((each["copy_href"] for each in asked if each["number"] == number), None)
    if href is None:
        raise Refused(404, {})
    return await shown(
        request,
        "portal/datacopy.html",
        agency_id=case["agency_id"],
        case=case,
        data=await visitor.get(href),
    )


async def _page(
    request: Request, visitor: Visitor, case_id: str, typed: Mapping[str, str], faults: Mapping[str, str]
) -> Response:
    case = await visitor.get(f"/v1/cases/{case_id}")
    asked = (await visitor.get(f"/v1/cases/{case_id}/data-requests"))["items"]
    return await shown(
        request,
        "portal/data.html",
        agency_id=case["agency_id"],
        status=422 if faults else 200,
        case=case,
        asked=asked,
        typed=typed,
        faults=faults,
        rights=[(code, say(f"portal.right.{code}", visitor.language)) for code in _RIGHTS],
    )
