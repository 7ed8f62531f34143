"""The agency's cases, with filters that stand in the address."""

from __future__ import annotations

import asyncio
from typing import Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from gateway.web.console.contract import contract
from gateway.web.shell import render
from gateway.web.visitor import SignedIn

router = APIRouter()

PHASES: Final = {
    "filing": ("SUSPECTED", "PROMPTED", "READY_TO_FILE"),
    "inquiry": ("FILED", "INVESTIGATING", "INVESTIGATION_CONCLUDED"),
    "hearing": ("PRIOR_NOTICE_SENT", "PRIOR_NOTICE_SERVED", "DEFENCE_REVIEW", "HEARING"),
    "deciding": ("LEGAL_REVIEW", "COLLECTIVE_DISCUSSION", "DECIDED", "SERVICE_PENDING", "SERVED"),
    "performing": (
        "PERFORMING",
        "PERFORMED",
        "DEMANDED",
        "ENFORCEMENT_APPLIED",
        "ENFORCEMENT_RULED",
        "ENFORCED",
    ),
}
"""The columns of the board: which states stand in which phase."""


@router.get("/console/cases")
async def show(
    request: Request, visitor: SignedIn, state: str = "", view: str = "", cursor: str = ""
) -> Response:
    """The list, or the board by phase, which shows and moves nothing: a drag could carry no legal basis."""
    if view == "board":
        return await _board(request, visitor)
    page = await visitor.get("/v1/cases", state=state or None, cursor=cursor or None, limit=50)
    return render(
        request,
        "console/cases.html",
        cases=page["items"],
        next_cursor=page["next_cursor"],
        state=state,
        states=await _states(request, visitor),
        phases=None,
    )


async def _board(request: Request, visitor: SignedIn) -> Response:
    states = [state for states in PHASES.values() for state in states]
    pages = await asyncio.gather(*(visitor.get("/v1/cases", state=state, limit=20) for state in states))
    found = dict(zip(states, pages, strict=True))
    due = await visitor.find("/v1/work-items", limit=200)
    first: dict[str, dict[str, object]] = {}
    for item in due["items"] if due else ():
        first.setdefault(item["case_id"], item)
    phases = {
        phase: [case for state in states for case in found[state]["items"]]
        for phase, states in PHASES.items()
    }
    return render(
        request,
        "console/cases.html",
        cases=[],
        next_cursor=None,
        state="",
        states=await _states(request, visitor),
        phases=phases,
        due=first,
    )


async def _states(request: Request, visitor: SignedIn) -> list[str]:
    """The states by which the API lists cases, as its contract names them."""
    document = await contract(request, visitor)
    for parameter in document["paths"]["/v1/cases"]["get"]["parameters"]:
        if parameter.get("name") == "state":
            schema = parameter["schema"]
            for each in schema.get("anyOf", [schema]):
                each = (
                    document["components"]["schemas"][each["$ref"].rpartition("/")[2]]
                    if "$ref" in each
                    else each
                )
                if "enum" in each:
                    return list(each["enum"])
    return []
