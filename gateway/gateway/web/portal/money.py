"""After the decision: the payment reference with its code, paying later, and the words on a demand."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

import segno
from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from gateway.web.portal.around import shown
from gateway.web.portal.statement import said
from gateway.web.shell import form, text_of
from gateway.web.visitor import Refused, SignedIn, Visitor
from gateway.web.words import say

router = APIRouter()

_ROWS: Final = 6
_YUAN: Final = re.compile(r"([0-9]{1,9})(?:\.([0-9]{1,2}))?", re.ASCII)


@router.get("/portal/cases/{case_id}/payment")
async def read_payment(case_id: str, request: Request, visitor: SignedIn) -> Response:
    """What is to pay, until when, with which reference. Nothing is paid here: the bank takes the money (APL 67)."""
    case = await visitor.get(f"/v1/cases/{case_id}")
    if case["payment"] is None:
        raise Refused(404, {})
    code = segno.make(case["payment"]["reference"], error="m").svg_data_uri(scale=6, border=2)
    return await shown(request, "portal/payment.html", agency_id=case["agency_id"], case=case, code=code)


@router.get("/portal/cases/{case_id}/later")
async def ask_later(case_id: str, request: Request, visitor: SignedIn) -> Response:
    """The form to pay later or by instalments (APL 66(2))."""
    return await _later(request, visitor, case_id, {}, {})


@router.post("/portal/cases/{case_id}/later")
async def apply_later(case_id: str, request: Request, visitor: SignedIn) -> Response:
    """Apply with the days and sums that were filled in."""
    fields = await form(request)
    typed = {name: value for name, value in fields.items() if isinstance(value, str)}
    faults: dict[str, str] = {}
    if not text_of(fields, "grounds"):
        faults["grounds"] = say("portal.later.grounds_missing", visitor.language)
    parts = []
    for n in range(1, _ROWS + 1):
        due_on, amount = text_of(fields, f"day{n}"), text_of(fields, f"sum{n}")
        if not due_on and not amount:
            continue
        fen = fen_of(amount)
        if not due_on or fen is None:
            faults[f"day{n}"] = say("portal.later.row_wrong", visitor.language, n=n)
        else:
            parts.append({"due_on": due_on, "amount_fen": fen})
    if not parts and not faults:
        faults["day1"] = say("portal.later.row_wrong", visitor.language, n=1)
    if not faults:
        try:
            order = {"grounds": text_of(fields, "grounds"), "parts": parts}
            await visitor.post(f"/v1/cases/{case_id}/instalments", order, key=text_of(fields, "key"))
        except Refused as refused:
            faults["grounds"] = said(refused)
        else:
            return RedirectResponse(f"/portal/cases/{case_id}/payment#later", 303)
    return await _later(request, visitor, case_id, typed, faults)


def fen_of(yuan: str) -> int | None:
    """An amount in yuan as a person types it, in fen; None for anything else."""
    read = _YUAN.fullmatch(yuan.replace(",", "").replace(" ", ""))
    return int(read[1]) * 100 + int((read[2] or "0").ljust(2, "0")) if read else None


async def _later(
    request: Request, visitor: Visitor, case_id: str, typed: Mapping[str, Any], faults: Mapping[str, str]
) -> Response:
    case = await visitor.get(f"/v1/cases/{case_id}")
    return await shown(
        request,
        "portal/later.html",
        agency_id=case["agency_id"],
        status=422 if faults else 200,
        case=case,
        typed=typed,
        faults=faults,
        rows=range(1, _ROWS + 1),
    )
