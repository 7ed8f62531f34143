"""The party's other acts on a case, each a form of words: hearing, recusal, reconsideration, an answer to a demand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from gateway.web.portal.around import shown
from gateway.web.portal.statement import said
from gateway.web.shell import form, text_of
from gateway.web.visitor import Refused, SignedIn, Visitor
from gateway.web.words import say

router = APIRouter()


@router.get("/portal/cases/{case_id}/hearing")
async def read_hearing(case_id: str, request: Request, visitor: SignedIn) -> Response:
    """What a hearing is, and until when it can be asked for."""
    return await _form(request, visitor, case_id, "hearing")


@router.post("/portal/cases/{case_id}/hearing")
async def ask_hearing(case_id: str, request: Request, visitor: SignedIn) -> Response:
    """Ask for the hearing (APL 64(1))."""
    return await _send(request, visitor, case_id, "hearing", "hearing-request", ())


@router.get("/portal/cases/{case_id}/demand")
async def read_demand(case_id: str, request: Request, visitor: SignedIn) -> Response:
    """The form for an answer to the demand."""
    return await _form(request, visitor, case_id, "demand")


@router.post("/portal/cases/{case_id}/demand")
async def answer_demand(case_id: str, request: Request, visitor: SignedIn) -> Response:
    """State on the demand (AEL 36)."""
    return await _send(request, visitor, case_id, "demand", "demand/statements", ("statement",))


@router.get("/portal/cases/{case_id}/recusal")
async def read_recusal(case_id: str, request: Request, visitor: SignedIn) -> Response:
    """The form to ask that an officer withdraws."""
    return await _form(request, visitor, case_id, "recusal")


@router.post("/portal/cases/{case_id}/recusal")
async def ask_recusal(case_id: str, request: Request, visitor: SignedIn) -> Response:
    """Ask that an officer withdraws (APL 43)."""
    names = ("officer_id", "officer_name", "ground", "reason")
    return await _send(request, visitor, case_id, "recusal", "recusals", names)


@router.get("/portal/cases/{case_id}/reconsideration")
async def read_reconsideration(case_id: str, request: Request, visitor: SignedIn) -> Response:
    """The form to apply for reconsideration through the agency."""
    return await _form(request, visitor, case_id, "reconsideration")


@router.post("/portal/cases/{case_id}/reconsideration")
async def apply(case_id: str, request: Request, visitor: SignedIn) -> Response:
    """Apply through the agency that decided (ARL 32). The page that follows is the receipt."""
    fields = await form(request)
    typed = {name: text_of(fields, name) for name in ("request", "reasons")}
    faults = _empty(typed, visitor)
    if faults:
        return await _form(request, visitor, case_id, "reconsideration", typed, faults)
    try:
        receipt = await visitor.post(f"/v1/cases/{case_id}/remedies", typed, key=text_of(fields, "key"))
    except Refused as refused:
        return await _form(request, visitor, case_id, "reconsideration", typed, {"request": said(refused)})
    case = await visitor.get(f"/v1/cases/{case_id}")
    return await shown(
        request, "portal/applied.html", agency_id=case["agency_id"], case=case, receipt=receipt
    )


async def _send(
    request: Request, visitor: Visitor, case_id: str, page: str, act: str, names: tuple[str, ...]
) -> Response:
    fields = await form(request)
    typed = {name: text_of(fields, name) for name in names}
    faults = _empty(typed, visitor)
    if not faults:
        try:
            await visitor.post(f"/v1/cases/{case_id}/{act}", typed, key=text_of(fields, "key"))
        except Refused as refused:
            faults = {names[-1] if names else "sent": said(refused)}
        else:
            mark = visitor.mark(case_id, page)
            return RedirectResponse(f"/portal/cases/{case_id}?done={page}&mark={mark}", 303)
    return await _form(request, visitor, case_id, page, typed, faults)


def _empty(typed: Mapping[str, str], visitor: Visitor) -> dict[str, str]:
    missing = say("portal.petition.missing", visitor.language)
    return {name: missing for name, value in typed.items() if not value}


async def _form(
    request: Request,
    visitor: Visitor,
    case_id: str,
    page: str,
    typed: Mapping[str, str] | None = None,
    faults: Mapping[str, str] | None = None,
) -> Response:
    case = await visitor.get(f"/v1/cases/{case_id}")
    context: dict[str, Any] = {
        "case": case,
        "page": page,
        "typed": typed or {},
        "faults": faults or {},
        "grounds": [
            (code, say("portal.recusal.grounds." + code, visitor.language))
            for code in ("INTEREST", "RELATION", "OTHER")
        ],
    }
    return await shown(
        request,
        "portal/petition.html",
        agency_id=case["agency_id"],
        status=422 if faults else 200,
        **context,
    )
