"""One page, one file: what happened, what shows it, who it concerns, what is due, and what may be done next."""

from __future__ import annotations

import asyncio
from typing import Any, Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from gateway.web.console.contract import act_of
from gateway.web.console.people import names_of
from gateway.web.console.purposes import purpose_of
from gateway.web.console.timeline import events_of
from gateway.web.shell import render
from gateway.web.visitor import SignedIn

router = APIRouter()

_LEADING_ON: Final = (
    "party", "prompt", "filing-application", "filing", "investigation-conclusion", "prior-notice",
    "prior-notice/service", "defence-review", "legal-reviews", "decision", "decision/service", "closure-proposal",
    "closure", "archive",
)  # fmt: skip
"""The acts that lead from the lead to the archive; where one may be done, it stands first."""


@router.get("/console/cases/{case_id}")
async def show(
    request: Request,
    visitor: SignedIn,
    case_id: str,
    done: str = "",
    before: str = "",
    mark: str = "",
    since: str = "",
) -> Response:
    """The file. After an act, `done` names it and `before` the state it found, if `mark` is that page's.

    `since` marks what is newer.
    """
    purpose = purpose_of(request, visitor)
    path = f"/v1/cases/{case_id}"
    case = await visitor.get(path, purpose=purpose)
    parts: list[Any] = await asyncio.gather(
        visitor.find(f"{path}/documents", purpose=purpose),
        visitor.find(f"{path}/next-acts", purpose=purpose),
        visitor.find(f"{path}/pictures", purpose=purpose),
        visitor.find(f"{path}/defences", purpose=purpose),
        visitor.find("/v1/work-items", case_id=case_id, limit=200),
        visitor.find("/v1/services-of-process", case_id=case_id),
        names_of(visitor),
    )
    documents, acts, pictures, defences, work, services, names = parts
    offered = [act | {"path": act_of(act["act"])} for act in acts["items"]] if acts else []
    offered.sort(key=lambda act: act["act"] not in _LEADING_ON)
    return render(
        request,
        "console/case.html",
        case=case,
        purpose=purpose,
        documents=documents["items"] if documents else [],
        events=events_of(case, documents["items"] if documents else []),
        allowed=[act for act in offered if act["standing"] == "ALLOWED"],
        refused=[act for act in offered if act["standing"] == "REFUSED"],
        untried=[act for act in offered if act["standing"] == "UNTRIED"],
        pictures=pictures["items"] if pictures else [],
        defences=defences["items"] if defences else [],
        work=work["items"] if work else [],
        services=services["items"] if services else [],
        names=names,
        done=done if visitor.is_marked(mark, case_id, done, before) else "",
        before=before,
        since=since,
    )


@router.get("/console/cases/{case_id}/documents/{document_id}")
async def document(
    request: Request, visitor: SignedIn, case_id: str, document_id: str, save: bool = False
) -> Response:
    """The document as the API gives it to this visitor, for the purpose that the visitor stated."""
    answer = await visitor.ask("GET", f"/v1/documents/{document_id}", purpose=purpose_of(request, visitor))
    headers = {"content-disposition": f'{"attachment" if save else "inline"}; filename="{document_id}.pdf"'}
    return Response(answer.content, media_type="application/pdf", headers=headers)


@router.get("/console/cases/{case_id}/pictures/{evidence_id}/{n}")
async def picture(request: Request, visitor: SignedIn, case_id: str, evidence_id: str, n: int) -> Response:
    """A picture of the evidence, covered as the case shows it. Every look is on record."""
    answer = await visitor.ask(
        "GET",
        f"/v1/cases/{case_id}/captures/{evidence_id}/pictures/{n}",
        purpose=purpose_of(request, visitor),
    )
    return Response(answer.content, media_type="image/jpeg")
