"""Importing an inventory: read it first, say what a column is, then take it in; refused rows come back as a file."""

from __future__ import annotations

import base64
import binascii
import re
from typing import Any, Final

from fastapi import APIRouter
from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from gateway.web.shell import form, render, text_of
from gateway.web.visitor import Refused, SignedIn

router = APIRouter()

_KEPT: Final = 600_000
"""Bytes of a file that a page carries to the next step; a larger one is chosen again."""

_NO_CODE: Final = re.compile(r"[^ -~]")
"""What a header cannot carry. The API refuses the mark in its place, and says what a source is."""

_TYPES: Final = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "tsv": "text/tab-separated-values",
}


@router.get("/console/imports")
async def show(request: Request, visitor: SignedIn) -> Response:
    return render(request, "console/imports.html", typed={}, given=None, problem={}, kept="")


@router.post("/console/imports")
async def take(request: Request, visitor: SignedIn) -> Response:
    """Without `commit` the file is only read: what each column was taken for, and what would come of each row."""
    sent = await form(request)
    data, ending = await _file(sent)
    typed = {name: value for name, value in sent.items() if isinstance(value, str)} | {"ending": ending}
    is_rehearsal = "commit" not in sent
    try:
        answer = await visitor.ask(
            "POST",
            "/v1/device-imports",
            params={
                "dry_run": "true" if is_rehearsal else None,
                "datum": text_of(sent, "datum") or None,
                "read": _columns(sent) or None,
            },
            content=data,
            headers={
                "content-type": _TYPES.get(ending, "text/csv"),
                "inventory-source": _NO_CODE.sub("?", text_of(sent, "source")),
                "idempotency-key": text_of(sent, "key"),
            },
        )
    except Refused as refused:
        problem, status = refused.problem, refused.status
        return _page(request, typed, None, problem, data, status=status)
    given: dict[str, Any] = answer.json()
    if not is_rehearsal:
        return RedirectResponse(f"/console/imports/{given['id']}", 303)
    return _page(request, typed, given, {}, data)


@router.get("/console/imports/{import_id}")
async def result(request: Request, visitor: SignedIn, import_id: str) -> Response:
    """How far an import is, and what came of its rows."""
    given = await visitor.get(f"/v1/device-imports/{import_id}")
    return render(request, "console/import.html", given=given)


@router.get("/console/imports/{import_id}/file")
async def file(visitor: SignedIn, import_id: str) -> Response:
    """The file that came in with the outcome of each row: what was refused is put right there and sent again."""
    answer = await visitor.ask("GET", f"/v1/device-imports/{import_id}/file")
    kept = ("content-type", "content-disposition")
    return Response(
        answer.content, headers={name: answer.headers[name] for name in kept if name in answer.headers}
    )


async def _file(sent: FormData) -> tuple[bytes, str]:
    chosen = sent.get("file")
    if isinstance(chosen, UploadFile) and chosen.size:
        return await chosen.read(), (chosen.filename or "").rpartition(".")[2].lower()
    try:
        return base64.b64decode(text_of(sent, "kept"), validate=True), text_of(sent, "ending")
    except binascii.Error:
        return b"", ""


def _columns(sent: FormData) -> list[str]:
    """What the officer says that a column is: `A:place`, where it differs from how the file was read."""
    return [
        f"{name.partition(':')[2]}:{value.strip()}"
        for name, value in sent.items()
        if name.startswith("column:") and isinstance(value, str) and value.strip()
    ]


def _page(
    request: Request,
    typed: dict[str, str],
    given: dict[str, Any] | None,
    problem: Any,
    data: bytes,
    *,
    status: int = 200,
) -> Response:
    kept = base64.b64encode(data).decode() if len(data) <= _KEPT else ""
    return render(
        request,
        "console/imports.html",
        status=status,
        typed=typed,
        given=given,
        problem=problem,
        kept=kept,
    )
