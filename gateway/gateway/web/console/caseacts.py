"""One act of a case as a form: its fields come from the contract, its refusals from the rule that judges it."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlencode

from fastapi import APIRouter
from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from gateway.web.console import proposing
from gateway.web.console.contract import contract, template_of
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
from gateway.web.console.people import colleagues
from gateway.web.console.purposes import purpose_of, stated_with
from gateway.web.shell import form, render, text_of, texts_of
from gateway.web.visitor import Refused, SignedIn, Visitor

router = APIRouter()

_BELOW: Final = "/v1/cases/{case_id}/"
_STALE: Final = ("CASE_VERSION_STALE", "CASE_CHANGED_MEANWHILE")


@router.get("/console/cases/{case_id}/acts/{act:path}")
async def ask(request: Request, visitor: SignedIn, case_id: str, act: str, number: int = 1) -> Response:
    purpose = purpose_of(request, visitor)
    fields = await _fields(request, visitor, act)
    case = await visitor.get(f"/v1/cases/{case_id}", purpose=purpose)
    proposed = await proposing.proposed(visitor, act, case, fields, purpose)
    return await _page(request, visitor, act, case, fields, proposed, purpose, number=number)


@router.post("/console/cases/{case_id}/acts/{act:path}")
async def do(request: Request, visitor: SignedIn, case_id: str, act: str) -> Response:
    """Do the act on the version of the case that the page showed, and go back to the case."""
    sent = await form(request)
    purpose = stated_with(sent, request, visitor)
    fields = await _fields(request, visitor, act)
    typed, path = texts_of(sent), f"/v1/cases/{case_id}"
    number = text_of(sent, "number") or "1"
    key = text_of(sent, "key")
    try:
        for name, digests in (await _uploaded(visitor, path, fields, sent, key)).items():
            typed[name] = [*typed.get(name, ()), *digests]
        if has_new_row(fields, typed):
            case = await visitor.get(path, purpose=purpose)
            return await _page(request, visitor, act, case, fields, typed, purpose, number=number)
        answer = await visitor.post(
            f"{path}/{_address(act, number)}",
            body_of(fields, typed),
            key=key,
            purpose=purpose,
            match=f'"{case_id}.{text_of(sent, "revision")}"',
        )
    except Refused as refused:
        case = await visitor.get(path, purpose=purpose)
        return await _page(
            request, visitor, act, case, fields, typed, purpose, number=number, refused=refused, key=key
        )
    if act == "unmaskings":
        return render(request, "console/unmasked.html", case_id=case_id, shown=answer)
    before = text_of(sent, "state")
    query = urlencode({"done": act, "before": before, "mark": visitor.mark(case_id, act, before)})
    return RedirectResponse(f"/console/cases/{case_id}?{query}", 303)


def _address(act: str, number: str) -> str:
    return "/".join(number if part == "n" else part for part in act.split("/"))


async def _fields(request: Request, visitor: Visitor, act: str) -> tuple[Field, ...]:
    """The fields of the act. Raises Refused for what is none, or is no order in JSON."""
    document = await contract(request, visitor)
    template = template_of(document, _BELOW, act)
    fields = fields_of(document, template) if template else None
    if fields is None:
        raise Refused(404, {})
    return fields


async def _uploaded(
    visitor: Visitor, path: str, fields: Sequence[Field], sent: FormData, key: str
) -> dict[str, list[str]]:
    """The digests of the files that came with the form, each uploaded to the case."""
    digests: dict[str, list[str]] = {}
    for field in _proofs(fields):
        files = [
            file for file in sent.getlist(f"{field.name}:file") if isinstance(file, UploadFile) and file.size
        ]
        for n, file in enumerate(files):
            data = await file.read()
            digest = base64.b64encode(hashlib.sha256(data).digest()).decode()
            headers = {
                "idempotency-key": f"{key}-{field.key}-{n}",
                "content-type": "application/octet-stream",
                "content-digest": f"sha-256=:{digest}:",
            }
            answer = await visitor.ask("POST", f"{path}/proofs", content=data, headers=headers)
            digests.setdefault(field.name, []).append(answer.json()["proof_sha256"])
    return digests


def _proofs(fields: Sequence[Field]) -> list[Field]:
    own = [field for field in fields if field.kind in (Kind.PROOF, Kind.PROOFS)]
    return [*own, *(each for field in fields for each in _proofs(field.fields))]


async def _page(
    request: Request,
    visitor: Visitor,
    act: str,
    case: Mapping[str, Any],
    fields: Sequence[Field],
    typed: Typed,
    purpose: str,
    *,
    number: int | str,
    refused: Refused | None = None,
    key: str = "",
) -> Response:
    """The form with everything that was typed. A refusal stands beside its fields, or above them with its articles."""
    acts = await visitor.find(f"/v1/cases/{case['id']}/next-acts", purpose=purpose)
    document = await contract(request, visitor)
    address = (template_of(document, _BELOW, act) or "").removeprefix(_BELOW)
    offered = next((each for each in acts["items"] if each["act"] == address), None) if acts else None
    problem = refused.problem if refused else {}
    faults = fault_names(fields, typed, problem.get("errors", ()))
    more = await proposing.context(visitor, act, case, fields, purpose)
    return render(
        request,
        "console/act.html",
        status=refused.status if refused else 200,
        act=act,
        title=offered["title"] if offered else document["paths"][_BELOW + address]["post"]["summary"],
        offered=offered,
        case=case,
        fields=fields,
        typed=typed,
        counts=counts_of(fields, typed),
        number=number,
        has_number="n" in act.split("/"),
        faults=faults,
        problem=problem,
        is_stale=bool(refused) and problem.get("code") in _STALE,
        key=key if refused and refused.status >= 500 else "",
        people=await colleagues(visitor),
        purpose=purpose,
        **more,
    )
