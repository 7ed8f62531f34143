"""One request between agencies: what is asked, by which law and until when, and the acts of the visitor's side.

Which act is lawful now the API decides, after its form was sent: it lists no next acts of a request.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from gateway.web.console.contract import contract
from gateway.web.console.orders import (
    Field,
    Kind,
    Typed,
    body_of,
    counts_of,
    fault_names,
    fields_of,
    has_new_row,
)
from gateway.web.console.people import agencies
from gateway.web.shell import form, render, text_of, texts_of
from gateway.web.visitor import Refused, SignedIn, Visitor

router = APIRouter()

_BELOW: Final = "/v1/exchanges/{exchange_id}/"
_ACTS: Final = {
    "RECEIVER": (
        "acknowledgement", "acceptance", "deliverables", "supplement-request", "extensions", "refusal", "messages",
    ),
    "SENDER": (
        "completion", "extension-consent", "extension-refusal", "urgings", "messages", "closure", "withdrawal",
    ),
}  # fmt: skip
TRANSFERS: Final = ("TRANSFER", "CRIMINAL_TRANSFER")
"""Handed over as a package whose files are verified one by one: no form of these pages does that."""

CODES: Final = {
    "code": ("R1", "R2", "R3", "R4", "R5", "R6", "R7"),
    "manner": ("API", "BATCH", "FILE", "VERIFICATION_ONLY"),
}
"""Codes that the contract leaves to the rules of the API: these judge what was chosen."""


@router.get("/console/exchange/{exchange_id}")
async def show(request: Request, visitor: SignedIn, exchange_id: str) -> Response:
    """The request with its periods and everything that the two sides told each other."""
    exchange = await visitor.get(f"/v1/exchanges/{exchange_id}")
    document = await contract(request, visitor)
    acts = {act: _title(document, act) for act in _acts(exchange)}
    return render(
        request,
        "console/request.html",
        exchange=exchange,
        acts=acts,
        agencies=await agencies(visitor),
    )


@router.get("/console/exchange/{exchange_id}/acts/{act}")
async def ask(request: Request, visitor: SignedIn, exchange_id: str, act: str) -> Response:
    exchange = await visitor.get(f"/v1/exchanges/{exchange_id}")
    return await _page(request, visitor, act, exchange, {})


@router.post("/console/exchange/{exchange_id}/acts/{act}")
async def do(request: Request, visitor: SignedIn, exchange_id: str, act: str) -> Response:
    """Do the act, and go back to the request. What is refused keeps everything that was typed."""
    # First, because a refusal of anything that the page asks would lose what was typed.
    sent = await form(request)
    typed, key = texts_of(sent), text_of(sent, "key")
    exchange = await visitor.get(f"/v1/exchanges/{exchange_id}")
    fields = await _fields(request, visitor, act, exchange)
    if has_new_row(fields, typed):
        return await _page(request, visitor, act, exchange, typed)
    try:
        await visitor.post(f"/v1/exchanges/{exchange_id}/{act}", body_of(fields, typed), key=key)
    except Refused as refused:
        return await _page(request, visitor, act, exchange, typed, refused=refused, key=key)
    return RedirectResponse(f"/console/exchange/{exchange_id}", 303)


def _acts(exchange: Mapping[str, Any]) -> tuple[str, ...]:
    return () if exchange["kind"] in TRANSFERS else _ACTS.get(exchange["side"] or "", ())


def _title(document: Mapping[str, Any], act: str) -> str:
    return str(document["paths"][_BELOW + act]["post"]["summary"])


async def _fields(
    request: Request, visitor: Visitor, act: str, exchange: Mapping[str, Any]
) -> tuple[Field, ...]:
    """The fields of the act. Raises Refused for what is none of the visitor's side."""
    fields = fields_of(await contract(request, visitor), _BELOW + act) if act in _acts(exchange) else None
    if fields is None:
        raise Refused(404, {})
    return tuple(
        replace(field, kind=Kind.CHOICE, options=CODES[field.key]) if field.key in CODES else field
        for field in fields
    )


async def _page(
    request: Request,
    visitor: Visitor,
    act: str,
    exchange: Mapping[str, Any],
    typed: Typed,
    *,
    refused: Refused | None = None,
    key: str = "",
) -> Response:
    fields = await _fields(request, visitor, act, exchange)
    problem = refused.problem if refused else {}
    return render(
        request,
        "console/requestact.html",
        status=refused.status if refused else 200,
        act=act,
        title=_title(await contract(request, visitor), act),
        exchange=exchange,
        fields=fields,
        typed=typed,
        counts=counts_of(fields, typed),
        faults=fault_names(fields, typed, problem.get("errors", ())),
        problem=problem,
        key=key if refused and refused.status >= 500 else "",
        agencies=await agencies(visitor),
        vocabulary="exchange_field",
    )
